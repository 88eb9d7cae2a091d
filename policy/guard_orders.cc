#include "policy/guard_orders.h"

#include <algorithm>

namespace tern::policy {

std::string OrderedFrom::to_string() const {
  if (!neighbor.empty()) return neighbor;
  return asn ? "AS " + std::to_string(*asn) : std::string();
}

std::string GuardOrder::to_string() const {
  std::string text(policy::to_string(kind));
  text += " of " + prefix.to_string();
  const std::string whom = from.to_string();
  return whom.empty() ? text : text + " from " + whom;
}

const GuardOrder* GuardOrderTable::find(const Prefix& prefix, std::string_view neighbor,
                                        std::optional<Asn> partner) const {
  const auto by_prefix = [](const auto& order) { return order->prefix; };
  const auto begin = std::ranges::lower_bound(orders_, prefix, std::less{}, by_prefix);
  const auto end = std::ranges::upper_bound(begin, orders_.end(), prefix, std::less{}, by_prefix);
  if (begin == end) return nullptr;
  using From = std::pair<std::string_view, std::optional<Asn>>;
  const auto from = [](const auto& order) { return From{order->from.neighbor, order->from.asn}; };
  const auto about = [&](const From& whom) -> const GuardOrder* {
    const auto found = std::ranges::lower_bound(begin, end, whom, std::less{}, from);
    return found != end && from(*found) == whom ? found->get() : nullptr;
  };
  const GuardOrder* order = about({neighbor, {}});
  if (order == nullptr && partner) order = about({{}, partner});
  return order != nullptr ? order : about({});
}

}  // namespace tern::policy
