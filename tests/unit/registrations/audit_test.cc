// Registrations in force are compared with the requirements of new ones: after each change, those
// that the change touches, in slices.
#include "bgpd/registrations/audit.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "policy/change.h"
#include "tests/unit/registrations/evidence.h"
#include "tests/unit/session/line_count.h"

namespace tern::registrations {
namespace {

using policy::PrefixChange;
using policy::Registration;
using policy::RegistrationTable;
using policy::VrpTable;
using test::object;
using test::objects;

using Texts = std::vector<std::string>;

Prefix prefix_from(const char* text) { return Prefix::parse(text).value(); }

Registration registration(const Prefix& of, Asn origin, const char* owner = "t") {
  Registration one;
  one.prefix = of;
  one.max_length = of.length();
  one.customer = origin;
  one.origins = {origin};
  one.owner = owner;
  one.file = std::make_shared<const std::string>("a.csv");
  return one;
}

Registration registration(const char* of, Asn origin, const char* owner = "t") {
  return registration(prefix_from(of), origin, owner);
}

class AuditTest : public testing::Test {
 protected:
  void require(Requirement origins) {
    requirements.origins = origins;
    audit.use(requirements);
  }
  void set(policy::Registrations all) {
    auto next = std::make_shared<const RegistrationTable>(
        std::vector{std::make_shared<const policy::Registrations>(std::move(all))},
        policy::kQuarantineAll);
    const auto changed = RegistrationTable::difference(table ? *table : RegistrationTable(), *next);
    table = next->size() == 0 ? nullptr : std::move(next);
    audit.set_table(table, changed);
  }
  void finish() {
    while (audit.is_due()) audit.run_slice();
  }
  Texts reasons(const char* of) {
    const auto found = audit.book()->find(prefix_from(of));
    return found ? found->texts : Texts{};
  }

