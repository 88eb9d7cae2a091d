// filter list, show, diff, add, remove, set and reset through the API.

#include <memory>
#include <string>
#include <vector>

#include "bgpd/session/route_filters.h"
#include "tests/unit/api/running_server.h"
#include "tests/unit/session/line_count.h"

namespace tern::api {
namespace {

class FilterCommands : public RunningServer {
 protected:
  // Three clients, whose routes have 65000:1; the second has a filter in the configuration.
  void begin(const std::vector<std::string>& configured) {
    serve();
    start_neighbours(true);
    on_loop([&] {
      session::SpeakerSettings settings = *speaker_->running();
      policy::FilterCommunities communities;
      for (const std::string& text : configured) {
        communities.push_back(*policy::parse_filter_community(text));
      }
      settings.peers[1].group = "clients";
      settings.peers[1].exported.filter =
          std::make_shared<const policy::RouteFilter>(std::move(communities));
      EXPECT_TRUE(speaker_->apply(session::plan(speaker_->running(), settings)).ok());
    });
  }
  proto::Response last(const std::string& text) {
    ApiClient client(socket_);
    EXPECT_TRUE(client.ask(request(text)));
    return client.hear_all().back();
  }
  proto::Response act(const std::string& what) { return last("filter_action { " + what + " }"); }
  std::vector<proto::RouteFilter> list(const std::string& what = "") {
    std::vector<proto::RouteFilter> found;
    ApiClient client(socket_);
    EXPECT_TRUE(client.ask(request("filters { " + what + " }")));
    for (const proto::Response& part : client.hear_all()) {
      EXPECT_EQ(part.error(), "");
      for (const proto::RouteFilter& one : part.filters().filters()) found.push_back(one);
    }
    return found;
  }
};

std::string texts_of(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : " ") + text;
  return all;
}

TEST_F(FilterCommands, AnEditHasItsOwnerItsTimeAndItsReason) {
  begin({"65000:1"});
  const auto answer =
      act("action: ADD neighbor: 'member-2' communities: '65000:2' communities: '65000:1' because: "
          "'ticket 71'");
  EXPECT_EQ(answer.error(), "");
  ASSERT_EQ(answer.filters().filters_size(), 1);
  const proto::RouteFilter& filter = answer.filters().filters(0);
  EXPECT_EQ(filter.name(), "member-2");
  EXPECT_EQ(filter.address(), "127.0.1.2");
  EXPECT_EQ(filter.group(), "clients");
  EXPECT_TRUE(filter.on() && filter.configured() && filter.edited() && filter.changed());
  EXPECT_EQ(texts_of(filter.allowed()), "65000:1 65000:2");
  EXPECT_EQ(texts_of(filter.now_added()), "65000:2");
  EXPECT_EQ(texts_of(filter.now_removed()), "");
  EXPECT_EQ(filter.configured_size(), 1U);
  EXPECT_EQ(filter.added(), 1U);
  EXPECT_EQ(filter.removed(), 0U);
  EXPECT_NE(filter.owner().find("pid"), std::string::npos);
  EXPECT_EQ(filter.because(), "ticket 71");
  EXPECT_NE(filter.since_seconds(), 0U);
  // Again: nothing changes, and the edit stays as it was.
  const auto again = act("action: ADD neighbor: '127.0.1.2' communities: '65000:2'");
  EXPECT_FALSE(again.filters().filters(0).changed());
  EXPECT_EQ(again.filters().filters(0).because(), "ticket 71");
  // The names of a community mean the same.
  EXPECT_EQ(act("action: ADD neighbor: 'member-2' communities: 'no-export'").error(), "");
  const auto removed = act("action: REMOVE neighbor: 'member-2' communities: '65535:65281'");
  EXPECT_EQ(texts_of(removed.filters().filters(0).now_removed()), "no-export");
}

TEST_F(FilterCommands, ShowAndDiffHaveEachCommunity) {
  begin({"65000:1", "65000:7"});
  EXPECT_EQ(act("action: ADD neighbor: 'member-2' communities: '65000:2' because: 'a'").error(),
            "");
  EXPECT_EQ(act("action: REMOVE neighbor: 'member-2' communities: '65000:7' because: 'b'").error(),
            "");
  const auto shown = list("neighbor: 'member-2' detail: true");
  ASSERT_EQ(shown.size(), 1U);
  std::string lines;
  for (const auto& one : shown[0].communities()) {
    lines += one.community() + (one.allowed() ? " allowed" : "") +
             (one.configured() ? " configured" : "") + " " + one.edit() + " " + one.because() +
             "\n";
  }
  EXPECT_EQ(lines,
            "65000:1 allowed configured  \n"
            "65000:2 allowed added a\n"
            "65000:7 configured removed b\n");
  EXPECT_EQ(list("edited: true detail: true").size(), 1U);
  // Without a filter there is nothing to list, and the neighbor can be asked for.
  EXPECT_EQ(list().size(), 1U);
  EXPECT_TRUE(list("neighbor: 'member-1' edited: true").empty());
  const auto without = list("neighbor: 'member-1'");
  ASSERT_EQ(without.size(), 1U);
  EXPECT_FALSE(without[0].on());
  EXPECT_EQ(act("action: RESET neighbor: 'member-2'").error(), "");
  EXPECT_TRUE(list("edited: true").empty());
  EXPECT_EQ(texts_of(list()[0].allowed()), "65000:1 65000:7");
}

TEST_F(FilterCommands, WhatIsWrongIsRefused) {
  begin({"65000:1"});
  const std::string to_second = "neighbor: 'member-2' ";
  EXPECT_EQ(act("action: ADD neighbor: 'nobody' communities: '65000:2'").error(),
            "no neighbor 'nobody'");
  EXPECT_EQ(last("filters { neighbor: 'nobody' }").error(), "no neighbor 'nobody'");
  EXPECT_EQ(act(to_second).error(), "unknown action");
  EXPECT_EQ(act("action: ADD " + to_second).error(), "a community is missing");
  EXPECT_EQ(act("action: REMOVE " + to_second).error(), "a community is missing");
  EXPECT_EQ(act("action: RESET " + to_second + "communities: '65000:1'").error(),
            "reset takes no community");
  const std::string expected =
      " is no community or pattern, as 65000:100, 65000:*, 65000:1:2, rt:65000:100 or no-export";
  EXPECT_EQ(act("action: ADD " + to_second + "communities: '65000'").error(), "'65000'" + expected);
  EXPECT_EQ(act("action: REMOVE " + to_second + "communities: '65000:2'").error(),
            "member-2: 65000:2 is not in the route filter");
  EXPECT_EQ(act("action: ADD neighbor: 'member-1' communities: '65000:2'").error(),
            "member-1: no route filter, so all that policies let pass is advertised; 'ternctl "
            "filter set' begins one");
  EXPECT_EQ(act("action: RESET neighbor: 'member-1'").error(),
            "member-1: the route filter has no edits");
  EXPECT_TRUE(list("edited: true").empty());
}

// With the command, the user and the reason, as a command that is done has.
TEST_F(FilterCommands, ARefusedCommandIsALineOfTheLog) {
  begin({"65000:1"});
  const session::LineCount unknown(
      "filter add nobody 65000:2 because ticket 71 is refused: no neighbor 'nobody'");
  const session::LineCount not_there(
      "filter remove member-2 65000:9 is refused: member-2: 65000:9 is not in the route filter");
  const session::LineCount named(", pid ");
  (void)act("action: ADD neighbor: 'nobody' communities: '65000:2' because: 'ticket 71'");
  (void)act("action: REMOVE neighbor: 'member-2' communities: '65000:9'");
  EXPECT_EQ(unknown.lines(), 1);
  EXPECT_EQ(not_there.lines(), 1);
  EXPECT_EQ(named.lines(), 2);
}

TEST_F(FilterCommands, ListsAndTextsAreBounded) {
  begin({"65000:1"});
  const std::string set = "action: SET neighbor: 'member-2' ";
  std::string most;
  for (std::size_t i = 0; i < policy::RouteFilter::kMost; ++i) {
    most += "communities: '65000:" + std::to_string(i) + "' ";
  }
  EXPECT_EQ(act(set + most + "communities: '65001:1'").error(),
            "at most 256 communities, these are 257");
  EXPECT_EQ(act(set + most).error(), "");
  // "0x" may have any number of zeros behind it.
  const std::string pattern = "generic:0x43000001:0x";
  const std::string zeros(policy::RouteFilter::kMostText - pattern.size() - 1, '0');
  EXPECT_EQ(act(set + "communities: '" + pattern + zeros + "2'").error(), "");
  EXPECT_NE(act(set + "communities: '" + pattern + zeros + "02'").error(), "");
  EXPECT_EQ(act(set + "because: '" + std::string(255, 'x') + "'").error(), "");
  EXPECT_EQ(act(set + "because: '" + std::string(256, 'x') + "'").error(),
            "a reason has at most 255 octets");
}

// The routes follow, `explain` has the reason, and `show neighbors` the filter.
TEST_F(FilterCommands, RoutesFollowTheEdits) {
  begin({"65000:9"});
  announce(1, "203.0.113.0/24", {3333});
  ASSERT_TRUE(settles(
      [&] { return neighbour(3).advertised().size() == 1 && neighbour(2).advertised().empty(); }));
  const auto explained = [&] {
    const auto answer =
        last("explain { prefix: '203.0.113.0/24' neighbor: 'member-2' }").explanation();
    return answer.exported_size() == 1 ? answer.exported(0) : std::string();
  };
  EXPECT_EQ(explained(),
            "path via member-1: withheld from member-2 (route-filter): the path does not have "
            "65000:9, the route filter of the neighbor");
  EXPECT_EQ(act("action: ADD neighbor: 'member-2' communities: '65000:1'").error(), "");
  ASSERT_TRUE(settles([&] { return neighbour(2).advertised().size() == 1; }));
  EXPECT_EQ(explained().substr(0, 38), "path via member-1: told to member-2 wi");
  const auto shown =
      last("neighbors { neighbor: 'member-2' detail: true }").neighbors().neighbors(0);
  EXPECT_EQ(texts_of(shown.route_filter().allowed()), "65000:9 65000:1");
  EXPECT_FALSE(last("neighbors { neighbor: 'member-1' detail: true }")
                   .neighbors()
                   .neighbors(0)
                   .has_route_filter());
  EXPECT_EQ(act("action: SET neighbor: 'member-2'").error(), "");
  ASSERT_TRUE(settles([&] { return neighbour(2).advertised().empty(); }));
  EXPECT_EQ(explained(),
            "path via member-1: withheld from member-2 (route-filter): its route filter passes no "
            "route");
  EXPECT_EQ(
      act("action: SET neighbor: 'member-2' communities: '65000:8' communities: '65000:9'").error(),
      "");
  EXPECT_NE(explained().find("the path has none of 65000:9, 65000:8, the"), std::string::npos)
      << explained();
}

// The edits of a neighbor that is gone are listed, and can be reset.
TEST_F(FilterCommands, AnEditOutlivesItsNeighbor) {
  begin({"65000:1"});
  on_loop([&] {
    std::map<std::string, session::FilterEdits> edited;
    edited["fe80::1%eth0"].edits.push_back(
        {*policy::parse_filter_community("65000:2"), true, {5, "alice", ""}});
    speaker_->route_filters().restore(std::move(edited));
  });
  const auto all = list();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1].address(), "fe80::1%eth0");
  EXPECT_EQ(all[1].name(), "");
  EXPECT_EQ(act("action: ADD neighbor: 'fe80::1%eth0' communities: '65000:1'").error(),
            "fe80::1%eth0: no such neighbor");
  EXPECT_EQ(act("action: RESET neighbor: 'fe80::1%eth0'").error(), "");
  EXPECT_EQ(list().size(), 1U);
}

TEST_F(FilterCommands, AnAddressHasAnySpelling) {
  begin({"65000:1"});
  on_loop([&] {
    std::map<std::string, session::FilterEdits> edited;
    edited["2001:db8::1"].edits.push_back(
        {*policy::parse_filter_community("65000:2"), true, {5, "alice", ""}});
    speaker_->route_filters().restore(std::move(edited));
  });
  EXPECT_EQ(list("neighbor: '2001:DB8:0::1'").size(), 1U);
  EXPECT_EQ(act("action: RESET neighbor: '2001:DB8:0::1'").error(), "");
  EXPECT_EQ(list().size(), 1U);
}

TEST_F(FilterCommands, AreListedInParts) {
  begin({"65000:1"});
  on_loop([&] {
    std::map<std::string, session::FilterEdits> edited;
    for (int i = 0; i < 300; ++i) edited["2001:db8::" + std::to_string(i)];
    speaker_->route_filters().restore(std::move(edited));
  });
  EXPECT_EQ(list().size(), 301U);
}

}  // namespace
}  // namespace tern::api
