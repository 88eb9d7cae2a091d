#include "bgpd/kernel/route_messages.h"

#include <net/if.h>

#include <algorithm>
#include <cstring>

namespace tern::kernel {
namespace {

namespace netlink = session::netlink;
using netlink::append_attribute;
using netlink::Message;

std::uint8_t family_of(IpVersion version) {
  return static_cast<std::uint8_t>(version == IpVersion::V4 ? AF_INET : AF_INET6);
}

rtmsg header_of(const Prefix& prefix, const Place& place) {
  rtmsg route{};
  route.rtm_family = family_of(prefix.address().version());
  route.rtm_dst_len = prefix.length();
  route.rtm_table = static_cast<std::uint8_t>(place.table < 256 ? place.table : 0U);
  route.rtm_protocol = place.protocol;
  return route;
}

void add_place(Message& message, const Prefix& prefix, const Place& place) {
  message.add(RTA_DST, prefix.address());
  message.add(RTA_TABLE, place.table);
  message.add(RTA_PRIORITY, place.metric);
}

// The value of RTA_VIA: a family and an address, for a gateway of the other IP version (RFC 8950).
std::vector<std::byte> via_of(const IpAddress& gateway) {
  const std::uint16_t family = family_of(gateway.version());
  std::vector<std::byte> value(sizeof family);
  std::memcpy(value.data(), &family, sizeof family);
  value.insert(value.end(), gateway.bytes().begin(), gateway.bytes().end());
  return value;
}

bool other_version(const IpAddress& gateway, IpVersion version) {
  return gateway.version() != version;
}

// The value of RTA_MULTIPATH.
std::vector<std::byte> multipath_of(const fib::Hops& hops, IpVersion version) {
  std::vector<std::byte> value;
  for (const fib::Hop& hop : hops.hops) {
    const std::size_t begin = value.size();
    value.resize(begin + sizeof(rtnexthop));
    if (hop.gateway) {
      const bool via = other_version(*hop.gateway, version);
      const auto gateway = via ? via_of(*hop.gateway) : std::vector<std::byte>();
      append_attribute(value, static_cast<std::uint16_t>(via ? RTA_VIA : RTA_GATEWAY),
                       via ? Octets(gateway) : Octets(hop.gateway->bytes()));
    }
    rtnexthop head{};
    head.rtnh_ifindex = static_cast<int>(hop.interface);
    head.rtnh_flags = hop.onlink ? RTNH_F_ONLINK : 0;
    head.rtnh_len = static_cast<std::uint16_t>(value.size() - begin);
    std::memcpy(value.data() + begin, &head, sizeof head);
  }
  return value;
}

void add_hops(Message& message, const fib::Hops& hops, IpVersion version) {
  if (hops.hops.size() > 1) return message.add(RTA_MULTIPATH, multipath_of(hops, version));
  for (const fib::Hop& hop : hops.hops) {
    if (hop.gateway && other_version(*hop.gateway, version)) {
      message.add(RTA_VIA, via_of(*hop.gateway));
    } else if (hop.gateway) {
      message.add(RTA_GATEWAY, *hop.gateway);
    }
    message.add(RTA_OIF, hop.interface);
  }
}

// Flags of a request with these NLM_F_*.
constexpr std::uint16_t request(unsigned flags, bool answered) {
  return static_cast<std::uint16_t>(NLM_F_REQUEST | flags | (answered ? NLM_F_ACK : 0U));
}

Message make_remove(const Prefix& prefix, const Place& place, const fib::Hops& hops,
                    bool answered) {
  rtmsg route = header_of(prefix, place);
  route.rtm_scope = RT_SCOPE_NOWHERE;  // of any scope
  Message message(RTM_DELROUTE, request(0, answered), route);
  add_place(message, prefix, place);
  // A hop without a gateway is no part of a route of several programs.
  const bool gateways =
      std::ranges::all_of(hops.hops, [](const fib::Hop& hop) { return hop.gateway.has_value(); });
  if (prefix.address().is_v6() && gateways) add_hops(message, hops, IpVersion::V6);
  return message;
}

std::vector<std::byte> copy(Octets octets) { return {octets.begin(), octets.end()}; }

}  // namespace

// ---- Changes

void ChangeMessages::set(std::span<const fib::Change> changes, const fib::Targets& targets,
                         std::uint32_t first) {
  using Action = fib::Change::Action;
  first_ = first;
  owners_.clear();
  octets_.clear();
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const fib::Change& change = changes[i];
    const bool last = i + 1 == changes.size();
    const auto index = static_cast<std::uint32_t>(i);
    if (change.action == Action::Remove || change.action == Action::Renew) {
      const bool alone = change.action == Action::Remove;
      add_remove(change.prefix, change.before == 0 ? fib::Hops{} : targets.hops(change.before),
                 last && alone);
      owners_.push_back(alone ? index : kNone);
      if (alone) continue;
    }
    const unsigned flags =
        change.action == Action::Replace ? NLM_F_REPLACE : NLM_F_CREATE | NLM_F_EXCL;
    add_put(change, targets.hops(change.hops), flags, last);
    owners_.push_back(index);
  }
}

