// Route filters that operators edit while the neighbor holds routes: the neighbor hears what comes
// and goes, and its session stays. Edits are layers over the configuration.
#include "bgpd/session/route_filters.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/pipeline/exchange_lan.h"
#include "tests/unit/session/line_count.h"
#include "tests/unit/session/neighbour.h"
#include "tests/unit/session/running_speaker.h"

namespace tern::session {
namespace {

using Action = FilterCommand::Action;
using Texts = std::vector<std::string>;

policy::FilterCommunities communities_of(const Texts& texts) {
  policy::FilterCommunities communities;
  for (const std::string& text : texts) {
    communities.push_back(*policy::parse_filter_community(text));
  }
  return communities;
}

std::shared_ptr<const policy::RouteFilter> filter_of(const Texts& texts) {
  return std::make_shared<const policy::RouteFilter>(communities_of(texts));
}

FilterCommand command_of(Action action, std::uint32_t number, const Texts& texts,
                         const std::string& because = "") {
  return {action, address_text(number), communities_of(texts), {7, "the test", because}};
}

// A policy that adds the community.
policy::Chain adding(std::uint16_t value) {
  policy::ActionSource actions;
  actions.add_communities.push_back(Community::of(65000, value));
  return pipeline::accept_with(std::move(actions));
}

// The routes of the first neighbor have 65000:1, those of the second 65000:2. The third has the
// filter.
class FiltersOfSpeaker : public testing::TestWithParam<std::uint32_t> {
 protected:
  static constexpr std::uint32_t kOfFirst = 40;
  static constexpr std::uint32_t kOfSecond = 60;

  using Filter = SharedValue<policy::RouteFilter>;
  void apply(const Filter& filter) {
    SpeakerSettings settings = running.settings();
    for (const std::uint32_t number : {1U, 2U, 3U}) {
      settings.peers.push_back(running.listed(number));
    }
    settings.peers[0].import.policies = adding(1);
    settings.peers[1].import.policies = adding(2);
    settings.peers[2].exported.filter = filter;
    running.apply(std::move(settings));
  }
  void begin(const Filter& filter) {
    apply(filter);
    ASSERT_TRUE(first.connect() && second.connect() && third.connect());
    ASSERT_TRUE(first.announce(0, kOfFirst));
    ASSERT_TRUE(second.announce(kOfFirst, kOfFirst + kOfSecond));
    ASSERT_TRUE(running.settles([&] {
      return running.speaker().shards().table(Family::Ipv4Unicast).paths == kOfFirst + kOfSecond;
    }));
  }
  // "", or the refusal.
  std::string act(Action action, const Texts& texts, std::uint32_t number = 3) {
    return running.ask([&] {
      const auto done = running.speaker().route_filters().apply(command_of(action, number, texts));
      return done.ok() ? std::string() : done.error();
    });
  }
  bool third_holds(std::size_t routes) {
    return third.hears_until([&] { return third.advertised().size() == routes; });
  }
  // The communities in force; "all" where there is no filter.
  std::string in_force() {
    return running.ask([&] {
      const Peer* const peer = running.speaker().find(address_text(3));
      const auto filter = running.speaker().route_filters().in_force(peer->settings());
      if (filter == nullptr) return std::string("all");
      std::string text;
      for (const auto& one : filter->communities()) text += (text.empty() ? "" : " ") + one.text;
      return text;
    });
  }

