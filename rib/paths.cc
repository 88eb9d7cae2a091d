// The paths of a Rib: announced and revised.
#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

#include "rib/rib.h"

namespace tern::rib {

// A set that policy did not change is counted once.
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

// Takes the counts of sets that only `now` has. Returns the sets that only `old` has: the caller
// gives their counts back. Threads of different shards change the counts of the same sets, so a
// count that stays the same is left alone.
Import Rib::change_counts(const Import& old, const Import& now) {
  const auto only = [](AttrRef set, const Import& other) {
    return set == other.received || set == other.effective ? AttrRef::None : set;
  };
  take_counts({only(now.received, old), only(now.effective, old)});
  return {only(old.received, now), only(old.effective, now)};
}

// The verdict that the path has now.
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

// When as many sessions have ended as there are tags before a sweep of the whole table was
// complete, change_epoch() completes the sweep in one piece.
void Rib::change_epoch(PeerSlot peer, Family family, EpochChange change) {
  bool done = false;
  const auto apply = [&](Epochs& epochs) { done = epochs.change(change); };
  change_epochs(peer, family, apply);
  if (done) return;
  for (DestId id = 0; id < table_.end(); ++id) sweep(id);
  change_epochs(peer, family, apply);
  assert(done);
}

void Rib::hear_again(const Record& record, std::size_t at) {
  const Path& path = table_.paths(record)[at];
  const Family family = record.family;
  const Epochs::Tag now = epochs(path.peer(), family).tag();
  if (path.epoch == now) return;
  change_epochs(path.peer(), family,
                [&path](Epochs& epochs) { epochs.heard(path.epoch, path.blocked()); });
  table_.set_epoch(record, at, now);
}

// ---- Announcements

// Each pass prefetches the memory that the next pass reads, so that the cache misses of many
// announcements overlap.
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
      hashes_.push_back(DestinationTable::hash(one.nlri));
      table_.prefetch(hashes_.back());
      attributes_.prefetch(one.import.effective);
    }
    for (const std::size_t hash : hashes_) table_.prefetch_record(hash);
    for (std::size_t i = 0; i < some.size(); ++i) {
      batch_.push_back(find_or_add(some[i].nlri, hashes_[i]));
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
    table_.tidy_up(some.size());
  }
}

// Announces in a table without room for new paths: replaces known paths and notes the peers of new
// ones.
void Rib::announce_known(PeerSlot peer, std::span<const Announcement> announcements,
                         std::uint32_t now) {
  for (const Announcement& one : announcements) {
    const DestId id = table_.find(one.nlri, DestinationTable::hash(one.nlri));
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

// Makes room for `more` paths of the peer: drops expired paths that a sweep has yet to reach,
// because the peer would not announce a refused path again.
void Rib::make_room(DestId id, PeerSlot peer, std::size_t more) {
  if (expired_paths_ == 0) return;
  const Record& record = table_.record(id);
  const std::span paths(table_.paths(record), record.paths);
  const auto own = static_cast<std::size_t>(
      std::ranges::count_if(paths, [&](const Path& path) { return path.peer() == peer; }));
  const bool fits =
      own + more <= peers_[peer].most_paths && record.paths + more <= most_in_all(peer);
  if (!fits) drop_expired(id);
}

bool Rib::has_room(const Record& record, PeerSlot peer, const Search& searched) {
  if (record.paths < most_in_all(peer) && searched.others < peers_[peer].most_paths) {
    return true;
  }
  ++paths_refused_;
  ++peers_[peer].counts.paths_refused;
  return false;
}

Path Rib::new_path(PeerSlot peer, Family family, const Import& import, std::uint32_t now) const {
  Path path(peer);
  path.since = now;
  path.epoch = epochs(peer, family).tag();
  path.set(import, key_of(import), is_own(peer));
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
  add_path(id, new_path(peer, nlri.family, import, now), new_ids(record, nlri.path_id),
           import.received);
}

// A neighbor with Add-Path sends the paths of a prefix one after the other. Ranking each of
// thousands on its own would take quadratic time.
void Rib::announce_several(DestId id, PeerSlot peer, std::span<const Announcement> announcements,
                           std::uint32_t now) {
  replaced_.clear();
  {
    const DestinationTable::Edit edit(table_, id);
    Record& record = edit.record();
    const Family family = record.family;
    const Seen before = seen(record);
    bool changed = false;
    for (const auto& [nlri, import] : announcements) {
      const Search search = find_path(record, peer, nlri.path_id);
      if (search.found()) {
        hear_again(record, search.at);
        const bool same = table_.paths(record)[search.at].is(import) &&
                          table_.received(record, search.at) == import.received;
        if (same) continue;
        replaced_.push_back(put(id, record, search.at, import, now));
      } else {
        if (!has_room(record, peer, search)) continue;
        take_counts(import);
        const Path path = new_path(peer, family, import, now);
        count_new(path, family);
        table_.push_path(record, path, new_ids(record, nlri.path_id), import.received);
        note_received(id, record, peer, nlri.path_id);
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
  count_new(path, record.family);
  table_.push_path(record, path, ids, received);
  note_received(id, record, path.peer(), ids.received);
  place(record, last, false);
  settle(id, record, before);
}

// Gives a path another verdict or another set. The caller ranks the path, and gives back the counts
// of the returned sets once the edit is over.
Import Rib::put(DestId id, Record& record, std::size_t at, const Import& import,
                std::uint32_t since) {
  const Import gone = change_counts(import_of(record, at), import);
  const Family family = record.family;
  Path& path = table_.edit_paths(record)[at];
  const bool was_blocked = path.blocked();
  count(path, family, -1);
  path.set(import, key_of(import), is_own(path.peer()));
  path.since = since;
  count(path, family, +1);
  if (path.blocked() != was_blocked) {
    change_epochs(path.peer(), family, [&path, was_blocked](Epochs& epochs) {
      epochs.judged(path.epoch, was_blocked, path.blocked());
    });
  }
  const PeerSlot peer = path.peer();
  table_.set_received(record, at, import.received);  // may move the paths
  note_received(id, record, peer, path_id(record, at));
  return gone;
}

void Rib::replace(DestId id, std::size_t at, const Import& import, std::uint32_t since) {
  Import gone;
  {
    const DestinationTable::Edit edit(table_, id);
    Record& record = edit.record();
    const Seen before = seen(record);
    const bool was_accepted = table_.paths(record)[at].accepted();
    gone = put(id, record, at, import, since);
    if (was_accepted) --record.accepted;
    place(record, at, was_accepted);
    settle(id, record, before);
  }
  give_counts(gone);
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
      if (!path.is(import)) replaced_.push_back(put(id, record, at, import, path.since));
    }
    if (!replaced_.empty()) {
      rank_all(record);
      settle(id, record, before);
    }
  }
  for (const Import& import : replaced_) give_counts(import);
}

}  // namespace tern::rib
