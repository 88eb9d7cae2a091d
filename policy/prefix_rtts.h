// Measured round trips from our PoPs to single prefixes. From a PoP, the measurement to the longest
// prefix counts that covers a prefix.
//
// Immutable after construction, shared between threads; find() does not allocate. A measurement
// takes 24 octets, and each of the prefixes 32.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "policy/covering_table.h"
#include "policy/policy.h"
#include "rib/types/location.h"
#include "rib/types/prefix.h"

namespace tern::policy {

class Egress;
struct CostRules;

struct PrefixRttSource {  // measured
  std::string pop;        // name
  Prefix prefix;
  std::uint32_t microseconds = 0;
  friend bool operator==(const PrefixRttSource&, const PrefixRttSource&) = default;
};

class PrefixRtts {
 public:
  static constexpr std::size_t kMost = 100'000;  // measurements of a file

  struct Measured {
    Prefix prefix;
    PopId pop = kNoPlace;
    EgressCost microseconds = 0;  // neither 0 nor kUnknownCost
    friend bool operator==(const Measured&, const Measured&) = default;
  };

  PrefixRtts() = default;
  // Of measurements from the same PoP to the same prefix the first counts.
  explicit PrefixRtts(std::vector<Measured> measured);
  // The measurements from PoPs that the Egress has, with its numbers.
  PrefixRtts(const std::vector<PrefixRttSource>& measured, const Egress& egress);

  // The measurement from the PoP that counts for the prefix; null: there is none.
  [[nodiscard]] const Measured* find(const Prefix& prefix, PopId pop) const;
  // The measurement to the prefix itself; null: there is none.
  [[nodiscard]] const Measured* find_exactly(const Prefix& prefix, PopId pop) const;

  [[nodiscard]] std::size_t size() const { return measured_.size(); }

  // A number of the measurements from the PoP, the same where the same was measured, whatever
  // settled() makes of it.
  [[nodiscard]] std::uint32_t digest(PopId pop) const {
    return pop < digests_.size() ? digests_[pop] : 0;
  }

  // The same measurements, but with the value of `used` where the difference is too small for the
  // rules to change a cost.
  [[nodiscard]] PrefixRtts settled(const PrefixRtts& used, const CostRules& rules) const;

  // Ranges that have every prefix with a measurement from some PoP; no range lies in another.
  [[nodiscard]] std::vector<PrefixRange> ranges() const;
  // Ranges that have every prefix inside a measured prefix whose own measurement from some PoP
  // differs; no range lies in another. The ranges have all prefixes for which another measurement
  // counts, whatever lies over or below the table (EgressCosts).
  [[nodiscard]] static std::vector<PrefixRange> difference(const PrefixRtts& a,
                                                           const PrefixRtts& b);

  // By the measurements that count; what was measured may differ.
  friend bool operator==(const PrefixRtts& a, const PrefixRtts& b) {
    return &a == &b || (a.content_ == b.content_ && a.measured_ == b.measured_);
  }
  [[nodiscard]] bool has_digests_of(const PrefixRtts& other) const {
    return digests_ == other.digests_;
  }

 private:
  // The measurements to a prefix stand together.
  struct Entry {
    Prefix prefix;
    std::uint32_t first = 0;  // index
    std::uint32_t count = 0;
  };
  [[nodiscard]] std::span<const Measured> of(const Entry& entry) const {
    return std::span(measured_).subspan(entry.first, entry.count);
  }
  void index();
  void note_content();

  std::vector<Measured> measured_;  // by prefix, then by PoP
  CoveringTable<Entry> entries_;
  std::vector<std::uint32_t> digests_;  // by PoP
  std::uint64_t content_ = 0;           // a number of measured_, to compare by
};

}  // namespace tern::policy
