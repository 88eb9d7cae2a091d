#include "rib/base/signals_blocked.h"

#include <gtest/gtest.h>

#include <thread>

namespace tern::rib {
namespace {

bool blocked(int signal) {
  sigset_t now;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &now);
  return ::sigismember(&now, signal) == 1;
}

TEST(SignalsBlocked, ForAThreadThatIsStartedMeanwhile) {
  ASSERT_FALSE(blocked(SIGTERM));
  bool in_the_thread = false;
  std::thread thread;
  {
    const SignalsBlocked while_it_starts;
    thread = std::thread([&in_the_thread] { in_the_thread = blocked(SIGTERM) && blocked(SIGHUP); });
  }
  EXPECT_FALSE(blocked(SIGTERM));
  thread.join();
  EXPECT_TRUE(in_the_thread);
}

}  // namespace
}  // namespace tern::rib
