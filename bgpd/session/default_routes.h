// The default routes that this router originates for single neighbors (`default_originate`): has
// the neighbors take them up or drop them when their conditions change, in slices of
// Speaker::kSlice. Internal to bgpd/session; loop thread only.
#pragma once

#include <set>
#include <string>

#include "rib/audience.h"

namespace tern::session {

class Loop;
class Neighbors;

class DefaultRoutes {
 public:
  DefaultRoutes(Loop& loop, Neighbors& neighbors) : loop_(loop), neighbors_(neighbors) {}
  DefaultRoutes(const DefaultRoutes&) = delete;
  DefaultRoutes& operator=(const DefaultRoutes&) = delete;

  void conditions_changed(const std::set<std::string>& names);

 private:
  void slice();

  Loop& loop_;
  Neighbors& neighbors_;
  rib::ClientSet waiting_;
  bool slice_posted_ = false;
};

}  // namespace tern::session
