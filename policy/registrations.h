// Registered prefixes: the prefixes of customers, whose announcements the network expects from
// known origins and partners, and whose traffic leaves by the partner and the PoP that the customer
// prefers (docs/adr/0029-the-pin-is-a-rank-of-the-path.md).
//
// A RegistrationTable is immutable after construction and safe from any thread; find() and judge()
// do not allocate. A registration takes about 400 octets with its texts, and 44 octets in each
// table (tests/unit/conf/registration_bounds_test.cc measures the octets).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "policy/covering_table.h"
#include "policy/guard.h"
#include "policy/policy.h"
#include "rib/types/asn.h"
#include "rib/types/prefix.h"

namespace tern::policy {

class UsualPaths;
class VrpTable;

// The tables that the guard reads beside the registrations. Null: no suspicion needs the table, or
// there is none.
struct GuardTables {
  const VrpTable* vrps = nullptr;
  const UsualPaths* usual = nullptr;
};

// Rules for the AS_PATH of routes. The default has no rule.
struct PathRules {
  std::uint32_t max_length = 0;  // 0: any length
  bool allow_private_as = true;
  bool allow_prepend = true;
  bool direct = false;  // no AS stands between the neighbor AS and the origin
  friend bool operator==(const PathRules&, const PathRules&) = default;
};

struct Registration {
  Prefix prefix;
  std::uint8_t max_length = 0;       // of more specific prefixes; prefix.length() <= max_length
  std::optional<Fallback> fallback;  // nothing: as the rest of the configuration says
  PathRules path;
  // Of each Suspicion; nothing: as the rest of the configuration says.
  std::array<std::optional<GuardAction>, kSuspicionCount> guard{};
  Asn customer = 0;
  std::vector<Asn> origins;   // that may originate the prefix; never empty
  std::vector<Asn> partners;  // neighbor ASes, the most preferred first; empty: any. Fewer than
                              // kOtherPartner
  std::string owner;
  std::string primary_pop;               // empty: none is named
  std::vector<std::string> backup_pops;  // in order of preference, fewer than kOtherPop
  std::optional<AnyCommunity> tag;       // that routes are expected to carry
  std::string notes;
  // Where the registration stands. The line and the column begin at 1; of the database they are 0.
  std::shared_ptr<const std::string> file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  void set_stored();  // the registration stands in the database
  [[nodiscard]] bool stored() const;
  [[nodiscard]] std::string place() const;  // "customers.csv:7:1", "stored"
  // Behind the prefix in a message: " of customers.csv:7:1", ", which is stored".
  [[nodiscard]] std::string where() const;
};

using Registrations = std::vector<Registration>;

// Two registrations of which one covers the other.
struct RegistrationOverlap {
  const Registration* left_out = nullptr;  // the later one
  const Registration* kept = nullptr;
  [[nodiscard]] std::string to_string() const;
};
// Removes registrations from `all` until none covers another one: of two, the later one in `all`.
// Afterwards `all` is in the order of prefixes.
[[nodiscard]] std::vector<RegistrationOverlap> remove_overlaps(
    std::vector<const Registration*>& all);

class RegistrationTable {
 public:
  struct Entry {
    Prefix prefix;
    Fallback fallback = Fallback::None;
    GuardActions actions{};
    const Registration* registration = nullptr;
  };

  RegistrationTable() = default;
  // Of the registrations of all sources; of two that overlap, the later one is left out. actions,
  // fallback: of registrations that name none. transit_free: by which leaks are found.
  RegistrationTable(std::vector<std::shared_ptr<const Registrations>> sources,
                    const GuardActions& actions, Fallback fallback = Fallback::None,
                    TransitFree transit_free = {});

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  // In the order of prefixes.
  [[nodiscard]] const Entry& operator[](std::size_t i) const { return entries_[i]; }
  [[nodiscard]] const std::vector<RegistrationOverlap>& left_out() const { return left_out_; }
  [[nodiscard]] const TransitFree& transit_free() const { return transit_free_; }

  // The registration that covers the prefix; null: none does.
  [[nodiscard]] const Entry* find(const Prefix& prefix) const { return entries_.find(prefix); }
  // The index of the first registration that is not before the prefix.
  [[nodiscard]] std::size_t lower_bound(const Prefix& prefix) const {
    return entries_.lower_bound(prefix);
  }

  [[nodiscard]] GuardVerdict judge(const Prefix& prefix, const GuardedPath& path,
                                   const GuardTables& tables) const;
  // The rank of a path for the prefix by the order of its registration, whatever the guard has
  // against the path.
  [[nodiscard]] PinRank rank(const Prefix& prefix, const GuardedPath& path) const;
  // The suspicions that have an action other than Ignore. entry: find() of the prefix.
  [[nodiscard]] static Suspicions suspicions(const Entry& entry, const Prefix& prefix,
                                             const GuardedPath& path, const GuardTables& tables);
  // The verdict on a path with these suspicions.
  [[nodiscard]] static GuardVerdict verdict(const Entry& entry, const Prefix& prefix,
                                            const GuardedPath& path, const Suspicions& found);

  // The partners of all registrations, sorted.
  [[nodiscard]] const std::vector<Asn>& partners() const { return partners_; }

  // Whether some verdict can depend on VRPs.
  [[nodiscard]] bool reads_rpki() const { return reads_rpki_; }
  // Likewise on usual paths.
  [[nodiscard]] bool reads_usual() const { return reads_usual_; }

  // Ranges that have every prefix for which judge() can differ.
  [[nodiscard]] static std::vector<PrefixRange> difference(const RegistrationTable& a,
                                                           const RegistrationTable& b);

 private:
  std::vector<std::shared_ptr<const Registrations>> sources_;  // that the entries point into
  CoveringTable<Entry> entries_;
  std::vector<RegistrationOverlap> left_out_;
  std::vector<Asn> partners_;
  TransitFree transit_free_;
  bool reads_rpki_ = false;
  bool reads_usual_ = false;
};

}  // namespace tern::policy
