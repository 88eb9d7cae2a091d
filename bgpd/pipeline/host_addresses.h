// The addresses of this host, of every interface, at one moment: none of them is a next hop for us
// (RFC 4271 section 6.3 a).
//
// Immutable, so any thread may read one that it shares. The session layer makes a new one when
// addresses change. Link-local IPv6 addresses are left out: equal ones of another link are no
// addresses of ours, and SessionFacts has the one of the session's own link.
#pragma once

#include <vector>

#include "rib/types/ip_address.h"

namespace tern::pipeline {

class HostAddresses {
 public:
  HostAddresses() = default;
  // In any order, repeated or not.
  explicit HostAddresses(std::vector<IpAddress> addresses);

  [[nodiscard]] bool contains(const IpAddress& address) const;
  [[nodiscard]] bool empty() const { return sorted_.empty(); }
  // Those of one alone: what came and what went.
  [[nodiscard]] static HostAddresses difference(const HostAddresses& a, const HostAddresses& b);
  // Those of either.
  [[nodiscard]] static HostAddresses both(const HostAddresses& a, const HostAddresses& b);

  friend bool operator==(const HostAddresses&, const HostAddresses&) = default;

 private:
  std::vector<IpAddress> sorted_;
};

}  // namespace tern::pipeline
