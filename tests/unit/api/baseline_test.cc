// `show baseline`.
#include <gtest/gtest.h>

#include <filesystem>

#include "running_server.h"

namespace tern::api {
namespace {

class ApiBaseline : public RunningServer {
 protected:
  ~ApiBaseline() override {
    on_loop([this] { baseline_.reset(); });
    for (const char* const ending : {"", ".new"}) {
      std::filesystem::remove(folder_.path("baseline.bin") + ending);
    }
  }
  proto::Response ask(const std::string& wanted) {
    ApiClient client(socket_);
    EXPECT_TRUE(client.ask(request("baseline { " + wanted + " }")));
    return client.hear().value_or(proto::Response());
  }
};

TEST_F(ApiBaseline, WithoutTheSectionSaysSo) {
  serve();
  EXPECT_EQ(ask("").error(), "nothing is learnt (the section baseline of the configuration)");
}

TEST_F(ApiBaseline, HasTheNumbersAndAPrefix) {
  start_neighbours(false);
  keep_baseline();
  serve();
  announce(1, "193.0.0.0/21", {100, 3333});
  ASSERT_TRUE(settles([&] { return ask("").baseline().ripe() == 1; }));
  const proto::Baseline shown = ask("").baseline();
  EXPECT_EQ(shown.state(), "learning");
  EXPECT_EQ(shown.learnt(), 1U);
  EXPECT_EQ(shown.day_seconds(), 1U);
  EXPECT_GT(shown.bytes(), 0U);
  EXPECT_EQ(shown.prefixes_size(), 0);
  const proto::Baseline whole = ask("prefix: '193.0.0.0/21'").baseline();
  ASSERT_EQ(whole.prefixes_size(), 1);
  EXPECT_TRUE(whole.prefixes(0).ripe());
  EXPECT_FALSE(whole.prefixes(0).covering());
  ASSERT_EQ(whole.prefixes(0).origins_size(), 1);
  EXPECT_EQ(whole.prefixes(0).origins(0).asn(), 3333U);
  EXPECT_TRUE(whole.prefixes(0).origins(0).usual());
  EXPECT_EQ(whole.prefixes(0).upstreams(0).asn(), 100U);
  EXPECT_EQ(whole.prefixes(0).longest(), 3U);
  const proto::Baseline part = ask("prefix: '193.0.1.1'").baseline();
  ASSERT_EQ(part.prefixes_size(), 1);
  EXPECT_TRUE(part.prefixes(0).covering());
  EXPECT_EQ(ask("prefix: '192.0.2.0/24'").baseline().prefixes_size(), 0);
  EXPECT_EQ(ask("prefix: 'all'").error(), "'all' is neither a prefix nor an address");
  EXPECT_EQ(ask("prefix: 'a\\nb'").error(), "'a?b' is neither a prefix nor an address");
}

}  // namespace
}  // namespace tern::api
