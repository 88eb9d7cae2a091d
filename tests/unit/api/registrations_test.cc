// Registered prefixes through the API: listed with the routes for them, explained, and as the
// reason of routes.
#include "policy/registrations.h"

#include "bgpd/registrations/status.h"
#include "bgpd/session/guard_orders.h"
#include "tests/unit/api/running_server.h"

namespace tern::api {
namespace {

policy::Registration registered_to(const char* text, std::uint32_t line) {
  policy::Registration one;
  one.prefix = Prefix::parse(text).value();
  one.max_length = one.prefix.length();
  one.customer = 3333;
  one.origins = {3333};
  one.owner = "tenant-a";
  one.file = std::make_shared<const std::string>("a.csv");
  one.line = line;
  one.column = 1;
  return one;
}

class RegistrationAnswers : public RunningServer {
 protected:
  void begin() {
    serve();
    start_neighbours(false);
    auto all = std::make_shared<policy::Registrations>();
    all->push_back(registered_to("193.0.0.0/21", 2));
    all->push_back(registered_to("198.41.0.0/24", 3));
    all->push_back(registered_to("2001:67c::/32", 4));
    (*all)[0].partners = {session::SocketNeighbour::asn(1), session::SocketNeighbour::asn(2)};
    (*all)[1].guard.fill(policy::GuardAction::Warn);
    const std::shared_ptr<const policy::Registrations> source = all;
    on_loop([&] {
      auto table = std::make_shared<const policy::RegistrationTable>(std::vector{source},
                                                                     policy::kQuarantineAll);
      auto changed = policy::RegistrationTable::difference(policy::RegistrationTable(), *table);
      speaker_->set_registrations(std::move(table), std::move(changed));
    });
    announce(1, "193.0.0.0/21", {3333});
    announce(2, "193.0.0.0/21", {666});
    announce(2, "193.0.1.0/24", {3333});
    announce(3, "198.41.0.0/24", {666});
    announce(3, "198.42.0.0/24", {666});
    ASSERT_TRUE(settles([&] { return received(1) == 1 && received(2) == 2 && received(3) == 2; }));
  }
  static std::vector<proto::Response> ask(const std::string& socket, const std::string& text) {
    ApiClient client(socket);
    EXPECT_TRUE(client.ask(request(text)));
    return client.hear_all();
  }
  std::vector<proto::Registration> list(const std::string& wanted) {
    std::vector<proto::Registration> all;
    for (const auto& response : ask(socket_, "registrations { " + wanted + " }")) {
      EXPECT_EQ(response.error(), "");
      for (const auto& one : response.registrations().registrations()) all.push_back(one);
    }
    return all;
  }
};

TEST_F(RegistrationAnswers, ARequirementThatIsNotMetHasItsReasons) {
  const auto book = std::make_shared<registrations::UnmetBook>();
  (void)book->put(Prefix::parse("198.41.0.0/24").value(), {{"AS 3333 is no origin"}, 2});
  unmet_ = book;
  registrations_.unmet = 1;
  begin();
  const auto all = list("");
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].unmet_size(), 0);
  ASSERT_EQ(all[1].unmet_size(), 1);
  EXPECT_EQ(all[1].unmet(0), "AS 3333 is no origin");
  EXPECT_EQ(all[1].more_unmet(), 2U);
  const auto unmet = list("unmet: true");
  ASSERT_EQ(unmet.size(), 1U);
  EXPECT_EQ(unmet[0].prefix(), "198.41.0.0/24");
  EXPECT_EQ(list("unmet: true prefix: '193.0.0.0/21'").size(), 0U);
  EXPECT_EQ(ask(socket_, "registrations { }").back().registrations().unmet(), 1U);
  EXPECT_EQ(ask(socket_, "registrations { prefix: '193.0.0.0/21' }").back().registrations().unmet(),
            0U);
}

TEST_F(RegistrationAnswers, WithoutABookNoneIsUnmet) {
  begin();
  EXPECT_EQ(list("unmet: true").size(), 0U);
}

