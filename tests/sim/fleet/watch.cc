#include "tests/sim/fleet/watch.h"

#include "tests/sim/fleet/oracle.h"

namespace tern::sim::fleet {

std::vector<Asn> from_partner(const AsPath& path) {
  AsPath rest = path;
  rest.drop_leading(kOurAsn);
  std::vector<Asn> all;
  for (const AsSegment& segment : rest.segments()) {
    all.insert(all.end(), segment.asns.begin(), segment.asns.end());
  }
  return all;
}

void Watch::read(const wire::UpdateMessage& update, Host from, Host to) {
  ++updates_;
  if (update.announced.empty() || wrong_) return;
  const std::vector<Asn> path = from_partner(update.attributes.as_path);
  for (const Nlri& nlri : update.announced) {
    if (!plan_.registration(nlri.prefix)) continue;
    ++guarded_;
    if (!path.empty() && use_of(plan_, nlri.prefix, path) != Use::Never) continue;
    wrong_ = plan_.name_of(from) + " told " + plan_.name_of(to) + " " + nlri.prefix.to_string() +
             " by the path " + update.attributes.as_path.to_string() +
             ", which its registration forbids";
    return;
  }
}

}  // namespace tern::sim::fleet
