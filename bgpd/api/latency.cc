// show latency, and reports of round trips.
#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/api/answer.h"
#include "bgpd/latency/latency_watch.h"
#include "rib/types/one_line.h"
#include "rib/types/quoted.h"

namespace tern::api {
namespace {

using latency::LatencyWatch;
using latency::Subject;
using latency::Track;

constexpr std::size_t kSubjectPage = 64;         // subjects of one message
constexpr std::size_t kSubjectsLookedAt = 1024;  // for one message, with `degraded`
constexpr std::size_t kMostRoundTrips = 1000;    // of a request; control.proto names it
constexpr int kMostReportErrors = 20;            // likewise

constexpr char kNoLatency[] = "this daemon keeps no latency";

void show_window(const Track& track, latency::Window window, const char* name, std::uint32_t now,
                 proto::Latency::Percentiles& shown) {
  const latency::Percentiles of = track.percentiles(window, now);
  shown.set_window(name);
  shown.set_count(of.count);
  if (of.count == 0) return;
  shown.set_p50_us(of.p50);
  shown.set_p95_us(of.p95);
  shown.set_p99_us(of.p99);
}

void show_hour(const Track::Hour& hour, proto::Latency::Hour& shown) {
  shown.set_begin_seconds(std::uint64_t{hour.number} * Track::kHourSeconds);
  shown.set_count(hour.count);
  shown.set_p50_us(latency::value_of(hour.p50));
  shown.set_p95_us(latency::value_of(hour.p95));
  shown.set_p99_us(latency::value_of(hour.p99));
}

const char* state_of(const Subject& subject, const Track& track) {
  if (subject.kind == Subject::Kind::Neighbor) return "not compared";
  if (track.degraded()) return "degraded";
  return track.baseline() ? "usual" : "learning";
}

void show_track(const Subject& subject, const Track& track, bool history, std::uint32_t now,
                proto::Latency::Subject& shown) {
  shown.set_of(subject.text());
  shown.set_kind(std::string(to_string(subject.kind)));
  show_window(track, latency::Window::FiveMinutes, "5m", now, *shown.add_windows());
  show_window(track, latency::Window::Hour, "1h", now, *shown.add_windows());
  show_window(track, latency::Window::Day, "24h", now, *shown.add_windows());
  shown.set_state(state_of(subject, track));
  shown.set_state_since_seconds(track.since());
  const bool has_usual = subject.kind != Subject::Kind::Neighbor && track.baseline();
  if (has_usual) shown.set_usual_p95_us(*track.baseline());
  shown.set_last_seconds(track.last());
  if (!history) return;
  for (const Track::Hour& hour : track.history()) show_hour(hour, *shown.add_history());
}

// A page a message. Subjects that come meanwhile may be missed.
class LatencyAnswer final : public Answer {
 public:
  LatencyAnswer(const LatencyWatch& watch, const proto::LatencyRequest& request)
      : watch_(watch), degraded_(request.degraded()), history_(request.history()) {}
  [[nodiscard]] bool looks() const override { return false; }

  Progress next(proto::Response& response) override {
    const auto& tracks = watch_.book().tracks();
    auto at = behind_ ? tracks.upper_bound(*behind_) : tracks.begin();
    proto::Latency& shown = *response.mutable_latency();
    std::size_t page = 0;
    for (std::size_t i = 0; i < kSubjectsLookedAt && page < kSubjectPage && at != tracks.end();
         ++i, ++at) {
      behind_ = at->first;
      if (degraded_ && !at->second.degraded()) continue;
      show_track(at->first, at->second, history_, watch_.now(), *shown.add_subjects());
      ++page;
    }
    if (at == tracks.end()) return Progress::Done;
    return page == 0 ? Progress::Working : Progress::Send;
  }

