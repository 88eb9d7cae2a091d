// Reports, and a log of events that takes them, for tests.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "bgpd/events/event_log.h"

namespace tern::events {

using What = Report::What;

inline constexpr std::uint32_t kStart = 1'800'000'000;

[[nodiscard]] inline Report report(What what, Kind kind, const std::string& key,
                                   const std::string& summary = "why") {
  Report made{.what = what, .kind = kind, .key = key};
  made.subject.neighbor = key;
  made.summary = summary;
  return made;
}

[[nodiscard]] inline Report hijack(What what, int number) {
  Report made = report(what, Kind::OriginHijack, std::to_string(number));
  made.subject = {};
  made.subject.prefix = "10.0." + std::to_string(number) + ".0/24";
  made.group = "edge";
  return made;
}

class EventLogTest : public testing::Test {
 protected:
  void take(Report one) { log_.take(std::move(one), now_); }
  // A whole tick. Returns the number of its slices.
  std::size_t tick() {
    std::size_t slices = 1;
    for (; log_.tick(now_); ++slices) {
    }
    return slices;
  }
  std::vector<Event> all() const {
    std::vector<Event> found;
    std::uint64_t change = 0;
    for (const auto& event : log_.read(change, 100'000, {})) found.push_back(*event);
    return found;
  }
  std::uint64_t total(Kind kind) const {
    std::uint64_t sum = 0;
    for (const auto count : log_.counts().total[static_cast<std::size_t>(kind)]) sum += count;
    return sum;
  }
  std::uint64_t open(Kind kind) const { return log_.counts().open[static_cast<std::size_t>(kind)]; }

  std::uint32_t now_ = kStart;
  std::string lines_;  // "began 1;again 3;ended 3;" with the counts of the events
  EventLog log_{100, [this](const Event& event, EventLog::Change change) {
                  lines_ += change == EventLog::Change::Began   ? "began "
                            : change == EventLog::Change::Again ? "again "
                                                                : "ended ";
                  lines_ += std::to_string(event.count) + ";";
                }};
};

}  // namespace tern::events
