// Where VRPs come from, as plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/rpki/rtr_client.h"
#include "rib/types/ip_address.h"

namespace tern::vrps {

struct CacheSettings {
  std::string name;  // unique
  IpAddress address;
  std::uint16_t port = 323;
  std::uint32_t preference = 100;  // lower goes first; below kFilePreference
  std::optional<IpAddress> local_address;
  std::string md5_password;  // RFC 2385; empty: none
  rpki::RtrConfig rtr;
  friend bool operator==(const CacheSettings&, const CacheSettings&) = default;
};

// Files stand behind all caches, in their order.
inline constexpr std::uint32_t kFilePreference = 65536;

struct RpkiSettings {
  std::vector<CacheSettings> caches;  // no two have one address and port
  std::vector<std::string> files;     // paths of JSON files (bgpd/rpki/vrp_file.h)
  std::vector<std::string> slurm;     // paths of SLURM files (bgpd/rpki/slurm.h)

  [[nodiscard]] bool empty() const { return caches.empty() && files.empty() && slurm.empty(); }
  friend bool operator==(const RpkiSettings&, const RpkiSettings&) = default;
};

}  // namespace tern::vrps
