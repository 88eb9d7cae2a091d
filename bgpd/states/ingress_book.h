// Reports of where the traffic of registered prefixes entered the network: octets by prefix and
// PoP. A report counts for a quarter to half an hour, so that the reports of collectors with
// different intervals add up.
//
// An entry takes about 150 octets. Any thread. Time is an argument, in Unix seconds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rib/types/prefix.h"

namespace tern::states {

// A total of flows since the report before.
struct IngressReport {
  Prefix registered;  // prefix of the registration
  std::string pop;    // name
  std::uint64_t octets = 0;
};

class IngressBook {
 public:
  static constexpr std::uint32_t kHalf = 900;    // seconds
  static constexpr std::size_t kMost = 400'000;  // entries: pairs of a prefix and a PoP
  struct Share {
    std::string pop;
    std::uint64_t octets = 0;
  };
  struct Counts {
    std::uint64_t taken = 0;    // reports, like the next one
    std::uint64_t refused = 0;  // there were kMost other entries
    std::size_t entries = 0;
  };

  // False: there is no room.
  bool add(const IngressReport& report, std::uint32_t now);
  // By PoP, the greatest share first; empty: there are no reports.
  [[nodiscard]] std::vector<Share> find(const Prefix& registered) const;
  // Forgets octets that are too old; a call looks at `most` entries.
  struct Aged {
    std::vector<Prefix> changed;  // prefixes whose shares are others
    bool more = false;            // entries are left for another call
  };
  [[nodiscard]] Aged age(std::uint32_t now, std::size_t most);
  // Has list() return all prefixes with reports once more. Where a list is under way, another one
  // follows: so all prefixes have their turn, however often this is called.
  void list_again();
  // The next prefixes of the list. One call looks at `most` entries, and at those of one prefix.
  [[nodiscard]] std::vector<Prefix> list(std::size_t most);
  [[nodiscard]] Counts counts() const;

 private:
  using Key = std::pair<Prefix, std::string>;
  struct Totals {
    std::uint64_t present = 0;  // since `half` began
    std::uint64_t past = 0;     // of the half before
    std::uint32_t half = 0;     // number of the half since 1970
    [[nodiscard]] std::uint64_t octets() const;
  };
  static void turn(Totals& totals, std::uint32_t half);

  mutable std::mutex mutex_;
  std::map<Key, Totals> totals_;
  std::uint32_t aged_ = 0;  // the half for which age() has looked at all
  Key next_;                // where age() goes on
  bool list_again_ = false;
  std::optional<Prefix> next_listed_;  // where list() goes on; nullopt: no list is under way
  Counts counts_;
};

}  // namespace tern::states
