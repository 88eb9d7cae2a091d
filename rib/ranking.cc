// The part of the Rib that ranks the paths of a destination and updates the counters.
#include <algorithm>

#include "rib/rib.h"

namespace tern::rib {

Candidate Rib::candidate(const Record& record, std::size_t path) const {
  const Path& from = table_.paths(record)[path];
  return {attributes_[from.effective()].key(), &peers_[from.peer()].rank, path_id(record, path),
          static_cast<std::uint32_t>(path)};
}

std::uint32_t Rib::path_id(const Record& record, std::size_t path) const {
  return record.has_path_ids ? table_.path_ids(record)[path].received : 0;
}

// The same as compare() of their candidates; most comparisons need not read the sets.
Comparison Rib::compare_paths(const Record& record, std::size_t a, std::size_t b) const {
  const Path& x = table_.paths(record)[a];
  const Path& y = table_.paths(record)[b];
  if (x.digest() != y.digest()) {
    // Digests have the egress cost in its usual place.
    if (config_.egress_position != EgressPosition::AfterLocalPref) {
      return compare(candidate(record, a), candidate(record, b), config_);
    }
    return {x.digest() <=> y.digest(), step_between(x.digest(), y.digest())};
  }
  const PeerRank& from = peers_[x.peer()].rank;
  const PeerRank& other = peers_[y.peer()].rank;
  const bool med = config_.always_compare_med || x.neighbour_mark() == y.neighbour_mark();
  if (med || record.is(DestinationTable::kInterior) || !is_complete(x.digest()) ||
      is_ibgp(from.kind) || is_ibgp(other.kind)) {
    return compare(candidate(record, a), candidate(record, b), config_);
  }
  // Equal up to ORIGIN, of different neighbors, without interior costs and attributes of iBGP.
  const auto plain = [&](const PeerRank& rank, std::size_t i) {
    return Candidate{{}, &rank, path_id(record, i), 0};
  };
  return compare(plain(from, a), plain(other, b), config_);
}

// How MED affects the rank of the path among the others (rib/decision.h).
Rib::Meds Rib::meds(const Record& record, std::size_t path) const {
  if (!record.is(DestinationTable::kMed) || config_.always_compare_med) return Meds::Silent;
  const Path* paths = table_.paths(record);
  const DecisionKey key = attributes_[paths[path].effective()].key();
  const std::uint8_t mark = paths[path].neighbour_mark();
  // The other accepted paths are at 0..accepted, one place further from `path` on.
  for (std::size_t i = 0; i < record.accepted; ++i) {
    const Path& other = paths[i < path ? i : i + 1];
    if (other.neighbour_mark() != mark) continue;
    const DecisionKey theirs = attributes_[other.effective()].key();
    if (theirs.neighbour != key.neighbour) continue;
    if (theirs.med != key.med || record.is(DestinationTable::kRows)) return Meds::Speak;
  }
  return record.is(DestinationTable::kRows) ? Meds::Elsewhere : Meds::Silent;
}

// The rank of an accepted path among the other accepted paths.
std::size_t Rib::position(const Record& record, std::size_t path, Meds meds) const {
  const auto before = [&](std::size_t i) {
    return compare_paths(record, path, i < path ? i : i + 1).order < 0;
  };
  std::size_t low = 0;
  std::size_t high = record.accepted;
  if (meds == Meds::Elsewhere) {
    // The other paths are merged from rows ranked by MED, so they are not sorted pair by pair. A
    // path that is the only one of its neighbor joins the merge before the first path that it
    // beats.
    while (low < high && !before(low)) ++low;
    return low;
  }
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (before(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

// Moves a path with a new verdict to its rank among the others, which are in order already.
// record.accepted counts the others. `was_accepted`: the path had a rank before.
void Rib::place(Record& record, std::size_t path, bool was_accepted) {
  // When a path leaves a row ranked by MED, other paths of the row may rise.
  if (was_accepted && record.is(DestinationTable::kRows) && !config_.always_compare_med) {
    rank_all(record);
    return;
  }
  const Path& placed = table_.paths(record)[path];
  std::size_t to = record.accepted;
  if (placed.accepted()) {
    const InternedSet& set = attributes_[placed.effective()];
    if (set.egress() != EgressInfo{}) record.set(DestinationTable::kPlaced, true);
    if (set.med() != 0) record.set(DestinationTable::kMed, true);
    if (set.interior_cost() != 0) record.set(DestinationTable::kInterior, true);
    const Meds meds = this->meds(record, path);
    if (meds == Meds::Speak) {
      rank_all(record);
      return;
    }
    to = position(record, path, meds);
    ++record.accepted;
  }
  table_.move_path(record, path, to);
  if (std::min(path, to) < 2) decide_step(record);
}

void Rib::decide_step(Record& record) {
  record.step = record.accepted < 2 ? Step::OnlyPath : compare_paths(record, 0, 1).step;
}

// Whether two of ranked_ come from one neighbor with different MEDs.
bool Rib::has_rows() {
  meds_.clear();
  for (const Candidate& path : ranked_) meds_.emplace_back(path.key.neighbour, path.key.med);
  std::ranges::sort(meds_);
  const auto row = [](const auto& a, const auto& b) {
    return a.first == b.first && a.second != b.second;
  };
  return std::ranges::adjacent_find(meds_, row) != meds_.end();
}

// True: some path has another rank now.
bool Rib::rank_all(Record& record) {
  const Path* paths = table_.paths(record);
  ranked_.clear();
  bool med = false;
  bool placed = false;
  bool interior = false;
  for (std::size_t i = 0; i < record.paths; ++i) {
    if (!paths[i].accepted()) continue;
    ranked_.push_back(candidate(record, i));
    med |= ranked_.back().key.med != 0;
    interior |= ranked_.back().key.interior_cost != 0;
    placed |= attributes_[paths[i].effective()].egress() != EgressInfo{};
  }
  record.set(DestinationTable::kMed, med);
  record.set(DestinationTable::kPlaced, placed);
  record.set(DestinationTable::kInterior, interior);
  record.accepted = static_cast<std::uint16_t>(ranked_.size());
  record.set(DestinationTable::kRows, med && has_rows());
  order(ranked_, config_);
  bool moved = false;
  for (std::size_t i = 0; i < ranked_.size(); ++i) moved |= ranked_[i].mark != i;
  if (moved) reorder(record);
  decide_step(record);
  return moved;
}

// Puts the paths into the order of ranked_, the rejected ones behind in their present order.
void Rib::reorder(Record& record) {
  sorted_.clear();
  sorted_ids_.clear();
  sorted_received_.clear();
  const auto take = [&](std::size_t i) {
    sorted_.push_back(table_.paths(record)[i]);
    if (record.has_received) sorted_received_.push_back(table_.received(record, i));
    if (record.has_path_ids) sorted_ids_.push_back(table_.path_ids(record)[i]);
  };
  for (const Candidate& path : ranked_) take(path.mark);
  for (std::size_t i = 0; i < record.paths; ++i) {
    if (!table_.paths(record)[i].accepted()) take(i);
  }
  std::ranges::copy(sorted_, table_.edit_paths(record));
  if (record.has_path_ids) std::ranges::copy(sorted_ids_, table_.edit_path_ids(record));
  if (record.has_received) std::ranges::copy(sorted_received_, table_.edit_received(record));
}

// At a vantage the order of paths with a place may change although the stored order does not.
void Rib::rank(DestId id) {
  if (table_.record(id).paths == 0) return;
  const DestinationTable::Edit edit(table_, id);
  Record& record = edit.record();
  const Seen before = seen(record);
  const bool moved = rank_all(record);
  if (moved || (record.accepted > 1 && record.is(DestinationTable::kPlaced))) {
    settle(id, record, before);
  }
}

// A path that is gone by now may have misled the search for the ranks of others while its peer's
// rank was another.
void Rib::rank(DestId id, const ClientSet& peers) {
  if (table_.record(id).paths == 0) return;
  const DestinationTable::Edit edit(table_, id);
  Record& record = edit.record();
  const std::span paths(table_.paths(record), record.paths);
  const bool concerned =
      std::ranges::any_of(paths, [&](const Path& path) { return peers.contains(path.peer()); });
  if (!concerned && record.accepted < 2) return;
  const Seen before = seen(record);
  const bool moved = rank_all(record);
  if (moved || concerned) settle(id, record, before);
}

// ---- Consequences of a ranking

Rib::Seen Rib::seen(const Record& record) const {
  if (record.accepted == 0) return {};
  const Path* paths = table_.paths(record);
  const bool own = is_own(paths->peer());
  EgressInfo egress;
  bool suboptimal = false;
  if (!own && record.is(DestinationTable::kPlaced)) {
    egress = attributes_[paths->effective()].egress();
    for (std::size_t i = 1; i < record.accepted; ++i) {
      // A nearer path that the registration ranks behind is none that should be used.
      if (pin_of(paths[i].digest()) != pin_of(paths->digest())) break;
      suboptimal |= attributes_[paths[i].effective()].key().egress_cost < egress.cost;
    }
  }
  return {paths->effective(),
          paths->peer(),
          egress,
          true,
          !own,
          suboptimal,
          is_last_resort(pin_of(paths->digest()))};
}

void Rib::count(const Path& path, Family family, std::int64_t sign) {
  const auto step = static_cast<std::uint64_t>(sign);  // wraps, as a subtraction does
  PeerCounts& counts = peers_[path.peer()].counts;
  PeerCounts::PerFamily& of_family = counts.families[index(family)];
  of_family.received += step;
  if (path.accepted()) {
    of_family.accepted += step;
    tables_[index(family)].paths += step;
    // A digest that has no room for the cost does not show whether there is one.
    const bool without = without_cost(path.digest()) ||
                         attributes_[path.effective()].key().egress_cost == kUnknownCost;
    if (without && !is_own(path.peer())) of_family.without_location += step;
    if (is_last_resort(pin_of(path.digest()))) counts.last_resorts += step;
  } else {
    counts.rejected[static_cast<std::size_t>(path.reason())] += step;
  }
}

void Rib::count_egress(const EgressInfo& egress, std::int64_t sign) {
  const std::uint32_t key = (std::uint32_t{egress.metro} << 16U) | egress.pop;
  egress_prefixes_[key] += static_cast<std::uint64_t>(sign);
}

std::uint64_t Rib::egress_prefixes(MetroId metro, PopId pop) const {
  const auto found = egress_prefixes_.find((std::uint32_t{metro} << 16U) | pop);
  return found == egress_prefixes_.end() ? 0 : found->second;
}

std::optional<Rib::Exit> Rib::exit(DestId id) const {
  const Seen best = seen(table_.record(id));
  if (!best.leaves) return std::nullopt;
  return Exit{best.peer, best.egress.metro, best.egress.pop};
}

void Rib::note_best(DestId id, const Record& record, const Seen& before, const Seen& after) {
  if (before.any == after.any && before.best == after.best && before.peer == after.peer) return;
  journal_.note(Journal::What::Best, id, {record.prefix, record.family}, kNoPeerSlot, 0);
}

// Brings everything that depends on the paths of a destination up to date after they changed.
void Rib::settle(DestId id, Record& record, const Seen& before) {
  const Seen after = seen(record);
  if (!before.any && !after.any) return;  // no accepted path before and now: no visible change
  TableCounts& table = tables_[index(record.family)];
  if (before.any != after.any || before.peer != after.peer) {
    const std::size_t family = index(record.family);
    if (before.any) --peers_[before.peer].counts.families[family].best;
    if (after.any) ++peers_[after.peer].counts.families[family].best;
  }
  if (before.last_resort) --peers_[before.peer].counts.best_last_resorts;
  if (after.last_resort) ++peers_[after.peer].counts.best_last_resorts;
  if (before.any != after.any) table.prefixes += after.any ? 1 : std::uint64_t{0} - 1;
  if (before.leaves != after.leaves || before.egress.metro != after.egress.metro ||
      before.egress.pop != after.egress.pop) {
    if (before.leaves) count_egress(before.egress, -1);
    if (after.leaves) count_egress(after.egress, +1);
    if (before.leaves && after.leaves && before.egress.pop != after.egress.pop && !moves_.held()) {
      moves_.note({after.egress.metro, before.egress.pop, after.egress.pop, cause_});
    }
  }
  if (after.any && (before.best != after.best || before.peer != after.peer)) {
    ++table.best_changes;
    ++decisions_[static_cast<std::size_t>(record.step)];
  }
  egress_suboptimal_ += std::uint64_t{after.suboptimal} - std::uint64_t{before.suboptimal};
  if (journal_.wanted(Journal::What::Best)) [[unlikely]]
    note_best(id, record, before, after);
  note_changed(id, record);
}

void Rib::note_changed(DestId id, Record& record) {
  if (record.is(DestinationTable::kChanged)) return;
  record.set(DestinationTable::kChanged, true);
  journal_.note_order(id);
}

}  // namespace tern::rib
