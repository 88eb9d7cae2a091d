// The events that findings of the baseline become. Internal to bgpd/baseline.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bgpd/baseline/findings.h"
#include "bgpd/events/event.h"

namespace tern::baseline {

// A neighbor, as far as events name it.
struct PeerName {
  std::string address;  // the key of its events
  std::string name;
};
using PeerNames = std::vector<PeerName>;  // by slot; empty fields: no neighbor

[[nodiscard]] events::Report begin_of(Oddity odd, const Prefix& prefix, const Finding& finding,
                                      const Record* known, const PeerNames& peers);
[[nodiscard]] events::Report end_of(Oddity odd, const Prefix& prefix);
// changes: seconds of the window with a change. from: a neighbor whose route changed.
[[nodiscard]] events::Report flapping(const Prefix& prefix, unsigned changes, const Rules& rules,
                                      PeerSlot from, const PeerNames& peers);

}  // namespace tern::baseline
