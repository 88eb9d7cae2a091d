// Searches the table for received routes that resolve open next hops: 256 once a second, and every
// 50 ms from the start until the routes of the neighbors' first tables are resolved, and while some
// next hop has not been looked for. Internal to bgpd/kernel; loop thread only.
#pragma once

#include <functional>
#include <memory>

#include "bgpd/pipeline/next_hops.h"
#include "bgpd/session/speaker.h"

namespace tern::session {
class Loop;
}

namespace tern::kernel {

class SharedNextHops;

class CoverSearch {
 public:
  struct Hooks {
    // No answer about a next hop is under way.
    std::function<bool()> calm;
    // Covers changed: the next hops to ask about again.
    std::function<void(const pipeline::NextHops::Addresses&)> found;
  };

  // Loop and speaker outlive the CoverSearch.
  CoverSearch(session::Loop& loop, session::Speaker& speaker,
              std::shared_ptr<SharedNextHops> next_hops, Hooks hooks);
  ~CoverSearch();
  CoverSearch(const CoverSearch&) = delete;
  CoverSearch& operator=(const CoverSearch&) = delete;

  // Searches from now on. via_default: a default route may resolve next hops.
  void start(bool via_default);
  // Covers stay as they are.
  void stop();

 private:
  struct State;
  const std::shared_ptr<State> state_;  // outlives a search that waits for the shards
};

}  // namespace tern::kernel
