// The knowledge of one prefix. Plain values. Internal to bgpd/baseline.
//
// A record is 84 octets, whatever the prefix. The index of PrefixBook adds 12 octets each at most:
// a million prefixes take 96 MB (tests/unit/baseline/prefix_book_test.cc).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "policy/usual_paths.h"
#include "rib/types/asn.h"
#include "rib/types/prefix.h"

namespace tern::baseline {

// The number of a day of the baseline, modulo 2^16. A day is a seventh of Rules::learn_for.
using Day = std::uint16_t;
// Days on which an origin or an upstream was seen until it is usual.
inline constexpr std::uint8_t kDays = 7;
inline constexpr std::size_t kOrigins = policy::UsualPath::kOrigins;
inline constexpr std::size_t kUpstreams = policy::UsualPath::kUpstreams;

// The days on which something was seen.
struct Days {
  Day last = 0;
  std::uint8_t count = 0;  // different days; 255: or more
};

struct Record {
  enum Flag : std::uint8_t {
    kUsed = 1,
    // Other origins, or upstreams, than there is room for were seen on kDays days, with kDays from
    // one to the next at most. Forgotten like a usual origin.
    kManyOrigins = 2,
    kManyUpstreams = 4,
    // The prefix was new, and part of a ripe prefix of another origin.
    kApart = 8,
    // Of PrefixBook, while it works on a list of numbers: the number was met. Not kept.
    kListed = 16,
  };

  // Origins stand first. An entry without days is free.
  std::array<Asn, kOrigins + kUpstreams> asns{};
  std::array<Day, kOrigins + kUpstreams> last{};
  std::array<std::uint16_t, kOrigins> first_day{};  // days since 1970 when it was seen first (UTC)
  // Of the rules about what finds no room, and about longer paths.
  Day other_origin_last = 0;
  Day other_upstream_last = 0;
  Day longer_last = 0;
  std::uint16_t slot = 0;        // PrefixBook::place_of() the neighbor that brought it, till ripe
  std::uint16_t flap_start = 0;  // seconds, modulo 2^16, like the next one
  std::uint16_t flap_last = 0;
  std::array<std::uint8_t, kOrigins + kUpstreams> days{};
  std::uint8_t other_origin_days = 0;
  std::uint8_t other_upstream_days = 0;
  std::uint8_t longer_days = 0;
  std::uint8_t longer = 0;    // the shortest length of a path that was longer than usual
  std::uint8_t shortest = 0;  // of the shortest accepted path; 0: not known
  std::uint8_t longest = 0;
  std::uint8_t flaps = 0;  // different seconds of the window with a change
  std::uint8_t flags = 0;
  Prefix prefix;

  [[nodiscard]] bool is(Flag flag) const { return (flags & flag) != 0; }
  void set(Flag flag) { flags = static_cast<std::uint8_t>(flags | flag); }
  void clear(Flag flag) { flags = static_cast<std::uint8_t>(flags & ~flag); }
  [[nodiscard]] bool usual(std::size_t i) const { return days[i] >= kDays; }
  [[nodiscard]] bool ripe() const {
    for (std::size_t i = 0; i < kOrigins; ++i) {
      if (usual(i)) return true;
    }
    return false;
  }
  [[nodiscard]] bool is_usual_origin(Asn asn) const {
    for (std::size_t i = 0; i < kOrigins; ++i) {
      if (asns[i] == asn && usual(i)) return true;
    }
    return false;
  }
};
static_assert(sizeof(Record) == 84);

struct Now {
  std::uint64_t day = 0;       // of the baseline (learn_clock.h)
  std::uint16_t unix_day = 0;  // days since 1970, UTC; only shown
  std::uint32_t seconds = 0;   // of a steady clock
};

// An accepted route has the origin, or the upstream. Where there is no free entry, the one with the
// fewest days that is not usual, and was not seen today, makes room. True: the origin is new.
bool see_origin(Record& in, Asn origin, const Now& now);
void see_upstream(Record& in, Asn upstream, const Now& now);
// The length of the shortest accepted path. A length beyond the usual one by more than `longer_by`
// is usual when it was seen on kDays days.
void see_length(Record& in, std::uint8_t shortest, std::uint32_t longer_by, const Now& now);

// The usual part of the record, for the rules about unusual paths. longer_by: of Rules.
[[nodiscard]] policy::UsualPath usual_of(const Record& of, std::uint32_t longer_by);

// Resets the counts of ASes without an entry, and kManyOrigins and kManyUpstreams: when no such AS
// was seen for kDays, or with the flag for forget_days.
void forget_others(Record& in, std::uint32_t forget_days, const Now& now);

}  // namespace tern::baseline
