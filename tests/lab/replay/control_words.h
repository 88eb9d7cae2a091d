// Control communities for the routes of a dump: members of an exchange who tell its route server
// whom a route is for. A dump has none for a route server of the lab, so they are drawn here.
//
// The draw is a function of the seed, the speaker and the prefix and of nothing else, so the same
// routes carry the same words in every run. It is by route and not by prefix:
// what one member keeps from a client another does not, and the client's best allowed path is
// another one than the best. News behind the table are drawn anew: a route that is told again may
// come with other words, or with none.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "rib/types/asn.h"
#include "rib/types/ip_address.h"
#include "rib/types/path_attributes.h"
#include "rib/types/prefix.h"

namespace tern::replay {

struct ControlChoice {
  Asn route_server = 0;     // below 65536, so that standard communities can name it; 0: no words
  std::uint32_t seed = 1;   // of the draw
  std::uint32_t every = 5;  // one route of so many carries words
};

// The words of one speaker. A value.
class ControlWords {
 public:
  // `others`: the AS numbers that its words name, below 65536. Without any there are no words.
  ControlWords(const ControlChoice& choice, const IpAddress& speaker, std::vector<Asn> others);

  // Numbers the words of a route; nothing: it carries none. Equal numbers are equal words.
  [[nodiscard]] std::optional<std::uint32_t> draw(const Prefix& prefix) const;

  // From here on routes draw other words than before.
  void draw_anew() { ++drawn_anew_; }

  // Adds the words with that number to the communities of `attributes`.
  void add(std::uint32_t words, PathAttributes& attributes) const;

  // The prefixes by the words they carry, those without any under nothing.
  using Groups = std::map<std::optional<std::uint32_t>, std::vector<Nlri>>;
  [[nodiscard]] Groups group(std::span<const Nlri> prefixes) const;

 private:
  enum class Kind : std::uint8_t { Standard, Extended, Large };
  // peer: 0 for all. `high` is the first half of a standard or extended community, `function` the
  // second number of a large one.
  void say(std::uint32_t high, std::uint32_t function, Asn peer, Kind kind,
           PathAttributes& out) const;

  ControlChoice choice_;
  IpAddress speaker_;
  std::uint32_t drawn_anew_ = 0;  // times
  std::vector<Asn> others_;
};

}  // namespace tern::replay
