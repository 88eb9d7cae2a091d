// Gives the sessions whose routes need a resolved next hop new import rules, so that no Judge keeps
// an old answer about a next hop. Neighbors take their rules in slices of Speaker::kSlice. Behind
// the last slice the stored routes are judged again: routes that were admitted by old rules are
// stored before, so the round finds them. Internal to bgpd/session; loop thread only.
#pragma once

#include <functional>
#include <vector>

#include "bgpd/pipeline/host_addresses.h"
#include "rib/audience.h"

namespace tern::session {

class Loop;
class Neighbors;
class Reevaluation;

class NextHopRules {
 public:
  NextHopRules(Loop& loop, Neighbors& neighbors, Reevaluation& reevaluation)
      : loop_(loop), neighbors_(neighbors), reevaluation_(reevaluation) {}
  NextHopRules(const NextHopRules&) = delete;
  NextHopRules& operator=(const NextHopRules&) = delete;

  // The finder has other answers about these.
  void changed(const pipeline::HostAddresses& next_hops);
  // The finder has room for more next hops.
  void forgotten();
  // New rules alone. Calls done() when all sessions have them: in this call, if one slice is
  // enough.
  void renew(std::function<void()> done);

  // Some sessions have yet to take new rules.
  [[nodiscard]] bool running() const { return running_; }

 private:
  // A pass over the neighbors serves all requests that came before it began.
  struct Requests {
    pipeline::HostAddresses changed;
    bool forgotten = false;
    std::vector<std::function<void()>> done;
    [[nodiscard]] bool empty() const { return changed.empty() && !forgotten && done.empty(); }
  };
  void begin();
  void slice();
  void end();

  Loop& loop_;
  Neighbors& neighbors_;
  Reevaluation& reevaluation_;
  Requests next_;
  bool running_ = false;
  // Of the pass under way:
  Requests served_;
  rib::ClientSet waiting_;  // neighbors that have yet to take their rules
};

}  // namespace tern::session
