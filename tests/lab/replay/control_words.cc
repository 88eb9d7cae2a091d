// The numbers are those of policy/control_communities.h, written down here a second time: a test
// that asked the code under test how to say a word would not notice it listening for another.
#include "tests/lab/replay/control_words.h"

#include <cstddef>

#include "rib/types/hash.h"

namespace tern::replay {
namespace {

enum class Act : std::uint8_t { Forbid, Permit, Prepend };
// X is a client that is drawn, Y the one after it.
enum class Whom : std::uint8_t { All, X, Y };

struct Word {
  Act act;
  Whom whom;
  std::uint32_t times = 0;  // of Prepend
  bool second = false;      // said in the second kind, where a form has two
};

// What one route says: prohibitions and the rest, in one kind and in two.
const std::vector<std::vector<Word>>& wishes() {
  using enum Act;
  using enum Whom;
  static const std::vector<std::vector<Word>> kWishes{
      {{Forbid, X, 0, true}},
      {{Forbid, X}, {Forbid, Y, 0, true}},
      {{Forbid, All, 0, true}},
      {{Forbid, All}, {Permit, X, 0, true}},
      {{Forbid, All, 0, true}, {Permit, X}, {Permit, Y, 0, true}},
      {{Prepend, X, 1}},
      {{Prepend, X, 2}},
      {{Prepend, X, 3, true}},
      {{Prepend, All, 1}, {Prepend, X, 2, true}},  // who is named is prepended for as named
      {{Prepend, X, 1, true}, {Prepend, X, 3}},    // the greatest holds
      {{Forbid, All}, {Permit, X, 0, true}, {Prepend, X, 2, true}},
      {{Forbid, X}, {Permit, X, 0, true}},  // the prohibition wins
  };
  return kWishes;
}

// How it is said.
enum class Form : std::uint8_t { Standard, Extended, Large, StandardAndLarge, Count };

constexpr auto kForms = static_cast<std::uint32_t>(Form::Count);

}  // namespace

ControlWords::ControlWords(const ControlChoice& choice, const IpAddress& speaker,
                           std::vector<Asn> others)
    : choice_(choice), speaker_(speaker), others_(std::move(others)) {}

std::optional<std::uint32_t> ControlWords::draw(const Prefix& prefix) const {
  if (choice_.route_server == 0 || others_.empty()) return std::nullopt;
  Hasher hasher;
  hasher.add((std::uint64_t{choice_.seed} << 32U) | drawn_anew_);
  hasher.add(speaker_.bytes());
  hasher.add(prefix.address().bytes());
  hasher.add(prefix.length());
  const std::uint64_t hash = hasher.result();
  if (hash % choice_.every != 0) return std::nullopt;
  const std::uint64_t numbers = std::uint64_t{wishes().size()} * kForms * others_.size();
  return static_cast<std::uint32_t>(hash / choice_.every % numbers);
}

ControlWords::Groups ControlWords::group(std::span<const Nlri> prefixes) const {
  Groups groups;
  for (const Nlri& nlri : prefixes) groups[draw(nlri.prefix)].push_back(nlri);
  return groups;
}

void ControlWords::add(std::uint32_t words, PathAttributes& attributes) const {
  const auto& wish = wishes()[words % wishes().size()];
  const std::size_t rest = words / wishes().size();
  const auto form = static_cast<Form>(rest % kForms);
  const std::size_t at = rest / kForms;
  // Kinds make no difference, so one route may mix them.
  const Kind first = form == Form::Extended ? Kind::Extended
                     : form == Form::Large  ? Kind::Large
                                            : Kind::Standard;
  const Kind second = form == Form::StandardAndLarge ? Kind::Large : first;
  for (const Word& word : wish) {
    Asn peer = 0;  // all
    if (word.whom != Whom::All) {
      peer = others_[(at + (word.whom == Whom::Y ? 1 : 0)) % others_.size()];
    }
    const Kind kind = word.second ? second : first;
    switch (word.act) {
      case Act::Forbid:
        say(0, 0, peer, kind, attributes);
        break;
      case Act::Permit:
        say(choice_.route_server, 1, peer, kind, attributes);
        break;
      case Act::Prepend:
        say(65500 + word.times, 100 + word.times, peer, kind, attributes);
        break;
    }
  }
  attributes.normalise();
}

void ControlWords::say(std::uint32_t high, std::uint32_t function, Asn peer, Kind kind,
                       PathAttributes& out) const {
  const Asn low = peer != 0 ? peer : choice_.route_server;
  switch (kind) {
    case Kind::Standard:
      out.communities.push_back(
          Community::of(static_cast<std::uint16_t>(high), static_cast<std::uint16_t>(low)));
      break;
    case Kind::Extended:
      // RFC 4360 sections 3.1 and 4: type 0x00, sub-type 0x02, a route target.
      out.extended_communities.push_back(
          {std::uint64_t{0x0002} << 48U | std::uint64_t{high} << 32U | low});
      break;
    case Kind::Large:
      out.large_communities.push_back({choice_.route_server, function, peer});
      break;
  }
}

}  // namespace tern::replay
