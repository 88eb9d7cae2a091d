#include "bgpd/events/event_log.h"

#include <algorithm>
#include <utility>

namespace tern::events {
namespace {

std::string group_key(const Report& report) {
  return event_key(report.kind, "group " + report.group);
}

// The name of a member among the examples of an event.
const std::string& name_of(const Report& report) {
  const Subject& subject = report.subject;
  if (!subject.prefix.empty()) return subject.prefix;
  if (!subject.neighbor.empty()) return subject.neighbor;
  return subject.source.empty() ? report.key : subject.source;
}

// The change that a line behind a pause is about.
EventLog::Change present_change(const LiveEvent& live) {
  return live.event.open() || live.once ? EventLog::Change::Again : EventLog::Change::Ended;
}

}  // namespace

void EventLog::take(Report report, std::uint32_t now) {
  cut(report);
  const std::string key = event_key(report.kind, report.key);
  if (report.what == Report::What::End) return end(key, now);
  begin(report, key, now);
}

EventLog::Live* EventLog::find_open(const std::string& key) {
  const auto found = live_.find(key);
  return found != live_.end() && found->second.event.open() ? &found->second : nullptr;
}

EventLog::Live* EventLog::event_of_member(const std::string& key) {
  const std::string* const event = members_.event_of(key);
  return event == nullptr ? nullptr : find_open(*event);
}

void EventLog::begin(Report& report, const std::string& key, std::uint32_t now) {
  if (Live* const live = find_open(key)) return again(*live, report, now);
  if (event_of_member(key) != nullptr) return;
  if (!report.cause.empty() && report.cause != key) {
    Live* cause = find_open(report.cause);
    if (cause == nullptr) cause = event_of_member(report.cause);
    if (cause != nullptr) return fold(*cause, report, key, now);
  }
  if (const auto found = live_.find(key); found != live_.end()) {
    return again(found->second, report, now);
  }
  if (bursts_.is_one_too_many(group_key(report), now)) return fold_into_group(report, key, now);
  start(key, report, false, now);
}

// The group's event has the subject of its first member, without the prefix.
void EventLog::fold_into_group(Report& report, const std::string& key, std::uint32_t now) {
  const std::string group = group_key(report);
  if (find_open(group) == nullptr) {
    Report first = report;
    first.what = Report::What::Begin;
    first.subject.prefix.clear();
    first.summary = "many at once; the first: " + report.summary;
    cut(first);
    if (const auto found = live_.find(group); found != live_.end()) {
      again(found->second, first, now);
    } else {
      start(group, first, true, now);
    }
  }
  if (Live* const into = find_open(group)) fold(*into, report, key, now);
}

void EventLog::again(Live& live, Report& report, std::uint32_t now) {
  Event& event = live.event;
  const bool once = report.what == Report::What::Once;
  if (once && event.open()) end_live(live, now);
  const bool begins = once || !event.open();
  if (event.group) report.subject = event.subject;
  const bool differs = live.take(report);
  live.restored_at = 0;
  event.last = now;
  if (!begins) return differs ? note_change(live) : plan(live);
  ++event.count;
  counts_.note_beginning(event);
  live.once = once;
  event.end = once ? now : 0;
  if (once) {
    note_change(live);
  } else {
    open(live);
  }
  say(live, Change::Again, now);
}

void EventLog::start(const std::string& key, Report& report, bool group, std::uint32_t now) {
  (void)make_room(keep_ - 1, 2);
  Live& live = live_[key];
  Event& event = live.event;
  event.group = group;
  event.id = ++last_id_;
  event.kind = report.kind;
  event.key = key;
  live.take(report);
  event.start = event.last = now;
  event.count = 1;
  counts_.note_beginning(event);
  live.once = report.what == Report::What::Once;
  if (live.once) {
    event.end = now;
    publish(live);
  } else {
    open(live);
  }
  say(live, Change::Began, now);
}

// Where there is no room in members_, the member is counted, and its end is not waited for.
void EventLog::fold(Live& into, const Report& report, const std::string& key, std::uint32_t now) {
  Event& event = into.event;
  ++counts_.folded;
  ++event.members;
  event.last = now;
  const std::string& name = name_of(report);
  if (event.examples.size() < kMostExamples &&
      std::ranges::find(event.examples, name) == event.examples.end()) {
    event.examples.push_back(name);
  }
  const bool lasts = report.what == Report::What::Begin;
  if (lasts && members_.add(key, into.opening, now)) ++into.unended;
  note_change(into);
}

void EventLog::end(const std::string& key, std::uint32_t now) {
  if (Live* const live = find_open(key)) {
    return end_live(*live, now);
  }
  Live* const live = event_of_member(key);
  if (live == nullptr) return;
  members_.remove(key);
  live->event.last = now;
  --live->unended;
  if (live->unended == 0 && live->event.group) return end_live(*live, now);
  plan(*live);
}

// An event that opens or ends is published at once: the counts, and make_room(), go by that.
void EventLog::open(Live& live) {
  ++counts_.open_of(live.event.kind);
  live.opening = members_.open(live.event.key);
  live.unended = 0;
  publish(live);
}

void EventLog::close(Live& live) {
  --counts_.open_of(live.event.kind);
  members_.close(live.opening);
}

void EventLog::end_live(Live& live, std::uint32_t now) {
  Event& event = live.event;
  event.end = event.last = std::max(now, event.start);
  close(live);
  publish(live);
  say(live, Change::Ended, now);
}

void EventLog::note_change(Live& live) {
  live.dirty = true;
  plan(live);
}

void EventLog::publish(Live& live) {
  kept_.put(live.event);
  live.dirty = false;
  plan(live);
}

// A line at once, or behind the pause. An event that is open by its last line ends at once.
void EventLog::say(Live& live, Change change, std::uint32_t now) {
  const bool ends = change == Change::Ended && live.said_open;
  live.unsaid = !ends && live.pauses(now);
  if (!live.unsaid) {
    if (!ends) live.line_at = now;
    live.said_open = live.event.open();
    live.said = live.event.severity;
    if (line_) line_(live.event, change);
  }
  plan(live);
}

// Enters the next time at which the event has to be looked at into the agenda.
void EventLog::plan(Live& live) {
  const std::uint32_t due = live.next_due();
  if (due == live.due) return;
  if (live.due != Live::kNever) agenda_.remove(live.due, live.event.key);
  live.due = due;
  if (due != Live::kNever) agenda_.add(due, live.event.key);
}

void EventLog::look_at(Live& live, std::uint32_t now) {
  if (live.dirty) publish(live);
  if (live.is_missed(now)) {
    live.event.evidence["end"] = "not reported since the restart";
    end_live(live, now);
  }
  if (live.is_idle(now)) end_live(live, now);
  if (live.unsaid && !live.pauses(now)) say(live, present_change(live), now);
  if (live.is_over(now)) return forget(live_.find(live.event.key));
  plan(live);
}

void EventLog::forget(LiveMap::iterator live) {
  const std::uint32_t due = live->second.due;
  if (due != Live::kNever) agenda_.remove(due, live->second.event.key);
  live_.erase(live);
}

// True: too many events are left.
bool EventLog::make_room(std::size_t keep, std::size_t most) {
  for (; kept_.size() > keep && most > 0; --most) {
    const KeptEvents::Pointer event = kept_.take_oldest();
    const auto live = live_.find(event->key);
    // A younger event may have the key.
    if (live == live_.end() || live->second.event.change != event->change) continue;
    if (live->second.event.open()) {
      ++counts_.forgotten;
      close(live->second);
    }
    forget(live);
  }
  return kept_.size() > keep;
}

bool EventLog::tick(std::uint32_t now) {
  agenda_.set_clock(now);
  bursts_.tick(now);
  const bool too_many = make_room(keep_, kSlice);
  for (std::size_t i = 0; i < kSlice; ++i) {
    const auto key = agenda_.take();
    if (!key) return too_many;
    const auto live = live_.find(std::string(*key));
    live->second.due = Live::kNever;
    look_at(live->second, now);
  }
  return true;
}

void EventLog::say_rest() {
  for (auto& [key, live] : live_) {
    if (!std::exchange(live.unsaid, false) || !line_) continue;
    line_(live.event, present_change(live));
  }
}

// No source reports a group: its members begin anew. An event that a source reported before its
// history was read goes on as the younger one.
void EventLog::restore(Event event, std::uint32_t now) {
  skip_ids(event.id);
  (void)make_room(keep_ - 1, 2);
  event.change = 0;
  const auto known = live_.find(event.key);
  if (!event.open() || event.group || known != live_.end()) {
    const bool was_open = event.open();
    if (was_open) event.end = std::max(event.last, event.start);
    if (was_open && known != live_.end()) {
      event.evidence["end"] = "goes on as event " + std::to_string(known->second.event.id);
    }
    kept_.put(event);
    if (was_open && line_) line_(event, Change::Ended);
    return;
  }
  Live& live = live_[event.key];
  live.event = std::move(event);
  live.said_open = true;
  live.said = live.event.severity;
  live.restored_at = live.line_at = now;
  open(live);
}

}  // namespace tern::events
