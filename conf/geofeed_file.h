// A geofeed: a CSV file in which the holder of prefixes says where they are used (RFC 8805).
//
//     # prefix,country,region,city,postal code
//     192.0.2.0/24,DE,DE-BE,Berlin,   # our office
//
// A line that is wrong is left out, because others publish the file; the rest counts.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rib/types/prefix.h"
#include "rib/types/result.h"

namespace tern::conf {

struct GeofeedLimits {
  std::size_t max_octets = std::size_t{64} << 20U;
  std::size_t max_entries = 1'000'000;
  std::size_t max_messages = 20;
};

struct GeofeedFile {
  struct Location {
    std::string country;  // ISO 3166-1 code in lower case; empty: the holder says no place
    std::string region;   // ISO 3166-2 code of the region as a plain_name(); empty without a city
    std::string city;     // plain_name(); may be empty
    friend auto operator<=>(const Location&, const Location&) = default;
  };
  struct Entry {
    Prefix prefix;
    std::uint32_t location = 0;  // index
  };
  std::vector<Location> locations;    // distinct ones
  std::vector<Entry> entries;         // in the order of the file
  std::size_t left_out = 0;           // lines that are wrong
  std::vector<std::string> messages;  // of the first of them: "feed.csv:7: expected a prefix, ..."
};

// name: of the file, for messages. An error is a file that has no good line, but bad ones, or more
// than the limits allow.
[[nodiscard]] Result<GeofeedFile, std::string> read_geofeed(std::string_view text,
                                                            const std::string& name,
                                                            const GeofeedLimits& limits = {});

}  // namespace tern::conf
