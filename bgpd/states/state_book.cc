#include "bgpd/states/state_book.h"

#include <algorithm>
#include <array>
#include <utility>

#include "bgpd/states/state_reports.h"

namespace tern::states {
namespace {

using Entry = policy::RegistrationTable::Entry;

// Of a prefix that is single-homed: made when it is shown, because many prefixes can be so.
constexpr char kAsConfigured[] = "no second connection or PoP is configured";

// Compares the fields of a registration that an examination reads.
bool same_expectations(const Entry& a, const Entry& b) {
  if (a.registration == b.registration && a.actions == b.actions && a.fallback == b.fallback) {
    return true;
  }
  const policy::Registration& left = *a.registration;
  const policy::Registration& right = *b.registration;
  return a.actions == b.actions && a.fallback == b.fallback &&
         left.max_length == right.max_length && left.path == right.path &&
         left.origins == right.origins && left.partners == right.partners &&
         left.primary_pop == right.primary_pop && left.backup_pops == right.backup_pops &&
         left.tag == right.tag;
}

// A state that counts at once: waiting would lose time against an attack.
bool is_urgent(StateSet before, StateSet after) {
  constexpr std::array kUrgent{State::Hijacked, State::Leaked, State::Quarantined};
  return std::ranges::any_of(kUrgent,
                             [&](State state) { return after.has(state) && !before.has(state); });
}

static_assert(kLevels <= 16);
constexpr std::uint16_t bit(std::size_t level) { return static_cast<std::uint16_t>(1U << level); }

}  // namespace

// Readers wait for a growth of the pool, and never for the comparison of tables.
std::uint32_t StateBook::new_place() {
  if (free_.empty()) {
    constexpr std::size_t kGrowth = 1024;
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < kGrowth; ++i) {
      free_.push_back(static_cast<std::uint32_t>(pool_.size()));
      pool_.emplace_back();
    }
  }
  const std::uint32_t place = free_.back();
  free_.pop_back();
  return place;
}

StateBook::Moved StateBook::moved_to(const policy::RegistrationTable& table) {
  const bool same_leaks = table.transit_free() == table_->transit_free();
  Moved moved;
  moved.places.reserve(table.size());
  std::size_t old = 0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const Entry& entry = table[i];
    while (old < places_.size() && (*table_)[old].prefix < entry.prefix) {
      moved.gone.push_back(static_cast<std::uint32_t>(old++));
    }
    const bool known = old < places_.size() && (*table_)[old].prefix == entry.prefix;
    const bool same = known && same_leaks && same_expectations((*table_)[old], entry);
    moved.places.push_back(known ? places_[old++] : new_place());
    const Kept& kept = pool_[moved.places.back()];
    for (std::size_t state = 0; state < kStates; ++state) {
      if (kept.states.has(static_cast<State>(state))) ++moved.counts[state];
    }
    // A registration that waits for its hold time has another index from here on.
    if (!same || !kept.examined || kept.unsettled_since != 0) {
      moved.changed.push_back(static_cast<std::uint32_t>(i));
    }
  }
  for (; old < places_.size(); ++old) moved.gone.push_back(static_cast<std::uint32_t>(old));
  return moved;
}

std::vector<std::uint32_t> StateBook::take_table(Table table) {
  if (table == nullptr) table = std::make_shared<const policy::RegistrationTable>();
  Moved moved = moved_to(*table);
  for (std::uint32_t& gone : moved.gone) {
    const Prefix& prefix = (*table_)[gone].prefix;
    gone = places_[gone];
    for (std::size_t level = 0; level < kLevels; ++level) {
      if ((pool_[gone].open & bit(level)) != 0) end_level(prefix, level);
    }
  }
  // The old table is let go behind the lock: with the last reference 200,000 registrations go.
  {
    const std::lock_guard lock(mutex_);
    table_.swap(table);
    places_.swap(moved.places);
    counts_ = moved.counts;
  }
  table.reset();
  for (const std::uint32_t gone : moved.gone) {
    pool_[gone] = Kept();
    free_.push_back(gone);
  }
  return std::move(moved.changed);
}

std::optional<std::uint32_t> StateBook::take(std::size_t index, Findings findings,
                                             const PeerTable& peers, std::uint32_t now) {
  const Entry& entry = (*table_)[index];
  Kept& kept = pool_[places_[index]];
  const bool same = findings.states == kept.states && findings.present == kept.present;
  if (kept.examined && !same && !is_urgent(kept.states, findings.states)) {
    if (kept.unsettled_since == 0) kept.unsettled_since = now;
    const bool held = now >= kept.unsettled_since && now - kept.unsettled_since < hold_;
    if (held) return kept.unsettled_since + hold_;
  }
  settle(entry, kept, findings, peers, now);
  return std::nullopt;
}

