// A SQLite database in a file, for one thread.
//
// Every committed transaction survives the end of the process and the loss of power: the journal is
// a WAL, which each commit has on the disk (synchronous = FULL). The file belongs to the user of
// the process alone (mode 0600), as the files beside it do (-wal, -shm). A second process may read
// meanwhile, as `sqlite3 FILE .backup` does, except where the disk had no room for -shm when the
// database was opened.
//
// open() checks the whole file (PRAGMA integrity_check) and brings the schema up to date. A damaged
// file is an error, Fault::Corrupt, and stays as it is; move_aside() takes it out of the way. A
// file that a newer version wrote is an error and stays, too.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "bgpd/store/error.h"
#include "bgpd/store/statement.h"
#include "rib/types/result.h"

struct sqlite3;

namespace tern::store {

// The versions of a schema, each as the SQL that makes it of the version before. A file has the
// number of its version (PRAGMA user_version); migrations that a release had stay as they are.
struct Schema {
  std::int32_t application = 0;  // tells the file from those of other programs; not 0
  std::span<const std::string_view> migrations;
};

struct Options {
  // The most octets of the file. A write beyond them is Fault::Full.
  std::size_t most_octets = std::size_t{1} << 30U;
  // How long a statement waits for another process.
  std::chrono::milliseconds patience{2000};
};

class Database {
 public:
  // Makes the file where there is none; the folder must exist.
  [[nodiscard]] static Result<std::unique_ptr<Database>, Error> open(const std::string& path,
                                                                     const Schema& schema,
                                                                     const Options& options = {});
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] Result<Statement, Error> prepare(std::string_view sql);
  // Statements without parameters, with semicolons between them; their rows are not looked at.
  [[nodiscard]] std::optional<Error> run(const std::string& sql);
  // Rows that the last INSERT, UPDATE or DELETE changed.
  [[nodiscard]] std::uint64_t changes() const;
  // Whether a write that was Fault::Full may have met Options::most_octets, and not the end of the
  // disk: fewer than kPagesOfAWrite pages are left.
  [[nodiscard]] Result<bool, Error> is_at_bound();
  static constexpr std::int64_t kPagesOfAWrite = 4096;

 private:
  friend class Transaction;
  friend class Deadline;
  explicit Database(std::string path) : path_(std::move(path)) {}
  enum class Sharing : std::uint8_t { Shared, Alone };
  [[nodiscard]] static Result<std::unique_ptr<Database>, Error> open_as(Sharing sharing,
                                                                        const std::string& path,
                                                                        const Schema& schema,
                                                                        const Options& options);
  [[nodiscard]] std::optional<Error> open_file(Sharing sharing, const Options& options);
  [[nodiscard]] std::optional<Error> check(const Schema& schema);
  [[nodiscard]] std::optional<Error> configure(const Options& options);
  [[nodiscard]] std::optional<Error> migrate(const Schema& schema);
  [[nodiscard]] Result<std::int64_t, Error> number(const std::string& sql);
  [[nodiscard]] Error error() const { return last_error(connection_, path_); }

  const std::string path_;
  const std::thread::id owner_ = std::this_thread::get_id();
  sqlite3* connection_ = nullptr;
};

// The statements between begin() and commit() are carried out as a whole or not at all. Without
// commit(), the destructor takes them back. A database has one transaction at a time.
class Transaction {
 public:
  [[nodiscard]] static Result<Transaction, Error> begin(Database& database);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  // After an error the database is as it was before begin().
  [[nodiscard]] std::optional<Error> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;  // null: it has ended
};

// While a Deadline exists, statements of the database that are not done at its time end with
// Fault::Late. A statement that waits for the disk or for another process ends behind the wait. A
// database has one Deadline at a time, which ends before the database.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  // Nothing: no statement is late.
  Deadline(Database& database, std::optional<Clock::time_point> at);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  [[nodiscard]] bool is_over() const { return at_ && Clock::now() >= *at_; }

 private:
  Database& database_;
  const std::optional<Clock::time_point> at_;
};

// Renames a database, with the files beside it, to PATH.corrupt-20260301T100742Z; returns the new
// path. time: Unix seconds, for the name. Requires that no Database has the file open.
[[nodiscard]] Result<std::string, Error> move_aside(const std::string& path, std::int64_t time);
// The databases that move_aside() renamed and that are still there, sorted.
[[nodiscard]] std::vector<std::string> moved_aside(const std::string& path);

}  // namespace tern::store
