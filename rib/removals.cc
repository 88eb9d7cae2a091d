// Paths that leave a Rib: withdrawn, or expired and swept.
#include <algorithm>

#include "rib/rib.h"

namespace tern::rib {

void Rib::withdraw(PeerSlot peer, std::span<const Nlri> prefixes) {
  hashes_.clear();
  for (const Nlri& nlri : prefixes) {
    hashes_.push_back(DestinationTable::hash(nlri));
    table_.prefetch(hashes_.back());
  }
  for (std::size_t i = 0, end = 0; i < prefixes.size(); i = end) {
    for (end = i + 1; end < prefixes.size() && same_destination(prefixes[end], prefixes[i]);) ++end;
    const DestId id = table_.find(prefixes[i], hashes_[i]);
    if (id != DestinationTable::kNone) withdraw_several(id, peer, prefixes.subspan(i, end - i));
  }
  table_.tidy_up(prefixes.size());
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
    const Family family = record.family;
    const Seen before = seen(record);
    std::uint16_t were_accepted = 0;
    for (const std::size_t i : at) {
      const Path& gone = table_.paths(record)[i];
      replaced_.push_back(import_of(record, i));
      count(gone, family, -1);
      note_received(id, record, gone.peer(), path_id(record, i));
      change_epochs(gone.peer(), family,
                    [&gone](Epochs& epochs) { epochs.removed(gone.epoch, gone.blocked()); });
      if (gone.accepted()) ++were_accepted;
    }
    table_.remove_paths(record, at);
    if (were_accepted > 0) {
      record.accepted = static_cast<std::uint16_t>(record.accepted - were_accepted);
      // A MED of a removed path may have decided the rank of a path that stays.
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

// Removes paths of a session that ended, and paths that a refresh did not repeat.
void Rib::sweep(DestId id) {
  const Because because(*this, MoveCause::SessionLoss);
  if (drop_expired(id)) free_if_idle(id);
}

// Returns whether the destination had expired paths. The destination keeps its id.
bool Rib::drop_expired(DestId id) {
  const Record& record = table_.record(id);
  if (record.paths == 0) return false;
  const Family family = record.family;
  gone_.clear();
  for (std::size_t i = 0; i < record.paths; ++i) {
    const Path& path = table_.paths(record)[i];
    if (epochs(path.peer(), family).is_expired(path.epoch)) gone_.push_back(i);
  }
  if (gone_.empty()) return false;
  erase_paths(id, gone_);
  return true;
}

}  // namespace tern::rib
