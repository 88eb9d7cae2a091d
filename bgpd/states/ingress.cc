// The state suboptimal-ingress: the traffic of a prefix entered at PoPs that are not the nearest.
#include <array>
#include <string>
#include <utility>

#include "bgpd/states/examination.h"

namespace tern::states {
namespace {

// "1.2 GB"
std::string octets_text(double octets) {
  constexpr std::array kUnits{"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  constexpr double kThousand = 1000;
  std::size_t unit = 0;
  for (; octets >= kThousand && unit + 1 < kUnits.size(); ++unit) octets /= kThousand;
  std::string text = std::to_string(octets);
  return text.substr(0, text.find('.') + (unit == 0 ? 0 : 2)) + " " + kUnits[unit];
}

}  // namespace

// A measurement to the prefix counts before the cost to the place of its users.
EgressCost Examination::last_mile(PopId pop) const {
  const EgressCost measured = inputs_.costs->measured_to(of_.prefix, pop);
  if (measured != kUnknownCost || !best_ || best_->path.place.metro == kNoPlace) return measured;
  return inputs_.costs->cell({pop, best_->path.place.metro, false}).cost;
}

// The backbone does not count: the traffic shall enter it at the nearest PoP of those where a route
// as registered is in service, because traffic enters where the partner has the route. Octets at a
// PoP whose cost is not known do not count. The state ends at three quarters of the share that it
// begins at, so that a share about the threshold does not flap.
void Examination::find_ingress() {
  if (inputs_.ingress == nullptr || inputs_.costs == nullptr || !inputs_.egress->enabled()) return;
  if (!found_.present) return;
  const std::vector<IngressBook::Share> shares = inputs_.ingress->find(of_.prefix);
  if (shares.empty()) return;
  std::pair<EgressCost, PopId> nearest{kUnknownCost, kNoPlace};
  for (const PopId pop : ways().pops) {
    const EgressCost cost = last_mile(pop);
    if (cost != kUnknownCost && cost < nearest.first) nearest = {cost, pop};
  }
  if (nearest.first == kUnknownCost) return;
  double all = 0;
  double elsewhere = 0;
  std::pair<EgressCost, PopId> most{kUnknownCost, kNoPlace};  // of the greatest share elsewhere
  for (const IngressBook::Share& share : shares) {
    const auto pop = inputs_.egress->find_pop(share.pop);
    const EgressCost cost = pop ? last_mile(*pop) : kUnknownCost;
    if (cost == kUnknownCost) continue;
    all += static_cast<double>(share.octets);
    if (cost <= policy::sum_of_costs(nearest.first, kIngressMargin)) continue;
    elsewhere += static_cast<double>(share.octets);
    if (most.second == kNoPlace) most = {cost, *pop};
  }
  constexpr double kWhole = 100;
  constexpr double kEnd = 0.75;  // of the share at which the state begins
  const double least =
      inputs_.ingress_percent * (before_.has(State::SuboptimalIngress) ? kEnd : 1.0);
  if (most.second == kNoPlace || all < static_cast<double>(kLeastIngressOctets)) return;
  if (elsewhere * kWhole < all * least) return;
  const auto percent = static_cast<std::uint32_t>(elsewhere * kWhole / all);
  note(State::SuboptimalIngress,
       std::to_string(percent) + " % of " + octets_text(all) + " entered elsewhere, most at " +
           pop_name(most.second) + " for " + milliseconds_text(most.first) + "; " +
           pop_name(nearest.second) + " is " + milliseconds_text(nearest.first));
}

}  // namespace tern::states
