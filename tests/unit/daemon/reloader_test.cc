// Reloads of a file of many prefix sets: ConfigThread reads the file, compares the configuration
// with the running one, and frees the old one.
#include "bgpd/daemon/reloader.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "bgpd/api/control.pb.h"
#include "bgpd/daemon/compose.h"
#include "tests/unit/base/comes_true.h"
#include "tests/unit/session/on_loop.h"
#include "tests/unit/types/folder.h"

namespace tern::daemon {
namespace {

using Reload = std::shared_ptr<api::proto::ReloadResult>;

constexpr int kMembers = 40;
constexpr int kEntries = 500;  // of each

// Every member has a prefix set; the set of `changed` has one prefix more.
std::string configuration(int changed, int members = kMembers) {
  std::string text = "router: { asn: 64512, id: 10.0.0.1, listen: [] }\nprefix_sets:\n";
  for (int member = 0; member < members; ++member) {
    text += "  set-" + std::to_string(member) + ":\n    prefixes:\n";
    for (int i = 0; i < kEntries; ++i) {
      text += "      - 10." + std::to_string(member) + '.' + std::to_string(i / 2) + '.' +
              std::to_string(i % 2 * 128) + "/25\n";
    }
    if (member == changed) text += "      - 198.18.0.0/15\n";
  }
  text += "policies:\n";
  for (int member = 0; member < members; ++member) {
    const std::string number = std::to_string(member);
    text += "  in-" + number + ": { terms: [{ match: { prefix_sets: [set-" + number +
            "] }, accept: {} }] }\n";
  }
  text += "peers:\n";
  for (int member = 0; member < members; ++member) {
    const std::string number = std::to_string(member);
    text += "  - { address: 127.0.9." + std::to_string(member + 1) +
            ", asn: " + std::to_string(64600 + member) + ", passive: true, import: [in-" + number +
            "], export: [] }\n";
  }
  return text;
}

class ReloaderTest : public testing::Test {
 protected:
  ReloaderTest() {
    ::setenv("STATE_DIRECTORY", folder_.path().c_str(), 1);
    write(configuration(-1));
    auto first = conf::load_file(file());
    EXPECT_TRUE(first.ok());
    speaker_ = std::make_unique<session::Speaker>(loop_, session::SpeakerThreads{});
    EXPECT_TRUE(speaker_->apply(session::plan(nullptr, compose(**first))).ok());
    reloader_ = std::make_unique<Reloader>(
        config_thread_, loop_, *speaker_, manager_, *first, facts_,
        [this](const Reading& reading, std::function<void()> done) -> std::optional<std::string> {
          ++taken_;
          if (!failure_.empty()) return failure_;
          EXPECT_TRUE(speaker_->apply(reading.plan, std::move(done)).ok());
          changed_ = 0;
          for (const auto& [who, listed] : reading.plan->listed) {
            changed_ += listed.change.any ? 1 : 0;
          }
          return std::nullopt;
        });
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~ReloaderTest() override {
    loop_.stop();
    thread_.join();
    reloader_.reset();
    speaker_.reset();
  }

  [[nodiscard]] std::string file() const { return folder_.path("ternd.yml"); }
  void write(const std::string& text) const { folder_.write("ternd.yml", text); }

  std::future<Reload> ask(bool check_only, bool confirmed = false) {
    auto answer = std::make_shared<std::promise<Reload>>();
    auto future = answer->get_future();
    loop_.post([this, check_only, confirmed, answer] {
      api::proto::ReloadRequest request;
      request.set_check_only(check_only);
      request.set_confirmed(confirmed);
      reloader_->reload(request, [answer](Reload result) { answer->set_value(std::move(result)); });
    });
    return future;
  }
  Reload reload() { return ask(false).get(); }

  template <typename Fn>
  auto on_loop(Fn&& fn) {
    return session::on_loop(loop_, std::forward<Fn>(fn));
  }

  Folder folder_;
  session::Loop loop_;
  std::unique_ptr<session::Speaker> speaker_;
  const ServiceManager manager_{"", std::nullopt};
  api::DaemonFacts facts_;
  ConfigThread config_thread_;
  std::unique_ptr<Reloader> reloader_;
  std::string failure_;  // that Take returns
  std::atomic<int> taken_{0};
  std::atomic<int> changed_{0};  // neighbors that the last plan changes
  std::thread thread_;
};

TEST_F(ReloaderTest, OnlyTheMemberWhoseSetChangedChanges) {
  write(configuration(7));
  const Reload result = reload();
  EXPECT_TRUE(result->ok());
  EXPECT_EQ(changed_, 1);
  EXPECT_EQ(result->changes_size(), 2) << "the set and the policy that uses it";
  (void)reload();
  EXPECT_EQ(changed_, 0);
  EXPECT_EQ(on_loop([this] { return facts_.config_generation; }), 3U);
}

TEST_F(ReloaderTest, TheLoopTurnsWhileAFileIsRead) {
  // A chain of events, one a turn, ends with the answer. If the loop read the file, the chain would
  // have four turns: one for the request, and three for the tasks that the threads post.
  int turns = 0;
  bool answered = false;
  std::promise<int> counted;
  std::function<void()> turn = [&] {
    ++turns;
    if (answered) return counted.set_value(turns);
    loop_.post(turn);
  };
  loop_.post([&] {
    api::proto::ReloadRequest request;
    request.set_check_only(true);
    reloader_->reload(request, [&](const Reload&) { answered = true; });
    turn();
  });
  EXPECT_GT(counted.get_future().get(), 50);
  EXPECT_EQ(taken_, 0);
}

TEST_F(ReloaderTest, RequestsOfOneKindThatWaitGetTheSameAnswer) {
  std::vector<std::future<Reload>> checks;
  for (int i = 0; i < 5; ++i) checks.push_back(ask(true));
  std::vector<Reload> results;
  for (auto& check : checks) results.push_back(check.get());
  // The first check was under way when the other checks came.
  EXPECT_NE(results[0], results[1]);
  for (std::size_t i = 2; i < results.size(); ++i) EXPECT_EQ(results[i], results[1]);
}

TEST_F(ReloaderTest, ABadFileChangesNothing) {
  write("router: {}\n");
  EXPECT_GE(ask(true).get()->errors_size(), 2);
  EXPECT_EQ(on_loop([this] { return facts_.reload_note; }), "") << "a check is no reload";
  const Reload result = reload();
  EXPECT_FALSE(result->ok());
  EXPECT_EQ(taken_, 0);
  EXPECT_FALSE(on_loop([this] { return facts_.last_reload_ok; }));
  EXPECT_EQ(on_loop([this] { return speaker_->peers().size(); }), std::size_t{kMembers});
}

TEST_F(ReloaderTest, ARefusedTakeLeavesTheRunningConfiguration) {
  failure_ = "router.listen: no";
  write(configuration(7));
  const Reload result = reload();
  EXPECT_FALSE(result->ok());
  EXPECT_EQ(result->errors(0), "router.listen: no");
  EXPECT_EQ(result->changes_size(), 0);
  failure_.clear();
  EXPECT_TRUE(reload()->ok());
  EXPECT_EQ(changed_, 1);
}

TEST_F(ReloaderTest, ManyRemovalsNeedAYes) {
  write(configuration(-1, 3));
  const Reload result = reload();
  EXPECT_EQ(result->doubt(), "removes 37 of 40 neighbors");
  EXPECT_EQ(taken_, 0);
  EXPECT_TRUE(ask(false, true).get()->ok());
  EXPECT_EQ(taken_, 1);
}

TEST_F(ReloaderTest, ANeighborOfARangeThatIsListedNowIsNotRemoved) {
  write(
      "router: { asn: 64512, id: 10.0.0.1, listen: [] }\n"
      "groups: { members: { import: [], export: [] } }\n"
      "dynamic_peers: [{ prefix: 127.0.9.0/24, group: members }]\n");
  const auto before = conf::load_file(file());
  ASSERT_TRUE(before.ok());
  Running running{*before, nullptr, {}};
  for (std::uint32_t i = 1; i <= 6; ++i) {
    running.dynamic_neighbors.push_back(IpAddress::v4(0x7F000900U + i));
  }
  write(configuration(-1, 6));
  EXPECT_EQ(read_configuration(running).doubt, "");
  write(configuration(-1, 2));
  EXPECT_EQ(read_configuration(running).doubt, "removes 4 of 6 neighbors");
}

TEST_F(ReloaderTest, AReloadFreesThePoliciesAndSettingsItReplaces) {
  std::vector<std::weak_ptr<const policy::Program>> replaced;
  std::vector<std::weak_ptr<const session::SpeakerSettings>> settings;
  std::weak_ptr<const policy::Program> unchanged;
  for (int round = 0; round < 4; ++round) {
    on_loop([&] {
      const conf::Config& config = reloader_->config();
      replaced.push_back(config.policies.find("in-" + std::to_string(round)));
      settings.push_back(speaker_->running());
      unchanged = config.policies.find("in-20");
    });
    write(configuration(round));
    EXPECT_TRUE(reload()->ok());
  }
  const auto alive = [](const auto& list) {
    return std::ranges::count_if(list, [](const auto& one) { return !one.expired(); });
  };
  // ConfigThread frees them behind the answer.
  EXPECT_TRUE(comes_true([&] { return alive(replaced) == 0 && alive(settings) == 0; }));
  EXPECT_FALSE(unchanged.expired()) << "a policy that did not change is shared";
  EXPECT_EQ(unchanged.lock(),
            on_loop([this] { return reloader_->config().policies.find("in-20"); }));
}

TEST_F(ReloaderTest, ASignalWaitsForFilesThatStandStill) {
  std::filesystem::remove(file());  // a file that goes has changed
  loop_.post([this] { reloader_->hang_up(); });
  EXPECT_TRUE(comes_true([&] { return !on_loop([this] { return facts_.reload_note; }).empty(); }));
  EXPECT_EQ(taken_, 0);
  // A reload that a client asks for does not wait, and takes over the changes that the signal's
  // reload waited for.
  write(configuration(7));
  EXPECT_TRUE(reload()->ok());
  EXPECT_EQ(taken_, 1);
  EXPECT_EQ(on_loop([this] { return facts_.reload_note; }), "");
}

}  // namespace
}  // namespace tern::daemon
