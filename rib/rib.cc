#include "rib/rib.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

namespace tern::rib {

Rib::Rib(AttrTable& attributes, const DecisionConfig& config, std::size_t path_space)
    : config_(config), attributes_(attributes), table_(path_space) {}
Rib::~Rib() = default;

void Rib::set_peer(PeerSlot peer, const PeerRank& rank) {
  assert(peer < kMostPeerSlots);
  if (peer >= peers_.size()) peers_.resize(peer + 1);
  peers_[peer].rank = rank;
}

void Rib::forget_peer(PeerSlot peer) {
  for (const Epochs& epochs : peers_[peer].epochs) {
    assert(epochs.live() + epochs.stale() == 0);
    (void)epochs;
  }
  peers_[peer] = {};
  std::erase(starved_, peer);
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

Rib::Search Rib::find_path(const Record& record, PeerSlot peer, std::uint32_t path_id) const {
  Search search;
  const Path* paths = table_.paths(record);
  const PathIds* ids = record.has_path_ids ? table_.path_ids(record) : nullptr;
  for (std::size_t i = 0; i < record.paths; ++i) {
    if (paths[i].peer() != peer) continue;
    if ((ids == nullptr ? 0 : ids[i].received) == path_id) {
      search.at = i;
      return search;
    }
    ++search.others;
  }
  return search;
}

// ---- Epochs

template <typename Fn>
void Rib::change_epochs(PeerSlot peer, Family family, Fn&& change) {
  Epochs& epochs = peers_[peer].epochs[index(family)];
  stale_paths_ -= epochs.stale();
  change(epochs);
  stale_paths_ += epochs.stale();
}

// As many sessions ended as there are numbers, and a sweep of the whole table did not come to its
// end meanwhile: this is the end of it, in one piece.
void Rib::end_session(PeerSlot peer) {
  for (const Family family : kFamilies) {
    bool done = false;
    const auto end = [&done](Epochs& epochs) { done = epochs.end_session(); };
    change_epochs(peer, family, end);
    if (done) continue;
    for (DestId id = 0; id < table_.end(); ++id) sweep(id);
    change_epochs(peer, family, end);
    assert(done);
  }
}

void Rib::begin_refresh(PeerSlot peer, Family family) {
  change_epochs(peer, family, [](Epochs& epochs) { epochs.begin_refresh(); });
}

void Rib::end_refresh(PeerSlot peer, Family family) {
  change_epochs(peer, family, [](Epochs& epochs) { epochs.end_refresh(); });
}

void Rib::hear_again(const Record& record, std::size_t at) {
  const Path& path = table_.paths(record)[at];
  const Family family = record.prefix.family();
  const Epochs::Number now = epochs(path.peer(), family).now();
  if (path.epoch == now) return;
  change_epochs(path.peer(), family,
                [&path](Epochs& epochs) { epochs.heard(path.epoch, path.blocked()); });
  table_.set_epoch(record, at, now);
}

// ---- Announcements

// Every step asks for memory that the next one reads, so that many announcements wait for it
// together.
void Rib::announce(PeerSlot peer, std::span<const Announcement> announcements, std::uint32_t now) {
  constexpr std::size_t kAtOnce = 64;
  while (!announcements.empty()) {
    const auto some = announcements.first(std::min(kAtOnce, announcements.size()));
    announcements = announcements.subspan(some.size());
    if (table_.nearly_full()) {
      announce_known(peer, some, now);
      continue;
    }
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
    for (std::size_t i = 0, end = 0; i < some.size(); i = end) {
      for (end = i + 1; end < some.size() && batch_[end] == batch_[i];) ++end;
      make_room(batch_[i], peer, end - i);
      if (end - i == 1) {
        announce_one(batch_[i], peer, some[i], now);
      } else {
        announce_several(batch_[i], peer, some.subspan(i, end - i), now);
      }
    }
    table_.gather_blocks(some.size());
  }
}

// Where there is no room for new paths.
void Rib::announce_known(PeerSlot peer, std::span<const Announcement> announcements,
                         std::uint32_t now) {
  for (const Announcement& one : announcements) {
    const DestId id = table_.find(one.nlri.prefix, DestinationTable::hash(one.nlri.prefix));
    if (id != DestinationTable::kNone &&
        find_path(table_.record(id), peer, one.nlri.path_id).found()) {
      announce_one(id, peer, one, now);
    } else if (std::ranges::find(starved_, peer) == starved_.end()) {
      starved_.push_back(peer);
      has_starved_.store(true, std::memory_order_relaxed);
    }
  }
}

std::vector<PeerSlot> Rib::take_starved() {
  has_starved_.store(false, std::memory_order_relaxed);
  return std::exchange(starved_, {});
}

// For `more` paths of the peer: stale ones, which a sweep has yet to reach, leave before a new one
// is refused, as the peer would not announce that again.
void Rib::make_room(DestId id, PeerSlot peer, std::size_t more) {
  if (stale_paths_ == 0) return;
  const Record& record = table_.record(id);
  const std::span paths(table_.paths(record), record.paths);
  const auto own = static_cast<std::size_t>(
      std::ranges::count_if(paths, [&](const Path& path) { return path.peer() == peer; }));
  const bool fits =
      own + more <= peers_[peer].most_paths && record.paths + more <= DestinationTable::kMostPaths;
  if (!fits) drop_stale(id);
}

bool Rib::has_room(const Record& record, PeerSlot peer, const Search& searched) {
  if (record.paths < DestinationTable::kMostPaths && searched.others < peers_[peer].most_paths) {
    return true;
  }
  ++paths_refused_;
  ++peers_[peer].counts.paths_refused;
  return false;
}

Path Rib::new_path(PeerSlot peer, Family family, const Import& import, std::uint32_t now) const {
  Path path(peer);
  path.since = now;
  path.epoch = epochs(peer, family).now();
  path.set(import, key_of(import));
  return path;
}

PathIds Rib::new_ids(const Record& record, std::uint32_t received) {
  return {received, received == 0 ? 0 : free_local_id(record)};
}

void Rib::announce_one(DestId id, PeerSlot peer, const Announcement& announcement,
                       std::uint32_t now) {
  const auto& [nlri, import] = announcement;
  const Record& record = table_.record(id);
  const Search search = find_path(record, peer, nlri.path_id);
  if (search.found()) {
    hear_again(record, search.at);
    const bool same = table_.paths(record)[search.at].is(import) &&
                      table_.received(record, search.at) == import.received;
    if (!same) replace(id, search.at, import, now);
    return;
  }
  if (!has_room(record, peer, search)) return;
  take_counts(import);
  add_path(id, new_path(peer, nlri.prefix.family(), import, now), new_ids(record, nlri.path_id),
           import.received);
}

// A neighbour with Add-Path sends the paths of a prefix one after the other. To rank each of
// thousands would be quadratic.
void Rib::announce_several(DestId id, PeerSlot peer, std::span<const Announcement> announcements,
                           std::uint32_t now) {
  replaced_.clear();
  {
    const DestinationTable::Edit edit(table_, id);
    Record& record = edit.record();
    const Family family = record.prefix.family();
    const Seen before = seen(record);
    bool changed = false;
    for (const auto& [nlri, import] : announcements) {
      const Search search = find_path(record, peer, nlri.path_id);
      if (search.found()) {
        hear_again(record, search.at);
        const bool same = table_.paths(record)[search.at].is(import) &&
                          table_.received(record, search.at) == import.received;
        if (same) continue;
        replaced_.push_back(put(record, search.at, import, now));
      } else {
        if (!has_room(record, peer, search)) continue;
        take_counts(import);
        const Path path = new_path(peer, family, import, now);
        count_new(path, family);
        table_.push_path(record, path, new_ids(record, nlri.path_id), import.received);
      }
      changed = true;
    }
    if (changed) {
      rank_all(record);
      settle(id, record, before);
    }
  }
  for (const Import& import : replaced_) give_counts(import);
}

void Rib::count_new(const Path& path, Family family) {
  count(path, family, +1);
  change_epochs(path.peer(), family, [&path](Epochs& epochs) { epochs.added(path.blocked()); });
}

void Rib::add_path(DestId id, const Path& path, const PathIds& ids, AttrRef received) {
  const DestinationTable::Edit edit(table_, id);
  Record& record = edit.record();
  const Seen before = seen(record);
  const std::size_t last = record.paths;
  count_new(path, record.prefix.family());
  table_.push_path(record, path, ids, received);
  place(record, last, false);
  settle(id, record, before);
}

// Another verdict on a path that stays, or another set in its place; its rank is the caller's to
// see to. Returns what the caller gives the counts of back, once the edit is over.
Import Rib::put(Record& record, std::size_t at, const Import& import, std::uint32_t since) {
  const Import old = import_of(record, at);
  take_counts(import);
  const Family family = record.prefix.family();
  Path& path = table_.edit_paths(record)[at];
  const bool was_blocked = path.blocked();
  count(path, family, -1);
  path.set(import, key_of(import));
  path.since = since;
  count(path, family, +1);
  if (path.blocked() != was_blocked) {
    change_epochs(path.peer(), family, [&path, was_blocked](Epochs& epochs) {
      epochs.judged(path.epoch, was_blocked, path.blocked());
    });
  }
  table_.set_received(record, at, import.received);
  return old;
}

void Rib::replace(DestId id, std::size_t at, const Import& import, std::uint32_t since) {
  Import old;
  {
    const DestinationTable::Edit edit(table_, id);
    Record& record = edit.record();
    const Seen before = seen(record);
    const bool was_accepted = table_.paths(record)[at].accepted();
    old = put(record, at, import, since);
    if (was_accepted) --record.accepted;
    place(record, at, was_accepted);
    settle(id, record, before);
  }
  give_counts(old);
}

// Above every slot, which name the paths without identifiers; the smallest that is free.
std::uint32_t Rib::free_local_id(const Record& record) {
  constexpr std::uint32_t kFirst = kMostPeerSlots + 1;
  constexpr std::uint32_t kBits = 64;
  taken_ids_.assign(record.paths / kBits + 1, 0);  // of n paths, one of n + 1 ids is free
  std::uint64_t* const taken = taken_ids_.data();
  if (record.has_path_ids) {
    const PathIds* ids = table_.path_ids(record);
    for (std::size_t i = 0; i < record.paths; ++i) {
      const std::uint32_t id = ids[i].local - kFirst;
      if (id <= record.paths) taken[id / kBits] |= std::uint64_t{1} << (id % kBits);
    }
  }
  std::uint32_t word = 0;
  while (~taken[word] == 0) ++word;
  return kFirst + word * kBits + static_cast<std::uint32_t>(std::countr_one(taken[word]));
}

void Rib::withdraw(PeerSlot peer, std::span<const Nlri> prefixes) {
  hashes_.clear();
  for (const Nlri& nlri : prefixes) {
    hashes_.push_back(DestinationTable::hash(nlri.prefix));
    table_.prefetch(hashes_.back());
  }
  for (std::size_t i = 0, end = 0; i < prefixes.size(); i = end) {
    for (end = i + 1; end < prefixes.size() && prefixes[end].prefix == prefixes[i].prefix;) ++end;
    const DestId id = table_.find(prefixes[i].prefix, hashes_[i]);
    if (id != DestinationTable::kNone) withdraw_several(id, peer, prefixes.subspan(i, end - i));
  }
  table_.gather_blocks(prefixes.size());
}

void Rib::withdraw_several(DestId id, PeerSlot peer, std::span<const Nlri> prefixes) {
  gone_.clear();
  const Record& record = table_.record(id);
  for (const Nlri& nlri : prefixes) {
    const Search search = find_path(record, peer, nlri.path_id);
    if (search.found()) gone_.push_back(search.at);
  }
  if (gone_.empty()) return;
  std::ranges::sort(gone_);
  gone_.erase(std::unique(gone_.begin(), gone_.end()), gone_.end());
  erase_paths(id, gone_);
  free_if_idle(id);
}

// at: ascending, at least one.
void Rib::erase_paths(DestId id, std::span<const std::size_t> at) {
  replaced_.clear();
  {
    const DestinationTable::Edit edit(table_, id);
    Record& record = edit.record();
    const Family family = record.prefix.family();
    const Seen before = seen(record);
    std::uint16_t were_accepted = 0;
    for (const std::size_t i : at) {
      const Path& gone = table_.paths(record)[i];
      replaced_.push_back(import_of(record, i));
      count(gone, family, -1);
      change_epochs(gone.peer(), family,
                    [&gone](Epochs& epochs) { epochs.removed(gone.epoch, gone.blocked()); });
      if (gone.accepted()) ++were_accepted;
    }
    table_.remove_paths(record, at);
    if (were_accepted > 0) {
      record.accepted = static_cast<std::uint16_t>(record.accepted - were_accepted);
      // Of the paths that stay, some may have stood where they did by a MED of one that went.
      if (record.is(DestinationTable::kRows) && !config_.always_compare_med) {
        rank_all(record);
      } else if (at.front() < 2) {
        decide_step(record);
      }
    }
    settle(id, record, before);
  }
  for (const Import& import : replaced_) give_counts(import);
}

void Rib::revise(DestId id, std::span<const Revision> revisions) {
  if (revisions.size() == 1) {
    const auto& [at, import] = revisions.front();
    const Path& path = table_.paths(table_.record(id))[at];
    if (!path.is(import)) replace(id, at, import, path.since);
    return;
  }
  replaced_.clear();
  {
    const DestinationTable::Edit edit(table_, id);
    Record& record = edit.record();
    const Seen before = seen(record);
    for (const auto& [at, import] : revisions) {
      const Path& path = table_.paths(record)[at];
      if (!path.is(import)) replaced_.push_back(put(record, at, import, path.since));
    }
    if (!replaced_.empty()) {
      rank_all(record);
      settle(id, record, before);
    }
  }
  for (const Import& import : replaced_) give_counts(import);
}

void Rib::sweep(DestId id) {
  if (drop_stale(id)) free_if_idle(id);
}

// Whether there were some. The destination keeps its id.
bool Rib::drop_stale(DestId id) {
  const Record& record = table_.record(id);
  if (record.paths == 0) return false;
  const Family family = record.prefix.family();
  gone_.clear();
  for (std::size_t i = 0; i < record.paths; ++i) {
    const Path& path = table_.paths(record)[i];
    if (epochs(path.peer(), family).is_stale(path.epoch)) gone_.push_back(i);
  }
  if (gone_.empty()) return false;
  erase_paths(id, gone_);
  return true;
}

const Path* Rib::find(PeerSlot peer, const Nlri& nlri) const {
  const DestId id = table_.find(nlri.prefix, DestinationTable::hash(nlri.prefix));
  if (id == DestinationTable::kNone) return nullptr;
  const Record& record = table_.record(id);
  const Search search = find_path(record, peer, nlri.path_id);
  if (!search.found()) return nullptr;
  const Path& path = table_.paths(record)[search.at];
  return epochs(peer, nlri.prefix.family()).is_stale(path.epoch) ? nullptr : &path;
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
  return {table_.record_bytes(), table_.block_bytes(), table_.index_bytes(),
          table_.ordered_bytes()};
}

}  // namespace tern::rib
