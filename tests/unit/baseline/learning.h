// Short ways to learn, for the tests of the baseline.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/baseline/detector.h"
#include "bgpd/baseline/prefix_book.h"
#include "rib/types/prefix.h"

namespace tern::baseline {

[[nodiscard]] inline Prefix prefix(std::string_view text) { return *Prefix::parse(text); }

// 10.0.0.0/24 is 0.
[[nodiscard]] inline Prefix numbered(std::uint32_t number) {
  return Prefix::v4(0x0A000000U + (number << 8U), 24);
}

// A second of the day with this number.
[[nodiscard]] inline Now on_day(std::uint64_t day, std::uint32_t second = 0) {
  return {day, static_cast<std::uint16_t>(20'000 + day),
          static_cast<std::uint32_t>(day * 86'400) + second};
}

// "100 200 300": from the neighbor AS to the origin.
[[nodiscard]] inline PathFacts path(const std::vector<Asn>& asns) {
  PathFacts facts;
  facts.length = static_cast<std::uint8_t>(asns.size());
  facts.origin = asns.back();
  for (const Asn asn : asns) {
    if (asn != facts.origin) facts.upstream = asn;
  }
  return facts;
}

[[nodiscard]] inline Route route(const std::vector<Asn>& asns, PeerSlot from = 1,
                                 bool accepted = true) {
  Route made{path(asns), from, accepted, accepted ? Reason::None : Reason::RpkiInvalid, ""};
  for (const Asn asn : asns)
    made.as_path += (made.as_path.empty() ? "" : " ") + std::to_string(asn);
  return made;
}

// A prefix with all its routes, as the detector is passed them.
[[nodiscard]] inline Batch whole(const Prefix& of, std::vector<Route> routes) {
  Batch batch;
  batch.wholes.push_back({of, 0, static_cast<std::uint32_t>(routes.size())});
  batch.routes = std::move(routes);
  return batch;
}

}  // namespace tern::baseline
