// Clients that are told the same about the same path, and what they are told.
//
// What a path looks like at a client depends on the path, on the client's rules and on a few facts
// of its session; clients that agree in these form a class, and export_path() runs once per class
// and attribute set instead of once per client and route. Control communities, the one thing in
// which the clients of a class differ, split the result of a set by audience. Owned by the thread
// of its Rib.
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
  // One form of a path and who may have it.
  struct Variant {
    rib::AttrRef set = rib::AttrRef::None;
    rib::AudienceRef to = rib::AudienceRef::Nobody;  // Nobody: every member
  };

  ExportGroup(rib::Rib& rib, SessionFacts facts, ExportRules rules);
  ~ExportGroup();
  ExportGroup(const ExportGroup&) = delete;
  ExportGroup& operator=(const ExportGroup&) = delete;

  // Whether a session with these facts and rules is told what members are told.
  [[nodiscard]] bool serves(const SessionFacts& facts, const ExportRules& rules) const;

  void insert(const SessionFacts& facts);
  void erase(PeerSlot slot);
  [[nodiscard]] bool empty() const { return asns_.empty(); }

  // Members that negotiated the family.
  [[nodiscard]] const rib::ClientSet& members(Family family) const {
    return members_[index(family)];
  }
  // The same, interned; the class keeps the count.
  [[nodiscard]] rib::AudienceRef everyone(Family family);

  // Paths after the best one are tried for those that may not have it: route-server clients with
  // path-hiding mitigation (RFC 7947 section 2.3.2) and clients with Add-Path.
  [[nodiscard]] bool looks_further(Family family) const {
    return several(family) ||
           (facts_.kind == PeerKind::RouteServerClient && rules_.path_hiding_mitigation);
  }
  [[nodiscard]] bool several(Family family) const { return facts_.add_path_send.contains(family); }
  // Where the traffic of members enters the network; kNoPlace: nothing is known of that.
  [[nodiscard]] PopId vantage() const { return rules_.vantage; }
  [[nodiscard]] const policy::Egress& egress() const { return *rules_.egress; }
  // Most paths of a prefix for a client, with Add-Path.
  [[nodiscard]] std::size_t most_paths() const {
    return rules_.add_path_send == 0 ? 1 : rules_.add_path_send;
  }

  // What members may have of the path: disjoint audiences, none where it is withheld from all. The
  // split horizon is the caller's. Valid until the next call.
  [[nodiscard]] std::span<const Variant> variants(const Nlri& nlri, const rib::Path& path);

 private:
  // The source of a path as far as export_path() reads it.
  using SourceKey = std::uint64_t;
  struct Memo {
    rib::AttrRef set = rib::AttrRef::None;  // counted, as are the offers
    Family family{};
    bool complete = true;     // false: a set found no memory, so the next path is evaluated again
    policy::Answers answers;  // of the policies, for the prefix
    SourceKey source = 0;
    std::uint32_t version = 0;
    std::vector<Variant> variants;
  };
  // Powers of two: of the first outcome, and where it stops to double.
  static constexpr std::size_t kFirstMemos = 16;
  static constexpr std::size_t kMostMemos = 1024;

  // The path under evaluation.
  struct Asked {
    const Nlri& nlri;
    const rib::Path& path;
    policy::Answers answers;
  };
  [[nodiscard]] static std::size_t hash_of(rib::AttrRef set, const policy::Answers& answers);
  [[nodiscard]] Memo& memo_of(rib::AttrRef set, const policy::Answers& answers);
  void grow_memo();
  [[nodiscard]] SourceKey source_key(const rib::PeerRank& source) const;
  void evaluate(const Asked& asked, std::vector<Variant>& out);
  void evaluate_plan(const Asked& asked, std::vector<Variant>& out);
  // The caller owns the count. None where the path is withheld, or its set finds no memory.
  [[nodiscard]] rib::AttrRef form(const Asked& asked, std::uint8_t control_prepend);
  void forget(Memo& memo);

  rib::Rib& rib_;
  const SessionFacts facts_;  // of the first member; those that tell members apart mean nothing
  const ExportRules rules_;
  std::array<rib::ClientSet, kFamilyCount> members_;
  std::array<rib::AudienceRef, kFamilyCount> everyone_{};
  std::vector<std::pair<Asn, PeerSlot>> asns_;  // of the members, sorted
  std::uint32_t version_ = 0;                   // of the membership
  std::vector<Memo> memo_;                      // by hash_of(); each has one place
  Memo fresh_;  // the result where policy has more questions than Answers holds

  bool found_no_memory_ = false;  // form(), for a set, since evaluate() began
  rib::AttributeSet stored_;      // scratch of evaluate()
  PathAttributes formed_;         // scratch of form()
  std::vector<std::byte> octets_;
  policy::ControlCommunities::Plan plan_;
};

}  // namespace tern::pipeline
