// The sockets of the control API, and clients that do not behave.
#include "bgpd/api/server.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/unit/api/running_server.h"

namespace tern::api {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

// Patient, so that a test which asks for one thing is not disturbed by another.
ServerLimits limits() {
  ServerLimits limits;
  for (ClientLimits* of : {&limits.full, &limits.read_only}) {
    of->idle = of->request = of->slice = minutes(10);
    of->answer = milliseconds(0);
    of->requests_per_second = 0;
  }
  return limits;
}

const proto::Request& version() {
  static const proto::Request asks = request("version {}");
  return asks;
}

class ApiServer : public RunningServer {
 protected:
  // Of a table that no socket takes at once.
  void fill_table() {
    start_neighbours(false);
    ASSERT_TRUE(neighbour(1).announce(0, kRoutes));
    ASSERT_TRUE(settles([&] { return received(1) == kRoutes; }));
  }
  // A client that asks for all of it and reads no more than the first message. A listing whose
  // client has just left may still be counted: the new one is asked for until it is let in.
  std::unique_ptr<ApiClient> stuck_listing(const std::string& path) {
    std::unique_ptr<ApiClient> client;
    EXPECT_TRUE(settles([&] {
      client = std::make_unique<ApiClient>(path);
      if (!client->ask(all_routes())) return false;
      const auto response = client->hear();
      return response && response->error().empty();
    }));
    return client;
  }
  static proto::Request all_routes() { return request("routes { table: ALL }"); }

