// The thread shares a WebhookState with the Webhooks, because it can outlive them: a look-up that
// hangs in getaddrinfo() cannot be waited for, and ends with the process.
#include "bgpd/events/webhooks.h"

#include <pthread.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "bgpd/events/webhook_state.h"
#include "rib/base/signals_blocked.h"

namespace tern::events {

class Webhooks::Impl {
 public:
  ~Impl() { end(); }
  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  // Null before the first webhook, and behind end().
  [[nodiscard]] std::shared_ptr<WebhookState> state() const {
    const std::lock_guard lock(mutex_);
    return state_;
  }
  [[nodiscard]] std::shared_ptr<WebhookState> begun() {
    const std::lock_guard lock(mutex_);
    if (!state_ && !ended_) begin();
    return state_;
  }
  void end();

 private:
  // The end of the thread, in two steps: the thread frees the state as the last one, because that
  // waits for a look-up, and then says that it is gone.
  struct End {
    std::mutex mutex;
    std::condition_variable changed;
    bool left_alone = false;  // nobody else has the state
    bool gone = false;
  };

  void begin();

  mutable std::mutex mutex_;
  std::shared_ptr<WebhookState> state_;
  bool ended_ = false;
  const std::shared_ptr<End> end_ = std::make_shared<End>();
  std::thread thread_;
};

void Webhooks::Impl::begin() {
  state_ = std::make_shared<WebhookState>();
  const rib::SignalsBlocked while_it_starts;
  thread_ = std::thread([state = state_, end = end_]() mutable {
    state->run();
    std::unique_lock lock(end->mutex);
    end->changed.wait(lock, [&end] { return end->left_alone; });
    lock.unlock();
    state = nullptr;
    lock.lock();
    end->gone = true;
    end->changed.notify_all();
  });
  (void)::pthread_setname_np(thread_.native_handle(), "tern-webhook");
}

void Webhooks::Impl::end() {
  std::shared_ptr<WebhookState> state;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    state = std::exchange(state_, nullptr);
  }
  if (!thread_.joinable()) return;
  state->end(kPatience);
  state = nullptr;
  std::unique_lock lock(end_->mutex);
  end_->left_alone = true;
  end_->changed.notify_all();
  if (end_->changed.wait_for(lock, kPatience, [this] { return end_->gone; })) {
    lock.unlock();
    thread_.join();
  } else {
    thread_.detach();
  }
}

Webhooks::Webhooks() : impl_(std::make_unique<Impl>()) {}
Webhooks::~Webhooks() = default;

void Webhooks::apply(std::vector<WebhookSettings> settings, const WebhookSender& sender) {
  const auto state = settings.empty() ? impl_->state() : impl_->begun();
  if (state) state->apply(std::move(settings), sender);
}

bool Webhooks::wants(const Event& event) const {
  const auto state = impl_->state();
  return state && state->wants(event);
}

void Webhooks::append(const Event& event, std::string_view change, std::string_view line) {
  if (const auto state = impl_->state()) state->append(event, change, line);
}

std::vector<WebhookStatus> Webhooks::status() const {
  const auto state = impl_->state();
  return state ? state->status() : std::vector<WebhookStatus>();
}

void Webhooks::end() { impl_->end(); }

}  // namespace tern::events
