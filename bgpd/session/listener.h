// The sockets neighbours connect to. Internal to bgpd/session; loop thread only.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bgpd/session/tcp.h"

namespace tern::session {

class Listener {
 public:
  using Accepted = std::function<void(Tcp::socket socket)>;

  Listener(boost::asio::io_context& context, Accepted accepted);
  ~Listener();

  // Listens on exactly these. An endpoint that cannot be opened changes nothing.
  [[nodiscard]] Failure listen(const std::vector<Endpoint>& endpoints);
  // Sets exactly these MD5 keys (RFC 2385), by address or range; returns what the kernel refused.
  [[nodiscard]] std::vector<std::string> set_keys(const std::map<Prefix, std::string>& keys);

 private:
  struct Acceptor;
  [[nodiscard]] Failure open(const Endpoint& endpoint, std::shared_ptr<Acceptor>& opened);
  void accept(const std::shared_ptr<Acceptor>& acceptor);
  // False when accepting failed for a reason that will not go away at once.
  bool accept_waiting(Acceptor& acceptor);

  boost::asio::io_context& context_;
  Accepted accepted_;
  std::map<Endpoint, std::shared_ptr<Acceptor>> acceptors_;
  std::map<Prefix, std::string> keys_;
};

}  // namespace tern::session
