#include "bgpd/session/tcp.h"

#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace tern::session {
namespace asio = boost::asio;
namespace {

Failure failure(const char* what) { return std::string(what) + ": " + std::strerror(errno); }

Failure set_int(int fd, int level, int option, int value, const char* what) {
  if (setsockopt(fd, level, option, &value, sizeof value) == 0) return std::nullopt;
  return failure(what);
}

std::size_t queue_length(int fd, unsigned long request) {
  int bytes = 0;
  return ioctl(fd, request, &bytes) == 0 && bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
}

}  // namespace

Tcp::endpoint to_tcp(const IpAddress& address, std::uint16_t port, const std::string& interface) {
  if (address.is_v4()) return {asio::ip::address_v4(address.v4_value()), port};
  asio::ip::address_v6::bytes_type bytes;
  std::memcpy(bytes.data(), address.bytes().data(), bytes.size());
  return {asio::ip::address_v6(bytes, zone_index(interface)), port};
}

IpAddress from_tcp(const asio::ip::address& address) {
  if (address.is_v4()) return IpAddress::v4(address.to_v4().to_uint());
  const asio::ip::address_v6 v6 = address.to_v6();
  if (v6.is_v4_mapped()) return IpAddress::v4(make_address_v4(asio::ip::v4_mapped, v6).to_uint());
  const asio::ip::address_v6::bytes_type bytes = v6.to_bytes();
  return IpAddress::from_bytes(std::as_bytes(std::span(bytes)));
}

Endpoint from_tcp(const Tcp::endpoint& endpoint) {
  return {from_tcp(endpoint.address()), endpoint.port()};
}

std::string zone_of(const asio::ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_link_local()) return {};
  std::array<char, IF_NAMESIZE> name{};
  const auto scope = static_cast<unsigned>(address.to_v6().scope_id());
  return if_indextoname(scope, name.data()) != nullptr ? name.data() : std::string{};
}

std::uint32_t zone_index(const std::string& interface) {
  return interface.empty() ? 0 : if_nametoindex(interface.c_str());
}

bool on_interface(const asio::ip::address& address, const std::string& interface) {
  if (interface.empty()) return true;
  const std::uint32_t index = zone_index(interface);
  return address.is_v6() && index != 0 && address.to_v6().scope_id() == index;
}

std::string to_string(const PeerAddress& address) {
  const std::string text = address.address.to_string();
  return address.zone.empty() ? text : text + '%' + address.zone;
}

std::string to_string(const Endpoint& endpoint) {
  const std::string address = endpoint.address.to_string();
  const std::string host = endpoint.address.is_v6() ? "[" + address + "]" : address;
  return host + ":" + std::to_string(endpoint.port);
}

Failure set_md5(int fd, const Prefix& peers, const std::string& key) {
  tcp_md5sig md5{};
  const Tcp::endpoint endpoint = to_tcp(peers.address(), 0);
  std::memcpy(&md5.tcpm_addr, endpoint.data(), endpoint.size());
  md5.tcpm_keylen =
      static_cast<std::uint16_t>(std::min<std::size_t>(key.size(), TCP_MD5SIG_MAXKEYLEN));
  std::memcpy(md5.tcpm_key, key.data(), md5.tcpm_keylen);
  int option = TCP_MD5SIG;
  if (peers.length() != peers.address().bits()) {
    option = TCP_MD5SIG_EXT;
    md5.tcpm_flags = TCP_MD5SIG_FLAG_PREFIX;
    md5.tcpm_prefixlen = peers.length();
  }
  if (setsockopt(fd, IPPROTO_TCP, option, &md5, sizeof md5) == 0) return std::nullopt;
  if (key.empty() && errno == ENOENT) return std::nullopt;  // there was none to remove
  if (errno == ENOMEM) {
    return "TCP MD5 key for " + peers.to_string() +
           ": the kernel holds no more keys per listening socket; raise net.core.optmem_max "
           "(about 136 octets per key), or use a dynamic range with one key";
  }
  return failure("TCP MD5 key");
}