TEST_F(RegistrationAnswers, ARegistrationHasItsRoutesAndThoseInside) {
  begin();
  const auto all = list("");
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].prefix(), "193.0.0.0/21");
  EXPECT_EQ(all[0].owner(), "tenant-a");
  EXPECT_EQ(all[0].place(), "a.csv:2:1");
  EXPECT_EQ(all[0].partners_size(), 2);
  EXPECT_EQ(all[0].guard().at("other-origin"), "quarantine");
  EXPECT_EQ(all[0].received(), 3U);
  EXPECT_EQ(all[0].accepted(), 1U);
  EXPECT_EQ(all[0].quarantined(), 2U);
  EXPECT_EQ(all[1].guard().at("other-origin"), "warn");
  EXPECT_EQ(all[1].received(), 1U);
  EXPECT_EQ(all[1].accepted(), 1U);
  EXPECT_EQ(all[2].received(), 0U);
}

TEST_F(RegistrationAnswers, ManyComeInSlices) {
  constexpr std::uint32_t kMany = 3000;
  auto all = std::make_shared<policy::Registrations>();
  for (std::uint32_t i = 0; i < kMany; ++i) {
    all->push_back(registered_to("0.0.0.0/0", i + 1));
    all->back().prefix = Prefix::v4(0x14000000U + (i << 8U), 24);
  }
  const std::shared_ptr<const policy::Registrations> source = all;
  serve();
  on_loop([&] {
    speaker_->set_registrations(std::make_shared<const policy::RegistrationTable>(
                                    std::vector{source}, policy::kQuarantineAll),
                                {});
  });
  const auto parts = ask(socket_, "registrations {}");
  EXPECT_GE(parts.size(), 3U);
  std::uint32_t next = 0;
  for (const proto::Response& part : parts) {
    EXPECT_LE(part.registrations().registrations_size(), 1024);
    for (const auto& one : part.registrations().registrations()) {
      EXPECT_EQ(one.place(), "a.csv:" + std::to_string(++next) + ":1");
    }
  }
  EXPECT_EQ(next, kMany);
}

TEST_F(RegistrationAnswers, APrefixShowsWhatCoversItOrLiesInIt) {
  begin();
  const auto prefixes = [&](const std::string& wanted) {
    std::vector<std::string> found;
    for (const auto& one : list("prefix: '" + wanted + "'")) found.push_back(one.prefix());
    return found;
  };
  EXPECT_EQ(prefixes("193.0.1.7"), std::vector<std::string>{"193.0.0.0/21"});
  EXPECT_EQ(prefixes("193.0.0.0/21"), std::vector<std::string>{"193.0.0.0/21"});
  EXPECT_EQ(prefixes("192.0.0.0/5"), (std::vector<std::string>{"193.0.0.0/21", "198.41.0.0/24"}));
  EXPECT_TRUE(prefixes("193.0.8.0/21").empty());
  EXPECT_EQ(ask(socket_, "registrations { prefix: 'x' }").back().error(),
            "'x' is neither a prefix nor an address");
}

TEST_F(RegistrationAnswers, FilesHaveTheirState) {
  registrations_.listed = 3;
  registrations_.files.push_back(
      {"a.csv", vrps::FileState::Stale, 7, 1, "a.csv:3:1: no", 2, 1700000000});
  registrations_.irr.push_back({"radb.db", vrps::FileState::Good, 9, 2, "radb.db:7:1: no", 17});
  serve();
  const auto answer = ask(socket_, "registrations { files: true }");
  ASSERT_EQ(answer.size(), 1U);
  const proto::Registrations& shown = answer[0].registrations();
  EXPECT_EQ(shown.listed(), 3U);
  ASSERT_EQ(shown.files_size(), 1);
  EXPECT_EQ(shown.files(0).state(), "stale");
  EXPECT_EQ(shown.files(0).error(), "a.csv:3:1: no");
  EXPECT_EQ(shown.files(0).errors(), 2U);
  ASSERT_EQ(shown.irr_size(), 1);
  EXPECT_EQ(shown.irr(0).path(), "radb.db");
  EXPECT_EQ(shown.irr(0).state(), "good");
  EXPECT_EQ(shown.irr(0).objects(), 9U);
  EXPECT_EQ(shown.irr(0).left_out(), 2U);
  EXPECT_EQ(shown.irr(0).error(), "radb.db:7:1: no");
  EXPECT_EQ(shown.irr(0).read_seconds(), 17U);
}

