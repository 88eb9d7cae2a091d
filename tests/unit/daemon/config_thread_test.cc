#include "bgpd/daemon/config_thread.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "tests/unit/base/comes_true.h"

namespace tern::daemon {
namespace {

policy::PolicySet policies() {
  policy::PolicySource policy;
  policy.name = "all";
  policy.terms.emplace_back().then = policy::TermSource::Then::Accept;
  policy::Sources sources;
  sources.policies.push_back(std::move(policy));
  return policy::compile(sources).value();
}

TEST(ConfigThread, WorkRunsInOrderOnOneThreadWithoutSignals) {
  ConfigThread thread;
  std::vector<int> order;
  std::vector<std::thread::id> ids;
  bool blocked = false;
  std::promise<void> done;
  for (int i = 0; i < 3; ++i) {
    thread.post([&, i] {
      order.push_back(i);
      ids.push_back(std::this_thread::get_id());
    });
  }
  thread.post([&] {
    sigset_t signals;
    pthread_sigmask(SIG_SETMASK, nullptr, &signals);
    blocked = sigismember(&signals, SIGTERM) == 1 && sigismember(&signals, SIGHUP) == 1;
    done.set_value();
  });
  done.get_future().wait();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(ids[0], ids[2]);
  EXPECT_NE(ids[0], std::this_thread::get_id());
  EXPECT_TRUE(blocked);
}

TEST(ConfigThread, TheThreadFreesWhatWorkHeld) {
  struct Freed {
    explicit Freed(std::promise<std::thread::id>& promise) : where(promise) {}
    ~Freed() { where.set_value(std::this_thread::get_id()); }
    std::promise<std::thread::id>& where;
  };
  std::promise<std::thread::id> where;
  ConfigThread thread;
  auto held = std::make_shared<Freed>(where);
  thread.post([held = std::move(held)] {});
  EXPECT_NE(where.get_future().get(), std::this_thread::get_id());
}

TEST(ConfigThread, ProgramsAreKeptUntilNoOtherThreadHasThem) {
  ConfigThread thread;
  policy::PolicySet set = policies();
  std::shared_ptr<const policy::Program> in_use = set.find("all");
  const std::weak_ptr<const policy::Program> seen = in_use;
  std::promise<void> kept;
  thread.post([&] {
    thread.keep_until_unused(std::move(set));
    kept.set_value();
  });
  kept.get_future().wait();
  EXPECT_FALSE(seen.expired());
  in_use.reset();
  // Only the thread has the program now, and looks at it again within a second, without other work.
  EXPECT_TRUE(comes_true([&] { return seen.expired(); }));
}

TEST(ConfigThread, TheEndWaitsForTheWorkUnderWay) {
  std::atomic<bool> ended{false};
  std::promise<void> begun;
  {
    ConfigThread thread;
    thread.post([&] {
      begun.set_value();
      std::this_thread::yield();
      ended = true;
    });
    begun.get_future().wait();
  }
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace tern::daemon
