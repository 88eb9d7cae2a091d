// Keeps the answers about the next hops of received routes (bgpd/pipeline/next_hops.h) up to date
// with the kernel's routes. Loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "bgpd/kernel/shared_next_hops.h"
#include "bgpd/pipeline/next_hop_route.h"
#include "bgpd/session/speaker.h"

namespace tern::session {
class Loop;
}

namespace tern::kernel {

// Reads notifications of changes of the kernel's routes, and has the speaker revise the routes
// whose next hop has another answer.
//
// Changes coalesce. A round of questions to the kernel begins 10 ms after the first notification.
// The rest behind a round takes 100 ms at least, and at least four times as long as the questions
// of the round took. The speaker gets changed answers at the end of a round, and during a round
// every 100 ms at most. Where received routes resolve next hops, the watch looks into the table
// once a second for the next hops that nothing else resolves.
class NextHopWatch {
 public:
  // The loop and the speaker outlive the NextHopWatch. The speaker gets the SharedNextHops as its
  // finder. ways_changed: called when NextHopFinder::behind() has other answers.
  NextHopWatch(session::Loop& loop, session::Speaker& speaker, std::function<void()> ways_changed);
  ~NextHopWatch();
  NextHopWatch(const NextHopWatch&) = delete;
  NextHopWatch& operator=(const NextHopWatch&) = delete;

  // own_protocol: rtm_protocol of the routes that ternd has in the kernel; nothing: none. The
  // caller calls apply() before the speaker takes settings that resolve next hops. A section that
  // comes back begins without answers.
  void apply(const pipeline::NextHopSettings& settings, std::optional<std::uint8_t> own_protocol);
  [[nodiscard]] bool enabled() const;
  // The daemon is ending: answers stay as they are, whatever becomes of the routes that resolve
  // next hops.
  void freeze();
  // Never null.
  [[nodiscard]] const std::shared_ptr<SharedNextHops>& next_hops() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  // shared with handlers that outlive the NextHopWatch
};

}  // namespace tern::kernel
