// A neighbour behind a real socket, for tests of a whole Speaker: connects from an address of its
// own, brings the session up, and says and hears UPDATEs. Blocking; used by one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/wire/framer.h"
#include "bgpd/wire/open.h"
#include "bgpd/wire/update.h"
#include "rib/types/family.h"
#include "rib/types/path_attributes.h"
#include "rib/types/prefix.h"

namespace tern::session {

class SocketNeighbour {
 public:
  // number: of the address 127.0.1.number and of the AS 65000 + number.
  SocketNeighbour(std::uint32_t number, std::uint16_t port);
  ~SocketNeighbour();
  SocketNeighbour(const SocketNeighbour&) = delete;
  SocketNeighbour& operator=(const SocketNeighbour&) = delete;

  [[nodiscard]] static IpAddress address(std::uint32_t number);
  [[nodiscard]] static Asn asn(std::uint32_t number) { return 65000 + number; }

  // Connects until the session is up; false after ten seconds.
  [[nodiscard]] bool connect();
  // Offered in the OPENs from now on, seconds.
  void set_hold_time(std::uint16_t seconds) { hold_time_ = seconds; }
  // The same.
  [[nodiscard]] wire::Capabilities& capabilities() { return capabilities_; }
  // Of the next connection: so little is taken in before it is heard.
  void set_receive_buffer(int octets) { receive_buffer_ = octets; }
  // Of what is sent, from the next connection on.
  void set_ttl(int ttl) { ttl_ = ttl; }
  // One attempt to connect and to bring the session up. False also when it is up no more.
  [[nodiscard]] bool try_connect();
  // Connects and sends OPEN and KEEPALIVE at once; hears nothing. False where it cannot.
  [[nodiscard]] bool burst();
  // Whether the other end has closed the connection; waits up to ten seconds for it.
  [[nodiscard]] bool is_closed();
  // The last NOTIFICATION that came, code and subcode.
  [[nodiscard]] std::optional<std::pair<int, int>> notification() const { return notification_; }
  // Closes without a word.
  void close();
  // Sends whole messages while it hears what comes; false where the connection broke.
  bool send(std::span<const std::byte> messages);
  // Sends append_announcements() of its number.
  bool announce(std::uint32_t first, std::uint32_t last, std::uint32_t flavour = 0);
  // Sends End-of-RIB (RFC 4724 section 2).
  bool end_table(Family family = Family::Ipv4Unicast);
  // Hears what comes for so long.
  void listen(int milliseconds);
  // The same, until the condition holds; false after half a minute.
  template <typename Fn>
  [[nodiscard]] bool hears_until(Fn&& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition()) {
      if (!open() || std::chrono::steady_clock::now() > end) return false;
      listen(5);
    }
    return true;
  }

  // AS paths by prefix, as last told; a session begins with nothing.
  [[nodiscard]] const std::map<Prefix, std::string>& advertised() const { return advertised_; }
  [[nodiscard]] bool open() const { return socket_ >= 0; }
  // Prefixes announced to it in all its sessions, repeats included.
  [[nodiscard]] std::uint64_t announcements() const { return announcements_; }

 private:
  bool hear();
  void take(const wire::Frame& frame);

  const std::uint32_t number_;
  const std::uint16_t port_;
  std::uint16_t hold_time_ = 90;
  int receive_buffer_ = 0;  // 0: the kernel's choice
  int ttl_ = 64;
  std::optional<std::pair<int, int>> notification_;
  int socket_ = -1;
  bool established_ = false;
  std::vector<std::byte> in_;
  wire::UpdateMessage update_;
  std::map<Prefix, std::string> advertised_;
  wire::Capabilities capabilities_;
  std::uint64_t announcements_ = 0;
};

// The prefix of that number: 10.0.0.0/24 is 0.
[[nodiscard]] Prefix prefix_of(std::uint32_t number);
// What a neighbour of that number sends for prefixes [first, last) of 10.0.0.0/8, /24 each;
// `flavour` changes the attributes. Eight prefixes share a set.
void append_announcements(std::uint32_t number, std::uint32_t first, std::uint32_t last,
                          std::uint32_t flavour, std::vector<std::byte>& out);
void append_withdrawals(std::uint32_t first, std::uint32_t last, std::vector<std::byte>& out);

// As text, which is how commands name a neighbor.
[[nodiscard]] inline std::string address_text(std::uint32_t number) {
  return SocketNeighbour::address(number).to_string();
}

}  // namespace tern::session
