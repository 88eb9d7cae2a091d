// The Watch reads every route that a router of ours tells anybody, at the receiving end, and
// notices when a route for a registered prefix is told that must never be used.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bgpd/wire/update.h"
#include "tests/sim/fleet/plan.h"

namespace tern::sim::fleet {

class Watch {
 public:
  explicit Watch(const Plan& plan) : plan_(plan) {}

  // Of one UPDATE from a router of ours.
  void read(const wire::UpdateMessage& update, Host from, Host to);
  // The first wrong route, in words.
  [[nodiscard]] const std::optional<std::string>& wrong() const { return wrong_; }
  [[nodiscard]] std::uint64_t updates() const { return updates_; }
  // Increases with each UPDATE that anybody sends or receives, each session that comes or goes, and
  // each piece of work of a router of ours.
  void note_activity() { ++activity_; }
  [[nodiscard]] std::uint64_t activity() const { return activity_; }
  // Routes for registered prefixes that were read.
  [[nodiscard]] std::uint64_t guarded() const { return guarded_; }

 private:
  const Plan& plan_;
  std::optional<std::string> wrong_;
  std::uint64_t updates_ = 0;
  std::uint64_t guarded_ = 0;
  std::uint64_t activity_ = 0;
};

// The path from the partner on: without the AS numbers that our routers put in front.
[[nodiscard]] std::vector<Asn> from_partner(const AsPath& path);

}  // namespace tern::sim::fleet
