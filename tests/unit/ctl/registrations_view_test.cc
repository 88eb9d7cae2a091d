// The views of registered prefixes, letter by letter.
#include <gtest/gtest.h>

#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/ctl/grammar.h"
#include "bgpd/ctl/view.h"
#include "samples.h"

namespace tern::ctl {
namespace {

TEST(RegistrationsView, ARowForEach) {
  EXPECT_EQ("\n" + rendered({"show", "registrations"}, {response(R"(
      registrations {
        registrations { prefix: "203.0.113.0/24" owner: "tenant-a" customer_as: 64500
                        origins: 64500 origins: 64501 partners: 64496
                        primary_pop: "ams" backup_pops: "lhr" max_length: 25
                        place: "/etc/tern/a.csv:2:1" received: 1203 accepted: 1201 quarantined: 2 }
        registrations { prefix: "2001:db8::/32" owner: "tenant-b" customer_as: 64502
                        origins: 64502 max_length: 32 place: "t.yml:7:5" }
        files { path: "late.csv" state: "bad" error: "late.csv:3:1: no" errors: 1 }
      } last: true)")}),
            R"(
Prefix          Owner     Origins      Partners  PoPs     From       Received  Accepted  Quarantined
203.0.113.0/24  tenant-a  64500 64501  64496     ams lhr  a.csv:2:1     1,203     1,201            2
2001:db8::/32   tenant-b  64502        any                t.yml:7:5         -         -            -

2 registrations, 2 quarantined routes
late.csv:3:1: no
)");
  EXPECT_EQ(rendered({"show", "registrations"}, {response("registrations { } last: true")}),
            "No such prefix is registered.\n");
}

constexpr char kUnmet[] = R"(
      registrations {
        registrations { prefix: "203.0.113.0/24" owner: "tenant-a" origins: 64500 max_length: 24
                        place: "a.csv:2:1" unmet: "AS 64500 is no origin" unmet: "no session"
                        more_unmet: 3 }
        registrations { prefix: "2001:db8::/32" owner: "tenant-b" origins: 64502 max_length: 32
                        place: "stored" more_unmet: 1 }
      } last: true)";

TEST(RegistrationsView, RequirementsThatAreNotMetHaveTheirReasons) {
  const std::string lines = R"(
2 registrations, 0 quarantined routes
2 registrations do not meet the requirements of new ones
  203.0.113.0/24 (a.csv:2:1): AS 64500 is no origin
  203.0.113.0/24 (a.csv:2:1): no session
  203.0.113.0/24 (a.csv:2:1): and 3 more reasons
  2001:db8::/32 (stored): 1 reason
)";
  const auto has = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  };
  EXPECT_TRUE(has(rendered({"show", "registrations"}, {response(kUnmet)}), lines));
  EXPECT_TRUE(has(rendered({"show", "registrations", "unmet"}, {response(kUnmet)}), lines));
  const std::string detail = rendered({"show", "registrations", "detail"}, {response(kUnmet)});
  EXPECT_TRUE(has(detail, "  unmet: no session\n  unmet: and 3 more reasons\n")) << detail;
  EXPECT_TRUE(has(detail, "2 registrations do not meet the requirements of new ones\n"));
  EXPECT_FALSE(has(detail, "(a.csv:2:1)")) << detail;
}

// A listing of all has the first lines alone.
TEST(RegistrationsView, ManyReasonsAreCut) {
  std::string text = "registrations {";
  for (int i = 0; i < 30; ++i) {
    text += " registrations { prefix: '10.0." + std::to_string(i) +
            ".0/24' place: 'a.csv:2:1' unmet: 'no' }";
  }
  text += " } last: true";
  const auto lines = [&](const std::vector<std::string>& words) {
    const std::string shown = rendered(words, {response(text.c_str())});
    std::size_t count = 0;
    for (auto at = shown.find("(a.csv:2:1): no"); at != std::string::npos; ++count) {
      at = shown.find("(a.csv:2:1): no", at + 1);
    }
    const bool names = shown.find("all by 'show registrations unmet'") != std::string::npos;
    return std::pair(count, names);
  };
  EXPECT_EQ(lines({"show", "registrations"}), std::pair(std::size_t{20}, true));
  EXPECT_EQ(lines({"show", "registrations", "unmet"}), std::pair(std::size_t{30}, false));
}

TEST(RegistrationsView, StatesHaveTheirAgeEvidenceAndHistory) {
  const std::string text = rendered({"show", "registrations", "203.0.113.0/24"}, {response(R"(
      registrations {
        registrations { prefix: "203.0.113.0/24" owner: "tenant-a" origins: 64500 max_length: 24
                        place: "a.csv:2:1" state: "hijacked" since_seconds: 1799999940
                        states { state: "hijacked" since_seconds: 1799999940
                                 evidence: "203.0.113.0/25 by edge-2, path 64666" }
                        states { state: "active-on-primary" since_seconds: 1799996400 }
                        history { at_seconds: 1799996400 states: "healthy"
                                  states: "active-on-primary" } changes: 1 }
      } last: true)")});
  EXPECT_NE(text.find("State     Since\n"), std::string::npos) << text;
  EXPECT_NE(text.find("hijacked     1m\n"), std::string::npos) << text;
  EXPECT_NE(text.find("  hijacked for 1m: 203.0.113.0/25 by edge-2, path 64666\n"
                      "  active-on-primary for 1h\n"
                      "  1h ago: healthy, active-on-primary\n"),
            std::string::npos)
      << text;
}

TEST(RegistrationsView, OctetsThatEnteredAreListedByPop) {
  const std::string text = rendered({"show", "registrations", "203.0.113.0/24"}, {response(R"(
      registrations { registrations { prefix: "203.0.113.0/24" origins: 64500 max_length: 24
                                      ingress { pop: "iad" octets: 1200000 }
                                      ingress { pop: "ams" octets: 5 } } } last: true)")});
  EXPECT_NE(text.find("  octets that entered: iad 1,200,000, ams 5\n"), std::string::npos) << text;
}

TEST(RegistrationsView, OnePrefixHasEveryField) {
  EXPECT_EQ("\n" + rendered({"show", "registrations", "203.0.113.0/24"}, {response(R"(
      registrations {
        registrations { prefix: "203.0.113.0/24" owner: "tenant-a" customer_as: 64500
                        origins: 64500 partners: 64496 primary_pop: "ams" tag: "64500:7"
                        max_length: 25 path_max_length: 3 allow_private_as: true
                        guard { key: "rpki-invalid" value: "warn" }
                        guard { key: "other-origin" value: "quarantine" }
                        guard { key: "more-specific" value: "quarantine" }
                        notes: "see ticket 71" place: "/etc/tern/a.csv:2:1"
                        fallback: "any-valid" received: 2 accepted: 2 }
      } last: true)")}),
            R"(
Prefix          Owner     Origins  Partners  PoPs  From       Received  Accepted  Quarantined
203.0.113.0/24  tenant-a  64500    64496     ams   a.csv:2:1         2         2            -

  203.0.113.0/24 up to /25 of tenant-a, AS 64500 (/etc/tern/a.csv:2:1)
  origins 64500; partners 64496; PoPs ams; fallback any-valid; tag 64500:7
  AS path of at most 3, no prepend
  quarantine more-specific, other-origin; warn rpki-invalid
  notes: see ticket 71
)");
}

TEST(RegistrationsView, Files) {
  EXPECT_EQ("\n" + rendered({"show", "registrations", "files"}, {response(R"(
      registrations {
        listed: 3
        files { path: "customers.csv" state: "stale" registrations: 1200 left_out: 1 errors: 2
                error: "customers.csv:3:1: no" read_seconds: 1799996400 }
      } last: true)")}),
            R"(
In the configuration: 3

File           State  Read  Registrations  Left out  Errors
customers.csv  stale    1h          1,200         1       2
  customers.csv:3:1: no
)");
}

TEST(RegistrationsView, FilesOfRouteObjects) {
  EXPECT_EQ("\n" + rendered({"show", "registrations", "files"}, {response(R"(
      registrations {
        irr { path: "radb.db" state: "good" objects: 1400000 left_out: 2
              error: "radb.db:7:8: no" read_seconds: 1799996400 }
        irr { path: "ours.csv" state: "bad" error: "ours.csv: no route object" }
      } last: true)")}),
            R"(
In the configuration: 0

Route objects of  State  Read    Objects  Left out
radb.db           good     1h  1,400,000         2
ours.csv          bad                  -         -
  radb.db:7:8: no
  ours.csv: no route object
)");
}

// Before an error, the files begin without a blank line.
TEST(RegistrationsView, FilesOfAListingThatIsNotComplete) {
  std::ostringstream out;
  const auto view = text_view(parse_command({"show", "registrations", "files"}),
                              {false, std::nullopt, kNow}, out);
  view->show(response(R"(
      registrations {
        files { path: "customers.csv" state: "good" registrations: 7 read_seconds: 1799996400 }
        irr { path: "radb.db" state: "good" objects: 14 read_seconds: 1799996400 }
      })"));
  (void)view->close(false);
  EXPECT_EQ("\n" + out.str(), R"(
File           State  Read  Registrations  Left out  Errors
customers.csv  good     1h              7         -       -

Route objects of  State  Read  Objects  Left out
radb.db           good     1h       14         -
)");
}

TEST(GuardView, ReleasesAndBlocks) {
  EXPECT_EQ("\n" + rendered({"guard", "list"}, {response(R"(
      guard {
        orders { kind: "release" prefix: "203.0.113.0/24" from: "AS 64501"
                 since_seconds: 1799996400 expires_seconds: 1800003600
                 owner: 'alice (uid 1000, pid 7)' because: "ticket 71" }
        orders { kind: "block" prefix: "2001:db8::/32" from: "192.0.2.1" neighbor: "edge"
                 since_seconds: 1799996400 owner: 'root (uid 0, pid 8)' }
      } last: true)")}),
            R"(
Order    Prefix          From      Since  Ends   By                       Because
release  203.0.113.0/24  AS 64501     1h  in 1h  alice (uid 1000, pid 7)  ticket 71
block    2001:db8::/32   edge         1h  never  root (uid 0, pid 8)
)");
  EXPECT_EQ(rendered({"guard", "list"}, {response("guard { } last: true")}),
            "No releases and blocks.\n");
  EXPECT_EQ(rendered({"guard", "block", "203.0.113.0/24", "from", "edge"}, {response(R"(
      guard { orders { kind: "block" prefix: "203.0.113.0/24" from: "192.0.2.1" neighbor: "edge" } }
      last: true)")}),
            "block of 203.0.113.0/24 from edge: in force, never ends\n");
}

TEST(RegistrationsView, ExplainHasTheEvidence) {
  const std::string text = rendered({"explain", "203.0.113.0/24"}, {response(R"(
      explanation {
        prefix: "203.0.113.0/24"
        winner: "no accepted path: every one was rejected"
        candidates { route { prefix: "203.0.113.0/24" neighbor_name: "isp-b" as_path: "64666"
                             reason: "quarantined" reason_detail: "other-origin" }
                     suspicions { kind: "other-origin" action: "quarantine"
                                  evidence: "AS 64666 is no origin; expected 64500" }
                     lost_at: "import" }
        registration { prefix: "203.0.113.0/24" owner: "tenant-a" customer_as: 64500 origins: 64500
                       primary_pop: "ams" tag: "64500:7" max_length: 25 path_max_length: 3
                       allow_private_as: true direct: true place: "customers.csv:2:1" }
      } last: true)")});
  EXPECT_NE(text.find(R"(
Registered prefix
  203.0.113.0/24 up to /25 of tenant-a, AS 64500 (customers.csv:2:1)
  origins 64500; partners any; PoPs ams; tag 64500:7
  AS path of at most 3, no prepend, direct
  #  Suspicion     Action      Evidence
  1  other-origin  quarantine  AS 64666 is no origin; expected 64500
)"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace tern::ctl
