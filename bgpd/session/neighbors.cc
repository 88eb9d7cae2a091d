#include "bgpd/session/neighbors.h"

#include <algorithm>
#include <boost/asio.hpp>
#include <iterator>
#include <utility>

namespace tern::session {
namespace {

constexpr PeerSlot kFirstSlot = kOwnSlot + 1;
constexpr std::uint64_t kKeepAliveEvery = 100'000'000;  // nanoseconds between looks in a flood

}  // namespace

// ---- Finding neighbors

std::vector<Peer*> Neighbors::members() const {
  std::vector<Peer*> members;
  for (const auto& peer : slots_) {
    if (peer && !peer->left()) members.push_back(peer.get());
  }
  return members;
}

rib::ClientSet Neighbors::resolving() const {
  rib::ClientSet resolving;
  for (const Peer* peer : members()) {
    if (peer->settings().import.resolve_next_hop) resolving.insert(peer->slot());
  }
  return resolving;
}

std::vector<Peer*> Neighbors::sorted() const {
  std::vector<Peer*> sorted = members();
  std::sort(sorted.begin(), sorted.end(), [](const Peer* a, const Peer* b) {
    return a->settings().whole_address() < b->settings().whole_address();
  });
  return sorted;
}

Peer* Neighbors::member(const boost::asio::ip::address& address) const {
  const auto [begin, end] = by_address_.equal_range(from_tcp(address));
  const auto found = std::find_if(begin, end, [&](const auto& entry) {
    return on_interface(address, slots_[entry.second]->settings().transport.interface);
  });
  return found != end ? slots_[found->second].get() : nullptr;
}

Peer* Neighbors::member(const PeerAddress& who) const {
  const auto [begin, end] = by_address_.equal_range(who.address);
  const auto found = std::find_if(begin, end, [&](const auto& entry) {
    return slots_[entry.second]->settings().whole_address() == who;
  });
  return found != end ? slots_[found->second].get() : nullptr;
}

Peer* Neighbors::find(std::string_view neighbor) const {
  const auto zone = neighbor.find('%');
  if (const auto address = IpAddress::parse(neighbor.substr(0, zone))) {
    const auto [begin, end] = by_address_.equal_range(*address);
    const bool any_link = zone == std::string_view::npos;
    // An address without a link names no neighbor if two have it.
    if (any_link && std::distance(begin, end) == 1) return slots_[begin->second].get();
    for (auto at = begin; !any_link && at != end; ++at) {
      Peer* peer = slots_[at->second].get();
      if (peer->settings().transport.interface == neighbor.substr(zone + 1)) return peer;
    }
  }
  for (Peer* peer : members()) {
    if (peer->settings().name == neighbor) return peer;
  }
  return nullptr;
}

// ---- Coming and going

bool Neighbors::has_slot() const {
  return slots_.size() < kMostPeerSlots ||
         std::any_of(slots_.begin() + kFirstSlot, slots_.end(),
                     [](const auto& peer) { return peer == nullptr; });
}

Peer& Neighbors::add(PeerSettings settings, bool dynamic) {
  PeerSlot slot = kFirstSlot;
  while (slot < slots_.size() && slots_[slot]) ++slot;
  if (slot == slots_.size()) slots_.emplace_back();
  settings.fsm.jitter_seed = steady_nanoseconds() + slot * 7919U;
  engine::Engine& engine = environment_.engine;
  engine.visit_all([&engine, slot, rank = rib::PeerRank{settings.kind, 0, settings.address}] {
    engine.shards().set_peer(slot, rank);
  });
  by_address_.emplace(settings.address, slot);
  ++membership_;
  slots_[slot] = std::make_unique<Peer>(environment_, slot, std::move(settings), dynamic);
  return *slots_[slot];
}

void Neighbors::remove(Peer& peer) {
  const auto [begin, end] = by_address_.equal_range(peer.settings().address);
  by_address_.erase(
      std::find_if(begin, end, [&](const auto& entry) { return entry.second == peer.slot(); }));
  peer.leave();
  departed_.push_back(peer.slot());
}

void Neighbors::free_departed(std::function<void(PeerSlot)> freed) {
  if (departed_.empty()) return;
  environment_.engine.visit_all([this, freed = std::move(freed)] {
    rib::Shards& shards = environment_.engine.shards();
    std::erase_if(departed_, [&](PeerSlot slot) {
      if (!slots_[slot]->quiet() || shards.has_paths(slot)) return false;
      shards.forget_peer(slot);
      freed(slot);
      slots_[slot].reset();
      ++membership_;
      return true;
    });
  });
}

void Neighbors::keep_alive() {
  const std::uint64_t now = steady_nanoseconds();
  if (now - kept_alive_ < kKeepAliveEvery) return;
  kept_alive_ = now;
  for (const auto& peer : slots_) {
    if (peer) peer->keepalive_if_due(now);
  }
}

}  // namespace tern::session