 private:
  const LatencyWatch& watch_;
  const bool degraded_;
  const bool history_;
  std::optional<Subject> behind_;  // the last subject that was looked at
};

// Where too many round trips came in this second, the request waits for the next one.
class ReportAnswer final : public Answer {
 public:
  ReportAnswer(LatencyWatch& watch, proto::LatencyReportRequest request, std::size_t round_trips)
      : watch_(watch), request_(std::move(request)), round_trips_(round_trips) {}
  [[nodiscard]] bool looks() const override { return false; }

  Progress next(proto::Response& response) override {
    if (watch_.room() < round_trips_) return Progress::Resting;
    proto::LatencyReportResult& result = *response.mutable_latency_report();
    for (int i = 0; i < request_.reports_size(); ++i) take(i, result);
    return Progress::Done;
  }

 private:
  void take(int i, proto::LatencyReportResult& result) {
    const auto& report = request_.reports(i);
    if (report.microseconds().empty()) add_error(i, "the report has no round trip", result);
    const std::span microseconds(report.microseconds().data(),
                                 static_cast<std::size_t>(report.microseconds_size()));
    const std::size_t taken = watch_.report(report.of(), microseconds, [&](auto refused) {
      result.set_refused(result.refused() + 1);
      add_error(i, words(refused), result);
    });
    result.set_taken(result.taken() + taken);
  }

  void add_error(int i, const std::string& text, proto::LatencyReportResult& result) const {
    if (result.errors_size() == kMostReportErrors) {
      result.set_more_errors(result.more_errors() + 1);
      return;
    }
    auto& error = *result.add_errors();
    error.set_report(static_cast<std::uint32_t>(i) + 1);
    error.set_of(one_line(request_.reports(i).of(), kMostQuoted, Letters::Utf8));
    error.set_text(text);
  }

  [[nodiscard]] std::string words(latency::Refusal refused) const {
    switch (refused) {
      case latency::Refusal::Value:
        return "a round trip is from 0.001 to 10000 ms";
      case latency::Refusal::Unknown:
        return "expected a metro, or a prefix or an address of a registered prefix";
      case latency::Refusal::Full:
        break;
    }
    return "the latency of " + std::to_string(watch_.book().settings().subjects) +
           " prefixes, metros and neighbors is kept (latency.subjects)";
  }

  LatencyWatch& watch_;
  const proto::LatencyReportRequest request_;
  const std::size_t round_trips_;
};

std::unique_ptr<Answer> latency_of(const LatencyWatch& watch,
                                   const proto::LatencyRequest& request) {
  const std::vector<Subject> subjects = watch.subjects_of(request.of());
  if (subjects.empty()) {
    return error_answer(quoted(request.of()) +
                        " is neither of a registered prefix, nor a metro or a neighbor");
  }
  proto::Response response;
  proto::Latency& shown = *response.mutable_latency();
  for (const Subject& subject : subjects) {
    const Track* const track = watch.book().find(subject);
    if (track == nullptr || (request.degraded() && !track->degraded())) continue;
    show_track(subject, *track, request.history(), watch.now(), *shown.add_subjects());
  }
  return one_answer(std::move(response));
}

}  // namespace

std::unique_ptr<Answer> show_latency(const Backend& backend, const proto::LatencyRequest& request) {
  if (backend.latency == nullptr) return error_answer(kNoLatency);
  if (!request.of().empty()) return latency_of(*backend.latency, request);
  return std::make_unique<LatencyAnswer>(*backend.latency, request);
}

std::unique_ptr<Answer> report_latency(const Backend& backend,
                                       const proto::LatencyReportRequest& request) {
  if (backend.latency == nullptr) return error_answer(kNoLatency);
  std::size_t round_trips = 0;
  for (const auto& report : request.reports()) {
    round_trips += static_cast<std::size_t>(report.microseconds_size());
  }
  if (round_trips > kMostRoundTrips) {
    return error_answer(std::to_string(round_trips) + " round trips; a request has at most " +
                        std::to_string(kMostRoundTrips));
  }
  return std::make_unique<ReportAnswer>(*backend.latency, request, round_trips);
}

}  // namespace tern::api
