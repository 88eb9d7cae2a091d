#include "rib/path_order.h"

#include <algorithm>

namespace tern::rib {

PathOrder::Indices PathOrder::stored(std::uint32_t accepted) {
  while (stored_.size() < accepted) stored_.push_back(static_cast<std::uint32_t>(stored_.size()));
  return std::span(stored_).first(accepted);
}

// Every cost moved by as much as the others: what all of one exit do, and those without a place.
bool PathOrder::keep_order(std::span<const EgressCost> costs) const {
  const auto moved = [&](std::size_t i) {
    return std::int64_t{costs[i]} - std::int64_t{keys_[i].egress_cost};
  };
  for (std::size_t i = 1; i < costs.size(); ++i) {
    if (moved(i) != moved(0)) return false;
  }
  return true;
}

PathOrder::Indices PathOrder::by_costs(const Rib& rib, const Destination& destination,
                                       std::span<const EgressCost> costs) {
  keys_.clear();
  for (std::uint32_t i = 0; i < destination.accepted; ++i) {
    keys_.push_back(rib.attributes()[destination.paths[i].effective()].key());
  }
  const bool kept = keep_order(costs);
  candidates_.clear();
  for (std::uint32_t i = 0; i < destination.accepted; ++i) {
    keys_[i].egress_cost = costs[i];
    candidates_.push_back(
        {&keys_[i], &rib.peer(destination.paths[i].peer()), destination.path_id(i), i});
  }
  if (kept) return stored(destination.accepted);
  order(candidates_, rib.config());
  indices_.clear();
  for (const Candidate& one : candidates_) indices_.push_back(one.mark);
  return indices_;
}

}  // namespace tern::rib
