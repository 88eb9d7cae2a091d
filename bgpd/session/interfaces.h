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
  Prefix on_link;          // what the interface reaches by it; of the peer on a point-to-point link
  std::uint8_t scope = 0;  // of rtnetlink: 0 is global, the larger the narrower
  bool tentative = false;
  bool deprecated = false;
  bool temporary = false;  // RFC 8981; of IPv4: a secondary address of its subnet
};

// Those of the host at present, but for duplicates (RFC 4862), which are another host's. Nothing
// where the kernel does not tell. A system call or two, some microseconds for each address.
[[nodiscard]] std::optional<std::vector<InterfaceAddress>> interface_addresses();

// What the interfaces say of the subnet that holds both addresses. Of several addresses of the
// interface that holds `local`, v4, v6 and link_local are the widest in scope, rather one that
// lasts (not tentative, not deprecated, not temporary), and of these the lowest.
struct Link {
  std::optional<Prefix> subnet;     // nothing: they share none
  std::optional<IpAddress> v4, v6;  // addresses of the interface that holds `local`
  std::optional<IpAddress> link_local;
};
// interface: an index, where `local` may stand on several; 0: any.
[[nodiscard]] Link find_link(std::span<const InterfaceAddress> addresses, const IpAddress& local,
                             const IpAddress& peer, unsigned interface = 0);
// The same of the host at present. interface: a name, or nothing.
[[nodiscard]] Link find_link(const IpAddress& local, const IpAddress& peer,
                             const std::string& interface);

// Keeps the set of addresses of the host, live: it subscribes to what the kernel says of them.
class HostWatch {
 public:
  // Called on the loop after each change, with the addresses that came and those that went. Many
  // changes at once are one: the addresses are read a tenth of a second after the first.
  using Changed = std::function<void(const pipeline::HostAddresses&)>;

  HostWatch(boost::asio::io_context& context, Changed changed);
  ~HostWatch();
  HostWatch(const HostWatch&) = delete;
  HostWatch& operator=(const HostWatch&) = delete;

  // Never null.
  [[nodiscard]] const std::shared_ptr<const pipeline::HostAddresses>& addresses() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  // handlers outlive the object, and find it gone
};

}  // namespace tern::session
