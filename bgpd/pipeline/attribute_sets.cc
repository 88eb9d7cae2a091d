#include "bgpd/pipeline/attribute_sets.h"

#include "bgpd/wire/attribute_set.h"

namespace tern::pipeline {

rib::AttrRef intern(rib::AttrTable& table, const PathAttributes& attributes,
                    const EgressInfo& egress) {
  thread_local std::vector<std::byte> octets;
  octets.clear();
  if (!wire::encode_set(attributes, octets)) return rib::AttrRef::None;
  return table.intern(octets, egress, rib::decision_key(attributes, egress));
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
