#include "bgpd/session/interfaces.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <tuple>
#include <utility>

#include "bgpd/session/netlink.h"
#include "bgpd/session/tcp.h"

namespace tern::session {
namespace asio = boost::asio;
namespace {

constexpr auto kSettle = std::chrono::milliseconds(100);
constexpr auto kRetry = std::chrono::seconds(1);  // when the addresses could not be read
constexpr int kMostReads = 64;                    // in one turn of the loop

using netlink::Octets;

// body: of an RTM_NEWADDR.
std::optional<InterfaceAddress> parse(Octets body) {
  const auto message = netlink::read<ifaddrmsg>(body);
  if (!message || (message->ifa_family != AF_INET && message->ifa_family != AF_INET6)) {
    return std::nullopt;
  }
  std::optional<IpAddress> local;
  std::optional<IpAddress> on_link;
  std::uint32_t flags = message->ifa_flags;
  netlink::for_each_attribute(netlink::behind(body, sizeof(ifaddrmsg)),
                              [&](std::uint16_t type, Octets value) {
                                if (type == IFA_LOCAL) local = netlink::address_of(value);
                                if (type == IFA_ADDRESS) on_link = netlink::address_of(value);
                                if (type == IFA_FLAGS)
                                  flags = netlink::read<std::uint32_t>(value).value_or(flags);
                              });
  if (!local) local = on_link;  // IPv6 gives IFA_LOCAL only where there is a peer
  if (!on_link) on_link = local;
  if (!local || (flags & IFA_F_DADFAILED) != 0 || message->ifa_prefixlen > on_link->bits()) {
    return std::nullopt;
  }
  InterfaceAddress made;
  made.interface = message->ifa_index;
  made.address = *local;
  made.on_link = Prefix(*on_link, message->ifa_prefixlen);
  made.scope = message->ifa_scope;
  made.tentative = (flags & IFA_F_TENTATIVE) != 0;
  made.deprecated = (flags & IFA_F_DEPRECATED) != 0;
  made.temporary = (flags & IFA_F_TEMPORARY) != 0;
  return made;
}

// Adds the addresses of one datagram of the answer. Returns whether it was the last; nothing when
// it was no answer.
std::optional<bool> take(Octets answer, std::vector<InterfaceAddress>& out) {
  std::optional<bool> last = false;
  const bool sound = netlink::for_each_message(answer, [&](const nlmsghdr& header, Octets body) {
    if (header.nlmsg_type == NLMSG_DONE) last = true;
    if (header.nlmsg_type == NLMSG_ERROR) last = std::nullopt;
    if (header.nlmsg_type == RTM_NEWADDR) {
      if (auto address = parse(body)) out.push_back(std::move(*address));
    }
    return last == false;
  });
  return sound ? last : std::nullopt;
}

// Smaller is better.
auto rank(const InterfaceAddress& one) {
  return std::tuple(one.scope, one.tentative, one.deprecated, one.temporary, one.address);
}

}  // namespace

std::optional<std::vector<InterfaceAddress>> interface_addresses() {
  const netlink::Descriptor socket = netlink::open_socket();
  netlink::Message request(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, ifaddrmsg{});
  const Octets octets = request.finish();
  if (::send(socket.get(), octets.data(), octets.size(), 0) != std::ssize(octets)) {
    return std::nullopt;
  }
  std::vector<std::byte> buffer(netlink::kMostOctets);
  std::vector<InterfaceAddress> addresses;
  while (true) {
    // The kernel has the answer ready, so recv() does not wait.
    const ssize_t size = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return std::nullopt;
    const auto last = take(Octets(buffer).first(static_cast<std::size_t>(size)), addresses);
    if (!last) return std::nullopt;
    if (*last) return addresses;
  }
}

Link find_link(std::span<const InterfaceAddress> addresses, const IpAddress& local,
               const IpAddress& peer, unsigned interface) {
  Link link;
  unsigned found = 0;
  for (const InterfaceAddress& one : addresses) {
    if (one.address != local || (interface != 0 && one.interface != interface)) continue;
    const bool shared = one.on_link.contains(peer) && !link.subnet;
    if (found == 0 || shared) found = one.interface;
    if (shared) link.subnet = one.on_link;
  }
  if (found == 0) return link;
  const InterfaceAddress* v4 = nullptr;
  const InterfaceAddress* v6 = nullptr;
  const InterfaceAddress* link_local = nullptr;
  for (const InterfaceAddress& one : addresses) {
    if (one.interface != found || one.address.is_loopback()) continue;
    const InterfaceAddress*& best = one.address.is_v4()           ? v4
                                    : one.address.is_link_local() ? link_local
                                                                  : v6;
    if (best == nullptr || rank(one) < rank(*best)) best = &one;
  }
  if (v4 != nullptr) link.v4 = v4->address;
  if (v6 != nullptr) link.v6 = v6->address;
  if (link_local != nullptr) link.link_local = link_local->address;
  return link;
}

Link find_link(const IpAddress& local, const IpAddress& peer, const std::string& interface) {
  const auto addresses = interface_addresses();
  if (!addresses) return {};
  return find_link(*addresses, local, peer, zone_index(interface));
}

bool interface_is_up(const std::string& name) {
  const netlink::Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  if (socket.get() < 0 || name.size() >= sizeof request.ifr_name) return false;
  std::memcpy(request.ifr_name, name.c_str(), name.size() + 1);
  if (::ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) return false;
  constexpr int kUp = IFF_UP | IFF_RUNNING;
  return (request.ifr_flags & kUp) == kUp;
}

// ---- Changes

struct HostWatch::State : std::enable_shared_from_this<State> {
  State(asio::io_context& context, Changed what)
      : socket(context), settle(context), changed(std::move(what)) {}

