#include "rib/rib.h"

#include <algorithm>
#include <cassert>
#include <iterator>
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
    assert(epochs.live() + epochs.expired() == 0);
    (void)epochs;
  }
  peers_[peer] = {};
  std::erase(starved_, peer);
}

const Path* Rib::find(PeerSlot peer, const Nlri& nlri) const {
  const DestId id = table_.find(nlri, DestinationTable::hash(nlri));
  if (id == DestinationTable::kNone) return nullptr;
  const Record& record = table_.record(id);
  const Search search = find_path(record, peer, nlri.path_id);
  if (!search.found()) return nullptr;
  const Path& path = table_.paths(record)[search.at];
  return epochs(peer, nlri.family).is_expired(path.epoch) ? nullptr : &path;
}

// ---- Changes, and what is advertised

void Rib::take_changes(std::size_t most, std::vector<DestId>& out) {
  journal_.take_due(most, out);
  for (const DestId id : out) table_.record(id).set(DestinationTable::kChanged, false);
}

// Notes, for each client that a subscriber wants, the path ids under which the client's path
// changes.
void Rib::note_advertised(DestId id, std::span<const Advertised> advertised,
                          std::span<const std::uint32_t> ids) {
  using Held = std::pair<std::uint32_t, AttrRef>;  // path id, set
  const Destination before = table_.view(id);
  std::vector<Held> held_before;
  std::vector<Held> held;
  std::vector<Held> differ;
  journal_.for_each_client([&](PeerSlot client) {
    held_before.clear();
    held.clear();
    differ.clear();
    for (std::size_t i = 0; i < before.advertised.size(); ++i) {
      if (!audiences_.contains(before.advertised[i].audience, client)) continue;
      held_before.emplace_back(before.advertised_id(i), before.advertised[i].set);
    }
    for (std::size_t i = 0; i < advertised.size(); ++i) {
      if (!audiences_.contains(advertised[i].audience, client)) continue;
      held.emplace_back(ids.empty() ? 0 : ids[i], advertised[i].set);
    }
    std::ranges::sort(held_before);
    std::ranges::sort(held);
    std::ranges::set_symmetric_difference(held_before, held, std::back_inserter(differ));
    const auto again = [](const Held& a, const Held& b) { return a.first == b.first; };
    differ.erase(std::unique(differ.begin(), differ.end(), again), differ.end());
    for (const Held& one : differ) {
      journal_.note(Journal::What::Advertised, id, before.nlri(), client, one.first);
    }
  });
}

void Rib::note_changed(DestId id) { note_changed(id, table_.record(id)); }

void Rib::note_changed(const Nlri& nlri) {
  note_changed(find_or_add(nlri, DestinationTable::hash(nlri)));
}

void Rib::set_advertised(DestId id, std::span<const Advertised> advertised,
                         std::span<const std::uint32_t> ids) {
  const Family family = table_.record(id).family;
  if (journal_.wanted(Journal::What::Advertised)) [[unlikely]]
    note_advertised(id, advertised, ids);
  for (const Advertised& entry : advertised) {
    attributes_.retain(entry.set);
    audiences_.hold(entry.audience, family);
  }
  const std::span<const Advertised> before = table_.view(id).advertised;
  advertised_before_.assign(before.begin(), before.end());
  {
    const DestinationTable::Edit edit(table_, id);
    Record& record = edit.record();
    table_.resize_advertised(record, advertised.size(), !ids.empty());
    if (!advertised.empty()) std::ranges::copy(advertised, table_.edit_advertised(record));
    if (!advertised.empty() && !ids.empty()) {
      std::ranges::copy(ids, table_.edit_advertised_ids(record));
    }
  }
  for (const Advertised& entry : advertised_before_) {
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
  if (pinned()) return;
  for (; most > 0 && !idle_.empty(); --most) {
    const DestId id = idle_.back();
    idle_.pop_back();
    table_.record(id).set(DestinationTable::kIdle, false);
    free_if_idle(id);
  }
}

// ---- Destinations

DestId Rib::find_or_add(const Nlri& nlri, std::size_t hash) {
  const DestId found = table_.find(nlri, hash);
  if (found != DestinationTable::kNone) return found;
  ++lengths_[index(nlri.family)][nlri.prefix.length()];
  return table_.add(nlri, hash);
}

// An id is reused only when it cannot name the old prefix any more: no path, no client that is
// advertised the destination, no change that a reader of the journal has yet to take, no pin.
void Rib::free_if_idle(DestId id) {
  Record& record = table_.record(id);
  if (!record.is(DestinationTable::kInUse) || record.paths > 0 || record.advertised > 0 ||
      record.is(DestinationTable::kChanged) || record.is(DestinationTable::kIdle)) {
    return;
  }
  if (pinned()) {
    record.set(DestinationTable::kIdle, true);
    idle_.push_back(id);
    return;
  }
  --lengths_[index(record.family)][record.prefix.length()];
  table_.remove(id);
}

std::optional<DestId> Rib::find_id(const Nlri& nlri) const {
  const DestId id = table_.find(nlri, DestinationTable::hash(nlri));
  if (id == DestinationTable::kNone) return std::nullopt;
  return id;
}

std::optional<Destination> Rib::find(const Nlri& nlri) const {
  const auto id = find_id(nlri);
  if (!id) return std::nullopt;
  return table_.view(*id);
}

std::optional<DestId> Rib::find_accepted(const Nlri& nlri) const {
  if (lengths_[index(nlri.family)][nlri.prefix.length()] == 0) return std::nullopt;
  const auto id = find_id(nlri);
  return id && table_.record(*id).accepted > 0 ? id : std::nullopt;
}

RibMemory Rib::memory() const {
  return {table_.record_bytes(), table_.block_bytes(), table_.index_bytes(),
          table_.ordered_bytes()};
}

}  // namespace tern::rib
