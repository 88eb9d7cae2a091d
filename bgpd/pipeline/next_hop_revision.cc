#include "bgpd/pipeline/next_hop_revision.h"

#include "bgpd/pipeline/attribute_sets.h"

namespace tern::pipeline {

// A rejected path has no set with the next hop behind policy, so such a path of a neighbor whose
// policies set next hops is judged after every change.
void NextHopRevision::look(rib::Rib& rib, rib::DestId id, const ChangedNextHops& changed,
                           Revisions& revisions, std::vector<std::size_t>& judge,
                           rib::ClientSet& starved) {
  rib::AttrTable& table = rib.attributes();
  const rib::Destination destination = rib.destination(id);
  for (std::size_t i = 0; i < destination.paths.size(); ++i) {
    const rib::Path& path = destination.paths[i];
    if (!changed.resolving.contains(path.peer()) || rib.is_expired(id, i)) continue;
    const rib::AttrRef received = destination.received(i);
    if (!path.accepted()) {
      const bool waits = path.reason() == Reason::NextHopUnresolved;
      if (waits && (changed.all_waiting || changed.setting.contains(path.peer()) ||
                    changed.addresses.contains(next_hop_of(table[received])))) {
        judge.push_back(i);
      }
      continue;
    }
    const rib::InternedSet& set = table[path.effective()];
    const IpAddress address = next_hop_of(set);
    if (!changed.addresses.contains(address)) continue;
    const auto [known, added] = known_.try_emplace(address);
    if (added) known->second = changed.answers->find(address, path.peer());
    const NextHopAnswer& answer = known->second;
    if (!answer.resolved) {
      revisions.add(i, {received, rib::AttrRef::None, Reason::NextHopUnresolved, 0}, {});
    } else if (answer.metric != set.interior_cost()) {
      const rib::AttrRef other = with_interior_cost(table, path.effective(), answer.metric);
      if (other == rib::AttrRef::None) {
        starved.insert(path.peer());
        continue;
      }
      revisions.add(i, {received, other, Reason::None, 0}, rib::AttrHandle(table, other));
    }
  }
}

}  // namespace tern::pipeline
