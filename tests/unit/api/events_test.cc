// Events through the API: filtered, in pages, and followed, also by slow readers.
#include <future>
#include <optional>
#include <string>
#include <utility>

#include "bgpd/events/event_stage.h"
#include "tests/unit/api/running_server.h"
#include "tests/unit/base/comes_true.h"
#include "tests/unit/session/neighbour.h"

namespace tern::api {
namespace {

using events::Kind;
using events::Report;

class EventAnswers : public RunningServer {
 protected:
  void report(Report::What what, Kind kind, const std::string& key, const std::string& prefix = "",
              const std::string& neighbor = "") {
    Report one{.what = what, .kind = kind, .key = key};
    one.subject.prefix = prefix;
    one.subject.neighbor = neighbor;
    one.summary = "about " + key;
    one.evidence = {{"as path", "64501 64666"}};
    one.group = key;  // each is an event of its own
    events_.report(std::move(one));
  }
  void settle() {
    for (int i = 0; i < 8; ++i) events_.drain();
  }
  void begin() {
    serve();
    report(Report::What::Begin, Kind::OriginHijack, "a", "203.0.113.0/24", "edge-1");
    report(Report::What::Begin, Kind::SessionDown, "b", "", "edge-1");
    report(Report::What::Once, Kind::SessionUp, "c", "", "edge-2");
    settle();
  }
  std::vector<std::string> list(const std::string& wanted) {
    ApiClient client(socket_);
    EXPECT_TRUE(client.ask(request("events { " + wanted + " }")));
    std::vector<std::string> found;
    for (const auto& response : client.hear_all()) {
      EXPECT_EQ(response.error(), "");
      EXPECT_LE(response.events().events_size(), 64);
      for (const auto& one : response.events().events()) found.push_back(one.summary());
    }
    return found;
  }
};

using Found = std::vector<std::string>;

TEST_F(EventAnswers, AreFiltered) {
  begin();
  EXPECT_EQ(list(""), (Found{"about a", "about b", "about c"}));
  EXPECT_EQ(list("kind: 'session-down'"), Found{"about b"});
  EXPECT_EQ(list("severity: 'warning'"), (Found{"about a", "about b"}));
  EXPECT_EQ(list("neighbor: 'edge-2'"), Found{"about c"});
  EXPECT_EQ(list("open: true"), (Found{"about a", "about b"}));
  EXPECT_EQ(list("within_seconds: 3600"), (Found{"about a", "about b", "about c"}));
  EXPECT_EQ(list("prefix: '203.0.113.7'"), Found{"about a"});
  EXPECT_EQ(list("prefix: '203.0.0.0/16'"), Found{"about a"});
  EXPECT_EQ(list("prefix: '203.0.114.0/24'"), Found{});
}

TEST_F(EventAnswers, ShowWebhooksWithoutTheirPath) {
  events::EventSettings settings;
  events::WebhookSettings& webhook = settings.webhooks.emplace_back();
  webhook.name = "noc";
  webhook.receiver = "https://hooks.example.net";
  webhook.host = "hooks.example.net";
  webhook.target = "/a-key";
  webhook.lacks_secret = true;
  events_.apply(settings);
  begin();
  ApiClient client(read_only_socket_);
  ASSERT_TRUE(client.ask(request("webhooks {}")));
  const auto answer = client.hear();
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->webhooks().webhooks_size(), 1);
  const proto::Webhooks::Webhook& shown = answer->webhooks().webhooks(0);
  EXPECT_EQ(shown.name(), "noc");
  EXPECT_EQ(shown.receiver(), "https://hooks.example.net");
  EXPECT_EQ(shown.state(), "unusable");
  EXPECT_EQ(shown.waiting(), 3U);
  EXPECT_EQ(answer->ShortDebugString().find("a-key"), std::string::npos);
}

TEST_F(EventAnswers, HaveTheirEvidenceInDetail) {
  begin();
  ApiClient client(read_only_socket_);
  ASSERT_TRUE(client.ask(request("events { kind: 'origin-hijack' detail: true }")));
  const auto heard = client.hear_all();
  ASSERT_EQ(heard.size(), 1U);
  ASSERT_EQ(heard[0].events().events_size(), 1);
  const proto::Event& event = heard[0].events().events(0);
  EXPECT_EQ(event.state(), "open");
  EXPECT_EQ(event.severity(), "critical");
  EXPECT_EQ(event.prefix(), "203.0.113.0/24");
  EXPECT_EQ(event.evidence().at("as path"), "64501 64666");
}

TEST_F(EventAnswers, OfTheHistoryComeNewestFirstInPages) {
  const Folder folder;
  events::EventSettings settings;
  settings.keep = 100;
  settings.history.path = folder.path("events.db");
  events_.apply(settings);
  serve();
  report(Report::What::Begin, Kind::OriginHijack, "a", "203.0.113.0/24", "edge-1");
  for (int i = 0; i < 200; ++i) report(Report::What::Once, Kind::SessionUp, std::to_string(i));
  const auto asked = request("events { history: true }");
  EXPECT_TRUE(comes_true([&] { return error_of(socket_, asked).empty(); })) << "the file is open";
  EXPECT_TRUE(comes_true([&] { return list("history: true").size() == 201; }));
  const Found found = list("history: true");
  ASSERT_EQ(found.size(), 201U) << "also what memory has forgotten";
  EXPECT_EQ(found.front(), "about 199");
  EXPECT_EQ(found.back(), "about a");
  EXPECT_EQ(list("history: true limit: 70").size(), 70U);
  EXPECT_EQ(list("history: true prefix: '203.0.113.7'"), Found{"about a"});
  EXPECT_EQ(list("history: true kind: 'origin-hijack' open: true"), Found{"about a"});
  EXPECT_EQ(list("history: true neighbor: 'edge-2'"), Found{});
}

// A request about a history that is too large ends, and says what to do.
TEST_F(EventAnswers, OfTheHistoryEndWithTheirTime) {
  const Folder folder;
  events::EventSettings settings;
  settings.history.path = folder.path("events.db");
  events_.apply(settings);
  history_time_ = std::chrono::milliseconds(0);
  serve();
  const std::string late =
      "reading the history takes longer than 0 s: ask for less, by kind, severity, open or since, "
      "or for fewer events by limit";
  const auto asked = request("events { history: true }");
  EXPECT_TRUE(comes_true([&] { return error_of(socket_, asked) == late; }));
}

// The thread of the history waits for the disk; the loop, neighbors and other clients do not.
TEST_F(EventAnswers, ADiskThatHangsHoldsUpTheHistoryAlone) {
  const Folder folder;
  std::promise<void> hangs;
  std::promise<void> goes_on;
  have_folder_ = [&, until = goes_on.get_future().share(),
                  first = true]() mutable -> std::optional<std::string> {
    if (std::exchange(first, false)) {
      hangs.set_value();
      until.wait();
    }
    return std::nullopt;
  };
  events::EventSettings settings;
  settings.history.path = folder.path("events.db");
  events_.apply(settings);
  hangs.get_future().wait();
  serve();
  start_neighbours(false);
  ApiClient waits(socket_);
  EXPECT_TRUE(waits.ask(request("events { history: true }")));
  announce(1, "193.0.0.0/21", {3333});
  EXPECT_TRUE(settles([&] { return received(1) == 1; }));
  EXPECT_EQ(error_of(socket_, request("version { }")), "");
  // Far more than the thread of the history could take.
  for (int i = 0; i < 1000; ++i) report(Report::What::Once, Kind::SessionUp, std::to_string(i));
  EXPECT_EQ(error_of(socket_, request("events { }")), "");
  goes_on.set_value();
  const auto answer = waits.hear();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->error(), "");
  EXPECT_TRUE(comes_true([&] { return list("history: true limit: 1000").size() == 1000; }))
      << "nothing is lost";
}

