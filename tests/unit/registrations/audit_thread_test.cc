// The thread compares the registrations of every source with the requirements of new ones.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "policy/change.h"
#include "tests/unit/base/comes_true.h"
#include "tests/unit/registrations/evidence.h"
#include "tests/unit/registrations/stored_fixture.h"

namespace tern::registrations {
namespace {

using namespace test;  // NOLINT

class AuditOfThread : public StoredFixture {
 protected:
  bool comes_to(std::size_t unmet) {
    return comes_true([&] { return thread->status().unmet == unmet; });
  }
  Texts reasons(const char* of) {
    const auto found = thread->unmet()->find(prefix(of));
    return found ? found->texts : Texts{};
  }
  std::string file(const std::string& lines) {
    return folder.write("a.csv", "prefix,owner,customer_as,partners\n" + lines);
  }
};

TEST_F(AuditOfThread, ARegistrationOfAFileThatFailsIsKept) {
  requirements.origins = Requirement::IrrValid;
  begin({file("193.0.0.0/21,t,3333,\n")});
  EXPECT_TRUE(comes_to(1));
  EXPECT_EQ(reasons("193.0.0.0/21"),
            Texts{"AS 3333 is no origin in the IRR: there are no route objects"});
  EXPECT_EQ(table()->size(), 1U);
  thread->set_route_objects(objects({object("193.0.0.0/21", 3333)}));
  EXPECT_TRUE(comes_to(0));
  // The file changes.
  (void)file("193.0.0.0/21,t,3333,\n198.41.0.0/24,t,3333,\n");
  EXPECT_TRUE(comes_to(1));
  EXPECT_EQ(reasons("198.41.0.0/24").size(), 1U);
  // So do VRPs, for the other one.
  thread->set_vrps(policy::VrpTable::build({{prefix("193.0.0.0/21"), 21, 1}}),
                   {{prefix("193.0.0.0/21"), 21, 32}});
  EXPECT_TRUE(comes_to(2));
  begin({});
  EXPECT_TRUE(comes_to(0));
}

// A stored registration was good when it was written, and stays in force.
TEST_F(AuditOfThread, StoredAndListedOnesAreCompared) {
  requirements.origins = Requirement::IrrValid;
  irr = objects({object("193.0.0.0/21", 3333)});
  const char* listed = "  prefixes: [ { prefix: 198.41.0.0/24, owner: t, customer_as: 3333 } ]\n";
  begin({}, listed);
  thread->set_route_objects(irr);
  EXPECT_TRUE(comes_to(1));
  EXPECT_EQ(add("193.0.0.0/21").errors, Texts{});
  EXPECT_EQ(reasons("193.0.0.0/21"), Texts{});
  thread->set_route_objects(nullptr);
  EXPECT_TRUE(comes_to(2));
  EXPECT_EQ(reasons("193.0.0.0/21").size(), 1U);
  EXPECT_EQ(change(Action::Remove, "193.0.0.0/21").errors, Texts{});
  EXPECT_TRUE(comes_to(1));
}

TEST_F(AuditOfThread, AReloadBringsSessions) {
  requirements.owned_sessions = true;
  begin();
  EXPECT_EQ(add("193.0.0.0/21").errors, Texts{});
  requirements.sessions = std::make_shared<const PartnerSessions>(
      PartnerSessions{{session(3333, "198.41.0.9/32", "edge-1")}, {}});
  configure({});
  EXPECT_TRUE(comes_to(1));
  EXPECT_EQ(
      reasons("193.0.0.0/21"),
      Texts{"the session address 198.41.0.9 of edge-1 is not the customer's: no prefix of the "
            "owner t covers it, and no VRP or route object of AS 3333 does"});
  requirements.sessions = std::make_shared<const PartnerSessions>();
  configure({});
  EXPECT_TRUE(comes_to(0));
}

// Many changes that come before the thread takes them are one.
TEST_F(AuditOfThread, EvidenceThatWaitsIsBounded) {
  requirements.origins = Requirement::NotInvalid;
  begin({file("193.0.0.0/21,t,3333,\n")});
  vrps = policy::VrpTable::build({{prefix("193.0.0.0/21"), 21, 1}});
  {
    const Hold hold(*this);
    for (int i = 0; i < 40; ++i) {
      thread->set_vrps(vrps, std::vector<policy::PrefixRange>(1000, {prefix("10.0.0.0/8"), 8, 8}));
    }
  }
  EXPECT_TRUE(comes_to(1)) << "all registrations were compared";
}

}  // namespace
}  // namespace tern::registrations
