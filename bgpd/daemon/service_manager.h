// What systemd wants to know of a service (sd_notify(3)): that it started, reloads and ends, and
// while it has a watchdog, that it lives. Where nobody asked, nothing is sent.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tern::daemon {

class ServiceManager {
 public:
  // From the environment: NOTIFY_SOCKET, and WATCHDOG_USEC where WATCHDOG_PID is ours.
  ServiceManager();
  // socket: a path, or one that begins with '@' for an abstract address; "" for nobody.
  ServiceManager(std::string socket, std::optional<std::chrono::microseconds> watchdog);
  ~ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  // "READY=1\nSTATUS=..."; one datagram. Never waits: what the manager has no room for is lost,
  // and a watchdog's sign of life is followed by the next.
  void notify(std::string_view state) const;
  void reloading() const;  // "RELOADING=1" and when, which systemd asks for since version 253

  // How often to say WATCHDOG=1: half of what the manager waits; none when it does not.
  [[nodiscard]] std::optional<std::chrono::microseconds> sign_of_life_every() const;

 private:
  const std::string socket_;
  const std::optional<std::chrono::microseconds> watchdog_;
  int descriptor_ = -1;
};

}  // namespace tern::daemon
