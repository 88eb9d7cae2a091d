#include "rib/types/community.h"

#include <algorithm>
#include <charconv>
#include <span>
#include <system_error>

#include "rib/types/asn.h"
#include "rib/types/community_names.h"
#include "rib/types/decimal.h"
#include "rib/types/ip_address.h"

namespace tern {
namespace {

struct NamedCommunity {
  Community community;
  std::string_view name;
};

// The header names the RFC of each constant.
constexpr NamedCommunity kNamedCommunities[] = {
    {kGracefulShutdown, "graceful-shutdown"},
    {kBlackhole, "blackhole"},
    {kNoExport, "no-export"},
    {kNoAdvertise, "no-advertise"},
    {kNoExportSubconfed, "no-export-subconfed"},
    {kNoPeer, "no-peer"},
};

// The layouts behind the type octet that have a text form; transitive ones only.
constexpr std::uint64_t kTwoOctetAs = 0x00;   // RFC 4360 section 3.1: AS 2, number 4
constexpr std::uint64_t kIpv4Address = 0x01;  // RFC 4360 section 3.2: address 4, number 2
constexpr std::uint64_t kFourOctetAs = 0x02;  // RFC 5668 section 2: AS 4, number 2

constexpr std::uint64_t kRouteTarget = 0x02;  // RFC 4360 section 4
constexpr std::uint64_t kRouteOrigin = 0x03;  // RFC 4360 section 5

constexpr std::uint32_t kMaxTwoOctets = 0xFFFF;

constexpr std::string_view kGeneric = "generic:";

std::string_view name_of(std::uint64_t subtype) {
  if (subtype == kRouteTarget) return "rt:";
  if (subtype == kRouteOrigin) return "ro:";
  return {};
}

constexpr ExtendedCommunity extended(std::uint64_t type, std::uint64_t subtype,
                                     std::uint64_t value) {
  return {(type << 56U) | (subtype << 48U) | value};
}

// "0x" and eight digits.
std::string hex_word(std::uint32_t word) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "0x";
  for (int shift = 28; shift >= 0; shift -= 4) text += kDigits[(word >> shift) & 0xFU];
  return text;
}

std::optional<std::uint32_t> parse_hex_word(std::string_view text) {
  if (text.substr(0, 2) != "0x") return std::nullopt;
  text.remove_prefix(2);
  std::uint32_t word = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, word, 16);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return word;
}

std::string generic(ExtendedCommunity community) {
  return std::string(kGeneric) + hex_word(static_cast<std::uint32_t>(community.value >> 32U)) +
         ':' + hex_word(static_cast<std::uint32_t>(community.value));
}

std::optional<ExtendedCommunity> parse_generic(std::string_view words) {
  const auto colon = words.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto high = parse_hex_word(words.substr(0, colon));
  const auto low = parse_hex_word(words.substr(colon + 1));
  if (!high || !low) return std::nullopt;
  return ExtendedCommunity{(std::uint64_t{*high} << 32U) | *low};
}

// "65000:100", "192.0.2.1:5" or "70000:100": the first field decides the layout.
std::optional<ExtendedCommunity> parse_administered(std::uint64_t subtype, std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto administrator = text.substr(0, colon);
  const auto number = parse_decimal<std::uint32_t>(text.substr(colon + 1));
  if (!number) return std::nullopt;

  const auto asn = parse_asn(administrator);
  if (asn && *asn <= kMaxTwoOctets) {
    return extended(kTwoOctetAs, subtype, (std::uint64_t{*asn} << 32U) | *number);
  }
  if (*number > kMaxTwoOctets) return std::nullopt;
  if (asn) return extended(kFourOctetAs, subtype, (std::uint64_t{*asn} << 16U) | *number);
  const auto address = IpAddress::parse(administrator);
  if (!address || !address->is_v4()) return std::nullopt;
  return extended(kIpv4Address, subtype, (std::uint64_t{address->v4_value()} << 16U) | *number);
}

}  // namespace

