#include "bgpd/events/event_store.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <utility>

#include "bgpd/events/event_line.h"

namespace tern::events {
namespace {

using store::Error;

constexpr std::int32_t kApplication = 0x54657645;  // "TevE"
// Ids begin anew where a history is lost, so an event is known by id and start. end 0: open.
constexpr std::array<std::string_view, 1> kMigrations{
    "CREATE TABLE event (number INTEGER PRIMARY KEY AUTOINCREMENT, id INTEGER NOT NULL,"
    " start INTEGER NOT NULL, last INTEGER NOT NULL, end INTEGER NOT NULL, kind TEXT NOT NULL,"
    " severity INTEGER NOT NULL, line TEXT NOT NULL, UNIQUE (start, id));"
    "CREATE INDEX event_last ON event (last)"};

}  // namespace

Result<std::unique_ptr<EventStore>, Error> EventStore::open(const std::string& path,
                                                            std::size_t most_octets) {
  store::Options options;
  options.most_octets = most_octets;
  auto database = store::Database::open(path, {kApplication, kMigrations}, options);
  if (!database) return std::move(database.error());
  std::unique_ptr<EventStore> opened(new EventStore(std::move(*database)));
  if (auto fault = opened->prepare()) return *std::move(fault);
  return opened;
}

std::optional<Error> EventStore::prepare() {
  const std::pair<store::Statement*, const char*> statements[] = {
      {&put_,
       "REPLACE INTO event (id, start, last, end, kind, severity, line)"
       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"},
      {&read_,
       "SELECT number, line FROM event WHERE number < ?1 AND number >= ?2"
       " AND (?3 IS NULL OR kind = ?3) AND severity >= ?4 AND (?5 = 0 OR end = 0)"
       " AND (end = 0 OR end >= ?6) ORDER BY number DESC"},
      {&last_, "SELECT coalesce(max(number), 0) FROM event"},
      {&count_, "SELECT count(*) FROM event"},
      {&forget_old_,
       "DELETE FROM event WHERE number IN"
       " (SELECT number FROM event WHERE last < ?1 ORDER BY last LIMIT ?2)"},
      {&forget_first_,
       "DELETE FROM event WHERE number IN (SELECT number FROM event ORDER BY number LIMIT ?1)"}};
  for (const auto& [statement, sql] : statements) {
    auto prepared = database_->prepare(sql);
    if (!prepared) return std::move(prepared.error());
    *statement = std::move(*prepared);
  }
  return std::nullopt;
}

std::optional<Error> EventStore::write(std::span<const Event> events) {
  auto transaction = store::Transaction::begin(*database_);
  if (!transaction) return std::move(transaction.error());
  for (const Event& event : events) {
    if (auto fault = write_one(event)) return fault;
  }
  return transaction->commit();
}

std::optional<Error> EventStore::write_one(const Event& event) {
  put_.bind(1, std::int64_t{event.id});
  put_.bind(2, std::int64_t{event.start});
  put_.bind(3, std::int64_t{event.last});
  put_.bind(4, std::int64_t{event.end});
  put_.bind(5, to_string(event.kind));
  put_.bind(6, static_cast<std::int64_t>(event.severity));
  put_.bind(7, to_line(event));
  return put_.run();
}

Result<std::int64_t, Error> EventStore::integer(store::Statement& statement) {
  auto row = statement.next();
  if (!row) return std::move(row.error());
  const std::int64_t value = *row ? statement.integer(0) : 0;
  statement.reset();
  return value;
}

Result<std::uint64_t, Error> EventStore::size() {
  const auto rows = integer(count_);
  if (!rows) return rows.error();
  return static_cast<std::uint64_t>(*rows);
}

// The time is that of all statements and of all lines of the page.
Result<HistoryPage, Error> EventStore::read(std::int64_t before, const HistoryFilter& filter) {
  using Clock = store::Deadline::Clock;
  const auto begin = Clock::now();
  const auto end = filter.time ? std::optional(begin + *filter.time) : std::nullopt;
  const store::Deadline deadline(*database_, end);
  HistoryPage page;
  page.before = before;
  if (auto fault = find(before, filter, deadline, page)) {
    if (fault->fault != store::Fault::Late) return *std::move(fault);
    page.is_late = true;
  }
  page.took = Clock::now() - begin;
  return page;
}

// The numbers of rows that were written again are gaps, and a window may be empty.
std::optional<Error> EventStore::find(std::int64_t before, const HistoryFilter& filter,
                                      const store::Deadline& deadline, HistoryPage& page) {
  if (before == 0) {
    const auto last = integer(last_);
    if (!last) return last.error();
    before = *last + 1;
  }
  const std::int64_t from = std::max<std::int64_t>(before - kWindow, 1);
  bind(before, from, filter);
  while (page.events.size() < kMostFound) {
    if (deadline.is_over()) {
      read_.reset();
      return Error{store::Fault::Late, database_->path() + ": late"};
    }
    auto row = read_.next();
    if (!row) return std::move(row.error());
    if (!*row) {
      page.before = from > 1 ? from : 0;
      return std::nullopt;
    }
    page.before = read_.integer(0);
    auto event = parse_line(read_.text(1));
    if (!event) ++page.bad;
    if (!event || (filter.wants && !filter.wants(*event))) continue;
    page.events.push_back(*std::move(event));
  }
  read_.reset();
  if (page.before == 1) page.before = 0;
  return std::nullopt;
}

void EventStore::bind(std::int64_t before, std::int64_t from, const HistoryFilter& filter) {
  read_.bind(1, before);
  read_.bind(2, from);
  if (filter.kind) {
    read_.bind(3, to_string(*filter.kind));
  } else {
    read_.bind_null(3);
  }
  read_.bind(4, filter.least ? static_cast<std::int64_t>(*filter.least) : 0);
  read_.bind(5, std::int64_t{filter.open});
  read_.bind(6, std::int64_t{filter.since});
}

Result<std::size_t, Error> EventStore::forget_old(std::uint32_t oldest, std::size_t most) {
  forget_old_.bind(1, std::int64_t{oldest});
  forget_old_.bind(2, static_cast<std::int64_t>(most));
  if (auto fault = forget_old_.run()) return *std::move(fault);
  return static_cast<std::size_t>(database_->changes());
}

Result<std::size_t, Error> EventStore::forget_first(std::size_t most) {
  forget_first_.bind(1, static_cast<std::int64_t>(most));
  if (auto fault = forget_first_.run()) return *std::move(fault);
  return static_cast<std::size_t>(database_->changes());
}

}  // namespace tern::events
