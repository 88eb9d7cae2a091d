// The state suboptimal-ingress: traffic that entered far from its users.
#include "bgpd/states/examination.h"
#include "examined.h"
#include "policy/prefix_rtts.h"

namespace tern::states {
namespace {

TEST_F(ExaminationTest, TrafficThatEntersFarFromItsUsersIsSuboptimal) {
  use_pops();
  registration_.primary_pop.clear();
  registration_.backup_pops.clear();
  // Without a measurement no PoP is the nearest.
  IngressBook book;
  inputs_.ingress = &book;
  inputs_.costs = inputs_.egress->costs();
  best_route(kEdge1, "1299 3320", pin_rank(0, 0)).place = at("ams", 5000);
  route(kEdge2, "174 3320").place = at("iad", 50'000);
  constexpr std::uint32_t kNow = 1'800'000'000;
  (void)book.add({prefix_of(kPrefix), "iad", 300'000'000}, kNow);
  EXPECT_FALSE(examined().states.has(State::SuboptimalIngress));

  const std::vector<policy::PrefixRttSource> measured{{"ams", prefix_of(kPrefix), 5000},
                                                      {"iad", prefix_of(kPrefix), 50'000}};
  inputs_.costs = inputs_.costs->with_prefixes(
      std::make_shared<const policy::PrefixRtts>(measured, *inputs_.egress));
  const Findings all = examined();
  EXPECT_TRUE(all.states.has(State::SuboptimalIngress));
  EXPECT_FALSE(all.states.has(State::Healthy));
  EXPECT_EQ(why(all, State::SuboptimalIngress),
            "100 % of 300.0 MB entered elsewhere, most at iad for 50.0 ms; ams is 5.0 ms");

  (void)book.add({prefix_of(kPrefix), "ams", 1'200'000'000}, kNow);
  EXPECT_EQ(why(examined(), State::SuboptimalIngress),
            "20 % of 1.5 GB entered elsewhere, most at iad for 50.0 ms; ams is 5.0 ms");
  (void)book.add({prefix_of(kPrefix), "ams", 1'000'000}, kNow);
  EXPECT_FALSE(examined().states.has(State::SuboptimalIngress)) << "less than a fifth";
  inputs_.ingress_percent = 10;
  EXPECT_TRUE(examined().states.has(State::SuboptimalIngress));
}

// ams is 5 ms from the users, iad 50 ms.
class IngressExaminationTest : public ExaminationTest {
 protected:
  void SetUp() override {
    use_pops();
    registration_.primary_pop.clear();
    registration_.backup_pops.clear();
    measure(5000, 50'000);
    inputs_.ingress = &book_;
    best_route(kEdge1, "1299 3320", pin_rank(0, 0)).place = at("ams", 5000);
    route(kEdge2, "174 3320").place = at("iad", 50'000);
  }
  void measure(EgressCost ams, EgressCost iad) {
    const std::vector<policy::PrefixRttSource> measured{{"ams", prefix_of(kPrefix), ams},
                                                        {"iad", prefix_of(kPrefix), iad}};
    set_costs(measured);
  }
  void set_costs(const std::vector<policy::PrefixRttSource>& measured) {
    inputs_.costs = inputs_.egress->costs()->with_prefixes(
        std::make_shared<const policy::PrefixRtts>(measured, *inputs_.egress));
  }
  void report(const char* pop, std::uint64_t octets) {
    (void)book_.add({prefix_of(kPrefix), pop, octets}, kReported);
  }
  [[nodiscard]] bool is_suboptimal() { return examined().states.has(State::SuboptimalIngress); }

  static constexpr std::uint32_t kReported = 1'800'000'000;
  static constexpr std::uint64_t kMega = 1'000'000;
  IngressBook book_;
};

TEST_F(IngressExaminationTest, OfAPrefixWithoutARouteIsNone) {
  report("iad", 10 * kMega);
  ASSERT_TRUE(is_suboptimal());
  for (Route& one : routes_) one.path.accepted = false;
  EXPECT_EQ(names(examined()), "not-received");
}

TEST_F(IngressExaminationTest, OctetsWhereTheCostIsNotKnownDoNotCount) {
  set_costs({{"ams", prefix_of(kPrefix), 5000}});
  report("iad", 10 * kMega);
  EXPECT_FALSE(is_suboptimal());
  report("ams", 10 * kMega);
  EXPECT_FALSE(is_suboptimal());
}

TEST_F(IngressExaminationTest, TheNearestPopHasARouteInService) {
  measure(50'000, 5000);
  report("ams", 10 * kMega);
  ASSERT_TRUE(is_suboptimal());
  routes_[1].path.pin = leaving(routes_[1].path.pin);
  EXPECT_FALSE(is_suboptimal()) << "iad is drained";
  routes_.pop_back();
  EXPECT_FALSE(is_suboptimal()) << "the partner has no session at iad";
}

TEST_F(IngressExaminationTest, FewOctetsAndSmallDetoursDoNotCount) {
  report("iad", kLeastIngressOctets - 1);
  EXPECT_FALSE(is_suboptimal());
  report("iad", 1);
  EXPECT_TRUE(is_suboptimal());
  measure(5000, 5000 + kIngressMargin);
  EXPECT_FALSE(is_suboptimal());
  measure(5000, 5001 + kIngressMargin);
  EXPECT_TRUE(is_suboptimal());
}

TEST_F(IngressExaminationTest, TheStateEndsBelowTheShareThatItBeginsAt) {
  report("iad", 16 * kMega);
  report("ams", 84 * kMega);
  EXPECT_FALSE(is_suboptimal());
  before_.add(State::SuboptimalIngress);
  EXPECT_TRUE(is_suboptimal());
  report("ams", 10 * kMega);
  EXPECT_FALSE(is_suboptimal()) << "14.5 %";
}

}  // namespace
}  // namespace tern::states
