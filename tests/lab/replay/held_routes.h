// What a sink holds of one neighbour: which prefixes, and where that is asked for what was said of
// them.
#pragma once

#include <array>
#include <cstdint>
#include <ostream>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "bgpd/wire/update.h"
#include "rib/types/family.h"
#include "rib/types/prefix.h"

namespace tern::replay {

class HeldRoutes {
 public:
  // keep_attributes: costs the text of every attribute set that was ever told, once each.
  explicit HeldRoutes(bool keep_attributes = false) : keep_attributes_(keep_attributes) {}
  HeldRoutes(const HeldRoutes&) = delete;
  HeldRoutes& operator=(const HeldRoutes&) = delete;

  // An UPDATE without a session reset.
  void take(const wire::UpdateMessage& update);
  // The session ended: all is gone but the counts.
  void clear();

  // A line per prefix, in order: PREFIX NEXT-HOP ORIGIN MED COMMUNITIES OTHERS AS-PATH, with "-"
  // for what is absent. Without keep_attributes only the prefix. OTHERS are the further attributes
  // with their values, those without a name by number and in hexadecimal.
  void write(std::ostream& out) const;

  [[nodiscard]] std::size_t size(Family family) const { return prefixes_[index(family)].size(); }
  [[nodiscard]] std::uint64_t updates() const { return updates_; }
  [[nodiscard]] std::uint64_t announced() const { return announced_; }  // prefixes
  [[nodiscard]] std::uint64_t withdrawn() const { return withdrawn_; }
  [[nodiscard]] bool end_of_rib(Family family) const { return end_of_rib_[index(family)]; }

 private:
  void announce(const PathAttributes& attributes, const std::vector<Nlri>& prefixes);
  void withdraw(const std::vector<Nlri>& prefixes);

  bool keep_attributes_;
  std::unordered_set<std::string> texts_;
  // With its line in texts_, or nullptr.
  std::array<std::unordered_map<Prefix, const std::string*>, kFamilyCount> prefixes_;
  std::array<bool, kFamilyCount> end_of_rib_{};
  std::uint64_t updates_ = 0;
  std::uint64_t announced_ = 0;
  std::uint64_t withdrawn_ = 0;
};

}  // namespace tern::replay
