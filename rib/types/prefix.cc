#include "rib/types/prefix.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>

#include "rib/types/decimal.h"
#include "rib/types/hash.h"

namespace tern {
namespace {

// The bits of its byte that come before bit number `count`, 0..7.
constexpr std::byte leading_bits(unsigned count) {
  return static_cast<std::byte>(0xFF00U >> count);
}

IpAddress without_host_bits(const IpAddress& address, unsigned length) {
  if (address.is_v4()) {  // most routes: two instructions instead of two copies
    return length == 0 ? IpAddress() : IpAddress::v4(address.v4_value() & (~0U << (32 - length)));
  }
  std::array<std::byte, 16> bytes{};
  const auto source = address.bytes();
  const std::size_t whole = length / 8;
  std::copy_n(source.begin(), whole, bytes.begin());
  if (length % 8 != 0) bytes[whole] = source[whole] & leading_bits(length % 8);
  return IpAddress::from_bytes(std::span(bytes).first(source.size()));
}

}  // namespace

Prefix::Prefix(const IpAddress& address, std::uint8_t length) : length_(length) {
  assert(length <= address.bits());
  address_ = without_host_bits(address, length);
}

std::optional<Prefix> Prefix::parse(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;

  const auto address = IpAddress::parse(text.substr(0, slash));
  const auto length = parse_decimal<std::uint8_t>(text.substr(slash + 1));
  if (!address || !length || *length > address->bits()) return std::nullopt;

  const Prefix prefix(*address, *length);
  if (prefix.address() != *address) return std::nullopt;
  return prefix;
}

bool Prefix::contains(const IpAddress& address) const {
  if (address.is_v4() != address_.is_v4()) return false;
  const auto ours = address_.bytes();
  const auto theirs = address.bytes();
  const std::size_t whole = length_ / 8U;
  if (std::memcmp(ours.data(), theirs.data(), whole) != 0) return false;
  const unsigned rest = length_ % 8U;
  return rest == 0 || ours[whole] == (theirs[whole] & leading_bits(rest));
}

bool Prefix::covers(const Prefix& other) const {
  return length_ <= other.length_ && contains(other.address_);
}

std::string Prefix::to_string() const {
  return address_.to_string() + '/' + std::to_string(length_);
}

namespace {

// salt: below 2^24
std::size_t hash_of(const Prefix& prefix, std::uint64_t salt) {
  const auto bytes = prefix.address().bytes();
  if (bytes.size() == 4) {
    // Address, length and salt fit in one word, and mix_bits() is a bijection: no two share a hash.
    std::uint32_t address = 0;
    std::memcpy(&address, bytes.data(), sizeof address);
    return static_cast<std::size_t>(
        mix_bits((salt << 40U) | (std::uint64_t{address} << 8U) | (prefix.length() + 1U)));
  }
  std::array<std::uint64_t, 2> halves{};
  std::memcpy(halves.data(), bytes.data(), sizeof halves);
  const std::uint64_t high = mix_bits(halves[0] + 1);
  return static_cast<std::size_t>(
      mix_bits((high ^ halves[1]) + 0x9E3779B97F4A7C15ULL * ((salt << 8U) + prefix.length() + 1U)));
}

}  // namespace

std::size_t hash_value(const Prefix& prefix) { return hash_of(prefix, 0); }

std::size_t destination_hash(const Nlri& nlri) { return hash_of(nlri.prefix, index(nlri.family)); }

}  // namespace tern
