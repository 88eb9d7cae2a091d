#include "rib/base/named_thread.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

namespace tern::rib {
namespace {

TEST(NamedThread, HandsItsLabelOn) {
  EXPECT_EQ(thread_label(), "");
  std::string outer;
  std::string inner;
  std::thread thread = start_thread<std::thread>("tern-test", [&] {
    set_thread_label("partners");
    outer = thread_label();
    std::thread of_thread = start_thread<std::thread>("tern-test", [&] { inner = thread_label(); });
    of_thread.join();
  });
  thread.join();
  EXPECT_EQ(outer, "partners");
  EXPECT_EQ(inner, "partners");
  EXPECT_EQ(thread_label(), "") << "of the thread that started the first";
}

TEST(NamedThread, HasItsNameAndNoSignals) {
  std::array<char, 16> name{};
  bool blocked = false;
  std::atomic<bool> named{false};
  std::thread thread = start_thread<std::thread>("tern-test", [&] {
    while (!named) std::this_thread::yield();
    pthread_getname_np(pthread_self(), name.data(), name.size());
    sigset_t now;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &now);
    blocked = ::sigismember(&now, SIGTERM) == 1;
  });
  named = true;
  thread.join();
  EXPECT_STREQ(name.data(), "tern-test");
  EXPECT_TRUE(blocked);
}

}  // namespace
}  // namespace tern::rib
