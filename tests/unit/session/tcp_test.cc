// What a socket of a session is prepared with. On loopback, with a neighbor that reads nothing.
#include "bgpd/session/tcp.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string_view>
#include <vector>

namespace tern::session {
namespace {

class TcpPair : public testing::Test {
 protected:
  void SetUp() override {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    ASSERT_EQ(::bind(listener, generic, length), 0);
    ASSERT_EQ(::listen(listener, 1), 0);
    ASSERT_EQ(::getsockname(listener, generic, &length), 0);
    ours = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(::connect(ours, generic, length), 0);
    theirs = ::accept(listener, nullptr, nullptr);
    ASSERT_GE(theirs, 0);
    ::close(listener);
  }
  void TearDown() override {
    ::close(ours);
    ::close(theirs);
  }

  int ours = -1;
  int theirs = -1;
};

TEST_F(TcpPair, FewOctetsWaitUnsent) {
  const int much = 8 * 1024 * 1024;
  ::setsockopt(ours, SOL_SOCKET, SO_SNDBUF, &much, sizeof much);
  bound_unsent(ours);
  const std::vector<char> octets(64 * 1024);
  while (::send(ours, octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
  }
  int unsent = 0;
  ASSERT_EQ(::ioctl(ours, SIOCOUTQNSD, &unsent), 0);
  EXPECT_GT(unsent, 0);
  EXPECT_LE(unsent, (128 + 2 * 64) * 1024);  // the kernel looks before each piece
}

TEST_F(TcpPair, LeavesBbr) {
  constexpr std::string_view kBbr = "bbr";
  if (::setsockopt(ours, IPPROTO_TCP, TCP_CONGESTION, kBbr.data(), kBbr.size()) != 0) {
    GTEST_SKIP() << "the kernel has no BBR";
  }
  EXPECT_TRUE(uses_bbr(ours));
  leave_bbr(ours);
  EXPECT_FALSE(uses_bbr(ours));
}

}  // namespace
}  // namespace tern::session
