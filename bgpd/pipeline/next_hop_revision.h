// Gives stored paths the present answers about their next hops, after answers changed. Policies do
// not run again: a path whose next hop is lost is rejected, and a path whose next hop has another
// metric gets a set that differs in its interior cost alone. The caller gets the indices of paths
// that were rejected because their next hop was unresolved, and judges these paths.
//
// Used by the runner of the shard's strand.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "bgpd/pipeline/host_addresses.h"
#include "bgpd/pipeline/next_hop_route.h"
#include "bgpd/pipeline/revisions.h"
#include "rib/rib.h"

namespace tern::pipeline {

struct ChangedNextHops {
  HostAddresses addresses;
  std::shared_ptr<NextHopFinder> answers;
  rib::ClientSet resolving;  // neighbors whose routes need a resolved next hop
  rib::ClientSet setting;    // of these, neighbors whose import policies set next hops
  bool all_waiting = false;  // the caller judges all routes without a resolved next hop
};

class NextHopRevision {
 public:
  // revisions: gets the revisions of accepted paths with other answers. judge: gets the indices
  // of unresolved paths that may be accepted now. starved: gets the peers of paths for whose new
  // set there was no memory; these paths stay as they are.
  void look(rib::Rib& rib, rib::DestId id, const ChangedNextHops& changed, Revisions& revisions,
            std::vector<std::size_t>& judge, rib::ClientSet& starved);
  // Forgets the answers, so that the next look() asks again. Called at the beginning of each slice.
  void forget() {
    known_.clear();
    memos_.fill({});
  }

 private:
  enum class Effect : std::uint8_t { None, Lost, OtherMetric };
  // The effect of the changed answers on paths with an accepted set. Within a slice a reference
  // names one set: the paths that are still to be visited held their sets when the slice began.
  struct Memo {
    rib::AttrRef set = rib::AttrRef::None;
    Effect effect = Effect::None;
    InteriorCost metric = 0;  // of OtherMetric
  };
  static constexpr std::size_t kMemos = 64;

  [[nodiscard]] const Memo& find(const rib::AttrTable& table, rib::AttrRef set, PeerSlot peer,
                                 const ChangedNextHops& changed);

  boost::unordered_flat_map<IpAddress, NextHopAnswer> known_;  // of changed next hops alone
  std::array<Memo, kMemos> memos_;                             // by reference
};

}  // namespace tern::pipeline
