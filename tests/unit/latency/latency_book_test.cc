// The bound of subjects, their order, and counts by kind.
#include "bgpd/latency/latency_book.h"

#include <gtest/gtest.h>

#include "tests/unit/latency/clock.h"

namespace tern::latency {
namespace {

Subject metro(const std::string& name) { return {.kind = Subject::Kind::Metro, .name = name}; }
Subject prefix(const char* text) {
  return {.kind = Subject::Kind::Prefix, .prefix = *Prefix::parse(text)};
}

bool compares_all(const Subject& /*subject*/) { return true; }

std::string order_of(LatencyBook& book, std::uint32_t now) {
  std::string text;
  std::optional<Subject> behind;
  for (;;) {
    const LatencyBook::Step step = book.step(behind, compares_all, now);
    if (step.subject == nullptr) return text;
    behind = *step.subject;
    text += step.subject->text() + ";";
  }
}

TEST(LatencyBook, SubjectsAreBounded) {
  LatencyBook book;
  book.apply({.subjects = 2, .rules = {}});
  EXPECT_TRUE(book.add(metro("a"), 1000, kStart));
  EXPECT_TRUE(book.add(metro("b"), 1000, kStart));
  EXPECT_FALSE(book.add(metro("c"), 1000, kStart));
  EXPECT_TRUE(book.add(metro("a"), 1000, kStart)) << "a known one has room";
  book.forget(metro("a"));
  EXPECT_TRUE(book.add(metro("c"), 1000, kStart));
  EXPECT_EQ(book.tracks().size(), 2U);
  book.apply({.subjects = 0, .rules = {}});
  EXPECT_FALSE(book.add(metro("d"), 1000, kStart)) << "no latency is kept";
}

TEST(LatencyBook, StepsGoThroughAllInOrder) {
  LatencyBook book;
  EXPECT_EQ(order_of(book, kStart), "");
  for (const Subject& subject :
       {metro("b"), prefix("2001:db8::/32"), metro("a"), prefix("192.0.2.0/24")}) {
    EXPECT_TRUE(book.add(subject, 1000, kStart));
  }
  EXPECT_EQ(order_of(book, kStart), "192.0.2.0/24;2001:db8::/32;a;b;");
  book.forget(metro("a"));
  book.forget(metro("nothing"));
  EXPECT_EQ(order_of(book, kStart), "192.0.2.0/24;2001:db8::/32;b;");
}

TEST(LatencyBook, CountsByKind) {
  constexpr auto kMetro = static_cast<std::size_t>(Subject::Kind::Metro);
  LatencyBook book;
  std::uint32_t now = kStart;
  const auto run = [&](std::uint32_t minutes, EgressCost microseconds) {
    for (std::uint32_t i = 0; i < minutes; ++i, now += 60) {
      for (int k = 0; k < 10; ++k) EXPECT_TRUE(book.add(metro("a"), microseconds, now));
      (void)order_of(book, now);
    }
  };
  run(240, 10'000);
  EXPECT_EQ(book.counts().subjects[kMetro], 1U);
  EXPECT_EQ(book.counts().degraded[kMetro], 0U);
  run(20, 90'000);
  EXPECT_EQ(book.counts().degraded[kMetro], 1U);
  book.forget(metro("a"));
  EXPECT_EQ(book.counts().subjects[kMetro], 0U);
  EXPECT_EQ(book.counts().degraded[kMetro], 0U);
}

TEST(LatencyBook, ASubjectIsOldAfterAWeekWithoutARoundTrip) {
  LatencyBook book;
  EXPECT_TRUE(book.add(metro("a"), 1000, kStart));
  const Track& track = *book.find(metro("a"));
  std::uint32_t now = kStart;
  const auto pass = [&](std::uint32_t seconds) {
    for (const std::uint32_t end = now + seconds; now < end;) (void)order_of(book, now += 60);
  };
  pass(LatencyBook::kUnknownForgottenAfter);
  EXPECT_FALSE(LatencyBook::is_old(track, false));
  pass(60);
  EXPECT_TRUE(LatencyBook::is_old(track, false)) << "unknown for a day";
  pass(LatencyBook::kForgottenAfter - LatencyBook::kUnknownForgottenAfter - 60);
  EXPECT_FALSE(LatencyBook::is_old(track, true));
  pass(60);
  EXPECT_TRUE(LatencyBook::is_old(track, true));
}

TEST(LatencyBook, AClockThatJumpsMakesNothingOld) {
  LatencyBook book;
  EXPECT_TRUE(book.add(metro("a"), 1000, kStart));
  (void)order_of(book, kStart + 10'000 * kHour);
  (void)order_of(book, kStart - 10'000 * kHour);
  (void)order_of(book, kStart);
  EXPECT_FALSE(LatencyBook::is_old(*book.find(metro("a")), false));
}

TEST(LatencyBook, CountsADegradationOfAnEarlierRun) {
  LatencyBook book;
  const auto hours = std::make_shared<const Track::Hours>();
  EXPECT_TRUE(book.restore({metro("a"), hours, kStart - kHour}, kStart));
  EXPECT_TRUE(book.restore({metro("b"), hours}, kStart));
  EXPECT_EQ(book.counts().degraded[static_cast<std::size_t>(Subject::Kind::Metro)], 1U);
}

}  // namespace
}  // namespace tern::latency
