// Registered prefixes: which registration a prefix belongs to, what is suspicious about a route for
// it, and which prefixes a change concerns.
#include "policy/registrations.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "covering_scan.h"
#include "policy/usual_paths.h"
#include "policy/vrp_table.h"
#include "policy_builders.h"

namespace tern::policy {
namespace {

constexpr Asn kCustomer = 3320, kPartner = 1299, kOther = 666;

Registration registration(std::string_view text, std::uint32_t line = 1) {
  Registration one;
  one.prefix = prefix(text);
  one.max_length = one.prefix.length();
  one.customer = kCustomer;
  one.origins = {kCustomer};
  one.owner = "tenant-a";
  one.file = std::make_shared<const std::string>("a.csv");
  one.line = line;
  one.column = 1;
  return one;
}

std::shared_ptr<const Registrations> of_file(Registrations all) {
  return std::make_shared<const Registrations>(std::move(all));
}

RegistrationTable registered(Registrations all, const GuardActions& actions = kQuarantineAll) {
  return {{of_file(std::move(all))}, actions};
}

GuardedPath guarded(std::string_view text, std::optional<Asn> partner = std::nullopt) {
  return guarded_path(AsPath::parse(text).value(), partner).value();
}

// The suspicions about a route for the only registration of a table.
std::vector<std::string> suspicions_about(const Registration& one, std::string_view of,
                                          const GuardedPath& path, const VrpTable* vrps = nullptr,
                                          const UsualPaths* usual = nullptr) {
  const RegistrationTable all = registered({one});
  const auto* const entry = all.find(prefix(of));
  if (entry == nullptr) return {"none"};
  const Suspicions found = RegistrationTable::suspicions(*entry, prefix(of), path, {vrps, usual});
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kSuspicionCount; ++i) {
    const auto suspicion = static_cast<Suspicion>(i);
    if (found.has(suspicion)) names.emplace_back(to_string(suspicion));
  }
  return names;
}

using SuspicionNames = std::vector<std::string>;

// ---- Paths

TEST(GuardedPath, HasTheFactsOfAPath) {
  const GuardedPath plain = guarded("1299 3320", kPartner);
  EXPECT_EQ(plain.origin, kCustomer);
  EXPECT_EQ(plain.partner, kPartner);
  EXPECT_EQ(plain.length, 2U);
  EXPECT_TRUE(plain.direct);
  EXPECT_FALSE(plain.prepend || plain.private_as);
  EXPECT_TRUE(guarded("1299 1299 3320 3320").direct);
  EXPECT_TRUE(guarded("1299 1299 3320").prepend);
  EXPECT_FALSE(guarded("1299 3320 1299").prepend);
  EXPECT_FALSE(guarded("1299 174 3320").direct);
  EXPECT_TRUE(guarded("1299 64512 3320").private_as);
  EXPECT_FALSE(guarded("1299 64512 3320").bogon_as);
  EXPECT_TRUE(guarded("1299 23456 3320").bogon_as);
  EXPECT_FALSE(guarded("1299 23456 3320").private_as);
  EXPECT_TRUE(guarded("3320").direct);
  EXPECT_EQ(guarded("1299 {3320 174}").origin, std::nullopt);
  EXPECT_FALSE(guarded("1299 {3320}").direct);
  EXPECT_EQ(guarded("1299 3320").partner, kPartner);   // of an iBGP neighbor
  EXPECT_FALSE(guarded_path(AsPath(), std::nullopt));  // of our own network
  EXPECT_FALSE(guarded_path(AsPath::parse("(64512)").value(), std::nullopt));
  EXPECT_EQ(guarded_path(AsPath(), kPartner)->origin, std::nullopt);  // of another AS
}

// ---- Suspicions

TEST(Registrations, AnotherOriginIsSuspicious) {
  Registration one = registration("193.0.0.0/21");
  EXPECT_EQ(suspicions_about(one, "193.0.0.0/21", guarded("1299 3320")), SuspicionNames{});
  EXPECT_EQ(suspicions_about(one, "193.0.0.0/21", guarded("1299 666")),
            SuspicionNames{"other-origin"});
  EXPECT_EQ(suspicions_about(one, "193.0.0.0/21", guarded("1299 {3320}")),
            SuspicionNames{"other-origin"});
  one.origins = {kOther, kCustomer};
  EXPECT_EQ(suspicions_about(one, "193.0.0.0/21", guarded("1299 666")), SuspicionNames{});
  EXPECT_EQ(suspicions_about(one, "193.0.0.0/20", guarded("1299 666")),
            SuspicionNames{"none"});  // a wider prefix
  EXPECT_EQ(suspicions_about(one, "193.0.8.0/21", guarded("1299 666")), SuspicionNames{"none"});
}

TEST(Registrations, MoreSpecificPrefixesBelongToTheirRegistration) {
  Registration one = registration("193.0.0.0/21");
  EXPECT_EQ(suspicions_about(one, "193.0.1.0/24", guarded("1299 3320")),
            SuspicionNames{"more-specific"});
  one.max_length = 24;
  EXPECT_EQ(suspicions_about(one, "193.0.1.0/24", guarded("1299 3320")), SuspicionNames{});
  EXPECT_EQ(suspicions_about(one, "193.0.1.0/24", guarded("1299 666")),
            SuspicionNames{"more-specific"});
  EXPECT_EQ(suspicions_about(one, "193.0.1.0/25", guarded("1299 3320")),
            SuspicionNames{"more-specific"});
}

TEST(Registrations, PartnersAreTheNeighborAses) {
  Registration one = registration("193.0.0.0/21");
  one.partners = {174, kPartner};
  EXPECT_EQ(suspicions_about(one, "193.0.0.0/21", guarded("1299 3320", kPartner)),
            SuspicionNames{});
  EXPECT_EQ(suspicions_about(one, "193.0.0.0/21", guarded("6939 3320", 6939)),
            SuspicionNames{"unregistered-partner"});
  EXPECT_EQ(suspicions_about(one, "193.0.0.0/21", guarded("6939 3320")),
            SuspicionNames{"unregistered-partner"});
}

TEST(Registrations, ATableKnowsItsPartners) {
  auto all = std::make_shared<Registrations>();
  for (const char* prefix : {"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"}) {
    Registration& one = all->emplace_back();
    one.prefix = Prefix::parse(prefix).value();
    one.partners = {64502, 64501};
  }
  all->back().partners = {64500, 64502};
  const RegistrationTable table({all}, kQuarantineAll);
  EXPECT_EQ(table.partners(), (std::vector<Asn>{64500, 64501, 64502}));
  EXPECT_TRUE(RegistrationTable().partners().empty());
}

TEST(Registrations, InvalidOriginsCountForRegisteredPrefixes) {
  const auto vrps = VrpTable::build({{prefix("193.0.0.0/21"), 21, 174}});
  const Registration one = registration("193.0.0.0/21");
  EXPECT_EQ(suspicions_about(one, "193.0.0.0/21", guarded("1299 3320"), vrps.get()),
            SuspicionNames{"rpki-invalid"});
  const auto valid = VrpTable::build({{prefix("193.0.0.0/21"), 21, kCustomer}});
  EXPECT_EQ(suspicions_about(one, "193.0.0.0/21", guarded("1299 3320"), valid.get()),
            SuspicionNames{});
}

TEST(Registrations, PathsHaveRulesOfTheirOwn) {
  Registration one = registration("193.0.0.0/21");
  EXPECT_EQ(suspicions_about(one, "193.0.0.0/21", guarded("1299 64512 64512 174 3320")),
            SuspicionNames{});
  one.path = {3, false, false, true};
  EXPECT_EQ(suspicions_about(one, "193.0.0.0/21", guarded("1299 3320")), SuspicionNames{});
  EXPECT_EQ(suspicions_about(one, "193.0.0.0/21", guarded("1299 64512 64512 174 3320")),
            (SuspicionNames{"path-length", "private-as", "prepend", "not-direct"}));
  EXPECT_EQ(suspicions_about(one, "193.0.0.0/21", guarded("1299 1299 3320")),
            SuspicionNames{"prepend"});
}

TEST(Registrations, ReservedAsNumbersAreSuspicious) {
  const Registration one = registration("193.0.0.0/21");
  for (const char* path : {"1299 23456 3320", "1299 64496 3320", "65535 3320", "1299 65551 3320",
                           "1299 4294967295 3320", "1299 {64500} 3320"}) {
    EXPECT_EQ(suspicions_about(one, "193.0.0.0/21", guarded(path)), SuspicionNames{"bogon-as"})
        << path;
  }
  EXPECT_EQ(suspicions_about(one, "193.0.0.0/21", guarded("1299 64512 3320")), SuspicionNames{})
      << "a private one is of path.allow_private_as";
}

TEST(Registrations, ALeakIsSuspicious) {
  const Registration one = registration("193.0.0.0/21");
  GuardedPath leaked = guarded("1299 64999 174 3320");
  EXPECT_EQ(suspicions_about(one, "193.0.0.0/21", leaked), SuspicionNames{});
  leaked.leak = {Leak::Sign::Valley, 174, 1299, 64999};
  EXPECT_EQ(suspicions_about(one, "193.0.0.0/21", leaked), SuspicionNames{"leak"});
  Registration ignores = one;
  ignores.guard[static_cast<std::size_t>(Suspicion::Leak)] = GuardAction::Ignore;
  EXPECT_EQ(suspicions_about(ignores, "193.0.0.0/21", leaked), SuspicionNames{});
}

// ---- Verdicts

// ---- What the baseline learnt

UsualPaths learnt(std::string_view of) {
  UsualPath usual;
  usual.prefix = prefix(of);
  usual.origins = {kCustomer};
  usual.origin_count = 1;
  usual.upstreams = {kPartner};
  usual.upstream_count = 1;
  usual.longest = 2;
  usual.longer_by = 2;
  return UsualPaths({usual});
}

GuardedPath learnable(std::string_view text) {
  GuardedPath path = guarded(text);
  path.facts = path_facts(AsPath::parse(text).value());
  return path;
}

TEST(Registrations, ANewUpstreamAndALongPathAreSuspicious) {
  Registration one = registration("193.0.0.0/21");
  one.max_length = 24;
  const UsualPaths usual = learnt("193.0.0.0/21");
  const auto found = [&](std::string_view text, std::string_view of = "193.0.0.0/21") {
    return suspicions_about(one, of, learnable(text), nullptr, &usual);
  };
  EXPECT_EQ(found("1299 3320"), SuspicionNames{});
  EXPECT_EQ(found("174 3320"), SuspicionNames{"new-upstream"});
  EXPECT_EQ(found("3320"), SuspicionNames{"new-upstream"}) << "none is an upstream, too";
  EXPECT_EQ(found("174 174 1299 3320"), SuspicionNames{}) << "four are two more than two";
  EXPECT_EQ(found("174 6939 1299 1299 3320"), SuspicionNames{"long-path"});
  EXPECT_EQ(found("1299 1299 1299 666 3320"), (SuspicionNames{"new-upstream", "long-path"}));
  EXPECT_EQ(found("174 666"), SuspicionNames{"other-origin"}) << "of which no upstream is usual";
  EXPECT_EQ(found("174 3320", "193.0.1.0/24"), SuspicionNames{}) << "of which nothing was learnt";
}

TEST(Registrations, WithoutLearntPathsNothingIsUnusual) {
  const Registration one = registration("193.0.0.0/21");
  const UsualPaths none;
  const GuardedPath path = learnable("174 1 2 3 4 5 6 7 8 3320");
  EXPECT_EQ(suspicions_about(one, "193.0.0.0/21", path), SuspicionNames{});
  EXPECT_EQ(suspicions_about(one, "193.0.0.0/21", path, nullptr, &none), SuspicionNames{});
  GuardedPath no_facts = path;
  no_facts.facts.reset();
  const UsualPaths usual = learnt("193.0.0.0/21");
  EXPECT_EQ(suspicions_about(one, "193.0.0.0/21", no_facts, nullptr, &usual), SuspicionNames{});
}

TEST(Registrations, UsualPathsAreReadWhereAnActionNeedsThem) {
  EXPECT_FALSE(registered({registration("193.0.0.0/21")}, kDefaultActions).reads_usual());
  GuardActions actions = kDefaultActions;
  actions[static_cast<std::size_t>(Suspicion::LongPath)] = GuardAction::Warn;
  EXPECT_TRUE(registered({registration("193.0.0.0/21")}, actions).reads_usual());
  Registration own = registration("193.0.0.0/21");
  own.guard[static_cast<std::size_t>(Suspicion::NewUpstream)] = GuardAction::Quarantine;
  EXPECT_TRUE(registered({own}, kDefaultActions).reads_usual());
  EXPECT_FALSE(RegistrationTable().reads_usual());
  const UsualPaths usual = learnt("193.0.0.0/21");
  const RegistrationTable table = registered({own}, kDefaultActions);
  EXPECT_EQ(table.judge(own.prefix, learnable("174 3320"), {nullptr, &usual}),
            (GuardVerdict{Suspicion::NewUpstream, GuardAction::Quarantine}));
  EXPECT_EQ(table.judge(own.prefix, learnable("1 2 3 4 1299 3320"), {nullptr, &usual}),
            GuardVerdict{});
}

TEST(Registrations, TheStrictestActionCounts) {
  Registration one = registration("193.0.0.0/21");
  one.path = {1, true, true, false};
  GuardActions actions = kQuarantineAll;
  const auto verdict = [&] {
    return registered({one}, actions).judge(one.prefix, guarded("1299 666"), {});
  };
  EXPECT_EQ(verdict(), (GuardVerdict{Suspicion::OtherOrigin, GuardAction::Quarantine}));
  actions[static_cast<std::size_t>(Suspicion::OtherOrigin)] = GuardAction::Warn;
  EXPECT_EQ(verdict(), (GuardVerdict{Suspicion::PathLength, GuardAction::Quarantine}));
  one.guard[static_cast<std::size_t>(Suspicion::PathLength)] = GuardAction::Ignore;
  EXPECT_EQ(verdict(), (GuardVerdict{Suspicion::OtherOrigin, GuardAction::Warn}));
  actions[static_cast<std::size_t>(Suspicion::OtherOrigin)] = GuardAction::Ignore;
  EXPECT_EQ(verdict(), GuardVerdict{});
  one.guard[static_cast<std::size_t>(Suspicion::OtherOrigin)] = GuardAction::Quarantine;
  EXPECT_EQ(verdict(), (GuardVerdict{Suspicion::OtherOrigin, GuardAction::Quarantine}));
}

TEST(Registrations, ATableThatIgnoresInvalidOriginsReadsNoVrps) {
  GuardActions actions = kQuarantineAll;
  EXPECT_TRUE(registered({registration("193.0.0.0/21")}, actions).reads_rpki());
  actions[static_cast<std::size_t>(Suspicion::RpkiInvalid)] = GuardAction::Ignore;
  EXPECT_FALSE(registered({registration("193.0.0.0/21")}, actions).reads_rpki());
  EXPECT_FALSE(RegistrationTable().reads_rpki());
}

TEST(Guard, NamesAreThoseOfTheSchema) {
  for (const GuardAction action :
       {GuardAction::Ignore, GuardAction::Warn, GuardAction::Quarantine}) {
    EXPECT_EQ(parse_guard_action(to_string(action)), action);
  }
  EXPECT_EQ(parse_guard_action("block"), std::nullopt);
}

// ---- Overlaps

TEST(Registrations, OfTwoThatOverlapTheEarlierOneStays) {
  const auto first = of_file({registration("193.0.0.0/21", 2), registration("198.18.0.0/15", 3)});
  const auto second = of_file({registration("193.0.0.0/16", 7), registration("193.0.8.0/24", 8),
                               registration("193.0.0.0/21", 9)});
  const RegistrationTable all({first, second}, kQuarantineAll);
  std::vector<std::string> texts;
  for (const auto& overlap : all.left_out()) texts.push_back(overlap.to_string());
  EXPECT_EQ(texts, (SuspicionNames{"a.csv:7:1: 193.0.0.0/16 overlaps 193.0.0.0/21 of a.csv:2:1",
                                   "a.csv:9:1: 193.0.0.0/21 overlaps 193.0.0.0/21 of a.csv:2:1"}));
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all.find(prefix("193.0.0.0/21"))->registration->line, 2U);
  EXPECT_EQ(all.find(prefix("193.0.8.0/24"))->registration->line, 8U);
}

