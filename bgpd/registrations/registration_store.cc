#include "bgpd/registrations/registration_store.h"

#include <array>
#include <utility>

namespace tern::registrations {
namespace {

using store::Error;

constexpr std::int32_t kApplication = 0x5465726E;  // "Tern"
constexpr std::array<std::string_view, 1> kMigrations{
    "CREATE TABLE registration (prefix TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE log (number INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL,"
    " user TEXT NOT NULL, prefix TEXT NOT NULL, before TEXT, after TEXT);"
    "CREATE INDEX log_prefix ON log (prefix)"};

void bind_text_or_null(store::Statement& statement, int parameter, const std::string& text) {
  if (text.empty()) return statement.bind_null(parameter);
  statement.bind(parameter, text);
}

}  // namespace

Result<std::unique_ptr<RegistrationStore>, Error> RegistrationStore::open(
    const DatabasePlace& place) {
  auto database = store::Database::open(place.path, {kApplication, kMigrations},
                                        {place.most_octets, place.patience});
  if (!database) return std::move(database.error());
  std::unique_ptr<RegistrationStore> opened(new RegistrationStore(std::move(*database)));
  if (auto fault = opened->prepare()) return *std::move(fault);
  return opened;
}

std::optional<Error> RegistrationStore::prepare() {
  const std::pair<store::Statement*, const char*> statements[] = {
      {&find_, "SELECT text FROM registration WHERE prefix = ?1"},
      {&put_, "REPLACE INTO registration (prefix, text) VALUES (?1, ?2)"},
      {&remove_, "DELETE FROM registration WHERE prefix = ?1"},
      {&note_, "INSERT INTO log (time, user, prefix, before, after) VALUES (?1, ?2, ?3, ?4, ?5)"},
      {&forget_, "DELETE FROM log WHERE number <= (SELECT max(number) FROM log) - ?1"}};
  for (const auto& [statement, sql] : statements) {
    auto prepared = database_->prepare(sql);
    if (!prepared) return std::move(prepared.error());
    *statement = std::move(*prepared);
  }
  return std::nullopt;
}

std::optional<Error> RegistrationStore::for_each(
    const std::function<void(std::string_view text)>& take) {
  auto all = database_->prepare("SELECT text FROM registration");
  if (!all) return std::move(all.error());
  for (;;) {
    auto row = all->next();
    if (!row) return std::move(row.error());
    if (!*row) return std::nullopt;
    take(all->text(0));
  }
}

Result<std::string, Error> RegistrationStore::text_of(const Prefix& prefix) {
  find_.bind(1, prefix.to_string());
  auto row = find_.next();
  if (!row) return std::move(row.error());
  if (!*row) return std::string();
  std::string text(find_.text(0));
  find_.reset();
  return text;
}

std::optional<Error> RegistrationStore::write(std::span<const Entry> entries, std::int64_t time) {
  auto transaction = store::Transaction::begin(*database_);
  if (!transaction) return std::move(transaction.error());
  for (const Entry& entry : entries) {
    if (auto fault = write_one(entry, time)) return fault;
  }
  forget_.bind(1, kMostLogged);
  if (auto fault = forget_.run()) return fault;
  return transaction->commit();
}

std::optional<Error> RegistrationStore::write_one(const Entry& entry, std::int64_t time) {
  const Difference& difference = *entry.difference;
  const std::string prefix = difference.prefix.to_string();
  store::Statement& change = difference.after.empty() ? remove_ : put_;
  change.bind(1, prefix);
  if (!difference.after.empty()) change.bind(2, difference.after);
  if (auto fault = change.run()) return fault;
  note_.bind(1, time);
  note_.bind(2, *entry.user);
  note_.bind(3, prefix);
  bind_text_or_null(note_, 4, difference.before);
  bind_text_or_null(note_, 5, difference.after);
  return note_.run();
}

bool RegistrationStore::is_free() { return store::Transaction::begin(*database_).ok(); }

Result<std::vector<LogEntry>, Error> RegistrationStore::log(const std::optional<Prefix>& prefix,
                                                            std::size_t most) {
  const std::string of_prefix = prefix ? " WHERE prefix = ?2" : "";
  auto select = database_->prepare("SELECT time, user, prefix, before, after FROM log" + of_prefix +
                                   " ORDER BY number DESC LIMIT ?1");
  if (!select) return std::move(select.error());
  select->bind(1, static_cast<std::int64_t>(most));
  if (prefix) select->bind(2, prefix->to_string());
  std::vector<LogEntry> entries;
  for (;;) {
    auto row = select->next();
    if (!row) return std::move(row.error());
    if (!*row) return entries;
    LogEntry& entry = entries.emplace_back();
    entry.time = select->integer(0);
    entry.user = select->text(1);
    entry.difference = {Prefix::parse(select->text(2)).value_or(Prefix()),
                        std::string(select->text(3)), std::string(select->text(4))};
  }
}

}  // namespace tern::registrations
