// The check of the registrations in force, of every source, against the requirements of new ones:
// files and the configuration are not refused for them, and evidence and sessions change later.
// A registration that does not meet the requirements stays in force, and is in an UnmetBook with
// the reasons.
//
// A change of the table, the requirements, the VRPs or the route objects makes registrations due,
// which run_slice() checks. A change of VRPs or of the table makes those due that it touches. All
// registrations are due after a change of route objects or requirements, and after any change where
// addresses of sessions count, because these depend on other prefixes.
//
// While the configuration names a source of VRPs or route objects that has none yet, nothing is
// checked, and the book stays as it is. An Audit belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "bgpd/registrations/unmet_book.h"
#include "bgpd/registrations/write.h"
#include "bgpd/session/log_limiter.h"
#include "policy/policy.h"
#include "policy/registrations.h"
#include "policy/route_objects.h"
#include "policy/vrp_table.h"
#include "rib/types/prefix.h"

namespace tern::registrations {

class Audit {
 public:
  // Ranges and registrations that a change may make due one by one; beyond them, all are due.
  static constexpr std::size_t kMostTouched = 16'384;
  static constexpr std::uint64_t kSlice = 5'000'000;  // nanoseconds
  static constexpr std::uint32_t kMostLines = 10;     // of the log, in a minute

  void use(const Requirements& requirements);
  // changed: as RegistrationTable::difference() from the table before. Null: there are no
  // registrations.
  void set_table(std::shared_ptr<const policy::RegistrationTable> table,
                 const std::vector<policy::PrefixRange>& changed);
  // changed: ranges that have every prefix whose validation can be another one. Null: there are no
  // VRPs, or no route objects.
  void set_vrps(std::shared_ptr<const policy::VrpTable> vrps,
                const std::vector<policy::PrefixRange>& changed);
  void set_route_objects(std::shared_ptr<const policy::RouteObjects> objects);

  [[nodiscard]] bool is_due() const { return is_ready_ && (lap_ || !due_.empty()); }
  // Checks registrations that are due, for so many nanoseconds and one registration at most.
  void run_slice(std::uint64_t nanoseconds = kSlice);
  // Once a second: logs how many lines were left out.
  void look();

  [[nodiscard]] const std::shared_ptr<UnmetBook>& book() const { return book_; }

 private:
  void settle();
  [[nodiscard]] bool requires_any() const;
  [[nodiscard]] bool has_evidence() const;
  void begin_lap();
  void touch(const std::vector<policy::PrefixRange>& changed);
  void step();
  void step_of_lap();
  void check(const policy::RegistrationTable::Entry& entry);
  void note_met(const policy::Registration& one);
  void note_unmet(const policy::Registration& one, WriteResult found);

  const std::shared_ptr<UnmetBook> book_ = std::make_shared<UnmetBook>();
  Requirements requirements_;
  std::shared_ptr<const policy::RegistrationTable> table_;
  std::shared_ptr<const policy::VrpTable> vrps_;
  std::shared_ptr<const policy::RouteObjects> objects_;
  bool is_ready_ = false;

  std::set<Prefix> due_;  // beside the lap
  // A lap goes through the table in the order of prefixes. Where all are due again during a lap,
  // the lap goes on behind the end from the beginning to `stop_`.
  bool lap_ = false;
  bool wrapped_ = false;
  std::optional<Prefix> position_;  // the last prefix that was checked
  std::optional<Prefix> stop_;

  session::LogLimiter lines_{kMostLines};
};

}  // namespace tern::registrations
