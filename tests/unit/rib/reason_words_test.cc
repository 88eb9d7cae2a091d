// Policies' own words as reasons: their number is bounded, and a word keeps its value.
#include "rib/reason_words.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "rib/types/reason_counts.h"

namespace tern::rib {
namespace {

TEST(ReasonWords, TheNameOfAReasonIsThatReason) {
  ReasonWords words;
  EXPECT_EQ(words.intern("bogon"), Reason::Bogon);
  EXPECT_EQ(words.intern("prefix-length"), Reason::PrefixLength);
  EXPECT_EQ(words.intern("as-path-length"), Reason::AsPathLength);
  EXPECT_FALSE(words.counts_apart("bogon"));
  EXPECT_EQ(words.name(Reason::Bogon), "bogon");
}

TEST(ReasonWords, AWordKeepsItsValue) {
  ReasonWords words;
  const Reason first = words.intern("not-ours");
  const Reason second = words.intern("none");  // not the name of a reason to reject
  EXPECT_GE(static_cast<std::size_t>(first), kReasonCount);
  EXPECT_NE(first, second);
  EXPECT_EQ(words.intern("not-ours"), first);
  EXPECT_EQ(words.name(first), "not-ours");
  EXPECT_EQ(words.name(second), "none");
}

TEST(ReasonWords, WhatIsBeyondTheBoundIsOther) {
  ReasonWords words;
  for (std::size_t i = 0; i < kReasonWords; ++i) {
    const std::string word = "word-" + std::to_string(i);
    EXPECT_TRUE(words.counts_apart(word));
    EXPECT_EQ(words.name(words.intern(word)), word);
  }
  EXPECT_EQ(words.intern("one-more"), Reason::Other);
  EXPECT_FALSE(words.counts_apart("one-more"));
  EXPECT_TRUE(words.counts_apart("word-0"));
  EXPECT_EQ(words.intern("bogon"), Reason::Bogon);
  EXPECT_EQ(words.name(Reason::Other), "other");
}

TEST(ReasonWords, ThreadsThatAskAtOnceAgree) {
  ReasonWords words;
  constexpr std::size_t kAsking = 4;
  std::vector<std::vector<Reason>> found(kAsking);
  std::vector<std::thread> threads;
  for (std::size_t n = 0; n < kAsking; ++n) {
    threads.emplace_back([&words, &mine = found[n]] {
      for (int i = 0; i < 80; ++i) mine.push_back(words.intern("word-" + std::to_string(i)));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<Reason> all;
  for (std::size_t n = 0; n < kAsking; ++n) {
    for (std::size_t i = 0; i < 80; ++i) {
      all.insert(found[n][i]);
      if (found[n][i] == Reason::Other) continue;
      EXPECT_EQ(words.name(found[n][i]), "word-" + std::to_string(i));
    }
  }
  EXPECT_EQ(all.size(), kReasonWords + 1);
}

TEST(ReasonCounts, WordsAppearAsTheyCount) {
  ReasonCounts counts;
  EXPECT_EQ(counts.size(), kReasonCount);
  const auto word = static_cast<Reason>(kReasonCount + 2);
  EXPECT_EQ(std::as_const(counts)[word], 0U);
  counts[word] += 3;
  counts[Reason::Policy] += 1;
  ReasonCounts sum;
  sum += counts;
  sum += counts;
  EXPECT_EQ(sum[word], 6U);
  EXPECT_EQ(sum[Reason::Policy], 2U);
  EXPECT_EQ(sum.size(), kReasonCount + 3);
}

}  // namespace
}  // namespace tern::rib
