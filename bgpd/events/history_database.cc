#include "bgpd/events/history_database.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "bgpd/session/loop.h"

namespace tern::events {

void HistoryDatabase::set(const HistorySettings& settings) {
  if (settings.path != settings_.path) {
    store_ = nullptr;
    end_pause();
  }
  settings_ = settings;
}

void HistoryDatabase::end_pause() {
  fault_.reset();
  try_at_ = {};
  pause_ = {};
}

std::optional<store::Error> HistoryDatabase::open() {
  if (store_) return std::nullopt;
  if (settings_.path.empty()) {
    return store::Error{store::Fault::Other, "no history of events is kept (events.history)"};
  }
  if (fault_ && Clock::now() < try_at_) return fault_;
  fault_ = open_or_replace();
  if (fault_) {
    pause_ = std::clamp(2 * pause_, kFirstPause, kLongestPause);
    try_at_ = Clock::now() + pause_;
  } else {
    end_pause();
  }
  return fault_;
}

// A damaged database is moved aside once; the one in its place is new. A disk that damages one
// after another is not filled with them, and the last one is not checked again and again.
std::optional<store::Error> HistoryDatabase::open_or_replace() {
  if (fault_ && fault_->fault == store::Fault::Corrupt &&
      store::moved_aside(settings_.path).size() >= kMostAside) {
    return fault_;
  }
  auto fault = open_file();
  if (!fault || fault->fault != store::Fault::Corrupt) return fault;
  if (store::moved_aside(settings_.path).size() >= kMostAside) {
    fault->message +=
        "; " + std::to_string(kMostAside) + " damaged ones are beside it already: remove them";
    return fault;
  }
  const auto aside = store::move_aside(settings_.path, session::unix_seconds());
  if (!aside) return aside.error();
  aside_("the damaged history is " + *aside + ", and another one begins: " + fault->message);
  return open_file();
}

std::optional<store::Error> HistoryDatabase::open_file() {
  if (have_folder_) {
    if (const auto wrong = have_folder_()) return store::Error{store::Fault::Disk, *wrong};
  }
  auto opened = EventStore::open(settings_.path, most_octets_);
  if (!opened) return std::move(opened.error());
  store_ = std::move(*opened);
  return std::nullopt;
}

// A database that turns out to be damaged is closed, and moved aside when it is opened again.
store::Error HistoryDatabase::failed(store::Error fault) {
  if (fault.fault == store::Fault::Corrupt) store_ = nullptr;
  return fault;
}

// A file that has reached its own bound loses its first rows. A full disk costs none.

std::optional<store::Error> HistoryDatabase::write(std::span<const Event> events) {
  if (auto fault = open()) return fault;
  auto fault = store_->write(events);
  if (fault && fault->fault == store::Fault::Full) {
    const auto at_bound = store_->is_at_bound();
    if (at_bound && *at_bound && store_->forget_first(kMostForgotten)) {
      fault = store_->write(events);
    }
  }
  return fault ? std::optional(failed(*std::move(fault))) : std::nullopt;
}

HistoryPage HistoryDatabase::read(std::int64_t before, const HistoryFilter& filter) {
  HistoryPage page;
  if (const auto fault = open()) {
    page.error = fault->message;
    return page;
  }
  auto found = store_->read(before, filter);
  if (found) return *std::move(found);
  page.error = failed(std::move(found.error())).message;
  return page;
}

std::optional<store::Error> HistoryDatabase::read_back(std::size_t most, std::vector<Event>& events,
                                                       std::size_t& bad) {
  if (auto fault = open()) return fault;
  std::vector<Event> found;
  std::int64_t before = 0;
  do {
    auto page = store_->read(before, {});
    if (!page) return failed(std::move(page.error()));
    std::ranges::move(page->events, std::back_inserter(found));
    before = page->before;
    bad += page->bad;
  } while (before != 0 && found.size() < most);
  if (found.size() > most) found.resize(most);
  std::ranges::move(found.rbegin(), found.rend(), std::back_inserter(events));
  return std::nullopt;
}

Result<HistoryDatabase::Retention, store::Error> HistoryDatabase::forget(std::uint32_t now) {
  if (auto fault = open()) return *std::move(fault);
  const auto forgotten = forget_piece(now);
  if (!forgotten) {
    rows_.reset();
    return failed(forgotten.error());
  }
  const Retention left{*rows_, *forgotten >= kMostForgotten};
  if (!left.more) {
    rows_.reset();
    old_pieces_ = 0;
  }
  return left;
}

Result<std::size_t, store::Error> HistoryDatabase::forget_piece(std::uint32_t now) {
  if (!rows_) {
    const auto rows = store_->size();
    if (!rows) return rows.error();
    rows_ = *rows;
  }
  const auto age = std::chrono::seconds(settings_.longest).count();
  std::size_t deleted = 0;
  if (age < now && old_pieces_ < kOldPieces) {
    ++old_pieces_;
    const auto old = store_->forget_old(now - static_cast<std::uint32_t>(age), kMostForgotten);
    if (!old) return old.error();
    deleted = *old;
    *rows_ -= std::min<std::uint64_t>(*rows_, deleted);
  }
  const std::uint64_t excess = *rows_ > settings_.rows ? *rows_ - settings_.rows : 0;
  const std::uint64_t room = std::min<std::uint64_t>(excess, kMostForgotten - deleted);
  if (room == 0) return deleted;
  const auto first = store_->forget_first(static_cast<std::size_t>(room));
  if (!first) return first.error();
  *rows_ -= std::min<std::uint64_t>(*rows_, *first);
  return deleted + *first;
}

}  // namespace tern::events
