#include "bgpd/baseline/prefix_book.h"

#include <gtest/gtest.h>

#include <string>

#include "learning.h"

namespace tern::baseline {
namespace {

const Prefix kLearnt = prefix("198.51.100.0/24");

// Learns the path on each day from `first` to `last`.
void learn(PrefixBook& book, const Prefix& of, const PathFacts& facts, std::uint64_t first,
           std::uint64_t last, PeerSlot from = 1) {
  for (std::uint64_t day = first; day <= last; ++day) book.learn(of, facts, from, on_day(day));
}

TEST(PrefixBook, AnOriginIsUsualOnTheSeventhDay) {
  PrefixBook book;
  learn(book, kLearnt, path({100, 300}), 0, 5);
  EXPECT_FALSE(book.find(kLearnt)->ripe());
  learn(book, kLearnt, path({100, 300}), 6, 6);
  ASSERT_TRUE(book.find(kLearnt)->ripe());
  EXPECT_TRUE(book.find(kLearnt)->is_usual_origin(300));
  EXPECT_TRUE(usual_of(*book.find(kLearnt), 4).is_usual_upstream(100));
  EXPECT_EQ(book.counts().ripe, 1U);
}

TEST(PrefixBook, ManyRoutesOfOneDayAreOneDay) {
  PrefixBook book;
  for (int i = 0; i < 100; ++i) book.learn(kLearnt, path({100, 300}), 1, on_day(3));
  EXPECT_EQ(book.find(kLearnt)->days[0], 1);
}

TEST(PrefixBook, AnotherOriginIsUsualTogetherWithItsUpstream) {
  PrefixBook book;
  learn(book, kLearnt, path({100, 300}), 0, 6);
  learn(book, kLearnt, path({666, 999}), 7, 12);
  EXPECT_FALSE(book.find(kLearnt)->is_usual_origin(999));
  EXPECT_FALSE(usual_of(*book.find(kLearnt), 4).is_usual_upstream(666));
  learn(book, kLearnt, path({666, 999}), 13, 13);
  EXPECT_TRUE(book.find(kLearnt)->is_usual_origin(999));
  EXPECT_TRUE(usual_of(*book.find(kLearnt), 4).is_usual_upstream(666));
  EXPECT_EQ(book.counts().ripe, 1U);
}

TEST(PrefixBook, MoreOriginsThanThereIsRoomForAreManyAfterSevenDays) {
  PrefixBook book;
  learn(book, kLearnt, path({100, 1}), 0, 6);
  learn(book, kLearnt, path({100, 2}), 0, 6);
  learn(book, kLearnt, path({100, 3}), 7, 12);
  EXPECT_FALSE(book.find(kLearnt)->is(Record::kManyOrigins));
  learn(book, kLearnt, path({100, 3}), 13, 13);
  EXPECT_TRUE(book.find(kLearnt)->is(Record::kManyOrigins));
}

// Two usual origins, and a stray one now and then, over two years.
TEST(PrefixBook, StraysWithAWeekBetweenThemAreNotMany) {
  for (const bool swept : {false, true}) {
    PrefixBook book;
    for (std::uint64_t day = 0; day < 700; ++day) {
      learn(book, kLearnt, path({100, 1}), day, day);
      learn(book, kLearnt, path({100, 2}), day, day);
      if (day % 8 == 7) learn(book, kLearnt, path({100, 3}), day, day);
      if (swept) book.sweep(1024, on_day(day));
    }
    EXPECT_FALSE(book.find(kLearnt)->is(Record::kManyOrigins)) << swept;
  }
}

TEST(PrefixBook, ManyOriginsAreForgottenAfterForgetAfter) {
  PrefixBook book;  // 30 days
  for (std::uint64_t day = 0; day < 60; ++day) {
    learn(book, kLearnt, path({100, 1}), day, day);
    learn(book, kLearnt, path({100, 2}), day, day);
    if (day >= 7 && day < 14) learn(book, kLearnt, path({100, 3}), day, day);
    book.sweep(1024, on_day(day));
    EXPECT_EQ(book.find(kLearnt)->is(Record::kManyOrigins), day >= 13 && day <= 43) << day;
  }
  learn(book, kLearnt, path({100, 3}), 60, 60);
  EXPECT_FALSE(book.find(kLearnt)->is(Record::kManyOrigins)) << "the count begins anew";
}

TEST(PrefixBook, WhatIsUsualIsForgottenAfterForgetAfter) {
  PrefixBook book;  // 30 days
  learn(book, kLearnt, path({100, 300}), 0, 6);
  book.sweep(1024, on_day(36));
  EXPECT_NE(book.find(kLearnt), nullptr);
  book.sweep(1024, on_day(37));
  EXPECT_EQ(book.find(kLearnt), nullptr);
  EXPECT_EQ(book.counts().learnt, 0U);
  EXPECT_EQ(book.counts().ripe, 0U);
}

TEST(PrefixBook, WhatIsNotUsualIsForgottenAfterAWeek) {
  PrefixBook book;
  learn(book, kLearnt, path({100, 300}), 0, 2);
  book.sweep(1024, on_day(9));
  EXPECT_NE(book.find(kLearnt), nullptr);
  book.sweep(1024, on_day(10));
  EXPECT_EQ(book.find(kLearnt), nullptr);
}

TEST(PrefixBook, TheLongestRipePrefixCovers) {
  PrefixBook book;
  learn(book, prefix("10.0.0.0/8"), path({100, 1}), 0, 6);
  learn(book, prefix("10.1.0.0/16"), path({100, 2}), 0, 6);
  learn(book, prefix("10.1.1.0/24"), path({100, 3}), 0, 3);
  EXPECT_EQ(book.covering(prefix("10.1.1.128/25"))->prefix, prefix("10.1.0.0/16"));
  EXPECT_EQ(book.covering(prefix("10.1.0.0/16"))->prefix, prefix("10.0.0.0/8"));
  EXPECT_EQ(book.covering(prefix("10.0.0.0/8")), nullptr);
  EXPECT_EQ(book.covering(prefix("2001:db8::/32")), nullptr);
}

TEST(PrefixBook, ADefaultRouteCoversNothing) {
  PrefixBook book;
  learn(book, prefix("0.0.0.0/0"), path({100, 1}), 0, 6);
  ASSERT_TRUE(book.find(prefix("0.0.0.0/0"))->ripe());
  EXPECT_EQ(book.covering(prefix("10.0.0.0/8")), nullptr);
}

TEST(PrefixBook, BeyondTheBoundNewPrefixesAreLeftOut) {
  Rules rules;
  rules.most_prefixes = 100;
  PrefixBook book(rules);
  for (std::uint32_t i = 0; i < 150; ++i) {
    book.learn(numbered(i), path({100, 300}), 1, on_day(0));
  }
  EXPECT_EQ(book.counts().learnt, 100U);
  EXPECT_EQ(book.counts().left_out, 50U);
  EXPECT_NE(book.find(numbered(99)), nullptr);
  EXPECT_EQ(book.find(numbered(100)), nullptr);
}

// The flood of one neighbor neither displaces what is ripe nor locks the others out.
TEST(PrefixBook, AFloodOfOneNeighborLocksNobodyOut) {
  Rules rules;
  rules.most_prefixes = 1000;
  PrefixBook book(rules);
  for (std::uint32_t i = 0; i < 500; ++i) learn(book, numbered(i), path({100, 300}), 0, 6, 1);
  for (std::uint32_t i = 1000; i < 100'000; ++i) {
    book.learn(numbered(i), path({666, 999}), 2, on_day(7));
  }
  EXPECT_EQ(book.counts().learnt, 1000U);
  EXPECT_EQ(book.counts().displaced, 0U);
  for (std::uint32_t i = 500; i < 600; ++i) {
    book.learn(numbered(i), path({100, 300}), 1, on_day(7));
  }
  EXPECT_EQ(book.counts().displaced, 100U);
  EXPECT_EQ(book.counts().ripe, 500U);
  EXPECT_NE(book.find(numbered(599)), nullptr);
  for (std::uint32_t i = 0; i < 500; ++i) ASSERT_TRUE(book.find(numbered(i))->ripe());
}

// Numbers of records that are swept away come again, and do not pile up.
TEST(PrefixBook, AFloodThatComesAgainTakesNoFurtherMemory) {
  PrefixBook book;
  std::size_t first = 0;
  for (std::uint64_t round = 0; round < 10; ++round) {
    for (std::uint32_t i = 0; i < 5000; ++i) {
      book.learn(numbered(i), path({666, 999}), 2, on_day(20 * round));
    }
    EXPECT_EQ(book.counts().learnt, 5000U);
    if (round == 0) first = book.octets();
    book.sweep(10'000, on_day(20 * round + 10));
    ASSERT_EQ(book.counts().learnt, 0U);
    ASSERT_LE(book.octets(), first + 5000 * 2 * sizeof(std::uint32_t)) << "with the free numbers";
  }
}

// The prefixes of a neighbor that come again are displaced once each.
TEST(PrefixBook, APrefixThatComesAgainIsDisplacedOnce) {
  Rules rules;
  rules.most_prefixes = 3000;
  PrefixBook book(rules);
  for (std::uint64_t round = 0; round < 5; ++round) {
    for (std::uint32_t i = 0; i < 3000; ++i) {
      book.learn(numbered(i), path({666, 999}), 2, on_day(20 * round));
    }
    if (round < 4) book.sweep(3000, on_day(20 * round + 10));
  }
  for (std::uint32_t i = 5000; i < 6000; ++i) {
    book.learn(numbered(i), path({100, 300}), 1, on_day(80));
  }
  EXPECT_EQ(book.counts().displaced, 1000U - book.counts().left_out);
  EXPECT_EQ(book.counts().learnt, 3000U);
  EXPECT_GT(book.counts().displaced, 900U);
}

TEST(PrefixBook, LongerPathsAreUsualAfterSevenDays) {
  PrefixBook book;
  learn(book, kLearnt, path({100, 300}), 0, 6);
  book.learn_length(kLearnt, 2, on_day(6));
  EXPECT_EQ(book.find(kLearnt)->longest, 2);
  for (std::uint64_t day = 7; day < 13; ++day) book.learn_length(kLearnt, 9, on_day(day));
  EXPECT_EQ(book.find(kLearnt)->longest, 2);
  book.learn_length(kLearnt, 8, on_day(13));
  EXPECT_EQ(book.find(kLearnt)->longest, 8);
}

TEST(PrefixBook, APrefixFlapsByDifferentSeconds) {
  Rules rules;
  rules.flaps = 5;
  PrefixBook book(rules);
  book.learn(kLearnt, path({100, 300}), 1, on_day(0));
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(book.note_change(kLearnt, on_day(0, 1)));
  for (std::uint32_t second = 2; second < 5; ++second) {
    EXPECT_FALSE(book.note_change(kLearnt, on_day(0, second)));
  }
  EXPECT_TRUE(book.note_change(kLearnt, on_day(0, 5)));
  EXPECT_TRUE(book.is_restless(kLearnt, on_day(0, 304)));
  EXPECT_FALSE(book.is_restless(kLearnt, on_day(0, 305)));
  EXPECT_FALSE(book.note_change(kLearnt, on_day(0, 400))) << "another window";
}

TEST(PrefixBook, APrefixTakesTheOctetsThatTheDocumentationSays) {
  PrefixBook book;
  constexpr std::uint32_t kMany = 200'000;
  for (std::uint32_t i = 0; i < kMany; ++i) learn(book, numbered(i), path({100, 300}), 0, 0);
  EXPECT_EQ(sizeof(Record), 84U);
  EXPECT_GT(book.octets() / kMany, 84U);
  EXPECT_LE(book.octets() / kMany, 104U) << "with the list of unripe prefixes";
  for (std::uint32_t i = 0; i < kMany; ++i) learn(book, numbered(i), path({100, 300}), 1, 6);
  EXPECT_LE(book.octets() / kMany, 97U) << "of ripe ones, a record and the index";
}

// Whatever the order of the file, of which a part finds room.
TEST(PrefixBook, RipeRecordsAreRestoredFirst) {
  PrefixBook kept;
  for (std::uint32_t i = 0; i < 20; ++i) learn(kept, numbered(i), path({100, 300}), 0, 3);
  for (std::uint32_t i = 20; i < 30; ++i) learn(kept, numbered(i), path({100, 300}), 0, 6);
  Rules rules;
  rules.most_prefixes = 15;
  PrefixBook book(rules);
  for (std::size_t i = 0; i < kept.end(); ++i) (void)book.restore(*kept.at(i));
  EXPECT_EQ(book.counts().learnt, 15U);
  EXPECT_EQ(book.counts().ripe, 10U);
}

TEST(PrefixBook, ARestoredRecordIsTheSame) {
  PrefixBook book;
  learn(book, kLearnt, path({100, 300}), 0, 6);
  PrefixBook other;
  ASSERT_TRUE(other.restore(*book.find(kLearnt)));
  EXPECT_FALSE(other.restore(*book.find(kLearnt)));
  EXPECT_TRUE(other.find(kLearnt)->ripe());
  EXPECT_EQ(other.counts().ripe, 1U);
  EXPECT_EQ(other.covering(prefix("198.51.100.128/25"))->prefix, kLearnt);
}

}  // namespace
}  // namespace tern::baseline
