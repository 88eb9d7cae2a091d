// show latency, latency report and latency import.
#include <ctime>
#include <string>

#include "bgpd/ctl/table.h"
#include "bgpd/ctl/text.h"
#include "bgpd/ctl/view.h"

namespace tern::ctl {
namespace {

using api::proto::Latency;
using api::proto::LatencyReportResult;
using api::proto::Response;

// "2026-03-02 14:00": the hours of a baseline are those of UTC.
std::string hour_text(std::uint64_t unix_seconds) {
  const auto seconds = static_cast<std::time_t>(unix_seconds);
  std::tm utc{};
  char text[32] = "";
  if (::gmtime_r(&seconds, &utc) == nullptr ||
      std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &utc) == 0) {
    return {};
  }
  return text;
}

constexpr Column::Align kRight = Column::Align::Right;

class LatencyView : public View {
 public:
  LatencyView(const api::proto::LatencyRequest& request, const Screen& screen, std::ostream& out)
      : request_(request), screen_(screen), out_(out) {}

  void show(const Response& response) override {
    for (const Latency::Subject& subject : response.latency().subjects()) {
      ++count_;
      add_row(subject);
      if (!request_.history()) continue;
      table_.print(out_, screen_);
      print_history(subject);
    }
  }

  Outcome close(bool complete) override {
    table_.print(out_, screen_);
    if (count_ == 0 && complete) out_ << nothing() << '\n';
    return count_ == 0 ? Outcome::Empty : Outcome::Done;
  }

 private:
  [[nodiscard]] std::string nothing() const {
    const std::string of = request_.of().empty() ? "" : " of " + request_.of();
    return request_.degraded() ? "No latency" + of + " is degraded."
                               : "No round trip" + of + " was reported.";
  }

  static std::string in(bool known, std::uint64_t microseconds) {
    return known ? cost_text(microseconds) : "-";
  }

  [[nodiscard]] Cell state_cell(const Latency::Subject& subject) const {
    const std::string since =
        subject.state_since_seconds() == 0
            ? ""
            : " for " + age_text(subject.state_since_seconds(), screen_.now_seconds);
    if (subject.state() == "degraded") return {subject.state() + since, Tint::Bad};
    return {subject.state() + since, subject.state() == "usual" ? Tint::Good : Tint::Plain};
  }

  void add_row(const Latency::Subject& subject) {
    std::vector<Cell> row{{subject.of()}, {subject.kind()}};
    for (const Latency::Percentiles& window : subject.windows()) {
      const bool shortest = window.window() == "5m";
      if (shortest) {
        row.push_back({count_text(window.count())});
        row.push_back({in(window.has_p50_us(), window.p50_us())});
      }
      row.push_back({in(window.has_p95_us(), window.p95_us())});
      if (shortest) row.push_back({in(window.has_p99_us(), window.p99_us())});
    }
    row.push_back({in(subject.has_usual_p95_us(), subject.usual_p95_us())});
    row.push_back({age_text(subject.last_seconds(), screen_.now_seconds)});
    row.push_back(state_cell(subject));
    table_.add(std::move(row));
  }

  void print_history(const Latency::Subject& subject) {
    constexpr std::size_t kHoursIndent = 4;
    Table hours(
        {{"Hour (UTC)"}, {"Count", kRight}, {"p50", kRight}, {"p95", kRight}, {"p99", kRight}},
        kHoursIndent);
    for (const Latency::Hour& hour : subject.history()) {
      hours.add({{hour_text(hour.begin_seconds())},
                 {count_text(hour.count())},
                 {cost_text(hour.p50_us())},
                 {cost_text(hour.p95_us())},
                 {cost_text(hour.p99_us())}});
    }
    hours.print(out_, screen_);
    if (subject.history().empty()) out_ << "    No hour is over yet.\n";
  }

  const api::proto::LatencyRequest request_;
  const Screen screen_;
  std::ostream& out_;
  Table table_{{{"Of"},
                {"Kind"},
                {"Count", kRight, 0, false, true},
                {"p50", kRight},
                {"p95", kRight},
                {"p99", kRight},
                {"p95 1h", kRight},
                {"p95 24h", kRight},
                {"Usual p95", kRight},
                {"Last", kRight},
                {"State"}}};
  std::size_t count_ = 0;
};

class LatencyReportView : public View {
 public:
  LatencyReportView(std::string file, const Screen& screen, std::ostream& out)
      : file_(std::move(file)), screen_(screen), out_(out) {}

  void show(const Response& response) override {
    const LatencyReportResult& result = response.latency_report();
    failed_ = result.refused() != 0 || result.errors_size() != 0;
    for (const auto& error : result.errors()) {
      const std::string place =
          file_.empty() ? "" : file_ + ":" + std::to_string(error.report()) + ": ";
      out_ << screen_.paint(Tint::Bad, place + "'" + error.of() + "': " + error.text()) << '\n';
    }
    if (result.more_errors() != 0) {
      out_ << "and " << count_of(result.more_errors(), "more error") << '\n';
    }
    out_ << count_of(result.taken(), "round trip") << " taken";
    if (failed_) out_ << ", " << count_text(result.refused()) << " refused";
    out_ << '\n';
  }

  Outcome close(bool /*complete*/) override { return failed_ ? Outcome::Failed : Outcome::Done; }

 private:
  const std::string file_;  // empty: of latency report
  const Screen screen_;
  std::ostream& out_;
  bool failed_ = false;
};

}  // namespace

std::unique_ptr<View> latency_view(const Command& command, const Screen& screen,
                                   std::ostream& out) {
  return std::make_unique<LatencyView>(command.request.latency(), screen, out);
}

std::unique_ptr<View> latency_report_view(const Command& command, const Screen& screen,
                                          std::ostream& out) {
  return std::make_unique<LatencyReportView>(command.file, screen, out);
}

}  // namespace tern::ctl
