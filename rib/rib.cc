#include "rib/rib.h"

#include <algorithm>
#include <cassert>

namespace tern::rib {
namespace {

constexpr std::size_t kNoPath = ~std::size_t{0};

}  // namespace

Rib::Rib(AttrTable& attributes, const DecisionConfig& config)
    : config_(config), attributes_(attributes) {}
Rib::~Rib() = default;

void Rib::set_peer(PeerSlot peer, const PeerRank& rank) {
  assert(peer < kMostPeerSlots);
  if (peer >= peers_.size()) peers_.resize(peer + 1);
  peers_[peer].rank = rank;
}

// ---- Paths

// A set that policy left as it came is counted once.
void Rib::take_counts(const Import& import) {
  if (import.received != AttrRef::None) attributes_.retain(import.received);
  if (import.effective != AttrRef::None && import.effective != import.received) {
    attributes_.retain(import.effective);
  }
}

void Rib::give_counts(const Import& import) {
  if (import.effective != import.received) attributes_.release(import.effective);
  attributes_.release(import.received);
}

// What was made of a path.
Import Rib::import_of(const Record& record, std::size_t path) const {
  const Path& of = table_.paths(record)[path];
  return {table_.received(record, path), of.effective(), of.reason(), of.detail()};
}

DecisionKey Rib::key_of(const Import& import) const {
  return import.effective == AttrRef::None ? DecisionKey{} : attributes_[import.effective].key();
}

std::size_t Rib::find_path(DestId id, PeerSlot peer, std::uint32_t path_id) const {
  const Record& record = table_.record(id);
  const Path* paths = table_.paths(record);
  for (std::size_t i = 0; i < record.paths; ++i) {
    if (paths[i].peer() != peer) continue;
    if ((record.has_path_ids ? table_.path_ids(record)[i].received : 0) == path_id) return i;
  }
  return kNoPath;
}

// Every step asks for memory that the next one reads, so that many announcements wait for it
// together.
void Rib::announce(PeerSlot peer, std::span<const Announcement> announcements, std::uint32_t now) {
  constexpr std::size_t kAtOnce = 64;
  while (!announcements.empty()) {
    const auto some = announcements.first(std::min(kAtOnce, announcements.size()));
    announcements = announcements.subspan(some.size());
    hashes_.clear();
    batch_.clear();
    for (const Announcement& one : some) {
      hashes_.push_back(DestinationTable::hash(one.nlri.prefix));
      table_.prefetch(hashes_.back());
      attributes_.prefetch(one.import.effective);
    }
    for (const std::size_t hash : hashes_) table_.prefetch_record(hash);
    for (std::size_t i = 0; i < some.size(); ++i) {
      batch_.push_back(find_or_add(some[i].nlri.prefix, hashes_[i]));
      table_.prefetch_block(batch_.back());
    }
    for (std::size_t i = 0; i < some.size(); ++i) announce_one(batch_[i], peer, some[i], now);
    table_.gather_blocks(some.size());
  }
}

void Rib::announce_one(DestId id, PeerSlot peer, const Announcement& announcement,
                       std::uint32_t now) {
  const auto& [nlri, import] = announcement;
  const Family family = nlri.prefix.family();
  const std::uint8_t generation = peers_[peer].generations[index(family)];
  const Record& record = table_.record(id);
  if (const std::size_t at = find_path(id, peer, nlri.path_id); at != kNoPath) {
    table_.set_generation(record, at, generation);
    if (table_.paths(record)[at].is(import) && table_.received(record, at) == import.received) {
      return;
    }
    return replace(id, at, import, now);
  }
  if (record.paths >= DestinationTable::kMostPaths) {
    ++paths_refused_;
    return;
  }
  take_counts(import);
  Path path(peer);
  path.since = now;
  path.generation = generation;
  path.set(import, key_of(import));
  const PathIds ids{nlri.path_id, nlri.path_id == 0 ? 0 : free_local_id(record)};
  count(path, family, +1);
  add_path(id, path, ids, import.received);
}

void Rib::add_path(DestId id, const Path& path, const PathIds& ids, AttrRef received) {
  const DestinationTable::Edit edit(table_, id);
  Record& record = edit.record();
  const Seen before = seen(record);
  const std::size_t last = record.paths;
  table_.push_path(record, path, ids, received);
  place(record, last, false);
  settle(id, record, before);
}

// Another verdict on a path that stays, or another set in its place.
void Rib::replace(DestId id, std::size_t at, const Import& import, std::uint32_t since) {
  const Import old = import_of(table_.record(id), at);
  take_counts(import);
  {
    const DestinationTable::Edit edit(table_, id);
    Record& record = edit.record();
    const Seen before = seen(record);
    const Family family = record.prefix.family();
    Path& path = table_.edit_paths(record)[at];
    const bool was_accepted = path.accepted();
    count(path, family, -1);
    if (was_accepted) --record.accepted;
    path.set(import, key_of(import));
    path.since = since;
    count(path, family, +1);
    table_.set_received(record, at, import.received);
    place(record, at, was_accepted);
    settle(id, record, before);
  }
  give_counts(old);
}

// Above every slot, which name the paths without identifiers; the smallest that is free.
std::uint32_t Rib::free_local_id(const Record& record) {
  constexpr std::uint32_t kFirst = kMostPeerSlots + 1;
  taken_ids_.assign(record.paths + 1U, false);  // of n paths, one of n + 1 ids is free
  if (record.has_path_ids) {
    const PathIds* ids = table_.path_ids(record);
    for (std::size_t i = 0; i < record.paths; ++i) {
      const std::uint32_t taken = ids[i].local - kFirst;
      if (taken < taken_ids_.size()) taken_ids_[taken] = true;
    }
  }
  std::uint32_t id = 0;
  while (taken_ids_[id]) ++id;
  return kFirst + id;
}

void Rib::withdraw(PeerSlot peer, std::span<const Nlri> prefixes) {
  hashes_.clear();
  for (const Nlri& nlri : prefixes) {
    hashes_.push_back(DestinationTable::hash(nlri.prefix));
    table_.prefetch(hashes_.back());
  }
  for (std::size_t i = 0; i < prefixes.size(); ++i) {
    const Nlri& nlri = prefixes[i];
    const DestId id = table_.find(nlri.prefix, hashes_[i]);
    if (id == DestinationTable::kNone) continue;
    if (const std::size_t at = find_path(id, peer, nlri.path_id); at != kNoPath) {
      erase_path(id, at);
    }
  }
  table_.gather_blocks(prefixes.size());
}

void Rib::erase_path(DestId id, std::size_t at) {
  const Import import = import_of(table_.record(id), at);
  {
    const DestinationTable::Edit edit(table_, id);
    Record& record = edit.record();
    const Seen before = seen(record);
    const Path gone = table_.paths(record)[at];
    count(gone, record.prefix.family(), -1);
    table_.remove_path(record, at);
    if (gone.accepted()) {
      --record.accepted;
      // Of the paths that stay, some may have stood where they did by a MED of the one that went.
      if (record.is(DestinationTable::kRows) && !config_.always_compare_med) {
        rank_all(record);
      } else if (at < 2) {
        decide_step(record);
      }
    }
    settle(id, record, before);
  }
  give_counts(import);
  free_if_idle(id);
}

void Rib::revise(DestId id, std::size_t at, const Import& import) {
  const Path& path = table_.paths(table_.record(id))[at];
  if (!path.is(import)) replace(id, at, import, path.since);
}

void Rib::sweep(DestId id, PeerSlot peer, const Generations& fresh, std::optional<Family> family) {
  const Record& record = table_.record(id);
  if (!record.is(DestinationTable::kInUse)) return;
  const Family of = record.prefix.family();
  if (family && of != *family) return;
  for (std::size_t i = record.paths; i-- > 0;) {
    const Path& path = table_.paths(record)[i];
    if (path.peer() != peer) continue;
    if (static_cast<std::int8_t>(path.generation - fresh[index(of)]) >= 0) continue;
    const bool rows = record.is(DestinationTable::kRows);
    erase_path(id, i);
    if (!record.is(DestinationTable::kInUse)) return;
    if (rows) i = record.paths;  // the order of the others may have changed
  }
}

const Path* Rib::find(PeerSlot peer, const Nlri& nlri) const {
  const DestId id = table_.find(nlri.prefix, DestinationTable::hash(nlri.prefix));
  if (id == DestinationTable::kNone) return nullptr;
  const std::size_t at = find_path(id, peer, nlri.path_id);
  return at == kNoPath ? nullptr : &table_.paths(table_.record(id))[at];
}

// ---- What changed, and what was told of it

void Rib::take_changes(std::size_t most, std::vector<DestId>& out) {
  out.clear();
  const std::size_t end = changes_taken_ + std::min(changes_.size() - changes_taken_, most);
  for (; changes_taken_ < end; ++changes_taken_) {
    const DestId id = changes_[changes_taken_];
    table_.record(id).set(DestinationTable::kChanged, false);
    out.push_back(id);
  }
  // The front goes when it is the greater half: every change is moved once at most.
  if (changes_taken_ <= changes_.size() / 2 && changes_taken_ < changes_.size()) return;
  changes_.erase(changes_.begin(), changes_.begin() + static_cast<std::ptrdiff_t>(changes_taken_));
  changes_taken_ = 0;
}

void Rib::set_told(DestId id, std::span<const Told> told, std::span<const std::uint32_t> ids) {
  const Family family = table_.record(id).prefix.family();
  for (const Told& entry : told) {
    attributes_.retain(entry.set);
    audiences_.hold(entry.audience, family);
  }
  const std::span<const Told> before = table_.view(id).told;
  told_before_.assign(before.begin(), before.end());
  {
    const DestinationTable::Edit edit(table_, id);
    Record& record = edit.record();
    table_.resize_told(record, told.size(), !ids.empty());
    if (!told.empty()) std::ranges::copy(told, table_.edit_told(record));
    if (!told.empty() && !ids.empty()) std::ranges::copy(ids, table_.edit_told_ids(record));
  }
  for (const Told& entry : told_before_) {
    attributes_.release(entry.set);
    audiences_.drop(entry.audience, family);
  }
  free_if_idle(id);
}

void Rib::share() {
  pin();
  if (++readers_ > 1) return;
  table_.share();
  audiences_.share();
}

void Rib::unshare() {
  assert(readers_ > 0);
  unpin();
  if (--readers_ > 0) return;
  table_.unshare();
  audiences_.unshare();
}

void Rib::unpin() {
  assert(pins_ > 0);
  --pins_;
}

void Rib::free_idle(std::size_t most) {
  if (pins_ > 0) return;
  for (; most > 0 && !idle_.empty(); --most) {
    const DestId id = idle_.back();
    idle_.pop_back();
    table_.record(id).set(DestinationTable::kIdle, false);
    free_if_idle(id);
  }
}

// ---- Destinations

DestId Rib::find_or_add(const Prefix& prefix, std::size_t hash) {
  const DestId found = table_.find(prefix, hash);
  if (found != DestinationTable::kNone) return found;
  ++lengths_[index(prefix.family())][prefix.length()];
  return table_.add(prefix, hash);
}

// An id is reused only when nobody can mean the old prefix by it: no path, no client that was told,
// no change waiting to be fetched, no pin.
void Rib::free_if_idle(DestId id) {
  Record& record = table_.record(id);
  if (!record.is(DestinationTable::kInUse) || record.paths > 0 || record.told > 0 ||
      record.is(DestinationTable::kChanged) || record.is(DestinationTable::kIdle)) {
    return;
  }
  if (pins_ > 0) {
    record.set(DestinationTable::kIdle, true);
    idle_.push_back(id);
    return;
  }
  --lengths_[index(record.prefix.family())][record.prefix.length()];
  table_.remove(id);
}

std::optional<DestId> Rib::find_id(const Prefix& prefix) const {
  const DestId id = table_.find(prefix, DestinationTable::hash(prefix));
  if (id == DestinationTable::kNone) return std::nullopt;
  return id;
}

std::optional<Destination> Rib::find(const Prefix& prefix) const {
  const auto id = find_id(prefix);
  if (!id) return std::nullopt;
  return table_.view(*id);
}

std::optional<DestId> Rib::longest_match(const Prefix& prefix) const {
  const auto& lengths = lengths_[index(prefix.family())];
  for (int length = prefix.length(); length >= 0; --length) {
    if (lengths[static_cast<std::size_t>(length)] == 0) continue;
    const auto id = find_id(Prefix(prefix.address(), static_cast<std::uint8_t>(length)));
    if (id && table_.record(*id).accepted > 0) return id;
  }
  return std::nullopt;
}

RibMemory Rib::memory() const {
  return {table_.record_bytes(), table_.block_bytes(), table_.index_bytes()};
}

}  // namespace tern::rib
