// The addresses of all interfaces of this host at one moment. None of them is a valid next hop of a
// route that we receive (RFC 4271 section 6.3 a).
//
// Immutable, so any thread may read a shared object. The session layer makes a new one when
// addresses change. Link-local IPv6 addresses are left out: an equal address on another link is not
// ours, and SessionFacts has the one of the session's own link.
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
  // Addresses in one of the two alone.
  [[nodiscard]] static HostAddresses difference(const HostAddresses& a, const HostAddresses& b);
  // Addresses in either.
  [[nodiscard]] static HostAddresses both(const HostAddresses& a, const HostAddresses& b);

  friend bool operator==(const HostAddresses&, const HostAddresses&) = default;

 private:
  std::vector<IpAddress> sorted_;
};

}  // namespace tern::pipeline
