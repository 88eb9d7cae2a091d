// The exporter's thread runs one io_context; listeners and sessions belong to that thread. Members
// called from other threads post their work to it and wait, so no mutex is needed.
#include "exporter/http_server.h"

#include <algorithm>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <future>
#include <map>
#include <system_error>
#include <thread>
#include <tuple>
#include <utility>

#include "exporter/http_listener.h"
#include "exporter/http_session.h"
#include "rib/base/named_thread.h"

namespace tern::exporter {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Listener = std::shared_ptr<HttpListener>;

// Two endpoints that cannot both be listened on: the same port, and one address covers the other.
[[nodiscard]] bool overlap(const tcp::endpoint& a, const tcp::endpoint& b) {
  return a.protocol() == b.protocol() && a.port() == b.port() &&
         (a.address() == b.address() || a.address().is_unspecified() ||
          b.address().is_unspecified());
}

// The source of a connection for the limit of connections: the address, of IPv6 the first 64 bits.
[[nodiscard]] asio::ip::address source_of(const tcp::socket& socket) {
  error_code ignored;
  const asio::ip::address address = socket.remote_endpoint(ignored).address();
  if (!address.is_v6()) return address;
  asio::ip::address_v6::bytes_type bytes = address.to_v6().to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  return asio::ip::address_v6(bytes);
}

// Parses all endpoints; or returns the first error.
[[nodiscard]] Result<std::vector<tcp::endpoint>, std::string> parse_endpoints(
    const std::vector<std::string>& names) {
  std::vector<tcp::endpoint> endpoints;
  for (const std::string& name : names) {
    auto endpoint = parse_endpoint(name);
    if (!endpoint) return std::move(endpoint.error());
    if (std::find(endpoints.begin(), endpoints.end(), *endpoint) != endpoints.end()) {
      return "endpoint " + name + " is listed twice";
    }
    endpoints.push_back(*endpoint);
  }
  return endpoints;
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(Collect collect, HttpLimits limits);
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  [[nodiscard]] Result<bool, std::string> listen(const std::vector<std::string>& names);
  [[nodiscard]] std::vector<std::string> endpoints();

 private:
  void start_thread();
  void run();

  // The functions below run on the exporter's thread.
  [[nodiscard]] Result<bool, std::string> replace_listeners(
      const std::vector<tcp::endpoint>& wanted);
  [[nodiscard]] Listener kept_listener(const tcp::endpoint& endpoint) const;
  // Opens the listener. Closes another listener that is not wanted any more if it is in the way,
  // and adds it to `moved`.
  [[nodiscard]] error_code open(HttpListener& listener, const std::vector<tcp::endpoint>& wanted,
                                std::vector<Listener>& moved);
  void accept_on(HttpListener& listener);
  void on_accept(tcp::socket socket);
  // False: no connection may be closed.
  [[nodiscard]] bool make_room();
  [[nodiscard]] bool make_room_for(std::size_t octets);
  [[nodiscard]] std::shared_ptr<HttpSession> slowest_answer() const;

  // Constant after construction.
  const Collect collect_;
  const HttpSession::MayAnswer may_answer_;
  const HttpLimits limits_;
  std::string thread_error_;

  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};

  // The exporter's thread only.
  std::vector<Listener> listeners_;
  struct Client {
    asio::ip::address source;
    std::weak_ptr<HttpSession> session;
  };
  std::vector<Client> clients_;  // at most HttpLimits::connections

  std::thread thread_;
};

HttpServer::Impl::Impl(Collect collect, HttpLimits limits)
    : collect_(std::move(collect)),
      may_answer_([this](std::size_t octets) { return make_room_for(octets); }),
      limits_(limits) {
  start_thread();
}

HttpServer::Impl::~Impl() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
}

void HttpServer::Impl::start_thread() {
  try {
    thread_ = rib::start_thread<std::thread>("tern-exporter", [this] { run(); });
  } catch (const std::system_error& fault) {
    thread_error_ = std::string("cannot start the exporter's thread: ") + fault.what();
  }
}

void HttpServer::Impl::run() {
  for (;;) {
    try {
      io_.run();
      return;
    } catch (const std::exception&) {
      // Out of memory for one answer: its connection ended with the handler; the others go on.
    }
  }
}

Result<bool, std::string> HttpServer::Impl::listen(const std::vector<std::string>& names) {
  if (!thread_error_.empty()) return thread_error_;
  try {
    auto wanted = parse_endpoints(names);
    if (!wanted) return std::move(wanted.error());
    std::packaged_task<Result<bool, std::string>()> task(
        [&] { return replace_listeners(*wanted); });
    auto done = task.get_future();
    asio::dispatch(io_, [&] { task(); });
    return done.get();
  } catch (const std::exception& fault) {
    return std::string("cannot listen: ") + fault.what();
  }
}

std::vector<std::string> HttpServer::Impl::endpoints() {
  if (!thread_error_.empty()) return {};
  try {
    std::packaged_task<std::vector<std::string>()> task([&] {
      std::vector<std::string> names;
      for (const Listener& listener : listeners_) names.push_back(to_string(listener->bound()));
      return names;
    });
    auto done = task.get_future();
    asio::dispatch(io_, [&] { task(); });
    return done.get();
  } catch (const std::exception&) {
    return {};
  }
}

