// RouteSocket and the kernel of this machine, in a network namespace of the test.
#include "bgpd/kernel/route_socket.h"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

#include "tests/unit/kernel/installer_lab.h"

namespace tern::kernel {
namespace {

// Adds `count` blackholes from 10.0.0.0/32 on.
std::vector<fib::Change> blackholes(fib::Targets& targets, std::uint32_t count) {
  fib::Hops blackhole;
  blackhole.blackhole = true;
  const fib::ValueId to = targets.add(blackhole);
  std::vector<fib::Change> changes;
  for (std::uint32_t i = 0; i < count; ++i) {
    changes.push_back({fib::Change::Action::Add, Prefix(IpAddress::v4(0x0A000000U + i), 32), to});
  }
  return changes;
}

// The messages of the changes have more octets than the buffer of the socket.
TEST(RouteSocket, ChangesThatAreTooLargeTogetherGoInParts) {
  constexpr std::uint32_t kRoutes = 45'000;  // of 52 octets each; the send buffer has 2 MiB
  test::in_namespace([&] {
    fib::Targets targets;
    std::vector<fib::Change> changes = blackholes(targets, kRoutes);
    changes.back() = changes.front();  // the kernel refuses the second one
    auto socket = RouteSocket::open();
    ASSERT_TRUE(socket);
    std::vector<std::optional<int>> outcomes;
    ASSERT_TRUE(socket->change(changes, targets, Place{}, outcomes)) << std::strerror(errno);
    ASSERT_EQ(outcomes.size(), kRoutes);
    for (std::uint32_t i = 0; i + 1 < kRoutes; ++i) ASSERT_EQ(outcomes[i], 0) << i;
    EXPECT_EQ(outcomes.back(), EEXIST);
    std::uint32_t found = 0;
    const auto count = [&found](const ShownRoute&) { ++found; };
    EXPECT_EQ(socket->for_each(IpVersion::V4, Place{}, count), RouteSocket::Dump::Whole);
    EXPECT_EQ(found, kRoutes - 1);
  });
}

// The kernel stops in the middle of a dump when it has no memory. Here the reader stops: the dump
// does not end either, and the kernel refuses the next one with EBUSY.
TEST(RouteSocket, ADumpThatStoppedDoesNotHinderTheNext) {
  constexpr std::uint32_t kRoutes = 20'000;  // many times the 32 KiB of one answer
  test::in_namespace([&] {
    fib::Targets targets;
    auto socket = RouteSocket::open();
    ASSERT_TRUE(socket);
    std::vector<std::optional<int>> outcomes;
    ASSERT_TRUE(socket->change(blackholes(targets, kRoutes), targets, Place{}, outcomes));
    struct Stopped {};
    const auto stop = [](const ShownRoute&) { throw Stopped(); };
    EXPECT_THROW((void)socket->for_each(IpVersion::V4, Place{}, stop), Stopped);
    std::uint32_t found = 0;
    const auto count = [&found](const ShownRoute&) { ++found; };
    EXPECT_EQ(socket->for_each(IpVersion::V4, Place{}, count), RouteSocket::Dump::Whole)
        << std::strerror(errno);
    EXPECT_EQ(found, kRoutes);
  });
}

}  // namespace
}  // namespace tern::kernel
