// The ranks that a registration gives to paths, and what its fallback makes of suspicious ones.
#include <gtest/gtest.h>

#include <string>

#include "policy/registrations.h"
#include "policy_builders.h"

namespace tern::policy {
namespace {

constexpr Asn kPinnedCustomer = 3320;
const GuardVerdict kUsed{};

class PinTest : public testing::Test {
 protected:
  PinTest() {
    one.prefix = prefix("193.0.0.0/21");
    one.max_length = 24;
    one.customer = kPinnedCustomer;
    one.origins = {kPinnedCustomer};
    one.partners = {1299, 174};
  }
  // The verdict on the path, which leaves at the PoP. In the configuration `fallback` counts where
  // the registration has none.
  GuardVerdict verdict(std::string_view path, std::string_view pop = "",
                       std::string_view of = "193.0.0.0/21") {
    const RegistrationTable all({std::make_shared<const Registrations>(Registrations{one})},
                                actions, fallback);
    GuardedPath guarded = guarded_path(AsPath::parse(path).value(), std::nullopt).value();
    guarded.pop = pop;
    return all.judge(prefix(of), guarded, {});
  }
  PinRank rank(std::string_view path, std::string_view pop = "") { return verdict(path, pop).pin; }
  static bool is_quarantined(const GuardVerdict& verdict) {
    return verdict.action == GuardAction::Quarantine;
  }
  void set_action(Suspicion suspicion, GuardAction action) {
    actions[static_cast<std::size_t>(suspicion)] = action;
  }
  void set_own(Suspicion suspicion, GuardAction action) {
    one.guard[static_cast<std::size_t>(suspicion)] = action;
  }