Failure bind_to_device(int fd, const std::string& device) {
  if (device.empty()) return std::nullopt;
  const auto length = static_cast<socklen_t>(device.size());
  if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device.data(), length) == 0) return std::nullopt;
  return "cannot bind to '" + device + "' (router.vrf): " + std::strerror(errno);
}

Failure set_hops(int fd, bool v6, const Transport& transport) {
  const int level = v6 ? static_cast<int>(IPPROTO_IPV6) : static_cast<int>(IPPROTO_IP);
  if (auto bad = set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY")) return bad;
  if (auto bad = set_int(fd, level, v6 ? IPV6_UNICAST_HOPS : IP_TTL, transport.ttl, "TTL")) {
    return bad;
  }
  if (!transport.minimum_ttl) return std::nullopt;
  return set_int(fd, level, v6 ? IPV6_MINHOPCOUNT : IP_MINTTL, *transport.minimum_ttl,
                 "GTSM minimum TTL");
}

void bound_unsent(int fd) {
  // The kernel wakes the writer when half of it is left.
  constexpr int kMostUnsent = 128 * 1024;  // octets
  (void)set_int(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, kMostUnsent, "TCP_NOTSENT_LOWAT");
}

bool uses_bbr(int fd) {
  std::array<char, 16> name{};  // TCP_CA_NAME_MAX of the kernel
  socklen_t length = name.size();
  return getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name.data(), &length) == 0 &&
         std::strncmp(name.data(), "bbr", 3) == 0;
}

void leave_bbr(int fd) {
  for (const std::string_view other : {"cubic", "reno"}) {
    const auto size = static_cast<socklen_t>(other.size());
    if (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, other.data(), size) == 0) return;
  }
}

void keep_syns(int listener) {
  // If the kernel refuses, protect() cannot check the SYN.
  (void)set_int(listener, IPPROTO_TCP, TCP_SAVE_SYN, 1, "TCP_SAVE_SYN");
}

namespace {

// TTL or hop limit of the SYN of an accepted connection. Nothing if the kernel did not keep the
// SYN, as with SYN cookies.
std::optional<std::uint8_t> syn_hops(int fd, bool v6) {
  std::array<std::uint8_t, 256> headers{};
  socklen_t length = headers.size();
  if (getsockopt(fd, IPPROTO_TCP, TCP_SAVED_SYN, headers.data(), &length) != 0) return {};
  const std::size_t at = v6 ? 7 : 8;  // RFC 8200 section 3, RFC 791 section 3.1
  if (length <= at || headers[0] >> 4U != (v6 ? 6 : 4)) return {};
  return headers[at];
}

}  // namespace

Failure protect(int fd, bool v6, const Transport& transport) {
  if (auto failure = set_hops(fd, v6, transport)) return failure;
  if (!transport.minimum_ttl) return std::nullopt;
  // From now on the kernel drops packets with too low a TTL. Packets that it accepted before came
  // from the sender of the SYN.
  const auto hops = syn_hops(fd, v6);
  if (hops && *hops < *transport.minimum_ttl) {
    return "it comes from too far: TTL " + std::to_string(*hops) + ", at least " +
           std::to_string(*transport.minimum_ttl) + " is needed (gtsm_hops)";
  }
  if (!hops && unread_bytes(fd) > 0) return "it sent before its TTL could be checked (gtsm_hops)";
  return std::nullopt;
}

std::size_t unread_bytes(int fd) { return queue_length(fd, SIOCINQ); }
std::size_t unsent_bytes(int fd) { return queue_length(fd, SIOCOUTQ); }

std::uint32_t round_trip_microseconds(int fd) {
  tcp_info info{};
  socklen_t length = sizeof info;
  return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 ? info.tcpi_rtt : 0;
}

}  // namespace tern::session
