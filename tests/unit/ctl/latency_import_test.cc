// The requests that a file of `ternctl latency import` becomes.
#include "bgpd/ctl/latency_import.h"

#include <gtest/gtest.h>

#include "bgpd/api/frame.h"
#include "canned_server.h"
#include "samples.h"

namespace tern::ctl {
namespace {

// The content of all requests: "3:1000;3:1000,4:1;" is line 3 with 1000 round trips, and so on.
std::string requests_of(const std::vector<LatencyLine>& lines) {
  std::string text;
  LatencyBatches batches(lines);
  for (;;) {
    api::proto::Request request;
    std::vector<std::size_t> numbers;
    if (!batches.next(*request.mutable_latency_report(), numbers)) return text;
    EXPECT_EQ(static_cast<std::size_t>(request.latency_report().reports_size()), numbers.size());
    EXPECT_LE(request.ByteSizeLong(), api::kMaxRequestLength);
    std::size_t index = 0;
    for (const auto& report : request.latency_report().reports()) {
      text +=
          std::to_string(numbers[index++]) + ":" + std::to_string(report.microseconds_size()) + ",";
    }
    text.back() = ';';
  }
}

LatencyLine line_of(std::size_t number, std::size_t round_trips, std::string of = "paris") {
  return {std::move(of), std::vector<EgressCost>(round_trips, kMostRoundTrip), number};
}

TEST(LatencyImport, ARequestHasAThousandRoundTripsAtMost) {
  EXPECT_EQ(requests_of({}), "");
  EXPECT_EQ(requests_of({line_of(1, 2), line_of(3, 1)}), "1:2,3:1;");
  EXPECT_EQ(requests_of({line_of(3, 2500), line_of(4, 1)}), "3:1000;3:1000;3:500,4:1;");
  EXPECT_EQ(requests_of({line_of(1, 1000), line_of(2, 1)}), "1:1000;2:1;");
}

TEST(LatencyImport, LongNamesMakeMoreRequests) {
  std::vector<LatencyLine> lines;
  for (std::size_t i = 1; i <= 600; ++i) {
    lines.push_back(line_of(i, 1, std::string(kMostNameOctets, 'x')));
  }
  const std::string text = requests_of(lines);
  EXPECT_EQ(std::count(text.begin(), text.end(), ';'), 3);
  EXPECT_EQ(std::count(text.begin(), text.end(), ':'), 600);
}

TEST(LatencyImport, AnImportThatBreaksOffSaysWhatWasTaken) {
  const auto answer = response("latency_report { taken: 990 refused: 10 } last: true");
  std::string frame;
  ASSERT_TRUE(api::append_frame(answer.SerializeAsString(), frame));
  CannedServer server(frame);
  ASSERT_TRUE(server.listening());
  Client client(server.path());
  const std::vector<LatencyLine> lines{line_of(7, 1000), line_of(9, 1)};
  const auto broken =
      send_latency(client, lines, [](const api::proto::Response& /*response*/) { return true; });
  ASSERT_TRUE(broken);
  EXPECT_NE(broken->message.find("; before, the lines up to 7 were sent: 990 round trips were "
                                 "taken, 10 refused"),
            std::string::npos)
      << broken->message;
}

}  // namespace
}  // namespace tern::ctl
