#include "bgpd/session/admission.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio.hpp>
#include <utility>

#include "bgpd/session/loop.h"
#include "bgpd/session/neighbors.h"

namespace tern::session {
namespace {

constexpr std::uint32_t kRangeLines = 3;  // in a minute, of connections turned away

}  // namespace

Admission::Admission(Loop& loop, ReadBuffer& buffer, Neighbors& neighbors)
    : loop_(loop),
      buffer_(buffer),
      neighbors_(neighbors),
      settings_(std::make_shared<const SpeakerSettings>()),
      listener_(loop.context(), [this](Tcp::socket socket) { accepted(std::move(socket)); }),
      newcomers_(loop.context(), buffer, *this) {}

Result<std::vector<std::string>, std::string> Admission::listen(const SettingsPlan& plan) {
  return listener_.listen(plan.to->listen, plan.to->device, plan.md5_keys);
}

void Admission::set_settings(std::shared_ptr<const SpeakerSettings> settings) {
  settings_ = std::move(settings);
  std::erase_if(range_lines_, [this](const auto& entry) {
    return std::ranges::none_of(settings_->dynamic_ranges, [&](const DynamicRange& range) {
      return range.prefix == entry.first;
    });
  });
}

void Admission::close() {
  closed_ = true;
  (void)listener_.listen({}, {}, {});
  newcomers_.close_all();
}

void Admission::tidy(std::uint64_t now) {
  newcomers_.tidy(now);
  for (Peer* peer : neighbors_.members()) {
    if (peer->dynamic() && peer->forgettable(now)) neighbors_.remove(*peer);
  }
}

// ---- Connections

void Admission::accepted(Tcp::socket socket) {
  boost::system::error_code error;
  const Tcp::endpoint remote = socket.remote_endpoint(error);
  if (error || closed_) return;
  const PeerAddress who{from_tcp(remote.address()), zone_of(remote.address())};
  Peer* peer = neighbors_.member(remote.address());
  const bool listed = peer != nullptr && !peer->dynamic();
  const DynamicRange* range = listed ? nullptr : range_of(who.address);
  if (!listed && range == nullptr) {
    ++strangers_;
    if (stranger_lines_.pass(steady_nanoseconds())) {
      spdlog::debug("connection from {}, which is no neighbor of ours", to_string(who));
    }
    return;  // closes the socket
  }
  const Transport& transport = listed ? peer->settings().transport : range->settings.transport;
  if (const auto why =
          unprotected(socket, transport, listed ? alone(who.address) : range->prefix)) {
    ++strangers_;
    if (unprotected_lines_.pass(steady_nanoseconds())) {
      spdlog::warn("connection from {} is refused: {}", to_string(who), *why);
    }
    return;
  }
  if (peer == nullptr) return newcomers_.admit(std::move(socket), who, *range);
  if (!listed && !peer->connected() && range_full(*range)) {
    refuse_connection(loop_.context(), buffer_, std::move(socket),
                      {wire::ErrorCode::Cease, wire::cease::kConnectionRejected, {}});
    return turned_away(who, *range, "the range is full");
  }
  peer->incoming(std::move(socket));
}

Failure Admission::unprotected(Tcp::socket& socket, const Transport& transport,
                               const Prefix& from) const {
  if (!transport.md5_password.empty() && !listener_.asks_for(from, transport.md5_password)) {
    return "the kernel did not take its MD5 key";
  }
  return protect(socket.native_handle(), from.address().is_v6(), transport);
}

const DynamicRange* Admission::range_of(const IpAddress& address) const {
  for (const DynamicRange& range : settings_->dynamic_ranges) {
    if (range.prefix.contains(address)) return &range;
  }
  return nullptr;
}

const DynamicRange* Admission::range_for(const PeerAddress& who) const {
  const Peer* present = neighbors_.member(to_tcp(who.address, 0, who.zone).address());
  return present == nullptr ? range_of(who.address) : nullptr;
}

bool Admission::range_full(const DynamicRange& range) const {
  if (range.settings.shutdown || !neighbors_.has_slot()) return true;
  std::size_t connected = 0;
  std::size_t held_by_hand = 0;
  for (const auto& peer : neighbors_.slots()) {
    if (!peer || peer->left() || !peer->dynamic()) continue;
    if (!range.prefix.contains(peer->settings().address)) continue;
    if (peer->connected()) ++connected;
    if (!peer->admin_up() && !peer->held_by_limit()) ++held_by_hand;
  }
  return connected >= range.limit || held_by_hand >= range.limit;
}

std::vector<Peer*> Admission::idle_of(const DynamicRange& range) const {
  std::vector<Peer*> idle;
  for (Peer* peer : neighbors_.members()) {
    if (!peer->dynamic() || peer->connected()) continue;
    if (range.prefix.contains(peer->settings().address)) idle.push_back(peer);
  }
  return idle;
}

// Forgets the idle neighbor whose state is oldest. A neighbor that an operator disabled is
// forgotten last, before it one that its prefix limit holds down.
void Admission::make_room(const DynamicRange& range) {
  const std::vector<Peer*> idle = idle_of(range);
  if (idle.size() < range.limit) return;
  const auto rank = [](const Peer* peer) {
    const int held = peer->admin_up() ? 0 : peer->held_by_limit() ? 1 : 2;
    return std::pair(held, peer->state_changed());
  };
  neighbors_.remove(**std::min_element(
      idle.begin(), idle.end(), [&](const Peer* a, const Peer* b) { return rank(a) < rank(b); }));
}

void Admission::welcome(const PeerAddress& who, const DynamicRange& range,
                        std::shared_ptr<Connection> connection) {
  make_room(range);
  Peer& peer = neighbors_.add(range.settings_of(who), true);
  peer.start();
  peer.incoming(std::move(connection));
}

void Admission::turned_away(const PeerAddress& who, const DynamicRange& range,
                            const std::string& why) {
  ++strangers_;
  LogLimiter& lines = range_lines_.try_emplace(range.prefix, kRangeLines).first->second;
  if (!lines.pass(steady_nanoseconds())) return;
  spdlog::info("range {}: {} does not become a neighbor: {}", range.prefix.to_string(),
               to_string(who), why);
}

// ---- Lines

void Admission::log_left_out(std::uint64_t now) {
  listener_.log_left_out(now);
  for (auto& [prefix, lines] : range_lines_) {
    if (const auto count = lines.take_left_out(now)) {
      spdlog::info("range {}: {} more connections did not become neighbors in a minute",
                   prefix.to_string(), count);
    }
  }
  if (const auto count = stranger_lines_.take_left_out(now)) {
    spdlog::debug("{} more connections from no neighbors of ours in a minute", count);
  }
  if (const auto count = unprotected_lines_.take_left_out(now)) {
    spdlog::warn("{} more connections were refused in a minute: they lacked what protects them",
                 count);
  }
}

}  // namespace tern::session
