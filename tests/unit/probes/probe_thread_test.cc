// The thread against hosts on loopback: a listening socket, a closed port, and Echo Requests where
// the kernel allows them.
#include "bgpd/probes/probe_thread.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>

#include "tests/unit/base/comes_true.h"

namespace tern::probes {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A TCP socket on 127.0.0.1 with a port of the kernel's choice.
class Port {
 public:
  explicit Port(bool listens) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    number_ = ntohs(address.sin_port);
    EXPECT_TRUE(!listens || ::listen(fd_, 16) == 0);
  }
  ~Port() { ::close(fd_); }
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;
  [[nodiscard]] std::uint16_t number() const { return number_; }

 private:
  const int fd_;
  std::uint16_t number_ = 0;
};

// Keeps the last publication of each place.
class Places {
 public:
  Published take() {
    return [this](const std::vector<session::ProbedPlace>& places) {
      const std::lock_guard lock(mutex_);
      for (const auto& place : places) places_[place.to] = place;
      change_.notify_all();
    };
  }
  // Waits for a probe to the place that ended.
  session::ProbedPlace wait_for(const std::string& to) {
    return wait_for(to, [](const session::ProbedPlace& place) { return place.recent > 0; });
  }
  // Waits for a round trip.
  session::ProbedPlace wait_for_answer(const std::string& to) {
    return wait_for(to,
                    [](const session::ProbedPlace& place) { return place.shortest.has_value(); });
  }

 private:
  template <typename Holds>
  session::ProbedPlace wait_for(const std::string& to, Holds holds) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(
        change_.wait_for(lock, std::chrono::seconds(30), [&] { return holds(places_[to]); }));
    return places_[to];
  }

  std::mutex mutex_;
  std::condition_variable change_;
  std::map<std::string, session::ProbedPlace> places_;
};

ProbeSettings settings(std::vector<TargetSettings> targets) {
  return {seconds(1), milliseconds(1000), std::move(targets)};
}

TargetSettings connection(const char* to, const char* address, std::uint16_t port) {
  return {to, to, *IpAddress::parse(address), Method::Tcp, port};
}

ProbeStatus::Target wait_for_state(const ProbeThread& thread) {
  ProbeStatus status;
  EXPECT_TRUE(comes_true([&] {
    status = thread.status();
    return !status.targets.empty() && status.targets[0].state != TargetState::Unknown;
  }));
  return status.targets.at(0);
}

TEST(ProbeThread, AnOpenAndARefusedConnectionAreRoundTrips) {
  const Port open(true);
  const Port closed(false);
  Places places;
  ProbeThread thread(places.take());
  thread.reconfigure(settings({connection("open", "127.0.0.1", open.number()),
                               connection("refused", "127.0.0.1", closed.number())}));
  for (const char* const to : {"open", "refused"}) {
    EXPECT_GT(places.wait_for_answer(to).shortest, 0U);
  }
}

// An address of 100::/64 is nobody's (RFC 6666).
TEST(ProbeThread, AnUnreachableHostIsALoss) {
  Places places;
  ProbeThread thread(places.take());
  thread.reconfigure(settings({connection("far", "100::1", 80)}));
  const ProbeStatus::Target target = wait_for_state(thread);
  if (target.state == TargetState::Failed) GTEST_SKIP() << "no IPv6: " << target.error;
  EXPECT_EQ(target.state, TargetState::Lost);
  const session::ProbedPlace place = places.wait_for("far");
  EXPECT_FALSE(place.shortest);
  EXPECT_EQ(place.recently_lost, place.recent);
}

TEST(ProbeThread, AnEchoIsARoundTripWhereTheKernelAllowsThem) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP);
  const int error = fd < 0 ? errno : 0;
  if (fd >= 0) ::close(fd);
  Places places;
  ProbeThread thread(places.take());
  thread.reconfigure(settings({{"host", "host", *IpAddress::parse("127.0.0.1"), Method::Icmp, 0}}));
  const ProbeStatus::Target target = wait_for_state(thread);
  if (error == EACCES) {
    EXPECT_EQ(target.state, TargetState::Failed);
    EXPECT_NE(target.error.find("net.ipv4.ping_group_range"), std::string::npos) << target.error;
  } else if (error == 0) {
    EXPECT_EQ(target.state, TargetState::Answered) << target.error;
  }
}

TEST(ProbeThread, ATargetThatIsGoneIsNotProbed) {
  const Port closed(false);
  Places places;
  ProbeThread thread(places.take());
  thread.reconfigure(settings({connection("a", "127.0.0.1", closed.number())}));
  (void)places.wait_for("a");
  thread.reconfigure(settings({}));
  ASSERT_TRUE(comes_true([&] { return thread.status().targets.empty(); }));
  thread.reconfigure(settings({connection("b", "127.0.0.1", closed.number())}));
  (void)places.wait_for("b");
  EXPECT_EQ(thread.status().targets.at(0).settings.name, "b");
}

}  // namespace
}  // namespace tern::probes
