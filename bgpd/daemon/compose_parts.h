// Parts of settings that several sections have. Internal to bgpd/daemon.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "conf/config.h"
#include "conf/sources.h"
#include "policy/policy.h"
#include "rib/decision.h"
#include "rib/types/family.h"

namespace tern::daemon {

template <typename Repeated>
FamilySet families_of(const Repeated& families) {
  FamilySet set;
  for (const int family : families) {
    if (const auto known = conf::family_of(static_cast<conf::proto::Family>(family))) {
      set.insert(*known);
    }
  }
  return set;
}

// The policies of these names. The names were checked when the configuration was read.
template <typename Names>
policy::Chain chain(const conf::Config& config, const Names& names) {
  std::vector<std::shared_ptr<const policy::Program>> programs;
  for (const std::string& name : names) programs.push_back(config.policies.find(name));
  return policy::Chain(std::move(programs));
}

// The settings of the decision process.
[[nodiscard]] rib::DecisionConfig compose_decision(const conf::Config& config);

}  // namespace tern::daemon