  void open() {
    netlink::Descriptor made = netlink::open_monitor(RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR);
    if (!made.is_open()) {
      spdlog::warn("changes of this host's addresses will not be seen: {}", std::strerror(errno));
    } else {
      socket.assign(made.release());
      listen();
    }
    look();
  }

  void listen() {
    socket.async_wait(asio::posix::stream_descriptor::wait_read,
                      [weak = weak_from_this()](const boost::system::error_code& error) {
                        const auto state = weak.lock();
                        if (error || !state) return;
                        state->drain();
                        state->listen();
                      });
  }

  // Discards the messages unread: any message, and also a full buffer of messages (ENOBUFS), means
  // that addresses changed.
  void drain() {
    std::byte octet{};
    for (int reads = 0; reads < kMostReads; ++reads) {
      if (::recv(socket.native_handle(), &octet, sizeof octet, MSG_DONTWAIT) < 0 &&
          errno != ENOBUFS && errno != EINTR) {
        break;
      }
    }
    look_later(kSettle);
  }

  void look_later(std::chrono::milliseconds delay) {
    if (std::exchange(waits, true)) return;
    settle.expires_after(delay);
    settle.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto state = weak.lock();
      if (error || !state) return;
      state->waits = false;
      state->look();
    });
  }

  void look() {
    const auto present = interface_addresses();
    if (!present) return look_later(kRetry);  // a process without free descriptors
    std::vector<IpAddress> all;
    all.reserve(present->size());
    for (const InterfaceAddress& one : *present) all.push_back(one.address);
    auto now = std::make_shared<const pipeline::HostAddresses>(std::move(all));
    const auto difference = pipeline::HostAddresses::difference(*addresses, *now);
    if (difference.empty()) return;
    addresses = std::move(now);
    if (changed) changed(difference);
  }

  asio::posix::stream_descriptor socket;
  asio::steady_timer settle;
  Changed changed;
  std::shared_ptr<const pipeline::HostAddresses> addresses =
      std::make_shared<const pipeline::HostAddresses>();
  bool waits = false;
};

HostWatch::HostWatch(asio::io_context& context, Changed changed)
    : state_(std::make_shared<State>(context, nullptr)) {
  state_->open();
  state_->changed = std::move(changed);
}

HostWatch::~HostWatch() { state_->changed = nullptr; }

const std::shared_ptr<const pipeline::HostAddresses>& HostWatch::addresses() const {
  return state_->addresses;
}

}  // namespace tern::session
