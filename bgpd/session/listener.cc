#include "bgpd/session/listener.h"

#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <boost/asio.hpp>
#include <utility>

#include "bgpd/session/loop.h"

namespace tern::session {
namespace asio = boost::asio;
namespace {

// More than all neighbors that connect after a restart; the kernel cuts it to net.core.somaxconn.
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

// All protections are set before listen(), so no host connects without them.
Failure Listener::open(const Endpoint& endpoint, const std::string& device, const Keys& keys,
                       Refused& refused, std::shared_ptr<Acceptor>& opened) {
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
  if (!error) {
    if (auto failure = bind_to_device(socket.native_handle(), device)) return failure;
  }
  // The answer to a SYN has the listener's TTL, and a neighbor with GTSM requires 255 of it, too.
  if (!error) {
    if (auto failure = set_hops(socket.native_handle(), endpoint.address.is_v6(), answers)) {
      return failure;
    }
    keep_syns(socket.native_handle());
    for (const auto& [peers, key] : keys) set_key(endpoint, *opened, peers, key, refused);
  }
  if (!error) socket.bind(tcp, error);
  if (!error) socket.listen(kBacklog, error);
  if (!error) return std::nullopt;
  return "cannot listen on " + to_string(endpoint) + ": " + error.message();
}

void Listener::set_key(const Endpoint& endpoint, Acceptor& acceptor, const Prefix& peers,
                       const std::string& key, Refused& refused) {
  if (endpoint.address.is_v4() != peers.address().is_v4()) return;
  if (auto failure = set_md5(acceptor.socket.native_handle(), peers, key)) {
    refused.words.insert(std::move(*failure));
    refused.keys.insert(peers);
  }
}

Result<std::vector<std::string>, std::string> Listener::listen(
    const std::vector<Endpoint>& endpoints, const std::string& device, const Keys& keys) {
  std::map<Endpoint, std::shared_ptr<Acceptor>> next;
  std::vector<std::shared_ptr<Acceptor>> added;
  Refused refused;
  for (const Endpoint& endpoint : endpoints) {
    if (const auto present = acceptors_.find(endpoint); present != acceptors_.end()) {
      next.insert(*present);
      continue;
    }
    std::shared_ptr<Acceptor> opened;
    if (auto failure = open(endpoint, device, keys, refused, opened)) return *failure;
    if (next.emplace(endpoint, opened).second) added.push_back(opened);
  }
  for (auto& [endpoint, acceptor] : acceptors_) {
    if (next.contains(endpoint)) {
      change_keys(endpoint, *acceptor, keys, refused);
      continue;
    }
    boost::system::error_code ignored;
    acceptor->socket.close(ignored);
  }
  acceptors_ = std::move(next);
  keys_ = keys;
  refused_ = std::move(refused.keys);
  for (const auto& acceptor : added) accept(acceptor);
  return std::vector<std::string>(refused.words.begin(), refused.words.end());
}

void Listener::change_keys(const Endpoint& endpoint, Acceptor& acceptor, const Keys& keys,
                           Refused& refused) {
  for (const auto& [peers, key] : keys_) {
    if (!keys.contains(peers)) set_key(endpoint, acceptor, peers, {}, refused);
  }
  for (const auto& [peers, key] : keys) {
    if (!asks_for(peers, key)) set_key(endpoint, acceptor, peers, key, refused);
  }
}

bool Listener::asks_for(const Prefix& peers, const std::string& key) const {
  const auto found = keys_.find(peers);
  return found != keys_.end() && found->second == key && !refused_.contains(peers);
}

void Listener::accept(const std::shared_ptr<Acceptor>& acceptor) {
  acceptor->socket.async_wait(Tcp::acceptor::wait_read,
                              [this, acceptor](const boost::system::error_code& error) {
                                if (error || !acceptor->socket.is_open()) return;
                                if (accept_waiting(*acceptor) != Outcome::Failed) {
                                  return accept(acceptor);
                                }
                                // Most likely no descriptor is left: waits a moment.
                                acceptor->pause.expires_after(std::chrono::milliseconds(100));
                                acceptor->pause.async_wait([this, acceptor](const auto& cancelled) {
                                  if (!cancelled && acceptor->socket.is_open()) accept(acceptor);
                                });
                              });
}

Listener::Outcome Listener::accept_waiting(Acceptor& acceptor) {
  for (int i = 0; i < kAcceptsPerTurn && acceptor.socket.is_open(); ++i) {
    boost::system::error_code error;
    Tcp::socket socket = acceptor.socket.accept(error);
    if (!error) {
      accepted_(std::move(socket));
    } else if (error == asio::error::would_block) {
      return Outcome::NoneWaits;
    } else if (error != asio::error::connection_aborted && error != asio::error::interrupted) {
      if (failure_lines_.pass(steady_nanoseconds())) spdlog::error("accept: {}", error.message());
      return Outcome::Failed;
    }
  }
  return Outcome::SomeWait;
}

void Listener::accept_now() {
  const auto acceptors = acceptors_;
  for (const auto& [endpoint, acceptor] : acceptors) {
    // Bounded, because hosts may connect meanwhile.
    for (int i = 0; i < kBacklog / kAcceptsPerTurn; ++i) {
      if (accept_waiting(*acceptor) != Outcome::SomeWait) break;
    }
  }
}

void Listener::log_left_out(std::uint64_t now) {
  if (const auto count = failure_lines_.take_left_out(now)) {
    spdlog::error("accept: failed {} more times in a minute", count);
  }
}

}  // namespace tern::session
