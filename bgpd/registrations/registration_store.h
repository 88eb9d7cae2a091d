// The tables of stored registrations in a database: a row for each registration, and the log of
// writes, whose last 100,000 rows stay. A RegistrationStore belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/registrations/database_place.h"
#include "bgpd/registrations/write.h"
#include "bgpd/store/database.h"
#include "bgpd/store/statement.h"
#include "rib/types/result.h"

namespace tern::registrations {

inline constexpr std::int64_t kMostLogged = 100'000;

class RegistrationStore {
 public:
  [[nodiscard]] static Result<std::unique_ptr<RegistrationStore>, store::Error> open(
      const DatabasePlace& place);

  // The text of each registration, in no order.
  [[nodiscard]] std::optional<store::Error> for_each(
      const std::function<void(std::string_view text)>& take);
  // Empty: the prefix is not there.
  [[nodiscard]] Result<std::string, store::Error> text_of(const Prefix& prefix);

  struct Entry {
    const std::string* user = nullptr;
    const Difference* difference = nullptr;
  };
  // Writes all entries and their rows of the log in one transaction. time: Unix seconds.
  [[nodiscard]] std::optional<store::Error> write(std::span<const Entry> entries,
                                                  std::int64_t time);

  // Whether no other process holds the database.
  [[nodiscard]] bool is_free();

  // The last entries, the newest first; of one prefix where it is given.
  [[nodiscard]] Result<std::vector<LogEntry>, store::Error> log(const std::optional<Prefix>& prefix,
                                                                std::size_t most);

 private:
  explicit RegistrationStore(std::unique_ptr<store::Database> database)
      : database_(std::move(database)) {}
  [[nodiscard]] std::optional<store::Error> prepare();
  [[nodiscard]] std::optional<store::Error> write_one(const Entry& entry, std::int64_t time);

  std::unique_ptr<store::Database> database_;
  store::Statement find_;  // these end before the database
  store::Statement put_;
  store::Statement remove_;
  store::Statement note_;
  store::Statement forget_;
};

}  // namespace tern::registrations
