// Route objects of Internet Routing Registries (RFC 2622 section 4): which AS may originate which
// prefix, as the holders of prefixes have registered it.
//
// A RouteObjectTable and a RouteObjects are immutable after construction and safe from any thread.
// An object takes 24 octets. A look-up is a binary search for each length of prefixes that the
// table has and that is not longer than the prefix; look-ups do not allocate.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rib/types/asn.h"
#include "rib/types/prefix.h"

namespace tern::policy {

// The AS may originate the prefix, and more specific ones up to the maximum length. A route object
// of RPSL is about its prefix alone: max_length is the length of the prefix.
struct RouteObject {
  Prefix prefix;
  std::uint8_t max_length = 0;  // prefix.length() <= max_length <= address bits
  Asn origin = 0;               // not 0

  [[nodiscard]] std::string to_string() const;  // "192.0.2.0/24 AS64496", "192.0.2.0/24-25 AS64496"
  friend bool operator==(const RouteObject&, const RouteObject&) = default;
};
static_assert(sizeof(RouteObject) == 24);  // all registries together have millions of them

// The objects of a file.
class RouteObjectTable {
 public:
  // In any order. Of objects of one prefix and origin, the one of the greatest max_length counts.
  explicit RouteObjectTable(std::vector<RouteObject> objects);

  [[nodiscard]] std::size_t size() const { return objects_.size(); }
  // The objects whose prefix is that of `prefix` cut to the length, in the order of origins.
  // Requires length <= prefix.length().
  [[nodiscard]] std::span<const RouteObject> at(const Prefix& prefix, std::uint8_t length) const;

 private:
  std::vector<RouteObject> objects_;         // by prefix, then origin; each pair once
  std::array<std::bitset<129>, 2> lengths_;  // of the prefixes, of IPv4 and of IPv6
};

// The objects of several files.
class RouteObjects {
 public:
  using Table = std::shared_ptr<const RouteObjectTable>;

  explicit RouteObjects(std::vector<Table> tables) : tables_(std::move(tables)) {}

  // Whether an object lets the AS originate the prefix.
  [[nodiscard]] bool authorizes(const Prefix& prefix, Asn origin) const;
  // The object of the AS with the longest prefix that covers this one, whatever its max_length.
  [[nodiscard]] std::optional<RouteObject> covering(const Prefix& prefix, Asn origin) const;
  // The same of any AS.
  [[nodiscard]] std::optional<RouteObject> covering(const Prefix& prefix) const;

 private:
  template <typename Take>
  bool any_covering(const Prefix& prefix, Take take) const;

  std::vector<Table> tables_;  // not null
};

}  // namespace tern::policy
