#include "rib/attr_table.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>
#include <new>

#include "rib/types/hash.h"

namespace tern::rib {
namespace {

constexpr std::size_t kFirstSlots = 64;

std::uint32_t hash_of(std::span<const std::byte> octets, const EgressInfo& egress) {
  Hasher hasher;
  hasher.add(octets);
  hasher.add((std::uint64_t{egress.metro} << 48U) ^ (std::uint64_t{egress.pop} << 32U) ^
             egress.cost);
  return static_cast<std::uint32_t>(hasher.result());
}

}  // namespace

DecisionKey decision_key(const PathAttributes& attributes, const EgressInfo& egress) {
  constexpr std::size_t kLongest = std::numeric_limits<std::uint16_t>::max();
  constexpr std::size_t kMostClusters = std::numeric_limits<std::uint8_t>::max();
  DecisionKey key;
  key.local_pref = attributes.local_pref.value_or(key.local_pref);
  key.egress_cost = egress.cost;
  key.aigp = attributes.aigp.value_or(key.aigp);
  key.as_path_length =
      static_cast<std::uint16_t>(std::min<std::size_t>(attributes.as_path.length(), kLongest));
  key.med = attributes.med.value_or(key.med);
  key.neighbour = attributes.as_path.neighbour().value_or(key.neighbour);
  key.origin = attributes.origin;
  if (attributes.originator_id) key.originator = attributes.originator_id->v4_value();
  key.cluster_list_length = static_cast<std::uint8_t>(
      std::min<std::size_t>(attributes.cluster_list.size(), kMostClusters));
  return key;
}

AttrTable::AttrTable() : slots_(kFirstSlots) {}
AttrTable::~AttrTable() = default;

AttrRef AttrTable::intern(std::span<const std::byte> octets, const EgressInfo& egress,
                          const DecisionKey& key) {
  const std::uint32_t hash = hash_of(octets, egress);
  std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  for (; slots_[at].ref != AttrRef::None; at = (at + 1) & mask) {
    if (slots_[at].hash != hash) continue;
    InternedSet& found = set(slots_[at].ref);
    if (found.length_ == octets.size() && found.egress() == egress &&
        std::memcmp(found.octets().data(), octets.data(), octets.size()) == 0) {
      ++found.references_;
      return slots_[at].ref;
    }
  }
  if (size_ * 4 >= slots_.size() * 3) {
    grow();
    mask = slots_.size() - 1;
    at = hash & mask;
    while (slots_[at].ref != AttrRef::None) at = (at + 1) & mask;
  }
  const BlockPool::Ref block = pool_.allocate(sizeof(InternedSet) + octets.size());
  assert(block < 0x80000000U);
  auto* added = new (pool_.at(block)) InternedSet;
  added->key_ = key;
  added->references_ = 1;
  added->hash_ = hash;
  added->metro_ = egress.metro;
  added->pop_ = egress.pop;
  added->length_ = static_cast<std::uint32_t>(octets.size());
  std::memcpy(pool_.at(block) + sizeof(InternedSet), octets.data(), octets.size());
  slots_[at] = {hash, static_cast<AttrRef>(block)};
  ++size_;
  return static_cast<AttrRef>(block);
}

void AttrTable::grow() {
  decltype(slots_) wider(slots_.size() * 2);
  const std::size_t mask = wider.size() - 1;
  for (const Slot& slot : slots_) {
    if (slot.ref == AttrRef::None) continue;
    std::size_t at = slot.hash & mask;
    while (wider[at].ref != AttrRef::None) at = (at + 1) & mask;
    wider[at] = slot;
  }
  slots_.swap(wider);
}

// Closes the gap, so that probing needs no marks of what once was.
void AttrTable::erase(AttrRef ref) {
  const InternedSet& gone = set(ref);
  const std::size_t mask = slots_.size() - 1;
  std::size_t gap = gone.hash_ & mask;
  while (slots_[gap].ref != ref) gap = (gap + 1) & mask;
  pool_.free(static_cast<BlockPool::Ref>(ref), sizeof(InternedSet) + gone.length_);
  for (std::size_t next = (gap + 1) & mask; slots_[next].ref != AttrRef::None;
       next = (next + 1) & mask) {
    const std::size_t home = slots_[next].hash & mask;
    if (((next - home) & mask) < ((next - gap) & mask)) continue;  // home lies behind the gap
    slots_[gap] = slots_[next];
    gap = next;
  }
  slots_[gap] = Slot{};
  --size_;
}

}  // namespace tern::rib
