#include "bgpd/api/server.h"

#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <set>

#include "bgpd/api/answer.h"
#include "bgpd/api/frame.h"

namespace tern::api {
namespace asio = boost::asio;
using Unix = asio::local::stream_protocol;

namespace {

constexpr std::size_t kMostClients = 64;

// Holds the slices of all answers to a share of the loop's time while there is work on routes.
class Pace {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Pace(const session::Speaker& speaker) : speaker_(speaker) {}

  // How long the next slice should wait.
  [[nodiscard]] Clock::duration wait() const {
    if (!speaker_.busy()) return {};
    return std::max(next_ - Clock::now(), Clock::duration{});
  }
  void spent(Clock::duration time) {
    constexpr int kShare = 32;
    next_ = Clock::now() + kShare * time;
  }

 private:
  const session::Speaker& speaker_;
  Clock::time_point next_;
};

// One client: a request at a time, its answer pulled as fast as the client reads.
class Client : public std::enable_shared_from_this<Client> {
 public:
  using Gone = std::function<void(const std::shared_ptr<Client>&)>;

  Client(Unix::socket socket, const Backend& backend, Pace& pace, Gone gone)
      : socket_(std::move(socket)),
        pause_(socket_.get_executor()),
        backend_(backend),
        pace_(pace),
        gone_(std::move(gone)) {}

  void start() { read(); }
  void close() {
    closed_ = true;
    pause_.cancel();
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

 private:
  void read() {
    socket_.async_read_some(
        asio::buffer(in_),
        [self = shared_from_this()](const boost::system::error_code& error, std::size_t size) {
          if (self->closed_) return;
          if (error) return self->finish();
          self->frames_.feed({self->in_.data(), size});
          self->next_request();
        });
  }

  void next_request() {
    const auto message = frames_.next();
    if (frames_.failed()) return finish();
    if (!message) return read();
    proto::Request request;
    if (!request.ParseFromArray(message->data(), static_cast<int>(message->size()))) {
      return finish();
    }
    backend_.speaker.recall_shards();
    answer_ = answer(backend_, request);
    step();  // short answers need not wait
  }

  void step_in_turn() {
    const Pace::Clock::duration wait = pace_.wait();
    if (wait == Pace::Clock::duration::zero()) return step();
    pause_.expires_after(wait);
    pause_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error) self->step_in_turn();
    });
  }

  // One slice of the answer.
  void step() {
    if (closed_) return;
    const Pace::Clock::time_point begin = Pace::Clock::now();
    backend_.speaker.recall_shards();
    proto::Response response;
    const Answer::Progress progress = answer_->next(response);
    if (progress == Answer::Progress::Done) {
      answer_.reset();
      response.set_last(true);
    }
    const bool whole = progress == Answer::Progress::Working || encode(response);
    pace_.spent(Pace::Clock::now() - begin);
    if (!whole) return finish();
    if (progress != Answer::Progress::Working) return write();
    asio::post(socket_.get_executor(), [self = shared_from_this()] { self->step_in_turn(); });
  }

  bool encode(const proto::Response& response) {
    out_.clear();
    return append_frame(response.SerializeAsString(), out_);
  }

  void write() {
    asio::async_write(
        socket_, asio::buffer(out_),
        [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
          if (self->closed_) return;
          if (error) return self->finish();
          if (self->answer_) return self->step_in_turn();
          self->next_request();
        });
  }

  void finish() {
    close();
    gone_(shared_from_this());
  }

  Unix::socket socket_;
  asio::steady_timer pause_;
  const Backend& backend_;
  Pace& pace_;
  Gone gone_;
  std::array<char, 4096> in_{};
  FrameReader frames_;
  std::string out_;
  std::unique_ptr<Answer> answer_;
  bool closed_ = false;
};

// Whether a daemon answers at the path.
bool alive(asio::io_context& context, const std::string& path) {
  Unix::socket probe(context);
  boost::system::error_code error;
  probe.connect(Unix::endpoint(path), error);
  return !error;
}

}  // namespace

class Server::Impl {
 public:
  Impl(session::Loop& loop, Backend backend)
      : context_(loop.context()),
        backend_(std::move(backend)),
        pace_(backend_.speaker),
        acceptor_(context_),
        pause_(context_) {}

  ~Impl() {
    for (const auto& client : clients_) client->close();
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    // Only the file this daemon made: another one may stand there by now.
    struct stat found {};
    if (!path_.empty() && ::lstat(path_.c_str(), &found) == 0 && found.st_ino == inode_) {
      ::unlink(path_.c_str());
    }
  }

  std::optional<std::string> listen(const std::string& path, unsigned mode) {
    sockaddr_un limit{};
    if (path.size() >= sizeof limit.sun_path) return path + ": longer than a unix socket may be";
    std::error_code ignored;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
    struct stat found {};
    if (::lstat(path.c_str(), &found) == 0) {
      if (!S_ISSOCK(found.st_mode)) return path + ": exists and is no socket";
      if (alive(context_, path)) return path + ": another ternd answers there";
      ::unlink(path.c_str());
    }
    boost::system::error_code error;
    acceptor_.open(Unix(), error);
    if (!error) acceptor_.bind(Unix::endpoint(path), error);
    if (error) return path + ": " + error.message();
    path_ = path;
    if (::lstat(path.c_str(), &found) == 0) inode_ = found.st_ino;
    if (auto failure = set_mode(mode)) return failure;
    acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) return path + ": " + error.message();
    accept();
    return std::nullopt;
  }

  [[nodiscard]] std::optional<std::string> set_mode(unsigned mode) const {
    if (::chmod(path_.c_str(), mode) == 0) return std::nullopt;
    return path_ + ": " + std::strerror(errno);
  }

 private:
  void accept() {
    acceptor_.async_accept([this](const boost::system::error_code& error, Unix::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error && clients_.size() < kMostClients) {
        auto client = std::make_shared<Client>(
            std::move(socket), backend_, pace_,
            [this](const std::shared_ptr<Client>& gone) { clients_.erase(gone); });
        clients_.insert(client);
        client->start();
      }
      if (!error) return accept();
      spdlog::error("control API: {}", error.message());
      pause_.expires_after(std::chrono::milliseconds(100));
      pause_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) accept();
      });
    });
  }

  asio::io_context& context_;
  const Backend backend_;
  Pace pace_;
  Unix::acceptor acceptor_;
  asio::steady_timer pause_;  // after a failed accept
  std::string path_;
  ino_t inode_ = 0;  // of the socket's file
  std::set<std::shared_ptr<Client>> clients_;
};

Server::Server(session::Loop& loop, Backend backend)
    : impl_(std::make_unique<Impl>(loop, std::move(backend))) {}
Server::~Server() = default;

std::optional<std::string> Server::listen(const std::string& path, unsigned mode) {
  return impl_->listen(path, mode);
}

std::optional<std::string> Server::set_mode(unsigned mode) { return impl_->set_mode(mode); }

}  // namespace tern::api
