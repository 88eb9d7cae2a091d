// A speaker's neighbors: who is one by configuration, who comes from a range, and who has left.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio.hpp>

#include "bgpd/session/speaker_impl.h"

namespace tern::session {
namespace {

constexpr std::uint32_t kRangeLines = 3;  // in a minute, of those turned away

}  // namespace

std::vector<Peer*> Speaker::Impl::members() const {
  std::vector<Peer*> members;
  for (const auto& peer : peers_) {
    if (peer && !peer->left()) members.push_back(peer.get());
  }
  return members;
}

Peer* Speaker::Impl::member(const boost::asio::ip::address& address) const {
  const auto [begin, end] = by_address_.equal_range(from_tcp(address));
  const auto found = std::find_if(begin, end, [&](const auto& entry) {
    return on_interface(address, peers_[entry.second]->settings().transport.interface);
  });
  return found != end ? peers_[found->second].get() : nullptr;
}

Peer* Speaker::Impl::member(const PeerAddress& who) const {
  const auto [begin, end] = by_address_.equal_range(who.address);
  const auto found = std::find_if(begin, end, [&](const auto& entry) {
    return peers_[entry.second]->settings().whole_address() == who;
  });
  return found != end ? peers_[found->second].get() : nullptr;
}

bool Speaker::Impl::has_slot() const {
  return peers_.size() < kMostPeerSlots ||
         std::ranges::any_of(peers_, [](const auto& peer) { return peer == nullptr; });
}

Peer& Speaker::Impl::add_peer(PeerSettings settings, bool dynamic) {
  PeerSlot slot = 0;
  while (slot < peers_.size() && peers_[slot]) ++slot;
  if (slot == peers_.size()) {
    peers_.emplace_back();
    waits_to_pump_.push_back(false);
  }
  settings.fsm.jitter_seed = steady_nanoseconds() + slot * 7919U;
  engine_.visit_all([this, slot, rank = rib::PeerRank{settings.kind, 0, settings.address}] {
    shards_.set_peer(slot, rank);
  });
  by_address_.emplace(settings.address, slot);
  ++membership_;
  peers_[slot] = std::make_unique<Peer>(*this, slot, std::move(settings), dynamic);
  return *peers_[slot];
}

// Requires a member.
void Speaker::Impl::remove_peer(Peer& peer) {
  const auto [begin, end] = by_address_.equal_range(peer.settings().address);
  by_address_.erase(
      std::find_if(begin, end, [&](const auto& entry) { return entry.second == peer.slot(); }));
  peer.leave();
  departed_.push_back(peer.slot());
}

// Slots of neighbours that left are free again once their connections are closed and their routes
// gone.
void Speaker::Impl::free_departed() {
  if (departed_.empty()) return;
  engine_.visit_all([this] {
    std::erase_if(departed_, [this](PeerSlot slot) {
      if (!peers_[slot]->quiet() || shards_.has_paths(slot)) return false;
      shards_.forget_peer(slot);
      peers_[slot].reset();
      ++membership_;
      return true;
    });
  });
}

// ---- Neighbours that come

void Speaker::Impl::accepted(Tcp::socket socket) {
  boost::system::error_code error;
  const Tcp::endpoint remote = socket.remote_endpoint(error);
  if (error || shutdown_done_) return;
  const PeerAddress who{from_tcp(remote.address()), zone_of(remote.address())};
  Peer* peer = member(remote.address());
  const bool listed = peer != nullptr && !peer->dynamic();
  const DynamicRange* range = listed ? nullptr : range_of(who.address);
  if (!listed && range == nullptr) {
    ++strangers_;
    if (stranger_lines_.pass(steady_nanoseconds())) {
      spdlog::debug("connection from {}, which is no neighbour of ours", to_string(who));
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
    refuse_connection(loop_.context(), read_buffer_, std::move(socket),
                      {wire::ErrorCode::Cease, wire::cease::kConnectionRejected, {}});
    return turned_away(who, *range, "the range is full");
  }
  peer->incoming(std::move(socket));
}

Failure Speaker::Impl::unprotected(Tcp::socket& socket, const Transport& transport,
                                   const Prefix& from) const {
  if (!transport.md5_password.empty() && !listener_.asks_for(from, transport.md5_password)) {
    return "the kernel did not take its MD5 key";
  }
  return protect(socket.native_handle(), from.address().is_v6(), transport);
}

const DynamicRange* Speaker::Impl::range_of(const IpAddress& address) const {
  for (const DynamicRange& range : settings_->dynamic_ranges) {
    if (range.prefix.contains(address)) return &range;
  }
  return nullptr;
}

const DynamicRange* Speaker::Impl::range_for(const PeerAddress& who) const {
  const Peer* present = member(to_tcp(who.address, 0, who.zone).address());
  return present == nullptr ? range_of(who.address) : nullptr;
}

bool Speaker::Impl::range_full(const DynamicRange& range) const {
  if (range.settings.shutdown || !has_slot()) return true;
  std::size_t connected = 0;
  std::size_t held_by_hand = 0;
  for (const auto& peer : peers_) {
    if (!peer || peer->left() || !peer->dynamic()) continue;
    if (!range.prefix.contains(peer->settings().address)) continue;
    if (peer->connected()) ++connected;
    if (!peer->admin_up() && !peer->held_by_limit()) ++held_by_hand;
  }
  return connected >= range.limit || held_by_hand >= range.limit;
}

std::vector<Peer*> Speaker::Impl::idle_of(const DynamicRange& range) const {
  std::vector<Peer*> idle;
  for (Peer* peer : members()) {
    if (!peer->dynamic() || peer->connected()) continue;
    if (range.prefix.contains(peer->settings().address)) idle.push_back(peer);
  }
  return idle;
}

// What an operator said is forgotten last, then a limit; else who has been away for longest.
void Speaker::Impl::make_room(const DynamicRange& range) {
  const std::vector<Peer*> idle = idle_of(range);
  if (idle.size() < range.limit) return;
  const auto rank = [](const Peer* peer) {
    const int held = peer->admin_up() ? 0 : peer->held_by_limit() ? 1 : 2;
    return std::pair(held, peer->state_changed());
  };
  remove_peer(**std::min_element(idle.begin(), idle.end(),
                                 [&](const Peer* a, const Peer* b) { return rank(a) < rank(b); }));
}

void Speaker::Impl::welcome(const PeerAddress& who, const DynamicRange& range,
                            std::shared_ptr<Connection> connection) {
  make_room(range);
  Peer& peer = add_peer(range.settings_of(who), true);
  peer.start();
  peer.incoming(std::move(connection));
}

void Speaker::Impl::turned_away(const PeerAddress& who, const DynamicRange& range,
                                const std::string& why) {
  ++strangers_;
  LogLimiter& lines = range_lines_.try_emplace(range.prefix, kRangeLines).first->second;
  if (!lines.pass(steady_nanoseconds())) return;
  spdlog::info("range {}: {} does not become a neighbor: {}", range.prefix.to_string(),
               to_string(who), why);
}

// ---- Lines

void Speaker::Impl::log_left_out(std::uint64_t now) {
  for (Peer* peer : members()) peer->log_left_out(now);
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
