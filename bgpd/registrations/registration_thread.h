// The thread tern-register: reads the files with registered prefixes when they have changed, keeps
// the database of the registrations of `ternctl registration`, and publishes the table of all
// registrations.
//
// Of registrations that overlap, those of the configuration count before stored ones, and these
// before those of files. A write that would overlap others is refused, as a file is.
//
// A look at the files comes once a second. Files that are replaced together are read together, so
// that a registration that moves between files is in every published table. Reading 100,000
// registrations takes about half a second from CSV, and 20,000 a second from YAML. Nothing waits
// for the thread but wait_until_taken() and the destructor.
//
// Between its other work the thread compares the registrations in force with the requirements of
// new ones, in slices (audit.h).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/registrations/database_place.h"
#include "bgpd/registrations/status.h"
#include "bgpd/registrations/unmet_book.h"
#include "bgpd/registrations/write.h"
#include "conf/config.h"
#include "policy/registrations.h"
#include "policy/route_objects.h"
#include "policy/vrp_table.h"
#include "rib/types/prefix.h"
#include "rib/types/result.h"

namespace tern::registrations {

struct RegistrationSettings {
  std::vector<std::string> paths;
  // The registrations of the configuration itself; never null.
  std::shared_ptr<const policy::Registrations> listed =
      std::make_shared<const policy::Registrations>();
  conf::RegistrationNames names;
  policy::GuardActions actions = policy::kDefaultActions;
  policy::Fallback fallback = policy::Fallback::None;
  policy::TransitFree transit_free;
  Requirements requirements;
};

// The table, null where there are no registrations, and ranges that have every prefix about which
// the guard may decide otherwise than by the table before. The thread keeps a table that was
// replaced until nobody else has it, and frees the table.
using Published = std::function<void(std::shared_ptr<const policy::RegistrationTable>,
                                     std::vector<policy::PrefixRange>)>;

class RegistrationThread {
 public:
  // published: called on the thread, and never again when the destructor has returned. database:
  // of the stored registrations; without a path, every write is refused.
  explicit RegistrationThread(Published published, DatabasePlace database = {});
  // Waits for a file that is being read.
  ~RegistrationThread();
  RegistrationThread(const RegistrationThread&) = delete;
  RegistrationThread& operator=(const RegistrationThread&) = delete;

  // Any thread; does not wait. A file of the same path keeps its content, and is read again where
  // the names are others.
  void reconfigure(RegistrationSettings settings);
  // Waits until the table of the last settings is published. For the start of a daemon, so that no
  // session comes up before its guard.
  void wait_until_taken();
  // The evidence for the registrations in force, as Audit takes it. Any thread; do not wait.
  void set_vrps(std::shared_ptr<const policy::VrpTable> vrps,
                std::vector<policy::PrefixRange> changed);
  void set_route_objects(std::shared_ptr<const policy::RouteObjects> objects);
  // Any thread; may outlive the RegistrationThread.
  [[nodiscard]] std::shared_ptr<const UnmetBook> unmet() const;
  // Any thread; does not wait. False: too many writes wait, and `done` is not called. Writes that
  // wait together are put into the database together.
  [[nodiscard]] bool write(Write write, Written done);
  // Any thread; does not wait. `done` is called once, on the thread. False: too many reads wait.
  struct Export {
    std::vector<std::string> pieces;  // of a CSV file with the stored registrations
    std::string error;                // not empty: there are no pieces
  };
  [[nodiscard]] bool export_stored(const std::string& owner, std::function<void(Export)> done);
  using Log = Result<std::vector<LogEntry>, std::string>;
  [[nodiscard]] bool read_log(const std::optional<Prefix>& prefix, std::size_t most,
                              std::function<void(Log)> done);
  // Any thread. As of the last look.
  [[nodiscard]] RegistrationStatus status() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// For a check before a start: errors and warnings of the files with their places, as lines.
[[nodiscard]] std::vector<std::string> file_errors(const RegistrationSettings& settings);

}  // namespace tern::registrations
