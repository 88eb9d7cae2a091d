// Histories as text: read as they were written, and lines that are none.
#include "bgpd/latency/history_text.h"

#include <gtest/gtest.h>

namespace tern::latency {
namespace {

Track::Hour hour_of(std::uint32_t number) {
  return {number, 2900, bucket_of(20'000), bucket_of(22'000), bucket_of(kMostRoundTrip)};
}

SubjectHistory history_of(Subject subject, std::uint32_t hours) {
  auto all = std::make_shared<Track::Hours>();
  for (std::uint32_t i = 0; i < hours; ++i) all->push_back(hour_of(490'000 + i));
  return {std::move(subject), std::move(all)};
}

TEST(HistoryText, IsReadAsItWasWritten) {
  const std::vector<Subject> subjects{
      {.kind = Subject::Kind::Prefix, .prefix = *Prefix::parse("203.0.113.0/24")},
      {.kind = Subject::Kind::Prefix, .prefix = *Prefix::parse("2001:db8::/32")},
      {.kind = Subject::Kind::Metro, .name = "New York, uptown"},
      {.kind = Subject::Kind::Neighbor, .name = "192.0.2.1"}};
  for (const Subject& subject : subjects) {
    for (const std::uint32_t hours : {1U, 3U, 168U}) {
      const SubjectHistory written = history_of(subject, hours);
      const auto read = parse_history_line(history_line(written));
      ASSERT_TRUE(read) << history_line(written);
      EXPECT_EQ(read->subject, subject);
      ASSERT_EQ(read->hours->size(), hours);
      for (std::size_t i = 0; i < hours; ++i) {
        EXPECT_EQ((*read->hours)[i].number, (*written.hours)[i].number);
        EXPECT_EQ((*read->hours)[i].count, 2900U);
        EXPECT_EQ((*read->hours)[i].p50, (*written.hours)[i].p50);
        EXPECT_EQ((*read->hours)[i].p95, (*written.hours)[i].p95);
        EXPECT_EQ((*read->hours)[i].p99, (*written.hours)[i].p99);
      }
    }
  }
}

TEST(HistoryText, HasDegradations) {
  SubjectHistory written = history_of({.kind = Subject::Kind::Metro, .name = "paris"}, 1);
  written.degraded_since = 1'764'000'000;
  auto hours = *written.hours;
  hours.push_back(hour_of(490'001));
  hours.back().degraded = true;
  written.hours = std::make_shared<const Track::Hours>(hours);
  const auto read = parse_history_line(history_line(written));
  ASSERT_TRUE(read) << history_line(written);
  EXPECT_EQ(*read->hours, hours);
  EXPECT_EQ(read->degraded_since, 1'764'000'000U);
}

TEST(HistoryText, LinesThatAreNone) {
  EXPECT_TRUE(parse_history_line("metro\tparis\t490000:1:9000:9000:9000"));
  for (const char* line :
       {"", "metro", "metro\tparis", "metro\tparis\t", "metro\t\t490000:1:9000:9000:9000",
        "place\tparis\t490000:1:9000:9000:9000", "prefix\tparis\t490000:1:9000:9000:9000",
        "metro\tparis\t490000:1:9000:9000", "metro\tparis\t490000:1:9000:9000:9000:9",
        "metro\tparis\t490000:0:9000:9000:9000", "metro\tparis\t490000:-1:9000:9000:9000",
        "metro\tparis\t490000:1:9000:9000:x", "metro\tparis\t4294967295:1:9000:9000:9000",
        "metro\tparis\t490000:1:9000:9000:9000,490000:1:9000:9000:9000",
        "metro\tparis\t490000:1:9000:9000:9000,,", "metro\tparis\t490000:1:9000:9000:9000dd",
        "metro\tparis\t490000:1:9000:9000:9000\tx",
        "metro\tparis\t490000:1:9000:9000:9000\t1\t2"}) {
    EXPECT_FALSE(parse_history_line(line)) << line;
  }
  std::string many = history_line(history_of({.kind = Subject::Kind::Metro, .name = "a"}, 168));
  EXPECT_TRUE(parse_history_line(many));
  many += ",500000:1:9000:9000:9000";
  EXPECT_FALSE(parse_history_line(many)) << "more hours than a week has";
}

}  // namespace
}  // namespace tern::latency
