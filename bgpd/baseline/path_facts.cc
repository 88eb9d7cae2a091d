#include "bgpd/baseline/path_facts.h"

#include <cstdint>

namespace tern::baseline {
namespace {

constexpr std::size_t kSegmentHead = 2;  // type and count
constexpr std::size_t kAsnOctets = 4;

Asn asn_at(std::span<const std::byte> octets) {
  Asn asn = 0;
  for (std::size_t i = 0; i < kAsnOctets; ++i) asn = asn << 8U | std::to_integer<Asn>(octets[i]);
  return asn;
}

}  // namespace

std::optional<PathFacts> path_facts(std::span<const std::byte> as_path) {
  PathFactsFinder finder;
  while (as_path.size() >= kSegmentHead) {
    const auto type = static_cast<AsSegment::Type>(as_path[0]);
    const auto count = std::to_integer<std::size_t>(as_path[1]);
    as_path = as_path.subspan(kSegmentHead);
    if (as_path.size() < count * kAsnOctets) return std::nullopt;
    if (type == AsSegment::Type::Set) {
      finder.add_set();
    } else if (type == AsSegment::Type::Sequence) {
      for (std::size_t i = 0; i < count; ++i) finder.add(asn_at(as_path.subspan(i * kAsnOctets)));
    }
    as_path = as_path.subspan(count * kAsnOctets);
  }
  return finder.facts();
}

}  // namespace tern::baseline
