// The database of the history, opened when it is needed, and moved aside where it is damaged. For
// the thread of the history (event_history.h).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bgpd/events/event_store.h"

namespace tern::events {

struct HistorySettings {
  std::string path;                     // of the database; empty: there is no history
  std::chrono::hours longest{24 * 90};  // events whose last line is older are deleted
  std::uint64_t rows = 200'000;         // events; beyond them the first are deleted
  friend bool operator==(const HistorySettings&, const HistorySettings&) = default;
};

class HistoryDatabase {
 public:
  static constexpr std::size_t kMostForgotten = 1024;  // rows, in one piece
  static constexpr std::size_t kMostAside = 4;         // damaged databases that are moved aside
  static constexpr std::size_t kMostFile = std::size_t{16} << 30U;  // octets
  // Pieces of a minute that events lose by their age: a clock that jumps ahead for an hour costs a
  // part of the history, and not the whole.
  static constexpr unsigned kOldPieces = 4;
  // Between two attempts to open a database, which may check all of the file: the pause doubles.
  static constexpr std::chrono::seconds kFirstPause{1};
  static constexpr std::chrono::seconds kLongestPause{30};

  // Makes the folder of the database where it is missing, and returns what is wrong.
  using HaveFolder = std::function<std::optional<std::string>()>;
  // Called when a damaged database was moved aside, with a text for the log.
  using Aside = std::function<void(const std::string& text)>;

  // have_folder: null: the folder is there. most_octets: of the file.
  HistoryDatabase(HaveFolder have_folder, Aside aside, std::size_t most_octets = kMostFile)
      : have_folder_(std::move(have_folder)), aside_(std::move(aside)), most_octets_(most_octets) {}

  // Closes the database of another path.
  void set(const HistorySettings& settings);
  // The next attempt to open the database has no pause before.
  void end_pause();
  [[nodiscard]] const HistorySettings& settings() const { return settings_; }

  [[nodiscard]] std::optional<store::Error> write(std::span<const Event> events);
  // See EventStore::read(). A failure is the error of the page.
  [[nodiscard]] HistoryPage read(std::int64_t before, const HistoryFilter& filter);
  // Adds up to `most` events with the last changes, in the order of their changes. bad: rows that
  // are no events.
  [[nodiscard]] std::optional<store::Error> read_back(std::size_t most, std::vector<Event>& events,
                                                      std::size_t& bad);

  struct Retention {
    std::uint64_t rows = 0;  // that are left
    bool more = false;       // more rows are to be deleted: call again at once
  };
  // Deletes a piece of kMostForgotten rows: of those that are too old, in kOldPieces calls at most
  // until `more` is false, and of those beyond the bound. now: Unix seconds.
  [[nodiscard]] Result<Retention, store::Error> forget(std::uint32_t now);

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] std::optional<store::Error> open();
  [[nodiscard]] std::optional<store::Error> open_or_replace();
  [[nodiscard]] std::optional<store::Error> open_file();
  [[nodiscard]] Result<std::size_t, store::Error> forget_piece(std::uint32_t now);
  [[nodiscard]] store::Error failed(store::Error fault);

  const HaveFolder have_folder_;
  const Aside aside_;
  const std::size_t most_octets_;
  HistorySettings settings_;
  std::unique_ptr<EventStore> store_;  // null: closed

  // Of attempts to open it that failed.
  std::optional<store::Error> fault_;  // of the last one
  Clock::time_point try_at_{};
  std::chrono::seconds pause_{0};

  // Of the calls of forget() until `more` is false.
  std::optional<std::uint64_t> rows_;
  unsigned old_pieces_ = 0;
};

}  // namespace tern::events
