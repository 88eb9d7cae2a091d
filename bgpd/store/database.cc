#include "bgpd/store/database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "rib/types/utc_text.h"

namespace tern::store {
namespace {

namespace fs = std::filesystem;

constexpr char kAside[] = ".corrupt-";

Error system_fault(const std::string& path) {
  const int number = errno;
  return {fault_of_errno(number), path + ": " + std::generic_category().message(number)};
}

// The file is made here, because SQLite would make it readable for everybody. Files beside it get
// its permissions.
std::optional<Error> make_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return system_fault(path);
  ::close(file);
  return std::nullopt;
}

}  // namespace

// ---- Opening

Result<std::unique_ptr<Database>, Error> Database::open(const std::string& path,
                                                        const Schema& schema,
                                                        const Options& options) {
  if (auto fault = make_file(path)) return *std::move(fault);
  auto opened = open_as(Sharing::Shared, path, schema, options);
  // A full disk has no room for the file of shared memory. A connection that locks the database for
  // itself needs none, so that its rows can be read.
  const bool no_room = !opened && opened.error().fault == Fault::Full;
  return no_room ? open_as(Sharing::Alone, path, schema, options) : std::move(opened);
}

Result<std::unique_ptr<Database>, Error> Database::open_as(Sharing sharing, const std::string& path,
                                                           const Schema& schema,
                                                           const Options& options) {
  std::unique_ptr<Database> database(new Database(path));
  auto fault = database->open_file(sharing, options);
  if (!fault) fault = database->check(schema);
  if (!fault) fault = database->configure(options);
  if (!fault) fault = database->migrate(schema);
  if (fault) return *std::move(fault);
  return database;
}

Database::~Database() { (void)sqlite3_close_v2(connection_); }

