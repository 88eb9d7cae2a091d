#include "tests/lab/replay/session.h"

#include <boost/asio.hpp>
#include <cstdio>
#include <utility>

#include "bgpd/session/loop.h"

namespace tern::replay {
namespace {

using namespace std::chrono_literals;

// A lab does not want to wait: neither for a neighbour that is starting nor after an error.
constexpr fsm::Milliseconds kConnectRetry = 1s;
constexpr fsm::Milliseconds kIdleHold = 1s;
constexpr fsm::Milliseconds kIdleHoldMax = 5s;

fsm::Time now() { return fsm::Time(session::steady_nanoseconds()); }

constexpr std::size_t kWrite = std::size_t{64} * 1024;  // at once
constexpr int kWritesPerTurn = 16;                      // then others have theirs

fsm::FsmConfig fsm_config(const Feed& feed, const SessionSettings& settings) {
  fsm::FsmConfig config;
  config.local.asn = feed.asn;
  config.local.identifier = feed.identifier;
  config.local.hold_time_seconds = settings.hold_time_seconds;
  config.local.families = settings.families;
  for (const Family family : kFamilies) {
    if (feed.families().contains(family)) config.local.families.insert(family);
  }
  if (config.local.families.empty()) config.local.families.insert(Family::Ipv4Unicast);
  config.connect_retry = kConnectRetry;
  config.idle_hold = kIdleHold;
  config.idle_hold_max = kIdleHoldMax;
  config.send_hold = fsm::Milliseconds(0);  // a slow neighbour is what a lab may want to see
  config.jitter_seed = feed.identifier;
  return config;
}

}  // namespace

Session::Session(boost::asio::io_context& context, session::ReadBuffer& buffer, const Feed& feed,
                 const SessionSettings& settings, std::function<void()> on_sent)
    : context_(context),
      buffer_(buffer),
      feed_(feed),
      settings_(settings),
      on_sent_(std::move(on_sent)),
      driver_(*this, fsm_config(feed, settings)),
      wake_(context, [this] { driver_.tick(now()); }),
      held_(settings.keep) {}

Session::~Session() {
  if (connection_) connection_->close();
}

void Session::start() { handle(fsm::ManualStart{}); }

void Session::stop() {
  handle(fsm::ManualStop{wire::Notification::administrative(wire::cease::kAdministrativeShutdown,
                                                            "the replay is over")});
}

void Session::log(const std::string& text) const {
  std::fprintf(stderr, "%s AS %u - %s: %s\n", feed_.local.to_string().c_str(), feed_.asn,
               to_string(settings_.peer).c_str(), text.c_str());
}

// ---- The machine

void Session::handle(const fsm::Event& event) { driver_.handle(event, now()); }

void Session::wake_at(std::optional<fsm::Time> when) {
  if (when) return wake_.start_at(session::Timer::Clock::time_point(*when));
  wake_.stop();
}

void Session::on_session_up(fsm::Conn, const fsm::Negotiated& negotiated) {
  sent_ = false;
  said_ = 0;
  to_say_.clear();
  for (const Family family : kFamilies) {
    if (negotiated.families.contains(family)) to_say_.push_back(family);
  }
  log("Established");
  // From the loop, not in the middle of the machine's actions.
  boost::asio::post(context_, [this] { begin(); });
}

void Session::on_session_down() {
  sent_ = false;
  held_.clear();
  log("down: " + driver_.machine().last_down().text);
}

// ---- The connection

void Session::open() {
  if (connection_) connection_->close();
  connection_ = std::make_shared<session::Connection>(context_, buffer_, this);
  session::Transport transport;
  transport.port = settings_.peer.port;
  transport.local_address = feed_.local;
  connection_->open(settings_.peer.address, transport);
}

void Session::close(fsm::Conn) {
  if (const auto closing = std::exchange(connection_, nullptr)) closing->close();
}

void Session::send(fsm::Conn, wire::MessageType, std::span<const std::byte> message) {
  if (connection_) connection_->send(message);
}

void Session::on_connected(session::Connection&) { driver_.connected(fsm::Conn::Outgoing, now()); }

void Session::on_failed(session::Connection&, std::string why) {
  connection_.reset();
  driver_.failed(fsm::Conn::Outgoing, std::move(why), now());
}

std::size_t Session::on_octets(session::Connection&, std::span<const std::byte> octets) {
  return driver_.receive(fsm::Conn::Outgoing, octets, now());
}

void Session::on_update(wire::Bytes body) {
  if (!settings_.sink) return;
  const fsm::Negotiated& negotiated = driver_.negotiated();
  wire::UpdateContext context;
  context.four_octet_as = negotiated.four_octet_as;
  context.ibgp = negotiated.peer_asn == feed_.asn;
  context.reject_as_sets = false;
  context.families = negotiated.families;
  context.add_path = negotiated.add_path_receive;
  context.extended_next_hop = negotiated.extended_next_hop_receive;
  if (const auto reset = wire::decode_update(body, context, update_)) {
    return handle(fsm::MessageFault{fsm::Conn::Outgoing, *reset});
  }
  held_.take(update_);
}

void Session::on_refresh(const wire::RouteRefresh& refresh) {
  const auto family = family_of(refresh.family);
  const bool request =
      refresh.subtype == static_cast<std::uint8_t>(wire::RouteRefresh::Subtype::Request);
  if (!request || !family || !driver_.negotiated().families.contains(*family)) return;
  to_say_.push_back(*family);
  boost::asio::post(context_, [this] { pump(); });
}

// ---- Saying it

// The feed was encoded for AS numbers of four octets.
void Session::begin() {
  if (!established() || driver_.negotiated().four_octet_as) return pump();
  log("the neighbour does not know 4-octet AS numbers");
  const wire::Notification refusal{
      wire::ErrorCode::OpenMessage, wire::open_error::kUnsupportedCapability, {}};
  handle(fsm::Reset{refusal, true});
}

void Session::on_writable(session::Connection&) { pump(); }

void Session::pump() {
  for (int i = 0; i < kWritesPerTurn; ++i) {
    if (!established() || !connection_ || !connection_->writable()) return;
    if (!send_some()) {
      if (!std::exchange(sent_, true)) on_sent_();
      return;
    }
  }
  boost::asio::post(context_, [this] { pump(); });
}

// False: there is nothing left to say. Only whole messages are given away, for a KEEPALIVE may come
// between any two writes.
bool Session::send_some() {
  while (!to_say_.empty()) {
    const std::span<const std::byte> messages = feed_.messages[index(to_say_.front())];
    const auto next = whole_messages(messages.subspan(said_), kWrite);
    if (!next.empty()) {
      out_.assign(next.begin(), next.end());
      said_ += next.size();
      connection_->send(out_);
      return true;
    }
    to_say_.pop_front();
    said_ = 0;
  }
  return false;
}

}  // namespace tern::replay
