#include "bgpd/pipeline/next_hop_revision.h"

#include "bgpd/pipeline/attribute_sets.h"

namespace tern::pipeline {

// Consecutive destinations mostly have paths of few sets.
const NextHopRevision::Memo& NextHopRevision::find(const rib::AttrTable& table, rib::AttrRef set,
                                                   PeerSlot peer, const ChangedNextHops& changed) {
  Memo& memo = memos_[static_cast<std::uint32_t>(set) / 8 % kMemos];
  if (memo.set == set) return memo;
  memo = {set, Effect::None, 0};
  const IpAddress address = next_hop_of(table[set]);
  if (!changed.addresses.contains(address)) return memo;
  const auto [known, added] = known_.try_emplace(address);
  if (added) known->second = changed.answers->find(address, peer);
  if (!known->second.resolved) {
    memo.effect = Effect::Lost;
  } else if (known->second.metric != table[set].interior_cost()) {
    memo.effect = Effect::OtherMetric;
    memo.metric = known->second.metric;
  }
  return memo;
}

// A rejected path has no set with the next hop behind policy, so such a path of a neighbor whose
// policies set next hops is judged after every change.
void NextHopRevision::look(rib::Rib& rib, rib::DestId id, const ChangedNextHops& changed,
                           Revisions& revisions, std::vector<std::size_t>& judge,
                           rib::ClientSet& starved) {
  rib::AttrTable& table = rib.attributes();
  const rib::Destination destination = rib.destination(id);
  for (std::size_t i = 0; i < destination.paths.size(); ++i) {
    const rib::Path& path = destination.paths[i];
    if (!changed.resolving.contains(path.peer())) continue;
    if (!path.accepted()) {
      const bool waits = path.reason() == Reason::NextHopUnresolved && !rib.is_expired(id, i);
      if (waits && (changed.all_waiting || changed.setting.contains(path.peer()) ||
                    changed.addresses.contains(next_hop_of(table[path.rejected_set()])))) {
        judge.push_back(i);
      }
      continue;
    }
    const Memo& memo = find(table, path.effective(), path.peer(), changed);
    if (memo.effect == Effect::None || rib.is_expired(id, i)) continue;
    const rib::AttrRef received = destination.received(i);
    if (memo.effect == Effect::Lost) {
      revisions.add(i, {received, rib::AttrRef::None, Reason::NextHopUnresolved, 0}, {});
    } else {
      const rib::AttrRef other = with_interior_cost(table, path.effective(), memo.metric);
      if (other == rib::AttrRef::None) {
        starved.insert(path.peer());
        continue;
      }
      revisions.add(i, {received, other, Reason::None, 0}, rib::AttrHandle(table, other));
    }
  }
}

}  // namespace tern::pipeline
