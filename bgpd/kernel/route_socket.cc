#include "bgpd/kernel/route_socket.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>

#include "rib/types/one_line.h"

namespace tern::kernel {
namespace {

namespace netlink = session::netlink;
using netlink::Descriptor;

// Sizes of socket buffers. An answer to a change that fails takes about 800 octets, and a batch has
// up to 512 changes.
constexpr int kAnswerOctets = 2 << 20;
// Twice a batch of routes with 32 hops each.
constexpr int kChangeOctets = 1 << 20;
// Some ten thousand notifications. After a burst of more, all routes are read again.
constexpr int kMonitorOctets = 16 << 20;
constexpr std::size_t kMostText = 120;
// Times that a dump which did not end is read to its end. Each takes as long as a dump.
constexpr int kMostDrains = 3;

void set_option(const Descriptor& descriptor, int option) {
  const int on = 1;
  (void)::setsockopt(descriptor.get(), SOL_NETLINK, option, &on, sizeof on);
}

// A buffer above net.core.rmem_max or wmem_max needs CAP_NET_ADMIN, as changes of routes do.
void set_buffer(const Descriptor& descriptor, int forced, int option, int octets) {
  if (::setsockopt(descriptor.get(), SOL_SOCKET, forced, &octets, sizeof octets) == 0) return;
  (void)::setsockopt(descriptor.get(), SOL_SOCKET, option, &octets, sizeof octets);
}

// True: the error is the answer to a question about an address. The kernel has no route, or a route
// of the type unreachable, prohibit, blackhole or throw (fib_props in net/ipv4/fib_semantics.c).
bool means_no_route(int error) {
  return error == ENETUNREACH || error == EHOSTUNREACH || error == EACCES || error == EINVAL ||
         error == ENETDOWN || error == ENODEV || error == ESRCH || error == EOPNOTSUPP ||
         error == EAFNOSUPPORT;
}

// bit: from the left, the first is 0.
IpAddress with_bit_flipped(const IpAddress& address, unsigned bit) {
  std::vector<std::byte> octets(address.bytes().begin(), address.bytes().end());
  octets[bit / 8U] ^= std::byte{0x80} >> (bit % 8U);
  return IpAddress::from_bytes(octets);
}

}  // namespace

std::optional<RouteSocket> RouteSocket::open() {
  Descriptor made = netlink::open_socket();
  if (!made.is_open()) return std::nullopt;
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  socklen_t size = sizeof address;
  if (::bind(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::getsockname(made.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return std::nullopt;
  }
  set_option(made, NETLINK_CAP_ACK);         // errors without the message that failed
  set_option(made, NETLINK_EXT_ACK);         // errors with a text
  set_option(made, NETLINK_GET_STRICT_CHK);  // dumps of one table and protocol
  set_buffer(made, SO_RCVBUFFORCE, SO_RCVBUF, kAnswerOctets);
  set_buffer(made, SO_SNDBUFFORCE, SO_SNDBUF, kChangeOctets);
  return RouteSocket(std::move(made), address.nl_pid);
}

bool RouteSocket::send(Octets octets) {
  while (true) {
    const ssize_t sent = ::send(descriptor_.get(), octets.data(), octets.size(), 0);
    if (sent < 0 && errno == EINTR) continue;
    return sent == static_cast<ssize_t>(octets.size());
  }
}

// The kernel answers during send(). A missing answer was lost, so recv() does not wait.
std::optional<Octets> RouteSocket::receive() {
  while (true) {
    const ssize_t size = ::recv(descriptor_.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EINTR || errno == ENOBUFS)) continue;
    if (size <= 0) return std::nullopt;
    return Octets(buffer_).first(static_cast<std::size_t>(size));
  }
}

void RouteSocket::note_text(const nlmsghdr& header, Octets body) {
  if ((header.nlmsg_flags & NLM_F_ACK_TLVS) == 0) return;
  netlink::for_each_attribute(
      netlink::behind(body, sizeof(nlmsgerr)), [&](std::uint16_t type, Octets value) {
        if (type != NLMSGERR_ATTR_MSG || value.empty()) return;
        const auto* const text = reinterpret_cast<const char*>(value.data());
        last_text_ = one_line(std::string_view(text, value.size() - 1), kMostText);
      });
}

bool RouteSocket::change(std::span<const fib::Change> changes, const fib::Targets& targets,
                         const Place& place, std::vector<std::optional<int>>& outcomes) {
  outcomes.assign(changes.size(), std::nullopt);
  return changes.empty() || carry_out(changes, targets, place, outcomes);
}

// Without CAP_NET_ADMIN in the initial user namespace, the send buffer has twice net.core.wmem_max
// (set_buffer()), which is too small for 512 routes with many hops. Such a batch goes in halves.
// The buffer has room for every single change. If the kernel carried out the first half and did not
// get the second, the outcomes of the second half stay unknown.
bool RouteSocket::carry_out(std::span<const fib::Change> changes, const fib::Targets& targets,
                            const Place& place, std::span<std::optional<int>> outcomes) {
  ChangeMessages messages(place);
  messages.set(changes, targets, sequence_);
  sequence_ = messages.last() + 1;
  if (!send(messages.octets())) {
    const std::size_t half = changes.size() / 2;
    if (errno != EMSGSIZE || half == 0) return false;
    if (!carry_out(changes.first(half), targets, place, outcomes.first(half))) return false;
    (void)carry_out(changes.subspan(half), targets, place, outcomes.subspan(half));
    return true;
  }
  bool whole = false;
  std::vector<std::pair<std::size_t, int>> errors;
  while (!whole) {
    const auto datagram = receive();
    if (!datagram) break;
    (void)netlink::for_each_message(*datagram, [&](const nlmsghdr& header, Octets body) {
      const auto error = netlink::read<nlmsgerr>(body);
      if (header.nlmsg_type != NLMSG_ERROR || !error) return true;
      const auto of = messages.decides(header.nlmsg_seq);
      if (of) errors.emplace_back(*of, -error->error);
      if (of && error->error != 0) note_text(header, body);
      whole = whole || header.nlmsg_seq == messages.last();
      return true;
    });
  }
  // The kernel answers failures and the last message. After the last answer, changes without an
  // answer are done.
  if (whole) std::ranges::fill(outcomes, std::optional(0));
  for (const auto& [of, error] : errors) outcomes[of] = error;
  return true;
}

void RouteSocket::remove(const Prefix& prefix, const Place& place, const fib::Hops& hops) {
  const std::uint32_t sequence = sequence_++;
  if (!send(remove_message(prefix, place, hops, sequence))) return;
  while (receive()) {
  }
}

// Hops that the route hides are those of the way of a packet, one where the object is a group.
RouteSocket::Found RouteSocket::find_route(const IpAddress& address, std::uint32_t interface) {
  Found found = ask(address, interface, LookUp::Route);
  if (!found.route || !found.route->hides_hops) return found;
  if (const Found way = ask(address, interface, LookUp::Way); way.route) {
    found.route->hops = way.route->hops;
    found.route->usable = way.route->usable;
    found.route->encapsulates = way.route->encapsulates;
  }
  return found;
}

RouteSocket::Found RouteSocket::ask(const IpAddress& address, std::uint32_t interface,
                                    LookUp what) {
  const std::uint32_t sequence = sequence_++;
  Found found{std::nullopt, EIO, false};
  if (!send(lookup_message(address, interface, what, sequence))) {
    if (errno != 0) found.error = errno;
    return found;
  }
  bool answered = false;
  while (!answered) {
    const auto datagram = receive();
    if (!datagram) break;
    (void)netlink::for_each_message(*datagram, [&](const nlmsghdr& header, Octets body) {
      if (header.nlmsg_seq != sequence) return true;
      answered = true;
      if (header.nlmsg_type == NLMSG_ERROR) {
        const auto error = netlink::read<nlmsgerr>(body);
        if (error && error->error != 0) found.error = -error->error;
      } else if (auto route =
                     what == LookUp::Route ? parse_route(header, body) : parse_way(header, body)) {
        found = {std::move(*route), 0, false};
      }
      return true;
    });
  }
  if (means_no_route(found.error)) {
    found.refused = found.error == EHOSTUNREACH || found.error == EACCES || found.error == EINVAL;
    found.error = ENETUNREACH;
  }
  return found;
}

// If the best route to the address is ours, find_way() asks about a neighboring address, which
// differs in the last bit of our prefix. If the best route to the neighboring address also covers
// the first address, that route is the best one without ours.
//
// Else that route may hide a shorter route to the first address. find_way() then asks about an
// address that differs one bit earlier, and so on. A route found in this way may be shorter than
// the best one, and a default route found in this way is no answer.
std::optional<RouteSocket::Way> RouteSocket::find_way(const IpAddress& address,
                                                      std::optional<std::uint8_t> own_protocol) {
  Way way;
  IpAddress asked = address;
  unsigned same = 0;  // leading bits that `asked` has in common with `address`
  bool hidden = false;
  while (true) {
    Found found = find_route(asked, 0);
    if (found.error != 0 && found.error != ENETUNREACH) {
      errno = found.error;
      return std::nullopt;
    }
    way.refused = found.refused && !way.behind_own;
    if (!found.route) return way;
    if (found.route->prefix.contains(address)) {
      same = found.route->prefix.length();
      if (hidden && same == 0) return way;
      if (found.route->protocol != own_protocol || same == 0) {
        way.route = std::move(found.route);
        return way;
      }
      way.behind_own = true;
    } else if (same == 0) {
      return way;
    } else {
      hidden = true;
    }
    --same;
    asked = with_bit_flipped(address, same);
  }
}

std::optional<fib::Resolution> RouteSocket::look_up(const IpAddress& next_hop, const Place& place) {
  const auto way = find_way(next_hop, place.protocol);
  if (!way) return std::nullopt;
  fib::Resolution answer;
  if (way->route) answer = resolution_of(next_hop, *way->route, place);
  if (way->behind_own && answer.why != fib::Failure::None) answer = {fib::Failure::OwnRoute, {}};
  answer.behind_own = way->behind_own;
  return answer;
}

std::optional<fib::Resolution> RouteSocket::look_up_link(const fib::NextHop& next_hop) {
  const Found found = find_route(next_hop.address, next_hop.interface);
  if (found.error == 0 || found.error == ENETUNREACH) {
    return resolution_on_link(next_hop, found.route);
  }
  errno = found.error;
  return std::nullopt;
}

// A recv() has the kernel write the next routes of a dump. Without memory for them, the kernel
// stops writing, but the dump does not end, and each later request for a dump is refused with
// EBUSY. That refusal is a message, so its recv() lets the dump go on: reading until nothing is
// left ends the dump, unless memory is short once more.
RouteSocket::Dump RouteSocket::for_each(IpVersion version, const Place& place, const Each& fn) {
  bool busy = false;
  Dump made = dump(version, place, fn, busy);
  for (int tries = 0; busy && tries < kMostDrains; ++tries) {
    while (receive()) {
    }
    made = dump(version, place, fn, busy);
  }
  return made;
}

RouteSocket::Dump RouteSocket::dump(IpVersion version, const Place& place, const Each& fn,
                                    bool& busy) {
  busy = false;
  const std::uint32_t sequence = sequence_++;
  if (!send(dump_message(version, place, sequence))) return Dump::Failed;
  bool changed = false;
  while (true) {
    const auto datagram = receive();
    if (!datagram) return Dump::Failed;
    std::optional<int> end;  // the error, or 0
    const bool sound =
        netlink::for_each_message(*datagram, [&](const nlmsghdr& header, Octets body) {
          if (header.nlmsg_seq != sequence) return true;
          changed = changed || (header.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
          if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR) {
            const int error = netlink::read<int>(body).value_or(0);
            end = error == -ENOENT ? 0 : -error;  // there is no such table
          }
          const auto route = parse_route(header, body);
          if (route && route->table == place.table && route->protocol == place.protocol) {
            fn(*route);
          }
          return !end;
        });
    if (sound && !end) continue;
    errno = end.value_or(EBADMSG);
    busy = errno == EBUSY;
    if (errno != 0) return Dump::Failed;
    return changed ? Dump::Changed : Dump::Whole;
  }
}

// Our own changes can cause a million notifications. The filter drops these by nlmsg_pid, the port
// of the socket that caused the notification.
Descriptor open_route_monitor(std::uint32_t port) {
  Descriptor made = netlink::open_monitor(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE |
                                          RTMGRP_IPV6_ROUTE | kNextHopObjects);
  if (!made.is_open()) return made;
  constexpr std::uint32_t kPort = offsetof(nlmsghdr, nlmsg_pid);
  std::array<sock_filter, 4> program{
      sock_filter{BPF_LD | BPF_ABS | BPF_W, 0, 0, kPort},
      // BPF reads words in network order.
      sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 0, 1, htonl(port)},
      sock_filter{BPF_RET | BPF_K, 0, 0, 0},
      sock_filter{BPF_RET | BPF_K, 0, 0, 0xFFFFFFFF},
  };
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  (void)::setsockopt(made.get(), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
  set_buffer(made, SO_RCVBUFFORCE, SO_RCVBUF, kMonitorOctets);
  return made;
}

}  // namespace tern::kernel