TEST_F(EventAnswers, OfAHistoryThatIsNotKept) {
  begin();
  EXPECT_EQ(error_of(socket_, request("events { history: true }")),
            "no history of events is kept (events.history)");
  EXPECT_EQ(error_of(socket_, request("events { history: true follow: true }")),
            "what happens next is in no history: leave one out");
}

TEST_F(EventAnswers, MistakesAreNamed) {
  begin();
  EXPECT_EQ(error_of(socket_, request("events { kind: 'hijack' }"))
                .rfind("'hijack' is no kind of event: session-down, ", 0),
            0U);
  EXPECT_EQ(error_of(socket_, request("events { severity: 'bad' }")),
            "'bad' is no severity: info, warning, error, critical");
  EXPECT_EQ(error_of(socket_, request("events { prefix: 'x' }")),
            "'x' is neither a prefix nor an address");
}

TEST_F(EventAnswers, ComeInPages) {
  serve();
  for (int i = 0; i < 200; ++i) report(Report::What::Once, Kind::SessionUp, std::to_string(i));
  settle();
  const Found found = list("");
  ASSERT_EQ(found.size(), 200U);
  EXPECT_EQ(found.front(), "about 0");
  EXPECT_EQ(found.back(), "about 199");
}

TEST_F(EventAnswers, AreFollowed) {
  begin();
  ApiClient client(socket_);
  ASSERT_TRUE(client.ask(request("events { follow: true within_seconds: 3600 }")));
  const auto hear = [&client] {
    const auto response = client.hear();
    return response ? response->events() : proto::Events();
  };
  EXPECT_EQ(hear().events_size(), 3);
  report(Report::What::End, Kind::SessionDown, "b");
  proto::Events changed = hear();
  ASSERT_EQ(changed.events_size(), 1);
  EXPECT_EQ(changed.events(0).summary(), "about b");
  EXPECT_EQ(changed.events(0).state(), "ended");

  ApiClient fresh(socket_);
  ASSERT_TRUE(fresh.ask(request("events { follow: true }")));
  report(Report::What::Once, Kind::SessionUp, "d");
  changed = hear();
  ASSERT_EQ(changed.events_size(), 1);
  EXPECT_EQ(changed.events(0).summary(), "about d");
}

