#include "bgpd/events/history_database.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "bgpd/session/loop.h"

namespace tern::events {

void HistoryDatabase::set(const HistorySettings& settings) {
  if (settings.path != settings_.path) store_ = nullptr;
  settings_ = settings;
}

// A damaged database is moved aside once; the one in its place is new. A disk that damages one
// after another is not filled with them.
std::optional<store::Error> HistoryDatabase::open() {
  if (store_) return std::nullopt;
  if (settings_.path.empty()) {
    return store::Error{store::Fault::Other, "no history of events is kept (events.history)"};
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
  auto opened = EventStore::open(settings_.path, kMostFile);
  if (!opened) return std::move(opened.error());
  store_ = std::move(*opened);
  return std::nullopt;
}

// A database that turns out to be damaged is closed, and moved aside when it is opened again.
store::Error HistoryDatabase::failed(store::Error fault) {
  if (fault.fault == store::Fault::Corrupt) store_ = nullptr;
  return fault;
}

std::optional<store::Error> HistoryDatabase::write(std::span<const Event> events) {
  if (auto fault = open()) return fault;
  auto fault = store_->write(events);
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

std::optional<store::Error> HistoryDatabase::read_back(std::size_t most,
                                                       std::vector<Event>& events) {
  if (auto fault = open()) return fault;
  std::vector<Event> found;
  std::int64_t before = 0;
  do {
    auto page = store_->read(before, {});
    if (!page) return failed(std::move(page.error()));
    std::ranges::move(page->events, std::back_inserter(found));
    before = page->before;
  } while (before != 0 && found.size() < most);
  if (found.size() > most) found.resize(most);
  std::ranges::move(found.rbegin(), found.rend(), std::back_inserter(events));
  return std::nullopt;
}

Result<HistoryDatabase::Retention, store::Error> HistoryDatabase::forget(std::uint32_t now) {
  if (auto fault = open()) return *std::move(fault);
  const auto age = std::chrono::seconds(settings_.longest).count();
  const std::uint32_t oldest = age < now ? now - static_cast<std::uint32_t>(age) : 0;
  const auto forgotten = store_->forget(oldest, settings_.rows, kMostForgotten);
  if (!forgotten) return failed(forgotten.error());
  const auto rows = store_->size();
  if (!rows) return failed(rows.error());
  return Retention{*rows, *forgotten >= kMostForgotten};
}

}  // namespace tern::events
