// RouteSocket changes and reads the kernel's routes (rtnetlink). open_route_monitor() opens a
// socket with notifications of changes by other programs. A socket is for one thread at a time.
//
// The kernel carries out a message while send() runs, so the answers are there when send() returns.
// No call waits for anything but the kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bgpd/kernel/route_messages.h"

namespace tern::kernel {

class RouteSocket {
 public:
  // Nothing: errno has the reason.
  [[nodiscard]] static std::optional<RouteSocket> open();

  // Notifications of changes by this socket have this number in nlmsg_pid.
  [[nodiscard]] std::uint32_t port() const { return port_; }

  // Carries out changes. outcomes[i] is the kernel's error for changes[i]; 0: done; nothing: the
  // answer was lost. Changes that are together larger than the send buffer go in several calls of
  // send(). False: the kernel got none of the changes, and errno has the reason.
  [[nodiscard]] bool change(std::span<const fib::Change> changes, const fib::Targets& targets,
                            const Place& place, std::vector<std::optional<int>>& outcomes);
  // Removes a route of the place that has these hops. Errors are ignored.
  void remove(const Prefix& prefix, const Place& place, const fib::Hops& hops);
  // How packets would reach an address without the routes of ternd.
  struct Way {
    // The best route that is not ours. Nothing, or our default route: no such route was found.
    std::optional<ShownRoute> route;
    bool refused = false;     // the best route has the type blackhole, unreachable or prohibit
    bool behind_own = false;  // the best route is ours, and not a default route
  };
  // own_protocol: rtm_protocol of our routes; nothing: there are none. Returns nothing if the
  // kernel gave no answer; errno then has the reason.
  [[nodiscard]] std::optional<Way> find_way(const IpAddress& address,
                                            std::optional<std::uint8_t> own_protocol);
  // Resolves a next hop by find_way(). Nothing: the kernel gave no answer, and errno has the
  // reason.
  [[nodiscard]] std::optional<fib::Resolution> look_up(const IpAddress& next_hop,
                                                       const Place& place);
  // Resolves a link-local next hop by the best route through its interface.
  [[nodiscard]] std::optional<fib::Resolution> look_up_link(const fib::NextHop& next_hop);
  enum class Dump : std::uint8_t {
    Whole,
    Changed,  // routes changed during the dump, so some may be missing (NLM_F_DUMP_INTR)
    Failed,   // errno has the reason
  };
  // Calls fn for each route of the protocol in the table, of any metric. After a failure, or where
  // fn throws, the kernel may still have routes of this dump for the socket. The next for_each()
  // reads them to their end first.
  using Each = std::function<void(const ShownRoute&)>;
  [[nodiscard]] Dump for_each(IpVersion version, const Place& place, const Each& fn);

  // The text of the kernel's last error, in one line; empty: none.
  [[nodiscard]] const std::string& last_text() const { return last_text_; }

 private:
  explicit RouteSocket(session::netlink::Descriptor descriptor, std::uint32_t port)
      : descriptor_(std::move(descriptor)), port_(port), buffer_(session::netlink::kMostOctets) {}

  // The best route to an address. error: 0; ENETUNREACH without a route; else the kernel gave no
  // answer.
  struct Found {
    std::optional<ShownRoute> route;
    int error = 0;
    bool refused = false;  // see Way
  };
  [[nodiscard]] Found find_route(const IpAddress& address, std::uint32_t interface);
  [[nodiscard]] Found ask(const IpAddress& address, std::uint32_t interface, LookUp what);
  [[nodiscard]] bool carry_out(std::span<const fib::Change> changes, const fib::Targets& targets,
                               const Place& place, std::span<std::optional<int>> outcomes);
  [[nodiscard]] bool send(Octets octets);
  // The next datagram. Nothing: errno has the reason.
  [[nodiscard]] std::optional<Octets> receive();
  // A dump, begun once. busy: the kernel refused it, because another dump has not ended.
  [[nodiscard]] Dump dump(IpVersion version, const Place& place, const Each& fn, bool& busy);
  void note_text(const nlmsghdr& header, Octets body);

  session::netlink::Descriptor descriptor_;
  std::uint32_t port_ = 0;
  std::uint32_t sequence_ = 1;
  std::vector<std::byte> buffer_;
  std::string last_text_;
};

// Opens a non-blocking socket with notifications about links, IPv4 addresses, nexthop objects and
// routes. Changes by the RouteSocket with this port are left out. Below zero: errno has the reason.
[[nodiscard]] session::netlink::Descriptor open_route_monitor(std::uint32_t port);

}  // namespace tern::kernel
