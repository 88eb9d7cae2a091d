#include "tests/sim/network.h"

#include <algorithm>
#include <utility>

namespace tern::sim {

Network::Network(std::uint64_t seed, std::size_t hosts) : dice_(seed), hosts_(hosts) {}

bool Network::step(Time end) {
  if (agenda_.empty() || agenda_.begin()->first > end) {
    now_ = std::max(now_, end);
    return false;
  }
  auto next = agenda_.extract(agenda_.begin());
  now_ = std::max(now_, next.key());
  next.mapped()();
  return true;
}

void Network::run_until(Time end) {
  while (step(end)) {
  }
}

// ---- Connecting

std::shared_ptr<Socket> Network::connect(Host from, Host to, Socket::Handler& handler) {
  const auto socket = std::make_shared<Socket>(*this, from, to);
  socket->handler_ = &handler;
  after(latency(), [this, socket, since = now_] { knock(socket, since); });
  return socket;
}

void Network::knock(const std::shared_ptr<Socket>& from, Time since) {
  if (from->handler_ == nullptr) return;  // given up
  if (!reachable(from->local_, from->remote_)) {
    if (now_ - since > kConnectTimeout) return from->fail("timed out");
    return after(kRetry, [this, from, since] { knock(from, since); });
  }
  if (!hosts_[from->remote_].acceptor) return from->fail_later("refused");
  accept(from);
}

// The accepting end is connected one latency before the other end.
void Network::accept(const std::shared_ptr<Socket>& from) {
  const auto to = std::make_shared<Socket>(*this, from->remote_, from->local_);
  to->other_ = from;
  from->other_ = to;
  to->connected_ = true;
  after(latency(), [from, to] {
    from->connected_ = true;
    if (from->closed_) from->send_on();  // closed meanwhile: sends the end of the connection
    if (from->handler_ != nullptr) from->handler_->on_connected(*from);
  });
  hosts_[to->local_].acceptor(to);
  if (to->handler_ == nullptr) to->close();
}

// ---- Octets on their way

std::size_t Socket::write(std::span<const std::byte> octets) {
  if (!connected_ || closed_ || octets.empty()) return 0;
  const auto to = other_.lock();
  const std::size_t taken = on_the_way_.size() + (to ? to->arrived_.size() : 0);
  std::size_t count = std::min(octets.size(), kWindow - std::min(taken, kWindow));
  if (network_.partial_writes_ && count > 1 && network_.dice_.one_in(3)) {
    count = 1 + network_.dice_(count);
  }
  on_the_way_.insert(on_the_way_.end(), octets.begin(),
                     octets.begin() + static_cast<std::ptrdiff_t>(count));
  if (count < octets.size()) waits_writable_ = true;
  send_on();
  // A write that set_partial_writes() cut short finds room at once.
  if (waits_writable_ && taken + count < kWindow) {
    network_.after(std::chrono::milliseconds(1), [self = shared_from_this()] {
      if (!std::exchange(self->waits_writable_, false)) return;
      if (self->handler_ != nullptr) self->handler_->on_writable(*self);
    });
  }
  return count;
}

void Socket::send_on() {
  if (sending_ || (on_the_way_.empty() && !closed_)) return;
  sending_ = true;
  network_.after(network_.latency(), [self = shared_from_this()] {
    self->sending_ = false;
    self->arrive(1 + self->network_.dice_(std::max<std::size_t>(self->on_the_way_.size(), 1)));
  });
}

// `count` octets reach the other end. A dead other end answers with a reset.
void Socket::arrive(std::size_t count) {
  const auto self = shared_from_this();
  const auto to = other_.lock();
  if (gone_ || !to) return;
  if (!network_.reachable(local_, remote_) || !to->connected_) {
    sending_ = true;
    return network_.after(Network::kRetry, [self, count] {
      self->sending_ = false;
      self->arrive(count);
    });
  }
  if (to->gone_ || to->closed_) return fail_later("reset by the other end");
  count = std::min(count, on_the_way_.size());
  const bool lost = to->left_to_live_ != 0 && count >= to->left_to_live_ - 1;
  if (lost) count = to->left_to_live_ - 1;
  if (to->left_to_live_ != 0) to->left_to_live_ -= count;
  const auto end = on_the_way_.begin() + static_cast<std::ptrdiff_t>(count);
  to->arrived_.insert(to->arrived_.end(), on_the_way_.begin(), end);
  on_the_way_.erase(on_the_way_.begin(), end);
  if (closed_ && on_the_way_.empty()) to->ended_ = true;
  to->read();
  if (lost) {
    to->fail_later("reset");
    return fail_later("reset");
  }
  send_on();
}

void Socket::read() {
  if (handler_ == nullptr) return;
  if (paused_until_ > network_.now()) return;  // pause() calls again
  const bool had_octets = !arrived_.empty();
  rest_.insert(rest_.end(), arrived_.begin(), arrived_.end());
  arrived_.clear();
  const auto self = shared_from_this();
  if (had_octets) {
    const auto octets = std::exchange(rest_, {});
    const std::size_t used = handler_->on_octets(*this, octets);
    rest_.assign(octets.begin() + static_cast<std::ptrdiff_t>(used), octets.end());
  }
  if (const auto from = other_.lock(); from && had_octets && from->waits_writable_) {
    network_.after(network_.latency(), [from] {
      if (!std::exchange(from->waits_writable_, false)) return;
      if (from->handler_ != nullptr) from->handler_->on_writable(*from);
    });
  }
  if (ended_ && handler_ != nullptr) fail("closed by the neighbor");
}

void Socket::pause(Time until) {
  paused_until_ = until;
  network_.after(until - network_.now(), [self = shared_from_this()] { self->read(); });
}

// ---- The end

void Socket::close() {
  handler_ = nullptr;
  closed_ = true;
  if (connected_) send_on();
}

void Socket::die(bool silent) {
  handler_ = nullptr;
  closed_ = gone_ = true;
  on_the_way_.clear();
  const auto to = other_.lock();
  if (!to || silent) return;
  // Behind a partition, the other end notices when it sends its next octets.
  if (network_.reachable(local_, remote_)) to->fail_later("reset");
}

void Socket::fail_later(const std::string& why) {
  network_.after(network_.latency(), [self = shared_from_this(), why] { self->fail(why); });
}

void Socket::fail(const std::string& why) {
  Handler* const handler = std::exchange(handler_, nullptr);
  connected_ = false;
  closed_ = gone_ = true;
  if (handler != nullptr) handler->on_failed(*this, why);
}

}  // namespace tern::sim
