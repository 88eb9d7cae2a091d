// events: the events that the stage keeps, in the order of their last change, and with `follow`
// each event again when it changes, as fast as the client takes it; with `history` those of the
// database.
#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "bgpd/api/answer.h"
#include "bgpd/api/routes_query.h"
#include "bgpd/api/waiting_answer.h"
#include "bgpd/events/event_stage.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/peer.h"
#include "rib/types/prefix_text.h"
#include "rib/types/quoted.h"

namespace tern::api {
namespace {

using events::Event;

constexpr std::size_t kEventPage = 64;  // events of one message

struct EventQuery {
  std::optional<Prefix> prefix;
  std::optional<events::Kind> kind;
  std::optional<events::Severity> least;
  std::string neighbor;
  bool open = false;
  std::uint32_t since = 0;  // Unix seconds

  [[nodiscard]] bool wants(const Event& event) const {
    if (kind && event.kind != *kind) return false;
    if (least && event.severity < *least) return false;
    if (open && !event.open()) return false;
    if (!event.open() && event.end < since) return false;
    if (!neighbor.empty() && !names(event, neighbor)) return false;
    return !prefix || concerns(event, *prefix);
  }

 private:
  static bool names(const Event& event, const std::string& of) {
    return event.subject.neighbor == of ||
           std::ranges::find(event.examples, of) != event.examples.end();
  }
  static bool touches(const std::string& text, const Prefix& of) {
    const auto parsed = Prefix::parse(text);
    return parsed && (parsed->covers(of) || of.covers(*parsed));
  }
  static bool concerns(const Event& event, const Prefix& of) {
    return touches(event.subject.prefix, of) ||
           std::ranges::any_of(event.examples,
                               [&](const std::string& one) { return touches(one, of); });
  }
};

void show_event(const Event& event, bool detail, proto::Event& shown) {
  shown.set_id(event.id);
  shown.set_kind(std::string(to_string(event.kind)));
  shown.set_severity(std::string(to_string(event.severity)));
  shown.set_state(event.open() ? "open" : "ended");
  shown.set_start_seconds(event.start);
  shown.set_end_seconds(event.end);
  shown.set_last_seconds(event.last);
  shown.set_count(event.count);
  shown.set_summary(event.summary);
  shown.set_prefix(event.subject.prefix);
  shown.set_neighbor(event.subject.neighbor);
  shown.set_partner_as(event.subject.partner);
  shown.set_pop(event.subject.pop);
  shown.set_source(event.subject.source);
  shown.set_members(event.members);
  if (!detail) return;
  shown.set_key(event.key);
  for (const auto& [name, value] : event.evidence) (*shown.mutable_evidence())[name] = value;
  for (const std::string& example : event.examples) shown.add_examples(example);
}

class EventsAnswer final : public Answer {
 public:
  EventsAnswer(const events::EventStage& stage, EventQuery query, bool follow, bool detail)
      : stage_(stage), query_(std::move(query)), follow_(follow), detail_(detail) {
    if (follow_ && query_.since == 0) change_ = stage_.last_change();
    last_id_ = stage_.last_id();
    forgotten_ = stage_.forgotten();
  }

  [[nodiscard]] bool lasts() const override { return follow_; }
  [[nodiscard]] bool looks() const override { return false; }

  Progress next(proto::Response& response) override {
    proto::Events& shown = *response.mutable_events();
    const std::uint64_t before = change_;
    const std::uint64_t forgotten = stage_.forgotten();
    if (follow_ && forgotten > std::max(forgotten_, change_)) shown.set_fell_behind(true);
    forgotten_ = forgotten;
    for (const auto& event :
         stage_.read(change_, kEventPage, [this](const Event& one) { return wants(one); })) {
      show_event(*event, detail_, *shown.add_events());
    }
    const bool more = change_ != before;
    if (!follow_ && (!more || change_ >= stage_.last_change())) return Progress::Done;
    if (shown.events_size() > 0 || shown.fell_behind()) return Progress::Send;
    return more ? Progress::Working : Progress::Resting;
  }

 private:
  // A listing has the events that are there when it begins, each once: an event that changes
  // meanwhile moves on to the end, and is found there unless a message had it before.
  bool wants(const Event& event) {
    if (!query_.wants(event)) return false;
    if (follow_) return true;
    return event.id <= last_id_ && listed_.emplace(event.id, event.start).second;
  }

