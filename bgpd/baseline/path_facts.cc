#include "bgpd/baseline/path_facts.h"

#include <algorithm>

#include "rib/types/as_path.h"

namespace tern::baseline {
namespace {

constexpr std::size_t kSegmentHead = 2;  // type and count
constexpr std::size_t kAsnOctets = 4;
constexpr std::size_t kMostLength = 255;

Asn asn_at(std::span<const std::byte> octets) {
  Asn asn = 0;
  for (std::size_t i = 0; i < kAsnOctets; ++i) asn = asn << 8U | std::to_integer<Asn>(octets[i]);
  return asn;
}

}  // namespace

// Goes forward: the upstream is the AS in front of the last run of equal AS numbers.
std::optional<PathFacts> path_facts(std::span<const std::byte> as_path) {
  PathFacts facts;
  std::size_t length = 0;
  bool known = false;       // facts.origin is an AS of the path
  bool set_before = false;  // an AS_SET stands in front of the run
  while (as_path.size() >= kSegmentHead) {
    const auto type = static_cast<AsSegment::Type>(as_path[0]);
    const auto count = std::to_integer<std::size_t>(as_path[1]);
    as_path = as_path.subspan(kSegmentHead);
    if (as_path.size() < count * kAsnOctets) return std::nullopt;
    if (type == AsSegment::Type::Set) {
      ++length;
      known = false;
      set_before = true;
    } else if (type == AsSegment::Type::Sequence) {
      length += count;
      for (std::size_t i = 0; i < count; ++i) {
        const Asn asn = asn_at(as_path.subspan(i * kAsnOctets));
        if (known && asn == facts.origin) continue;
        if (known) set_before = false;
        facts.upstream = known ? facts.origin : kDirect;
        facts.origin = asn;
        known = true;
      }
    }
    as_path = as_path.subspan(count * kAsnOctets);
  }
  if (!known || set_before) return std::nullopt;
  facts.length = static_cast<std::uint8_t>(std::min(length, kMostLength));
  return facts;
}

}  // namespace tern::baseline
