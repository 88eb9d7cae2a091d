#include "bgpd/kernel/next_hop_source.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <net/if.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>

#include "bgpd/session/interfaces.h"

namespace tern::kernel {

using pipeline::NextHopRoute;
using pipeline::NextHopState;

namespace {

// The state of a next hop to which the route leads.
NextHopRoute next_hop_route(const ShownRoute& route) {
  NextHopRoute made;
  made.prefix = route.prefix;
  const auto& hops = route.usable.empty() ? route.hops.hops : route.usable;
  if (!hops.empty()) {
    made.gateway = hops.front().gateway;
    made.interface = hops.front().interface;
  }
  const bool usable = !route.usable.empty() || route.encapsulates;
  if (route.type == RTN_LOCAL) {
    made.state = NextHopState::Connected;
  } else if (route.type != RTN_UNICAST) {
    made.state = NextHopState::Unreachable;
  } else if (!usable) {
    made.state = NextHopState::InterfaceDown;
  } else if (route.protocol == RTPROT_KERNEL && !made.gateway) {
    made.state = NextHopState::Connected;
  } else {
    made.state = NextHopState::Kernel;
    made.metric = route.metric;
  }
  return made;
}

}  // namespace

std::optional<NextHopRoute> NextHopSource::look_up(const IpAddress& address) {
  if (!socket_) socket_ = RouteSocket::open();
  if (!socket_) return std::nullopt;
  const auto way = socket_->find_way(address, own_protocol_);
  if (!way) {
    socket_.reset();
    return std::nullopt;
  }
  NextHopRoute made;
  const bool own = way->route && way->route->protocol == own_protocol_;
  if (way->route && !own) {
    made = next_hop_route(*way->route);
  } else if (own || way->behind_own) {
    made.state = NextHopState::OwnRoute;
  } else if (way->refused) {
    made.state = NextHopState::Unreachable;
  }
  made.behind_own = own || way->behind_own;
  return made;
}

std::optional<unsigned> NextHopSource::interface_up(const std::string& name) {
  if (!session::interface_is_up(name)) return std::nullopt;
  const unsigned index = ::if_nametoindex(name.c_str());
  return index != 0 ? std::optional(index) : std::nullopt;
}

session::netlink::Descriptor open_next_hop_monitor() {
  constexpr std::uint32_t kIpv6Rule = 1U << (RTNLGRP_IPV6_RULE - 1U);
  return session::netlink::open_monitor(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE |
                                        RTMGRP_IPV6_ROUTE | RTMGRP_IPV4_RULE | kIpv6Rule |
                                        kNextHopObjects);
}

// BPF reads words in network order.
void ignore_protocol(int monitor, std::optional<std::uint8_t> protocol) {
  if (!protocol) {  // without a filter, setsockopt() fails, which is ignored
    const int none = 0;
    (void)::setsockopt(monitor, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof none);
    return;
  }
  constexpr std::uint32_t kType = offsetof(nlmsghdr, nlmsg_type);
  constexpr std::uint32_t kProtocol = sizeof(nlmsghdr) + offsetof(rtmsg, rtm_protocol);
  std::array<sock_filter, 7> program{
      sock_filter{BPF_LD | BPF_ABS | BPF_H, 0, 0, kType},
      sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 1, 0, htons(RTM_NEWROUTE)},
      sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 0, 2, htons(RTM_DELROUTE)},
      sock_filter{BPF_LD | BPF_ABS | BPF_B, 0, 0, kProtocol},
      sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 1, 0, *protocol},
      sock_filter{BPF_RET | BPF_K, 0, 0, 0xFFFFFFFF},
      sock_filter{BPF_RET | BPF_K, 0, 0, 0},
  };
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  // Without the filter, the notifications are read and change nothing.
  (void)::setsockopt(monitor, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

}  // namespace tern::kernel
