// Socket options and address conversions of BGP's TCP connections. For bgpd/session and
// bgpd/vrps.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "bgpd/session/settings.h"
#include "rib/types/prefix.h"

namespace tern::session {

using Tcp = boost::asio::ip::tcp;

// interface: of a link-local address; an unknown one gives scope 0.
[[nodiscard]] Tcp::endpoint to_tcp(const IpAddress& address, std::uint16_t port,
                                   const std::string& interface = {});
[[nodiscard]] IpAddress from_tcp(const boost::asio::ip::address& address);
[[nodiscard]] Endpoint from_tcp(const Tcp::endpoint& endpoint);
// Name of the interface of a link-local IPv6 address; empty for others.
[[nodiscard]] std::string zone_of(const boost::asio::ip::address& address);
// The index of an interface; 0 for no name and for an unknown one.
[[nodiscard]] std::uint32_t zone_index(const std::string& interface);
// Whether the address is on that interface, which may be given by any of its names. An empty name:
// any interface, as for addresses other than link-local ones.
[[nodiscard]] bool on_interface(const boost::asio::ip::address& address,
                                const std::string& interface);

// An error of the system in words, or nothing.
using Failure = std::optional<std::string>;

// Binds the socket to a VRF or another interface: before bind() and connect(). An empty name does
// nothing. Connections that a listener accepts are bound as the listener is.
[[nodiscard]] Failure bind_to_device(int fd, const std::string& device);

// RFC 2385. `peers`: one address, or a range with its length. An empty key removes it. The text of
// a failure names the kernel's limit where that is the cause.
[[nodiscard]] Failure set_md5(int fd, const Prefix& peers, const std::string& key);

// Sets the TTL of sent packets, and with GTSM (RFC 5082) the least TTL that is accepted;
// TCP_NODELAY.
[[nodiscard]] Failure set_hops(int fd, bool v6, const Transport& transport);

// The caller calls protect() before reading from an accepted connection. protect() does set_hops()
// and, where the transport has a least TTL, checks the TTL of the SYN, which stands for all earlier
// packets. A failure is the reason why the caller must not use the connection. Requires keep_syns()
// of the listener.
[[nodiscard]] Failure protect(int fd, bool v6, const Transport& transport);
void keep_syns(int listener);

// The socket takes no more while 128 KiB wait in it unsent: a KEEPALIVE or a change that the caller
// writes later waits behind no more than these. A kernel without the option leaves the socket as it
// is.
void bound_unsent(int fd);

// The congestion control of the socket is BBR, and becomes cubic, or reno where the process may not
// choose cubic.
[[nodiscard]] bool uses_bbr(int fd);
void leave_bbr(int fd);

// Octets waiting to be read; octets sent but not yet acknowledged or not yet sent.
[[nodiscard]] std::size_t unread_bytes(int fd);
[[nodiscard]] std::size_t unsent_bytes(int fd);
// Smoothed round trip of the connection, microseconds; 0 where unknown.
[[nodiscard]] std::uint32_t round_trip_microseconds(int fd);

}  // namespace tern::session
