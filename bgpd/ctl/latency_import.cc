#include "bgpd/ctl/latency_import.h"

#include <algorithm>
#include <cstdint>

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
  for (;;) {
    api::proto::Request request;
    std::vector<std::size_t> numbers;
    if (!batches.next(*request.mutable_latency_report(), numbers)) break;
    bool failed = false;
    const auto unreachable = client.call(request, [&](const api::proto::Response& response) {
      failed = !response.error().empty();
      if (failed) return on_response(response);
      add_result(response.latency_report(), numbers, sum);
      return true;
    });
    if (unreachable || failed) return unreachable;
  }
  (void)on_response(all);
  return std::nullopt;
}

}  // namespace tern::ctl
