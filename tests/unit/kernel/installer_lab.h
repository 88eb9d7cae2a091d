// Runs installers and the kernel of this machine in a network namespace of the test. Needs root.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>

#include <array>
#include <cstdio>
#include <string>
#include <thread>
#include <utility>

#include "bgpd/kernel/installer.h"
#include "tests/unit/base/comes_true.h"

namespace tern::kernel::test {

// Runs a command of the shell. Returns its output.
inline std::string run(const std::string& command) {
  std::string output;
  FILE* const pipe = ::popen((command + " 2>&1").c_str(), "r");
  std::array<char, 256> line{};
  while (std::fgets(line.data(), line.size(), pipe) != nullptr) output += line.data();
  ::pclose(pipe);
  return output;
}

// Runs fn in a namespace with an interface `out`, 192.0.2.254/24 and 2001:db8:f::fe/64. A new
// thread enters the namespace.
template <typename Fn>
void in_namespace(Fn&& fn) {
  bool entered = false;
  std::thread thread([&] {
    if (::unshare(CLONE_NEWNET) != 0) return;
    entered = true;
    (void)run(
        "ip link set lo up; ip link add out type veth peer name far;"
        "ip link set far up; ip link set out up;"
        "ip address add 192.0.2.254/24 dev out;"
        "ip -6 address add 2001:db8:f::fe/64 dev out nodad");
    fn();
  });
  thread.join();
  ASSERT_TRUE(entered) << "network namespaces take root";
}

// Calls fn(installer, table) with an open installer. before: a command that runs first.
template <typename Fn>
void with_installer(const std::string& before, Fn&& fn, Place place = {}) {
  in_namespace([&] {
    if (!before.empty()) (void)run(before);
    Installer installer(place);
    ASSERT_TRUE(installer.open());
    fn(installer, installer.table());
  });
}
template <typename Fn>
void with_installer(Fn&& fn) {
  with_installer({}, std::forward<Fn>(fn));
}

// listens: reads notifications, too.
inline void work(Installer& installer, bool listens = true) {
  constexpr int kMostTurns = 1000;  // of 512 changes each
  for (int turns = 0; turns < kMostTurns; ++turns) {
    if (listens) (void)installer.listen();
    if (!installer.work()) return;
  }
  ADD_FAILURE() << "the installer always has more work: " << installer.take_error();
}

// Does the work that is due, and the work of the next second.
inline void work_for_a_second(Installer& installer) {
  work(installer);
  installer.every_second();
  work(installer);
}

// Works at each notification of the kernel: links take a while to be up.
template <typename Fn>
void work_until(Installer& installer, Fn&& done) {
  const auto works = [&] {
    if (done()) return true;
    pollfd monitor{installer.monitor(), POLLIN, 0};
    (void)::poll(&monitor, 1, 100);
    installer.every_second();
    work(installer);
    return false;
  };
  EXPECT_TRUE(comes_true(works)) << run("ip route show proto 179; ip -6 route show proto 179");
}

}  // namespace tern::kernel::test