TEST_F(RegistrationAnswers, ExplainNamesTheRegistrationAndTheEvidence) {
  begin();
  const auto answer = ask(socket_, "explain { prefix: '193.0.0.0/21' }");
  ASSERT_EQ(answer.size(), 1U);
  const proto::Explanation& shown = answer[0].explanation();
  EXPECT_EQ(shown.registration().place(), "a.csv:2:1");
  ASSERT_EQ(shown.candidates_size(), 2);
  EXPECT_EQ(shown.candidates(0).suspicions_size(), 0);
  const auto& rejected = shown.candidates(1);
  EXPECT_EQ(rejected.route().reason(), "quarantined");
  EXPECT_EQ(rejected.route().reason_detail(), "other-origin");
  ASSERT_EQ(rejected.suspicions_size(), 1);
  EXPECT_EQ(rejected.suspicions(0).kind(), "other-origin");
  EXPECT_EQ(rejected.suspicions(0).action(), "quarantine");
  EXPECT_EQ(rejected.suspicions(0).evidence(), "AS 666 is no origin; expected 3333");
  const auto warned = ask(socket_, "explain { prefix: '198.41.0.0/24' }");
  EXPECT_EQ(warned[0].explanation().candidates(0).suspicions(0).action(), "warn");
  const auto other = ask(socket_, "explain { prefix: '198.42.0.0/24' }");
  EXPECT_FALSE(other[0].explanation().has_registration());
}

TEST_F(RegistrationAnswers, ExplainHasTheEvidenceOfALeakAndOfAReservedAs) {
  begin();
  const std::shared_ptr<const policy::Registrations> source =
      std::make_shared<const policy::Registrations>(
          policy::Registrations{registered_to("193.0.0.0/21", 2)});
  on_loop([&] {
    speaker_->set_registrations(std::make_shared<const policy::RegistrationTable>(
                                    std::vector{source}, policy::kQuarantineAll,
                                    policy::Fallback::None, policy::TransitFree({174, 1299})),
                                {{Prefix::parse("193.0.0.0/21").value(), 21, 32}});
  });
  announce(3, "193.0.0.0/21", {174, 64998, 1299, 23456, 3333});
  ASSERT_TRUE(settles([&] { return received(3) == 3; }));
  const auto shown = ask(socket_, "explain { prefix: '193.0.0.0/21' }").back().explanation();
  std::vector<std::string> evidence;
  for (const auto& candidate : shown.candidates()) {
    if (candidate.route().neighbor_name() != "member-3") continue;
    EXPECT_EQ(candidate.route().reason(), "quarantined");
    for (const auto& one : candidate.suspicions()) {
      evidence.push_back(one.kind() + ": " + one.evidence());
    }
  }
  EXPECT_EQ(evidence, (std::vector<std::string>{
                          "leak: AS 64998 between AS 174 and AS 1299, which are transit-free",
                          "bogon-as: a reserved AS number"}));
}

TEST_F(RegistrationAnswers, ExplainHasTheEvidenceOfUnusualPaths) {
  begin();
  const std::shared_ptr<const policy::Registrations> source =
      std::make_shared<const policy::Registrations>(
          policy::Registrations{registered_to("193.0.0.0/21", 2)});
  policy::UsualPath usual;
  usual.prefix = Prefix::parse("193.0.0.0/21").value();
  usual.origins = {3333};
  usual.origin_count = 1;
  usual.upstreams = {1299, kNoUpstream};
  usual.upstream_count = 2;
  usual.longest = 2;
  usual.longer_by = 1;
  on_loop([&] {
    speaker_->set_registrations(std::make_shared<const policy::RegistrationTable>(
                                    std::vector{source}, policy::kQuarantineAll),
                                {});
    speaker_->set_usual_paths(std::make_shared<const policy::UsualPaths>(std::vector{usual}),
                              {{usual.prefix, 21, 32}});
  });
  announce(3, "193.0.0.0/21", {64, 174, 3333});
  ASSERT_TRUE(settles([&] { return received(3) == 3; }));
  const auto shown = ask(socket_, "explain { prefix: '193.0.0.0/21' }").back().explanation();
  std::vector<std::string> evidence;
  for (const auto& candidate : shown.candidates()) {
    if (candidate.route().neighbor_name() != "member-3") continue;
    EXPECT_EQ(candidate.route().reason_detail(), "new-upstream");
    for (const auto& one : candidate.suspicions()) {
      evidence.push_back(one.kind() + ": " + one.evidence());
    }
  }
  EXPECT_EQ(evidence, (std::vector<std::string>{
                          "new-upstream: the upstream is AS 174; usual is AS 1299, none",
                          "long-path: 4 ASes; usual are up to 2, and 1 more are allowed"}));
}