  Requirements requirements;
  std::shared_ptr<const RegistrationTable> table;
  Audit audit;
};

TEST_F(AuditTest, TheReasonIsThatOfARegistrationByCommand) {
  require(Requirement::IrrValid);
  set({registration("193.0.0.0/21", 3333), registration("198.41.0.0/24", 3333)});
  audit.set_route_objects(objects({object("198.41.0.0/24", 3333)}));
  finish();
  EXPECT_EQ(reasons("193.0.0.0/21"),
            Texts{"AS 3333 is no origin in the IRR: no route object covers it"});
  EXPECT_EQ(audit.book()->size(), 1U);
  audit.set_route_objects(objects({object("193.0.0.0/21", 3333)}));
  finish();
  EXPECT_EQ(reasons("193.0.0.0/21"), Texts{});
  EXPECT_EQ(audit.book()->size(), 1U) << "that of the other one is gone";
}

TEST_F(AuditTest, AnInvalidOriginIsFoundByDefault) {
  audit.use({});
  set({registration("193.0.0.0/21", 3333)});
  audit.set_vrps(VrpTable::build({{prefix_from("193.0.0.0/21"), 21, 1}}),
                 PrefixChange::all_prefixes());
  finish();
  EXPECT_EQ(reasons("193.0.0.0/21"),
            Texts{"AS 3333 is RPKI invalid as an origin: the VRP 193.0.0.0/21 AS1 covers the "
                  "prefix, and none allows this AS and length"});
}

TEST_F(AuditTest, WithoutARequirementNothingIsDue) {
  require(Requirement::None);
  set({registration("193.0.0.0/21", 3333)});
  EXPECT_FALSE(audit.is_due());
  require(Requirement::IrrValid);
  finish();
  EXPECT_EQ(audit.book()->size(), 1U);
  require(Requirement::None);
  EXPECT_EQ(audit.book()->size(), 0U);
  EXPECT_FALSE(audit.is_due());
}

// The second one is invalid, too, and the change does not name it.
TEST_F(AuditTest, OnlyRangesThatChangedAreDue) {
  audit.use({});
  set({registration("193.0.0.0/21", 3333), registration("198.41.0.0/24", 3333)});
  finish();
  const auto vrps = VrpTable::build(
      {{prefix_from("193.0.0.0/21"), 21, 1}, {prefix_from("198.41.0.0/24"), 24, 1}});
  audit.set_vrps(vrps,
                 {{prefix_from("193.0.0.0/16"), 20, 24}, {prefix_from("198.41.0.0/24"), 25, 32}});
  finish();
  EXPECT_EQ(reasons("193.0.0.0/21").size(), 1U);
  EXPECT_EQ(audit.book()->size(), 1U);
  // More ranges than are looked at one by one.
  audit.set_vrps(vrps, std::vector<policy::PrefixRange>(Audit::kMostTouched + 1,
                                                        {prefix_from("10.0.0.0/8"), 8, 8}));
  finish();
  EXPECT_EQ(audit.book()->size(), 2U);
}

TEST_F(AuditTest, MoreRegistrationsThanAreMarkedAreAllOfThem) {
  audit.use({});
  policy::Registrations all{registration("193.0.0.0/21", 3333)};
  for (std::uint32_t i = 0; i <= Audit::kMostTouched; ++i) {
    all.push_back(registration(Prefix::v4(0x14000000U + (i << 8U), 24), 3333));
  }
  set(std::move(all));
  finish();
  audit.set_vrps(VrpTable::build({{prefix_from("193.0.0.0/21"), 21, 1}}),
                 {{prefix_from("20.0.0.0/7"), 7, 24}});
  finish();
  EXPECT_EQ(audit.book()->size(), 1U);
}

TEST_F(AuditTest, ARegistrationThatGoesLeavesTheBook) {
  require(Requirement::IrrValid);
  set({registration("193.0.0.0/21", 3333), registration("198.41.0.0/24", 3333)});
  finish();
  EXPECT_EQ(audit.book()->size(), 2U);
  set({registration("193.0.0.0/22", 3333), registration("198.41.0.0/24", 3333)});
  finish();
  EXPECT_EQ(reasons("193.0.0.0/21"), Texts{});
  EXPECT_EQ(reasons("193.0.0.0/22").size(), 1U);
  set({});
  EXPECT_EQ(audit.book()->size(), 0U);
  EXPECT_FALSE(audit.is_due());
}

TEST_F(AuditTest, AChangeOfTheOriginsIsCheckedAgain) {
  require(Requirement::IrrValid);
  audit.set_route_objects(objects({object("193.0.0.0/21", 3333)}));
  set({registration("193.0.0.0/21", 3334)});
  finish();
  EXPECT_EQ(audit.book()->size(), 1U);
  set({registration("193.0.0.0/21", 3333)});
  finish();
  EXPECT_EQ(audit.book()->size(), 0U);
}

TEST_F(AuditTest, EvidenceThatIsOnItsWayIsWaitedFor) {
  requirements.awaits_vrps = requirements.awaits_objects = true;
  require(Requirement::RoaOrIrrValid);
  set({registration("193.0.0.0/21", 3333)});
  EXPECT_FALSE(audit.is_due());
  audit.set_vrps(std::make_shared<const VrpTable>(), PrefixChange::all_prefixes());
  EXPECT_FALSE(audit.is_due());
  audit.set_route_objects(objects({object("198.41.0.0/24", 3333)}));
  finish();
  EXPECT_EQ(audit.book()->size(), 1U);
  // The book stays as it is while a source has no data.
  audit.set_vrps(nullptr, PrefixChange::all_prefixes());
  EXPECT_FALSE(audit.is_due());
  EXPECT_EQ(audit.book()->size(), 1U);
  audit.set_vrps(VrpTable::build({{prefix_from("193.0.0.0/21"), 21, 3333}}),
                 PrefixChange::all_prefixes());
  finish();
  EXPECT_EQ(audit.book()->size(), 0U);
}

// Route objects are not waited for where no requirement reads them.
TEST_F(AuditTest, OnlyEvidenceThatIsReadIsWaitedFor) {
  requirements.awaits_objects = true;
  require(Requirement::RoaValid);
  set({registration("193.0.0.0/21", 3333)});
  EXPECT_TRUE(audit.is_due());
}

// ---- Slices

TEST_F(AuditTest, ASliceIsOneRegistrationAtLeast) {
  require(Requirement::IrrValid);
  set({registration("193.0.0.0/21", 3333), registration("198.41.0.0/24", 3333)});
  audit.run_slice(0);
  EXPECT_EQ(audit.book()->size(), 1U);
  EXPECT_TRUE(audit.is_due());
}

// The first one was checked before the objects came.
TEST_F(AuditTest, AChangeDuringALapChecksThoseBeforeItAgain) {
  require(Requirement::IrrValid);
  set({registration("11.0.0.0/8", 1), registration("12.0.0.0/8", 1),
       registration("13.0.0.0/8", 1)});
  finish();
  require(Requirement::RoaOrIrrValid);
  audit.run_slice(0);
  audit.set_route_objects(
      objects({object("11.0.0.0/8", 1), object("12.0.0.0/8", 1), object("13.0.0.0/8", 1)}));
  audit.run_slice(0);
  audit.run_slice(0);
  EXPECT_EQ(audit.book()->size(), 1U) << "the first one";
  finish();
  EXPECT_EQ(audit.book()->size(), 0U);
}

// Changes that come faster than a lap ends hold up none of the registrations.
TEST_F(AuditTest, ChangesWithoutEndDoNotBeginALapAnew) {
  require(Requirement::IrrValid);
  set({registration("11.0.0.0/8", 1), registration("12.0.0.0/8", 1),
       registration("13.0.0.0/8", 1)});
  finish();
  const auto all =
      objects({object("11.0.0.0/8", 1), object("12.0.0.0/8", 1), object("13.0.0.0/8", 1)});
  for (int i = 0; i < 8; ++i) {
    audit.set_route_objects(all);
    audit.run_slice(0);
  }
  EXPECT_EQ(audit.book()->size(), 0U);
}

// The prefix at which the lap stands goes away with the table.
TEST_F(AuditTest, ALapGoesOnInAnotherTable) {
  requirements.owned_sessions = true;  // has any change begin a lap
  require(Requirement::IrrValid);
  set({registration("11.0.0.0/8", 1), registration("12.0.0.0/8", 1)});
  audit.run_slice(0);
  audit.run_slice(0);
  set({registration("10.0.0.0/9", 1), registration("11.0.0.0/8", 1),
       registration("14.0.0.0/8", 1)});
  finish();
  EXPECT_EQ(audit.book()->size(), 3U);
}

// ---- Sessions

TEST_F(AuditTest, ASessionThatComesLaterIsCompared) {
  requirements.origins = Requirement::None;
  requirements.owned_sessions = true;
  audit.use(requirements);
  set({registration("193.0.0.0/21", 3333), registration("198.41.0.0/24", 3334, "u")});
  finish();
  EXPECT_EQ(audit.book()->size(), 0U);
  requirements.sessions = std::make_shared<const PartnerSessions>(
      PartnerSessions{{test::session(3333, "198.41.0.9/32", "edge-1")}, {}});
  audit.use(requirements);
  finish();
  EXPECT_EQ(
      reasons("193.0.0.0/21"),
      Texts{"the session address 198.41.0.9 of edge-1 is not the customer's: no prefix of the "
            "owner t covers it, and no VRP or route object of AS 3333 does"});
  EXPECT_EQ(audit.book()->size(), 1U);
  // Of the one owner, both prefixes count.
  set({registration("193.0.0.0/21", 3333), registration("198.41.0.0/24", 3334)});
  finish();
  EXPECT_EQ(audit.book()->size(), 0U);
  set({registration("193.0.0.0/21", 3333)});
  finish();
  EXPECT_EQ(audit.book()->size(), 1U);
  // A VRP for the address is none for the registration.
  audit.set_vrps(VrpTable::build({{prefix_from("198.41.0.0/24"), 24, 3333}}),
                 {{prefix_from("198.41.0.0/24"), 24, 32}});
  finish();
  EXPECT_EQ(audit.book()->size(), 0U);
}

TEST_F(AuditTest, TheSameRequirementsMakeNothingDue) {
  requirements.owned_sessions = true;
  requirements.sessions = std::make_shared<const PartnerSessions>(
      PartnerSessions{{test::session(3333, "198.41.0.9/32", "edge-1")}, {}});
  audit.use(requirements);
  set({registration("193.0.0.0/21", 3333)});
  finish();
  requirements.sessions = std::make_shared<const PartnerSessions>(*requirements.sessions);
  audit.use(requirements);
  EXPECT_FALSE(audit.is_due());
}

// ---- Bounds

TEST_F(AuditTest, LinesOfTheLogAreBounded) {
  const session::LineCount found("is in force and does not meet the requirements: AS ");
  const session::LineCount again("meets the requirements again");
  require(Requirement::IrrValid);
  policy::Registrations all;
  for (std::uint32_t i = 0; i < 100; ++i) {
    all.push_back(registration(Prefix::v4(0x14000000U + (i << 8U), 24), 3333));
  }
  set(std::move(all));
  finish();
  audit.set_route_objects(objects({object("20.0.0.0/24", 3333)}));
  finish();
  EXPECT_EQ(audit.book()->size(), 99U);
  EXPECT_EQ(found.lines() + again.lines(), static_cast<int>(Audit::kMostLines));
}

TEST(UnmetBook, TextsAreBounded) {
  UnmetBook book;
  EXPECT_TRUE(book.put(prefix_from("10.0.0.0/8"), {Texts(7, "x"), 2}));
  auto reasons = book.find(prefix_from("10.0.0.0/8"));
  EXPECT_EQ(reasons->texts.size(), UnmetBook::kMostTexts);
  EXPECT_EQ(reasons->more, 5U);
  EXPECT_FALSE(
      book.put(prefix_from("10.0.0.0/8"), {{std::string(UnmetBook::kMostOctets, 'x')}, 0}));
  EXPECT_TRUE(book.put(prefix_from("11.0.0.0/8"), {{"x"}, 1}));
  reasons = book.find(prefix_from("11.0.0.0/8"));
  EXPECT_EQ(reasons->texts, Texts{});
  EXPECT_EQ(reasons->more, 2U);
  EXPECT_EQ(book.size(), 2U);
  EXPECT_TRUE(book.remove(prefix_from("10.0.0.0/8")));
  EXPECT_FALSE(book.remove(prefix_from("10.0.0.0/8")));
  (void)book.put(prefix_from("11.0.0.0/8"), {{"x"}, 0});
  EXPECT_EQ(book.find(prefix_from("11.0.0.0/8"))->texts, Texts{"x"});
}

}  // namespace
}  // namespace tern::registrations
