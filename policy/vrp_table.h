// Route origin validation by RFC 6811: a set of VRPs, compiled.
//
// A VrpTable is immutable and safe from any thread; readers hold a shared_ptr<const VrpTable>. A
// table consists of a base, which many tables share, and an overlay with the prefixes whose VRPs
// differ from those of the base. The base has lists of the VRPs that cover each stretch of the
// address space, so that a look-up is one search. changed() makes a new overlay and keeps the base,
// so that its cost follows the records that changed and those of the overlay, not the table. Where
// the overlay would be too large, changed() makes a new base; its cost then follows the table
// (docs/adr/0021-vrp-table-base-and-overlay.md).
//
// Building, merging and comparing tables is work for a thread beside the loop. validate() does not
// allocate.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "policy/policy.h"
#include "policy/vrp.h"
#include "policy/vrp_layer.h"
#include "policy/vrp_stretches.h"

namespace tern::policy {

// Records that come and go. A record in both lists is in the table afterwards.
struct VrpDelta {
  std::vector<Vrp> announced;
  std::vector<Vrp> withdrawn;
  [[nodiscard]] bool empty() const { return announced.empty() && withdrawn.empty(); }
};

class VrpTable {
 public:
  using Ptr = std::shared_ptr<const VrpTable>;

  // Prefixes in the overlay of an IP version, at most; 150 KB, so that it stays in the cache. Where
  // a change makes more of them, changed() returns a table without an overlay.
  static constexpr std::size_t kMostOverlaid = 4096;

  VrpTable();  // without a VRP; not the same as no table, which validates nothing
  // In any order; repeated records count once.
  [[nodiscard]] static Ptr build(std::vector<Vrp> vrps);

  // Records that the delta withdraws and the table does not have, or announces and it has, change
  // nothing.
  [[nodiscard]] Ptr changed(const VrpDelta& delta) const;

  // origin: the last AS of an AS_PATH whose last segment is an AS_SEQUENCE, or the local AS for an
  // empty path. Nothing: the path ends in an AS_SET, so that no VRP matches (RFC 6811 section 2:
  // origin NONE). AS 0 matches nothing, on either side.
  [[nodiscard]] OriginState validate(const Prefix& prefix, std::optional<Asn> origin) const;

  // Why validate() answers as it does.
  struct Candidate {
    Vrp vrp;
    bool asn_matches = false;
    bool length_matches = false;  // the prefix is not longer than the VRP allows
    [[nodiscard]] bool matches() const { return asn_matches && length_matches; }
  };
  struct Explanation {
    OriginState state = OriginState::NotFound;
    // The VRPs that cover the prefix: those that match first, else the longest prefix first.
    std::vector<Candidate> covering;
    std::size_t left_out = 0;  // VRPs that cover it beyond `most`
  };
  [[nodiscard]] Explanation explain(const Prefix& prefix, std::optional<Asn> origin,
                                    std::size_t most = 64) const;

  [[nodiscard]] bool contains(const Vrp& vrp) const;
  [[nodiscard]] std::size_t size() const;  // records
  [[nodiscard]] std::size_t size(IpVersion version) const;
  [[nodiscard]] std::size_t memory() const;  // octets; a base counts for each table that shares it
  // In the order of Vrp; ends when `take` returns false.
  void for_each(const std::function<bool(const Vrp&)>& take) const;

  // Ranges that have every prefix of which validate() can answer otherwise in the two tables, for
  // some origin. A range can have other prefixes, too; no range lies inside another. A VRP whose
  // prefix is covered before and after changes only prefixes up to its maximum length. Takes time
  // by the overlays where the tables share a base, by both tables otherwise.
  [[nodiscard]] static std::vector<PrefixRange> difference(const VrpTable& a, const VrpTable& b);
  // from.changed(delta(from, to)) has the records of `to`. The same cost.
  [[nodiscard]] static VrpDelta delta(const VrpTable& from, const VrpTable& to);

 private:
  template <typename Address>
  struct Part {
    using Layer = VrpLayer<Address>;
    std::shared_ptr<const Layer> base;
    std::shared_ptr<const VrpStretches<Address>> stretches;  // of the base
    std::shared_ptr<const Layer> overlay;
    std::size_t records = 0;
  };
  template <typename Address>
  class Walk;
  template <typename Address>
  class Cover;
  struct Build;
  struct Compare;

  Part<Address4> v4_;
  Part<Address6> v6_;
};

}  // namespace tern::policy
