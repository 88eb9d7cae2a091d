#include "bgpd/daemon/service_manager.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>

namespace tern::daemon {
namespace {

using std::chrono::microseconds;

// The socket that systemd listens on, with an abstract address of its own.
class Manager {
 public:
  Manager() : descriptor_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name_ = "@tern-test-" + std::to_string(::getpid());
    std::memcpy(address.sun_path + 1, name_.data() + 1, name_.size() - 1);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
    EXPECT_EQ(::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), size), 0);
  }
  ~Manager() { ::close(descriptor_); }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string hear() const {
    std::array<char, 256> text{};
    const ssize_t size = ::recv(descriptor_, text.data(), text.size(), 0);
    return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : "";
  }

 private:
  int descriptor_;
  std::string name_;
};

TEST(ServiceManager, HearsStates) {
  const Manager manager;
  const ServiceManager ours(manager.name(), std::nullopt);
  ours.notify("READY=1");
  EXPECT_EQ(manager.hear(), "READY=1");
  ours.reloading();
  EXPECT_EQ(manager.hear().rfind("RELOADING=1\nMONOTONIC_USEC=", 0), 0U);
  EXPECT_FALSE(ours.sign_of_life_every());
}

TEST(ServiceManager, ThatDoesNotReadHoldsUpNobody) {
  const Manager manager;
  const ServiceManager ours(manager.name(), std::nullopt);
  for (int i = 0; i < 10'000; ++i) ours.notify("WATCHDOG=1");
}

TEST(ServiceManager, IsToldTwiceInTheTimeItWaits) {
  const Manager manager;
  EXPECT_EQ(ServiceManager(manager.name(), microseconds(3000)).sign_of_life_every(),
            microseconds(1500));
}

TEST(ServiceManager, MayBeNobody) {
  const ServiceManager ours("", microseconds(3000));
  ours.notify("READY=1");
  EXPECT_FALSE(ours.sign_of_life_every());
  ServiceManager("/no/such/socket", std::nullopt).notify("READY=1");
  ServiceManager(std::string(200, 'x'), std::nullopt).notify("READY=1");
}

}  // namespace
}  // namespace tern::daemon
