// checked_prefix(): what people write for a prefix, and what they get told when it is none.
#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include "bgpd/ctl/grammar.h"

namespace tern::ctl {
namespace {

struct Address {
  int family = AF_INET;
  std::array<unsigned char, 16> bytes{};
  [[nodiscard]] unsigned bits() const { return family == AF_INET ? 32 : 128; }
};

std::optional<Address> parse_address(const std::string& text) {
  Address address;
  if (inet_pton(AF_INET, text.c_str(), address.bytes.data()) == 1) return address;
  address.family = AF_INET6;
  if (inet_pton(AF_INET6, text.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

std::optional<unsigned> parse_length(std::string_view text, unsigned most) {
  unsigned length = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, length);
  if (error != std::errc{} || stop != end || length > most) return std::nullopt;
  return length;
}

// The address with every bit behind the length zero.
std::string network_text(Address address, unsigned length) {
  for (unsigned bit = length; bit < address.bits(); ++bit) {
    const unsigned mask = 0x80U >> (bit % 8);
    address.bytes[bit / 8] = static_cast<unsigned char>(address.bytes[bit / 8] & ~mask);
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(address.family, address.bytes.data(), text.data(), text.size());
  return std::string(text.data()) + "/" + std::to_string(length);
}

}  // namespace

std::string checked_prefix(const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::optional<Address> address = parse_address(text.substr(0, slash));
  if (!address) throw UsageError("'" + text + "' is neither a prefix nor an address");
  if (slash == std::string::npos) return text;
  const auto length = parse_length(std::string_view(text).substr(slash + 1), address->bits());
  if (!length) {
    throw UsageError("'" + text + "' is no prefix: its length must be 0 to " +
                     std::to_string(address->bits()));
  }
  std::array<unsigned char, 16> network{};
  const std::string expected = network_text(*address, *length);
  inet_pton(address->family, expected.substr(0, expected.find('/')).c_str(), network.data());
  if (network != address->bytes) {
    throw UsageError("'" + text + "' has bits set behind its length: the prefix is " + expected);
  }
  return text;
}

}  // namespace tern::ctl
