// Forgets the next hops that no route has, when many are known. Internal to bgpd/kernel; loop
// thread only.
#pragma once

#include <cstdint>
#include <memory>

#include "bgpd/pipeline/next_hops.h"
#include "bgpd/session/speaker.h"

namespace tern::session {
class Loop;
}

namespace tern::kernel {

class SharedNextHops;

class NextHopForgetting {
 public:
  // Loop and speaker outlive the NextHopForgetting.
  NextHopForgetting(session::Loop& loop, session::Speaker& speaker,
                    std::shared_ptr<SharedNextHops> next_hops);
  ~NextHopForgetting();
  NextHopForgetting(const NextHopForgetting&) = delete;
  NextHopForgetting& operator=(const NextHopForgetting&) = delete;

  // Once a second. now: steady nanoseconds.
  void look(const pipeline::NextHops::Counts& counts, std::uint64_t now);
  // Forgets nothing from now on.
  void stop();

 private:
  struct State;
  const std::shared_ptr<State> state_;  // outlives the counts of routes that it waits for
};

}  // namespace tern::kernel
