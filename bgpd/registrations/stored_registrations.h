// The registrations of `ternctl registration`: in the database, and in memory as sources of the
// table of registrations. tern-register uses a StoredRegistrations.
//
// The registrations in memory stay in force whatever happens to the database. A write is refused
// while the database cannot be written. A database that is damaged when it is opened is moved
// aside, and a new one begins without registrations. Where damage shows later, writes are refused
// until the next start.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/registrations/pending_changes.h"
#include "bgpd/registrations/registration_store.h"
#include "bgpd/registrations/status.h"
#include "bgpd/registrations/stored_pages.h"
#include "bgpd/registrations/write.h"
#include "bgpd/session/log_limiter.h"
#include "conf/config.h"
#include "rib/types/prefix.h"
#include "rib/types/result.h"

namespace tern::registrations {

class StoredRegistrations {
 public:
  // Opens the database where there is one, and reads it; names: of partners and PoPs. Where the
  // names are others, reads it again. path: empty for a daemon without a database.
  void use(const std::string& path, const conf::RegistrationNames& names);
  // Once a second. Tries again to open a database that could not be opened, or was locked; returns
  // whether its registrations are read.
  bool look();

  struct Request {
    Write write;
    Written done;
  };
  // Carries out writes, in order, and puts them into the database together; takes those that it
  // carried out from the list. Where together they have an error, that is the first one alone, so
  // that a write that is too large for the disk takes no other one along. Returns whether
  // registrations are others: then the table has to follow before the next call. table: in force.
  // others: registrations of other sources.
  bool serve(std::vector<Request>& requests, const policy::RegistrationTable* table,
             std::size_t others, Requirement requirement);
  // Calls what waits for the results; after the new table is published.
  void answer();

  [[nodiscard]] std::vector<StoredPages::Source> sources() const { return pages_.sources(); }
  [[nodiscard]] std::size_t size() const { return pages_.size(); }
  [[nodiscard]] StoredStatus status() const { return status_; }

  // Gives lines of a CSV file to `take`, first that of the columns. owner: empty for all. Returns
  // what is wrong.
  [[nodiscard]] std::optional<std::string> for_each_line(
      const std::string& owner, const std::function<void(std::string_view)>& take);
  [[nodiscard]] Result<std::vector<LogEntry>, std::string> log(const std::optional<Prefix>& prefix,
                                                               std::size_t most);

 private:
  struct Answer {
    Written done;
    WriteResult result;
    std::string user;
    bool check_only = false;
  };
  using Requests = std::vector<Request>;

  // Opens the database; made: also where there is none. False: there is none, or it cannot be
  // opened.
  bool open(bool made);
  void read();
  void take_row(std::string_view text, StoredPages::Changes& changes);
  enum class Served : std::uint8_t { Changed, Unchanged, Retry };
  Served serve_together(const Requests& requests, const PendingChanges::Beside& beside);
  void refuse(Requests requests, const std::string& why);
  void apply(StoredPages::Changes changes);
  void note_fault(const store::Error& fault);
  void note_aside();
  void log_result(const Answer& answer);

  std::string path_;
  conf::RegistrationNames names_;
  std::unique_ptr<RegistrationStore> store_;  // null: not open
  StoredPages pages_;
  // Rows that the configuration does not allow; a version that was in force before stays so.
  std::map<Prefix, policy::Registration> faulty_;
  std::vector<Answer> answers_;
  StoredStatus status_;
  const std::shared_ptr<const std::string> place_ = std::make_shared<const std::string>("stored");
  bool locked_ = false;   // the last error of the database is that another process holds it
  bool damaged_ = false;  // the database, since it was opened
  unsigned looks_ = 0;    // since the last try to open the database
  session::LogLimiter lines_{30};  // lines of the log in a minute about writes
};

}  // namespace tern::registrations