std::optional<Error> Database::open_file(Sharing sharing, const Options& options) {
  // NOMUTEX: the connection belongs to one thread.
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
  // NOFOLLOW refuses every link of the path, also that of a folder.
  std::error_code none;
  const fs::path file(path_);
  const fs::path folder = fs::canonical(file.has_parent_path() ? file.parent_path() : ".", none);
  const std::string real = none ? path_ : (folder / file.filename()).string();
  if (sqlite3_open_v2(real.c_str(), &connection_, kFlags, nullptr) != SQLITE_OK) return error();
  (void)sqlite3_extended_result_codes(connection_, 1);
  (void)sqlite3_busy_timeout(connection_, static_cast<int>(options.patience.count()));
  (void)sqlite3_db_config(connection_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  if (sharing == Sharing::Alone) {
    if (auto fault = run("PRAGMA locking_mode = EXCLUSIVE")) return fault;
  }
  // A damaged schema must not run functions.
  return run("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
}

// Before anything is written. A new file has neither version nor application.
std::optional<Error> Database::check(const Schema& schema) {
  const auto application = number("PRAGMA application_id");
  if (!application) return application.error();
  const auto version = number("PRAGMA user_version");
  if (!version) return version.error();
  const auto tables = number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  const bool is_new = *application == 0 && *version == 0 && *tables == 0;
  if (!is_new && *application != schema.application) {
    return Error{Fault::Foreign, path_ + ": the database of another program"};
  }
  if (*version > static_cast<std::int64_t>(schema.migrations.size())) {
    return Error{Fault::Newer, path_ + ": a newer version wrote it (schema " +
                                   std::to_string(*version) + "; this one knows up to " +
                                   std::to_string(schema.migrations.size()) + ")"};
  }
  auto found = prepare("PRAGMA integrity_check(1)");
  if (!found) return found.error();
  const auto row = found->next();
  if (!row) return row.error();
  if (*row && found->text(0) == "ok") return std::nullopt;
  return Error{Fault::Corrupt, path_ + ": " + std::string(found->text(0))};
}

std::optional<Error> Database::configure(const Options& options) {
  auto mode = prepare("PRAGMA journal_mode = WAL");
  if (!mode) return mode.error();
  const auto row = mode->next();
  if (!row) return row.error();
  // Where the folder cannot be written, SQLite stays with another journal and says nothing.
  if (mode->text(0) != "wal") {
    return Error{Fault::ReadOnly, path_ + ": no write-ahead log can be kept beside it"};
  }
  mode->reset();
  const auto page = number("PRAGMA page_size");
  if (!page) return page.error();
  const auto pages = static_cast<std::int64_t>(options.most_octets) / *page;
  // temp_store: no file in /tmp. journal_size_limit: a WAL that a large transaction made shrinks.
  return run("PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON; " +
             std::string("PRAGMA journal_size_limit = 16777216; PRAGMA max_page_count = ") +
             std::to_string(pages));
}

// Each version in a transaction with its number.
std::optional<Error> Database::migrate(const Schema& schema) {
  const auto version = number("PRAGMA user_version");
  if (!version) return version.error();
  for (auto next = static_cast<std::size_t>(*version); next < schema.migrations.size(); ++next) {
    auto transaction = Transaction::begin(*this);
    if (!transaction) return transaction.error();
    if (auto fault = run(std::string(schema.migrations[next]))) return fault;
    const std::string mark = "PRAGMA application_id = " + std::to_string(schema.application) +
                             "; PRAGMA user_version = " + std::to_string(next + 1);
    if (auto fault = run(mark)) return fault;
    if (auto fault = transaction->commit()) return fault;
  }
  return std::nullopt;
}

// ---- Deadlines

Deadline::Deadline(Database& database, std::optional<Clock::time_point> at)
    : database_(database), at_(at) {
  constexpr int kInstructions = 1000;  // of SQLite's machine, some 20 us
  const auto is_late = [](void* deadline) -> int {
    return static_cast<const Deadline*>(deadline)->is_over() ? 1 : 0;
  };
  if (at_) sqlite3_progress_handler(database_.connection_, kInstructions, is_late, this);
}

Deadline::~Deadline() { sqlite3_progress_handler(database_.connection_, 0, nullptr, nullptr); }

// ---- Statements

Result<Statement, Error> Database::prepare(std::string_view sql) {
  assert(owner_ == std::this_thread::get_id());
  sqlite3_stmt* statement = nullptr;
  const int prepared = sqlite3_prepare_v3(connection_, sql.data(), static_cast<int>(sql.size()),
                                          SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (prepared != SQLITE_OK) return error();
  return Statement(statement, &path_);
}

std::optional<Error> Database::run(const std::string& sql) {
  assert(owner_ == std::this_thread::get_id());
  if (sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) {
    return std::nullopt;
  }
  return error();
}

std::uint64_t Database::changes() const {
  return static_cast<std::uint64_t>(std::max(sqlite3_changes(connection_), 0));
}

Result<bool, Error> Database::is_at_bound() {
  const auto pages = number("PRAGMA page_count");
  if (!pages) return pages.error();
  const auto most = number("PRAGMA max_page_count");
  if (!most) return most.error();
  return *pages + kPagesOfAWrite > *most;
}

Result<std::int64_t, Error> Database::number(const std::string& sql) {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  const auto row = statement->next();
  if (!row) return row.error();
  return statement->integer(0);
}

// ---- Transactions

Result<Transaction, Error> Transaction::begin(Database& database) {
  // IMMEDIATE takes the lock of a writer now, so that no later statement finds the database locked.
  if (auto fault = database.run("BEGIN IMMEDIATE")) return *std::move(fault);
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  // SQLite has ended the transaction already after a full disk and some other errors.
  if (database_ == nullptr || sqlite3_get_autocommit(database_->connection_) != 0) return;
  (void)database_->run("ROLLBACK");
}

std::optional<Error> Transaction::commit() {
  assert(database_ != nullptr);
  // COMMIT succeeds when an error has ended the transaction before: SQLite has begun none anew.
  if (sqlite3_get_autocommit(database_->connection_) != 0) {
    return Error{Fault::Other, database_->path() + ": the transaction has ended before"};
  }
  if (auto fault = database_->run("COMMIT")) return fault;
  database_ = nullptr;
  return std::nullopt;
}

// ---- Damaged files

Result<std::string, Error> move_aside(const std::string& path, std::int64_t time) {
  const std::string base = path + kAside + utc_text(time, "%Y%m%dT%H%M%SZ");
  std::string to = base;
  std::error_code none;
  for (int number = 2; fs::exists(to, none); ++number) to = base + "." + std::to_string(number);
  // The WAL goes first: beside a new database, an old WAL would become part of it.
  for (const char* const end : {"-wal", "-shm"}) {
    if (::rename((path + end).c_str(), (to + end).c_str()) == 0 || errno == ENOENT) continue;
    return system_fault(path + end);
  }
  if (::rename(path.c_str(), to.c_str()) != 0) return system_fault(path);
  return to;
}

std::vector<std::string> moved_aside(const std::string& path) {
  std::vector<std::string> found;
  const fs::path file(path);
  const std::string begin = file.filename().string() + kAside;
  const auto ends = [](const std::string& name, std::string_view with) {
    return name.size() > with.size() &&
           name.compare(name.size() - with.size(), with.size(), with) == 0;
  };
  std::error_code fault;
  fs::directory_iterator folder(file.has_parent_path() ? file.parent_path() : fs::path("."), fault);
  for (; !fault && folder != fs::directory_iterator(); folder.increment(fault)) {
    const std::string name = folder->path().filename().string();
    if (name.compare(0, begin.size(), begin) != 0) continue;
    if (!ends(name, "-wal") && !ends(name, "-shm")) found.push_back(folder->path().string());
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace tern::store
