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
  EXPECT_EQ(read_latency(latency_text(histories_of(3), KeptLatency::kMostBytes), read), BadLines{});
  ASSERT_EQ(read.size(), 3U);
  EXPECT_EQ(read[2].subject.name, "metro-2");
  EXPECT_EQ(read[2].hours->at(0).count, 60U);
}

TEST(KeptLatency, ABadLineIsLeftOutAndTheOthersCount) {
  latency::Histories read;
  const BadLines bad = read_latency(
      "# a comment\nmetro\tparis\tx\n" + latency_text(histories_of(2), KeptLatency::kMostBytes),
      read);
  EXPECT_EQ(bad, (BadLines{2, 1}));
  EXPECT_EQ(read.size(), 2U);
}

TEST(KeptLatency, TheFileIsBounded) {
  const std::string text = latency_text(histories_of(1000), 2000);
  EXPECT_LE(text.size(), 2000U);
  EXPECT_EQ(text.back(), '\n');
  latency::Histories read;
  EXPECT_EQ(read_latency(text, read), BadLines{});
  EXPECT_GT(read.size(), 20U);
  EXPECT_LT(read.size(), 1000U);
}

}  // namespace
}  // namespace tern::daemon
