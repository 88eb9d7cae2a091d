// The section probes of the configuration, as plain values.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "rib/types/ip_address.h"

namespace tern::probes {

enum class Method : std::uint8_t {
  Icmp,  // an Echo Request (RFC 792, RFC 4443 section 4.1)
  Tcp,   // a TCP connection, which ends as soon as it is open
};

struct TargetSettings {
  std::string name;
  std::string to;  // the metro, the PoP or the prefix that the round trip is to
  IpAddress address;
  Method method = Method::Icmp;
  std::uint16_t port = 0;  // of Method::Tcp
  friend bool operator==(const TargetSettings&, const TargetSettings&) = default;
};

struct ProbeSettings {
  std::chrono::seconds interval{10};        // between two probes to a target; at least 1
  std::chrono::milliseconds timeout{2000};  // at most the interval
  std::vector<TargetSettings> targets;      // of different names, at most conf::kMostProbeTargets
  friend bool operator==(const ProbeSettings&, const ProbeSettings&) = default;
};

}  // namespace tern::probes
