// The tables that are published, when, and with which ranges.
#include "bgpd/vrps/selection.h"

#include <gtest/gtest.h>

#include "bgpd/vrps/settings.h"
#include "tests/unit/vrps/support.h"

namespace tern::vrps {
namespace {

using test::data;
using test::vrp;

const policy::PrefixRange kAll4{*Prefix::parse("0.0.0.0/0"), 0, 32};
const policy::PrefixRange kAll6{*Prefix::parse("::/0"), 0, 128};

struct Publications {
  std::vector<std::shared_ptr<const policy::VrpTable>> tables;
  std::vector<policy::PrefixRange> changed;  // of the last
  Selection selection{[this](auto table, auto ranges) {
                        tables.push_back(std::move(table));
                        changed = std::move(ranges);
                      },
                      1000};
};

std::vector<policy::Vrp> many(std::uint32_t count) {
  std::vector<policy::Vrp> vrps;
  for (std::uint32_t i = 0; i < count; ++i) {
    vrps.push_back({Prefix(IpAddress::v4(0x0A000000U + (i << 8U)), 24), 24, 64496});
  }
  return vrps;
}

TEST(Selection, FromAndToNothingIsEverything) {
  Publications seen;
  seen.selection.set_source(1, 10, "near");
  seen.selection.settle(1001);
  EXPECT_TRUE(seen.tables.empty()) << "no table is there before, and none is now";
  seen.selection.set_data(1, data({vrp("192.0.2.0/24", 64496)}));
  seen.selection.settle(1002);
  ASSERT_EQ(seen.tables.size(), 1U);
  EXPECT_EQ(seen.tables.back()->size(), 1U);
  EXPECT_EQ(seen.changed, (std::vector{kAll4, kAll6}));
  EXPECT_TRUE(seen.selection.status().validated);
  EXPECT_EQ(seen.selection.status().source, "near");
  EXPECT_EQ(seen.selection.status().since, 1002);

  seen.selection.set_data(1, {});
  seen.selection.settle(1003);
  ASSERT_EQ(seen.tables.size(), 2U);
  EXPECT_EQ(seen.tables.back(), nullptr);
  EXPECT_EQ(seen.changed, (std::vector{kAll4, kAll6}));
  EXPECT_FALSE(seen.selection.status().validated);
  EXPECT_EQ(seen.selection.status().published, 2U);
}

TEST(Selection, AChangeIsItsRanges) {
  Publications seen;
  seen.selection.set_source(1, 10, "near");
  const rpki::CacheData first = data({vrp("192.0.2.0/24", 64496)});
  seen.selection.set_data(1, first);
  seen.selection.settle(1001);
  seen.selection.set_data(
      1, {first.vrps->changed({{vrp("198.51.100.0/24", 64497)}, {}}), first.aspas});
  seen.selection.settle(1002);
  ASSERT_EQ(seen.tables.size(), 2U);
  ASSERT_EQ(seen.changed.size(), 1U);
  EXPECT_EQ(seen.changed[0].prefix, *Prefix::parse("198.51.100.0/24"));
  seen.selection.settle(1003);
  EXPECT_EQ(seen.tables.size(), 2U) << "nothing has changed";
}

TEST(Selection, TheSourceWithTheLowestNumberThatHasData) {
  Publications seen;
  seen.selection.set_source(1, 20, "far");
  seen.selection.set_source(2, 10, "near");
  seen.selection.set_source(3, kFilePreference, "file");
  seen.selection.set_data(3, data(many(1)));
  seen.selection.settle(1001);
  EXPECT_EQ(seen.selection.status().source, "file");
  seen.selection.set_data(1, data(many(2)));
  seen.selection.set_data(2, data(many(3)));
  seen.selection.settle(1002);
  EXPECT_EQ(seen.tables.size(), 2U) << "one publication for what came at once";
  EXPECT_EQ(seen.selection.status().source, "near");
  EXPECT_TRUE(seen.selection.in_use(2));
  seen.selection.remove_source(2, 1003, {});
  seen.selection.settle(1003);
  EXPECT_EQ(seen.selection.status().source, "far");
  EXPECT_EQ(seen.tables.back()->size(), 2U);
  seen.selection.set_source(3, 1, "file");
  seen.selection.settle(1004);
  EXPECT_EQ(seen.selection.status().source, "file");
}

// A reload removes the source in use, and the one that takes its place loads.
class Replaced : public testing::Test {
 protected:
  Replaced() {
    seen.selection.set_source(1, 10, "old");
    seen.selection.set_data(1, data(many(2)));
    seen.selection.settle(1000);
  }
  void replace(std::optional<UnixTime> expires = {}) {
    seen.selection.set_source(2, 100, "new");
    seen.selection.remove_source(1, 1010, expires);
    seen.selection.settle(1010);
    ASSERT_EQ(seen.tables.size(), 1U) << "the data of the old one count";
    EXPECT_EQ(seen.selection.status().source, "old");
  }
  void expect_none_at(UnixTime now) {
    seen.selection.settle(now - 1);
    EXPECT_EQ(seen.tables.size(), 1U);
    seen.selection.settle(now);
    ASSERT_EQ(seen.tables.size(), 2U);
    EXPECT_EQ(seen.tables.back(), nullptr);
    EXPECT_EQ(seen.selection.status().source, "");
  }
  Publications seen;
};

TEST_F(Replaced, TheOldDataCountUntilTheNewAreThere) {
  replace();
  seen.selection.set_data(2, data(many(3)));
  seen.selection.settle(1015);
  ASSERT_EQ(seen.tables.size(), 2U);
  EXPECT_EQ(seen.tables.back()->size(), 3U);
  EXPECT_EQ(seen.changed.size(), 1U) << "only what differs";
  EXPECT_EQ(seen.selection.status().source, "new");
  seen.selection.set_data(2, {});
  seen.selection.settle(1016);
  EXPECT_EQ(seen.tables.back(), nullptr) << "the old one is gone for good";
}

TEST_F(Replaced, TheyGoAfter30Seconds) {
  replace();
  expect_none_at(1040);
}

TEST_F(Replaced, TheyGoWhenTheyExpire) {
  replace(1020);
  expect_none_at(1020);
}

TEST_F(Replaced, AnotherReloadDoesNotProlongThem) {
  replace();
  seen.selection.set_source(3, 10, "newer");
  seen.selection.remove_source(2, 1030, {});
  seen.selection.settle(1030);
  expect_none_at(1040);
}

TEST_F(Replaced, TheyGoAtOnceWithoutAnotherSource) {
  seen.selection.remove_source(1, 1010, {});
  seen.selection.settle(1010);
  ASSERT_EQ(seen.tables.size(), 2U);
  EXPECT_EQ(seen.tables.back(), nullptr);
}

TEST(Selection, TheSameRecordsOfAnotherSourceChangeNoPrefix) {
  Publications seen;
  seen.selection.set_source(1, 10, "near");
  seen.selection.set_source(2, 20, "far");
  seen.selection.set_data(1, data(many(5)));
  seen.selection.set_data(2, data(many(5)));
  seen.selection.settle(1001);
  seen.selection.set_data(1, {});
  seen.selection.settle(1002);
  EXPECT_EQ(seen.selection.status().source, "far");
  EXPECT_TRUE(seen.changed.empty());
}

TEST(Selection, LocalExceptions) {
  Publications seen;
  const auto file = rpki::read_slurm(
      test::slurm(R"({"prefix": "10.0.1.0/24"})",
                  R"({"asn": 64511, "prefix": "203.0.113.0/24"}, {"asn": 64496, "prefix": )"
                  R"("10.0.0.0/24", "maxPrefixLength": 24})"),
      "s.json");
  ASSERT_TRUE(file.ok()) << file.error().to_string();
  seen.selection.set_slurm(rpki::Slurm({*file}));
  seen.selection.set_source(1, 10, "near");
  seen.selection.settle(1001);
  EXPECT_TRUE(seen.tables.empty()) << "exceptions to nothing";
  seen.selection.set_data(1, data(many(3)));
  seen.selection.settle(1002);
  ASSERT_EQ(seen.tables.size(), 1U);
  EXPECT_EQ(seen.tables.back()->size(), 3U);
  EXPECT_EQ(seen.selection.status().filtered, 1U);
  EXPECT_EQ(seen.selection.status().added, 1U) << "the cache has the other one, too";
  seen.selection.set_slurm({});
  seen.selection.settle(1003);
  EXPECT_EQ(seen.tables.size(), 2U);
  EXPECT_EQ(seen.changed.size(), 2U);
  EXPECT_EQ(seen.selection.status().filtered, 0U);
}

TEST(Selection, ASuddenDropIsCounted) {
  Publications seen;
  seen.selection.set_source(1, 10, "near");
  const struct {
    std::uint32_t vrps;
    std::uint64_t drops;
  } kSteps[] = {{4000, 0}, {2000, 0}, {999, 1}, {0, 1}, {3000, 1}, {1499, 2}};
  for (const auto& step : kSteps) {
    seen.selection.set_data(1, data(many(step.vrps)));
    seen.selection.settle(1001);
    EXPECT_EQ(seen.selection.status().sudden_drops, step.drops) << step.vrps;
  }
  // Over a time without data, too.
  seen.selection.set_data(1, {});
  seen.selection.settle(1002);
  seen.selection.set_data(1, data(many(10)));
  seen.selection.settle(1003);
  EXPECT_EQ(seen.selection.status().sudden_drops, 3U);
}

}  // namespace
}  // namespace tern::vrps
