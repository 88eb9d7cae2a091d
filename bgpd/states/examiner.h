// Examines the unicast routes of registrations whose routes changed, in slices. Used by one thread,
// but for what says otherwise. Internal to bgpd/states.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "bgpd/states/examination.h"
#include "bgpd/states/state_book.h"
#include "rib/ordered_walk.h"
#include "rib/shards.h"

namespace tern::states {

class Examiner {
 public:
  static constexpr std::size_t kSlice = 512;  // destinations, or registrations, of one slice

  explicit Examiner(StateBook::Sink sink) : book_(std::move(sink)) {}
  Examiner(const Examiner&) = delete;
  Examiner& operator=(const Examiner&) = delete;

  [[nodiscard]] StateBook& book() { return book_; }
  [[nodiscard]] const StateBook& book() const { return book_; }

  // nullopt: the slot has no neighbor. The caller has the registrations examined that the change
  // concerns.
  void set_peer(PeerSlot slot, std::optional<PeerFacts> facts) {
    peers_.set(slot, std::move(facts));
  }
  // Takes a new table: only registrations that differ are examined.
  void take_table(StateBook::Table table);
  // The routes of these registered prefixes changed.
  void note(const std::vector<Prefix>& registered);
  void note_all();
  // Usual paths changed, from those to these; null: none.
  void note_usual(const policy::UsualPaths* before, const policy::UsualPaths* after);
  // Registrations whose hold time is over are examined again.
  void tick(std::uint32_t now);
  // Registrations wait. Any thread; may be late.
  [[nodiscard]] bool has_work() const { return has_work_.load(std::memory_order_relaxed); }

  // Begins a row of slices. The Examiner has the neighbors. The table of routes is shared until
  // end(), and readers outlive the row.
  void begin(Inputs inputs, const rib::Shards& shards,
             const std::vector<rib::TableReader>& readers);
  // True: registrations are left.
  [[nodiscard]] bool slice(std::uint32_t now);
  // The examination of a registration that has more routes goes on in the next row. Changes in the
  // meantime have the registration examined again.
  void end();

 private:
  void mark(std::uint32_t index);
  void update_work() { has_work_.store(!waiting_.empty(), std::memory_order_relaxed); }
  // Examines the next destination of the present registration. False: there is none.
  [[nodiscard]] bool next_destination();
  void examine(const rib::Found& found);

  StateBook book_;
  PeerTable peers_;
  std::vector<bool> marked_;                                // by index: in waiting_
  std::deque<std::uint32_t> waiting_;                       // indices
  std::set<std::pair<std::uint32_t, std::uint32_t>> held_;  // when, and the index
  std::atomic<bool> has_work_{false};

  // Of a row of slices.
  Inputs inputs_;
  const rib::Shards* shards_ = nullptr;
  const std::vector<rib::TableReader>* readers_ = nullptr;
  std::optional<rib::OrderedWalk> walk_;  // of the registration waiting_.front()

  // Of the registration waiting_.front(), also between two rows.
  std::optional<Examination> examination_;
  std::optional<Prefix> seen_;  // the last destination

  PathAttributes attributes_;  // scratch, like the next one
  struct Row {
    SeenPath path;
    std::size_t begin = 0;  // of its attributes in octets_
    std::size_t size = 0;
  };
  std::vector<Row> rows_;
  std::vector<std::byte> octets_;
};

}  // namespace tern::states