TEST_F(EventAnswers, AClientThatReadsTooLateIsTold) {
  begin();
  ApiClient client(socket_);
  ASSERT_TRUE(client.ask(request("events { follow: true within_seconds: 3600 }")));
  ASSERT_TRUE(client.hear());
  // More events than are kept, in one turn of the loop, so that the answer cannot read between.
  on_loop([this] {
    for (int i = 0; i < 3000; ++i) report(Report::What::Once, Kind::SessionUp, std::to_string(i));
    settle();
    settle();
  });
  bool fell_behind = false;
  std::string last;
  while (last != "about 2999") {
    const auto response = client.hear();
    ASSERT_TRUE(response);
    fell_behind |= response->events().fell_behind();
    for (const auto& one : response->events().events()) last = one.summary();
  }
  EXPECT_TRUE(fell_behind);
}

TEST_F(EventAnswers, AnEventThatChangesDuringTheListingIsListedOnce) {
  serve();
  // More than sockets take, so that the listing waits for its reader.
  for (int i = 0; i < 900; ++i) {
    Report one{.what = Report::What::Once, .kind = Kind::SessionUp, .key = std::to_string(i)};
    one.group = one.key;
    for (std::size_t k = 0; k < events::kMostEvidence; ++k) {
      one.evidence[std::to_string(k)] = std::string(events::kMostText, 'x');
    }
    events_.report(std::move(one));
  }
  report(Report::What::Begin, Kind::SessionDown, "b", "", "edge-1");
  settle();
  ApiClient client(socket_);
  ASSERT_TRUE(client.ask(request("events { detail: true }")));
  ASSERT_TRUE(client.hear());
  report(Report::What::End, Kind::SessionDown, "b", "", "edge-1");
  report(Report::What::Once, Kind::SessionUp, "younger", "", "edge-1");
  settle();
  std::vector<std::string> of_edge;
  for (const auto& response : client.hear_all()) {
    for (const auto& one : response.events().events()) {
      if (one.neighbor() == "edge-1") of_edge.push_back(one.state() + " " + one.summary());
    }
  }
  EXPECT_EQ(of_edge, (Found{"ended about b"})) << "and no event that began behind the listing";
}

// As in other commands: by its name or by its address.
TEST_F(EventAnswers, ANeighborIsFoundByItsAddress) {
  start_neighbours(false);
  begin();
  report(Report::What::Once, Kind::SessionUp, "d", "", "member-1");
  settle();
  EXPECT_EQ(list("neighbor: 'member-1'"), Found{"about d"});
  const std::string address = session::SocketNeighbour::address(1).to_string();
  EXPECT_EQ(list("neighbor: '" + address + "'"), Found{"about d"});
}

TEST_F(EventAnswers, ANeighborIsFoundAmongTheExamples) {
  serve();
  for (int i = 0; i < 15; ++i) {
    Report one{.what = Report::What::Begin, .kind = Kind::SessionDown, .key = std::to_string(i)};
    one.subject.neighbor = "edge-" + std::to_string(i);
    one.summary = "about " + one.key;
    events_.report(std::move(one));
  }
  settle();
  EXPECT_EQ(list("neighbor: 'edge-3'"), Found{"about 3"});
  EXPECT_TRUE(comes_true([this] {
    return list("neighbor: 'edge-12'") == Found{"many at once; the first: about 10"};
  })) << "with the next tick";
}

TEST_F(EventAnswers, AStreamThatReadsInTimeHasNotFallenBehind) {
  serve();
  ApiClient client(socket_);
  ASSERT_TRUE(
      client.ask(request("events { follow: true kind: 'session-down' within_seconds: 3600 }")));
  for (int batch = 0; batch < 4; ++batch) {
    for (int i = 0; i < 600; ++i) {
      const std::string key = std::to_string(batch) + "." + std::to_string(i);
      report(Report::What::Once, Kind::SessionUp, key);
    }
    report(Report::What::Begin, Kind::SessionDown, std::to_string(batch));
    const auto response = client.hear();  // the answer has looked at all before
    ASSERT_TRUE(response);
    EXPECT_FALSE(response->events().fell_behind());
    ASSERT_EQ(response->events().events_size(), 1);
  }
}

}  // namespace
}  // namespace tern::api
