// The index from destination to number against a std::map.
#include "rib/prefix_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <vector>

#include "tests/unit/types/random_values.h"

namespace tern::rib {
namespace {

struct Keys {
  const std::deque<Nlri>* all;
  std::size_t* read;  // keys that the index asked for
  const Nlri& operator()(std::uint32_t number) const {
    ++*read;
    return (*all)[number];
  }
  bool is(std::uint32_t number, const Nlri& nlri) const {
    return same_destination((*this)(number), nlri);
  }
  void prefetch(std::uint32_t) const {}
};
using Index = PrefixIndex<Keys>;

class PrefixIndexTest : public testing::Test {
 protected:
  std::uint32_t add(const Nlri& nlri) {
    all_.push_back(nlri);
    const auto number = static_cast<std::uint32_t>(all_.size() - 1);
    index.insert(number, Index::hash(nlri));
    return number;
  }
  [[nodiscard]] std::uint32_t find(const Nlri& nlri) const {
    return index.find(nlri, Index::hash(nlri));
  }

  std::deque<Nlri> all_;
  std::size_t read = 0;
  Index index{Keys{&all_, &read}};
};

Nlri of(const char* text) { return unicast(*Prefix::parse(text)); }

TEST_F(PrefixIndexTest, LengthAndFamilyArePartOfTheKey) {
  const std::uint32_t four = add(of("0.0.0.0/0"));
  const std::uint32_t six = add(of("::/0"));
  const std::uint32_t narrow = add(of("0.0.0.0/8"));
  EXPECT_EQ(find(of("0.0.0.0/0")), four);
  EXPECT_EQ(find(of("::/0")), six);
  EXPECT_EQ(find(of("0.0.0.0/8")), narrow);
  EXPECT_EQ(find(of("0.0.0.0/9")), Index::kNone);

  const Nlri multicast{*Prefix::parse("0.0.0.0/8"), Family::Ipv4Multicast};
  EXPECT_EQ(find(multicast), Index::kNone);
  const std::uint32_t other = add(multicast);
  EXPECT_EQ(find(multicast), other);
  index.erase(of("0.0.0.0/8"));
  EXPECT_EQ(find(of("0.0.0.0/8")), Index::kNone);
  EXPECT_EQ(find(multicast), other);
}

TEST_F(PrefixIndexTest, AgreesWithAMap) {
  RandomValues random(2026);
  std::map<Nlri, std::uint32_t> model;
  const auto any = [&] {
    // Few enough that most are there already, of all families.
    const bool multicast = random.one_in(3);
    if (random.one_in(4)) {
      std::array<std::byte, 16> bytes{std::byte{0x20}, std::byte{1}};
      bytes[5] = static_cast<std::byte>(random.below(64));
      return Nlri{Prefix(IpAddress::from_bytes(bytes), 48),
                  multicast ? Family::Ipv6Multicast : Family::Ipv6Unicast};
    }
    const auto length = static_cast<std::uint8_t>(14 + random.below(6));
    return Nlri{Prefix::v4(random.below(1024) << 16U, length),
                multicast ? Family::Ipv4Multicast : Family::Ipv4Unicast};
  };
  for (int step = 0; step < 100000; ++step) {
    const Nlri nlri = any();
    const auto known = model.find(nlri);
    ASSERT_EQ(find(nlri), known == model.end() ? Index::kNone : known->second) << step;
    // It fills for a while, and then it empties.
    const bool grows = (step / 10000) % 2 == 0;
    if (known == model.end()) {
      if (grows || random.one_in(4)) model.emplace(nlri, add(nlri));
    } else if (!grows || random.one_in(4)) {
      index.erase(nlri);
      model.erase(known);
    }
  }
  for (const auto& [nlri, number] : model) EXPECT_EQ(find(nlri), number);
  while (!model.empty()) {
    index.erase(model.begin()->first);
    model.erase(model.begin());
    if (model.empty() || !random.one_in(16)) continue;
    for (const auto& [nlri, number] : model) ASSERT_EQ(find(nlri), number);
  }
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(find(any()), Index::kNone);
}

// Without a look at the prefixes: but for some in a thousand, whose bits of the hash are another's.
TEST_F(PrefixIndexTest, HintIsMostlyWhatIsFound) {
  constexpr std::uint32_t kPrefixes = 100000;
  std::uint32_t wrong = 0;
  for (std::uint32_t i = 0; i < kPrefixes; ++i) add(unicast(Prefix::v4(i << 8U, 24)));
  for (std::uint32_t i = 0; i < kPrefixes; ++i) {
    wrong += index.hint(Index::hash(unicast(Prefix::v4(i << 8U, 24)))) != i ? 1 : 0;
  }
  EXPECT_LT(wrong, kPrefixes / 500);
}

TEST_F(PrefixIndexTest, NumbersMayBeAny) {
  const Nlri first = unicast(Prefix::v4(0x0A000000U, 8));
  const Nlri last = unicast(Prefix::v4(0xC0000200U, 24));
  std::map<std::uint32_t, Nlri> prefixes{{7, first}, {0xFFFFFFFE, last}};
  struct Sparse {
    const std::map<std::uint32_t, Nlri>* prefixes;
    const Nlri& operator()(std::uint32_t number) const { return prefixes->at(number); }
    bool is(std::uint32_t number, const Nlri& nlri) const {
      return same_destination(prefixes->at(number), nlri);
    }
    void prefetch(std::uint32_t) const {}
  };
  PrefixIndex<Sparse> sparse{Sparse{&prefixes}};
  for (const auto& [number, prefix] : prefixes) sparse.insert(number, Index::hash(prefix));
  EXPECT_EQ(sparse.find(first, Index::hash(first)), 7U);
  EXPECT_EQ(sparse.find(last, Index::hash(last)), 0xFFFFFFFEU);
  sparse.erase(first);
  EXPECT_EQ(sparse.find(first, Index::hash(first)), Index::kNone);
  EXPECT_EQ(sparse.find(last, Index::hash(last)), 0xFFFFFFFEU);
}

TEST_F(PrefixIndexTest, TakesLittle) {
  constexpr std::uint32_t kPrefixes = 200000;
  for (std::uint32_t i = 1; i <= kPrefixes; ++i) {
    add(unicast(Prefix::v4(i << 8U, 24)));
    if (i % 100 != 0) continue;
    index.move_ahead(2 * kPrefixes);                        // what changes to come would do
    ASSERT_LE(index.bytes(), std::max(256U, i * 8U)) << i;  // at least half full
  }
}

// A growth is spread over insertions: none of them moves many prefixes.
TEST_F(PrefixIndexTest, NoInsertionMovesMany) {
  constexpr std::uint32_t kPrefixes = 300000;
  std::size_t all = 0;
  for (std::uint32_t i = 0; i < kPrefixes; ++i) {
    read = 0;
    add(unicast(Prefix::v4(i << 8U, 24)));
    ASSERT_LE(read, Index::kMostMoved) << i;
    all += read;
  }
  EXPECT_GT(all, kPrefixes);  // they did move
}

// Whatever is found, added and removed while the content is in two arrays.
TEST_F(PrefixIndexTest, EachMomentOfAGrowthAgreesWithAMap) {
  RandomValues random(63);
  const auto prefix_of = [](std::uint32_t n) { return unicast(Prefix::v4(n << 8U, 24)); };
  for (const std::uint32_t first : {13000U, 15000U, 17000U, 19000U, 21000U}) {
    all_.clear();
    index = Index(Keys{&all_, &read});
    std::vector<std::uint32_t> free;
    std::map<std::uint32_t, std::uint32_t> model;  // prefix to number
    const auto put = [&](std::uint32_t n) {
      std::uint32_t number = static_cast<std::uint32_t>(all_.size());
      if (free.empty()) {
        all_.push_back(prefix_of(n));
      } else {
        number = free.back();
        free.pop_back();
        all_[number] = prefix_of(n);
      }
      index.insert(number, Index::hash(prefix_of(n)));
      model.emplace(n, number);
    };
    for (std::uint32_t n = 0; n < first; ++n) put(n);
    std::uint32_t next = first;
    for (int step = 0; step < 30000; ++step) {
      if (random.below(100) < 53) {
        put(next++);
      } else {
        auto at = model.lower_bound(random.below(next));
        if (at == model.end()) at = model.begin();
        index.erase(prefix_of(at->first));
        all_[at->second] = Nlri();
        free.push_back(at->second);
        model.erase(at);
      }
      for (int look = 0; look < 4; ++look) {
        const std::uint32_t n = random.below(next + 100);
        const auto at = model.find(n);
        ASSERT_EQ(find(prefix_of(n)), at == model.end() ? Index::kNone : at->second) << step;
      }
    }
    for (const auto& [n, number] : model) ASSERT_EQ(find(prefix_of(n)), number);
  }
}

}  // namespace
}  // namespace tern::rib