// ---- Changes

TEST(Registrations, AChangeNamesThePrefixesWhoseVerdictCanDiffer) {
  const Registration one = registration("193.0.0.0/21");
  const Registration two = registration("2001:67c::/32");
  const RegistrationTable before = registered({one, two});
  EXPECT_TRUE(RegistrationTable::difference(before, registered({one, two})).empty());
  Registration other = one;
  other.notes = "no more";
  other.owner = "tenant-b";
  other.line = 9;
  other.tag = community("8075:8007");
  EXPECT_TRUE(RegistrationTable::difference(before, registered({other, two})).empty());
  const std::vector<PrefixRange> of_one{{one.prefix, 21, 32}};
  other.max_length = 24;
  EXPECT_EQ(RegistrationTable::difference(before, registered({other, two})), of_one);
  EXPECT_EQ(RegistrationTable::difference(before, registered({two})), of_one);
  EXPECT_EQ(RegistrationTable::difference(registered({two}), before), of_one);
  GuardActions actions = kQuarantineAll;
  actions[0] = GuardAction::Warn;
  EXPECT_EQ(RegistrationTable::difference(before, registered({one, two}, actions)).size(), 2U);
  const RegistrationTable leaks({of_file({one, two})}, kQuarantineAll, Fallback::None,
                                TransitFree({174}));
  EXPECT_EQ(RegistrationTable::difference(before, leaks).size(), 2U);
  EXPECT_TRUE(RegistrationTable::difference(leaks, leaks).empty());
}

