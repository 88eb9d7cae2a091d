// The numbers are those of policy/control_communities.h, written down here a second time: a test
// that asked the code under test how to say a word would not notice it listening for another.
#include "tests/lab/replay/control_words.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace tern::replay {
namespace {

// What one route says; X is a client that is drawn, Y the one after it.
enum class Wish : std::uint8_t {
  NotToX,
  NotToXNorY,
  ToNobody,
  ToNobodyButX,
  ToNobodyButXAndY,
  PrependOnceToX,
  PrependTwiceToX,
  PrependThriceToX,
  PrependOnceToAllTwiceToX,  // who is named is prepended for as named
  PrependOnceAndThriceToX,   // the greatest holds
  ToNobodyButXPrependTwice,
  NotToXThoughToX,  // the prohibition wins
  Count,
};

// How it is said.
enum class Form : std::uint8_t { Standard, Extended, Large, StandardAndLarge, Count };

constexpr auto kWishes = static_cast<std::uint32_t>(Wish::Count);
constexpr auto kForms = static_cast<std::uint32_t>(Form::Count);

// FNV-1a over octets, and the finalizer of splitmix64, since the last octets of FNV's input reach
// few of the bits.
constexpr std::uint64_t kFnvStart = 0xCBF29CE484222325U;

std::uint64_t more(std::uint64_t hash, std::span<const std::byte> octets) {
  for (const std::byte octet : octets) {
    hash = (hash ^ std::to_integer<std::uint64_t>(octet)) * 0x100000001B3U;
  }
  return hash;
}

std::uint64_t mixed(std::uint64_t hash) {
  hash = (hash ^ (hash >> 30U)) * 0xBF58476D1CE4E5B9U;
  hash = (hash ^ (hash >> 27U)) * 0x94D049BB133111EBU;
  return hash ^ (hash >> 31U);
}

}  // namespace

ControlWords::ControlWords(const ControlChoice& choice, const IpAddress& speaker,
                           std::vector<Asn> others)
    : choice_(choice), others_(std::move(others)) {
  const std::array<std::byte, 4> seed{
      std::byte(choice.seed >> 24U), std::byte(choice.seed >> 16U & 0xFFU),
      std::byte(choice.seed >> 8U & 0xFFU), std::byte(choice.seed & 0xFFU)};
  start_ = more(more(kFnvStart, seed), speaker.bytes());
}

void ControlWords::draw_anew() { start_ = mixed(start_ + 1); }

std::optional<std::uint32_t> ControlWords::draw(const Prefix& prefix) const {
  if (choice_.route_server == 0 || others_.empty()) return std::nullopt;
  const std::array<std::byte, 1> length{std::byte(prefix.length())};
  const std::uint64_t hash = mixed(more(more(start_, prefix.address().bytes()), length));
  if (hash % choice_.every != 0) return std::nullopt;
  const std::uint64_t numbers = std::uint64_t{kWishes} * kForms * others_.size();
  return static_cast<std::uint32_t>(hash / choice_.every % numbers);
}

ControlWords::Groups ControlWords::group(std::span<const Nlri> prefixes) const {
  Groups groups;
  for (const Nlri& nlri : prefixes) groups[draw(nlri.prefix)].push_back(nlri);
  return groups;
}

void ControlWords::add(std::uint32_t words, PathAttributes& attributes) const {
  const auto wish = static_cast<Wish>(words % kWishes);
  const auto form = static_cast<Form>(words / kWishes % kForms);
  const std::size_t at = words / kWishes / kForms;
  const Asn x = others_[at % others_.size()];
  const Asn y = others_[(at + 1) % others_.size()];
  // Kinds make no difference, so one route may mix them: prohibitions in one, the rest in another.
  const Kind first = form == Form::Extended ? Kind::Extended
                     : form == Form::Large  ? Kind::Large
                                            : Kind::Standard;
  const Kind second = form == Form::StandardAndLarge ? Kind::Large : first;
  switch (wish) {
    case Wish::NotToX:
      forbid(x, second, attributes);
      break;
    case Wish::NotToXNorY:
      forbid(x, first, attributes);
      forbid(y, second, attributes);
      break;
    case Wish::ToNobody:
      forbid_all(second, attributes);
      break;
    case Wish::ToNobodyButX:
      forbid_all(first, attributes);
      permit(x, second, attributes);
      break;
    case Wish::ToNobodyButXAndY:
      forbid_all(second, attributes);
      permit(x, first, attributes);
      permit(y, second, attributes);
      break;
    case Wish::PrependOnceToX:
      prepend(x, 1, first, attributes);
      break;
    case Wish::PrependTwiceToX:
      prepend(x, 2, first, attributes);
      break;
    case Wish::PrependThriceToX:
      prepend(x, 3, second, attributes);
      break;
    case Wish::PrependOnceToAllTwiceToX:
      prepend_all(1, first, attributes);
      prepend(x, 2, second, attributes);
      break;
    case Wish::PrependOnceAndThriceToX:
      prepend(x, 1, second, attributes);
      prepend(x, 3, first, attributes);
      break;
    case Wish::ToNobodyButXPrependTwice:
      forbid_all(first, attributes);
      permit(x, second, attributes);
      prepend(x, 2, second, attributes);
      break;
    case Wish::NotToXThoughToX:
      forbid(x, first, attributes);
      permit(x, second, attributes);
      break;
    case Wish::Count:
      break;
  }
  attributes.normalise();
}

void ControlWords::forbid(Asn peer, Kind kind, PathAttributes& out) const {
  if (kind != Kind::Large) return pair(0, peer, kind, out);
  out.large_communities.push_back({choice_.route_server, 0, peer});
}

void ControlWords::forbid_all(Kind kind, PathAttributes& out) const {
  if (kind != Kind::Large) return pair(0, choice_.route_server, kind, out);
  out.large_communities.push_back({choice_.route_server, 0, 0});
}

void ControlWords::permit(Asn peer, Kind kind, PathAttributes& out) const {
  if (kind != Kind::Large) return pair(choice_.route_server, peer, kind, out);
  out.large_communities.push_back({choice_.route_server, 1, peer});
}

void ControlWords::prepend(Asn peer, std::uint32_t times, Kind kind, PathAttributes& out) const {
  if (kind != Kind::Large) return pair(65500 + times, peer, kind, out);
  out.large_communities.push_back({choice_.route_server, 100 + times, peer});
}

void ControlWords::prepend_all(std::uint32_t times, Kind kind, PathAttributes& out) const {
  if (kind != Kind::Large) return pair(65500 + times, choice_.route_server, kind, out);
  out.large_communities.push_back({choice_.route_server, 100 + times, 0});
}

void ControlWords::pair(std::uint32_t high, std::uint32_t low, Kind kind,
                        PathAttributes& out) const {
  if (kind == Kind::Standard) {
    out.communities.push_back(
        Community::of(static_cast<std::uint16_t>(high), static_cast<std::uint16_t>(low)));
  } else {
    // RFC 4360 sections 3.1 and 4: type 0x00, sub-type 0x02, a route target.
    out.extended_communities.push_back(
        {std::uint64_t{0x0002} << 48U | std::uint64_t{high} << 32U | low});
  }
}

}  // namespace tern::replay
