// The events of this router. An EventLog takes reports, makes one event of reports about the same
// thing, and keeps the latest events.
//
// * Reports of one kind and key are one event. An event that begins again within
//   LiveEvent::kAgain seconds after its end goes on: a flap is one event with a count.
// * A report that names an open event as its cause becomes an example of that event, or of the
//   event that took the cause in.
// * Of a kind and group, EventBursts::kApart events begin on their own within EventBursts::kWindow
//   seconds. Further ones become members of one event for the group, which ends when its last
//   member ends.
//
// Bounds: `keep` events, whether open or ended; EventMembers::kMost members that have yet to end.
// Where all events are open and another one begins, the one that changed longest ago is forgotten.
//
// Time is an argument, in Unix seconds. Used by one thread at a time, which may let others in
// between two calls: a call takes a bounded time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "bgpd/events/event.h"
#include "bgpd/events/event_agenda.h"
#include "bgpd/events/event_bursts.h"
#include "bgpd/events/event_counts.h"
#include "bgpd/events/event_members.h"
#include "bgpd/events/kept_events.h"
#include "bgpd/events/live_event.h"

namespace tern::events {

class EventLog {
 public:
  static constexpr std::size_t kSlice = 64;  // events that a tick() looks at

  enum class Change : std::uint8_t { Began, Again, Ended };
  // Called when an event began, began again or ended: for the log and the file. In
  // LiveEvent::kLinePause seconds an event has one line for its beginnings and one for an end, and
  // both again where it begins with a greater severity. The line behind the pause is about all that
  // was left out.
  using Line = std::function<void(const Event& event, Change change)>;

  EventLog(std::size_t keep, Line line) : keep_(keep), line_(std::move(line)) {}
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  // keep: at least 1. Events that are too many are forgotten by tick().
  void set_keep(std::size_t keep) { keep_ = keep; }
  void take(Report report, std::uint32_t now);
  // Once a second, until it returns false: makes changes of open events visible, writes the lines
  // that are due, and ends restored events that no source reported again.
  [[nodiscard]] bool tick(std::uint32_t now);
  // Writes the lines that wait for the end of their pause: at the end of the daemon.
  void say_rest();
  // An event of an earlier run. An open one goes on if a source reports it within
  // LiveEvent::kRestoredGrace seconds.
  void restore(Event event, std::uint32_t now);
  // Events that begin have greater ids.
  void skip_ids(std::uint32_t last) { last_id_ = std::max(last_id_, last); }

  using Wants = KeptEvents::Wants;
  // See KeptEvents::read().
  [[nodiscard]] std::vector<std::shared_ptr<const Event>> read(std::uint64_t& change,
                                                               std::size_t most,
                                                               const Wants& wants) const {
    return kept_.read(change, most, wants);
  }
  // The change of the youngest event that was forgotten; 0: none.
  [[nodiscard]] std::uint64_t forgotten() const { return kept_.forgotten(); }
  [[nodiscard]] std::uint64_t last_change() const { return kept_.last_change(); }
  [[nodiscard]] std::uint32_t last_id() const { return last_id_; }

  [[nodiscard]] const EventCounts& counts() const { return counts_; }
  [[nodiscard]] std::size_t size() const { return kept_.size(); }

 private:
  using Live = LiveEvent;
  using LiveMap = std::unordered_map<std::string, Live>;

  void begin(Report& report, const std::string& key, std::uint32_t now);
  void fold_into_group(Report& report, const std::string& key, std::uint32_t now);
  void end(const std::string& key, std::uint32_t now);
  void again(Live& live, Report& report, std::uint32_t now);
  void start(const std::string& key, Report& report, bool group, std::uint32_t now);
  void fold(Live& into, const Report& report, const std::string& key, std::uint32_t now);
  void open(Live& live);
  void close(Live& live);
  void end_live(Live& live, std::uint32_t now);
  void look_at(Live& live, std::uint32_t now);
  void forget(LiveMap::iterator live);
  [[nodiscard]] Live* find_open(const std::string& key);
  [[nodiscard]] Live* event_of_member(const std::string& key);
  void note_change(Live& live);
  void publish(Live& live);
  void plan(Live& live);
  void say(Live& live, Change change, std::uint32_t now);
  [[nodiscard]] bool make_room(std::size_t keep, std::size_t most);

  std::size_t keep_;
  const Line line_;
  KeptEvents kept_;
  LiveMap live_;  // by Event::key
  EventAgenda agenda_;
  EventBursts bursts_;
  EventMembers members_;
  std::uint32_t last_id_ = 0;
  EventCounts counts_;
};

}  // namespace tern::events
