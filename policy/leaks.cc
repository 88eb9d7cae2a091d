#include "policy/leaks.h"

#include <algorithm>
#include <utility>

namespace tern::policy {
namespace {

std::string leak_as(Asn asn) { return "AS " + std::to_string(asn); }

}  // namespace

TransitFree::TransitFree(std::vector<Asn> asns) : asns_(std::move(asns)) {
  std::ranges::sort(asns_);
  for (const Asn asn : asns_) filter_ |= std::uint64_t{1} << (asn % kBits);
}

bool TransitFree::is_listed(Asn asn) const { return std::ranges::binary_search(asns_, asn); }

std::string to_string(const Leak& leak) {
  switch (leak.sign) {
    case Leak::Sign::None:
      break;
    case Leak::Sign::OnlyToCustomer:
      return "ONLY_TO_CUSTOMER of " + leak_as(leak.from) + " (RFC 9234)";
    case Leak::Sign::NotOfCustomer:
      return leak_as(leak.from) + ", which is transit-free, behind " + leak_as(leak.to) +
             ", which is no provider of ours";
    case Leak::Sign::Valley:
      return leak_as(leak.between) + " between " + leak_as(leak.to) + " and " + leak_as(leak.from) +
             ", which are transit-free";
  }
  return {};
}

bool is_marked_leak(std::optional<Asn> only_to_customer, Role ours, Asn neighbor) {
  if (!only_to_customer) return false;
  if (ours == Role::Provider || ours == Role::RouteServer) return true;
  return ours == Role::Peer && *only_to_customer != neighbor;
}

Leak find_leak(const AsPath& path, const TransitFree& transit_free, std::optional<Role> ours,
               Asn server) {
  if (transit_free.empty()) return {};
  // All but providers pass on their own routes and those of customers alone.
  const bool of_customers = ours && *ours != Role::Customer;
  std::optional<Asn> first;    // the AS that the route came from
  std::optional<Asn> before;   // the AS in front
  std::optional<Asn> highest;  // the first transit-free AS
  for (const AsSegment& segment : path.segments()) {
    if (segment.type == AsSegment::Type::Set) break;
    if (segment.type != AsSegment::Type::Sequence) continue;  // of a confederation
    for (const Asn asn : segment.asns) {
      if (asn == before || (!first && asn == server)) continue;
      if (!first) first = asn;
      if (transit_free.contains(asn)) {
        if (of_customers && asn != *first) return {Leak::Sign::NotOfCustomer, asn, *first, 0};
        if (highest && before != highest) return {Leak::Sign::Valley, asn, *highest, *before};
        if (!highest) highest = asn;
      }
      before = asn;
    }
  }
  return {};
}

}  // namespace tern::policy
