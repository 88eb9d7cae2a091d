// Totals of flows by prefix and PoP, and how long they count.
#include "bgpd/states/ingress_book.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "registered.h"

namespace tern::states {
namespace {

constexpr std::uint32_t kFirstHalf = 2'000'000 * IngressBook::kHalf;
constexpr char kOne[] = "203.0.113.0/24";

class IngressBookTest : public testing::Test {
 protected:
  bool add(const std::string& pop, std::uint64_t octets, std::string_view prefix = kOne) {
    return book_.add({prefix_of(prefix), pop, octets}, now_);
  }
  // "iad 7, ams 5"
  std::string shares(std::string_view prefix = kOne) const {
    std::string text;
    for (const IngressBook::Share& one : book_.find(prefix_of(prefix))) {
      text += (text.empty() ? "" : ", ") + one.pop + " " + std::to_string(one.octets);
    }
    return text;
  }
  std::size_t changed() { return book_.age(now_, 1000).changed.size(); }

  IngressBook book_;
  std::uint32_t now_ = kFirstHalf;
};

TEST_F(IngressBookTest, ReportsAddUpByPop) {
  EXPECT_EQ(shares(), "");
  EXPECT_TRUE(add("ams", 2));
  EXPECT_TRUE(add("iad", 7));
  EXPECT_TRUE(add("ams", 3));
  EXPECT_TRUE(add("ams", 9, "198.51.100.0/24"));
  EXPECT_EQ(shares(), "iad 7, ams 5");
  EXPECT_EQ(book_.counts().taken, 4U);
  EXPECT_EQ(book_.counts().entries, 3U);
}

TEST_F(IngressBookTest, OctetsCountForTwoHalves) {
  (void)add("ams", 5);
  (void)changed();
  now_ += IngressBook::kHalf;
  EXPECT_EQ(changed(), 0U) << "the octets of the half before still count";
  EXPECT_TRUE(add("ams", 1));
  EXPECT_EQ(shares(), "ams 6");
  now_ += IngressBook::kHalf;
  EXPECT_EQ(changed(), 1U);
  EXPECT_EQ(shares(), "ams 1");
  now_ += 5 * IngressBook::kHalf;
  EXPECT_EQ(changed(), 1U);
  EXPECT_EQ(shares(), "");
  EXPECT_EQ(book_.counts().entries, 0U) << "and is forgotten";
}

// A step of the clock over the end of a half.
TEST_F(IngressBookTest, AClockThatIsSetBackByALittleLosesNoOctets) {
  (void)add("ams", 5);
  (void)changed();
  --now_;
  EXPECT_EQ(changed(), 0U);
  (void)add("ams", 1);
  EXPECT_EQ(shares(), "ams 6");
  now_ -= 2 * IngressBook::kHalf;
  EXPECT_EQ(changed(), 1U) << "octets of a time that is to come do not count";
  EXPECT_EQ(shares(), "");
}

TEST_F(IngressBookTest, ListsPrefixesOnceInParts) {
  EXPECT_TRUE(book_.list(3).empty());
  for (int i = 0; i < 10; ++i) {
    for (const char* pop : {"ams", "iad"}) {
      (void)add(pop, 5, "10." + std::to_string(i) + ".0.0/16");
    }
  }
  EXPECT_TRUE(book_.list(3).empty());
  book_.list_again();
  std::vector<Prefix> listed;
  std::size_t calls = 0;
  for (auto part = book_.list(4); !part.empty(); part = book_.list(4), ++calls) {
    EXPECT_LE(part.size(), 4U);
    listed.insert(listed.end(), part.begin(), part.end());
  }
  EXPECT_EQ(listed.size(), 10U);
  EXPECT_EQ(calls, 5U);
  EXPECT_TRUE(std::ranges::is_sorted(listed));
  book_.list_again();
  EXPECT_EQ(book_.list(4).size(), 2U);
  book_.list_again();
  std::size_t rest = 0;
  for (std::size_t i = 0; i < 20; ++i) rest += book_.list(4).size();
  EXPECT_EQ(rest, 18U) << "the list under way ends, and another one follows";
}

TEST_F(IngressBookTest, AgeLooksAtSomeEntriesAtATime) {
  for (int i = 0; i < 10; ++i) (void)add("ams", 5, "10." + std::to_string(i) + ".0.0/16");
  now_ += 2 * IngressBook::kHalf;
  std::size_t all = 0;
  std::size_t calls = 0;
  for (bool more = true; more; ++calls) {
    const IngressBook::Aged aged = book_.age(now_, 3);
    EXPECT_LE(aged.changed.size(), 3U);
    all += aged.changed.size();
    more = aged.more;
  }
  EXPECT_EQ(all, 10U);
  EXPECT_EQ(calls, 4U);
  EXPECT_EQ(changed(), 0U);
}

TEST_F(IngressBookTest, IsBounded) {
  for (std::size_t i = 0; i < IngressBook::kMost; ++i) {
    ASSERT_TRUE(book_.add({Prefix::v4(static_cast<std::uint32_t>(i) << 8U, 24), "ams", 1}, now_));
  }
  EXPECT_FALSE(add("ams", 1, "2001:db8::/32"));
  EXPECT_EQ(book_.counts().refused, 1U);
  EXPECT_TRUE(book_.add({Prefix::v4(0, 24), "ams", 1}, now_)) << "an entry that is there";
}

TEST_F(IngressBookTest, SumsDoNotOverflow) {
  constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
  (void)add("ams", kMax);
  (void)add("ams", kMax);
  EXPECT_EQ(shares(), "ams " + std::to_string(kMax));
}

}  // namespace
}  // namespace tern::states
