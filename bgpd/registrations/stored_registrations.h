// The registrations of `ternctl registration`: in the database, and in memory as sources of the
// table of registrations. tern-register uses a StoredRegistrations.
//
// The registrations in memory stay in force whatever happens to the database. A write is refused
// while the database cannot be written. A database that is damaged when it is opened is moved
// aside, and a new one begins without registrations. Where damage shows later, writes are refused
// until the next start. A database that a start cannot read, as because another process holds it,
// is tried again every few seconds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/registrations/csv_lines.h"
#include "bgpd/registrations/database_place.h"
#include "bgpd/registrations/faulty_rows.h"
#include "bgpd/registrations/pending_changes.h"
#include "bgpd/registrations/registration_store.h"
#include "bgpd/registrations/status.h"
#include "bgpd/registrations/stored_pages.h"
#include "bgpd/registrations/write_log.h"
#include "conf/config.h"
#include "rib/types/prefix.h"
#include "rib/types/result.h"

namespace tern::registrations {

class StoredRegistrations {
 public:
  explicit StoredRegistrations(DatabasePlace place) : place_(std::move(place)) {}

  // Opens the database where there is one, and reads it; names: of partners and PoPs. Where the
  // names are others, reads it again.
  void use(const conf::RegistrationNames& names);
  // Once a second. Tries again to open a database that could not be opened, or was locked: one that
  // has not been read since the start each time, others each half minute. Returns whether its
  // registrations are read.
  bool look();

  struct Request {
    Write write;
    Written done;
  };
  using Requests = std::vector<Request>;
  // Opens the database for writes where it is not open. Returns whether its registrations are read:
  // then the table has to follow before serve().
  bool open_for(const Requests& requests);
  // Fewer: some registration was removed.
  enum class Served : std::uint8_t { Unchanged, Changed, Fewer };
  // Carries out writes, in order, in one transaction. When that fails for the values or the size of
  // the writes, each write has a transaction of its own. Any other error of the database refuses
  // all of them. The table has to follow a change before answer(). table: in force. others:
  // registrations of other sources.
  Served serve(Requests requests, const policy::RegistrationTable* table, std::size_t others,
               const Requirements& requirements);
  // Calls `done` of each answered write.
  void answer();

  [[nodiscard]] std::vector<StoredPages::Source> sources() const { return pages_.sources(); }
  [[nodiscard]] StoredStatus status() const { return status_; }

  // owner: empty for all. Where the database is damaged or the disk fails, the lines are of the
  // registrations in memory.
  [[nodiscard]] Result<CsvLines, std::string> lines(const std::string& owner);
  [[nodiscard]] Result<std::vector<LogEntry>, std::string> log(const std::optional<Prefix>& prefix,
                                                               std::size_t most);

 private:
  struct Answer {
    Written done;
    WriteResult result;
  };

  // Opens the database and reads it; made: also where there is none. Returns whether it is read.
  bool open(bool made);
  [[nodiscard]] Result<std::unique_ptr<RegistrationStore>, store::Error> open_store();
  bool read();
  // Returns the error of the database, after which no write is answered; nullopt: all are.
  std::optional<store::Error> serve_together(Requests& requests, PendingChanges& pending);
  void serve_each(Requests& requests, PendingChanges& pending);
  [[nodiscard]] std::optional<store::Error> put(std::span<const RegistrationStore::Entry> entries);
  void note(Request& request, WriteResult result);
  void refuse(std::span<Request> requests, const std::string& why);
  Served apply(StoredPages::Changes changes);
  void note_fault(const store::Error& fault);
  void note_memory();  // after a change of the registrations in memory

  const DatabasePlace place_;
  conf::RegistrationNames names_;
  std::unique_ptr<RegistrationStore> store_;  // null: not open
  StoredPages pages_;
  // Rows that the configuration does not allow; a version that was in force before stays so.
  FaultyRows faulty_;
  std::vector<Answer> answers_;
  StoredStatus status_;
  bool in_use_ = false;    // use() was called
  bool was_read_ = false;  // the database, since the start
  bool locked_ = false;    // the last error of the database is that another process holds it
  bool damaged_ = false;   // the database, since it was opened
  unsigned looks_ = 0;     // since the last try to open the database
  WriteLog write_log_;
};

}  // namespace tern::registrations
