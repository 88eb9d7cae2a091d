#include "bgpd/wire/nlri.h"

#include <algorithm>
#include <array>

namespace tern::wire {
namespace {

// The address whose first octets are `significant` and whose others are zero.
IpAddress padded(Bytes significant, Family family) {
  std::array<std::byte, 16> octets{};
  std::copy(significant.begin(), significant.end(), octets.begin());
  return IpAddress::from_bytes(Bytes(octets).first(family == Family::Ipv4Unicast ? 4 : 16));
}

}  // namespace

bool decode_nlri(Bytes field, Family family, bool add_path, std::vector<Nlri>& out) {
  const unsigned max_length = family == Family::Ipv4Unicast ? 32 : 128;
  Cursor cursor(field);
  while (!cursor.at_end()) {
    const std::uint32_t path_id = add_path ? cursor.u32() : 0;
    const std::uint8_t length = cursor.u8();
    if (length > max_length) return false;
    const Bytes significant = cursor.take((length + 7U) / 8U);
    if (!cursor.ok()) return false;
    out.push_back({Prefix(padded(significant, family), length), path_id});
  }
  return true;
}

void encode_nlri(const Nlri& nlri, bool add_path, Writer& writer) {
  if (add_path) writer.u32(nlri.path_id);
  writer.u8(nlri.prefix.length());
  writer.bytes(nlri.prefix.significant_bytes());
}

}  // namespace tern::wire
