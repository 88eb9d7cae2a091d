#include "bgpd/daemon/kept_drains.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>

#include "bgpd/session/loop.h"
#include "bgpd/session/settings_plan.h"
#include "bgpd/session/speaker.h"
#include "conf/state_file.h"
#include "rib/types/peer.h"
#include "tests/unit/types/folder.h"

namespace tern::daemon {
namespace {

TEST(KeptDrains, AreReadAsTheyWereWritten) {
  const session::DrainList list{
      true,
      {"192.0.2.1", "fe80::1%eth0"},
      {"192.0.2.1"},
      20000,
      {{"192.0.2.7", 5000}},
      {{"backbone", {session::HealthCause::RoundTrip, session::HealthCause::ProbeLoss}},
       {"far", {session::HealthCause::ProbeLoss}},
       {"our routers", {session::HealthCause::Sessions}}}};
  for (const session::DrainList& kept : {list, session::DrainList{}}) {
    session::DrainList read;
    EXPECT_EQ(read_drains(to_text(kept), read), BadLines{});
    EXPECT_EQ(read, kept);
  }
}

// The file after `neighbor all drain shutdown` and `neighbor all degrade 20`.
TEST(KeptDrains, TheFileOfAllNeighborsIsNotTooLarge) {
  session::DrainList list;
  list.pop = true;
  list.pop_added = 20'000;
  list.demoted["far"] = {session::HealthCause::ProbeLoss};
  for (std::size_t i = 0; i < kMostNeighbors; ++i) {
    const std::string number = std::to_string(100'000'000 + i);
    list.drained.push_back("fe80:1234:1234:1234:1234:1234:1234:1234%eth" + number);
    list.shut_down.push_back(list.drained.back());
    list.added[list.drained.back()] = session::kMostAddedCost;
  }
  const std::string text = to_text(list);
  EXPECT_LE(text.size(), KeptDrains::kMostBytes);
  session::DrainList read;
  EXPECT_EQ(read_drains(text, read), BadLines{});
  EXPECT_EQ(read, list);
  // The PoP and its rules come before the neighbors.
  EXPECT_LT(text.find("\npop-added 20000\n"), text.find("\nneighbor "));
  EXPECT_LT(text.find("\ndemoted-by-loss far\n"), text.find("\nneighbor "));
}

// A new rule with the name of a removed rule would otherwise demote without a fault.
TEST(KeptDrains, AreWrittenWithoutWhatIsGone) {
  const Folder folder;
  ::setenv("STATE_DIRECTORY", folder.path().c_str(), 1);
  const std::string configuration = "/etc/tern/ternd.yml";
  const std::string path = conf::state_file(folder.path(), configuration, "drains", "txt");
  const auto kept = [&] {
    const auto text = conf::read_file(path, 1000);
    session::DrainList list;
    EXPECT_EQ(read_drains(text.ok() ? *text : "", list), BadLines{});
    return list;
  };
  const session::DrainList before{
      true, {"192.0.2.1"}, {}, 0, {}, {{"backbone", {session::HealthCause::RoundTrip}}}};
  ASSERT_EQ(conf::replace_file(path, to_text(before)), std::nullopt);
  ConfigThread thread;
  session::Loop loop;
  session::Speaker speaker(loop, {});
  KeptDrains drains(thread, loop, speaker, configuration);
  drains.read();
  session::SpeakerSettings settings;
  settings.egress = std::make_shared<const policy::Egress>();
  ASSERT_TRUE(speaker.apply(session::plan(nullptr, std::move(settings))).ok());
  ASSERT_EQ(kept(), before);
  drains.restore();
  thread.call([] { return true; });  // runs behind the write
  ::unsetenv("STATE_DIRECTORY");
  session::DrainList after;
  after.pop = true;
  EXPECT_EQ(kept(), after);
}

TEST(KeptDrains, ABadLineCostsNoOther) {
  session::DrainList list;
  EXPECT_EQ(read_drains("pop\nneighbour 192.0.2.1\n\nneighbor 192.0.2.2\npo", list),
            (BadLines{2, 2}));
  EXPECT_TRUE(list.pop);
  EXPECT_EQ(list.drained, std::vector<std::string>{"192.0.2.2"});
  EXPECT_EQ(read_drains("pop-added \npop-added 0\nadded 5\nadded  5\nadded a 10000001\n"
                        "added 192.0.2.1 5\n",
                        list),
            (BadLines{1, 5}));
  EXPECT_EQ(list.added, (std::map<std::string, EgressCost>{{"192.0.2.1", 5}}));
}

}  // namespace
}  // namespace tern::daemon
