#include "exporter/http_server.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "exporter/gzip.h"
#include "http_client.h"
#include "sample_snapshot.h"
#include "tests/unit/base/comes_true.h"
#include "text_match.h"

namespace tern::exporter {
namespace {

using std::chrono::milliseconds;

[[nodiscard]] Snapshot ready_snapshot() { return sample_snapshot(2, 0); }

[[nodiscard]] std::string gunzip(const std::string& bytes) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string text(50'000'000, '\0');
  std::string input = bytes;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

// A server on a free port of 127.0.0.1.
class HttpServerTest : public testing::Test {
 protected:
  void serve(HttpServer::Collect collect = ready_snapshot, HttpLimits limits = {}) {
    server_ = std::make_unique<HttpServer>(std::move(collect), limits);
    const auto listening = server_->listen({"127.0.0.1:0"});
    ASSERT_TRUE(listening.ok());
    endpoint_ = server_->endpoints().at(0);
  }

  std::unique_ptr<HttpServer> server_;
  std::string endpoint_;
};

TEST_F(HttpServerTest, ServesMetricsAsPrometheusText) {
  serve();
  HttpClient client(endpoint_);
  const HttpAnswer answer = client.get("/metrics");
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.fields.at("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(answer.fields.count("content-encoding"), 0U);
  EXPECT_TRUE(has_text(answer.body, "tern_build_info{version=\"0.1.0\",revision=\"abcdef0\"} 1\n"));
}

TEST_F(HttpServerTest, ServesIpv6BesideIpv4OnOnePort) {
  HttpServer server(ready_snapshot);
  std::string v6;
  std::string v4;
  std::string failure = "not tried";
  // Another program may have the same port for IPv4.
  for (int attempt = 0; attempt < 10 && !failure.empty(); ++attempt) {
    ASSERT_TRUE(server.listen({"[::1]:0"}).ok());
    v6 = server.endpoints().at(0);
    EXPECT_TRUE(begins_with(v6, "[::1]:"));
    const std::string port = v6.substr(v6.rfind(':'));
    v4 = "127.0.0.1" + port;
    // [::] takes no IPv4, so that 0.0.0.0 may have the same port.
    auto listening = server.listen({"[::]" + port, "0.0.0.0" + port});
    failure = listening.ok() ? "" : listening.error();
    if (!failure.empty()) {
      ASSERT_TRUE(server.listen({}).ok());
    }
  }
  ASSERT_EQ(failure, "");
  EXPECT_EQ(HttpClient(v6).get("/healthz").status, 200U);
  EXPECT_EQ(HttpClient(v4).get("/healthz").status, 200U);
}

TEST_F(HttpServerTest, GzipRoundTrip) {
  serve();
  HttpClient client(endpoint_);
  const HttpAnswer packed = client.get("/metrics", "Accept-Encoding: deflate, gzip;q=0.8\r\n");
  EXPECT_EQ(packed.status, 200U);
  EXPECT_EQ(packed.fields.at("content-encoding"), "gzip");
  EXPECT_EQ(packed.fields.at("vary"), "Accept-Encoding");
  const std::string text = gunzip(packed.body);
  EXPECT_LT(packed.body.size() * 4, text.size());
  EXPECT_TRUE(has_text(text, "\ntern_rib_prefixes{afi=\"ipv4\"} 5000\n"));
  EXPECT_TRUE(has_text(text, "\ntern_own_routes{afi=\"ipv4\",state=\"rejected\"} 1\n"));
  EXPECT_TRUE(has_text(text, "\ntern_condition_holds{condition=\"default\"} 0\n"));
}

TEST(AcceptEncoding, DecidesByNameAndWeight) {
  for (const char* yes : {"gzip", "GZIP", "br, gzip", "gzip;q=0.001", "*", "identity;q=0, *;q=1"}) {
    EXPECT_TRUE(accepts_gzip(yes)) << yes;
  }
  for (const char* no :
       {"", "br", "gzip;q=0", "gzip ; q=0.000", "*;q=0", "*, gzip;q=0", "gzipped"}) {
    EXPECT_FALSE(accepts_gzip(no)) << no;
  }
}

TEST_F(HttpServerTest, KeepsTheConnection) {
  std::atomic<int> scrapes{0};
  serve([&] {
    ++scrapes;
    return ready_snapshot();
  });
  HttpClient client(endpoint_);
  EXPECT_EQ(client.get("/metrics").status, 200U);
  EXPECT_EQ(client.get("/metrics?collect=all").status, 200U);
  EXPECT_EQ(client.get("/nothing").status, 404U);
  EXPECT_EQ(client.get("/metrics", "Connection: close\r\n").status, 200U);
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_EQ(scrapes, 3);
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  serve();
  HttpClient client(endpoint_);
  client.send(
      "GET /healthz HTTP/1.1\r\nHost: t\r\n\r\nGET /x HTTP/1.1\r\nHost: t\r\n\r\n"
      "GET /readyz HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(client.receive().body, "ok\n");
  EXPECT_EQ(client.receive().status, 404U);
  EXPECT_TRUE(begins_with(client.receive().body, "ready: "));
}

TEST_F(HttpServerTest, ClosesAfterHttp10) {
  serve();
  HttpClient client(endpoint_);
  client.send("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client.receive().status, 200U);
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(HttpServerTest, HeadHasTheHeaderOfAGet) {
  serve();
  HttpClient client(endpoint_);
  client.send("HEAD /healthz HTTP/1.1\r\nHost: t\r\n\r\n");
  const HttpAnswer head = client.receive(true);
  EXPECT_EQ(head.status, 200U);
  EXPECT_EQ(head.fields.at("content-length"), "3");
  EXPECT_EQ(client.get("/healthz").body, "ok\n");  // no body came before this
}

TEST_F(HttpServerTest, HealthAsksNobodyAndReadinessSaysWhy) {
  std::atomic<bool> ready{false};
  serve([&] {
    Snapshot snapshot = sample_snapshot(3, 0);
    snapshot.ready = ready;
    return snapshot;
  });
  HttpClient client(endpoint_);
  EXPECT_EQ(client.get("/healthz").status, 200U);
  const HttpAnswer before = client.get("/readyz");
  EXPECT_EQ(before.status, 503U);
  EXPECT_EQ(before.body, "not ready: 2 of 3 sessions established\n");
  ready = true;
  EXPECT_EQ(client.get("/readyz").status, 200U);
}

TEST_F(HttpServerTest, ErrorsSayWhatWouldDo) {
  serve();
  HttpClient client(endpoint_);
  EXPECT_TRUE(has_text(client.get("/").body, "href=\"/metrics\""));
  EXPECT_TRUE(has_text(client.get("/metric").body, "/metrics"));
  client.send("POST /metrics HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nhi");
  const HttpAnswer post = client.receive();
  EXPECT_EQ(post.status, 405U);
  EXPECT_EQ(post.fields.at("allow"), "GET, HEAD");
  EXPECT_TRUE(has_text(post.body, "read-only"));
  EXPECT_EQ(client.get("/healthz").status, 200U);
}

TEST_F(HttpServerTest, WhatCollectingThrowsIsAnAnswer) {
  serve([]() -> Snapshot { throw std::runtime_error("no shard answers"); });
  HttpClient client(endpoint_);
  const HttpAnswer answer = client.get("/metrics");
  EXPECT_EQ(answer.status, 500U);
  EXPECT_EQ(answer.body, "collecting failed: no shard answers\n");
  EXPECT_EQ(client.get("/healthz").status, 200U);
}

TEST_F(HttpServerTest, MalformedRequestsAreAnsweredAndTheServerGoesOn) {
  serve();
  const auto status_of = [&](const std::string& bytes) {
    HttpClient client(endpoint_);
    client.send(bytes);
    return client.receive().status;
  };
  const std::string line = "GET /metrics HTTP/1.1\r\n";
  EXPECT_EQ(status_of("\xff\xff\xff\xff\x00\x1d\x04 this is a KEEPALIVE\r\n\r\n"), 400U);
  EXPECT_EQ(status_of("GET /metrics\r\n\r\n"), 400U);
  EXPECT_EQ(status_of("GET /metrics HTTP/9.9\r\n\r\n"), 400U);
  EXPECT_EQ(status_of(line + "\r\n"), 400U);  // no Host
  EXPECT_EQ(status_of(line + "Host: t\r\nContent-Length: x\r\n\r\n"), 400U);
  EXPECT_EQ(status_of(line + "Host: t\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n"), 431U);
  EXPECT_EQ(status_of(line + "Host: t\r\nContent-Length: 999999\r\n\r\n"), 413U);
  EXPECT_EQ(status_of("GET /" + std::string(5000, 'a') + " HTTP/1.1\r\nHost: t\r\n\r\n"), 404U);
  EXPECT_EQ(HttpClient(endpoint_).get("/metrics").status, 200U);
}

// A body is of no use here; the bound is 4096 octets, whether the client says the length or sends
// chunks.
TEST_F(HttpServerTest, ABodyBeyondTheBoundIsRefused) {
  serve();
  const auto status_of = [&](const std::string& bytes) {
    HttpClient client(endpoint_);
    client.send("GET /healthz HTTP/1.1\r\nHost: t\r\n" + bytes);
    return client.receive().status;
  };
  const std::string most(4096, 'a');
  EXPECT_EQ(status_of("Content-Length: 4096\r\n\r\n" + most), 200U);
  EXPECT_EQ(status_of("Content-Length: 4097\r\n\r\n" + most + "a"), 413U);
  EXPECT_EQ(status_of("Content-Length: 4097\r\n\r\n"), 413U) << "before the body has come";
  const std::string chunks = "Transfer-Encoding: chunked\r\n\r\n1000\r\n" + most + "\r\n";
  EXPECT_EQ(status_of(chunks + "0\r\n\r\n"), 200U);
  EXPECT_EQ(status_of(chunks + "1\r\na\r\n0\r\n\r\n"), 413U);
  EXPECT_EQ(HttpClient(endpoint_).get("/healthz").status, 200U);
}

// More than the kernel buffers between a writer and a client that does not read.
[[nodiscard]] Snapshot endless_snapshot() {
  Snapshot snapshot = ready_snapshot();
  snapshot.peers[0].description = std::string(32'000'000, 'x');
  return snapshot;
}

TEST_F(HttpServerTest, AClientThatDoesNotReadHoldsUpNobody) {
  serve(endless_snapshot);
  HttpClient sleeper(endpoint_);
  sleeper.send("GET /metrics HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(HttpClient(endpoint_).get("/healthz").status, 200U);
  EXPECT_EQ(HttpClient(endpoint_).get("/readyz").status, 200U);
}

TEST_F(HttpServerTest, AClientThatNeverReadsIsDropped) {
  HttpLimits limits;
  limits.write = milliseconds(50);
  limits.connections = 1;
  serve(endless_snapshot, limits);
  HttpClient sleeper(endpoint_);
  sleeper.send("GET /metrics HTTP/1.1\r\nHost: t\r\n\r\n");
  // The limit of one connection is free again only when the server has dropped it.
  EXPECT_TRUE(comes_true([&] { return HttpClient(endpoint_).get("/healthz").status == 200; }));
  EXPECT_LT(sleeper.receive().body.size(), 32'000'000U);
}

TEST_F(HttpServerTest, AStalledRequestIsDropped) {
  HttpLimits limits;
  limits.read = milliseconds(50);
  serve(ready_snapshot, limits);
  HttpClient client(endpoint_);
  client.send("GET /metr");
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(HttpServerTest, AnIdleConnectionIsDropped) {
  HttpLimits limits;
  limits.idle = milliseconds(50);
  serve(ready_snapshot, limits);
  HttpClient client(endpoint_);
  EXPECT_EQ(client.get("/healthz").status, 200U);
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(HttpServerTest, PastTheLimitTheOldestIdleConnectionMakesRoom) {
  HttpLimits limits;
  limits.connections = 2;
  serve(ready_snapshot, limits);
  HttpClient first(endpoint_);
  HttpClient second(endpoint_);
  EXPECT_EQ(first.get("/healthz").status, 200U);
  EXPECT_EQ(second.get("/healthz").status, 200U);
  HttpClient third(endpoint_);
  EXPECT_EQ(third.get("/healthz").status, 200U);
  EXPECT_TRUE(first.closed_by_server());
  EXPECT_EQ(second.get("/healthz").status, 200U);
}

TEST_F(HttpServerTest, AnAnswerThatHasJustBegunIsNotDisturbed) {
  HttpLimits limits;
  limits.connections = 1;
  limits.undisturbed = std::chrono::hours(1);
  std::promise<void> asked;
  serve(
      [&asked] {
        asked.set_value();
        return endless_snapshot();
      },
      limits);
  HttpClient busy(endpoint_);
  busy.send("GET /metrics HTTP/1.1\r\nHost: t\r\n\r\n");
  asked.get_future().wait();
  HttpClient late(endpoint_);
  EXPECT_EQ(late.get("/healthz").status, 0U);
  EXPECT_GT(busy.receive().body.size(), 32'000'000U);
}

TEST_F(HttpServerTest, SlowRequestsMakeRoomTheOldestFirst) {
  HttpLimits limits;
  limits.connections = 4;
  limits.read = std::chrono::hours(1);
  serve(ready_snapshot, limits);
  std::vector<std::unique_ptr<HttpClient>> slow;
  for (int i = 0; i < 100; ++i) {
    slow.push_back(std::make_unique<HttpClient>(endpoint_));
    slow.back()->send("GET /healthz HTT");
  }
  EXPECT_EQ(HttpClient(endpoint_).get("/healthz").status, 200U);
  EXPECT_TRUE(slow.front()->closed_by_server());
  // Those that came last have their time.
  slow.back()->send("P/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(slow.back()->receive().status, 200U);
}

TEST_F(HttpServerTest, ClientsThatDoNotReadMakeRoom) {
  HttpLimits limits;
  limits.connections = 1;
  limits.undisturbed = milliseconds(0);
  limits.write = std::chrono::hours(1);
  serve(endless_snapshot, limits);
  HttpClient sleeper(endpoint_);
  sleeper.send("GET /metrics HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(HttpClient(endpoint_).get("/healthz").status, 200U);
}

TEST_F(HttpServerTest, UnreadAnswersTakeNoMoreThanTheirBound) {
  HttpLimits limits;
  limits.undisturbed = milliseconds(0);
  limits.write = std::chrono::hours(1);
  limits.unread = 100'000'000;
  serve(endless_snapshot, limits);
  std::vector<std::unique_ptr<HttpClient>> sleepers;
  for (int i = 0; i < 6; ++i) {  // of 32 MB and more each
    sleepers.push_back(std::make_unique<HttpClient>(endpoint_));
    sleepers.back()->send("GET /metrics HTTP/1.1\r\nHost: t\r\n\r\n");
    EXPECT_EQ(HttpClient(endpoint_).get("/healthz").status, 200U);
  }
  // The server cut the oldest answer off, and the youngest answer is whole.
  EXPECT_GT(sleepers.back()->receive().body.size(), 32'000'000U);
  EXPECT_LT(sleepers.front()->receive().body.size(), 32'000'000U);
}

TEST_F(HttpServerTest, AnAnswerForWhichThereIsNoRoomIsA503) {
  HttpLimits limits;
  limits.unread = 1'000'000;
  serve(endless_snapshot, limits);
  EXPECT_EQ(HttpClient(endpoint_).get("/metrics").status, 503U);
  EXPECT_EQ(HttpClient(endpoint_).get("/healthz").status, 200U);
}

// 127.0.0.2 asks for little, and keeps its connection while 127.0.0.1 loses its own.
TEST_F(HttpServerTest, TheSourceWithTheMostConnectionsMakesRoom) {
  HttpLimits limits;
  limits.connections = 3;
  serve(ready_snapshot, limits);
  HttpClient modest(endpoint_, "127.0.0.2");
  EXPECT_EQ(modest.get("/healthz").status, 200U);
  std::vector<std::unique_ptr<HttpClient>> many;
  for (int i = 0; i < 10; ++i) {
    many.push_back(std::make_unique<HttpClient>(endpoint_));
    EXPECT_EQ(many.back()->get("/healthz").status, 200U);
  }
  EXPECT_EQ(modest.get("/healthz").status, 200U);
  EXPECT_EQ(many.back()->get("/healthz").status, 200U);
}

TEST_F(HttpServerTest, WhileTheLoopHangsItIsNotReadyAndSaysSo) {
  serve([] {
    Snapshot snapshot = ready_snapshot();
    snapshot.loop_hangs = true;
    snapshot.loop_age_seconds = 15.3;
    snapshot.ready = false;
    return snapshot;
  });
  HttpClient client(endpoint_);
  const HttpAnswer answer = client.get("/readyz");
  EXPECT_EQ(answer.status, 503U);
  EXPECT_EQ(answer.body, "not ready: the event loop has not come round for 15 s\n");
  EXPECT_EQ(client.get("/healthz").status, 200U);
  EXPECT_TRUE(has_text(client.get("/metrics").body, "tern_loop_age_seconds 15.3\n"));
}

TEST_F(HttpServerTest, ABusyPortIsNamedWithItsError) {
  serve();
  HttpServer other(ready_snapshot);
  auto listening = other.listen({"[::1]:0", endpoint_});
  ASSERT_FALSE(listening.ok());
  EXPECT_TRUE(begins_with(listening.error(),
                          "cannot listen on " + endpoint_ + ": Address already in use (errno 98)"));
  EXPECT_TRUE(other.endpoints().empty());
}

TEST_F(HttpServerTest, AnAddressThatIsNotOursIsAnError) {
  HttpServer server(ready_snapshot);
  auto listening = server.listen({"192.0.2.77:0"});
  ASSERT_FALSE(listening.ok());
  EXPECT_TRUE(has_text(listening.error(), "192.0.2.77:0: Cannot assign requested address"));
}

TEST_F(HttpServerTest, WhatIsNoEndpointIsAnError) {
  HttpServer server(ready_snapshot);
  for (const char* text :
       {"", "9179", "localhost:9179", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "127.0.0.1:1x",
        "::1:9179", "[127.0.0.1]:9179", "[::1]"}) {
    auto listening = server.listen({text});
    ASSERT_FALSE(listening.ok()) << text;
    EXPECT_TRUE(has_text(listening.error(), "expected ADDRESS:PORT")) << text;
  }
  auto twice = server.listen({"127.0.0.1:9", "127.0.0.1:9"});
  ASSERT_FALSE(twice.ok());
  EXPECT_TRUE(has_text(twice.error(), "listed twice"));
}

TEST_F(HttpServerTest, ListeningAgainLeavesWhatStaysAlone) {
  HttpServer server(ready_snapshot);
  ASSERT_TRUE(server.listen({"127.0.0.1:0", "[::1]:0"}).ok());
  const auto before = server.endpoints();
  ASSERT_EQ(before.size(), 2U);
  HttpClient kept(before[1]);
  EXPECT_EQ(kept.get("/healthz").status, 200U);
  ASSERT_TRUE(server.listen({"[::1]:0", "127.0.0.2:0"}).ok());
  const auto after = server.endpoints();
  ASSERT_EQ(after.size(), 2U);
  EXPECT_EQ(after[0], before[1]);
  EXPECT_TRUE(begins_with(after[1], "127.0.0.2:"));
  EXPECT_EQ(kept.get("/healthz").status, 200U);
  EXPECT_EQ(HttpClient(after[1]).get("/healthz").status, 200U);
  EXPECT_FALSE(HttpClient(before[0]).connected());
}

TEST_F(HttpServerTest, AWildcardMayReplaceAnAddressOnTheSamePort) {
  std::string wildcard;
  std::string failure = "not tried";
  // Another program may have the same port at another address.
  for (int attempt = 0; attempt < 10 && !failure.empty(); ++attempt) {
    serve();
    wildcard = "0.0.0.0" + endpoint_.substr(endpoint_.rfind(':'));
    auto listening = server_->listen({wildcard});
    failure = listening.ok() ? "" : listening.error();
  }
  ASSERT_EQ(failure, "");
  EXPECT_EQ(server_->endpoints(), std::vector<std::string>{wildcard});
  EXPECT_EQ(HttpClient(endpoint_).get("/healthz").status, 200U);
}

TEST_F(HttpServerTest, AfterAnErrorItListensWhereItDid) {
  serve();
  HttpServer other(ready_snapshot);
  ASSERT_TRUE(other.listen({"127.0.0.1:0"}).ok());
  const std::string wildcard = "0.0.0.0" + endpoint_.substr(endpoint_.rfind(':'));
  EXPECT_FALSE(server_->listen({wildcard, other.endpoints().at(0)}).ok());
  EXPECT_EQ(server_->endpoints(), std::vector<std::string>{endpoint_});
  EXPECT_EQ(HttpClient(endpoint_).get("/metrics").status, 200U);
}

TEST_F(HttpServerTest, AnEmptyListStopsListening) {
  serve();
  ASSERT_TRUE(server_->listen({}).ok());
  EXPECT_TRUE(server_->endpoints().empty());
  EXPECT_FALSE(HttpClient(endpoint_).connected());
}

TEST_F(HttpServerTest, TwoServersLiveInOneProcessAndEndWhileAsked) {
  std::vector<std::thread> clients;
  {
    HttpServer other(ready_snapshot);
    serve();
    ASSERT_TRUE(other.listen({"127.0.0.1:0"}).ok());
    for (const std::string& endpoint : {endpoint_, other.endpoints().at(0)}) {
      clients.emplace_back([endpoint] {
        HttpClient client(endpoint);
        while (client.connected() && client.get("/metrics").status == 200) {
        }
      });
    }
    EXPECT_EQ(HttpClient(endpoint_).get("/healthz").status, 200U);
    EXPECT_EQ(HttpClient(other.endpoints().at(0)).get("/healthz").status, 200U);
  }
  server_.reset();
  for (std::thread& client : clients) client.join();
}

}  // namespace
}  // namespace tern::exporter
