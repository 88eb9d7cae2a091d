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

// The backbone does not count: the traffic shall enter it at the nearest PoP. PoPs with the least
// cost are all the nearest.
void Examination::find_ingress() {
  if (inputs_.ingress == nullptr || inputs_.costs == nullptr || !inputs_.egress->enabled()) return;
  const std::vector<IngressBook::Share> shares = inputs_.ingress->find(of_.prefix);
  if (shares.empty()) return;
  std::pair<EgressCost, PopId> nearest{kUnknownCost, kNoPlace};
  for (std::size_t i = 0; i < inputs_.egress->pop_count(); ++i) {
    const auto pop = static_cast<PopId>(i);
    const EgressCost cost = last_mile(pop);
    if (cost != kUnknownCost && cost < nearest.first) nearest = {cost, pop};
  }
  if (nearest.first == kUnknownCost) return;
  double all = 0;
  double elsewhere = 0;
  std::optional<PopId> most;  // the PoP with the greatest share elsewhere
  for (const IngressBook::Share& share : shares) {
    const auto pop = inputs_.egress->find_pop(share.pop);
    if (!pop) continue;
    all += static_cast<double>(share.octets);
    if (last_mile(*pop) == nearest.first) continue;
    elsewhere += static_cast<double>(share.octets);
    if (!most) most = pop;
  }
  constexpr double kWhole = 100;
  if (!most || elsewhere * kWhole < all * inputs_.ingress_percent) return;
  const auto percent = static_cast<std::uint32_t>(elsewhere * kWhole / all);
  const EgressCost cost = last_mile(*most);
  note(State::SuboptimalIngress,
       std::to_string(percent) + " % of " + octets_text(all) + " entered elsewhere, most at " +
           pop_name(*most) + (cost == kUnknownCost ? "" : " for " + milliseconds_text(cost)) +
           "; " + pop_name(nearest.second) + " is " + milliseconds_text(nearest.first));
}

}  // namespace tern::states
