// The commands `ternctl filter ...`: their words, what completion offers, and their views.
#include <gtest/gtest.h>

#include "bgpd/ctl/completion.h"
#include "bgpd/ctl/grammar.h"
#include "samples.h"

namespace tern::ctl {
namespace {

using FilterWords = std::vector<std::string>;

std::string request_of(const FilterWords& words) {
  return parse_command(words).request.ShortDebugString();
}

std::string refusal_of(const FilterWords& words) {
  try {
    (void)parse_command(words);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(FilterGrammar, Looks) {
  EXPECT_EQ(request_of({"filter", "list"}), "filters { }");
  EXPECT_EQ(request_of({"filter", "show", "edge"}), R"(filters { neighbor: "edge" detail: true })");
  EXPECT_EQ(request_of({"filter", "diff"}), "filters { detail: true edited: true }");
  EXPECT_EQ(request_of({"fi", "d", "edge"}),
            R"(filters { neighbor: "edge" detail: true edited: true })");
}

TEST(FilterGrammar, Edits) {
  EXPECT_EQ(request_of({"filter", "add", "edge", "65000:1", "rt:65000:*", "because", "of", "71"}),
            R"(filter_action { action: ADD neighbor: "edge" communities: "65000:1" )"
            R"(communities: "rt:65000:*" because: "of 71" })");
  EXPECT_EQ(request_of({"filter", "remove", "edge", "blackhole", "no-export"}),
            R"(filter_action { action: REMOVE neighbor: "edge" communities: "blackhole" )"
            R"(communities: "no-export" })");
  EXPECT_EQ(request_of({"filter", "set", "none", "none"}),
            R"(filter_action { action: SET neighbor: "none" })");
  EXPECT_EQ(request_of({"filter", "set", "edge", "none", "because", "none", "is", "paid"}),
            R"(filter_action { action: SET neighbor: "edge" because: "none is paid" })");
  EXPECT_EQ(request_of({"filter", "reset", "edge", "because", "of", "the", "window"}),
            R"(filter_action { action: RESET neighbor: "edge" because: "of the window" })");
}

TEST(FilterGrammar, RefusesWithTheReason) {
  EXPECT_EQ(refusal_of({"filter"}),
            "a word is missing after 'filter': list, show, diff, add, set, remove or reset");
  EXPECT_EQ(refusal_of({"filter", "show"}), "'filter show' needs a name or an address");
  EXPECT_EQ(refusal_of({"filter", "list", "edge"}), "nothing is expected at 'edge'");
  EXPECT_EQ(refusal_of({"filter", "diff", "edge", "more"}), "nothing is expected at 'more'");
  EXPECT_EQ(refusal_of({"filter", "add"}), "'filter' needs a name or an address");
  EXPECT_EQ(refusal_of({"filter", "add", "edge"}),
            "the neighbor needs a community behind it, as 65000:100");
  EXPECT_EQ(refusal_of({"filter", "set", "edge", "because", "x"}),
            "the neighbor needs a community behind it, as 65000:100, or 'none'");
  EXPECT_EQ(refusal_of({"filter", "set", "edge", "none", "65000:1"}),
            "'none' stands alone, without a community");
  EXPECT_EQ(refusal_of({"filter", "remove", "edge", "65000:1", "because"}),
            "'because' needs a text");
  EXPECT_EQ(refusal_of({"filter", "reset", "edge", "65000:1"}), "nothing is expected at '65000:1'");
}

TEST(FilterCompletion, OffersTheNeighborAndThenTheWords) {
  const auto offered = [](const FilterWords& words) {
    const auto neighbors = [] { return FilterWords{"as65001-ams", "edge"}; };
    FilterWords result;
    for (const Candidate& candidate : complete(words, neighbors)) {
      result.push_back(candidate.word);
    }
    return result;
  };
  EXPECT_EQ(offered({"filter", ""}),
            (FilterWords{"list", "show", "diff", "add", "set", "remove", "reset"}));
  EXPECT_EQ(offered({"filter", "add", ""}), (FilterWords{"as65001-ams", "edge"}));
  EXPECT_EQ(offered({"filter", "show", "e"}), (FilterWords{"edge"}));
  EXPECT_EQ(offered({"filter", "diff", "a"}), (FilterWords{"as65001-ams"}));
  EXPECT_EQ(offered({"filter", "set", "edge", ""}), (FilterWords{"none", "because"}));
  EXPECT_EQ(offered({"filter", "remove", "edge", "65000:1", "b"}), (FilterWords{"because"}));
  EXPECT_EQ(offered({"filter", "list", ""}), FilterWords{});
}

const char* const kOneFilter = R"(
      filters {
        filters { address: "192.0.2.1" name: "edge" group: "clients" on: true
                  allowed: "65000:100" allowed: "65000:200" configured: true configured_size: 2
                  edited: true added: 1 removed: 1 since_seconds: 1799999940
                  owner: 'alice (uid 1000, pid 7)' because: "ticket 71"
                  communities { community: "65000:100" allowed: true configured: true }
                  communities { community: "65000:200" allowed: true edit: "added"
                                since_seconds: 1799999940 owner: 'alice (uid 1000, pid 7)'
                                because: "ticket 71" }
                  communities { community: "65000:300" configured: true edit: "removed"
                                since_seconds: 1799996400 owner: 'bob (uid 1001, pid 9)' } }
      } last: true)";

TEST(FilterView, ARowForEach) {
  EXPECT_EQ("\n" + rendered({"filter", "list"}, {response(R"(
      filters {
        filters { address: "192.0.2.1" name: "edge" on: true allowed: "65000:100"
                  allowed: "65000:200" configured: true configured_size: 2 edited: true added: 1
                  removed: 1 since_seconds: 1799999940 owner: 'alice (uid 1000, pid 7)'
                  because: "ticket 71" }
        filters { address: "192.0.2.2" name: "core" on: true allowed: "65000:1" configured: true
                  configured_size: 1 }
        filters { address: "fe80::1%eth0" on: true edited: true since_seconds: 1799996400
                  owner: 'root (uid 0, pid 8)' }
      } last: true)")}),
            R"(
Neighbor      Communities  Configured  Added  Removed  Edited  By                       Because
edge                    2           2      1        1      1m  alice (uid 1000, pid 7)  ticket 71
core                    1           1
fe80::1%eth0            0        none      0        0      1h  root (uid 0, pid 8)
)");
  EXPECT_EQ(rendered({"filter", "list"}, {response("filters { } last: true")}),
            "No neighbor has a route filter.\n");
}

TEST(FilterView, OneFilterHasEachCommunity) {
  EXPECT_EQ("\n" + rendered({"filter", "show", "edge"}, {response(kOneFilter)}),
            R"(
edge: 2 communities
  Community  From           Edited  By                       Because
  65000:100  configuration
  65000:200  added              1m  alice (uid 1000, pid 7)  ticket 71
  65000:300  removed            1h  bob (uid 1001, pid 9)
)");
  EXPECT_EQ(rendered({"filter", "show", "edge"}, {response(R"(
      filters { filters { address: "192.0.2.1" name: "edge" } } last: true)")}),
            "edge: no route filter, all that policies let pass is advertised\n");
  EXPECT_EQ(rendered({"filter", "show", "192.0.2.9"}, {response(R"(
      filters { filters { address: "192.0.2.9" on: true edited: true } } last: true)")}),
            "192.0.2.9: 0 communities, no route is advertised, the neighbor is gone\n");
}

TEST(FilterView, ADifferenceHasWhatTheConfigurationHasNot) {
  EXPECT_EQ("\n" + rendered({"filter", "diff"}, {response(kOneFilter)}),
            R"(
edge
  + 65000:200  1m ago by alice (uid 1000, pid 7), because ticket 71
  - 65000:300  1h ago by bob (uid 1001, pid 9)
)");
  EXPECT_EQ(rendered({"filter", "diff"}, {response("filters { } last: true")}),
            "Every route filter is as configured.\n");
  EXPECT_EQ(rendered({"filter", "diff"}, {response(R"(
      filters { filters { name: "edge" on: true edited: true } } last: true)")}),
            "edge: the configuration has no filter\n");
  // A reload may bring what an edit has added before.
  EXPECT_EQ(rendered({"filter", "diff"}, {response(R"(
      filters { filters { name: "edge" on: true edited: true configured: true
                          communities { community: "65000:1" allowed: true configured: true
                                        edit: "added" } } } last: true)")}),
            "edge\n  the same communities; 'ternctl filter reset' ends the edits\n");
}

TEST(FilterView, ACommandSaysWhatItDid) {
  EXPECT_EQ(rendered({"filter", "add", "edge", "65000:200"}, {response(R"(
      filters { filters { name: "edge" on: true allowed: "65000:100" allowed: "65000:200"
                          changed: true now_added: "65000:200" } } last: true)")}),
            "edge: added 65000:200; 2 communities\n");
  EXPECT_EQ(rendered({"filter", "set", "edge", "none"}, {response(R"(
      filters { filters { name: "edge" on: true changed: true now_removed: "65000:100"
                          now_removed: "65000:200" } } last: true)")}),
            "edge: removed 65000:100, 65000:200; 0 communities, no route is advertised\n");
  EXPECT_EQ(rendered({"filter", "add", "edge", "65000:200"}, {response(R"(
      filters { filters { name: "edge" on: true allowed: "65000:200" } } last: true)")}),
            "edge: nothing changed; 1 community\n");
  EXPECT_EQ(rendered({"filter", "reset", "edge"}, {response(R"(
      filters { filters { name: "edge" changed: true now_removed: "65000:200" } } last: true)")}),
            "edge: as configured; removed 65000:200; no filter\n");
}

TEST(FilterView, NeighborsShowTheirFilter) {
  const auto line = [](const std::string& filter) {
    const std::string text =
        rendered({"show", "neighbors", "edge", "detail"},
                 {response("neighbors { neighbors { name: 'edge' address: '192.0.2.1' asn: 65001 "
                           "state: 'Established' admin_up: true " +
                           filter + " } } last: true")});
    const std::size_t at = text.find("Route filter");
    return at == std::string::npos ? std::string() : text.substr(at, text.find('\n', at) - at);
  };
  EXPECT_EQ(line(""), "");
  EXPECT_NE(line("route_filter { on: true allowed: '65000:1' allowed: '65000:2' }")
                .find("  65000:1, 65000:2"),
            std::string::npos);
  EXPECT_NE(line("route_filter { on: true edited: true removed: 1 }")
                .find("  passes no route (0 added and 1 removed by commands)"),
            std::string::npos);
}

TEST(FilterView, JsonHasAnElementForEach) {
  EXPECT_NE(rendered_json({"filter", "list"}, {response(kOneFilter)}).find(R"("name":"edge")"),
            std::string::npos);
  EXPECT_EQ(rendered_json({"filter", "diff"}, {response("filters { } last: true")}), "[]\n");
}

}  // namespace
}  // namespace tern::ctl
