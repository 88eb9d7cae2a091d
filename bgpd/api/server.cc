#include "bgpd/api/server.h"

#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <set>

#include "bgpd/api/answer.h"
#include "bgpd/api/frame.h"
#include "bgpd/api/lister.h"

namespace tern::api {
namespace asio = boost::asio;
using Unix = asio::local::stream_protocol;

namespace {

constexpr std::size_t kMostClients = 64;
constexpr std::chrono::minutes kPatience{10};

// One client: a request at a time, its answer pulled as fast as the client reads.
class Client : public std::enable_shared_from_this<Client> {
 public:
  using Gone = std::function<void(const std::shared_ptr<Client>&)>;

  Client(Unix::socket socket, const Backend& backend, Lister& lister, Gone gone)
      : socket_(std::move(socket)),
        executor_(socket_.get_executor()),
        patience_(executor_),
        backend_(backend),
        lister_(lister),
        gone_(std::move(gone)) {}

  void start() { read(); }
  // Requires that the lister does not work on it any more.
  void end() {
    close();
    answer_.reset();
    gone_ = nullptr;
  }

 private:
  void close() {
    closed_ = true;
    patience_.cancel();
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

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
    backend_.speaker.gather_shards();
    answer_ = answer(backend_, request);
    step();
  }

  // One slice of the answer.
  void step() {
    if (closed_) return;
    answer_->prepare();
    if (!answer_->beside()) {
      backend_.speaker.gather_shards();
      return made(make_slice());
    }
    listing_ = true;
    lister_.rest(backend_.speaker.busy());
    lister_.post([self = shared_from_this()]() mutable { list(std::move(self)); });
  }

  // The same on the lister's thread, which has the answer, and hands itself back with it.
  static void list(std::shared_ptr<Client> self) {
    const Answer::Progress progress = self->closed_ ? Answer::Progress::Done : self->make_slice();
    const asio::any_io_executor loop = self->executor_;  // the client may be gone before we are
    asio::post(loop, [self = std::move(self), progress] {
      self->listing_ = false;
      self->made(progress);
    });
  }

  Answer::Progress make_slice() {
    proto::Response response;
    const Answer::Progress progress = answer_->next(response);
    if (progress == Answer::Progress::Working) return progress;
    response.set_last(progress == Answer::Progress::Done);
    out_.clear();
    fits_ = append_frame(response.SerializeAsString(), out_);
    return progress;
  }

  void made(Answer::Progress progress) {
    if (progress == Answer::Progress::Done) answer_.reset();
    if (closed_ || !fits_) return finish();
    if (progress != Answer::Progress::Working) return write();
    asio::post(executor_, [self = shared_from_this()] { self->step(); });
  }

  // Who does not read holds a share of the table, and not for ever.
  void write() {
    patience_.expires_after(kPatience);
    patience_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error && !self->closed_) self->finish();
    });
    asio::async_write(
        socket_, asio::buffer(out_),
        [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
          if (self->closed_) return;
          self->patience_.cancel();
          if (error) return self->finish();
          if (self->answer_) return self->step();
          self->next_request();
        });
  }

  // Where the lister has the answer, when that comes back.
  void finish() {
    close();
    if (listing_) return;
    answer_.reset();
    if (gone_) gone_(shared_from_this());
  }

  Unix::socket socket_;
  const asio::any_io_executor executor_;  // of the loop
  asio::steady_timer patience_;
  const Backend& backend_;
  Lister& lister_;
  Gone gone_;
  std::array<char, 4096> in_{};
  FrameReader frames_;
  std::unique_ptr<Answer> answer_;
  bool listing_ = false;  // the lister has answer_, out_ and fits_
  std::string out_;       // the slice, framed
  bool fits_ = true;      // into a frame
  std::atomic<bool> closed_{false};
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
        acceptor_(context_),
        pause_(context_) {}

  ~Impl() {
    lister_.stop();
    for (const auto& client : clients_) client->end();
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
            std::move(socket), backend_, lister_,
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
  Unix::acceptor acceptor_;
  asio::steady_timer pause_;  // after a failed accept
  std::string path_;
  ino_t inode_ = 0;  // of the socket's file
  std::set<std::shared_ptr<Client>> clients_;
  Lister lister_;
};

Server::Server(session::Loop& loop, Backend backend)
    : impl_(std::make_unique<Impl>(loop, std::move(backend))) {}
Server::~Server() = default;

std::optional<std::string> Server::listen(const std::string& path, unsigned mode) {
  return impl_->listen(path, mode);
}

std::optional<std::string> Server::set_mode(unsigned mode) { return impl_->set_mode(mode); }

}  // namespace tern::api
