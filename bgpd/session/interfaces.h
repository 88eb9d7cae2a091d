// The addresses of this host's interfaces, by rtnetlink. Internal to bgpd/session; loop thread
// only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bgpd/pipeline/host_addresses.h"
#include "rib/types/prefix.h"

namespace boost::asio {
class io_context;
}

namespace tern::session {

struct InterfaceAddress {
  unsigned interface = 0;  // index
  IpAddress address;       // ours
  Prefix on_link;          // its subnet; on a point-to-point link the subnet of the peer's address
  std::uint8_t scope = 0;  // of rtnetlink: 0 is global, the larger the narrower
  bool tentative = false;
  bool deprecated = false;
  bool temporary = false;  // RFC 8981; of IPv4: a secondary address of its subnet
};

// The addresses of the host at present, without duplicates (RFC 4862), which are another host's.
// Nothing if the kernel gives no answer. Takes a system call or two, some microseconds for each
// address.
[[nodiscard]] std::optional<std::vector<InterfaceAddress>> interface_addresses();

// Whether the host has an interface of the name that is up and has its carrier (IFF_RUNNING). Takes
// a system call or two.
[[nodiscard]] bool interface_is_up(const std::string& name);

// The subnet that holds both addresses of a session, and our addresses on it. Of several addresses
// of the interface that has `local`, v4, v6 and link_local are the widest in scope; of these, one
// that lasts (not tentative, not deprecated, not temporary); of these, the lowest.
struct Link {
  std::optional<Prefix> subnet;     // nothing: the addresses share none
  std::optional<IpAddress> v4, v6;  // addresses of the interface that has `local`
  std::optional<IpAddress> link_local;
};
// interface: an index, if several interfaces may have `local`; 0: any.
[[nodiscard]] Link find_link(std::span<const InterfaceAddress> addresses, const IpAddress& local,
                             const IpAddress& peer, unsigned interface = 0);
// The same for the host at present. interface: a name, or empty.
[[nodiscard]] Link find_link(const IpAddress& local, const IpAddress& peer,
                             const std::string& interface);

// Keeps the set of addresses of the host up to date: subscribes to the kernel's notifications.
class HostWatch {
 public:
  // Called on the loop after each change, with the addresses that came or went. Changes coalesce:
  // the addresses are read a tenth of a second after the first change.
  using Changed = std::function<void(const pipeline::HostAddresses&)>;

  HostWatch(boost::asio::io_context& context, Changed changed);
  ~HostWatch();
  HostWatch(const HostWatch&) = delete;
  HostWatch& operator=(const HostWatch&) = delete;

  // Never null.
  [[nodiscard]] const std::shared_ptr<const pipeline::HostAddresses>& addresses() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with handlers that outlive the HostWatch
};

}  // namespace tern::session