Result<bool, std::string> HttpServer::Impl::replace_listeners(
    const std::vector<tcp::endpoint>& wanted) {
  std::vector<Listener> next;
  std::vector<Listener> opened;
  std::vector<Listener> moved;
  for (const tcp::endpoint& endpoint : wanted) {
    if (Listener kept = kept_listener(endpoint)) {
      next.push_back(std::move(kept));
      continue;
    }
    auto listener = std::make_shared<HttpListener>(io_, endpoint);
    if (const error_code error = open(*listener, wanted, moved)) {
      for (const Listener& new_one : opened) new_one->close();
      for (const Listener& old_one : moved) {
        if (!old_one->open()) accept_on(*old_one);
      }
      return listen_error(endpoint, error);
    }
    opened.push_back(listener);
    next.push_back(std::move(listener));
  }
  for (const Listener& old_one : listeners_) {
    if (std::find(next.begin(), next.end(), old_one) == next.end()) old_one->close();
  }
  for (const Listener& new_one : opened) accept_on(*new_one);
  listeners_ = std::move(next);
  return true;
}

Listener HttpServer::Impl::kept_listener(const tcp::endpoint& endpoint) const {
  const auto same = [&](const Listener& listener) { return listener->wanted() == endpoint; };
  const auto found = std::find_if(listeners_.begin(), listeners_.end(), same);
  return found == listeners_.end() ? nullptr : *found;
}

error_code HttpServer::Impl::open(HttpListener& listener, const std::vector<tcp::endpoint>& wanted,
                                  std::vector<Listener>& moved) {
  error_code error = listener.open();
  if (error != asio::error::address_in_use) return error;
  bool made_way = false;
  for (const Listener& old_one : listeners_) {
    const bool goes = std::find(wanted.begin(), wanted.end(), old_one->wanted()) == wanted.end();
    const bool closed = std::find(moved.begin(), moved.end(), old_one) != moved.end();
    if (!goes || closed || !overlap(old_one->bound(), listener.wanted())) continue;
    old_one->close();
    moved.push_back(old_one);
    made_way = true;
  }
  return made_way ? listener.open() : error;
}

void HttpServer::Impl::accept_on(HttpListener& listener) {
  listener.accept([this](tcp::socket socket) { on_accept(std::move(socket)); });
}

void HttpServer::Impl::on_accept(tcp::socket socket) {
  if (!make_room()) return;  // closes the socket
  error_code ignored;        // an answer in one write does not need it, but a small one gains
  socket.set_option(tcp::no_delay(true), ignored);
  const asio::ip::address source = source_of(socket);
  clients_.push_back(
      {source, HttpSession::start(std::move(socket), collect_, may_answer_, limits_)});
}

bool HttpServer::Impl::make_room() {
  using Phase = HttpSession::Phase;
  std::erase_if(clients_, [](const Client& client) { return client.session.expired(); });
  if (clients_.size() < limits_.connections) return true;
  std::map<asio::ip::address, std::ptrdiff_t> of_source;
  for (const Client& client : clients_) ++of_source[client.source];
  const auto now = std::chrono::steady_clock::now();
  std::shared_ptr<HttpSession> leaves;
  auto least = std::tuple(std::ptrdiff_t{}, Phase{}, now);
  for (const Client& client : clients_) {
    auto session = client.session.lock();
    const bool answered = session->phase() == Phase::Answering;
    if (answered && now - session->since() < limits_.undisturbed) continue;
    const auto rank = std::tuple(-of_source[client.source], session->phase(), session->since());
    if (leaves && rank >= least) continue;
    least = rank;
    leaves = std::move(session);
  }
  if (!leaves) return false;
  leaves->close();
  std::erase_if(clients_, [&](const Client& client) { return client.session.lock() == leaves; });
  return true;
}

bool HttpServer::Impl::make_room_for(std::size_t octets) {
  for (;;) {
    std::size_t unread = octets;
    for (const Client& client : clients_) {
      if (const auto session = client.session.lock()) unread += session->unread();
    }
    if (unread <= limits_.unread) return true;
    const auto slowest = slowest_answer();
    if (!slowest) return false;
    slowest->close();
  }
}

// Returns the session whose client has been reading for longest, among those that may be closed.
std::shared_ptr<HttpSession> HttpServer::Impl::slowest_answer() const {
  std::shared_ptr<HttpSession> slowest;
  const auto now = std::chrono::steady_clock::now();
  for (const Client& client : clients_) {
    auto session = client.session.lock();
    if (!session || session->unread() == 0) continue;
    if (now - session->since() < limits_.undisturbed) continue;
    if (!slowest || session->since() < slowest->since()) slowest = std::move(session);
  }
  return slowest;
}

HttpServer::HttpServer(Collect collect) : HttpServer(std::move(collect), HttpLimits{}) {}

HttpServer::HttpServer(Collect collect, HttpLimits limits)
    : impl_(std::make_unique<Impl>(std::move(collect), limits)) {}

HttpServer::~HttpServer() = default;

Result<bool, std::string> HttpServer::listen(const std::vector<std::string>& endpoints) {
  return impl_->listen(endpoints);
}

std::vector<std::string> HttpServer::endpoints() const { return impl_->endpoints(); }

}  // namespace tern::exporter
