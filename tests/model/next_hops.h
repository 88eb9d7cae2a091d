// The host of a random run: its routes to the next hops of the model, which come, go and change
// their metric, an interface, and the section `next_hops` of the router's configuration.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/pipeline/next_hop_route.h"
#include "rib/types/ip_address.h"
#include "rib/types/prefix.h"

namespace tern::model {

struct Host {
  // By address, the metric of the host's route; nothing: unresolved. An address without an entry is
  // in a connected network.
  std::map<IpAddress, std::optional<std::uint32_t>> routes;
  bool link = true;  // of the interface kInterface
  // Of the configuration:
  bool via_bgp = false;
  bool via_default = false;
  bool has_entries = false;  // those of entries()
};
inline constexpr char kInterface[] = "peering";

// A static entry of the configuration.
struct Entry {
  Prefix prefix;
  std::uint32_t metric = 0;
  std::optional<IpAddress> via;
  bool on_interface = false;  // needs kInterface
  bool unreachable = false;
};
[[nodiscard]] const std::vector<Entry>& entries();
// Next hops that prefixes of the model cover. The host has no routes to them at first.
[[nodiscard]] const std::vector<IpAddress>& far_next_hops(IpVersion version);

// The host at the start of a run.
[[nodiscard]] Host first_host();
// Changes a route by the numbers of an operation: a chooses the next hop, b its new state. Returns
// the next hop.
IpAddress change_next_hop(std::uint32_t a, std::uint32_t b, Host& host);
// Changes the configuration by the number of an operation.
void configure_next_hops(std::uint32_t a, Host& host);
[[nodiscard]] std::string describe(const Host& host, const IpAddress& next_hop);
// The configuration in words.
[[nodiscard]] std::string describe_settings(const Host& host);

// The settings for the real pipeline.
[[nodiscard]] pipeline::NextHopSettings settings_of(const Host& host);
// The same host for the real pipeline.
class HostKernel final : public pipeline::NextHopSource {
 public:
  // The host outlives the HostKernel.
  explicit HostKernel(const Host& host) : host_(host) {}
  std::optional<pipeline::NextHopRoute> look_up(const IpAddress& address) override;
  std::optional<unsigned> interface_up(const std::string& name) override;

 private:
  const Host& host_;
};

}  // namespace tern::model
