#include "rib/types/path_facts.h"

#include <algorithm>

namespace tern {

// The upstream is the AS in front of the last run of equal AS numbers.
void PathFactsFinder::add(Asn asn) {
  ++length_;
  if (known_ && asn == facts_.origin) return;
  if (known_) set_before_ = false;
  facts_.upstream = known_ ? facts_.origin : kNoUpstream;
  facts_.origin = asn;
  known_ = true;
}

void PathFactsFinder::add_set() {
  ++length_;
  known_ = false;
  set_before_ = true;
}

std::optional<PathFacts> PathFactsFinder::facts() const {
  constexpr std::size_t kMostLength = 255;
  if (!known_ || set_before_) return std::nullopt;
  PathFacts facts = facts_;
  facts.length = static_cast<std::uint8_t>(std::min(length_, kMostLength));
  return facts;
}

std::optional<PathFacts> path_facts(const AsPath& path) {
  PathFactsFinder finder;
  for (const AsSegment& segment : path.segments()) {
    if (segment.type == AsSegment::Type::Set) finder.add_set();
    if (segment.type != AsSegment::Type::Sequence) continue;
    for (const Asn asn : segment.asns) finder.add(asn);
  }
  return finder.facts();
}

}  // namespace tern
