#include "tests/lab/replay/session.h"

#include <boost/asio.hpp>
#include <cstdio>
#include <utility>

#include "bgpd/wire/framer.h"
#include "bgpd/wire/route_refresh.h"

namespace tern::replay {
namespace {

using namespace std::chrono_literals;

// A lab does not want to wait: neither for a neighbour that is starting nor after an error.
constexpr fsm::Milliseconds kConnectRetry = 1s;
constexpr fsm::Milliseconds kIdleHold = 1s;
constexpr fsm::Milliseconds kIdleHoldMax = 5s;

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
      fsm_(fsm_config(feed, settings)),
      held_(settings.keep) {
  for (std::size_t i = 0; i < timers_.size(); ++i) {
    const auto id = static_cast<fsm::Timer>(i);
    timers_[i] = std::make_unique<session::Timer>(context, [this, id] {
      handle(fsm::TimerExpires{id, fsm::Conn::Outgoing});
    });
  }
}

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

void Session::handle(const fsm::Event& event) {
  for (const fsm::Action& action : fsm_.handle(event)) {
    std::visit([this](const auto& what) { perform(what); }, action);
  }
}

void Session::perform(const fsm::OpenConnection&) {
  if (connection_) connection_->close();
  connection_ = std::make_shared<session::Connection>(context_, buffer_, this);
  session::Transport transport;
  transport.port = settings_.peer.port;
  transport.local_address = feed_.local;
  connection_->open(settings_.peer.address, transport);
}

void Session::perform(const fsm::CloseConnection&) {
  if (const auto closing = std::exchange(connection_, nullptr)) closing->close();
}

void Session::perform(const fsm::SendOpen& action) {
  std::vector<std::byte> bytes;
  wire::encode_open(action.open, bytes);
  if (connection_) connection_->send(bytes);
}

void Session::perform(const fsm::SendKeepalive&) {
  std::vector<std::byte> bytes;
  wire::encode_keepalive(bytes);
  if (connection_) connection_->send(bytes);
}

void Session::perform(const fsm::SendNotification& action) {
  std::vector<std::byte> bytes;
  wire::encode_notification(action.notification, bytes);
  if (connection_) connection_->send(bytes);
}

void Session::perform(const fsm::SetTimer& action) {
  timers_[static_cast<std::size_t>(action.timer)]->start(action.delay);
}

void Session::perform(const fsm::ClearTimer& action) {
  timers_[static_cast<std::size_t>(action.timer)]->stop();
}

void Session::perform(const fsm::SessionUp& action) {
  negotiated_ = action.negotiated;
  if (connection_) connection_->set_max_message(negotiated_.max_message());
  established_ = true;
  sent_ = false;
  said_ = 0;
  to_say_.clear();
  for (const Family family : kFamilies) {
    if (negotiated_.families.contains(family)) to_say_.push_back(family);
  }
  log("Established");
  // From the loop, not in the middle of the machine's actions.
  boost::asio::post(context_, [this] { begin(); });
}

void Session::perform(const fsm::SessionDown&) {
  established_ = false;
  sent_ = false;
  held_.clear();
  log("down: " + fsm_.last_down().text);
}

void Session::perform(const fsm::StateChanged&) {}

// ---- The connection

void Session::on_connected(session::Connection&) { handle(fsm::TcpConnected{fsm::Conn::Outgoing}); }

void Session::on_failed(session::Connection&, std::string why) {
  connection_.reset();
  handle(fsm::TcpFailed{fsm::Conn::Outgoing, std::move(why)});
}

void Session::on_fault(session::Connection&, const wire::Notification& reply) {
  handle(fsm::MessageFault{fsm::Conn::Outgoing, reply});
}

void Session::on_message(session::Connection&, const wire::Frame& frame) {
  constexpr fsm::Conn kConn = fsm::Conn::Outgoing;
  switch (frame.type) {
    case wire::MessageType::Open: {
      auto open = wire::decode_open(frame.body);
      if (!open.ok()) return handle(fsm::MessageFault{kConn, open.error()});
      return handle(fsm::OpenReceived{kConn, std::move(*open)});
    }
    case wire::MessageType::Update:
      return receive_update(frame);
    case wire::MessageType::Notification:
      return handle(fsm::NotificationReceived{kConn, wire::decode_notification(frame.body)});
    case wire::MessageType::Keepalive:
      return handle(fsm::KeepaliveReceived{kConn});
    case wire::MessageType::RouteRefresh:
      return receive_refresh(frame);
  }
}

void Session::receive_update(const wire::Frame& frame) {
  handle(fsm::UpdateReceived{fsm::Conn::Outgoing});
  if (!settings_.sink || !established_) return;
  wire::UpdateContext context;
  context.four_octet_as = negotiated_.four_octet_as;
  context.ibgp = negotiated_.peer_asn == feed_.asn;
  context.reject_as_sets = false;
  context.families = negotiated_.families;
  context.add_path = negotiated_.add_path_receive;
  context.extended_next_hop = negotiated_.extended_next_hop_receive;
  if (const auto reset = wire::decode_update(frame.body, context, update_)) {
    return handle(fsm::MessageFault{fsm::Conn::Outgoing, *reset});
  }
  held_.take(update_);
}

void Session::receive_refresh(const wire::Frame& frame) {
  const auto message = wire::decode_route_refresh(frame.body, negotiated_.enhanced_route_refresh);
  if (!message.ok()) return handle(fsm::MessageFault{fsm::Conn::Outgoing, message.error()});
  handle(fsm::RouteRefreshReceived{fsm::Conn::Outgoing});
  const auto family = family_of(message->family);
  const bool request =
      message->subtype == static_cast<std::uint8_t>(wire::RouteRefresh::Subtype::Request);
  if (!established_ || !request || !family || !negotiated_.families.contains(*family)) return;
  to_say_.push_back(*family);
  boost::asio::post(context_, [this] { pump(); });
}

// ---- Saying it

// The feed was encoded for AS numbers of four octets.
void Session::begin() {
  if (!established_ || negotiated_.four_octet_as) return pump();
  log("the neighbour does not know 4-octet AS numbers");
  const wire::Notification refusal{
      wire::ErrorCode::OpenMessage, wire::open_error::kUnsupportedCapability, {}};
  handle(fsm::Reset{refusal, true});
}

void Session::on_writable(session::Connection&) { pump(); }

void Session::pump() {
  for (int i = 0; i < kWritesPerTurn; ++i) {
    if (!established_ || !connection_ || !connection_->writable()) return;
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