std::optional<std::size_t> ChangeMessages::decides(std::uint32_t sequence) const {
  const std::uint32_t at = sequence - first_;
  if (at >= owners_.size() || owners_[at] == kNone) return std::nullopt;
  return owners_[at];
}

void ChangeMessages::add_put(const fib::Change& change, const fib::Hops& hops, unsigned flags,
                             bool last) {
  rtmsg route = header_of(change.prefix, place_);
  route.rtm_type = hops.blackhole ? RTN_BLACKHOLE : RTN_UNICAST;
  route.rtm_scope = RT_SCOPE_UNIVERSE;
  if (hops.hops.size() == 1 && hops.hops.front().onlink) route.rtm_flags |= RTNH_F_ONLINK;
  Message message(RTM_NEWROUTE, request(flags, last), route);
  add_place(message, change.prefix, place_);
  add_hops(message, hops, change.prefix.address().version());
  append(message);
}

void ChangeMessages::add_remove(const Prefix& prefix, const fib::Hops& hops, bool last) {
  Message message = make_remove(prefix, place_, hops, last);
  append(message);
}

void ChangeMessages::append(Message& message) {
  const Octets octets = message.finish(next());
  octets_.insert(octets_.end(), octets.begin(), octets.end());
}

// ---- Questions

std::vector<std::byte> remove_message(const Prefix& prefix, const Place& place,
                                      const fib::Hops& hops, std::uint32_t sequence) {
  Message message = make_remove(prefix, place, hops, true);
  return copy(message.finish(sequence));
}

std::vector<std::byte> lookup_message(const IpAddress& address, std::uint32_t interface,
                                      LookUp what, std::uint32_t sequence) {
  rtmsg route{};
  route.rtm_family = family_of(address.version());
  route.rtm_dst_len = static_cast<std::uint8_t>(address.bits());
  if (what == LookUp::Route) route.rtm_flags = RTM_F_FIB_MATCH;
  Message message(RTM_GETROUTE, NLM_F_REQUEST, route);
  message.add(RTA_DST, address);
  if (interface != 0) message.add(RTA_OIF, interface);
  return copy(message.finish(sequence));
}

std::vector<std::byte> dump_message(IpVersion version, const Place& place, std::uint32_t sequence) {
  rtmsg route{};
  route.rtm_family = family_of(version);
  route.rtm_protocol = place.protocol;
  Message message(RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP, route);
  message.add(RTA_TABLE, place.table);
  return copy(message.finish(sequence));
}

// ---- What the kernel shows

namespace {

constexpr unsigned kDead = RTNH_F_DEAD | RTNH_F_LINKDOWN;

// The attributes of a route, or of one hop of RTA_MULTIPATH.
struct HopAttributes {
  fib::Hop hop;
  bool encapsulates = false;
  bool of_object = false;  // the route refers to a nexthop object
  void take(std::uint16_t type, Octets value) {
    if (type == RTA_GATEWAY) hop.gateway = netlink::address_of(value);
    if (type == RTA_VIA && value.size() > sizeof(std::uint16_t)) {
      hop.gateway = netlink::address_of(value.subspan(sizeof(std::uint16_t)));
    }
    if (type == RTA_OIF) hop.interface = netlink::read<std::uint32_t>(value).value_or(0);
    if (type == RTA_ENCAP || type == RTA_NEWDST) encapsulates = true;
    of_object = of_object || type == RTA_NH_ID;
  }
  [[nodiscard]] bool hidden() const { return of_object && !hop.gateway && hop.interface == 0; }
  // flags: RTNH_F_*
  void give(unsigned flags, ShownRoute& shown) {
    hop.onlink = (flags & RTNH_F_ONLINK) != 0;
    shown.hops.hops.push_back(hop);
    if ((flags & kDead) != 0) return;
    shown.encapsulates = shown.encapsulates || encapsulates;
    if (!encapsulates) shown.usable.push_back(hop);
  }
};

void take_multipath(Octets value, ShownRoute& shown) {
  while (const auto head = netlink::read<rtnexthop>(value)) {
    if (head->rtnh_len < sizeof(rtnexthop) || head->rtnh_len > value.size()) return;
    HopAttributes found;
    netlink::for_each_attribute(
        value.subspan(sizeof(rtnexthop), head->rtnh_len - sizeof(rtnexthop)),
        [&](std::uint16_t type, Octets of) { found.take(type, of); });
    found.hop.interface = static_cast<std::uint32_t>(head->rtnh_ifindex);
    found.give(head->rtnh_flags, shown);
    value = netlink::behind(value, head->rtnh_len);
  }
}

}  // namespace

std::optional<ShownRoute> parse_route(const nlmsghdr& header, Octets body) {
  const auto route = netlink::read<rtmsg>(body);
  if (!route || (route->rtm_flags & RTM_F_CLONED) != 0) return std::nullopt;
  return parse_way(header, body);
}

