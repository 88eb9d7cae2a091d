// Measured round trips to prefixes of the control API and of probes: which of them count, how long,
// and over which file.
#include "policy/live_prefix_rtts.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "egress_network.h"
#include "policy_builders.h"

namespace tern::policy {
namespace {

using std::chrono::seconds;
using Ranges = std::vector<PrefixRange>;
using State = LivePrefixRtts::State;

// A LivePrefixRtts with the places of egress_network.h, whose clock the test moves.
class MeasuredLive {
 public:
  explicit MeasuredLive(CostRules rules = {}) { configure(rules); }

  void configure(const CostRules& rules, const EgressSource& source = network()) {
    egress_ = std::make_shared<const Egress>(egress_of(source));
    live.rebase(egress_, rules, now);
  }
  void set_rules(const CostRules& rules) { live.rebase(egress_, rules, now); }
  LivePrefixRtts::Step set(std::vector<PrefixRtts::Measured> measured,
                           std::optional<seconds> lasts = std::nullopt) {
    EXPECT_TRUE(live.set(measured, lasts, now));
    return live.step(now);
  }
  LivePrefixRtts::Step wait(seconds time) { return live.step(now += time); }
  [[nodiscard]] std::string found(const char* asked, PopId pop) const {
    const auto* const one = live.table() ? live.table()->find(prefix(asked), pop) : nullptr;
    if (one == nullptr) return "none";
    return one->prefix.to_string() + " " + std::to_string(one->microseconds);
  }
  [[nodiscard]] State state(const char* of, PopId pop) const {
    return live.row({pop, prefix(of)}, now)->state;
  }

  LivePrefixRtts live;
  seconds now{1000};

