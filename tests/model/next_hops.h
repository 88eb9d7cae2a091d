// The routes of the host to the next hops of the model: they come, go and change their metric.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "bgpd/pipeline/next_hop_route.h"
#include "rib/types/ip_address.h"

namespace tern::model {

// By address, the metric of the host's route; nothing: unresolved. An address without an entry is
// in a connected network.
using HostRoutes = std::map<IpAddress, std::optional<std::uint32_t>>;

// Changes a route by the numbers of an operation: a chooses the next hop, b its new state. Returns
// the next hop.
IpAddress change_next_hop(std::uint32_t a, std::uint32_t b, HostRoutes& routes);
[[nodiscard]] std::string describe(const HostRoutes& routes, const IpAddress& next_hop);

// The same routes for the real pipeline.
class HostKernel final : public pipeline::NextHopSource {
 public:
  // The routes outlive the HostKernel.
  explicit HostKernel(const HostRoutes& routes) : routes_(routes) {}
  std::optional<pipeline::NextHopRoute> look_up(const IpAddress& address) override;
  std::optional<unsigned> interface_up(const std::string& name) override;

 private:
  const HostRoutes& routes_;
};

}  // namespace tern::model
