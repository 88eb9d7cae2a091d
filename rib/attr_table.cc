#include "rib/attr_table.h"

#include <cassert>

namespace tern::rib {
namespace {

DecisionKey decision_key(const PathAttributes& attributes, const EgressInfo& egress) {
  DecisionKey key;
  key.local_pref = attributes.local_pref.value_or(key.local_pref);
  key.egress_cost = egress.cost;
  key.aigp = attributes.aigp.value_or(key.aigp);
  key.as_path_length = attributes.as_path.length();
  key.med = attributes.med.value_or(key.med);
  key.neighbour = attributes.as_path.neighbour().value_or(key.neighbour);
  key.origin = attributes.origin;
  return key;
}

template <typename T>
std::size_t heap_bytes(const std::vector<T>& vector) {
  return vector.capacity() * sizeof(T);
}

std::size_t heap_bytes(const PathAttributes& attributes) {
  std::size_t bytes =
      heap_bytes(attributes.as_path.segments()) + heap_bytes(attributes.communities) +
      heap_bytes(attributes.extended_communities) +
      heap_bytes(attributes.ipv6_extended_communities) + heap_bytes(attributes.large_communities) +
      heap_bytes(attributes.cluster_list) + heap_bytes(attributes.unknown);
  for (const AsSegment& segment : attributes.as_path.segments()) bytes += heap_bytes(segment.asns);
  for (const UnknownAttribute& unknown : attributes.unknown) bytes += heap_bytes(unknown.value);
  return bytes;
}

std::size_t hash_of(const PathAttributes& attributes, const EgressInfo& egress) {
  constexpr std::size_t kGolden = 0x9E3779B97F4A7C15U;
  const std::size_t place = (std::size_t{egress.metro} << 48U) ^ (std::size_t{egress.pop} << 32U) ^
                            std::size_t{egress.cost};
  return hash_value(attributes) ^ (place * kGolden);
}

}  // namespace

bool AttrTable::Equal::operator()(const Wanted& wanted, AttrRef ref) const {
  const Slot& slot = table->slot(ref);
  return slot.hash == wanted.hash && slot.set.egress == wanted.egress &&
         slot.set.attributes == wanted.attributes;
}

AttrTable::AttrTable() : index_(0, Hash{this}, Equal{this}) {
  (void)allocate();  // slot 0 is AttrRef::None
}

AttrRef AttrTable::allocate() {
  if (free_.empty()) {
    const std::size_t first = chunks_.size() * kChunk;
    chunks_.push_back(std::make_unique<Chunk>());
    free_.reserve(free_.size() + kChunk);
    for (std::size_t i = kChunk; i-- > 0;) {
      free_.push_back(static_cast<AttrRef>(static_cast<std::uint32_t>(first + i)));
    }
  }
  const AttrRef ref = free_.back();
  free_.pop_back();
  return ref;
}

AttrRef AttrTable::intern(const PathAttributes& attributes, const EgressInfo& egress) {
  const std::size_t hash = hash_of(attributes, egress);
  if (const auto found = index_.find(Wanted{attributes, egress, hash}); found != index_.end()) {
    ++slot(*found).references;
    return *found;
  }
  const AttrRef ref = allocate();
  Slot& added = slot(ref);
  added.set = AttributeSet{attributes, egress, decision_key(attributes, egress)};
  added.hash = hash;
  added.references = 1;
  added.bytes = static_cast<std::uint32_t>(sizeof(Slot) + heap_bytes(added.set.attributes));
  bytes_ += added.bytes;
  index_.insert(ref);
  return ref;
}

void AttrTable::retain(AttrRef ref) {
  assert(ref != AttrRef::None);
  ++slot(ref).references;
}

void AttrTable::release(AttrRef ref) {
  if (ref == AttrRef::None) return;
  Slot& released = slot(ref);
  assert(released.references > 0);
  if (--released.references > 0) return;
  index_.erase(ref);
  bytes_ -= released.bytes;
  released = Slot{};
  free_.push_back(ref);
}

}  // namespace tern::rib
