// The routes that the kernel should have, beside those that it has: from the difference come the
// changes that the owner makes in the kernel.
//
// The owner gives what BGP wants (want(), unwant()), what the kernel has (learn(), kernel_*()) and
// the answers about next hops (targets()). take_changes() returns changes, and finish() takes the
// kernel's answer to each. Each prefix waits at most once, so the memory is bounded by the number
// of wanted and installed prefixes: 32 octets for a prefix, and 18 while it waits or has failed.
//
// Routes of our own protocol that the kernel has from an earlier process are learnt at the start,
// and stay as they are until the first end_refresh(). Until then, the neighbors have not sent all
// their routes, and the best path of the moment need not be the best path in the end (RFC 4724
// section 4.1).
//
// Pure: no I/O, no clock. Used by one thread at a time.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "bgpd/fib/route.h"
#include "bgpd/fib/targets.h"

namespace tern::fib {

// A change of one route in the kernel. Both ValueIds are of Targets and stay valid until finish().
struct Change {
  enum class Action : std::uint8_t {
    Add,      // the kernel has no route of ours; a route of another program is left alone
    Replace,  // the kernel has a route of ours
    Renew,    // the kernel may have one: ours is removed, then Add
    Remove,
  };
  Action action = Action::Add;
  Prefix prefix;
  ValueId hops = 0;    // 0 for Remove
  ValueId before = 0;  // of Remove and Renew: the hops that the kernel has; 0: unknown
};

struct Counts {
  std::uint64_t wanted = 0;
  std::uint64_t installed = 0;  // as wanted
  std::uint64_t waiting = 0;    // for a change, or for the answer about a next hop
  std::array<std::uint64_t, kFailureCount> failed{};
  std::uint64_t unwanted = 0;  // the kernel has them; most wait for end_refresh()
  // The next ones only grow.
  std::uint64_t added = 0, replaced = 0, removed = 0;
  std::array<std::uint64_t, kFailureCount> refused{};  // by the kernel
  std::uint64_t restored = 0;                          // others had changed or removed them
  std::uint64_t learnt = 0;  // routes of an earlier process, found at the start
  [[nodiscard]] std::uint64_t failed_in_all() const;
  // Adds the members of `other` that only grow.
  void add_growing(const Counts& other);
};

// A wanted route that is not in the kernel.
struct FailedRoute {
  Prefix prefix;
  Failure why = Failure::None;
  Target target;
};

class Table {
 public:
  // ---- What BGP wants

  void want(const Prefix& prefix, const Target& target);
  void unwant(const Prefix& prefix);
  // From now on until end_refresh() the owner calls want() for all routes that are wanted. Behind
  // end_refresh() all others are not.
  void begin_refresh();
  void end_refresh();
  // True until the first end_refresh().
  [[nodiscard]] bool starting() const { return starting_; }

  // ---- Next hops

  [[nodiscard]] Targets& targets() { return targets_; }
  [[nodiscard]] const Targets& targets() const { return targets_; }
  // Behind the answers: has routes changed whose targets lead elsewhere, or which cover a next hop.
  void settle();

  // ---- What the kernel has, of our protocol, table and metric

  // From now on until end_learning() the owner calls learn() for all these routes. In between the
  // owner takes no changes.
  void begin_learning();
  void learn(const Prefix& prefix, const Hops& hops);
  void end_learning();
  // Another program, or the kernel itself, removed the route, perhaps before our last change.
  void kernel_removed(const Prefix& prefix);
  // Another program has put a route of our protocol there.
  void kernel_changed(const Prefix& prefix, const Hops& hops);
  // Another program has put a route of its own there. replaced: in place of ours.
  void foreign_added(const Prefix& prefix, bool replaced);
  void foreign_removed(const Prefix& prefix);
  // The interfaces went down. The kernel may have removed routes through these interfaces, and
  // sends no notification of IPv4 routes.
  void interfaces_down(std::span<const std::uint32_t> interfaces);

  // ---- Changes

