#include "rib/path_order.h"

#include <cstdint>

namespace tern::rib {
namespace {

// Whether all costs differ from the stored ones by the same amount, as for paths of one exit and
// for paths without a place: then the order is the stored one.
bool keep_order(const Rib& rib, const Destination& destination, std::span<const EgressCost> costs) {
  const auto moved = [&](std::size_t i) {
    const AttrRef set = destination.paths[i].effective();
    return std::int64_t{costs[i]} - std::int64_t{rib.attributes()[set].key().egress_cost};
  };
  for (std::size_t i = 1; i < costs.size(); ++i) {
    if (moved(i) != moved(0)) return false;
  }
  return true;
}

}  // namespace

PathOrder::Indices PathOrder::stored(std::uint32_t accepted) {
  while (stored_.size() < accepted) stored_.push_back(static_cast<std::uint32_t>(stored_.size()));
  return std::span(stored_).first(accepted);
}

PathOrder::Indices PathOrder::by_costs(const Rib& rib, const Destination& destination,
                                       std::span<const EgressCost> costs) {
  if (keep_order(rib, destination, costs)) return stored(destination.accepted);
  indices_.clear();
  for (const Candidate& one : candidates(rib, destination, costs)) indices_.push_back(one.mark);
  return indices_;
}

std::span<const Candidate> PathOrder::candidates(const Rib& rib, const Destination& destination,
                                                 std::span<const EgressCost> costs) {
  candidates_.clear();
  for (std::uint32_t i = 0; i < destination.accepted; ++i) {
    const Path& path = destination.paths[i];
    candidates_.push_back({rib.attributes()[path.effective()].key(), &rib.peer(path.peer()),
                           destination.path_id(i), i});
    candidates_.back().key.egress_cost = costs[i];
  }
  order(candidates_, rib.config());
  return candidates_;
}

}  // namespace tern::rib