std::optional<ShownRoute> parse_way(const nlmsghdr& header, Octets body) {
  if (header.nlmsg_type != RTM_NEWROUTE && header.nlmsg_type != RTM_DELROUTE) return std::nullopt;
  const auto route = netlink::read<rtmsg>(body);
  if (!route || (route->rtm_family != AF_INET && route->rtm_family != AF_INET6)) {
    return std::nullopt;
  }
  const IpVersion version = route->rtm_family == AF_INET ? IpVersion::V4 : IpVersion::V6;
  if (route->rtm_dst_len > address_bits(version)) return std::nullopt;
  ShownRoute shown;
  shown.removed = header.nlmsg_type == RTM_DELROUTE;
  shown.replaces = !shown.removed && (header.nlmsg_flags & NLM_F_REPLACE) != 0;
  shown.table = route->rtm_table;
  shown.protocol = route->rtm_protocol;
  shown.type = route->rtm_type;
  shown.hops.blackhole = route->rtm_type == RTN_BLACKHOLE;
  IpAddress destination = IpAddress::unspecified(version);
  HopAttributes single;
  bool multipath = false;
  netlink::for_each_attribute(
      netlink::behind(body, sizeof(rtmsg)), [&](std::uint16_t type, Octets value) {
        single.take(type, value);
        if (type == RTA_DST) {
          destination = netlink::address_of(value).value_or(destination);
        } else if (type == RTA_TABLE) {
          shown.table = netlink::read<std::uint32_t>(value).value_or(shown.table);
        } else if (type == RTA_PRIORITY) {
          shown.metric = netlink::read<std::uint32_t>(value).value_or(0);
        } else if (type == RTA_MULTIPATH) {
          multipath = true;
          take_multipath(value, shown);
        }
      });
  if (destination.version() != version) return std::nullopt;
  shown.prefix = Prefix(destination, route->rtm_dst_len);
  shown.hides_hops = !multipath && single.hidden() && route->rtm_type == RTN_UNICAST;
  if (!multipath && !shown.hops.blackhole && !shown.hides_hops) {
    single.give(route->rtm_flags, shown);
  }
  shown.hops.normalise();
  return shown;
}

fib::Resolution resolution_of(const IpAddress& next_hop, const ShownRoute& route,
                              const Place& place) {
  using fib::Failure;
  const auto failed = [](Failure why) { return fib::Resolution{why, {}}; };
  if (route.type == RTN_LOCAL) return failed(Failure::OwnAddress);
  const bool empty = route.usable.empty();
  if (route.type != RTN_UNICAST || (empty && !route.encapsulates)) return failed(Failure::NoRoute);
  if (route.protocol == place.protocol) return failed(Failure::OwnRoute);
  if (route.prefix.length() == 0) return failed(Failure::DefaultRoute);
  if (empty) return failed(Failure::Encapsulated);
  fib::Resolution found{Failure::None, route.usable};
  for (fib::Hop& hop : found.hops) {
    if (!hop.gateway) hop.gateway = next_hop;  // on the link
  }
  // Of two routes for a prefix in a table, the one with the lower metric counts.
  const bool first = route.metric < place.metric;
  const unsigned length = route.prefix.length() - (first ? 0U : 1U);
  // The kernel may look up our table before the other one, and any route of ours would then count.
  found.other_table = route.table != place.table;
  found.most_length = static_cast<std::uint8_t>(found.other_table ? 0U : length);
  return found;
}

fib::Resolution resolution_on_link(const fib::NextHop& next_hop,
                                   const std::optional<ShownRoute>& route) {
  using fib::Failure;
  if (route && route->type == RTN_LOCAL) return {Failure::OwnAddress, {}};
  const bool up = route && route->type == RTN_UNICAST &&
                  std::ranges::find(route->usable, next_hop.interface, &fib::Hop::interface) !=
                      route->usable.end();
  if (!up) return {Failure::NoRoute, {}};
  fib::Resolution way{Failure::None, {{next_hop.address, next_hop.interface}}};
  way.most_length = static_cast<std::uint8_t>(next_hop.address.bits());
  return way;
}

std::optional<std::uint32_t> parse_address_gone(const nlmsghdr& header, Octets body) {
  if (header.nlmsg_type != RTM_DELADDR) return std::nullopt;
  const auto address = netlink::read<ifaddrmsg>(body);
  if (!address || address->ifa_family != AF_INET) return std::nullopt;
  return address->ifa_index;
}

std::optional<std::uint32_t> parse_interface_down(const nlmsghdr& header, Octets body) {
  if (header.nlmsg_type != RTM_NEWLINK && header.nlmsg_type != RTM_DELLINK) return std::nullopt;
  const auto link = netlink::read<ifinfomsg>(body);
  if (!link || link->ifi_family != AF_UNSPEC) return std::nullopt;  // AF_BRIDGE: left a bridge
  if (header.nlmsg_type == RTM_NEWLINK && (link->ifi_flags & IFF_UP) != 0) return std::nullopt;
  return static_cast<std::uint32_t>(link->ifi_index);
}

}  // namespace tern::kernel
