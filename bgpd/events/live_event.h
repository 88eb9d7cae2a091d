// An event that is open, or ended a short time ago, with what an EventLog has to remember of it.
// Internal to EventLog.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "bgpd/events/event.h"
#include "bgpd/events/event_bursts.h"

namespace tern::events {

// Times are Unix seconds.
struct LiveEvent {
  static constexpr std::uint32_t kAgain = 60;  // seconds, like the next two
  // Longer than the states of registered prefixes wait for the tables of neighbors after a start.
  static constexpr std::uint32_t kRestoredGrace = 300;
  static constexpr std::uint32_t kLinePause = 60;  // between two lines of an event that flaps
  static constexpr std::uint32_t kNever = 0xFFFFFFFF;

  Event event;
  std::uint32_t opening = 0;  // of EventMembers, while open
  std::size_t unended = 0;    // members of EventMembers
  std::uint32_t due = kNever;
  std::uint32_t restored_at = 0;  // 0: a source has reported the event since the start
  std::uint32_t line_at = 0;      // when the last line was written that begins a pause; 0: never
  bool said_open = false;         // the last line says that the event is open
  Severity said{};                // in the last line
  bool unsaid = false;            // a line is due when the pause is over
  bool dirty = false;             // changed since it was published
  bool once = false;              // without a duration

  // The event becomes what the report says. False: the report says nothing new.
  bool take(Report& report) {
    const Severity severity = severity_of(report);
    const bool same = severity == event.severity && report.summary == event.summary &&
                      report.evidence == event.evidence && report.subject == event.subject;
    event.severity = severity;
    event.subject = std::move(report.subject);
    event.summary = std::move(report.summary);
    event.evidence = std::move(report.evidence);
    return !same;
  }

  // An event that is open and worse than the last line says has a line at once.
  [[nodiscard]] bool pauses(std::uint32_t now) const {
    if (event.open() && event.severity > said) return false;
    return line_at != 0 && is_within(line_at, now, kLinePause);
  }
  // No source has reported the restored event in time.
  [[nodiscard]] bool is_missed(std::uint32_t now) const {
    return event.open() && restored_at != 0 && !is_within(restored_at, now, kRestoredGrace);
  }
  // A group whose members have no duration, or ended.
  [[nodiscard]] bool is_idle(std::uint32_t now) const {
    return event.open() && event.group && unended == 0 &&
           !is_within(event.last, now, EventBursts::kWindow);
  }
  [[nodiscard]] bool is_over(std::uint32_t now) const {
    return !event.open() && !is_within(event.end, now, kAgain);
  }
  // When one of these, or a line, has to be looked at.
  [[nodiscard]] std::uint32_t next_due() const {
    if (dirty) return 0;
    std::uint32_t next = kNever;
    if (!event.open()) {
      next = event.end + kAgain;
    } else if (restored_at != 0) {
      next = restored_at + kRestoredGrace;
    } else if (event.group && unended == 0) {
      next = event.last + EventBursts::kWindow;
    }
    return unsaid ? std::min(next, line_at + kLinePause) : next;
  }
};

}  // namespace tern::events
