#include "bgpd/session/netlink.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace tern::session::netlink {
namespace {

constexpr std::size_t align(std::size_t length) { return (length + 3U) & ~std::size_t{3}; }

void append_aligned(std::vector<std::byte>& out, Octets octets) {
  out.insert(out.end(), octets.begin(), octets.end());
  out.resize(align(out.size()));
}

Descriptor open_with(int flags) {
  return Descriptor(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, NETLINK_ROUTE));
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Descriptor open_socket() { return open_with(0); }

Descriptor open_monitor(std::uint32_t groups) {
  Descriptor made = open_with(SOCK_NONBLOCK);
  if (!made.is_open()) return made;
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = groups;
  if (::bind(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return made;
  }
  const int why = errno;
  made = Descriptor(-1);
  errno = why;
  return made;
}

Octets behind(Octets octets, std::size_t length) {
  return octets.subspan(std::min(align(length), octets.size()));
}

std::optional<IpAddress> address_of(Octets value) {
  if (value.size() != 4 && value.size() != 16) return std::nullopt;
  return IpAddress::from_bytes(value);
}

void append_attribute(std::vector<std::byte>& out, std::uint16_t type, Octets value) {
  rtattr head{};
  head.rta_type = type;
  head.rta_len = static_cast<std::uint16_t>(sizeof head + value.size());
  const auto* const octets = reinterpret_cast<const std::byte*>(&head);
  out.insert(out.end(), octets, octets + sizeof head);
  append_aligned(out, value);
}

void Message::append(Octets octets) { append_aligned(octets_, octets); }

void Message::add(std::uint16_t attribute, Octets value) {
  append_attribute(octets_, attribute, value);
}

void Message::add(std::uint16_t attribute, const IpAddress& address) {
  add(attribute, Octets(address.bytes()));
}

void Message::add(std::uint16_t attribute, std::uint32_t value) {
  add(attribute, {reinterpret_cast<const std::byte*>(&value), sizeof value});
}

Octets Message::finish(std::uint32_t sequence) {
  header_.nlmsg_len = static_cast<std::uint32_t>(octets_.size());
  header_.nlmsg_seq = sequence;
  std::memcpy(octets_.data(), &header_, sizeof header_);
  return octets_;
}

}  // namespace tern::session::netlink
