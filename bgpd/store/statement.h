// A prepared statement of a database: parameters by number, rows one after another.
//
//   insert.bind(1, "203.0.113.0/24");
//   insert.bind(2, std::int64_t{1790000000});
//   if (auto error = insert.run()) ...
//
// Used by the thread of its database, which outlives the statement.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bgpd/store/error.h"
#include "rib/types/result.h"

struct sqlite3_stmt;

namespace tern::store {

class Statement {
 public:
  Statement() = default;  // good for an assignment
  Statement(sqlite3_stmt* statement, const std::string* path)
      : statement_(statement), path_(path) {}
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  // Parameters begin at 1 and keep their values until they are bound again; before the first, they
  // are NULL. Text is copied. A failure, as for lack of memory, is the error of the next step.
  void bind(int parameter, std::int64_t value);
  void bind(int parameter, std::string_view text);
  void bind_null(int parameter);

  // Goes to the first or the next row; false: there is none, and the statement begins anew.
  [[nodiscard]] Result<bool, Error> next();
  // Runs the statement to its end, without looking at rows.
  [[nodiscard]] std::optional<Error> run();
  // Lets the statement begin anew, and the database forget the row.
  void reset();

  // Columns of the present row begin at 0. Views end with the row.
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string_view text(int column) const;

 private:
  [[nodiscard]] Error error() const;

  sqlite3_stmt* statement_ = nullptr;
  const std::string* path_ = nullptr;
  std::optional<Error> unbound_;  // of bind()
};

}  // namespace tern::store
