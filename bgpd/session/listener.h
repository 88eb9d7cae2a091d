// The sockets that neighbors connect to. Internal to bgpd/session; loop thread only.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "bgpd/session/log_limiter.h"
#include "bgpd/session/tcp.h"
#include "rib/types/result.h"

namespace tern::session {

class Listener {
 public:
  using Accepted = std::function<void(Tcp::socket socket)>;

  Listener(boost::asio::io_context& context, Accepted accepted);
  ~Listener();

  // MD5 keys (RFC 2385) by address or range.
  using Keys = std::map<Prefix, std::string>;

  // Listens on exactly these endpoints, on the device (Transport::device), with exactly these keys,
  // which are set before any host can connect. The device is the same in each call. If an endpoint
  // cannot be opened, returns an error and changes nothing. Otherwise returns a warning for each
  // key that the kernel refused.
  [[nodiscard]] Result<std::vector<std::string>, std::string> listen(
      const std::vector<Endpoint>& endpoints, const std::string& device, const Keys& keys);
  // Whether the kernel requires that key of connections from there.
  [[nodiscard]] bool asks_for(const Prefix& peers, const std::string& key) const;
  // Accepts all connections that wait now.
  void accept_now();
  // Logs how many lines about failures were left out. now: steady nanoseconds.
  void log_left_out(std::uint64_t now);

 private:
  struct Acceptor;
  struct Refused {
    std::set<Prefix> keys;
    std::set<std::string> words;
  };
  enum class Outcome : std::uint8_t {
    NoneWaits,
    SomeWait,
    Failed,  // for a reason that will last
  };
  [[nodiscard]] Failure open(const Endpoint& endpoint, const std::string& device, const Keys& keys,
                             Refused& refused, std::shared_ptr<Acceptor>& opened);
  static void set_key(const Endpoint& endpoint, Acceptor& acceptor, const Prefix& peers,
                      const std::string& key, Refused& refused);
  void change_keys(const Endpoint& endpoint, Acceptor& acceptor, const Keys& keys,
                   Refused& refused);
  void accept(const std::shared_ptr<Acceptor>& acceptor);
  Outcome accept_waiting(Acceptor& acceptor);

  boost::asio::io_context& context_;
  Accepted accepted_;
  std::map<Endpoint, std::shared_ptr<Acceptor>> acceptors_;
  Keys keys_;
  std::set<Prefix> refused_;  // keys that the kernel refused for some listener
  LogLimiter failure_lines_;
};

}  // namespace tern::session
