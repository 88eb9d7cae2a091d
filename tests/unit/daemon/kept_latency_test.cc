// The file of the hours of latency.
#include "bgpd/daemon/kept_latency.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace tern::daemon {
namespace {

using latency::Subject;
using latency::Track;

latency::Histories histories_of(int metros) {
  latency::Histories all;
  for (int i = 0; i < metros; ++i) {
    const Track::Hour hour{490'000, 60, latency::bucket_of(9'000), latency::bucket_of(9'500),
                           latency::bucket_of(12'000)};
    all.push_back({{.kind = Subject::Kind::Metro, .name = "metro-" + std::to_string(i)},
                   std::make_shared<const Track::Hours>(Track::Hours{hour})});
  }
  return all;
}

TEST(KeptLatency, IsReadAsItWasWritten) {
  latency::Histories read;
  EXPECT_EQ(read_latency(latency_text(histories_of(3), KeptLatency::kMostBytes).text, read),
            BadLines{});
  ASSERT_EQ(read.size(), 3U);
  EXPECT_EQ(read[2].subject.name, "metro-2");
  EXPECT_EQ(read[2].hours->at(0).count, 60U);
}

TEST(KeptLatency, ABadLineIsLeftOutAndTheOthersCount) {
  latency::Histories read;
  const BadLines bad = read_latency("# a comment\nmetro\tparis\tx\n" +
                                        latency_text(histories_of(2), KeptLatency::kMostBytes).text,
                                    read);
  EXPECT_EQ(bad, (BadLines{2, 1}));
  EXPECT_EQ(read.size(), 2U);
}

TEST(KeptLatency, TheFileIsBounded) {
  const auto [text, left_out] = latency_text(histories_of(1000), 2000);
  EXPECT_LE(text.size(), 2000U);
  EXPECT_EQ(text.back(), '\n');
  latency::Histories read;
  EXPECT_EQ(read_latency(text, read), BadLines{});
  EXPECT_GT(read.size(), 20U);
  EXPECT_EQ(read.size() + left_out, 1000U);
}

TEST(KeptLatency, MetrosAreKeptFirst) {
  latency::Histories all = histories_of(2);
  all.insert(all.begin(), {{.kind = Subject::Kind::Neighbor, .name = "a"}, all[0].hours});
  all.insert(all.begin(), {{.prefix = *Prefix::parse("192.0.2.0/24")}, all[0].hours});
  latency::Histories read;
  EXPECT_EQ(read_latency(latency_text(all, KeptLatency::kMostBytes).text, read), BadLines{});
  std::string order;
  for (const auto& one : read) order += one.subject.text() + ";";
  EXPECT_EQ(order, "metro-0;metro-1;192.0.2.0/24;a;");
}

// docs/ARCHITECTURE.md: the file has room for as many subjects as the configuration may have.
TEST(KeptLatency, TheFileHasRoomForAllSubjects) {
  constexpr std::size_t kMostSubjects = 12'000;  // conf/tern.proto
  latency::SubjectHistory one{{.prefix = *Prefix::parse("203.0.113.0/24")}, nullptr};
  auto hours = std::make_shared<Track::Hours>();
  for (std::uint32_t i = 0; i < Track::kHistory; ++i) {
    hours->push_back({490'000 + i, 9'999, latency::bucket_of(20'000), latency::bucket_of(22'000),
                      latency::bucket_of(99'000)});
  }
  one.hours = hours;
  EXPECT_LE(latency::history_line(one).size() * kMostSubjects, KeptLatency::kMostBytes);
}

}  // namespace
}  // namespace tern::daemon
