#include "bgpd/ctl/latency_import.h"

#include <algorithm>
#include <cstdint>
#include <string>

namespace tern::ctl {
namespace {

using api::proto::LatencyReportResult;

constexpr std::size_t kMostOfRequest = 1000;                    // control.proto
constexpr std::size_t kRequestOctets = std::size_t{48} << 10U;  // below api::kMaxRequestLength
constexpr std::size_t kReportOctets = 16;  // of a report, beside its name and round trips
constexpr std::size_t kRoundTripOctets = 5;

void add_result(const LatencyReportResult& result, const std::vector<std::size_t>& numbers,
                LatencyReportResult& all) {
  all.set_taken(all.taken() + result.taken());
  all.set_refused(all.refused() + result.refused());
  all.set_more_errors(all.more_errors() + result.more_errors());
  for (const auto& error : result.errors()) {
    if (all.errors_size() >= static_cast<int>(kMostLatencyFaults)) {
      all.set_more_errors(all.more_errors() + 1);
      continue;
    }
    auto& shown = *all.add_errors();
    shown = error;
    const std::size_t index = error.report();
    if (index >= 1 && index <= numbers.size()) {
      shown.set_report(static_cast<std::uint32_t>(numbers[index - 1]));
    }
  }
}

std::string sent_text(const LatencyReportResult& sums, std::size_t line) {
  if (line == 0) return {};
  return "; before, the lines up to " + std::to_string(line) +
         " were sent: " + std::to_string(sums.taken()) + " round trips were taken, " +
         std::to_string(sums.refused()) + " refused";
}

}  // namespace

bool LatencyBatches::next(api::proto::LatencyReportRequest& request,
                          std::vector<std::size_t>& numbers) {
  std::size_t room = kMostOfRequest;
  std::size_t octets = 0;
  while (line_ < lines_.size() && room > 0 && octets < kRequestOctets) {
    const LatencyLine& line = lines_[line_];
    const std::size_t count = std::min(room, line.microseconds.size() - value_);
    auto& report = *request.add_reports();
    report.set_of(line.of);
    numbers.push_back(line.line);
    for (std::size_t i = 0; i < count; ++i) {
      report.add_microseconds(line.microseconds[value_ + i]);
    }
    room -= count;
    octets += kReportOctets + line.of.size() + count * kRoundTripOctets;
    value_ += count;
    if (value_ < line.microseconds.size()) break;  // the rest of the line is in the next request
    value_ = 0;
    ++line_;
  }
  return request.reports_size() > 0;
}

std::optional<Unreachable> send_latency(
    Client& client, const std::vector<LatencyLine>& lines,
    const std::function<bool(const api::proto::Response&)>& on_response) {
  api::proto::Response all;
  auto& sum = *all.mutable_latency_report();
  LatencyBatches batches(lines);
  std::size_t last_line = 0;  // that the daemon answered
  for (;;) {
    api::proto::Request request;
    std::vector<std::size_t> numbers;
    if (!batches.next(*request.mutable_latency_report(), numbers)) break;
    std::optional<api::proto::Response> failure;
    auto unreachable = client.call(request, [&](const api::proto::Response& response) {
      if (!response.error().empty()) failure = response;
      add_result(response.latency_report(), numbers, sum);
      return !failure;
    });
    if (failure) {
      failure->set_error(failure->error() + sent_text(sum, last_line));
      (void)on_response(*failure);
      return std::nullopt;
    }
    if (unreachable) {
      unreachable->message += sent_text(sum, last_line);
      return unreachable;
    }
    last_line = numbers.back();
  }
  (void)on_response(all);
  return std::nullopt;
}

}  // namespace tern::ctl
