#include "bgpd/session/timer.h"

#include <gtest/gtest.h>

#include <boost/asio.hpp>
#include <memory>

namespace tern::session {
namespace {

using std::chrono::seconds;

// Both waits are over when the loop looks, so the second cannot be cancelled any more.
TEST(Timer, DestroyedOrStoppedWhenItsWaitIsOverItDoesNotExpire) {
  for (const bool destroyed : {true, false}) {
    boost::asio::io_context context;
    bool expired = false;
    auto second = std::make_unique<Timer>(context, [&] { expired = true; });
    Timer first(context, [&] { destroyed ? second.reset() : second->stop(); });
    first.start(seconds(-2));
    second->start(seconds(-1));
    context.run();
    EXPECT_FALSE(expired) << destroyed;
  }
}

TEST(Timer, MayBeDestroyedByWhatItCalls) {
  boost::asio::io_context context;
  std::unique_ptr<Timer> timer;
  int calls = 0;
  const auto end = [&] {
    timer.reset();
    ++calls;
  };
  timer = std::make_unique<Timer>(context, end);
  timer->start(seconds(-1));
  context.run();
  EXPECT_EQ(calls, 1);
}

TEST(Timer, StartedAnewWhenItsWaitIsOverItExpiresOnceAndLater) {
  boost::asio::io_context context;
  int calls = 0;
  Timer second(context, [&] { ++calls; });
  Timer first(context, [&] { second.start(std::chrono::milliseconds(1)); });
  first.start(seconds(-2));
  second.start(seconds(-1));
  context.run();
  EXPECT_EQ(calls, 1);
}

TEST(Timer, ALaterStartReplacesAnEarlierOne) {
  boost::asio::io_context context;
  int calls = 0;
  Timer timer(context, [&] { ++calls; });
  timer.start(seconds(-1));
  const auto soon = Timer::Clock::now() + std::chrono::milliseconds(1);
  timer.start_at(soon);
  EXPECT_EQ(timer.deadline(), soon);
  context.run();
  EXPECT_EQ(calls, 1);
  EXPECT_GE(Timer::Clock::now(), soon);
}

}  // namespace
}  // namespace tern::session