  const events::EventStage& stage_;
  const EventQuery query_;
  const bool follow_;
  const bool detail_;
  std::uint64_t change_ = 0;     // the last event that was looked at
  std::uint64_t forgotten_ = 0;  // the youngest event that was forgotten so far
  std::uint32_t last_id_ = 0;    // of events when the listing began
  std::set<std::pair<std::uint32_t, std::uint32_t>> listed_;  // by id and start; not with `follow`
};

// A page of the history after another: each is read beside the loop when the client has taken the
// one before.
class HistoryAnswer final : public WaitingAnswer<events::HistoryPage> {
 public:
  HistoryAnswer(const Backend& backend, const EventQuery& query, bool detail, std::uint64_t limit)
      : WaitingAnswer(page_before(backend, 0, filter_of(query, backend.history_time))),
        backend_(backend),
        filter_(filter_of(query, backend.history_time)),
        detail_(detail),
        left_(limit == 0 ? kNoLimit : limit) {}

  [[nodiscard]] bool lasts() const override { return true; }

 private:
  static constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

  static events::HistoryFilter filter_of(const EventQuery& query, std::chrono::nanoseconds time) {
    events::HistoryFilter filter;
    filter.time = time;
    filter.kind = query.kind;
    filter.least = query.least;
    filter.open = query.open;
    filter.since = query.since;
    if (query.prefix || !query.neighbor.empty()) {
      filter.wants = [query](const Event& event) { return query.wants(event); };
    }
    return filter;
  }
  static Ask page_before(const Backend& backend, std::int64_t before,
                         events::HistoryFilter filter) {
    return [&backend, before, filter = std::move(filter)](Taker take) {
      return backend.read_history(before, filter, std::move(take));
    };
  }

  Progress show(events::HistoryPage& page, proto::Response& response) override {
    if (!page.error.empty()) {
      response.set_error(page.error);
      return Progress::Done;
    }
    if (page.is_late && page.events.empty()) {
      response.set_error(late_text());
      return Progress::Done;
    }
    proto::Events& shown = *response.mutable_events();
    for (const Event& event : page.events) {
      if (left_ == 0) break;
      --left_;
      show_event(event, detail_, *shown.add_events());
    }
    if (left_ == 0) return Progress::Done;
    if (page.is_late) {
      page.events.clear();  // the next message is the error
      return Progress::Send;
    }
    if (page.before == 0) return Progress::Done;
    filter_.time = std::max(*filter_.time - page.took, std::chrono::nanoseconds(0));
    ask_again(page_before(backend_, page.before, filter_));
    return shown.events_size() > 0 ? Progress::Send : Progress::Working;
  }

  [[nodiscard]] std::string late_text() const {
    const auto most = std::chrono::duration_cast<std::chrono::seconds>(backend_.history_time);
    return "reading the history takes longer than " + std::to_string(most.count()) +
           " s: ask for less, by kind, severity, open or since, or for fewer events by limit";
  }

  const Backend& backend_;
  events::HistoryFilter filter_;  // its time is what is left of that of the request
  const bool detail_;
  std::uint64_t left_;  // events that may still be shown
};

// The text of an error, or nothing.
std::string parse_event_query(const proto::EventsRequest& request, EventQuery& query) {
  if (!request.prefix().empty()) {
    query.prefix = parse_prefix_or_address(request.prefix());
    if (!query.prefix) return not_a_prefix_or_address(request.prefix());
  }
  if (!request.kind().empty()) {
    query.kind = events::parse_kind(request.kind());
    if (!query.kind)
      return quoted(request.kind()) +
             " is no kind of event: " + names_text<events::Kind>(events::kKinds);
  }
  if (!request.severity().empty()) {
    query.least = events::parse_severity(request.severity());
    if (!query.least)
      return quoted(request.severity()) +
             " is no severity: " + names_text<events::Severity>(events::kSeverities);
  }
  query.neighbor = request.neighbor();
  query.open = request.open();
  const std::uint32_t now = session::unix_seconds();
  if (request.within_seconds() != 0) {
    query.since = request.within_seconds() >= now
                      ? 1
                      : now - static_cast<std::uint32_t>(request.within_seconds());
  }
  return {};
}

}  // namespace

std::unique_ptr<Answer> list_events(const Backend& backend, const proto::EventsRequest& request) {
  EventQuery query;
  const std::string error = parse_event_query(request, query);
  // Events outlive neighbors, so a word that is no present neighbor may be the name of a former
  // one.
  if (const session::Peer* const peer = backend.speaker.find(query.neighbor)) {
    query.neighbor = peer->settings().name;
  }
  if (!error.empty()) return error_answer(error);
  if (request.history()) {
    if (request.follow()) return error_answer("what happens next is in no history: leave one out");
    if (!backend.read_history) return error_answer("this daemon keeps no history of events");
    return std::make_unique<HistoryAnswer>(backend, query, request.detail(), request.limit());
  }
  return std::make_unique<EventsAnswer>(*backend.events, std::move(query), request.follow(),
                                        request.detail());
}

}  // namespace tern::api
