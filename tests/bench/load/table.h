// What one session announces: attribute sets, the prefixes of each, and the bytes of it all.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tests/bench/load/messages.h"
#include "tests/bench/load/random.h"
#include "tests/bench/load/universe.h"

namespace tern::load {

inline constexpr std::uint32_t kNone = ~0U;

// AS numbers of the daemon and of session 0; the other sessions' follow. Two octets hold them all,
// so that control communities can name them.
inline constexpr std::uint32_t kServerAsn = 64'000;
inline constexpr std::uint32_t kFirstAsn = 60'001;

struct TableSettings {
  double prefixes_per_set = 7;  // the mean; sizes are geometric, so many sets have a single prefix
  double control_share = 0;     // of the sets, those with control communities
  std::uint32_t sessions = 0;
  bool tag = false;  // every set of session i carries 64900:i
  // A set has prefixes of a single origin, their own. Without it the first one's origin is that of
  // the whole set, and a prefix has another one from each sender.
  bool own_origins = false;
  bool best = false;  // AS paths of two, where all others have three and more
};

// To whom a route server passes a route, as its control communities say.
struct Control {
  enum class Kind : std::uint8_t { NotTo, OnlyTo, Prepend };
  Kind kind = Kind::NotTo;
  std::vector<std::uint32_t> sessions;  // ascending

  [[nodiscard]] bool permits(std::uint32_t session) const;
};

struct AttributeSet {
  Attributes attributes;
  std::uint32_t first = 0;  // in Table::prefixes
  std::uint32_t count = 0;
  std::uint32_t control = kNone;  // in Table::controls
};

struct Table {
  std::vector<std::uint32_t> prefixes;  // indices of the universe, in the order of sending
  std::vector<AttributeSet> sets;
  std::vector<Control> controls;
  Octets announcement;  // ends with End-of-RIB
};

// The table of `speaker`, the session of that number, with the prefixes of these runs in an order
// of its own.
[[nodiscard]] Table make_table(const Universe& universe, std::vector<Run> runs,
                               const Speaker& speaker, std::uint32_t session,
                               const TableSettings& settings, Random& random);

}  // namespace tern::load
