// Writes of registrations are checked against VRPs, route objects and the addresses of sessions.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/unit/registrations/evidence.h"
#include "tests/unit/registrations/stored_fixture.h"

namespace tern::registrations {
namespace {

using namespace test;  // NOLINT

Fields with(Fields fields, const Fields& more) {
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

class RequiredOrigins : public StoredFixture {
 protected:
  void require(Requirement origins) {
    requirements.origins = origins;
    begin();
  }
};

TEST_F(RequiredOrigins, AnOriginNeedsARouteObject) {
  require(Requirement::IrrValid);
  const std::string no_origin = "193.0.0.0/21: AS 3333 is no origin in the IRR: ";
  EXPECT_EQ(add("193.0.0.0/21").errors, Texts{no_origin + "there are no route objects"});
  irr = objects({object("198.41.0.0/24", 3333)});
  EXPECT_EQ(add("193.0.0.0/21").errors, Texts{no_origin + "no route object covers it"});
  irr = objects({object("193.0.0.0/21", 3334), object("193.0.0.0/16", 2)});
  EXPECT_EQ(
      add("193.0.0.0/21").errors,
      Texts{no_origin + "the route object 193.0.0.0/21 AS3334 covers it, and none has this AS"});
  irr = objects({object("193.0.0.0/16", 3333, 20), object("193.0.0.0/21", 2)});
  EXPECT_EQ(add("193.0.0.0/21").errors,
            Texts{no_origin + "the route object 193.0.0.0/16-20 AS3333 covers it and allows no "
                              "/21"});
  irr = objects({object("193.0.0.0/16", 3333, 21)});
  EXPECT_EQ(add("193.0.0.0/21").errors, Texts{});
}

TEST_F(RequiredOrigins, EachOriginNeedsOne) {
  require(Requirement::IrrValid);
  irr = objects({object("193.0.0.0/21", 3333)});
  const Fields two = with(customer(), {{"origins", "3333 3334"}});
  EXPECT_EQ(add("193.0.0.0/21", two).errors,
            Texts{"193.0.0.0/21: AS 3334 is no origin in the IRR: the route object 193.0.0.0/21 "
                  "AS3333 covers it, and none has this AS"});
  irr = objects({object("193.0.0.0/21", 3333), object("193.0.0.0/21", 3334)});
  EXPECT_EQ(add("193.0.0.0/21", two).errors, Texts{});
}

// A route object does not help an origin that a ROA contradicts.
TEST_F(RequiredOrigins, AnInvalidOriginIsRefusedInAnyCase) {
  vrps = policy::VrpTable::build({{prefix("193.0.0.0/21"), 21, 1}});
  irr = objects({object("193.0.0.0/21", 3333)});
  for (const Requirement one : {Requirement::IrrValid, Requirement::RoaOrIrrValid}) {
    require(one);
    const WriteResult result = add("193.0.0.0/21");
    ASSERT_EQ(result.errors.size(), 1U);
    EXPECT_NE(result.errors[0].find("RPKI invalid"), std::string::npos);
  }
}

TEST_F(RequiredOrigins, OneOfTheTwoIsEnough) {
  require(Requirement::RoaOrIrrValid);
  const std::string neither =
      "193.0.0.0/21: AS 3333 is an origin by no ROA and by no route object: ";
  EXPECT_EQ(add("193.0.0.0/21").errors,
            Texts{neither + "there are no VRPs; there are no route objects"});
  vrps = policy::VrpTable::build({{prefix("198.41.0.0/24"), 24, 3333}});
  irr = objects({object("193.0.0.0/20", 3333)});
  EXPECT_EQ(add("193.0.0.0/21").errors,
            Texts{neither + "no VRP covers it; the route object 193.0.0.0/20 AS3333 covers it and "
                            "allows no /21"});
  EXPECT_EQ(add("198.41.0.0/24").errors, Texts{});
  irr = objects({object("193.0.0.0/21", 3333)});
  EXPECT_EQ(add("193.0.0.0/21").errors, Texts{});
}

TEST_F(RequiredOrigins, ALengthThatNoObjectAllowsIsAWarning) {
  require(Requirement::IrrValid);
  irr = objects({object("193.0.0.0/21", 3333, 22)});
  const WriteResult result = add("193.0.0.0/21", with(customer(), {{"max_length", "24"}}));
  EXPECT_EQ(result.errors, Texts{});
  EXPECT_EQ(result.warnings,
            Texts{"193.0.0.0/21: a route for a /24 of it from AS 3333 has no route object"});
}

TEST_F(RequiredOrigins, WithoutTheWordRouteObjectsDoNotCount) {
  irr = objects({object("193.0.0.0/21", 1)});
  for (const Requirement one : {Requirement::None, Requirement::NotInvalid}) {
    require(one);
    Write check;
    check.check_only = true;
    check.irr = irr;
    check.changes = {{Action::Add, "193.0.0.0/21", customer()}};
    const WriteResult result = write(std::move(check));
    EXPECT_EQ(result.errors, Texts{});
    EXPECT_EQ(result.warnings, Texts{});
  }
}

// ---- Sessions

class RequiredSessions : public StoredFixture {
 protected:
  void require(PartnerSessions sessions, bool reserved = false) {
    requirements.owned_sessions = true;
    requirements.reserved_addresses = reserved;
    requirements.sessions = std::make_shared<const PartnerSessions>(std::move(sessions));
    begin();
  }
  static std::string not_owned(const std::string& address) {
    return "193.0.0.0/21: the session address " + address +
           " is not the customer's: no prefix of the owner t covers it, and no VRP or route object "
           "of AS 3333 does";
  }
  static Fields by(const char* partners) { return with(customer(), {{"partners", partners}}); }
};

TEST_F(RequiredSessions, TheAddressMayBeOfTheOwnersPrefixes) {
  require(
      {{session(64500, "193.0.1.9/32", "edge-1"), session(64501, "198.41.0.9/32", "edge-2")}, {}});
  // The registration itself has the first one.
  EXPECT_EQ(add("193.0.0.0/21", by("64500")).errors, Texts{});
  EXPECT_EQ(change(Action::Set, "193.0.0.0/21", {{"partners", "64500 64501"}}).errors,
            Texts{not_owned("198.41.0.9 of edge-2")});
  EXPECT_EQ(add("198.41.0.0/24", customer("another")).errors, Texts{});
  EXPECT_EQ(change(Action::Set, "193.0.0.0/21", {{"partners", "64500 64501"}}).errors,
            Texts{not_owned("198.41.0.9 of edge-2")});
  EXPECT_EQ(change(Action::Set, "198.41.0.0/24", {{"owner", "t"}}).errors, Texts{});
  EXPECT_EQ(change(Action::Set, "193.0.0.0/21", {{"partners", "64500 64501"}}).errors, Texts{});
}

TEST_F(RequiredSessions, ARoaOrARouteObjectOfTheCustomerShowsItToo) {
  require(
      {{session(64500, "198.41.0.9/32", "edge-1"), session(64500, "2a00::9/128", "edge-6")}, {}});
  const Texts neither{not_owned("198.41.0.9 of edge-1"), not_owned("2a00::9 of edge-6")};
  EXPECT_EQ(add("193.0.0.0/21", by("64500")).errors, neither);
  vrps = policy::VrpTable::build({{prefix("198.41.0.0/24"), 24, 64500}});
  irr = objects({object("2a00::/16", 64500)});
  EXPECT_EQ(add("193.0.0.0/21", by("64500")).errors, neither) << "these are of another AS";
  vrps = policy::VrpTable::build({{prefix("0.0.0.0/0"), 0, 3333}});
  EXPECT_EQ(add("193.0.0.0/21", by("64500")).errors, neither) << "a default route";
  vrps = policy::VrpTable::build({{prefix("198.41.0.0/24"), 24, 3333}});
  EXPECT_EQ(add("193.0.0.0/21", by("64500")).errors, Texts{neither[1]});
  irr = objects({object("::/0", 3333)});
  EXPECT_EQ(add("193.0.0.0/21", by("64500")).errors, Texts{neither[1]}) << "a default route";
  irr = objects({object("2a00::/16", 3333)});
  EXPECT_EQ(add("193.0.0.0/21", by("64500")).errors, Texts{});
}

TEST_F(RequiredSessions, TheAddressIsPublic) {
  const PartnerSessions sessions{{session(64500, "10.0.0.9/32", "edge-1")}, {}};
  irr = objects({object("10.0.0.0/8", 3333)});
  require(sessions);
  const WriteResult result = add("193.0.0.0/21", by("64500"));
  ASSERT_EQ(result.errors.size(), 1U);
  EXPECT_EQ(result.errors[0].find("193.0.0.0/21: the session address 10.0.0.9 of edge-1 is not "
                                  "public: it is in 10.0.0.0/8"),
            0U)
      << result.errors[0];
  require(sessions, true);
  EXPECT_EQ(add("193.0.0.0/21", by("64500")).errors, Texts{});
}

TEST_F(RequiredSessions, ARangeIsOwnedAsAWhole) {
  require({{}, {{64500, 64510, prefix("198.41.0.0/23"), "dynamic_peers 198.41.0.0/23"}}});
  irr = objects({object("198.41.0.0/24", 3333), object("198.41.1.0/24", 3333)});
  EXPECT_EQ(add("193.0.0.0/21", by("64505")).errors,
            Texts{not_owned("198.41.0.0/23 of dynamic_peers 198.41.0.0/23")});
  irr = objects({object("198.41.0.0/23", 3333)});
  EXPECT_EQ(add("193.0.0.0/21", by("64505")).errors, Texts{});
}

TEST_F(RequiredSessions, ARefusalHasEveryReason) {
  requirements.origins = Requirement::IrrValid;
  require({{session(64500, "198.41.0.9/32", "edge-1")}, {}});
  EXPECT_EQ(add("193.0.0.0/21", by("64500")).errors,
            (Texts{"193.0.0.0/21: AS 3333 is no origin in the IRR: there are no route objects",
                   not_owned("198.41.0.9 of edge-1")}));
  EXPECT_EQ(published(), 0U);
}

// Without partners the sessions of the customer count, and a partner without a session is no fault.
TEST_F(RequiredSessions, OnlySessionsOfThePartnersCount) {
  require(
      {{session(3333, "198.41.0.9/32", "customer"), session(64500, "10.0.0.9/32", "edge-1")}, {}});
  EXPECT_EQ(add("193.0.0.0/21").errors, Texts{not_owned("198.41.0.9 of customer")});
  EXPECT_EQ(add("193.0.0.0/21", by("64777")).errors, Texts{});
}

// The prefix of the address may stand behind the registration in a file.
TEST_F(RequiredSessions, AnImportIsCheckedAsAWhole) {
  require({{session(64500, "198.41.0.9/32", "edge-1")}, {}});
  const std::string head = "prefix,owner,customer_as,partners\n193.0.0.0/21,t,3333,64500\n";
  const std::string fault = not_owned("198.41.0.9 of edge-1");
  EXPECT_EQ(import(head).errors, Texts{"new.csv:2:1: " + fault});
  EXPECT_EQ(import(head + "198.41.0.0/24,t,3333,64777\n").errors, Texts{});
  // A removal in the same write takes it away again.
  Write both;
  both.changes = {{Action::Set, "193.0.0.0/21", {{"notes", "x"}}},
                  {Action::Remove, "198.41.0.0/24", {}}};
  EXPECT_EQ(write(std::move(both)).errors, Texts{fault});
  EXPECT_EQ(table()->size(), 2U);
}

TEST_F(RequiredSessions, WithoutTheWordAddressesDoNotCount) {
  require({{session(64500, "10.0.0.9/32", "edge-1")}, {}});
  requirements.owned_sessions = false;
  configure({});
  EXPECT_EQ(add("193.0.0.0/21", by("64500")).errors, Texts{});
}

}  // namespace
}  // namespace tern::registrations
