// Leaked routes (RFC 7908, types 1 to 4), as far as ONLY_TO_CUSTOMER (RFC 9234) or the AS_PATH
// shows them.
//
// The AS_PATH does not have which AS pays which. Known are ASes that buy transit from nobody: such
// an AS announces the routes of its customers alone to its peers, and an AS that is its customer or
// its peer passes its routes on to customers alone. So a path goes up to one such AS, or across two
// that are peers, and down from there; a path that goes up a second time is leaked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rib/types/as_path.h"
#include "rib/types/asn.h"
#include "rib/types/peer.h"

namespace tern::policy {

// ASes that buy transit from nobody.
class TransitFree {
 public:
  TransitFree() = default;
  explicit TransitFree(std::vector<Asn> asns);

  [[nodiscard]] bool empty() const { return asns_.empty(); }
  [[nodiscard]] bool contains(Asn asn) const {
    return (filter_ >> (asn % kBits) & 1U) != 0 && is_listed(asn);
  }
  friend bool operator==(const TransitFree&, const TransitFree&) = default;

 private:
  static constexpr Asn kBits = 64;
  [[nodiscard]] bool is_listed(Asn asn) const;

  std::vector<Asn> asns_;     // sorted
  std::uint64_t filter_ = 0;  // the bit of every AS; most other ASes need no search
};

struct Leak {
  enum class Sign : std::uint8_t {
    None,
    OnlyToCustomer,  // ONLY_TO_CUSTOMER, and our role towards the neighbor forbids the attribute
    NotOfCustomer,   // a transit-free AS behind a neighbor that passes on routes of customers alone
    Valley,          // two transit-free ASes with another AS between
  };
  Sign sign = Sign::None;
  Asn from = 0;     // the value of ONLY_TO_CUSTOMER; the transit-free AS nearer to the origin
  Asn to = 0;       // NotOfCustomer: the first AS of the path. Valley: the first transit-free AS
  Asn between = 0;  // Valley: the AS in front of `from`

  explicit operator bool() const { return sign != Sign::None; }
  friend bool operator==(const Leak&, const Leak&) = default;
};
// The evidence: "AS 64510 between AS 174 and AS 1299, which are transit-free".
[[nodiscard]] std::string to_string(const Leak& leak);

// RFC 9234 section 5, ingress rules 1 and 2: whether a received route is leaked. ours: our role, so
// that Role::Provider is that towards a customer.
[[nodiscard]] bool is_marked_leak(std::optional<Asn> only_to_customer, Role ours, Asn neighbor);

// The leak that a received path shows. ours: our role towards the neighbor; nothing: unknown, or
// the neighbor is in our own network. server: the AS of a route server, which does not count where
// it stands in front; kAsZero: there is none. The search ends at an AS_SET, whose ASes have no
// order.
[[nodiscard]] Leak find_leak(const AsPath& path, const TransitFree& transit_free,
                             std::optional<Role> ours, Asn server = kAsZero);

}  // namespace tern::policy
