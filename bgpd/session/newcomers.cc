#include "bgpd/session/newcomers.h"

#include <boost/asio.hpp>
#include <utility>

#include "bgpd/session/bulk_reader.h"
#include "bgpd/session/loop.h"

namespace tern::session {
namespace {

wire::Notification cease(std::uint8_t subcode) {
  return wire::Notification{wire::ErrorCode::Cease, subcode, {}};
}

}  // namespace

struct Newcomers::Newcomer final : Connection::Handler {
  Newcomer(Newcomers& among, PeerAddress address, const DynamicRange& range)
      : all(among),
        who(std::move(address)),
        prefix(range.prefix),
        transport(range.settings.transport),
        since(steady_nanoseconds()) {}

  void on_connected(Connection&) override {}
  void on_failed(Connection&, std::string why) override { all.gone(*this, why); }
  std::size_t on_octets(Connection&, std::span<const std::byte> octets) override {
    all.receive(*this, octets);
    return 0;  // after welcome() the Host's handler gets the octets
  }
  bool must_wait(Connection&) override { return false; }
  bool on_flood(Connection&, std::span<const std::byte>) override { return false; }
  void on_delivery(Connection&, Delivery&) override {}
  void on_writable(Connection&) override {}

  Newcomers& all;
  const PeerAddress who;
  // The range and its settings when the connection came.
  const Prefix prefix;
  const Transport transport;
  const std::uint64_t since;
  std::shared_ptr<Connection> connection;
  Waiting::iterator self;
};

Newcomers::Newcomers(boost::asio::io_context& context, ReadBuffer& buffer, Host& host)
    : context_(context), buffer_(buffer), host_(host) {}

Newcomers::~Newcomers() { close_all(); }

void Newcomers::close_all() {
  for (Newcomer& newcomer : waiting_) newcomer.connection->close();
  waiting_.clear();
  by_address_.clear();
}

void Newcomers::erase(Newcomer& newcomer) {
  by_address_.erase(newcomer.who);
  waiting_.erase(newcomer.self);
}

void Newcomers::admit(Tcp::socket socket, const PeerAddress& who, const DynamicRange& range) {
  const bool waits = back_offs_.waits(who, steady_nanoseconds());
  if (waits || host_.range_full(range)) {
    refuse_connection(context_, buffer_, std::move(socket),
                      cease(wire::cease::kConnectionRejected));
    return host_.turned_away(who, range, waits ? "it failed a moment ago" : "the range is full");
  }
  const auto same = by_address_.find(who);
  if (same != by_address_.end() || waiting_.size() == kMost) {
    Newcomer& older = same != by_address_.end() ? *same->second : waiting_.front();
    older.connection->close();
    if (const DynamicRange* of_older = host_.range_for(older.who)) {
      host_.turned_away(older.who, *of_older, "a newer connection takes its place");
    }
    erase(older);
  }
  Newcomer& newcomer = waiting_.emplace_back(*this, who, range);
  newcomer.self = std::prev(waiting_.end());
  newcomer.connection = std::make_shared<Connection>(context_, buffer_, &newcomer);
  by_address_.emplace(who, newcomer.self);
  const auto connection = newcomer.connection;  // the newcomer may end at once
  connection->adopt(std::move(socket));
}

void Newcomers::tidy(std::uint64_t now) {
  constexpr auto kNanoseconds =
      static_cast<std::uint64_t>(std::chrono::nanoseconds(kPatience).count());
  while (!waiting_.empty() && now - waiting_.front().since >= kNanoseconds) {
    refuse(waiting_.front(), {wire::ErrorCode::HoldTimerExpired, 0, {}},
           "no OPEN within " + std::to_string(kPatience.count()) + " s", false);
  }
  back_offs_.tidy(now);
}

// The first message decides: Newcomers refuses the newcomer, or welcomes it as a neighbor.
void Newcomers::receive(Newcomer& newcomer, wire::Bytes octets) {
  const auto first = wire::next_message(octets, wire::kMaxMessage);
  if (const auto* frame = std::get_if<wire::Frame>(&first)) {
    take(newcomer, *frame);
  } else if (const auto* fault = std::get_if<wire::Notification>(&first)) {
    refuse(newcomer, *fault, fault->to_string(), true);
  }
}

void Newcomers::take(Newcomer& newcomer, const wire::Frame& frame) {
  const DynamicRange* range = host_.range_for(newcomer.who);
  if (range == nullptr || range->prefix != newcomer.prefix ||
      range->settings.transport != newcomer.transport) {
    return refuse(newcomer, cease(wire::cease::kConfigurationChange), "its range has changed",
                  false);
  }
  if (frame.type == wire::MessageType::Notification) return gone(newcomer, "NOTIFICATION");
  if (frame.type != wire::MessageType::Open) {
    return refuse(newcomer,
                  {wire::ErrorCode::FiniteStateMachine,
                   wire::fsm_error::kUnspecified,
                   {static_cast<std::byte>(frame.type)}},
                  std::string(wire::to_string(frame.type)) + " before OPEN", true);
  }
  const auto open = wire::decode_open(frame.body);
  if (!open.ok()) return refuse(newcomer, open.error(), open.error().to_string(), true);
  const fsm::FsmConfig& config = range->settings.fsm;
  if (const auto bad = fsm::judge_open(config.local, config.expected, *open)) {
    return refuse(newcomer, bad->notification, bad->notification.to_string() + ": " + bad->why,
                  true);
  }
  if (host_.range_full(*range)) {
    return refuse(newcomer, cease(wire::cease::kConnectionRejected), "the range is full", false);
  }
  const PeerAddress who = newcomer.who;
  auto connection = std::move(newcomer.connection);
  erase(newcomer);
  back_offs_.forget(who);
  host_.welcome(who, *range, std::move(connection));
}

void Newcomers::refuse(Newcomer& newcomer, const wire::Notification& reply, const std::string& why,
                       bool hard) {
  std::vector<std::byte> bytes;
  wire::encode_notification(reply, bytes);
  newcomer.connection->send(bytes);
  newcomer.connection->close();
  if (const DynamicRange* range = host_.range_for(newcomer.who)) {
    const auto failure = hard ? BackOffs::Failure::Hard : BackOffs::Failure::Soft;
    back_offs_.failed(newcomer.who, failure, range->settings.fsm, steady_nanoseconds());
    host_.turned_away(newcomer.who, *range, why);
  }
  erase(newcomer);
}

void Newcomers::gone(Newcomer& newcomer, const std::string& why) {
  newcomer.connection->close();
  if (const DynamicRange* range = host_.range_for(newcomer.who)) {
    back_offs_.failed(newcomer.who, BackOffs::Failure::Soft, range->settings.fsm,
                      steady_nanoseconds());
    host_.turned_away(newcomer.who, *range, why);
  }
  erase(newcomer);
}

}  // namespace tern::session
