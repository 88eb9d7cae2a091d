// Messages of rtnetlink about routes: changes of ours, questions about next hops, and the routes
// that the kernel shows. Any thread; no function opens or waits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "bgpd/fib/table.h"
#include "bgpd/kernel/settings.h"
#include "bgpd/session/netlink.h"

namespace tern::kernel {

using session::netlink::Octets;

// The group of notifications about nexthop objects. The routes of a removed nexthop object may go
// without notifications of their own.
inline constexpr std::uint32_t kNextHopObjects = 1U << (RTNLGRP_NEXTHOP - 1U);

// Changes as messages for one call of send(). The kernel carries them out in order, and answers
// those that fail and the last one.
class ChangeMessages {
 public:
  explicit ChangeMessages(const Place& place) : place_(place) {}

  // Replaces the content. first: sequence number of the first message.
  void set(std::span<const fib::Change> changes, const fib::Targets& targets, std::uint32_t first);
  [[nodiscard]] const std::vector<std::byte>& octets() const { return octets_; }
  [[nodiscard]] std::uint32_t last() const { return next() - 1; }
  // The change that a message of this sequence number decides; nothing: none, because its failure
  // does not matter (ours was to be removed, and was not there).
  [[nodiscard]] std::optional<std::size_t> decides(std::uint32_t sequence) const;

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  void add_put(const fib::Change& change, const fib::Hops& hops, unsigned flags, bool last);
  void add_remove(const Prefix& prefix, const fib::Hops& hops, bool last);
  void append(session::netlink::Message& message);
  // The sequence number of the next message.
  [[nodiscard]] std::uint32_t next() const {
    return first_ + static_cast<std::uint32_t>(owners_.size());
  }

  const Place place_;
  std::uint32_t first_ = 0;
  std::vector<std::uint32_t> owners_;  // by message: the index of the change, or kNone
  std::vector<std::byte> octets_;
};

// Removes the route of the prefix in the place; sequence: of the message, which is answered. hops:
// those of the route. In IPv6, hops of several programs for a prefix and metric are one route for
// the kernel, and only those that are named are removed.
[[nodiscard]] std::vector<std::byte> remove_message(const Prefix& prefix, const Place& place,
                                                    const fib::Hops& hops, std::uint32_t sequence);
// Asks which route of the kernel leads to the address (RTM_F_FIB_MATCH), or which way a packet to
// it takes. interface: index of the interface through which it must lead; 0: any.
enum class LookUp : std::uint8_t { Route, Way };
[[nodiscard]] std::vector<std::byte> lookup_message(const IpAddress& address,
                                                    std::uint32_t interface, LookUp what,
                                                    std::uint32_t sequence);
// Asks for the routes of the protocol in the table.
[[nodiscard]] std::vector<std::byte> dump_message(IpVersion version, const Place& place,
                                                  std::uint32_t sequence);

// A route that the kernel shows: in a dump, as an answer, or because it was added or removed.
struct ShownRoute {
  bool removed = false;   // RTM_DELROUTE
  bool replaces = false;  // NLM_F_REPLACE
  Prefix prefix;
  std::uint32_t table = 0;
  std::uint32_t metric = 0;
  std::uint8_t protocol = 0;
  std::uint8_t type = 0;  // RTN_*
  fib::Hops hops;         // all
  // Of these, the ones that are not dead, whose link is up, and that add no tunnel header.
  std::vector<fib::Hop> usable;
  bool encapsulates = false;  // some hop that is not dead adds a tunnel header
  // The hops are those of a nexthop object, and are not shown (net.ipv4.nexthop_compat_mode is 0).
  bool hides_hops = false;

  [[nodiscard]] bool in(const Place& place) const {
    return table == place.table && metric == place.metric;
  }
};
// Nothing for other messages, cached routes, and families that Tern does not route.
[[nodiscard]] std::optional<ShownRoute> parse_route(const nlmsghdr& header, Octets body);
// The answer to LookUp::Way, which is a cached route.
[[nodiscard]] std::optional<ShownRoute> parse_way(const nlmsghdr& header, Octets body);
// The answer about a next hop.
[[nodiscard]] fib::Resolution resolution_of(const IpAddress& next_hop, const ShownRoute& route,
                                            const Place& place);
// The answer about a link-local next hop. route: the best route through its interface; nothing:
// there is none.
[[nodiscard]] fib::Resolution resolution_on_link(const fib::NextHop& next_hop,
                                                 const std::optional<ShownRoute>& route);

// The interface that lost an IPv4 address; nothing for other messages. With the last address, the
// kernel removes the IPv4 routes through the interface, and sends no notification of them.
[[nodiscard]] std::optional<std::uint32_t> parse_address_gone(const nlmsghdr& header, Octets body);
// The interface that went down or away; nothing for other messages.
[[nodiscard]] std::optional<std::uint32_t> parse_interface_down(const nlmsghdr& header,
                                                                Octets body);

}  // namespace tern::kernel
