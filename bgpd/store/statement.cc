#include "bgpd/store/statement.h"

#include <sqlite3.h>

#include <utility>

namespace tern::store {

Statement::Statement(Statement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)),
      path_(other.path_),
      unbound_(std::move(other.unbound_)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  if (this == &other) return *this;
  sqlite3_finalize(statement_);
  statement_ = std::exchange(other.statement_, nullptr);
  path_ = other.path_;
  unbound_ = std::move(other.unbound_);
  return *this;
}

Statement::~Statement() { sqlite3_finalize(statement_); }

Error Statement::error() const { return last_error(sqlite3_db_handle(statement_), *path_); }

void Statement::bind(int parameter, std::int64_t value) {
  if (sqlite3_bind_int64(statement_, parameter, value) != SQLITE_OK) unbound_ = error();
}

void Statement::bind(int parameter, std::string_view text) {
  const int bound = sqlite3_bind_text64(statement_, parameter, text.data() ? text.data() : "",
                                        text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (bound != SQLITE_OK) unbound_ = error();
}

void Statement::bind_null(int parameter) {
  if (sqlite3_bind_null(statement_, parameter) != SQLITE_OK) unbound_ = error();
}

Result<bool, Error> Statement::next() {
  if (unbound_) return *std::exchange(unbound_, std::nullopt);
  const int step = sqlite3_step(statement_);
  if (step == SQLITE_ROW) return true;
  if (step == SQLITE_DONE) {
    reset();
    return false;
  }
  Error fault = error();
  reset();
  return fault;
}

std::optional<Error> Statement::run() {
  for (;;) {
    auto row = next();
    if (!row) return std::move(row.error());
    if (!*row) return std::nullopt;
  }
}

void Statement::reset() { (void)sqlite3_reset(statement_); }

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string_view Statement::text(int column) const {
  const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (text == nullptr) return {};
  return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

}  // namespace tern::store
