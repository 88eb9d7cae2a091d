// Local exceptions to the RPKI (SLURM, RFC 8416): filters take VRPs away, assertions add some.
//
// A file follows RFC 8416 section 3 to the letter, as the RFC demands: an unknown member, a missing
// one or a wrong value is an error, and the file is not used. Members about BGPsec are checked for
// being arrays and read over. slurmVersion is 1.
//
// The functions throw nothing and read text, not files.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/rpki/json_text.h"
#include "policy/prefix_set.h"
#include "policy/vrp_table.h"
#include "rib/types/result.h"

namespace tern::rpki {

// RFC 8416 section 3.3.1: one of the two or both.
struct PrefixFilter {
  std::optional<Prefix> prefix;  // takes VRPs of this prefix and of more specific ones
  std::optional<Asn> asn;
  friend bool operator==(const PrefixFilter&, const PrefixFilter&) = default;
};

struct SlurmFile {
  std::string name;
  std::vector<PrefixFilter> filters;
  std::vector<policy::Vrp> assertions;
};

struct SlurmLimits {
  std::size_t max_octets = 16U << 20U;
  std::size_t max_entries = 100'000;  // filters and assertions
};

[[nodiscard]] Result<SlurmFile, JsonError> read_slurm(std::string_view text, std::string_view name,
                                                      const SlurmLimits& limits = {});

// RFC 8416 section 4.2: files of several origins must not speak about the same prefixes or ASes.
// The first such pair; the caller then uses none of the files.
[[nodiscard]] std::optional<JsonError> slurm_conflict(const std::vector<SlurmFile>& files);

// The exceptions of one or more files, compiled. Immutable and safe from any thread.
class Slurm {
 public:
  Slurm() = default;  // no exception
  explicit Slurm(const std::vector<SlurmFile>& files);

  // Whether a filter takes the VRP of a cache away. Assertions are above filters (section 4.1).
  [[nodiscard]] bool filters(const policy::Vrp& vrp) const;
  [[nodiscard]] const std::vector<policy::Vrp>& assertions() const { return assertions_; }
  [[nodiscard]] bool empty() const { return !any_filter_ && assertions_.empty(); }

  // The records of a cache with the exceptions. Takes time by the table.
  [[nodiscard]] policy::VrpTable::Ptr apply(const policy::VrpTable& from) const;
  // The change behind the exceptions that a change of the cache's records makes.
  [[nodiscard]] policy::VrpDelta apply(policy::VrpDelta delta) const;

 private:
  bool any_filter_ = false;
  policy::PrefixSet prefixes_;              // of filters for any AS
  std::vector<Asn> asns_;                   // of filters for any prefix; sorted
  std::map<Asn, policy::PrefixSet> of_as_;  // of filters with both
  std::vector<policy::Vrp> assertions_;     // sorted
};

// Keeps the table behind the exceptions beside the table of the cache. A SlurmTable is used by one
// thread at a time.
class SlurmTable {
 public:
  // New exceptions. Returns whether table() is another.
  bool set_slurm(Slurm slurm);
  // The table of the cache in use, or null. Takes time by what changed where the new table came
  // from the one before by VrpTable::changed(), by the table otherwise.
  bool set_source(policy::VrpTable::Ptr source);

  // Null while there is no source, also where there are assertions: nothing is validated then. A
  // caller that wants assertions without a cache gives an empty table as the source.
  [[nodiscard]] const policy::VrpTable::Ptr& table() const { return table_; }

 private:
  bool set_table(policy::VrpTable::Ptr table);

  Slurm slurm_;
  policy::VrpTable::Ptr source_;
  policy::VrpTable::Ptr table_;
};

}  // namespace tern::rpki