  RunningSpeaker running{SpeakerThreads{0, 0, GetParam(), {}}};
  SocketNeighbour first{1, running.port()};
  SocketNeighbour second{2, running.port()};
  SocketNeighbour third{3, running.port()};
};

TEST_P(FiltersOfSpeaker, RoutesComeAndGoWithTheEdits) {
  begin(filter_of({"65000:1"}));
  ASSERT_TRUE(third_holds(kOfFirst));
  EXPECT_EQ(act(Action::Add, {"65000:2"}), "");
  ASSERT_TRUE(third_holds(kOfFirst + kOfSecond));
  EXPECT_EQ(act(Action::Remove, {"65000:1"}), "");
  ASSERT_TRUE(third_holds(kOfSecond));
  // Later routes meet the edits, too.
  ASSERT_TRUE(second.announce(200, 210));
  ASSERT_TRUE(first.announce(210, 220));
  ASSERT_TRUE(third_holds(kOfSecond + 10));
  EXPECT_EQ(act(Action::Set, {}), "");
  ASSERT_TRUE(third_holds(0));
  EXPECT_EQ(act(Action::Reset, {}), "");
  ASSERT_TRUE(third_holds(kOfFirst + 10));
  EXPECT_TRUE(third.open());
  EXPECT_FALSE(third.notification());
}

// Nothing is advertised again to other neighbors, and to the neighbor only what changes.
TEST_P(FiltersOfSpeaker, AnEditIsForItsNeighborAlone) {
  begin(filter_of({"65000:1"}));
  ASSERT_TRUE(third_holds(kOfFirst));
  ASSERT_TRUE(first.hears_until([&] { return first.advertised().size() == kOfSecond; }));
  const std::uint64_t to_first = first.announcements();
  const std::uint64_t to_third = third.announcements();
  EXPECT_EQ(act(Action::Add, {"65000:2"}), "");
  ASSERT_TRUE(third_holds(kOfFirst + kOfSecond));
  EXPECT_EQ(third.announcements(), to_third + kOfSecond);
  ASSERT_TRUE(running.looks_again(1));
  first.listen(20);
  EXPECT_EQ(first.announcements(), to_first);
}

TEST_P(FiltersOfSpeaker, EditsAreLayersOverTheConfiguration) {
  begin(filter_of({"65000:1"}));
  ASSERT_TRUE(third_holds(kOfFirst));
  EXPECT_EQ(act(Action::Add, {"65000:2", "65000:3"}), "");
  EXPECT_EQ(act(Action::Remove, {"65000:1"}), "");
  ASSERT_TRUE(third_holds(kOfSecond));
  // A reload that changes the list keeps the edits, and what is removed stays so.
  apply(filter_of({"65000:1", "65000:4", "65000:2"}));
  EXPECT_EQ(in_force(), "65000:4 65000:2 65000:3");
  ASSERT_TRUE(third_holds(kOfSecond));
  // Removing it by command takes the addition away, and what the configuration has.
  EXPECT_EQ(act(Action::Remove, {"65000:2"}), "");
  ASSERT_TRUE(third_holds(0));
  EXPECT_EQ(in_force(), "65000:4 65000:3");
  EXPECT_EQ(act(Action::Add, {"65000:1"}), "");
  ASSERT_TRUE(third_holds(kOfFirst));
  EXPECT_EQ(in_force(), "65000:1 65000:4 65000:3");
  // A reload without a list: only the additions count.
  apply({});
  EXPECT_EQ(in_force(), "65000:3");
  ASSERT_TRUE(third_holds(0));
  EXPECT_EQ(act(Action::Reset, {}), "");
  EXPECT_EQ(in_force(), "all");
  ASSERT_TRUE(third_holds(kOfFirst + kOfSecond));
}

TEST_P(FiltersOfSpeaker, EditsThatCancelAreForgotten) {
  begin(filter_of({"65000:1", "65000:2"}));
  EXPECT_EQ(act(Action::Add, {"65000:3"}), "");
  EXPECT_EQ(act(Action::Remove, {"65000:3", "65000:1"}), "");
  EXPECT_EQ(act(Action::Set, {"65000:2", "65000:1"}), "");
  EXPECT_TRUE(running.ask([&] { return running.speaker().route_filters().edited().empty(); }));
  EXPECT_EQ(act(Action::Reset, {}), "the route filter has no edits");
}

TEST_P(FiltersOfSpeaker, SetBeginsAFilter) {
  begin({});
  ASSERT_TRUE(third_holds(kOfFirst + kOfSecond));
  const std::string none =
      "no route filter, so all that policies let pass is advertised; 'ternctl filter set' begins "
      "one";
  EXPECT_EQ(act(Action::Add, {"65000:1"}), none);
  EXPECT_EQ(act(Action::Remove, {"65000:1"}), none);
  ASSERT_TRUE(third_holds(kOfFirst + kOfSecond));
  EXPECT_EQ(act(Action::Set, {"65000:1"}), "");
  ASSERT_TRUE(third_holds(kOfFirst));
  EXPECT_EQ(act(Action::Remove, {"65000:1"}), "");
  ASSERT_TRUE(third_holds(0));
  EXPECT_EQ(in_force(), "");
}

// A session that comes later has the edits.
TEST_P(FiltersOfSpeaker, OutlastsTheSession) {
  begin(filter_of({"65000:1"}));
  EXPECT_EQ(act(Action::Add, {"65000:2"}), "");
  ASSERT_TRUE(third_holds(kOfFirst + kOfSecond));
  third.close();
  EXPECT_EQ(act(Action::Remove, {"65000:1"}), "");
  ASSERT_TRUE(third.connect());
  ASSERT_TRUE(third_holds(kOfSecond));
}

TEST_P(FiltersOfSpeaker, ACommandIsDoneWholeOrNotAtAll) {
  begin(filter_of({"65000:1"}));
  EXPECT_EQ(act(Action::Remove, {"65000:1", "65000:9"}), "65000:9 is not in the route filter");
  EXPECT_EQ(act(Action::Add, {"65000:9"}, 77), "no such neighbor");
  EXPECT_EQ(in_force(), "65000:1");
  EXPECT_TRUE(running.ask([&] { return running.speaker().route_filters().edited().empty(); }));
}

// A line for each change, and none where a command changes nothing.
TEST_P(FiltersOfSpeaker, EachChangeIsALineOfTheLog) {
  const LineCount lines("route filter of 127.0.1.3:");
  const LineCount whole(
      "route filter of 127.0.1.3: added 65000:2; 2 communities, by the test, because ticket 71");
  begin(filter_of({"65000:1"}));
  int changes = 0;
  running.ask([&] {
    RouteFilters& filters = running.speaker().route_filters();
    filters.on_change([&] { ++changes; });
    const auto add = command_of(Action::Add, 3, {"65000:2"}, "ticket 71");
    EXPECT_EQ(filters.apply(add)->added, Texts{"65000:2"});
    EXPECT_FALSE(filters.apply(add)->any);
    EXPECT_EQ(filters.edits_of(address_text(3))->edits.front().note.because, "ticket 71");
    return true;
  });
  EXPECT_EQ(changes, 1);
  EXPECT_EQ(lines.lines(), 1);
  EXPECT_EQ(whole.lines(), 1);
}

// The filter in force is made once for each edit and each list of the configuration.
TEST_P(FiltersOfSpeaker, TheFilterInForceIsMadeOnce) {
  const Filter configured = filter_of({"65000:1"});
  const auto in_force_now = [&] {
    return running.ask([&] {
      const Peer* const peer = running.speaker().find(address_text(3));
      return running.speaker().route_filters().in_force(peer->settings());
    });
  };
  begin(configured);
  EXPECT_EQ(in_force_now().get(), configured.get());
  EXPECT_EQ(act(Action::Add, {"65000:2"}), "");
  const Filter edited = in_force_now();
  EXPECT_EQ(in_force_now().get(), edited.get());
  EXPECT_EQ(act(Action::Add, {"65000:3"}), "");
  EXPECT_EQ(in_force_now()->communities().size(), 3U);
  apply(filter_of({"65000:4"}));
  EXPECT_EQ(in_force(), "65000:4 65000:2 65000:3");
  EXPECT_EQ(in_force_now().get(), in_force_now().get());
  EXPECT_EQ(act(Action::Reset, {}), "");
  EXPECT_EQ(in_force(), "65000:4");
}

Texts numbered(std::size_t from, std::size_t count) {
  Texts texts;
  for (std::size_t i = from; i < from + count; ++i) texts.push_back("65000:" + std::to_string(i));
  return texts;
}

TEST_P(FiltersOfSpeaker, AFilterHasSoManyCommunities) {
  apply(filter_of({"65000:1"}));
  EXPECT_EQ(act(Action::Set, numbered(0, policy::RouteFilter::kMost)), "");
  EXPECT_EQ(act(Action::Add, {"65001:1"}), "a route filter has at most 256 communities");
  EXPECT_EQ(act(Action::Remove, {"65000:0"}), "");
  EXPECT_EQ(act(Action::Add, {"65001:1"}), "");
}

// Removals of what the configuration has no more add up.
TEST_P(FiltersOfSpeaker, AFilterHasSoManyEdits) {
  for (std::size_t i = 0; i < 2; ++i) {
    apply(filter_of(numbered(1000 * i, policy::RouteFilter::kMost)));
    EXPECT_EQ(act(Action::Set, {}), "");
  }
  EXPECT_EQ(
      act(Action::Set, {"65000:5000"}),
      "a route filter has at most 512 edits; 'ternctl filter reset' ends those of a neighbor");
  EXPECT_EQ(act(Action::Reset, {}), "");
  EXPECT_EQ(act(Action::Set, {"65000:5000"}), "");
}

TEST_P(FiltersOfSpeaker, SoManyNeighborsHaveEdits) {
  apply(filter_of({"65000:1"}));
  running.ask([&] {
    std::map<std::string, FilterEdits> edited;
    for (std::size_t i = 0; i < RouteFilters::kMostNeighbors; ++i) {
      edited["2001:db8::" + std::to_string(i)];
    }
    running.speaker().route_filters().restore(std::move(edited));
    return true;
  });
  EXPECT_EQ(act(Action::Add, {"65000:2"}),
            "the route filters of 1000 neighbors have edits; 'ternctl filter reset' ends those of "
            "a neighbor");
  running.ask([&] {
    FilterCommand reset;
    reset.action = Action::Reset;
    reset.neighbor = "2001:db8::7";
    EXPECT_TRUE(running.speaker().route_filters().apply(reset).ok());
    return true;
  });
  EXPECT_EQ(act(Action::Add, {"65000:2"}), "");
}

TEST_P(FiltersOfSpeaker, AllFiltersHaveSoManyEdits) {
  apply(filter_of({"65000:1"}));
  running.ask([&] {
    std::map<std::string, FilterEdits> edited;
    for (std::size_t i = 0; i < RouteFilters::kMostEdits; ++i) {
      edited["2001:db8::" + std::to_string(i / 100)].edits.push_back(
          {communities_of({"65000:" + std::to_string(i)}).front(), true, {}});
    }
    running.speaker().route_filters().restore(std::move(edited));
    EXPECT_EQ(running.speaker().route_filters().edits(), RouteFilters::kMostEdits);
    return true;
  });
  EXPECT_EQ(act(Action::Add, {"65000:2"}),
            "all route filters have at most 10000 edits; 'ternctl filter reset' ends those of a "
            "neighbor");
  // A command that changes nothing needs no room.
  EXPECT_EQ(act(Action::Set, {"65000:1"}), "");
}

INSTANTIATE_TEST_SUITE_P(Threads, FiltersOfSpeaker, testing::Values(1U, 2U));

}  // namespace
}  // namespace tern::session
