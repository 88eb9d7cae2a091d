// RttWatch with files that are bad at the start or later, and good afterwards.
#include "bgpd/daemon/rtt_watch.h"

#include <gtest/gtest.h>

#include <boost/asio.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>
#include <utility>

#include "bgpd/daemon/compose.h"
#include "bgpd/session/costs.h"
#include "bgpd/session/settings_plan.h"
#include "conf/last_good.h"
#include "tests/unit/base/comes_true.h"
#include "tests/unit/session/on_loop.h"
#include "tests/unit/types/folder.h"

namespace tern::daemon {
namespace {

constexpr char kNetwork[] =
    "router: { asn: 65000, id: 10.0.0.1, listen: [] }\n"
    "egress:\n"
    "  pop: ams\n"
    "  pops: { ams: { latitude: 52, longitude: 4, code: 1 } }\n"
    "  metros: { berlin: { latitude: 52, longitude: 13, code: 1 } }\n"
    "  rtt_file: r\n"
    "  prefix_rtt_file: p\n";

class RttWatchTest : public testing::Test {
 protected:
  RttWatchTest() {
    ::setenv("STATE_DIRECTORY", folder_.path().c_str(), 1);
    const std::string path = folder_.path("ternd.yml");
    const conf::LastGood last_good(folder_.path(), path);
    EXPECT_FALSE(last_good.keep(conf::LastGood::Content::RoundTrips, file_, "ams,berlin,9\n", 1));
    folder_.write("r", "ams,nowhere,1\n");
    folder_.write("p", "ams,203.0.113.0/24,20\n");
    const auto config = conf::load_text(kNetwork, path, {&last_good});
    EXPECT_TRUE(config.ok());
    EXPECT_EQ((*config)->stale.size(), 1U);
    facts_.stale_files = {{(*config)->stale[0].name, (*config)->stale[0].text},
                          {folder_.path("router.key"), file_ + "outer.key: no such file"}};
    speaker_ = std::make_unique<session::Speaker>(loop_, session::SpeakerThreads{});
    EXPECT_TRUE(speaker_->apply(session::plan(nullptr, compose(**config))).ok());
    watch_ = std::make_unique<RttWatch>(config_thread_, loop_, *speaker_, facts_);
    watch_->apply(*config);
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~RttWatchTest() override {
    loop_.stop();
    thread_.join();
    config_thread_.stop();
    watch_.reset();
    speaker_.reset();
  }

  template <typename Fn>
  auto on_loop(Fn&& fn) {
    return session::on_loop(loop_, std::forward<Fn>(fn));
  }

  // To a prefix; kUnknownCost: none.
  EgressCost measured(const char* prefix) {
    return on_loop(
        [&] { return speaker_->egress_costs()->measured_to(*Prefix::parse(prefix), 0); });
  }

  Folder folder_;
  const std::string file_ = folder_.path("r");
  session::Loop loop_;
  ConfigThread config_thread_;
  api::DaemonFacts facts_;
  std::unique_ptr<session::Speaker> speaker_;
  std::unique_ptr<RttWatch> watch_;
  std::thread thread_;
};

// The path of the bad key begins with the path of rtt_file.
TEST_F(RttWatchTest, GoodContentEndsTheLineAboutTheFileAlone) {
  // Old when it comes: the watch may look at any time.
  const std::string restored = folder_.write("restored", "ams,berlin,11\n");
  std::filesystem::last_write_time(
      restored, std::filesystem::file_time_type::clock::now() - std::chrono::hours(48));
  std::filesystem::rename(restored, file_);
  ASSERT_TRUE(comes_true([&] { return on_loop([&] { return facts_.rtt_file.reads; }) > 0; }));
  const auto stale = on_loop([&] { return facts_.stale_files; });
  ASSERT_EQ(stale.size(), 1U);
  EXPECT_EQ(stale[0].name, folder_.path("router.key"));
  // A restored file is as old as its content.
  const auto rows = on_loop([&] { return speaker_->costs().rows(10, {0, 0, false}); });
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].latest, 11'000U);
  EXPECT_GE(rows[0].age, std::chrono::hours(48));
}

TEST_F(RttWatchTest, NewContentOfPrefixesIsTaken) {
  EXPECT_EQ(measured("203.0.113.0/24"), 20'000U);
  folder_.write("p", "ams,203.0.113.0/24,30\nams,203.0.113,1\n");
  ASSERT_TRUE(
      comes_true([&] { return on_loop([&] { return facts_.prefix_rtt_file.errors; }) > 0; }));
  EXPECT_EQ(measured("203.0.113.0/24"), 20'000U);
  const auto facts = on_loop([&] { return facts_.prefix_rtt_file; });
  EXPECT_EQ(facts.path, folder_.path("p"));
  EXPECT_EQ(facts.error, folder_.path("p") + ":2:1: expected a prefix, found '203.0.113'");
  // By half a millisecond no cost changes.
  folder_.write("p", "ams,203.0.113.0/24,20.4\nams,2001:db8::/32,30\n");
  ASSERT_TRUE(
      comes_true([&] { return on_loop([&] { return facts_.prefix_rtt_file.reads; }) > 0; }));
  EXPECT_EQ(measured("203.0.113.0/24"), 20'000U);
  EXPECT_EQ(measured("2001:db8::/48"), 30'000U);
  EXPECT_EQ(on_loop([&] { return facts_.prefix_rtt_file.error; }), "");
  const conf::LastGood last_good(folder_.path(), folder_.path("ternd.yml"));
  const auto kept = last_good.kept(conf::LastGood::Content::PrefixRoundTrips);
  ASSERT_TRUE(kept.ok());
  EXPECT_NE(kept->text.find("2001:db8::/32,30"), std::string::npos);
}

}  // namespace
}  // namespace tern::daemon
