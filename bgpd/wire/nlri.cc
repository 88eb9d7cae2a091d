#include "bgpd/wire/nlri.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace tern::wire {
namespace {

template <std::size_t kAddressSize>
std::byte* write_prefixes(std::span<const Nlri> prefixes, bool add_path, std::byte* at) {
  for (const Nlri& nlri : prefixes) {
    if (add_path) {
      store(nlri.path_id, at);
      at += sizeof nlri.path_id;
    }
    const unsigned length = nlri.prefix.length();
    *at++ = static_cast<std::byte>(length);
    std::memcpy(at, nlri.prefix.address().bytes().data(), kAddressSize);
    at += (length + 7) / 8;
  }
  return at;
}

// The address whose first octets are `significant` and whose others are zero.
std::uint32_t first_octets(Bytes significant) {
  if (significant.size() == 3) {  // most of the Internet's prefixes
    return (std::uint32_t{load<std::uint16_t>(significant.data())} << 16U) |
           (std::to_integer<std::uint32_t>(significant[2]) << 8U);
  }
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < significant.size(); ++i) {
    value |= std::to_integer<std::uint32_t>(significant[i]) << (24U - 8U * i);
  }
  return value;
}

IpAddress padded_v6(Bytes significant) {
  std::array<std::byte, 16> octets{};
  std::copy(significant.begin(), significant.end(), octets.begin());
  return IpAddress::from_bytes(octets);
}

}  // namespace

bool decode_nlri(Bytes field, Family family, bool add_path, std::vector<Nlri>& out) {
  const bool ipv4 = row(family).version == IpVersion::V4;
  const auto max_length = static_cast<unsigned>(address_bits(row(family).version));
  Cursor cursor(field);
  while (!cursor.at_end()) {
    const std::uint32_t path_id = add_path ? cursor.u32() : 0;
    const std::uint8_t length = cursor.u8();
    if (length > max_length) return false;
    const Bytes significant = cursor.take((length + 7U) / 8U);
    if (!cursor.ok()) return false;
    Nlri& nlri = out.emplace_back();
    nlri.family = family;
    nlri.prefix = ipv4 ? Prefix::v4(first_octets(significant), length)
                       : Prefix(padded_v6(significant), length);
    nlri.path_id = path_id;
  }
  return true;
}

void encode_nlri(const Nlri& nlri, bool add_path, Writer& writer) {
  if (add_path) writer.u32(nlri.path_id);
  writer.u8(nlri.prefix.length());
  writer.bytes(nlri.prefix.significant_bytes());
}

std::byte* encode_nlri(std::span<const Nlri> prefixes, bool add_path, std::byte* at) {
  if (prefixes.empty()) return at;
  return prefixes.front().prefix.address().is_v4() ? write_prefixes<4>(prefixes, add_path, at)
                                                   : write_prefixes<16>(prefixes, add_path, at);
}

}  // namespace tern::wire
