#include "rib/types/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstring>

#include "rib/types/hash.h"

namespace tern {
namespace {

constexpr std::size_t kIpv4Size = 4;
constexpr std::size_t kIpv6Size = 16;
constexpr int kGroups = 8;  // of 16 bits, RFC 4291 section 2.2

using Groups = std::array<unsigned, kGroups>;

void append_number(std::string& text, unsigned number, int base) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
  text.append(digits.data(), end);
}

void append_dotted_quad(std::string& text, std::span<const std::byte> bytes) {
  for (std::size_t i = 0; i < kIpv4Size; ++i) {
    if (i != 0) text += '.';
    append_number(text, std::to_integer<unsigned>(bytes[i]), 10);
  }
}

struct ZeroRun {
  int begin = 0;
  int size = 0;
};

// The groups that "::" replaces: the longest run of zero groups, the first of equals, never a
// single one (RFC 5952 section 4.2).
ZeroRun compressible(const Groups& groups) {
  ZeroRun best;
  ZeroRun run;
  for (int i = 0; i < kGroups; ++i) {
    if (groups[static_cast<std::size_t>(i)] != 0) {
      run = {};
      continue;
    }
    if (run.size == 0) run.begin = i;
    ++run.size;
    if (run.size > best.size) best = run;
  }
  return best.size > 1 ? best : ZeroRun{};
}

void append_groups(std::string& text, const Groups& groups) {
  const ZeroRun zeros = compressible(groups);
  for (int i = 0; i < kGroups; ++i) {
    if (zeros.size != 0 && i == zeros.begin) {
      text += "::";
      i += zeros.size - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    append_number(text, groups[static_cast<std::size_t>(i)], 16);
  }
}

// ::ffff:0:0/96, RFC 4291 section 2.5.5.2
bool is_v4_mapped(std::span<const std::byte> bytes) {
  return std::all_of(bytes.begin(), bytes.begin() + 10,
                     [](std::byte b) { return b == std::byte{0}; }) &&
         bytes[10] == std::byte{0xFF} && bytes[11] == std::byte{0xFF};
}

}  // namespace

IpAddress IpAddress::from_bytes(std::span<const std::byte> bytes) {
  assert(bytes.size() == kIpv4Size || bytes.size() == kIpv6Size);
  IpAddress address;
  address.v6_ = bytes.size() == kIpv6Size;
  std::copy_n(bytes.begin(), std::min(bytes.size(), kIpv6Size), address.bytes_.begin());
  return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  // inet_pton() stops at a terminator, so a text with one inside would be read only in part.
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  std::copy(text.begin(), text.end(), terminated.begin());

  IpAddress address;
  address.v6_ = text.find(':') != std::string_view::npos;
  if (inet_pton(address.v6_ ? AF_INET6 : AF_INET, terminated.data(), address.bytes_.data()) != 1) {
    return std::nullopt;
  }
  return address;
}

bool IpAddress::is_unspecified() const {
  return std::all_of(bytes_.begin(), bytes_.end(), [](std::byte b) { return b == std::byte{0}; });
}

bool IpAddress::is_loopback() const {
  if (is_v4()) return bytes_[0] == std::byte{127};
  return std::all_of(bytes_.begin(), bytes_.end() - 1,
                     [](std::byte b) { return b == std::byte{0}; }) &&
         bytes_[15] == std::byte{1};
}

bool IpAddress::is_multicast() const {
  if (is_v4()) return (bytes_[0] & std::byte{0xF0}) == std::byte{0xE0};
  return bytes_[0] == std::byte{0xFF};
}

bool IpAddress::is_link_local() const {
  if (is_v4()) return bytes_[0] == std::byte{169} && bytes_[1] == std::byte{254};
  return bytes_[0] == std::byte{0xFE} && (bytes_[1] & std::byte{0xC0}) == std::byte{0x80};
}

std::string IpAddress::to_string() const {
  std::string text;
  if (is_v4()) {
    append_dotted_quad(text, bytes());
    return text;
  }
  if (is_v4_mapped(bytes())) {
    text = "::ffff:";  // RFC 5952 section 5
    append_dotted_quad(text, bytes().subspan(12));
    return text;
  }
  Groups groups{};
  for (std::size_t i = 0; i < groups.size(); ++i) {
    groups[i] = (std::to_integer<unsigned>(bytes_[2 * i]) << 8U) |
                std::to_integer<unsigned>(bytes_[2 * i + 1]);
  }
  append_groups(text, groups);
  return text;
}

std::size_t hash_value(const IpAddress& address) {
  if (address.is_v4()) return static_cast<std::size_t>(mix_bits(address.v4_value() + 1ULL));
  std::array<std::uint64_t, 2> halves{};
  std::memcpy(halves.data(), address.bytes().data(), kIpv6Size);
  return static_cast<std::size_t>(mix_bits(mix_bits(halves[0] + 1) + halves[1]));
}

}  // namespace tern
