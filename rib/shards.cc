#include "rib/shards.h"

#include <algorithm>
#include <cassert>
#include <iterator>

#include "rib/types/add_each.h"
#include "rib/types/hash.h"

namespace tern::rib {
namespace {

// The sum of a value over all shards.
template <typename Fn>
std::uint64_t sum(const std::vector<std::unique_ptr<Rib>>& ribs, Fn&& of) {
  std::uint64_t total = 0;
  for (const auto& rib : ribs) total += of(*rib);
  return total;
}

}  // namespace

Shards::Shards(std::size_t count, const DecisionConfig& config, const TableSpaces& spaces)
    : spaces_(spaces), attributes_(spaces.attributes) {
  assert(count >= 1 && count <= kMost);
  for (std::size_t i = 0; i < count; ++i) {
    ribs_.push_back(std::make_unique<Rib>(attributes_, config, spaces.paths));
  }
}

std::size_t Shards::index_of(const Nlri& nlri) const {
  if (ribs_.size() == 1) return 0;
  const auto bytes = nlri.prefix.address().bytes();
  const bool ipv4 = nlri.prefix.address().is_v4();
  std::uint64_t block = index(nlri.family);
  for (const std::byte byte : bytes.first(ipv4 ? 2 : 4)) {
    block = (block << 8U) | std::to_integer<std::uint64_t>(byte);
  }
  block >>= 4U;
  return static_cast<std::size_t>(mix_bits(block) % ribs_.size());
}

// ---- Of all shards

void Shards::set_config(const DecisionConfig& config) {
  for (const auto& rib : ribs_) rib->set_config(config);
}

void Shards::set_peer(PeerSlot peer, const PeerRank& rank) {
  for (const auto& rib : ribs_) rib->set_peer(peer, rank);
}

void Shards::forget_peer(PeerSlot peer) {
  for (const auto& rib : ribs_) rib->forget_peer(peer);
}

void Shards::set_most_paths(PeerSlot peer, std::size_t most) {
  for (const auto& rib : ribs_) rib->set_most_paths(peer, most);
}

void Shards::change_epoch(PeerSlot peer, Family family, EpochChange change) {
  for (const auto& rib : ribs_) rib->change_epoch(peer, family, change);
}

PeerCounts Shards::counts(PeerSlot peer) const {
  PeerCounts total;
  for (const auto& rib : ribs_) {
    const PeerCounts& one = rib->counts(peer);
    for (std::size_t i = 0; i < kFamilyCount; ++i) {
      total.families[i].received += one.families[i].received;
      total.families[i].accepted += one.families[i].accepted;
      total.families[i].without_location += one.families[i].without_location;
      total.families[i].best += one.families[i].best;
    }
    total.rejected += one.rejected;
    total.paths_refused += one.paths_refused;
    total.last_resorts += one.last_resorts;
    total.best_last_resorts += one.best_last_resorts;
  }
  return total;
}

std::uint64_t Shards::received(PeerSlot peer, Family family) const {
  return sum(ribs_,
             [&](const Rib& rib) { return rib.counts(peer).families[index(family)].received; });
}

std::uint64_t Shards::live(PeerSlot peer, Family family) const {
  return sum(ribs_, [&](const Rib& rib) { return rib.epochs(peer, family).live(); });
}

std::uint64_t Shards::blocked(PeerSlot peer, Family family) const {
  return sum(ribs_, [&](const Rib& rib) { return rib.epochs(peer, family).blocked(); });
}

bool Shards::has_paths(PeerSlot peer) const {
  return std::ranges::any_of(kFamilies, [&](Family family) { return received(peer, family) > 0; });
}

TableCounts Shards::table(Family family) const {
  TableCounts total;
  for (const auto& rib : ribs_) {
    const TableCounts& one = rib->table(family);
    total.prefixes += one.prefixes;
    total.paths += one.paths;
    total.best_changes += one.best_changes;
  }
  return total;
}

std::array<std::uint64_t, kStepCount> Shards::decisions() const {
  std::array<std::uint64_t, kStepCount> total{};
  for (const auto& rib : ribs_) add_each(total, rib->decisions());
  return total;
}

bool Shards::has_starved() const {
  return std::ranges::any_of(ribs_, [](const auto& rib) { return rib->has_starved(); });
}

std::vector<PeerSlot> Shards::take_starved() {
  std::vector<PeerSlot> all;
  for (const auto& rib : ribs_) {
    const std::vector<PeerSlot> some = rib->take_starved();
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

std::uint64_t Shards::paths_refused() const {
  return sum(ribs_, [](const Rib& rib) { return rib.paths_refused(); });
}

std::array<std::uint64_t, kMoveCauses> Shards::move_counts() const {
  std::array<std::uint64_t, kMoveCauses> all{};
  for (const auto& rib : ribs_) add_each(all, rib->moves().counts());
  return all;
}

// Moves of several shards may be equal.
EgressMoves::Taken Shards::take_moves() {
  EgressMoves::Taken all;
  for (const auto& rib : ribs_) std::ranges::move(rib->take_moves(), std::back_inserter(all));
  return all;
}

void Shards::hold_moves() {
  for (const auto& rib : ribs_) rib->hold_moves();
}

void Shards::release_moves(std::uint32_t holds) {
  for (const auto& rib : ribs_) rib->release_moves(holds);
}

std::uint64_t Shards::egress_suboptimal() const {
  return sum(ribs_, [](const Rib& rib) { return rib.egress_suboptimal(); });
}

std::uint64_t Shards::egress_prefixes(MetroId metro, PopId pop) const {
  return sum(ribs_, [&](const Rib& rib) { return rib.egress_prefixes(metro, pop); });
}

RibMemory Shards::memory() const {
  RibMemory total;
  for (const auto& rib : ribs_) {
    const RibMemory one = rib->memory();
    total.records += one.records;
    total.blocks += one.blocks;
    total.index += one.index;
    total.ordered += one.ordered;
  }
  return total;
}

std::size_t Shards::audiences() const {
  return static_cast<std::size_t>(
      sum(ribs_, [](const Rib& rib) { return rib.audiences().size(); }));
}

HeldPrefixes Shards::held() const {
  HeldPrefixes total;
  for (const auto& rib : ribs_) total += rib->audiences().held();
  return total;
}

bool Shards::has_changes() const {
  for (const auto& rib : ribs_) {
    if (rib->has_changes()) return true;
  }
  return false;
}

std::optional<Found> Shards::find(const Nlri& nlri) const {
  const auto shard = static_cast<std::uint32_t>(index_of(nlri));
  const auto id = ribs_[shard]->find_id(nlri);
  if (!id) return std::nullopt;
  return Found{shard, *id};
}

// The shorter prefixes that cover a prefix may be in other shards.
std::optional<Found> Shards::longest_match(const Nlri& nlri) const {
  for (int length = nlri.prefix.length(); length >= 0; --length) {
    const Prefix prefix(nlri.prefix.address(), static_cast<std::uint8_t>(length));
    const Nlri wider{prefix, nlri.family};
    const auto shard = static_cast<std::uint32_t>(index_of(wider));
    if (const auto id = ribs_[shard]->find_accepted(wider)) return Found{shard, *id};
  }
  return std::nullopt;
}

std::optional<Found> Shards::longest_match(const IpAddress& address) const {
  return longest_match(unicast(alone(address)));
}

void Shards::share() {
  for (const auto& rib : ribs_) rib->share();
}

void Shards::unshare() {
  for (const auto& rib : ribs_) rib->unshare();
}

TableSpaces Shards::spaces_left() const {
  TableSpaces left{attributes_.octets_left(), spaces_.paths};
  for (const auto& rib : ribs_) left.paths = std::min(left.paths, rib->path_octets_left());
  return left;
}

void Shards::prepare_memory() {
  attributes_.prepare_memory();
  for (const auto& rib : ribs_) rib->prepare_memory();
}

bool Shards::asks_for_memory() const {
  return attributes_.asks_for_memory() ||
         std::ranges::any_of(ribs_, [](const auto& rib) { return rib->asks_for_memory(); });
}

}  // namespace tern::rib