void StateBook::settle(const Entry& entry, Kept& kept, const Findings& findings,
                       const PeerTable& peers, std::uint32_t now) {
  const StateSet before = kept.states;
  const bool known = kept.examined;
  kept.unsettled_since = 0;
  if (known) report_presence(entry, kept, findings, peers);
  if (known && before != findings.states) report_change(entry, kept, findings, peers);
  report_levels(entry, kept, findings, peers);
  const std::lock_guard lock(mutex_);
  kept.examined = true;
  if (before != findings.states) {
    set_states(kept, findings.states, now);
    if (known) {
      if (kept.details == nullptr) kept.details = std::make_unique<Details>();
      std::vector<ShownStates::Change>& history = kept.details->history;
      if (history.size() == kHistory) history.erase(history.begin());
      history.push_back({now, findings.states});
      ++kept.details->changes;
    }
  }
  set_evidence(kept, findings);
  kept.present = findings.present;
  if (findings.present) kept.best_slot = static_cast<std::uint16_t>(findings.best_slot);
}

void StateBook::set_states(Kept& kept, StateSet states, std::uint32_t now) {
  for (std::size_t i = 0; i < kStates; ++i) {
    const auto state = static_cast<State>(i);
    if (states.has(state) == kept.states.has(state)) continue;
    if (states.has(state)) {
      kept.since[i] = now;
      ++counts_[i];
    } else {
      --counts_[i];
    }
  }
  kept.states = states;
}

void StateBook::set_evidence(Kept& kept, const Findings& findings) {
  if (kept.details == nullptr && findings.evidence.empty()) return;
  if (kept.details == nullptr) kept.details = std::make_unique<Details>();
  if (kept.details->evidence == findings.evidence) return;
  kept.details->evidence = findings.evidence;
}

void StateBook::report_presence(const Entry& entry, const Kept& kept, const Findings& findings,
                                const PeerTable& peers) {
  if (kept.present == findings.present) return;
  sink_(findings.present ? announced(entry, findings, peers)
                         : withdrawn(entry, kept.best_slot, peers));
}

void StateBook::report_change(const Entry& entry, const Kept& kept, const Findings& findings,
                              const PeerTable& peers) {
  const StateSet before = kept.states;
  for (const State state : {State::ActiveOnPrimary, State::ActiveOnBackup}) {
    if (findings.states.has(state) && !before.has(state)) {
      sink_(became_active(entry, state, findings));
    }
  }
  if (before.headline() == findings.states.headline()) return;
  events::Report report = headline_changed(entry, before, findings);
  if (kept.present && !findings.present) report.cause = cause_of_loss(kept.best_slot, peers);
  sink_(std::move(report));
}

void StateBook::report_levels(const Entry& entry, Kept& kept, const Findings& findings,
                              const PeerTable& peers) {
  for (std::size_t level = 0; level < kLevels; ++level) {
    auto report = level_report(entry, level, findings, peers);
    if (report) {
      kept.open = static_cast<std::uint16_t>(kept.open | bit(level));
      sink_(std::move(*report));
    } else if ((kept.open & bit(level)) != 0) {
      kept.open = static_cast<std::uint16_t>(kept.open & ~bit(level));
      end_level(entry.prefix, level);
    }
  }
}

void StateBook::end_level(const Prefix& prefix, std::size_t level) {
  sink_(end_of_level(prefix, level));
}

std::size_t StateBook::index_of(const Prefix& prefix) const {
  const std::size_t index = table_->lower_bound(prefix);
  const bool found = index < table_->size() && (*table_)[index].prefix == prefix;
  return found ? index : table_->size();
}

std::optional<ShownStates> StateBook::find(const Prefix& prefix) const {
  const std::lock_guard lock(mutex_);
  const std::size_t index = index_of(prefix);
  if (index >= places_.size() || !pool_[places_[index]].examined) return std::nullopt;
  const Kept& kept = pool_[places_[index]];
  ShownStates shown;
  for (std::size_t i = 0; i < kStates; ++i) {
    const auto state = static_cast<State>(i);
    if (!kept.states.has(state)) continue;
    ShownStates::Now& one = shown.now.emplace_back(ShownStates::Now{state, kept.since[i], ""});
    if (kept.details != nullptr) {
      const auto found = std::ranges::find(kept.details->evidence, state, &StateEvidence::state);
      if (found != kept.details->evidence.end()) one.evidence = found->text;
    }
    if (state == State::SingleHomed && one.evidence.empty()) one.evidence = kAsConfigured;
    if (state == State::NotReceived && one.evidence.empty()) {
      one.evidence = from_partners_text(*(*table_)[index].registration);
    }
  }
  if (kept.details != nullptr) {
    shown.history = kept.details->history;
    shown.changes = kept.details->changes;
  }
  return shown;
}

std::array<std::uint64_t, kStates> StateBook::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace tern::states
