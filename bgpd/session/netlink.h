// Messages of rtnetlink, by which the kernel shows and takes addresses, links and routes: reading,
// writing, and sockets. Internal to ternd; any thread.
//
// The functions that read check every length, and need no alignment.
#pragma once

#include <linux/rtnetlink.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "rib/types/ip_address.h"

namespace tern::session::netlink {

inline constexpr std::size_t kMostOctets = 32 * 1024;  // that the kernel puts into one answer

using Octets = std::span<const std::byte>;

// An open socket, closed at the end of the scope. Below zero: none.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

// A socket for questions, whose answers recv() gets without waiting.
[[nodiscard]] Descriptor open_socket();
// A socket that does not wait, and that gets notifications of the groups (RTMGRP_*). Below zero:
// the reason is in errno.
[[nodiscard]] Descriptor open_monitor(std::uint32_t groups);

// ---- Reading

// The structure at the beginning of the octets.
template <typename Struct>
[[nodiscard]] std::optional<Struct> read(Octets octets) {
  static_assert(std::is_trivially_copyable_v<Struct>);
  if (octets.size() < sizeof(Struct)) return std::nullopt;
  Struct made{};
  std::memcpy(&made, octets.data(), sizeof made);
  return made;
}

// The octets behind a unit of `length` octets, which is aligned to four octets.
[[nodiscard]] Octets behind(Octets octets, std::size_t length);

// Calls fn(header, body) for each message of a datagram until fn returns false. False: a message
// has an impossible length.
template <typename Fn>
[[nodiscard]] bool for_each_message(Octets datagram, Fn&& fn) {
  while (!datagram.empty()) {
    const auto header = read<nlmsghdr>(datagram);
    if (!header || header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > datagram.size()) {
      return false;
    }
    const Octets body = datagram.subspan(sizeof(nlmsghdr), header->nlmsg_len - sizeof(nlmsghdr));
    if (!fn(*header, body)) break;
    datagram = behind(datagram, header->nlmsg_len);
  }
  return true;
}

// Calls fn(type, value) for each attribute, up to the first with an impossible length. The type is
// without the flags of nested attributes.
template <typename Fn>
void for_each_attribute(Octets attributes, Fn&& fn) {
  while (!attributes.empty()) {
    const auto attribute = read<rtattr>(attributes);
    if (!attribute || attribute->rta_len < sizeof(rtattr) ||
        attribute->rta_len > attributes.size()) {
      break;
    }
    fn(static_cast<std::uint16_t>(attribute->rta_type & NLA_TYPE_MASK),
       attributes.subspan(sizeof(rtattr), attribute->rta_len - sizeof(rtattr)));
    attributes = behind(attributes, attribute->rta_len);
  }
}

// Nothing where the value has the size of no address.
[[nodiscard]] std::optional<IpAddress> address_of(Octets value);

// ---- Writing

// Appends an attribute, aligned to four octets.
void append_attribute(std::vector<std::byte>& out, std::uint16_t type, Octets value);

// A message: a header, a structure, and attributes.
class Message {
 public:
  // type: RTM_*; flags: NLM_F_*.
  template <typename Body>
  Message(std::uint16_t type, std::uint16_t flags, const Body& body) {
    static_assert(std::is_trivially_copyable_v<Body>);
    header_.nlmsg_type = type;
    header_.nlmsg_flags = flags;
    octets_.resize(sizeof header_);
    append({reinterpret_cast<const std::byte*>(&body), sizeof body});
  }
  void add(std::uint16_t attribute, Octets value);
  void add(std::uint16_t attribute, const IpAddress& address);
  void add(std::uint16_t attribute, std::uint32_t value);

  // The whole message; sequence: repeated in the kernel's answer.
  [[nodiscard]] Octets finish(std::uint32_t sequence = 0);

 private:
  void append(Octets octets);  // and aligns

  nlmsghdr header_{};
  std::vector<std::byte> octets_;
};

}  // namespace tern::session::netlink