// The word follows the verdict: a release acts on routes that the guard quarantines, and a block
// keeps out a route that the fallback lets pass.
TEST_F(RegistrationAnswers, ExplainHasTheActionOfTheVerdict) {
  begin();
  auto all = std::make_shared<policy::Registrations>();
  all->push_back(registered_to("193.0.0.0/21", 2));
  (*all)[0].partners = {session::SocketNeighbour::asn(1)};
  (*all)[0].fallback = policy::Fallback::AnyValid;
  const std::shared_ptr<const policy::Registrations> source = all;
  on_loop([&] {
    speaker_->set_registrations(std::make_shared<const policy::RegistrationTable>(
                                    std::vector{source}, policy::kQuarantineAll),
                                {{Prefix::parse("193.0.0.0/21").value(), 21, 32}});
  });
  announce(3, "193.0.0.0/21", {3333});
  ASSERT_TRUE(settles([&] { return received(3) == 3; }));
  const auto order = [&](policy::GuardOrderKind kind) {
    policy::GuardOrder one;
    one.kind = kind;
    one.prefix = Prefix::parse("193.0.0.0/21").value();
    on_loop([&] { EXPECT_FALSE(speaker_->guard_orders().put(one)); });
  };
  using Words = std::vector<std::string>;
  // Of the routes of the neighbors 2, another origin and no partner, and 3, no partner.
  const auto become = [&](const Words& of_second, const Words& of_third) {
    return settles([&] {
      const auto shown = ask(socket_, "explain { prefix: '193.0.0.0/21' }").back().explanation();
      Words second;
      Words third;
      for (const auto& candidate : shown.candidates()) {
        const std::string& name = candidate.route().neighbor_name();
        Words& words = name == "member-2" ? second : third;
        for (const auto& one : candidate.suspicions()) words.push_back(one.action());
      }
      return second == of_second && third == of_third;
    });
  };
  EXPECT_TRUE(become({"quarantine", "quarantine"}, {"fallback"}));
  order(policy::GuardOrderKind::Release);
  EXPECT_TRUE(become({"released", "released"}, {"fallback"}));
  order(policy::GuardOrderKind::Block);
  EXPECT_TRUE(become({"quarantine", "quarantine"}, {"quarantine"}));
}

TEST_F(RegistrationAnswers, ExplainNamesThePin) {
  begin();
  announce(2, "193.0.0.0/21", {3333});
  const auto explained = [&] {
    return ask(socket_, "explain { prefix: '193.0.0.0/21' }").back().explanation();
  };
  ASSERT_TRUE(settles([&] { return explained().steps_size() > 0; }));
  const proto::Explanation shown = explained();
  const std::string first = "AS " + std::to_string(session::SocketNeighbour::asn(1));
  const std::string second = "AS " + std::to_string(session::SocketNeighbour::asn(2));
  EXPECT_EQ(shown.registration().fallback(), "none");
  EXPECT_EQ(shown.candidates(1).lost_at(), "pin");
  EXPECT_EQ(shown.winner(), "best is via member-1: decided against member-2 by pin, " + first +
                                ", the first partner against " + second +
                                ", the second partner, 193.0.0.0/21, a.csv:2:1");
  ASSERT_EQ(shown.steps_size(), 2);  // own network, pin
  EXPECT_EQ(shown.steps(1).note(), "best is preferred, 193.0.0.0/21, a.csv:2:1");
}

TEST_F(RegistrationAnswers, RoutesAreListedByTheirReason) {
  begin();
  const auto prefixes = [&](const std::string& wanted) {
    std::vector<std::string> found;
    for (const auto& one : routes(wanted)) found.push_back(one.prefix());
    return found;
  };
  EXPECT_EQ(prefixes("table: REJECTED reason: 'quarantined'"),
            (std::vector<std::string>{"193.0.0.0/21", "193.0.1.0/24"}));
  EXPECT_TRUE(prefixes("table: REJECTED reason: 'as-loop'").empty());
  EXPECT_EQ(ask(socket_, "routes { table: REJECTED reason: 'bad' }").back().error(),
            "no route is rejected with the reason 'bad'");
  EXPECT_EQ(ask(socket_, "routes { reason: 'quarantined' }").back().error(),
            "only rejected routes have a reason: ask for rejected, received or all ones");
}

}  // namespace
}  // namespace tern::api
