// The kernel's answers about the next hops of received routes (bgpd/pipeline/next_hops.h). The
// kernel looks an address up as for a packet, by the rules and tables of the host. Routes that
// ternd itself has in the kernel do not count: they resolve no next hop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bgpd/kernel/route_socket.h"
#include "bgpd/pipeline/next_hop_route.h"

namespace tern::kernel {

// Any thread, one at a time. Opens its socket with the first question, and again after a failure. A
// question takes some microseconds, and waits for nothing but the kernel.
class NextHopSource final : public pipeline::NextHopSource {
 public:
  [[nodiscard]] std::optional<pipeline::NextHopRoute> look_up(const IpAddress& address) override;
  [[nodiscard]] std::optional<unsigned> interface_up(const std::string& name) override;
  // rtm_protocol of our own routes; nothing: there are none.
  void set_own_protocol(std::optional<std::uint8_t> protocol) { own_protocol_ = protocol; }

 private:
  std::optional<RouteSocket> socket_;
  std::optional<std::uint8_t> own_protocol_;
};

// A socket that does not wait, with notifications about links, addresses of IPv4, rules, nexthop
// objects, and routes. Below zero: the failure is in errno.
[[nodiscard]] session::netlink::Descriptor open_next_hop_monitor();
// Has the monitor drop notifications about routes of the protocol from now on; nothing: of none.
void ignore_protocol(int monitor, std::optional<std::uint8_t> protocol);

}  // namespace tern::kernel
