// The targets of all routes, their next hops, and the ways that lead there by the kernel's answers.
//
// A next hop is resolved once for all routes that have it. The owner asks the kernel about the next
// hops that take_unresolved() names, and gives the answers to resolved(). After a change of the
// kernel's routes, look_again() has all next hops asked about once more.
//
// Used by one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "bgpd/fib/route.h"
#include "bgpd/fib/value_table.h"

namespace tern::fib {

// Where a target leads at present.
struct Way {
  ValueId hops = 0;             // 0: nowhere
  Failure why = Failure::None;  // of 0; None: the kernel has not answered yet
  bool changed = false;         // see Targets::settle()
  bool placed = false;          // the next hops have their places
};

class Targets {
 public:
  // Of all targets together; a route with one more is not installed until there is room.
  static constexpr std::size_t kMostNextHops = 65536;

  // ---- Targets

  // Adds a reference.
  [[nodiscard]] ValueId add(const Target& target);
  void release(ValueId target);
  [[nodiscard]] const Target& target(ValueId id) const { return targets_[id]; }
  [[nodiscard]] const Way& way(ValueId id) const { return targets_.extra(id); }

  // ---- Hops

  // Adds a reference.
  [[nodiscard]] ValueId add(const Hops& hops);
  void retain_hops(ValueId hops) { hops_.retain(hops); }
  void release_hops(ValueId hops);
  [[nodiscard]] const Hops& hops(ValueId id) const { return hops_[id]; }
  // By number of the Hops, true: a hop leads through one of the interfaces. Empty: no hop does.
  [[nodiscard]] std::vector<bool> hops_through(std::span<const std::uint32_t> interfaces);

  // ---- Resolution

  // Takes the next hops that are to be asked about. The caller calls settle() behind the answers.
  void take_unresolved(std::vector<NextHop>& out);
  // Takes the answer about a next hop. The answer is ignored if no target has the next hop any
  // more, or if a route of ours hides the route to the next hop in another table. In the second
  // case, the former answer counts until our route is gone.
  void resolved(const NextHop& next_hop, Resolution resolution);
  // The kernel gave no answer: the former answer counts until ask_later() has asked once more.
  void not_answered(const NextHop& next_hop);
  // Finds the ways of all targets whose next hops have new answers. True: some target with routes
  // leads elsewhere than before. The caller looks at the routes of all targets that are marked
  // `changed`, and calls clear_changed().
  [[nodiscard]] bool settle();
  void clear_changed();
  void look_again();
  // Asks once more where the kernel gave no answer, and, with own_changed, where the best route is
  // ours. Gives places to targets that found none. The caller calls settle() afterwards.
  void ask_later(bool own_changed);

  // Whether a route of ours for the prefix would take packets to some next hop away from the route
  // of the kernel that leads there. The next hop, and all routes over it, would then depend on BGP
  // routes, perhaps on themselves (RFC 4271 section 9.1.2.1).
  [[nodiscard]] bool covers_next_hop(const Prefix& prefix) const;
  // Takes the addresses of next hops for which covers_next_hop() may answer otherwise than before.
  void take_moved(std::vector<IpAddress>& out);
  // True: since the last call, some next hop had its first answer.
  [[nodiscard]] bool take_first_answers() { return std::exchange(first_answers_, false); }

  [[nodiscard]] std::size_t next_hops() const { return next_hops_.size(); }
  // Next hops to which no way leads, by the kernel's answers.
  [[nodiscard]] std::size_t unreachable() const { return unreachable_; }

 private:
  struct State {
    std::uint32_t targets = 0;
    bool asked = false;    // `resolution` is an answer
    bool waits = false;    // in unresolved_
    bool later = false;    // in unanswered_
    bool changed = false;  // `resolution`, since settle()
    Resolution resolution;
    [[nodiscard]] bool unreachable() const { return asked && resolution.why != Failure::None; }
    [[nodiscard]] bool leads() const { return asked && resolution.why == Failure::None; }
  };

  [[nodiscard]] bool has_room(const Target& target) const;
  void place(ValueId id);
  void ask(const NextHop& next_hop, State& state);
  [[nodiscard]] Way find_way(const Target& target);
  bool update(ValueId id);
  [[nodiscard]] bool has_changed_hop(const Target& target) const;

  ValueTable<Target, Way> targets_;
  struct Nothing {};
  ValueTable<Hops, Nothing> hops_;
  std::map<NextHop, State> next_hops_;
  std::vector<NextHop> unresolved_;  // each once
  std::vector<NextHop> unanswered_;  // for ask_later(); some may be gone
  std::vector<IpAddress> moved_;     // see take_moved()
  std::vector<ValueId> pending_;     // targets that wait for a first answer; some may be gone
  bool first_answers_ = false;       // see take_first_answers()
  bool any_changed_ = false;         // some State::changed, or a target found its places
  std::size_t unplaced_ = 0;         // targets with next hops and without places
  std::size_t unreachable_ = 0;
};

}  // namespace tern::fib
