#include "rib/rib.h"

#include <algorithm>
#include <cassert>

namespace tern::rib {

Rib::Rib(DecisionConfig config) : config_(config) {}
Rib::~Rib() = default;

// ---- Peers

void Rib::set_peer(PeerSlot peer, const PeerRank& rank) {
  if (peer >= peers_.size()) peers_.resize(peer + 1);
  peers_[peer].rank = rank;
}

void Rib::count(const Path& path, Family family, std::int64_t sign) {
  const auto step = static_cast<std::uint64_t>(sign);  // wraps, as a subtraction does
  PeerCounts& counts = peers_[path.peer].counts;
  PeerCounts::PerFamily& of_family = counts.families[index(family)];
  of_family.received += step;
  if (path.accepted()) {
    of_family.accepted += step;
    tables_[index(family)].paths += step;
    if (attributes_[path.effective].egress.cost == kUnknownCost) of_family.without_location += step;
  } else {
    counts.rejected[static_cast<std::size_t>(path.reason)] += step;
  }
}

// ---- Paths

void Rib::fill(Path& path, const Import& import) {
  if (import.received != AttrRef::None) attributes_.retain(import.received);
  if (import.effective != AttrRef::None) attributes_.retain(import.effective);
  attributes_.release(path.received);
  attributes_.release(path.effective);
  path.received = import.received;
  path.effective = import.effective;
  path.reason = import.reason;
  path.detail = import.detail;
}

void Rib::announce(PeerSlot peer, const Nlri& nlri, const Import& import, std::uint32_t now) {
  const DestId id = find_or_add(nlri.prefix);
  Destination& destination = at(id);
  const auto same_path = [&](const Path& path) {
    return path.peer == peer && path.path_id == nlri.path_id;
  };
  auto path = std::find_if(destination.paths.begin(), destination.paths.end(), same_path);
  const Family family = nlri.prefix.family();
  if (path != destination.paths.end()) {
    path->generation = peers_[peer].generations[index(family)];
    const bool equal = path->received == import.received && path->effective == import.effective &&
                       path->reason == import.reason && path->detail == import.detail;
    if (equal) return;
  }
  const Seen before = seen(destination);
  if (path == destination.paths.end()) {
    Path added;
    added.peer = peer;
    added.path_id = nlri.path_id;
    added.local_id = free_local_id(destination);
    added.generation = peers_[peer].generations[index(family)];
    destination.paths.push_back(added);
    path = destination.paths.end() - 1;
  } else {
    count(*path, family, -1);
  }
  fill(*path, import);
  path->since = now;
  count(*path, family, +1);
  settle(id, before);
}

void Rib::withdraw(PeerSlot peer, const Nlri& nlri) {
  const auto found = index_.find(nlri.prefix);
  if (found == index_.end()) return;
  Destination& destination = at(found->second);
  for (std::size_t i = 0; i < destination.paths.size(); ++i) {
    const Path& path = destination.paths[i];
    if (path.peer == peer && path.path_id == nlri.path_id) {
      erase_path(found->second, i);
      return;
    }
  }
}

const Path* Rib::find(PeerSlot peer, const Nlri& nlri) const {
  const Destination* destination = find(nlri.prefix);
  if (destination == nullptr) return nullptr;
  const auto& paths = destination->paths;
  const auto found = std::find_if(paths.begin(), paths.end(), [&](const Path& path) {
    return path.peer == peer && path.path_id == nlri.path_id;
  });
  return found == paths.end() ? nullptr : &*found;
}

void Rib::revise(DestId id, std::size_t path_index, const Import& import) {
  Destination& destination = at(id);
  Path& path = destination.paths[path_index];
  if (path.effective == import.effective && path.reason == import.reason &&
      path.detail == import.detail) {
    return;
  }
  const Seen before = seen(destination);
  const Family family = destination.prefix.family();
  count(path, family, -1);
  fill(path, import);
  count(path, family, +1);
  settle(id, before);
}

void Rib::sweep(DestId id, PeerSlot peer, const Generations& fresh, std::optional<Family> family) {
  Destination& destination = at(id);
  if (!destination.in_use) return;
  if (family && destination.prefix.family() != *family) return;
  const auto stale = [&](const Path& path) {
    const std::uint8_t of_family = fresh[index(destination.prefix.family())];
    return path.peer == peer && static_cast<std::int8_t>(path.generation - of_family) < 0;
  };
  auto& paths = destination.paths;
  if (std::none_of(paths.begin(), paths.end(), stale)) return;
  const Seen before = seen(destination);
  for (Path& path : paths) {
    if (!stale(path)) continue;
    count(path, destination.prefix.family(), -1);
    fill(path, Import{});
  }
  std::erase_if(paths, stale);
  settle(id, before);
  free_if_idle(id);
}

void Rib::erase_path(DestId id, std::size_t path_index) {
  Destination& destination = at(id);
  const Seen before = seen(destination);
  Path& path = destination.paths[path_index];
  count(path, destination.prefix.family(), -1);
  fill(path, Import{});
  destination.paths.erase(destination.paths.begin() + static_cast<std::ptrdiff_t>(path_index));
  settle(id, before);
  free_if_idle(id);
}

void Rib::rank(DestId id) {
  if (!at(id).in_use) return;
  settle(id, seen(at(id)));
}

// The smallest number above 0 that no other path of the destination has.
std::uint32_t Rib::free_local_id(const Destination& destination) {
  const std::size_t paths = destination.paths.size();
  taken_ids_.assign(paths + 1, false);  // of n paths, one of 1..n+1 is free
  for (const Path& path : destination.paths) {
    if (path.local_id <= paths) taken_ids_[path.local_id] = true;
  }
  std::uint32_t id = 1;
  while (id <= paths && taken_ids_[id]) ++id;
  return id;
}

// ---- Ranking

void Rib::sort(Destination& destination) {
  auto& paths = destination.paths;
  destination.accepted = static_cast<std::uint32_t>(
      std::count_if(paths.begin(), paths.end(), [](const Path& path) { return path.accepted(); }));
  if (paths.size() < 2) {
    destination.step = Step::OnlyPath;
    return;
  }
  ranked_.clear();
  for (std::uint32_t i = 0; i < paths.size(); ++i) {
    const Path& path = paths[i];
    if (!path.accepted()) continue;
    ranked_.push_back({&attributes_[path.effective], &peers_[path.peer].rank, path.path_id, i});
  }
  order(ranked_, config_);
  sorted_.clear();
  for (const Candidate& candidate : ranked_) sorted_.push_back(paths[candidate.mark]);
  for (const Path& path : paths) {
    if (!path.accepted()) sorted_.push_back(path);
  }
  paths.assign(sorted_.begin(), sorted_.end());
  destination.step =
      ranked_.size() < 2 ? Step::OnlyPath : compare(ranked_[0], ranked_[1], config_).step;
}

Rib::Seen Rib::seen(const Destination& destination) const {
  const Path* best = destination.best();
  if (best == nullptr) return {};
  const EgressInfo& egress = attributes_[best->effective].egress;
  bool suboptimal = false;
  for (std::uint32_t i = 1; i < destination.accepted; ++i) {
    suboptimal |= attributes_[destination.paths[i].effective].key.egress_cost < egress.cost;
  }
  return {best->effective, best->peer, egress, true, suboptimal};
}

void Rib::count_egress(const EgressInfo& egress, std::int64_t sign) {
  const std::uint32_t key = (std::uint32_t{egress.metro} << 16U) | egress.pop;
  egress_prefixes_[key] += static_cast<std::uint64_t>(sign);
}

std::uint64_t Rib::egress_prefixes(MetroId metro, PopId pop) const {
  const auto found = egress_prefixes_.find((std::uint32_t{metro} << 16U) | pop);
  return found == egress_prefixes_.end() ? 0 : found->second;
}

// Brings everything that depends on the paths of a destination up to date after they changed.
void Rib::settle(DestId id, const Seen& before) {
  Destination& destination = at(id);
  sort(destination);
  const Seen after = seen(destination);
  if (!before.any && !after.any) return;  // rejected before and now: nobody else notices
  TableCounts& table = tables_[index(destination.prefix.family())];
  if (before.any != after.any) table.prefixes += after.any ? 1 : std::uint64_t{0} - 1;
  if (before.any) count_egress(before.egress, -1);
  if (after.any) count_egress(after.egress, +1);
  if (after.any && (before.best != after.best || before.peer != after.peer)) {
    ++table.best_changes;
    ++decisions_[static_cast<std::size_t>(destination.step)];
  }
  egress_suboptimal_ += std::uint64_t{after.suboptimal} - std::uint64_t{before.suboptimal};
  if (before.any && after.any && before.egress.pop != after.egress.pop) ++egress_changes_;
  mark_changed(id);
}

void Rib::mark_changed(DestId id) {
  Destination& destination = at(id);
  if (destination.changed) return;
  destination.changed = true;
  changes_.push_back(id);
}

std::vector<DestId> Rib::take_changes() {
  std::vector<DestId> taken;
  taken.swap(changes_);
  for (const DestId id : taken) {
    at(id).changed = false;
    free_if_idle(id);
  }
  return taken;
}

// ---- Destinations

DestId Rib::find_or_add(const Prefix& prefix) {
  if (const auto found = index_.find(prefix); found != index_.end()) return found->second;
  if (free_.empty()) {
    if (size_ % kChunk == 0) chunks_.push_back(std::make_unique<Chunk>());
    free_.push_back(size_++);
  }
  const DestId id = free_.back();
  free_.pop_back();
  Destination& destination = at(id);
  destination.prefix = prefix;
  destination.in_use = true;
  index_.emplace(prefix, id);
  ++lengths_[index(prefix.family())][prefix.length()];
  return id;
}

// An id is reused only when nobody can mean the old prefix by it: no path, no client that was told,
// no change waiting to be fetched.
void Rib::free_if_idle(DestId id) {
  Destination& destination = at(id);
  if (!destination.in_use || !destination.paths.empty() || destination.advertised > 0 ||
      destination.changed) {
    return;
  }
  --lengths_[index(destination.prefix.family())][destination.prefix.length()];
  index_.erase(destination.prefix);
  destination = Destination{};
  free_.push_back(id);
}

void Rib::drop_advertised(DestId id) {
  assert(at(id).advertised > 0);
  --at(id).advertised;
  free_if_idle(id);
}

std::optional<DestId> Rib::find_id(const Prefix& prefix) const {
  const auto found = index_.find(prefix);
  if (found == index_.end()) return std::nullopt;
  return found->second;
}

const Destination* Rib::find(const Prefix& prefix) const {
  const auto found = index_.find(prefix);
  return found == index_.end() ? nullptr : &at(found->second);
}

const Destination* Rib::longest_match(const Prefix& prefix) const {
  const auto& lengths = lengths_[index(prefix.family())];
  for (int length = prefix.length(); length >= 0; --length) {
    if (lengths[static_cast<std::size_t>(length)] == 0) continue;
    const Destination* found = find(Prefix(prefix.address(), static_cast<std::uint8_t>(length)));
    if (found != nullptr && found->accepted > 0) return found;
  }
  return nullptr;
}

const Destination* Rib::longest_match(const IpAddress& address) const {
  return longest_match(Prefix(address, static_cast<std::uint8_t>(address.bits())));
}

std::uint16_t Rib::intern_detail(std::string_view text) {
  if (text.empty()) return 0;
  const std::string key(text);
  if (const auto found = detail_index_.find(key); found != detail_index_.end())
    return found->second;
  if (details_.size() > 0xFFFF) return 0;  // more words than anyone reads: the reason alone remains
  const auto added = static_cast<std::uint16_t>(details_.size());
  details_.push_back(key);
  detail_index_.emplace(key, added);
  return added;
}

}  // namespace tern::rib
