// The usual paths of prefixes, as the baseline learnt them (bgpd/baseline), and the rules by which
// a path is unusual. The baseline reports such paths, and the guard judges them.
//
// A UsualPaths is immutable after construction and safe from any thread; find() does not allocate.
// A prefix takes 52 octets.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "policy/policy.h"
#include "rib/types/asn.h"
#include "rib/types/path_facts.h"
#include "rib/types/prefix.h"

namespace tern::policy {

// The knowledge of one prefix. Arrays have their usual ASes in front.
struct UsualPath {
  static constexpr std::size_t kOrigins = 2;
  static constexpr std::size_t kUpstreams = 4;

  Prefix prefix;
  std::array<Asn, kOrigins> origins{};
  std::array<Asn, kUpstreams> upstreams{};  // kNoUpstream may stand among them
  std::uint8_t origin_count = 0;            // 0: nothing is usual
  std::uint8_t upstream_count = 0;
  bool many_upstreams = false;  // so many that none is unusual
  std::uint8_t longest = 0;     // of usual lengths, PathFacts::length; 0: not known
  std::uint8_t longer_by = 0;   // AS numbers; a path longer by more than that is far longer

  friend bool operator==(const UsualPath&, const UsualPath&) = default;
  [[nodiscard]] bool is_usual_origin(Asn asn) const;
  [[nodiscard]] bool is_usual_upstream(Asn asn) const;
};
static_assert(sizeof(UsualPath) == 52);

// The origin of the path is usual, and its upstream is not.
[[nodiscard]] bool is_new_upstream(const UsualPath& usual, const PathFacts& path);
// The path is far longer than usual.
[[nodiscard]] bool is_far_longer(const UsualPath& usual, const PathFacts& path);

class UsualPaths {
 public:
  UsualPaths() = default;
  // Of paths of the same prefix one counts.
  explicit UsualPaths(std::vector<UsualPath> paths);

  [[nodiscard]] std::size_t size() const { return paths_.size(); }
  // Of the prefix itself; null: nothing was learnt. Takes time by the logarithm of size().
  [[nodiscard]] const UsualPath* find(const Prefix& prefix) const;

  // The prefixes whose usual paths differ, each as a range of its own, in order.
  [[nodiscard]] static std::vector<PrefixRange> difference(const UsualPaths& a,
                                                           const UsualPaths& b);

 private:
  std::vector<UsualPath> paths_;  // in the order of prefixes
};

}  // namespace tern::policy