std::vector<std::string> community_names() {
  std::vector<std::string> names;
  for (const auto& [community, name] : kNamedCommunities) names.emplace_back(name);
  return names;
}

std::string to_string(Community community) {
  for (const auto& [named, name] : kNamedCommunities) {
    if (named == community) return std::string(name);
  }
  return std::to_string(community.high()) + ':' + std::to_string(community.low());
}

std::string to_string(ExtendedCommunity community) {
  const std::string name(name_of(community.subtype()));
  if (name.empty()) return generic(community);

  const auto leading_four = static_cast<std::uint32_t>(community.value >> 16U);
  const auto trailing_two = static_cast<std::uint16_t>(community.value);
  switch (community.type()) {
    case kTwoOctetAs:
      return name + std::to_string(static_cast<std::uint16_t>(community.value >> 32U)) + ':' +
             std::to_string(static_cast<std::uint32_t>(community.value));
    case kIpv4Address:
      return name + IpAddress::v4(leading_four).to_string() + ':' + std::to_string(trailing_two);
    case kFourOctetAs:
      // A small AS number would read as the two-octet layout, which is another community.
      if (leading_four <= kMaxTwoOctets) return generic(community);
      return name + std::to_string(leading_four) + ':' + std::to_string(trailing_two);
    default:
      return generic(community);
  }
}

std::string to_string(const Ipv6ExtendedCommunity& community) {
  // RFC 5701 section 2: type, sub-type, address 16, number 2. The brackets keep the address and
  // the number apart.
  const auto& bytes = community.bytes;
  const auto name = name_of(std::to_integer<std::uint64_t>(bytes[1]));
  if (bytes[0] == std::byte{0x00} && !name.empty()) {
    const unsigned number =
        (std::to_integer<unsigned>(bytes[18]) << 8U) | std::to_integer<unsigned>(bytes[19]);
    return std::string(name) + '[' +
           IpAddress::from_bytes(std::span(bytes).subspan(2, 16)).to_string() +
           "]:" + std::to_string(number);
  }
  std::string text(kGeneric.substr(0, kGeneric.size() - 1));
  for (std::size_t i = 0; i < bytes.size(); i += 4) {
    std::uint32_t word = 0;
    for (std::size_t j = i; j < i + 4; ++j) {
      word = (word << 8U) | std::to_integer<std::uint32_t>(bytes[j]);
    }
    text += ':' + hex_word(word);
  }
  return text;
}

std::string to_string(const LargeCommunity& community) {
  return std::to_string(community.global) + ':' + std::to_string(community.local1) + ':' +
         std::to_string(community.local2);
}

std::optional<Community> parse_community(std::string_view text) {
  for (const auto& [community, name] : kNamedCommunities) {
    if (name == text) return community;
  }
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto high = parse_decimal<std::uint16_t>(text.substr(0, colon));
  const auto low = parse_decimal<std::uint16_t>(text.substr(colon + 1));
  if (!high || !low) return std::nullopt;
  return Community::of(*high, *low);
}

std::optional<ExtendedCommunity> parse_extended_community(std::string_view text) {
  if (text.substr(0, kGeneric.size()) == kGeneric) {
    return parse_generic(text.substr(kGeneric.size()));
  }
  for (const std::uint64_t subtype : {kRouteTarget, kRouteOrigin}) {
    const auto name = name_of(subtype);
    if (text.substr(0, name.size()) == name) {
      return parse_administered(subtype, text.substr(name.size()));
    }
  }
  return std::nullopt;
}

std::optional<LargeCommunity> parse_large_community(std::string_view text) {
  const auto first = text.find(':');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = text.find(':', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto global = parse_decimal<std::uint32_t>(text.substr(0, first));
  const auto local1 = parse_decimal<std::uint32_t>(text.substr(first + 1, second - first - 1));
  const auto local2 = parse_decimal<std::uint32_t>(text.substr(second + 1));
  if (!global || !local1 || !local2) return std::nullopt;
  return LargeCommunity{*global, *local1, *local2};
}

}  // namespace tern
