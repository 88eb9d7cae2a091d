#include "bgpd/session/listener.h"

#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <boost/asio.hpp>
#include <set>

namespace tern::session {
namespace asio = boost::asio;
namespace {

// More than any storm of neighbours after a restart; the kernel cuts it to net.core.somaxconn.
constexpr int kBacklog = 4096;
constexpr int kAcceptsPerTurn = 64;

}  // namespace

struct Listener::Acceptor {
  explicit Acceptor(asio::io_context& context) : socket(context), pause(context) {}
  Tcp::acceptor socket;
  asio::steady_timer pause;  // when the process has no descriptors left
};

Listener::Listener(asio::io_context& context, Accepted accepted)
    : context_(context), accepted_(std::move(accepted)) {}

Listener::~Listener() {
  for (auto& [endpoint, acceptor] : acceptors_) {
    acceptor->pause.cancel();
    boost::system::error_code ignored;
    acceptor->socket.close(ignored);
  }
}

Failure Listener::open(const Endpoint& endpoint, std::shared_ptr<Acceptor>& opened) {
  opened = std::make_shared<Acceptor>(context_);
  Tcp::acceptor& socket = opened->socket;
  const Tcp::endpoint tcp = to_tcp(endpoint.address, endpoint.port);
  Transport answers;
  answers.ttl = 255;
  boost::system::error_code error;
  socket.open(tcp.protocol(), error);
  if (!error) socket.set_option(asio::socket_base::reuse_address(true), error);
  if (!error && endpoint.address.is_v6()) socket.set_option(asio::ip::v6_only(true), error);
  if (!error) socket.non_blocking(true, error);
  // The answer to a SYN carries the listener's TTL, and a neighbour with GTSM wants 255 of it too.
  if (!error) {
    if (auto failure = set_hops(socket.native_handle(), endpoint.address.is_v6(), answers)) {
      return failure;
    }
  }
  if (!error) socket.bind(tcp, error);
  if (!error) socket.listen(kBacklog, error);
  for (const auto& [peers, key] : keys_) {
    if (error || endpoint.address.is_v4() != peers.address().is_v4()) continue;
    if (auto failure = set_md5(socket.native_handle(), peers, key)) return failure;
  }
  if (!error) return std::nullopt;
  return "cannot listen on " + to_string(endpoint) + ": " + error.message();
}

Failure Listener::listen(const std::vector<Endpoint>& endpoints) {
  std::map<Endpoint, std::shared_ptr<Acceptor>> next;
  std::vector<std::shared_ptr<Acceptor>> added;
  for (const Endpoint& endpoint : endpoints) {
    if (const auto present = acceptors_.find(endpoint); present != acceptors_.end()) {
      next.insert(*present);
      continue;
    }
    std::shared_ptr<Acceptor> opened;
    if (auto failure = open(endpoint, opened)) return failure;
    if (next.emplace(endpoint, opened).second) added.push_back(opened);
  }
  for (auto& [endpoint, acceptor] : acceptors_) {
    if (next.contains(endpoint)) continue;
    boost::system::error_code ignored;
    acceptor->socket.close(ignored);
  }
  acceptors_ = std::move(next);
  for (const auto& acceptor : added) accept(acceptor);
  return std::nullopt;
}

std::vector<std::string> Listener::set_keys(const std::map<Prefix, std::string>& keys) {
  std::set<std::string> refused;
  const auto set_everywhere = [&](const Prefix& peers, const std::string& key) {
    for (auto& [endpoint, acceptor] : acceptors_) {
      if (endpoint.address.is_v4() != peers.address().is_v4()) continue;
      if (auto failure = set_md5(acceptor->socket.native_handle(), peers, key)) {
        refused.insert(*failure);
      }
    }
  };
  for (const auto& [peers, key] : keys_) {
    if (!keys.contains(peers)) set_everywhere(peers, {});
  }
  for (const auto& [peers, key] : keys) {
    const auto present = keys_.find(peers);
    if (present == keys_.end() || present->second != key) set_everywhere(peers, key);
  }
  keys_ = keys;
  return {refused.begin(), refused.end()};
}

void Listener::accept(const std::shared_ptr<Acceptor>& acceptor) {
  acceptor->socket.async_wait(Tcp::acceptor::wait_read,
                              [this, acceptor](const boost::system::error_code& error) {
                                if (error || !acceptor->socket.is_open()) return;
                                if (accept_waiting(*acceptor)) return accept(acceptor);
                                // Most likely no descriptor is left: give it a moment.
                                acceptor->pause.expires_after(std::chrono::milliseconds(100));
                                acceptor->pause.async_wait([this, acceptor](const auto& cancelled) {
                                  if (!cancelled && acceptor->socket.is_open()) accept(acceptor);
                                });
                              });
}

bool Listener::accept_waiting(Acceptor& acceptor) {
  for (int i = 0; i < kAcceptsPerTurn && acceptor.socket.is_open(); ++i) {
    boost::system::error_code error;
    Tcp::socket socket = acceptor.socket.accept(error);
    if (!error) {
      accepted_(std::move(socket));
    } else if (error == asio::error::would_block) {
      return true;
    } else if (error != asio::error::connection_aborted && error != asio::error::interrupted) {
      spdlog::error("accept: {}", error.message());
      return false;
    }
  }
  return true;
}

}  // namespace tern::session
