// What a sink holds of one neighbour: which prefixes, not their attributes.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_set>
#include <vector>

#include "bgpd/wire/update.h"
#include "rib/types/family.h"
#include "rib/types/prefix.h"

namespace tern::replay {

class HeldRoutes {
 public:
  // An UPDATE without a session reset.
  void take(const wire::UpdateMessage& update);
  // The session ended: all is gone but the counts.
  void clear();

  [[nodiscard]] std::size_t size(Family family) const { return prefixes_[index(family)].size(); }
  [[nodiscard]] std::uint64_t updates() const { return updates_; }
  [[nodiscard]] std::uint64_t announced() const { return announced_; }  // prefixes
  [[nodiscard]] std::uint64_t withdrawn() const { return withdrawn_; }
  [[nodiscard]] bool end_of_rib(Family family) const { return end_of_rib_[index(family)]; }

 private:
  void announce(const std::vector<Nlri>& prefixes);
  void withdraw(const std::vector<Nlri>& prefixes);

  std::array<std::unordered_set<Prefix>, kFamilyCount> prefixes_;
  std::array<bool, kFamilyCount> end_of_rib_{};
  std::uint64_t updates_ = 0;
  std::uint64_t announced_ = 0;
  std::uint64_t withdrawn_ = 0;
};

}  // namespace tern::replay
