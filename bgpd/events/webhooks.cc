// The thread shares a WebhookState with the Webhooks, because it can outlive them: a look-up that
// hangs in getaddrinfo() cannot be waited for, and ends with the process.
#include "bgpd/events/webhooks.h"

#include <spdlog/spdlog.h>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "bgpd/events/webhook_state.h"
#include "rib/base/named_thread.h"

namespace tern::events {

class Webhooks::Impl {
 public:
  ~Impl() { end(kPatience); }
  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  // Null before the first webhook, and behind end().
  [[nodiscard]] std::shared_ptr<WebhookState> state() const {
    const std::lock_guard lock(mutex_);
    return state_;
  }
  [[nodiscard]] std::vector<WebhookStatus> unusable() const {
    const std::lock_guard lock(mutex_);
    return unusable_;
  }
  void apply(std::vector<WebhookSettings> settings, const WebhookSender& sender);
  void begin_end();
  void end(std::chrono::seconds patience);

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
  std::vector<WebhookStatus> unusable_;  // where none began: why
  bool ended_ = false;
  const std::shared_ptr<End> end_ = std::make_shared<End>();
  std::thread thread_;
};

// A system without room for a thread or a descriptor costs the webhooks, until the next settings,
// and no more.
void Webhooks::Impl::apply(std::vector<WebhookSettings> settings, const WebhookSender& sender) {
  const std::lock_guard lock(mutex_);
  unusable_.clear();
  if (!state_ && (settings.empty() || ended_)) return;
  try {
    if (!state_) begin();
    state_->apply(settings, sender);
  } catch (const std::exception& fault) {
    spdlog::error("webhooks: the settings are not in force: {}", fault.what());
    if (state_ && !state_->status().empty()) return;  // the earlier settings stay in force
    for (const WebhookSettings& one : settings) {
      WebhookStatus& status = unusable_.emplace_back();
      status.name = one.name;
      status.receiver = one.receiver;
      status.state = WebhookStatus::State::Unusable;
      status.last_error = fault.what();
    }
  }
}

void Webhooks::Impl::begin() {
  auto made = std::make_shared<WebhookState>();
  thread_ = rib::start_thread<std::thread>("tern-webhook", [state = made, end = end_]() mutable {
    state->run();
    std::unique_lock lock(end->mutex);
    end->changed.wait(lock, [&end] { return end->left_alone; });
    lock.unlock();
    state = nullptr;
    lock.lock();
    end->gone = true;
    end->changed.notify_all();
  });
  state_ = std::move(made);
}

void Webhooks::Impl::begin_end() {
  if (const auto begun = state()) begun->begin_end();
}

void Webhooks::Impl::end(std::chrono::seconds patience) {
  std::shared_ptr<WebhookState> state;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    state = std::exchange(state_, nullptr);
  }
  if (!thread_.joinable()) return;
  state->begin_end();
  state->end(patience);
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
  impl_->apply(std::move(settings), sender);
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
  std::vector<WebhookStatus> all;
  if (state) all = state->status();
  return all.empty() ? impl_->unusable() : all;
}

void Webhooks::begin_end() { impl_->begin_end(); }
void Webhooks::end(std::chrono::seconds patience) { impl_->end(patience); }

}  // namespace tern::events
