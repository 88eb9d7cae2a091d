// Releases and blocks: what an operator orders about the routes for a prefix at run time. A release
// has routes used that the guard of registered prefixes quarantines; a block keeps routes for any
// prefix out of use.
//
// A GuardOrderTable is immutable after construction and safe from any thread; find() allocates
// nothing.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/guard.h"
#include "rib/types/asn.h"
#include "rib/types/prefix.h"

namespace tern::policy {

// The routes of an order: those of a neighbor, of a neighbor AS, or all.
struct OrderedFrom {
  std::string neighbor;    // its address, "192.0.2.1", "fe80::1%eth0"; empty: see `asn`
  std::optional<Asn> asn;  // nothing, without a neighbor: all
  friend auto operator<=>(const OrderedFrom&, const OrderedFrom&) = default;
  [[nodiscard]] std::string to_string() const;  // "192.0.2.1", "AS 64501", ""
};

struct GuardOrder {
  GuardOrderKind kind = GuardOrderKind::None;
  Prefix prefix;  // itself, without more specific ones
  OrderedFrom from;
  std::uint32_t since = 0;    // Unix seconds
  std::uint32_t expires = 0;  // Unix seconds; 0: never
  std::string owner;          // the user of the control API: "alice (uid 1000, pid 4242)"
  std::string because;

  // "release of 203.0.113.0/24 from AS 64501"
  [[nodiscard]] std::string to_string() const;
};

class GuardOrderTable {
 public:
  static constexpr std::size_t kMost = 10'000;
  static constexpr std::size_t kMostBecause = 255;  // octets of a text
  static constexpr std::size_t kMostOwner = 128;    // octets

  // In the order of prefixes, and of OrderedFrom for one prefix.
  explicit GuardOrderTable(std::vector<std::shared_ptr<const GuardOrder>> orders)
      : orders_(std::move(orders)) {}

  // The order about a route of the neighbor; null: there is none. Of several orders the one about
  // the neighbor counts, then the one about the neighbor AS. neighbor: as in OrderedFrom, never
  // empty. partner: the neighbor AS of our network (GuardedPath); nothing: our own network
  // originates the route. Takes time by the logarithm of the number of orders.
  [[nodiscard]] const GuardOrder* find(const Prefix& prefix, std::string_view neighbor,
                                       std::optional<Asn> partner) const;

 private:
  std::vector<std::shared_ptr<const GuardOrder>> orders_;
};

}  // namespace tern::policy
