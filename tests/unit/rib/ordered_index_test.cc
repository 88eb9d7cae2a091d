// The ordered index against a std::map, and the memory that it takes for the worst prefixes.
#include "rib/ordered_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <iterator>
#include <map>
#include <vector>

#include "tests/unit/types/random_values.h"

namespace tern::rib {
namespace {

struct PrefixList {
  std::deque<Prefix>* prefixes;
  BlockPool* pool;
  const Prefix& prefix(std::uint32_t id) const { return (*prefixes)[id]; }
  void prefetch(std::uint32_t) const {}
  BlockPool::Ref allocate(std::size_t octets) const { return pool->allocate(octets); }
  std::byte* at(BlockPool::Ref ref) const { return pool->at(ref); }
  void give_up(BlockPool::Ref ref, std::size_t octets) const { pool->free(ref, octets); }
};
using OrderedList = OrderedIndex<PrefixList>;

class OrderedIndexTest : public testing::Test {
 protected:
  void insert(const Prefix& prefix) {
    prefixes_.push_back(prefix);
    const auto id = static_cast<std::uint32_t>(prefixes_.size() - 1);
    index.insert(id, unicast(prefix));
    model.emplace(prefix, id);
  }
  void erase(const Prefix& prefix) {
    const auto known = model.find(prefix);
    index.erase(known->second, unicast(prefix));
    model.erase(known);
  }
  // All prefixes of a family from an address on, in order.
  [[nodiscard]] std::vector<Prefix> walk(Family family, const IpAddress& from) const {
    std::vector<Prefix> found;
    std::optional<IpAddress> at = from;
    while (at) {
      std::vector<std::uint32_t> ids;
      const std::optional<IpAddress> next = index.next(family, *at, ids);
      EXPECT_LE(ids.size(), OrderedList::kMost + 1);
      std::vector<Prefix> piece;
      for (const std::uint32_t id : ids) piece.push_back(prefixes_[id]);
      std::ranges::sort(piece);
      for (const Prefix& prefix : piece) {
        EXPECT_TRUE(found.empty() || found.back() < prefix);
        EXPECT_TRUE(!next || prefix.address() < *next);
        found.push_back(prefix);
      }
      EXPECT_TRUE(!next || *at < *next);
      at = next;
    }
    std::erase_if(found, [&](const Prefix& prefix) { return prefix.address() < from; });
    return found;
  }
  [[nodiscard]] std::vector<Prefix> expected(Family family, const IpAddress& from) const {
    std::vector<Prefix> all;
    for (const auto& [prefix, id] : model) {
      if (unicast(prefix.address().version()) == family && prefix.address() >= from)
        all.push_back(prefix);
    }
    return all;
  }

 private:
  std::deque<Prefix> prefixes_;
  BlockPool pool_{BlockSpace::kSpanOctets * 64};