 private:
  std::shared_ptr<const Egress> egress_;
};

TEST(LivePrefixRtts, AMeasurementCountsUntilItIsCleared) {
  MeasuredLive measured;
  EXPECT_EQ(measured.live.table(), nullptr);
  LivePrefixRtts::Step step = measured.set({{prefix("10.0.0.0/8"), kAms, 5000}});
  EXPECT_EQ(step.ranges, (Ranges{{prefix("10.0.0.0/8"), 8, 32}}));
  EXPECT_FALSE(step.by_age_only);
  EXPECT_EQ(measured.found("10.1.0.0/16", kAms), "10.0.0.0/8 5000");
  EXPECT_EQ(measured.found("10.1.0.0/16", kLhr), "none");
  EXPECT_TRUE(measured.wait(seconds(1)).ranges.empty());
  EXPECT_FALSE(measured.live.clear({kLhr, prefix("10.0.0.0/8")}));
  EXPECT_TRUE(measured.live.clear({kAms, prefix("10.0.0.0/8")}));
  step = measured.wait(seconds(0));
  EXPECT_EQ(step.ranges, (Ranges{{prefix("10.0.0.0/8"), 8, 32}}));
  EXPECT_TRUE(step.by_age_only);
  EXPECT_EQ(measured.live.table(), nullptr);
  EXPECT_EQ(measured.live.size(), 0U);
}

TEST(LivePrefixRtts, OnlyPrefixesWithOtherMeasurementsChange) {
  MeasuredLive measured;
  measured.set({{prefix("10.0.0.0/8"), kAms, 5000}, {prefix("11.0.0.0/8"), kAms, 5000}});
  const auto step =
      measured.set({{prefix("10.0.0.0/8"), kAms, 5000}, {prefix("11.0.0.0/8"), kAms, 9000}});
  EXPECT_EQ(step.ranges, (Ranges{{prefix("11.0.0.0/8"), 8, 32}}));
}

TEST(LivePrefixRtts, ASmallDifferenceChangesNothing) {
  CostRules rules;
  rules.least_share = 0.1;
  MeasuredLive measured(rules);
  measured.set({{prefix("10.0.0.0/8"), kAms, 20'000}});
  const auto before = measured.live.table()->digest(kAms);
  EXPECT_TRUE(measured.set({{prefix("10.0.0.0/8"), kAms, 21'900}}).ranges.empty());
  EXPECT_EQ(measured.found("10.0.0.0/8", kAms), "10.0.0.0/8 20000");
  EXPECT_EQ(measured.state("10.0.0.0/8", kAms), State::Used);
  EXPECT_EQ(measured.live.row({kAms, prefix("10.0.0.0/8")}, measured.now)->latest, 21'900U);
  EXPECT_NE(measured.live.table()->digest(kAms), before) << "another PoP may know the first alone";
  // Beside the value in use, which is the first one still.
  EXPECT_FALSE(measured.set({{prefix("10.0.0.0/8"), kAms, 22'100}}).ranges.empty());
  EXPECT_EQ(measured.found("10.0.0.0/8", kAms), "10.0.0.0/8 22100");
}

TEST(LivePrefixRtts, EndsAtItsTime) {
  MeasuredLive measured;
  measured.set({{prefix("10.0.0.0/8"), kAms, 5000}}, seconds(90));
  measured.set({{prefix("11.0.0.0/8"), kAms, 5000}});
  EXPECT_EQ(measured.live.row({kAms, prefix("10.0.0.0/8")}, measured.now)->lasts, seconds(90));
  EXPECT_TRUE(measured.wait(seconds(89)).ranges.empty());
  const auto step = measured.wait(seconds(1));
  EXPECT_EQ(step.ranges, (Ranges{{prefix("10.0.0.0/8"), 8, 32}}));
  EXPECT_TRUE(step.by_age_only);
  EXPECT_EQ(measured.live.size(), 1U);
}

TEST(LivePrefixRtts, AnOldOneDoesNotCountAndStays) {
  CostRules rules;
  rules.max_age = seconds(300);
  MeasuredLive measured(rules);
  measured.set({{prefix("10.0.0.0/8"), kAms, 5000}}, seconds(600));
  EXPECT_TRUE(measured.wait(seconds(299)).ranges.empty());
  EXPECT_TRUE(measured.wait(seconds(1)).by_age_only);
  EXPECT_EQ(measured.found("10.0.0.0/8", kAms), "none");
  EXPECT_EQ(measured.state("10.0.0.0/8", kAms), State::Stale);
  // Rules of a reload, also for a measurement that was too old.
  rules.max_age = seconds(400);
  measured.set_rules(rules);
  EXPECT_FALSE(measured.wait(seconds(0)).ranges.empty());
  EXPECT_EQ(measured.state("10.0.0.0/8", kAms), State::Used);
  measured.wait(seconds(100));
  EXPECT_EQ(measured.state("10.0.0.0/8", kAms), State::Stale);
  measured.wait(seconds(200));
  EXPECT_EQ(measured.live.size(), 0U);
}

TEST(LivePrefixRtts, WaitsForTheNextStep) {
  MeasuredLive measured;
  ASSERT_TRUE(
      measured.live.set(std::vector<PrefixRtts::Measured>{{prefix("10.0.0.0/8"), kAms, 5000}},
                        std::nullopt, measured.now));
  EXPECT_EQ(measured.state("10.0.0.0/8", kAms), State::Waits);
  measured.wait(seconds(0));
  EXPECT_EQ(measured.state("10.0.0.0/8", kAms), State::Used);
}

TEST(LivePrefixRtts, MoreThanTheMostAreRefusedWhole) {
  MeasuredLive measured;
  std::vector<PrefixRtts::Measured> all;
  for (std::uint32_t i = 0; i < LivePrefixRtts::kMost; ++i) {
    all.push_back({Prefix::v4(0x0A000000U + (i << 8U), 24), kAms, 5000});
  }
  measured.set(all);
  EXPECT_EQ(measured.live.size(), LivePrefixRtts::kMost);
  std::vector<PrefixRtts::Measured> more{all.front(), {prefix("2001:db8::/32"), kAms, 1000}};
  more.front().microseconds = 9000;
  EXPECT_FALSE(measured.live.set(more, std::nullopt, measured.now));
  EXPECT_TRUE(measured.wait(seconds(1)).ranges.empty());
  EXPECT_EQ(measured.found("10.0.0.0/24", kAms), "10.0.0.0/24 5000");
  // Known prefixes have room.
  more.pop_back();
  EXPECT_FALSE(measured.set(more).ranges.empty());
  EXPECT_EQ(measured.live.clear_all(), LivePrefixRtts::kMost);
  EXPECT_EQ(measured.wait(seconds(0)).ranges.size(), LivePrefixRtts::kMost);
}

TEST(LivePrefixRtts, ThoseThatAreTooOldMakeRoom) {
  CostRules rules;
  rules.max_age = seconds(100);
  MeasuredLive measured(rules);
  std::vector<PrefixRtts::Measured> all;
  for (std::uint32_t i = 0; i < LivePrefixRtts::kMost; ++i) {
    all.push_back({Prefix::v4(0x0A000000U + (i << 8U), 24), kAms, 5000});
  }
  measured.set(all);
  measured.wait(seconds(50));
  measured.set({all.front()});
  measured.wait(seconds(60));
  measured.set({{prefix("2001:db8::/32"), kAms, 1000}});
  EXPECT_EQ(measured.live.size(), 2U);
  EXPECT_EQ(measured.found("10.0.0.0/24", kAms), "10.0.0.0/24 5000");
}

TEST(LivePrefixRtts, AreListedInOrderFromOneOn) {
  MeasuredLive measured;
  measured.set({{prefix("11.0.0.0/8"), kAms, 1000},
                {prefix("10.0.0.0/8"), kAms, 2000},
                {prefix("10.0.0.0/8"), kLhr, 3000}});
  auto rows = measured.live.rows(measured.now, 2, {});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].latest, 2000U);
  EXPECT_EQ(rows[1].latest, 1000U);
  rows = measured.live.rows(measured.now, 2, {kLhr, prefix("0.0.0.0/0")});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].latest, 3000U);
}

// ---- Probes

class ProbedLive : public MeasuredLive {
 public:
  ProbedLive() {
    CostRules rules;
    rules.weight = 0.5;
    rules.dwell = seconds(60);
    set_rules(rules);
  }
  LivePrefixRtts::Step probe(EgressCost microseconds) {
    EXPECT_TRUE(live.probe(kKey, microseconds, seconds(50), now));
    return live.step(now);
  }
  [[nodiscard]] LivePrefixRtts::Row row() const { return *live.row(kKey, now); }
  static inline const LivePrefixRtts::Key kKey{kAms, prefix("10.0.0.0/8")};
};

TEST(LivePrefixRtts, ProbesMoveTheValueByAverageAndDwell) {
  ProbedLive probed;
  EXPECT_EQ(probed.probe(10'000).ranges, (Ranges{{prefix("10.0.0.0/8"), 8, 32}}));
  EXPECT_EQ(probed.found("10.0.0.0/8", kAms), "10.0.0.0/8 10000");
  probed.now += seconds(20);
  EXPECT_TRUE(probed.probe(20'000).ranges.empty());
  EXPECT_EQ(probed.row().average, 15'000U);
  EXPECT_EQ(probed.row().state, State::Waits);
  EXPECT_EQ(probed.row().waits, seconds(40));
  probed.now += seconds(40);
  EXPECT_FALSE(probed.probe(15'000).ranges.empty());
  EXPECT_EQ(probed.found("10.0.0.0/8", kAms), "10.0.0.0/8 15000");
  EXPECT_EQ(probed.row().state, State::Used);
  // Half a millisecond is too little.
  probed.now += seconds(49);
  (void)probed.probe(15'000);
  probed.now += seconds(49);
  EXPECT_TRUE(probed.probe(15'900).ranges.empty());
  EXPECT_EQ(probed.row().state, State::Used);
  EXPECT_EQ(probed.found("10.0.0.0/8", kAms), "10.0.0.0/8 15000");
}

TEST(LivePrefixRtts, AProbeEndsWithoutAnother) {
  ProbedLive probed;
  (void)probed.probe(10'000);
  EXPECT_TRUE(probed.wait(seconds(49)).ranges.empty());
  (void)probed.probe(10'000);
  EXPECT_TRUE(probed.wait(seconds(49)).ranges.empty());
  const LivePrefixRtts::Step step = probed.wait(seconds(1));
  EXPECT_FALSE(step.ranges.empty());
  EXPECT_TRUE(step.by_age_only);
  EXPECT_EQ(probed.found("10.0.0.0/8", kAms), "none");
}

TEST(LivePrefixRtts, PrefixesThatAreNotKeptLoseTheirMeasurement) {
  ProbedLive probed;
  (void)probed.probe(10'000);
  probed.live.keep({ProbedLive::kKey});
  EXPECT_EQ(probed.live.size(), 1U);
  EXPECT_TRUE(probed.wait(seconds(0)).ranges.empty());
  probed.live.keep({});
  EXPECT_FALSE(probed.wait(seconds(0)).ranges.empty());
  EXPECT_EQ(probed.found("10.0.0.0/8", kAms), "none");
}

TEST(LivePrefixRtts, OldOnesMakeRoomForAProbe) {
  MeasuredLive measured;
  std::vector<PrefixRtts::Measured> many;
  for (std::uint32_t i = 0; i < LivePrefixRtts::kMost; ++i) {
    many.push_back({Prefix::v4(0x0B000000U + (i << 8U), 24), kAms, 1000});
  }
  measured.set(many, seconds(10));
  EXPECT_FALSE(measured.live.probe(ProbedLive::kKey, 5, seconds(50), measured.now));
  measured.now += seconds(10);
  EXPECT_TRUE(measured.live.probe(ProbedLive::kKey, 5, seconds(50), measured.now));
  EXPECT_EQ(measured.live.size(), 1U);
}

TEST(LivePrefixRtts, OtherPlacesKeepThoseOfTheirPops) {
  MeasuredLive measured;
  measured.set({{prefix("10.0.0.0/8"), kAms, 1000}, {prefix("10.0.0.0/8"), kLhr, 2000}});
  EgressSource other = network();
  other.rtts.clear();
  std::erase_if(other.pops, [](const PopSource& pop) { return pop.name == "ams"; });
  other.pop = "lhr";
  measured.configure({}, other);
  EXPECT_EQ(measured.live.size(), 1U);
  EXPECT_EQ(measured.found("10.0.0.0/8", *egress_of(other).find_pop("lhr")), "10.0.0.0/8 2000");
  EXPECT_TRUE(measured.wait(seconds(0)).ranges.empty()) << "a reload judges all routes again";
}

}  // namespace
}  // namespace tern::policy
