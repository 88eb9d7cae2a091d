#include "bgpd/pipeline/attribute_sets.h"

#include "bgpd/wire/attribute_set.h"

namespace tern::pipeline {

rib::AttrRef intern(rib::AttrTable& table, const PathAttributes& attributes,
                    const EgressInfo& egress, bool* no_memory) {
  thread_local std::vector<std::byte> octets;
  octets.clear();
  if (!wire::encode_set(attributes, octets)) return rib::AttrRef::None;
  const rib::AttrRef set = table.intern(octets, egress, rib::decision_key(attributes, egress));
  if (set == rib::AttrRef::None && no_memory != nullptr) *no_memory = true;
  return set;
}

void read(const rib::InternedSet& set, rib::AttributeSet& out) {
  wire::decode_set(set.octets(), out.attributes);
  out.egress = set.egress();
  out.key = set.key();
}

rib::AttributeSet read(const rib::InternedSet& set) {
  rib::AttributeSet out;
  read(set, out);
  return out;
}

}  // namespace tern::pipeline
