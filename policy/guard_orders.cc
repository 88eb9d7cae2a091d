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

const GuardOrder* GuardOrderTable::find(const Prefix& prefix, const PeerFacts& session,
                                        std::optional<Asn> partner) const {
  auto order = std::ranges::lower_bound(orders_, prefix, std::less{},
                                        [](const auto& one) { return one->prefix; });
  const GuardOrder* found = nullptr;
  for (; order != orders_.end() && (*order)->prefix == prefix; ++order) {
    const OrderedFrom& from = (*order)->from;
    if (!from.neighbor.empty()) {
      const std::string& zoned = session.zoned_address;
      if (from.neighbor == (zoned.empty() ? session.address.to_string() : zoned)) {
        return order->get();
      }
    } else if (from.asn ? from.asn == partner : found == nullptr) {
      found = order->get();
    }
  }
  return found;
}

}  // namespace tern::policy