// ---- Against a scan

using RegistrationModel = std::map<Prefix, Registration>;

Registration random_registration(std::mt19937& random) {
  Registration one = registration("0.0.0.0/0");
  one.prefix = short_prefix(random);
  const auto bits = static_cast<unsigned>(one.prefix.address().bits());
  const unsigned more = random() % 4;
  one.max_length = static_cast<std::uint8_t>(std::min(one.prefix.length() + more, bits));
  if (random() % 2 == 0) one.origins.push_back(kOther);
  if (random() % 2 == 0) one.partners = {kPartner};
  if (random() % 3 == 0) one.guard[0] = GuardAction::Warn;
  if (random() % 3 == 0) one.fallback = static_cast<Fallback>(random() % 3);
  if (random() % 3 == 0) one.partners.insert(one.partners.begin(), 174);
  return one;
}

RegistrationModel random_model(std::mt19937& random, RegistrationModel model) {
  for (int i = 0; i < 6; ++i) {
    const Registration next = random_registration(random);
    const bool overlaps = std::ranges::any_of(model, [&](const auto& one) {
      return one.first.covers(next.prefix) || next.prefix.covers(one.first);
    });
    if (!overlaps) model.emplace(next.prefix, next);
  }
  return model;
}

RegistrationTable shuffled_registrations(const RegistrationModel& model, std::mt19937& random) {
  Registrations all;
  for (const auto& [prefix, one] : model) all.push_back(one);
  std::ranges::shuffle(all, random);
  return registered(std::move(all));
}