  static constexpr std::uint32_t kRoutes = 20'000;
};

TEST_F(ApiServer, AnswersOnBothSockets) {
  serve();
  for (const std::string& path : {socket_, read_only_socket_}) {
    ApiClient client(path);
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(client.ask(version()));
      const auto response = client.hear();
      ASSERT_TRUE(response);
      EXPECT_TRUE(response->has_version() && response->last());
    }
  }
  struct stat found {};
  ASSERT_EQ(::stat(read_only_socket_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0666U);
}

TEST_F(ApiServer, NothingCanBeChangedOnTheReadOnlySocket) {
  serve();
  start_neighbours(false);
  for (const char* text : {"reload {}", "reload { check_only: true }",
                           "neighbor_action { neighbor: 'all' action: DISABLE }"}) {
    const std::string error = error_of(read_only_socket_, request(text));
    EXPECT_NE(error.find("read-only"), std::string::npos) << text << ": " << error;
    EXPECT_NE(error.find("api.socket"), std::string::npos) << text << ": " << error;
  }
  EXPECT_EQ(on_loop([&] { return reloads_; }), 0);
  EXPECT_EQ(on_loop([&] { return speaker_->peers().size(); }), kNeighbours);
  EXPECT_EQ(error_of(read_only_socket_, request("status {}")), "");
  EXPECT_EQ(error_of(socket_, request("reload {}")), "");
  EXPECT_EQ(on_loop([&] { return reloads_; }), 1);
  // What only a newer client knows is no change.
  EXPECT_NE(error_of(read_only_socket_, proto::Request()).find("unknown command"),
            std::string::npos);
}

TEST_F(ApiServer, IdleClientsMakeRoom) {
  ServerLimits few = limits();
  few.full.places.all = 4;
  serve(few);
  std::vector<std::unique_ptr<ApiClient>> idle;
  for (int i = 0; i < 8; ++i) {
    idle.push_back(std::make_unique<ApiClient>(socket_));
    ASSERT_TRUE(idle.back()->ask(version()));
    ASSERT_TRUE(idle.back()->hear()) << i;
  }
  const auto words = idle.front()->hear();
  ASSERT_TRUE(words);
  EXPECT_NE(words->error(), "") << "the one that leaves is told why";
  EXPECT_TRUE(idle.front()->closed_by_server());
}

TEST_F(ApiServer, UnfinishedRequestsMakeRoom) {
  ServerLimits few = limits();
  few.full.places.all = 4;
  serve(few);
  std::vector<std::unique_ptr<ApiClient>> begun;
  for (int i = 0; i < 8; ++i) {
    begun.push_back(std::make_unique<ApiClient>(socket_));
    ASSERT_TRUE(begun.back()->send(frame_of(version()).substr(0, 3)));
  }
  // As soon as the server has read what there is of them.
  EXPECT_TRUE(settles([&] { return error_of(socket_, version()).empty(); }));
}

TEST_F(ApiServer, ReadersDoNotTakeThePlacesOfOperators) {
  fill_table();
  ServerLimits few = limits();
  few.read_only.places.all = 2;
  serve(few);
  const auto first = stuck_listing(read_only_socket_);
  const auto second = stuck_listing(read_only_socket_);
  EXPECT_NE(error_of(read_only_socket_, version()).find("too many clients"), std::string::npos);
  EXPECT_EQ(error_of(socket_, version()), "");
}

TEST_F(ApiServer, ARequestHasToCome) {
  ServerLimits hasty = limits();
  hasty.full.request = milliseconds(20);
  serve(hasty);
  ApiClient client(socket_);
  ASSERT_TRUE(client.send(frame_of(version())));
  ASSERT_TRUE(client.hear());
  ASSERT_TRUE(client.send(std::string_view("\0\0", 2)));
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(ApiServer, AClientHasToAsk) {
  ServerLimits hasty = limits();
  hasty.full.idle = milliseconds(20);
  serve(hasty);
  ApiClient client(socket_);
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(ApiServer, ALongRequestIsRefusedBeforeItCame) {
  serve(limits());
  ApiClient client(socket_);
  ASSERT_TRUE(client.send(std::string_view("\0\x01\0\x01", 4)));
  const auto response = client.hear();
  ASSERT_TRUE(response);
  EXPECT_NE(response->error().find("65536 octets"), std::string::npos) << response->error();
  EXPECT_TRUE(client.closed_by_server());
  ApiClient garbage(socket_);
  ASSERT_TRUE(garbage.send(std::string_view("\0\0\0\x02\xff\xff", 6)));
  const auto answer = garbage.hear();
  ASSERT_TRUE(answer);
  EXPECT_NE(answer->error().find("no request"), std::string::npos) << answer->error();
}

TEST_F(ApiServer, AListingThatNobodyReadsEnds) {
  fill_table();
  ServerLimits hasty = limits();
  hasty.full.slice = milliseconds(20);
  serve(hasty);
  const auto client = stuck_listing(socket_);
  EXPECT_TRUE(client->closed_unread());
  for (const proto::Response& response : client->hear_all()) EXPECT_FALSE(response.last());
}

// It would keep every prefix that came and went since it began.
TEST_F(ApiServer, AListingThatKeepsTooManyPrefixesIsToldSo) {
  fill_table();
  on_loop([&] {
    session::SpeakerSettings settings = speaker_->settings();
    settings.most_kept_prefixes = 1000;
    EXPECT_TRUE(speaker_->apply(session::plan(speaker_->running(), std::move(settings))).ok());
  });
  serve(limits());
  const auto client = stuck_listing(socket_);
  std::vector<std::byte> messages;
  const auto kept = [&] { return look([&] { return speaker_->shards()[0].pinned(); }); };
  for (std::uint32_t block = 400; block < 600 && kept(); ++block) {
    messages.clear();
    session::append_announcements(1, block * 100, block * 100 + 100, 0, messages);
    session::append_withdrawals(block * 100, block * 100 + 100, messages);
    ASSERT_TRUE(neighbour(1).send(messages));
  }
  ASSERT_TRUE(settles([&] { return !kept(); }));
  const auto all = client->hear_all();
  ASSERT_FALSE(all.empty());
  EXPECT_TRUE(all.back().last());
  EXPECT_NE(all.back().error().find("ask again"), std::string::npos) << all.back().error();
}

TEST_F(ApiServer, AnAnswerHasToEndWhereItsTimeIsBounded) {
  fill_table();
  ServerLimits hasty = limits();
  hasty.read_only.answer = milliseconds(1);
  serve(hasty);
  ApiClient client(read_only_socket_);
  ASSERT_TRUE(client.ask(all_routes()));
  const auto all = client.hear_all();
  ASSERT_FALSE(all.empty());
  EXPECT_NE(all.back().error().find("too long"), std::string::npos) << all.back().error();
}

// What a client that disappears had: its place, its share of the table, its listing.
TEST_F(ApiServer, AClientThatDisappearsLeavesNothing) {
  fill_table();
  ServerLimits few = limits();
  few.full.places.all = 2;
  few.full.listings = 1;
  serve(few);
  for (int round = 0; round < 3; ++round) {
    auto first = stuck_listing(socket_);
    const std::string refused = error_of(socket_, all_routes());
    EXPECT_NE(refused.find("listings"), std::string::npos) << refused;
    first.reset();
    ASSERT_TRUE(settles([&] { return error_of(socket_, all_routes()).empty(); })) << round;
  }
  // In the middle of a slice, too: half of these leave before the first message.
  for (int i = 0; i < 50; ++i) {
    ApiClient brief(socket_);
    (void)brief.ask(all_routes());
    if (i % 2 == 0) (void)brief.hear();
  }
  ASSERT_TRUE(settles([&] { return error_of(socket_, all_routes()).empty(); }));
  // Routes that go are freed at once, since nobody shares the table any more.
  stop_serving();
  neighbour(1).close();
  EXPECT_TRUE(settles([&] { return received(1) == 0; }));
}

TEST_F(ApiServer, EndsInTheMiddleOfListings) {
  fill_table();
  serve(limits());
  const auto reads = stuck_listing(socket_);
  ApiClient begins(read_only_socket_);
  ASSERT_TRUE(begins.ask(all_routes()));
  stop_serving();
  EXPECT_TRUE(reads->closed_by_server());
  EXPECT_FALSE(ApiClient(socket_).connected());
}

TEST_F(ApiServer, SocketsAreNotTakenFromTheLiving) {
  serve();
  on_loop([&] {
    Server second(loop_, Backend{*speaker_, [] { return DaemonFacts{}; }, nullptr, nullptr});
    const auto failure = second.listen(Access::Full, socket_, 0600);
    ASSERT_TRUE(failure);
    EXPECT_NE(failure->find("another ternd answers there"), std::string::npos) << *failure;
    const auto nowhere = second.listen(Access::Full, folder_.path("none/ternd.sock"), 0600);
    ASSERT_TRUE(nowhere);
    EXPECT_NE(nowhere->find("the directory is not there"), std::string::npos) << *nowhere;
  });
  EXPECT_EQ(error_of(socket_, version()), "");
}

}  // namespace
}  // namespace tern::api