  Registration one;
  GuardActions actions = kQuarantineAll;
  Fallback fallback = Fallback::None;
};

TEST_F(PinTest, ThePartnersCountBeforeThePops) {
  one.primary_pop = "ams";
  one.backup_pops = {"lhr", "fra"};
  EXPECT_LT(kNoPin, rank("1299 3320", "ams"));
  EXPECT_LT(rank("1299 3320", "ams"), rank("1299 3320", "lhr"));
  EXPECT_LT(rank("1299 3320", "lhr"), rank("1299 3320", "fra"));
  EXPECT_LT(rank("1299 3320", "fra"), rank("1299 3320", "iad"));
  EXPECT_EQ(rank("1299 3320", "iad"), rank("1299 3320"));  // unknown
  EXPECT_LT(rank("1299 3320", "iad"), rank("174 3320", "ams"));
  EXPECT_EQ(rank("1299 3320", "ams"), rank("1299 64512 3320", "ams"));
}

TEST_F(PinTest, PartnersAloneOrPopsAloneDecide) {
  EXPECT_EQ(rank("1299 3320", "ams"), rank("1299 3320", "lhr"));
  EXPECT_LT(rank("1299 3320"), rank("174 3320"));
  one.partners.clear();
  EXPECT_EQ(rank("1299 3320"), kNoPin);
  one.primary_pop = "ams";
  EXPECT_EQ(rank("1299 3320", "ams"), rank("174 3320", "ams"));
  EXPECT_LT(rank("174 3320", "ams"), rank("1299 3320", "lhr"));
}

TEST_F(PinTest, MoreSpecificPrefixesHaveTheOrderOfTheirRegistration) {
  EXPECT_EQ(verdict("174 3320", "", "193.0.1.0/24").pin, rank("174 3320"));
  EXPECT_EQ(verdict("174 3320", "", "193.0.8.0/21"), kUsed);
}

TEST_F(PinTest, WhomTheGuardOnlyWarnsOfIsBehindThePartners) {
  set_action(Suspicion::UnregisteredPartner, GuardAction::Warn);
  EXPECT_EQ(verdict("6939 3320").action, GuardAction::Warn);
  EXPECT_LT(rank("174 3320"), rank("6939 3320"));
  EXPECT_FALSE(is_last_resort(rank("6939 3320")));
}

TEST_F(PinTest, WithoutAFallbackNothingOfOthersIsUsed) {
  EXPECT_TRUE(is_quarantined(verdict("6939 3320")));
  EXPECT_EQ(rank("6939 3320"), kNoPin);
  fallback = Fallback::Any;
  EXPECT_FALSE(is_quarantined(verdict("6939 3320")));
  one.fallback = Fallback::None;  // the registration has the last word
  EXPECT_TRUE(is_quarantined(verdict("6939 3320")));
}

TEST_F(PinTest, AnyValidTakesOtherPartnersOfWhomNothingElseIsWrong) {
  one.fallback = Fallback::AnyValid;
  const GuardVerdict other = verdict("6939 3320");
  EXPECT_EQ(other.suspicion, Suspicion::UnregisteredPartner);
  EXPECT_EQ(other.action, GuardAction::Warn);
  EXPECT_LT(rank("174 3320"), other.pin);
  EXPECT_FALSE(is_last_resort(other.pin));
  EXPECT_TRUE(is_quarantined(verdict("6939 666")));
  EXPECT_TRUE(is_quarantined(verdict("1299 666")));
  set_action(Suspicion::OtherOrigin, GuardAction::Warn);
  EXPECT_FALSE(is_quarantined(verdict("6939 666")));
}

TEST_F(PinTest, AnyTakesTheRestAsTheLastResort) {
  one.fallback = Fallback::Any;
  EXPECT_LT(rank("174 3320"), rank("6939 3320"));
  EXPECT_FALSE(is_last_resort(rank("6939 3320")));
  const GuardVerdict hijack = verdict("1299 666");
  EXPECT_EQ(hijack.suspicion, Suspicion::OtherOrigin);
  EXPECT_EQ(hijack.action, GuardAction::Warn);
  EXPECT_TRUE(is_last_resort(hijack.pin));
  EXPECT_LT(leaving(rank("6939 3320")), hijack.pin);
  EXPECT_LT(hijack.pin, rank("6939 666"));
  one.partners.clear();  // no order, but a last resort all the same
  EXPECT_EQ(rank("1299 3320"), kNoPin);
  EXPECT_TRUE(is_last_resort(rank("1299 666")));
}

TEST_F(PinTest, NoFallbackUsesWhatTheRegistrationItselfQuarantines) {
  one.fallback = Fallback::Any;
  set_own(Suspicion::OtherOrigin, GuardAction::Quarantine);
  EXPECT_TRUE(is_quarantined(verdict("1299 666")));
  EXPECT_TRUE(is_quarantined(verdict("6939 666")));
  EXPECT_FALSE(is_quarantined(verdict("6939 3320")));
  set_own(Suspicion::UnregisteredPartner, GuardAction::Quarantine);
  EXPECT_TRUE(is_quarantined(verdict("6939 3320")));
}

// The longest match would give such a route the traffic of a partner's valid one.
TEST_F(PinTest, NoFallbackUsesAMoreSpecificPrefix) {
  one.fallback = Fallback::Any;
  for (const char* const path : {"6939 3320", "1299 666"}) {
    EXPECT_FALSE(is_quarantined(verdict(path)));
    EXPECT_TRUE(is_quarantined(verdict(path, "", "193.0.1.0/24")));
  }
  EXPECT_TRUE(is_quarantined(verdict("1299 3320", "", "193.0.1.0/25")));
}

TEST_F(PinTest, AChangeOfTheOrderOrTheFallbackConcernsThePrefix) {
  const auto table = [this] {
    return RegistrationTable({std::make_shared<const Registrations>(Registrations{one})}, actions,
                             fallback);
  };
  const auto changes = [&](auto change) {
    const RegistrationTable before = table();
    change();
    return RegistrationTable::difference(before, table()).size();
  };
  EXPECT_EQ(changes([] {}), 0U);
  EXPECT_EQ(changes([this] { one.partners = {174, 1299}; }), 1U);
  EXPECT_EQ(changes([this] { one.primary_pop = "ams"; }), 1U);
  EXPECT_EQ(changes([this] { one.backup_pops = {"lhr"}; }), 1U);
  EXPECT_EQ(changes([this] { fallback = Fallback::Any; }), 1U);
  EXPECT_EQ(changes([this] { one.fallback = Fallback::Any; }), 0U);  // the same in effect
  EXPECT_EQ(changes([this] { one.fallback = Fallback::None; }), 1U);
  EXPECT_EQ(changes([this] { set_own(Suspicion::Prepend, GuardAction::Quarantine); }), 1U);
}

TEST(Pin, NamesOfFallbacksAreThoseOfTheSchema) {
  for (const Fallback each : {Fallback::None, Fallback::AnyValid, Fallback::Any}) {
    EXPECT_EQ(parse_fallback(to_string(each)), each);
  }
  EXPECT_EQ(parse_fallback("any_valid"), std::nullopt);
}

}  // namespace
}  // namespace tern::policy