TEST(Registrations, AgreeWithAScanOnRandomTables) {
  std::mt19937 random(14);
  for (int round = 0; round < 300; ++round) {
    const RegistrationModel before = random_model(random, {});
    RegistrationModel after = before;
    if (!after.empty() && random() % 2 == 0) after.erase(after.begin());
    if (!after.empty() && random() % 2 == 0) after.begin()->second.origins = {kOther};
    if (!after.empty() && random() % 2 == 0) {
      std::ranges::reverse(after.rbegin()->second.partners);
    }
    if (!after.empty() && random() % 3 == 0) after.rbegin()->second.fallback = Fallback::Any;
    after = random_model(random, after);
    const RegistrationTable a = shuffled_registrations(before, random);
    const RegistrationTable b = shuffled_registrations(after, random);
    ASSERT_TRUE(a.left_out().empty() && b.left_out().empty());
    const auto changed = RegistrationTable::difference(a, b);
    for (int i = 0; i < 50; ++i) {
      const Prefix asked = short_prefix(random);
      const auto scanned =
          std::ranges::find_if(before, [&](const auto& one) { return one.first.covers(asked); });
      const auto* const entry = a.find(asked);
      ASSERT_EQ(entry != nullptr, scanned != before.end()) << asked.to_string();
      if (entry != nullptr) {
        ASSERT_EQ(entry->prefix, scanned->first);
      }
      for (const char* const text : {"1299 3320", "1299 666", "174 3320"}) {
        if (a.judge(asked, guarded(text), {}) == b.judge(asked, guarded(text), {})) continue;
        ASSERT_TRUE(is_in(changed, asked)) << asked.to_string() << " by " << text;
      }
    }
  }
}

}  // namespace
}  // namespace tern::policy