 protected:
  OrderedList index{PrefixList{&prefixes_, &pool_}};
  std::map<Prefix, std::uint32_t> model;
};

const IpAddress kFirstV4;
const IpAddress kFirstV6 = *IpAddress::parse("::");

Prefix v6(std::uint32_t top, std::uint32_t low, std::uint8_t length) {
  std::array<std::byte, 16> bytes{};
  for (std::size_t i = 0; i < 4; ++i) {
    bytes[i] = static_cast<std::byte>(top >> (24 - 8 * i));
    bytes[12 + i] = static_cast<std::byte>(low >> (24 - 8 * i));
  }
  return {IpAddress::from_bytes(bytes), length};
}

TEST_F(OrderedIndexTest, EmptyHasNothing) {
  EXPECT_TRUE(walk(Family::Ipv4Unicast, kFirstV4).empty());
  EXPECT_TRUE(walk(Family::Ipv6Unicast, kFirstV6).empty());
  EXPECT_EQ(index.bytes(), 0U);
}

TEST_F(OrderedIndexTest, TheEndsOfTheAddressSpace) {
  for (const char* text : {"0.0.0.0/0", "0.0.0.0/32", "255.255.255.255/32", "255.0.0.0/8", "::/0",
                           "::/128", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", "8000::/1"}) {
    insert(*Prefix::parse(text));
  }
  for (std::uint32_t i = 0; i < 1000; ++i) {
    insert(Prefix::v4(0xFFFF0000U + i, 32));
    insert(v6(0xFFFFFFFF, 0xFFFF0000U + i, 128));
  }
  EXPECT_EQ(walk(Family::Ipv4Unicast, kFirstV4), expected(Family::Ipv4Unicast, kFirstV4));
  EXPECT_EQ(walk(Family::Ipv6Unicast, kFirstV6), expected(Family::Ipv6Unicast, kFirstV6));
  const IpAddress last = *IpAddress::parse("255.255.255.255");
  EXPECT_EQ(walk(Family::Ipv4Unicast, last), expected(Family::Ipv4Unicast, last));
}

// The prefixes of one address have more lengths than a list has ids.
TEST_F(OrderedIndexTest, OneAddressHasAsManyPrefixesAsLengths) {
  for (std::uint8_t length = 0; length <= 128; ++length) insert(v6(0, 0, length));
  for (std::uint32_t i = 1; i < 300; ++i) insert(v6(0, i, 128));
  EXPECT_EQ(walk(Family::Ipv6Unicast, kFirstV6), expected(Family::Ipv6Unicast, kFirstV6));
  for (int length = 0; length <= 128; ++length) erase(v6(0, 0, static_cast<std::uint8_t>(length)));
  EXPECT_EQ(walk(Family::Ipv6Unicast, kFirstV6), expected(Family::Ipv6Unicast, kFirstV6));
}

TEST_F(OrderedIndexTest, AgreesWithAMap) {
  RandomValues random(20261128);
  const auto any = [&] {
    switch (random.below(4)) {
      case 0:  // dense
        return Prefix::v4(0x0A000000U + (random.below(4096) << 8U), 24);
      case 1:  // everywhere, of all lengths
        return Prefix::v4(random.below(0xFFFFFFFF), static_cast<std::uint8_t>(random.below(33)));
      case 2:  // alike in most bits
        return v6(0x20010DB8, random.below(4096),
                  static_cast<std::uint8_t>(116 + random.below(13)));
      default:
        return v6(0x20000000 + (random.below(512) << 16U), 0,
                  static_cast<std::uint8_t>(16 + random.below(33)));
    }
  };
  for (int step = 0; step < 60000; ++step) {
    const Prefix prefix = any();
    // The index grows for 10000 steps, then shrinks for 10000.
    const bool grows = (step / 10000) % 2 == 0;
    if (!model.contains(prefix)) {
      if (grows || random.one_in(4)) insert(prefix);
    } else if (!grows || random.one_in(4)) {
      erase(prefix);
    }
    if (!grows && !model.empty()) erase(model.begin()->first);
    if (step % 500 != 0) continue;
    const Prefix at = any();
    const Family family = unicast(at.address().version());
    const IpAddress from = random.one_in(2)                ? at.address()
                           : family == Family::Ipv4Unicast ? kFirstV4
                                                           : kFirstV6;
    ASSERT_EQ(walk(family, from), expected(family, from)) << step;
  }
  while (!model.empty()) erase(std::prev(model.end())->first);
  EXPECT_LE(index.bytes(), 2 * 4096U * 8U);  // the first node of each family stays
  EXPECT_TRUE(walk(Family::Ipv4Unicast, kFirstV4).empty());
  EXPECT_TRUE(walk(Family::Ipv6Unicast, kFirstV6).empty());
}

// Prefixes that agree in all bits but the last lead through a node for every four bits.
TEST_F(OrderedIndexTest, TheWorstPrefixesTakeAboutWhatTheirRecordsTake) {
  constexpr std::uint32_t kClusters = 400;
  for (std::uint32_t i = 0; i < kClusters; ++i) {
    for (std::uint32_t k = 0; k <= OrderedList::kMost; ++k)
      insert(v6(0x20000000 + (i << 16U), k, 128));
  }
  const double each = static_cast<double>(index.bytes()) / static_cast<double>(model.size());
  std::printf("octets of the worst prefixes: %.1f each\n", each);
  EXPECT_LE(each, 32.0);
}

}  // namespace
}  // namespace tern::rib
