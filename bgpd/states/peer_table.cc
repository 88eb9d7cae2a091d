#include "bgpd/states/peer_table.h"

namespace tern::states {

void PeerTable::set(PeerSlot slot, std::optional<PeerFacts> facts) {
  if (slot >= by_slot_.size()) by_slot_.resize(slot + std::size_t{1});
  std::optional<PeerFacts>& known = by_slot_[slot];
  if (known && known->is_partner()) of_partners_.erase({known->asn, slot});
  known = std::move(facts);
  if (known && known->is_partner()) of_partners_.emplace(known->asn, slot);
}

}  // namespace tern::states
