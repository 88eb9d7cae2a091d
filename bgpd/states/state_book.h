// The states of all registered prefixes, with their history, and the events that they become.
//
// Other states count when the states have differed for the hold time, so that a flap of a route is
// no change. Hijacks and quarantines count at once.
//
// Memory (tests/unit/states measures): less than 100 octets for a registration that is healthy, or
// has no route, and never changed; about 600 with the evidence of two states and kHistory changes.
//
// A single thread changes a book, any thread reads it: find(), counts(). Time is an argument, in
// Unix seconds.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "bgpd/events/event.h"
#include "bgpd/states/examination.h"
#include "bgpd/states/state.h"
#include "policy/registrations.h"

namespace tern::states {

class StateBook {
 public:
  static constexpr std::size_t kHistory = 16;

  using Table = std::shared_ptr<const policy::RegistrationTable>;
  using Sink = std::function<void(events::Report)>;

  // sink: gets the events, on the thread that changes the book.
  explicit StateBook(Sink sink) : sink_(std::move(sink)) {}
  StateBook(const StateBook&) = delete;
  StateBook& operator=(const StateBook&) = delete;

  // ---- The thread that changes the book

  // Takes a new table: prefixes that both tables have keep their states. The open events of
  // prefixes that are gone end. Returns the indices of the registrations that have to be examined.
  [[nodiscard]] std::vector<std::uint32_t> take_table(Table table);
  [[nodiscard]] const Table& table() const { return table_; }
  void set_hold(std::uint32_t seconds) { hold_ = seconds; }
  // Takes what an examination of the registration found. Returns the end of the hold time for which
  // the states wait, when the registration has to be examined again.
  std::optional<std::uint32_t> take(std::size_t index, Findings findings, const PeerTable& peers,
                                    std::uint32_t now);
  [[nodiscard]] std::uint32_t hold() const { return hold_; }
  // The states of the registration that hold; none before its first examination.
  [[nodiscard]] StateSet states(std::size_t index) const { return pool_[places_[index]].states; }

  // ---- Any thread

  // prefix: of a registration. Returns nothing before its first examination.
  [[nodiscard]] std::optional<ShownStates> find(const Prefix& prefix) const;
  // Registrations in which a state holds, by state. A registration can count for several states.
  [[nodiscard]] std::array<std::uint64_t, kStates> counts() const;

 private:
  struct Details {
    std::vector<StateEvidence> evidence;
    std::vector<ShownStates::Change> history;  // at most kHistory, the oldest first
    std::uint32_t changes = 0;
  };
  struct Kept {
    std::array<std::uint32_t, kStates> since{};  // of the states that hold
    StateSet states;
    std::uint16_t open = 0;             // open events, a bit for each level (state_reports.h)
    std::uint32_t unsettled_since = 0;  // 0: the last examination found what counts
    std::uint16_t best_slot = 0;        // of the last best path
    bool examined = false;
    bool present = false;              // an accepted route was there
    std::unique_ptr<Details> details;  // null: none
  };

  void settle(const policy::RegistrationTable::Entry& entry, Kept& kept, const Findings& findings,
              const PeerTable& peers, std::uint32_t now);
  // The places of the new table, and what to examine of it.
  struct Moved {
    std::vector<std::uint32_t> places;
    std::vector<std::uint32_t> changed;
    std::vector<std::uint32_t> gone;  // places of registrations that the new table lacks
    std::array<std::uint64_t, kStates> counts{};
  };
  [[nodiscard]] Moved moved_to(const policy::RegistrationTable& table);
  [[nodiscard]] std::uint32_t new_place();
  void set_states(Kept& kept, StateSet states, std::uint32_t now);
  void set_evidence(Kept& kept, const Findings& findings);
  void report_presence(const policy::RegistrationTable::Entry& entry, const Kept& kept,
                       const Findings& findings, const PeerTable& peers);
  void report_change(const policy::RegistrationTable::Entry& entry, const Kept& kept,
                     const Findings& findings, const PeerTable& peers);
  void report_levels(const policy::RegistrationTable::Entry& entry, Kept& kept,
                     const Findings& findings, const PeerTable& peers);
  void end_level(const Prefix& prefix, std::size_t level);
  [[nodiscard]] std::size_t index_of(const Prefix& prefix) const;

  const Sink sink_;
  std::uint32_t hold_ = 3;
  mutable std::mutex mutex_;  // of what follows; the changing thread reads without it
  Table table_ = std::make_shared<const policy::RegistrationTable>();
  std::vector<std::uint32_t> places_;  // in pool_, by index in table_
  std::deque<Kept> pool_;              // grows without moving its elements
  std::array<std::uint64_t, kStates> counts_{};

  std::vector<std::uint32_t> free_;  // places of pool_; of the changing thread
};

}  // namespace tern::states