  // True: take_changes() returns some.
  [[nodiscard]] bool has_changes() const { return !queue_.empty(); }
  [[nodiscard]] std::size_t queued() const { return queue_.size(); }
  // Prefixes that are wanted, or of which the kernel may have a route of ours.
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  // Fills `out` with up to `most` changes. The owner calls finish() for each, in order, before it
  // calls another function.
  void take_changes(std::size_t most, std::vector<Change>& out);
  // error: of the kernel, 0: none; nothing: the answer was lost.
  void finish(const Change& change, std::optional<int> error);
  // Called instead of finish() if the kernel did not get the change. restore() queues the change
  // again.
  void not_made(const Change& change);
  // Tries the routes again that the kernel refused, those of a Failure or all. The owner calls it
  // every few seconds.
  void retry(std::optional<Failure> only = std::nullopt);
  // Puts routes right that others changed, and tries removals again that the kernel refused. The
  // owner calls it once a second, so that another program with another opinion causes one change of
  // a prefix a second at most.
  void restore();
  // Nothing is wanted any more, also not what was learnt.
  void want_nothing();
  // True: the kernel may have a route of ours with other hops than those that are known, which
  // learn() finds.
  [[nodiscard]] bool take_doubts() { return std::exchange(doubts_, false); }

  [[nodiscard]] const Counts& counts() const { return counts_; }
  // Up to `most` of them.
  [[nodiscard]] std::vector<FailedRoute> failed(std::size_t most) const;

 private:
  // The counter of an entry: 0 none, 1 unwanted, 2 installed, 3 waiting, 4 and more a Failure.
  using Status = std::uint8_t;
  static constexpr Status kUnwanted = 1, kInstalled = 2, kWaiting = 3, kFailed = 4;

  struct Entry {
    ValueId target = 0;     // 0: not wanted
    ValueId installed = 0;  // Hops; 0: none
    bool queued : 1 = false;
    bool later : 1 = false;           // in later_
    bool stale : 1 = false;           // neither wanted nor unwanted since begin_refresh()
    bool unsure : 1 = false;          // the kernel may have a route of ours or not
    bool shared : 1 = false;          // another program may have a route beside ours
    bool seen : 1 = false;            // learnt since begin_learning()
    bool tried : 1 = false;           // Add found a route there: Renew is next
    bool kept : 1 = false;            // of an earlier process: stays while starting_
    bool covers : 1 = false;          // a next hop: see Targets::covers_next_hop()
    Failure refused = Failure::None;  // by the kernel
    Status status = 0;                // as counted

    [[nodiscard]] bool idle() const {
      return target == 0 && installed == 0 && !queued && !later && !unsure;
    }
  };
  static_assert(sizeof(Entry) == 12);

  [[nodiscard]] Failure why(const Entry& entry) const;
  [[nodiscard]] ValueId desired(const Entry& entry) const;
  [[nodiscard]] bool asking(const Entry& entry) const;
  [[nodiscard]] bool settled(const Entry& entry) const;
  [[nodiscard]] Status status_of(const Entry& entry) const;
  [[nodiscard]] std::uint64_t& counter(Status status);
  void recount(const Prefix& prefix, Entry& entry);
  void changed(const Prefix& prefix, Entry& entry);
  void put_off(const Prefix& prefix, Entry& entry);
  void queue(const Prefix& prefix, Entry& entry);
  void set_installed(Entry& entry, ValueId hops);
  void set_target(Entry& entry, ValueId target);
  void forget_if_idle(const Prefix& prefix);
  [[nodiscard]] std::optional<Change> change_of(const Prefix& prefix, const Entry& entry) const;
  void heard(const Prefix& prefix, Entry& entry, const Hops& hops);
  [[nodiscard]] bool finish_put(const Change& change, Entry& entry, int error);
  void look_at_covered();

  Targets targets_;
  boost::unordered_flat_map<Prefix, Entry> entries_;
  std::deque<Prefix> queue_;                  // each once: Entry::queued
  boost::unordered_flat_set<Prefix> asking_;  // for settle(); some are gone or have an answer
  std::vector<Prefix> later_;                 // for restore(), each once: Entry::later
  boost::unordered_flat_set<Prefix> failed_;
  std::vector<IpAddress> moved_;  // scratch of look_at_covered()
  bool doubts_ = false;
  bool starting_ = true;
  Counts counts_;
};

}  // namespace tern::fib
