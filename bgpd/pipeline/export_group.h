// An export group: clients that get the same for the same path, and what they get.
//
// The attributes that a client gets depend on the path, on the client's rules and on a few facts of
// its session. Clients that agree in rules and facts form an export group, and export_path() runs
// once per group and attribute set instead of once per client and route. Control communities are
// the one thing in which the clients of a group differ: they split the result for a set into
// variants, each with an audience. Used by the thread of its Rib.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "bgpd/pipeline/export_path.h"
#include "rib/rib.h"

namespace tern::pipeline {

class ExportGroup {
 public:
  // The attributes of a path as one audience may have it.
  struct Variant {
    rib::AttrRef set = rib::AttrRef::None;
    rib::AudienceRef to = rib::AudienceRef::Nobody;  // Nobody: every member
  };

  ExportGroup(rib::Rib& rib, SessionFacts facts, ExportRules rules);
  ~ExportGroup();
  ExportGroup(const ExportGroup&) = delete;
  ExportGroup& operator=(const ExportGroup&) = delete;

  // Whether a session with these facts and rules gets what the members get.
  [[nodiscard]] bool serves(const SessionFacts& facts, const ExportRules& rules) const;

  void insert(const SessionFacts& facts);
  void erase(PeerSlot slot);
  [[nodiscard]] bool empty() const { return asns_.empty(); }

  // Members that negotiated the family.
  [[nodiscard]] const rib::ClientSet& members(Family family) const {
    return members_[index(family)];
  }
  // The same, interned; the group keeps the count.
  [[nodiscard]] rib::AudienceRef everyone(Family family);

  // Members that may not have the best path get a later one: route-server clients with path-hiding
  // mitigation (RFC 7947 section 2.3.2) and clients with Add-Path.
  [[nodiscard]] bool looks_further(Family family) const {
    return several(family) ||
           (facts_.kind == PeerKind::RouteServerClient && rules_.path_hiding_mitigation);
  }
  [[nodiscard]] bool several(Family family) const { return facts_.add_path_send.contains(family); }
  // Where the traffic of members enters the network; kNoPlace: not known.
  [[nodiscard]] PopId vantage() const { return rules_.vantage; }
  [[nodiscard]] const policy::EgressCosts& costs() const { return rules_.present_costs(); }
  // Most paths of a prefix for a client, with Add-Path.
  [[nodiscard]] std::size_t most_paths() const {
    return rules_.add_path_send == 0 ? 1 : rules_.add_path_send;
  }

  // The set of the default route that members get in place of every other
  // (ExportRules::default_route). None: the routes of the table are for them. The group keeps the
  // count. Valid until the next call.
  [[nodiscard]] rib::AttrRef default_route(Family family);

  // The variants of the path for members: disjoint audiences, none where the path is withheld from
  // all. The caller applies the split horizon. Valid until the next call.
  [[nodiscard]] std::span<const Variant> variants(const Nlri& nlri, const rib::Path& path);

 private:
  // The source of a path as far as export_path() reads it.
  using SourceKey = std::uint64_t;
  struct Memo {
    rib::AttrRef set = rib::AttrRef::None;  // counted, as are the variants
    Family family{};
    bool complete = true;     // false: a set found no memory, so the next path is evaluated again
    policy::Answers answers;  // of the policies, for the prefix
    SourceKey source = 0;
    std::uint32_t version = 0;
    std::vector<Variant> variants;
  };
  // Places of the memo at first and at most; powers of two.
  static constexpr std::size_t kFirstMemos = 16;
  static constexpr std::size_t kMostMemos = 1024;

  // The path under evaluation.
  struct Asked {
    const Nlri& nlri;
    const rib::Path& path;
    policy::Answers answers;
  };
  [[nodiscard]] policy::Answers ask(const Prefix& prefix, rib::AttrRef set) const;
  [[nodiscard]] static std::size_t hash_of(rib::AttrRef set, const policy::Answers& answers);
  [[nodiscard]] Memo& memo_of(rib::AttrRef set, const policy::Answers& answers);
  void grow_memo();
  [[nodiscard]] SourceKey source_key(const rib::PeerRank& source) const;
  void evaluate(const Asked& asked, std::vector<Variant>& out);
  void evaluate_plan(const Asked& asked, std::vector<Variant>& out);
  // The caller owns the count. None where the path is withheld, or its set finds no memory.
  [[nodiscard]] rib::AttrRef form(const Asked& asked, std::uint8_t control_prepend);
  void forget(Memo& memo);
  [[nodiscard]] rib::AttrRef intern_formed(Family family);

  rib::Rib& rib_;
  const SessionFacts facts_;  // of the first member; facts in which members differ are not used
  const ExportRules rules_;
  std::array<rib::ClientSet, kFamilyCount> members_;
  std::array<rib::AudienceRef, kFamilyCount> everyone_{};
  std::vector<std::pair<Asn, PeerSlot>> asns_;  // of the members, sorted
  std::uint32_t version_ = 0;                   // of the membership
  std::vector<Memo> memo_;                      // by hash_of(), one for each place
  Memo fresh_;  // the result where policy has more questions than Answers holds

  rib::AttrRef default_route_ = rib::AttrRef::None;  // the last result of default_route()
  bool found_no_memory_ = false;                     // form(), for a set, since evaluate() began
  rib::AttributeSet stored_;                         // scratch of evaluate()
  PathAttributes formed_;                            // scratch of form()
  std::vector<std::byte> octets_;
  policy::ControlCommunities::Plan plan_;
};

}  // namespace tern::pipeline
