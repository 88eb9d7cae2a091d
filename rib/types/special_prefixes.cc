#include "rib/types/special_prefixes.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tern {
namespace {

constexpr std::array<std::string_view, 13> kSpecialV4{
    "0.0.0.0/8",        // RFC 791: this network
    "10.0.0.0/8",       // RFC 1918
    "100.64.0.0/10",    // RFC 6598: shared address space of carriers
    "127.0.0.0/8",      // RFC 1122: loopback
    "169.254.0.0/16",   // RFC 3927: link-local
    "172.16.0.0/12",    // RFC 1918
    "192.0.0.0/24",     // RFC 6890: IETF protocol assignments
    "192.0.2.0/24",     // RFC 5737: documentation
    "192.168.0.0/16",   // RFC 1918
    "198.18.0.0/15",    // RFC 2544: benchmarks
    "198.51.100.0/24",  // RFC 5737
    "203.0.113.0/24",   // RFC 5737
    "224.0.0.0/3",      // RFC 5771: multicast, RFC 1112: the rest
};

constexpr std::string_view kGlobalUnicastV6 = "2000::/3";  // RFC 4291 section 2.4

constexpr std::array<std::string_view, 4> kSpecialV6{
    "2001::/23",      // RFC 2928: IETF protocol assignments
    "2001:db8::/32",  // RFC 3849: documentation
    "2002::/16",      // RFC 3056: 6to4, whose relays are gone (RFC 7526)
    "3fff::/20",      // RFC 9637: documentation
};

// Services inside 2001::/23 that are announced to the Internet. Teredo (RFC 4380) is not named:
// its relays announce 2001::/32 itself, see below.
constexpr std::array<std::string_view, 2> kAnnouncedV6{
    "2001:3::/32",      // RFC 7450: AMT
    "2001:4:112::/48",  // RFC 7535: AS112
};
constexpr std::string_view kTeredo = "2001::/32";

// The largest blocks that IANA gives to a registry.
constexpr std::uint8_t kShortestV4 = 8;
constexpr std::uint8_t kShortestV6 = 12;

Prefix known(std::string_view text) {
  const auto prefix = Prefix::parse(text);
  assert(prefix);  // the lists above
  return *prefix;
}

template <std::size_t kSize>
std::vector<Prefix> known(const std::array<std::string_view, kSize>& texts) {
  std::vector<Prefix> prefixes;
  prefixes.reserve(kSize);
  for (const std::string_view text : texts) prefixes.push_back(known(text));
  return prefixes;
}

bool any_covers(const std::vector<Prefix>& blocks, const Prefix& prefix) {
  return std::any_of(blocks.begin(), blocks.end(),
                     [&](const Prefix& block) { return block.covers(prefix); });
}

bool covers_any(const Prefix& prefix, const std::vector<Prefix>& blocks) {
  return std::any_of(blocks.begin(), blocks.end(),
                     [&](const Prefix& block) { return prefix.covers(block); });
}

// An IPv4 block as a value and the bits that count: this runs once for every route received.
struct MaskedBlock {
  std::uint32_t value = 0;
  std::uint32_t mask = 0;
};

constexpr std::uint32_t mask_of(std::uint8_t length) {
  return length == 0 ? 0U : ~std::uint32_t{0} << (32U - length);
}

std::vector<MaskedBlock> known_blocks_v4() {
  std::vector<MaskedBlock> blocks;
  blocks.reserve(kSpecialV4.size());
  for (const Prefix& prefix : known(kSpecialV4)) {
    blocks.push_back({prefix.address().v4_value(), mask_of(prefix.length())});
  }
  return blocks;
}

bool is_special_v4(const Prefix& prefix) {
  static const std::vector<MaskedBlock> special = known_blocks_v4();
  const std::uint32_t value = prefix.address().v4_value();
  const std::uint32_t mask = mask_of(prefix.length());
  const bool too_short = prefix.length() < kShortestV4;
  return std::any_of(special.begin(), special.end(), [=](const MaskedBlock& block) {
    if (block.mask > mask) return too_short && (block.value & mask) == value;
    return (value & block.mask) == block.value;
  });
}

bool is_special_v6(const Prefix& prefix) {
  static const Prefix global_unicast = known(kGlobalUnicastV6);
  static const Prefix teredo = known(kTeredo);
  static const std::vector<Prefix> special = known(kSpecialV6);
  static const std::vector<Prefix> announced = known(kAnnouncedV6);
  if (!global_unicast.covers(prefix)) return true;
  if (prefix.length() < kShortestV6 && covers_any(prefix, special)) return true;
  return any_covers(special, prefix) && prefix != teredo && !any_covers(announced, prefix);
}

}  // namespace

bool is_special_purpose(const Prefix& prefix) {
  return prefix.family() == Family::Ipv4Unicast ? is_special_v4(prefix) : is_special_v6(prefix);
}

}  // namespace tern
