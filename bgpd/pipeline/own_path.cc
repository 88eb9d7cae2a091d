#include "bgpd/pipeline/own_path.h"

namespace tern::pipeline {

SessionFacts own_facts(Asn asn) {
  SessionFacts facts;
  facts.slot = kOwnSlot;
  facts.kind = PeerKind::Own;
  facts.local_asn = asn;
  for (const Family family : kFamilies) facts.families.insert(family);
  return facts;
}

PathAttributes own_attributes(Family family) {
  PathAttributes attributes;
  attributes.origin = Origin::Igp;
  attributes.next_hop.global = IpAddress::unspecified(row(family).version);
  return attributes;
}

PathAttributes aggregate_attributes(Family family, Asn asn, std::uint32_t identifier) {
  PathAttributes attributes = own_attributes(family);
  attributes.atomic_aggregate = true;
  attributes.aggregator = Aggregator{asn, IpAddress::v4(identifier)};
  return attributes;
}

}  // namespace tern::pipeline
