// ternctl as its user meets it: arguments in, text and exit code out, over a real unix socket.
#include "bgpd/ctl/run.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "bgpd/api/frame.h"
#include "canned_server.h"
#include "samples.h"

namespace tern::ctl {
namespace {

using api::proto::Response;

struct Ran {
  int code = 0;
  std::string out;
  std::string err;
};

Ran ternctl(std::vector<std::string> arguments, std::ostringstream out = {}) {
  arguments.insert(arguments.begin(), "ternctl");
  std::vector<const char*> argv;
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  std::ostringstream err;
  const int code =
      run(static_cast<int>(argv.size()), argv.data(), Screen{false, std::nullopt, kNow}, out, err);
  return {code, out.str(), err.str()};
}

std::string frames(const std::vector<Response>& responses) {
  std::string bytes;
  for (const Response& each : responses) {
    EXPECT_TRUE(api::append_frame(each.SerializeAsString(), bytes));
  }
  return bytes;
}

Response unfinished(Response response) {
  response.set_last(false);
  return response;
}

TEST(Run, AsksAndPrints) {
  CannedServer server(frames({three_neighbors()}));
  ASSERT_TRUE(server.listening());
  const Ran ran = ternctl({"--socket", server.path(), "sh", "nei", "clients"});
  EXPECT_EQ(server.request().neighbors().neighbor(), "clients");
  EXPECT_FALSE(server.request().neighbors().detail());
  EXPECT_EQ(ran.code, kExitDone);
  EXPECT_EQ(ran.out, rendered({"show", "neighbors"}, {three_neighbors()}));
  EXPECT_EQ(ran.err, "");
}

TEST(Run, FindsTheSocketInTheEnvironment) {
  CannedServer server(frames({response("last: true version { version: '0.1.0' }")}));
  ASSERT_EQ(setenv("TERN_SOCKET", server.path().c_str(), 1), 0);
  const Ran ran = ternctl({"version"});
  unsetenv("TERN_SOCKET");
  EXPECT_EQ(ran.code, kExitDone);
  EXPECT_EQ(ran.out.substr(0, 12), "ternd 0.1.0\n");
}

TEST(Run, StreamsManyAnswers) {
  std::vector<Response> answers(200, unfinished(best_routes()));
  answers.push_back(response("last: true routes {}"));
  CannedServer server(frames(answers));
  const Ran ran = ternctl({"show", "routes", "--socket", server.path()});
  EXPECT_EQ(ran.code, kExitDone);
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 1 + 400 + 2);
  EXPECT_EQ(ran.out.substr(ran.out.size() - 11), "400 routes\n");
}

TEST(Run, JsonAsksForEverything) {
  CannedServer server(frames({unfinished(best_routes()), best_routes()}));
  const Ran ran = ternctl({"--json", "--socket=" + server.path(), "show", "routes"});
  EXPECT_TRUE(server.request().routes().detail());
  EXPECT_EQ(ran.code, kExitDone);
  EXPECT_EQ(nlohmann::json::parse(ran.out).size(), 4U);
}

TEST(Run, AnErrorOfTheDaemonIsCodeOne) {
  CannedServer server(frames({response("last: true error: 'no neighbor is called \\033x'")}));
  const Ran ran = ternctl({"--socket", server.path(), "show", "neighbors", "x"});
  EXPECT_EQ(ran.code, kExitFailed);
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(ran.err, "ternctl: no neighbor is called ?x\n");
}

TEST(Run, AnErrorAmongTheRoutesLeavesValidJson) {
  CannedServer server(
      frames({unfinished(best_routes()), response("last: true error: 'stopping'")}));
  const Ran ran = ternctl({"--json", "--socket", server.path(), "show", "routes"});
  EXPECT_EQ(ran.code, kExitFailed);
  EXPECT_EQ(nlohmann::json::parse(ran.out).size(), 2U);
  EXPECT_EQ(ran.err, "ternctl: stopping\n");
}

TEST(Run, TheOneThingThatIsNotThereIsCodeOne) {
  const std::string nothing = frames({response("last: true routes {}")});
  {
    CannedServer server(nothing);
    const Ran ran = ternctl({"--socket", server.path(), "show", "route", "192.0.2.1"});
    EXPECT_EQ(ran.code, kExitFailed);
    EXPECT_EQ(ran.err, "ternctl: there is no route to 192.0.2.1 in this table\n");
  }
  {
    CannedServer server(nothing);
    const Ran ran = ternctl({"--socket", server.path(), "show", "routes", "rejected"});
    EXPECT_EQ(ran.code, kExitDone);
    EXPECT_EQ(ran.out, "There are no routes.\n");
  }
  CannedServer server(frames({response("last: true explanation {}")}));
  const Ran ran = ternctl({"--socket", server.path(), "explain", "192.0.2.1"});
  EXPECT_EQ(ran.code, kExitFailed);
  EXPECT_EQ(ran.err, "ternctl: there is no route to 192.0.2.1\n");
}

TEST(Run, ARefusedConfigurationIsCodeOne) {
  const Response refused = response("last: true reload { errors: 'tern.yaml:3:5: no' }");
  CannedServer server(frames({refused}));
  const Ran ran = ternctl({"--socket", server.path(), "reload"});
  EXPECT_EQ(ran.code, kExitFailed);
  EXPECT_EQ(ran.out, "The configuration has 1 error; nothing was changed.\n  tern.yaml:3:5: no\n");
}

TEST(Run, WrongUsageIsCodeTwo) {
  EXPECT_EQ(ternctl({}).code, kExitUsage);
  EXPECT_EQ(ternctl({"show"}).code, kExitUsage);
  EXPECT_EQ(ternctl({"--yaml", "status"}).code, kExitUsage);
  EXPECT_EQ(ternctl({"--socket"}).code, kExitUsage);
  const Ran ran = ternctl({"show", "neigbors"});
  EXPECT_EQ(ran.code, kExitUsage);
  EXPECT_EQ(ran.err,
            "ternctl: unknown word 'neigbors' after 'show': expected neighbors, routes, route, "
            "egress, places, rpki, originated, conditions, rtts, probes, kernel, nexthops, "
            "registrations, webhooks, circuits, latency, baseline or domains\nTry "
            "'ternctl help'.\n");
}

TEST(Run, HelpAndScriptsNeedNoDaemon) {
  EXPECT_EQ(ternctl({"help"}).code, kExitDone);
  EXPECT_EQ(ternctl({"--help"}).out, ternctl({"help"}).out);
  EXPECT_EQ(ternctl({"show", "routes", "-h"}).out, ternctl({"help", "sh", "routes"}).out);
  EXPECT_EQ(ternctl({"completion", "bash"}).code, kExitDone);
  EXPECT_EQ(ternctl({"--version"}).out.substr(0, 8), "ternctl ");
}

TEST(Run, NoDaemonIsCodeThreeWithTheSocketAndAWayOut) {
  const Ran ran = ternctl({"--socket", "/nonexistent/ternd.sock", "status"});
  EXPECT_EQ(ran.code, kExitUnreachable);
  EXPECT_EQ(ran.out, "");
  EXPECT_NE(ran.err.find("/nonexistent/ternd.sock: there is no such socket"), std::string::npos);
  EXPECT_NE(ran.err.find("ternd --config FILE"), std::string::npos);
  EXPECT_NE(ran.err.find("TERN_SOCKET"), std::string::npos);
  EXPECT_EQ(ternctl({"--socket", std::string(200, 'x'), "status"}).code, kExitUnreachable);
}

TEST(Run, ADomainHasItsSocketBesideTheFirst) {
  const Ran ran =
      ternctl({"--socket", "/nonexistent/ternd.sock", "--domain", "partners", "status"});
  EXPECT_EQ(ran.code, kExitUnreachable);
  EXPECT_NE(ran.err.find("/nonexistent/partners.sock: there is no such socket"), std::string::npos);
  EXPECT_NE(ran.err.find("'ternctl show domains' lists the domains"), std::string::npos);
  EXPECT_EQ(ternctl({"--domain", "../ternd", "status"}).code, kExitUsage);
}

TEST(Run, ABrokenAnswerIsCodeThree) {
  const std::string good = frames({unfinished(best_routes())});
  for (const std::string& bytes :
       {std::string(), good, good + good.substr(0, 9), std::string("\xff\xff\xff\xff"),
        std::string("\0\0\0\x02\xff\xff", 6)}) {
    CannedServer server(bytes);
    const Ran ran = ternctl({"--socket", server.path(), "show", "routes"});
    EXPECT_EQ(ran.code, kExitUnreachable) << bytes.size();
    EXPECT_NE(ran.err.find("ternctl: the connection to ternd at " + server.path() + " broke: "),
              std::string::npos)
        << ran.err;
  }
}

// Where it has no place for a client, the daemon says why and closes, without a look at a request.
TEST(Run, ARefusalIsReadThoughNothingIsTakenAnyMore) {
  const std::string words = frames({response("last: true error: 'too many clients: try again'")});
  CannedServer server(words, CannedServer::Asked::No);
  const Ran ran = ternctl({"--socket", server.path(), "status"});
  EXPECT_EQ(ran.code, kExitFailed);
  EXPECT_EQ(ran.err, "ternctl: too many clients: try again\n");
}

TEST(Run, CompletesWithTheNeighborsOfTheDaemon) {
  CannedServer server(frames({three_neighbors()}));
  const Ran ran = ternctl({"complete", "--", "--socket", server.path(), "show", "neighbors", "as"});
  EXPECT_EQ(ran.code, kExitDone);
  EXPECT_EQ(ran.out, "as65001-ams\tneighbor\nas65003-iad\tneighbor\n");
  const Ran without =
      ternctl({"complete", "--", "--socket=/nonexistent", "show", "neighbors", "d"});
  EXPECT_EQ(without.out, "detail\teverything known of each session\n");
  EXPECT_EQ(without.err, "");
}

}  // namespace
}  // namespace tern::ctl
