#include "tests/bench/load/session.h"

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

namespace tern::load {
namespace {

constexpr std::uint16_t kHoldTime = 240;                // seconds
constexpr std::size_t kSend = std::size_t{512} * 1024;  // at once; then others have their turn
constexpr std::size_t kSlack = 16;                      // readable behind the last octet

[[noreturn]] void fail(const char* what) {
  throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

// One for all sessions: what is left over after a read is kept by the session.
std::array<std::uint8_t, Session::kRead + kMaxMessage + kSlack> buffer;

void set_flag(int socket, int level, int name) {
  const int on = 1;
  setsockopt(socket, level, name, &on, sizeof on);
}

}  // namespace

void Session::connect(int epoll, const sockaddr_in& target) {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) fail("socket");
  set_flag(socket_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
  set_flag(socket_, SOL_SOCKET, SO_REUSEADDR);
  set_flag(socket_, IPPROTO_TCP, TCP_NODELAY);
  sockaddr_in local{};
  local.sin_family = AF_INET;
  local.sin_addr.s_addr = htonl(speaker_.address);
  if (bind(socket_, reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) {
    fail("bind to the session's address");
  }
  epoll_ = epoll;
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT;
  event.data.u64 = number_;
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, socket_, &event) != 0) fail("epoll_ctl");
  wants_write_ = true;
  state_ = State::Connecting;
  ::connect(socket_, reinterpret_cast<const sockaddr*>(&target), sizeof target);  // told by epoll
}

void Session::adopt(int epoll, int socket) {
  close();
  socket_ = socket;
  epoll_ = epoll;
  set_flag(socket_, IPPROTO_TCP, TCP_NODELAY);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = number_;
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, socket_, &event) != 0) fail("epoll_ctl");
  wants_write_ = false;
  opened();
}

void Session::move_to(int epoll) {
  epoll_ctl(epoll_, EPOLL_CTL_DEL, socket_, nullptr);
  epoll_ = epoll;
  epoll_event event{};
  event.events = EPOLLIN | (wants_write_ ? EPOLLOUT : 0U);
  event.data.u64 = number_;
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, socket_, &event) != 0) fail("epoll_ctl");
}

void Session::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  state_ = State::Idle;
  queue_.clear();
  partial_.clear();
  refresh_ = false;
  received_.forget();
}

void Session::opened() {
  state_ = State::OpenSent;
  send_copy(open_message(speaker_, kHoldTime));
}

void Session::send(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return;
  queue_.push_back({bytes, nullptr});
  if (queue_.size() == 1) flush();
}

void Session::send_copy(std::span<const std::uint8_t> bytes) {
  auto owned = std::make_unique<Octets>(bytes.begin(), bytes.end());
  const std::span<const std::uint8_t> view(*owned);
  queue_.push_back({view, std::move(owned)});
  if (queue_.size() == 1) flush();
}

void Session::send_keepalive() {
  if (established() && queue_.empty()) send_copy(keepalive_message());
}

// One system call for the beginning of the queue: at most `most` octets. As sendmsg() returns.
ssize_t Session::send_some(std::size_t most) {
  std::array<iovec, 64> parts;
  std::size_t count = 0;
  for (const Chunk& chunk : queue_) {
    if (count == parts.size() || most == 0) break;
    const std::size_t octets = std::min(chunk.bytes.size(), most);
    // sendmsg() reads only.
    parts[count++] = {const_cast<std::uint8_t*>(chunk.bytes.data()), octets};
    most -= octets;
  }
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = count;
  return sendmsg(socket_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

// False only where the connection is broken; reading will tell of it too.
bool Session::flush() {
  std::size_t left = kSend;
  while (!queue_.empty() && left > 0) {
    const ssize_t sent = send_some(left);
    if (sent < 0) {
      if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
      break;
    }
    left -= static_cast<std::size_t>(sent);
    for (auto taken = static_cast<std::size_t>(sent); taken > 0;) {
      std::span<const std::uint8_t>& bytes = queue_.front().bytes;
      const std::size_t of_these = std::min(taken, bytes.size());
      bytes = bytes.subspan(of_these);
      taken -= of_these;
      if (bytes.empty()) queue_.pop_front();
    }
  }
  want_write(!queue_.empty());
  return true;
}

void Session::want_write(bool wanted) {
  if (wanted == wants_write_) return;
  wants_write_ = wanted;
  epoll_event event{};
  event.events = EPOLLIN | (wanted ? EPOLLOUT : 0U);
  event.data.u64 = number_;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, socket_, &event);
}

bool Session::writable() {
  if (state_ == State::Connecting) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
      close();
      return false;
    }
    opened();
    return true;
  }
  if (state_ == State::Idle || flush()) return true;
  close();
  return false;
}

bool Session::readable(const Watch& watch) {
  std::uint8_t* const start = buffer.data();
  std::copy(partial_.begin(), partial_.end(), start);
  const std::size_t most = watch.stamps ? kTimedRead : kRead;
  const ssize_t got = recv(socket_, start + partial_.size(), most, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return true;
  if (got <= 0) {
    close();
    return false;
  }
  // Some daemons wait for our acknowledgement before they send the next small UPDATE.
  if (watch.stamps) set_flag(socket_, IPPROTO_TCP, TCP_QUICKACK);
  received_.octets += static_cast<std::uint64_t>(got);
  std::size_t left = partial_.size() + static_cast<std::size_t>(got);
  const std::uint8_t* at = start;
  while (left >= kHeader) {
    const std::size_t length = read_u16(at + 16);
    if (length < kHeader || length > kMaxMessage) return close(), false;
    if (left < length) break;
    if (!message(at[18], at + kHeader, length - kHeader, watch)) return close(), false;
    at += length;
    left -= length;
  }
  partial_.assign(at, at + left);
  return true;
}

bool Session::message(std::uint8_t type, const std::uint8_t* body, std::size_t length,
                      const Watch& watch) {
  switch (type) {
    case kUpdate:
      if (watch.relay) relayed_.insert(relayed_.end(), body - kHeader, body + length);
      if (count_update(body, length, watch, received_)) return true;
      std::fprintf(stderr, "session %u: a malformed UPDATE\n", number_);
      return false;
    case kOpen:
      if (state_ != State::OpenSent) return false;
      state_ = State::OpenConfirm;
      send_copy(keepalive_message());
      return true;
    case kKeepalive:
      if (state_ == State::OpenConfirm) state_ = State::Established;
      return true;
    case kRouteRefresh:
      refresh_ = true;
      return true;
    case kNotification:
      std::fprintf(stderr, "session %u: NOTIFICATION %d/%d\n", number_, length > 0 ? body[0] : 0,
                   length > 1 ? body[1] : 0);
      return false;
    default:
      return false;
  }
}

}  // namespace tern::load
