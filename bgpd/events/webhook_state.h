// The webhooks, and the work of their thread: the part of Webhooks that the thread owns, too,
// because the thread can outlive the Webhooks. Internal to bgpd/events.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bgpd/events/webhook.h"
#include "bgpd/events/webhook_body.h"
#include "bgpd/events/webhook_post.h"
#include "bgpd/events/webhook_queue.h"
#include "bgpd/session/log_limiter.h"

namespace tern::events {

// Members as those of Webhooks, from any thread.
class WebhookState {
 public:
  static constexpr std::uint32_t kLines = 6;  // of the log, of a webhook in a minute

  WebhookState() : work_(context_.get_executor()), random_(std::random_device()()) {}
  WebhookState(const WebhookState&) = delete;
  WebhookState& operator=(const WebhookState&) = delete;

  void apply(std::vector<WebhookSettings> settings, const WebhookSender& sender);
  [[nodiscard]] bool wants(const Event& event) const;
  void append(const Event& event, std::string_view change, std::string_view line);
  [[nodiscard]] std::vector<WebhookStatus> status() const;
  // Sends what waits, also to receivers that failed, once.
  void begin_end();
  // Waits until that is done, for `patience` at most, and ends run().
  void end(std::chrono::seconds patience);

  // The thread, until end().
  void run();

 private:
  struct Hook {
    Hook(boost::asio::io_context& context, WebhookSettings of)
        : settings(std::move(of)), queue(settings), retry(context) {}

    // With the lock.
    WebhookSettings settings;
    WebhookQueue queue;
    WebhookStream stream;
    bool removed = false;
    bool last_try = false;           // begin_end() waits for the end of a request
    std::uint32_t last_success = 0;  // Unix seconds, like the next two
    std::uint32_t last_failure = 0;
    std::uint32_t next_attempt = 0;
    std::string last_error;
    session::LogLimiter lines{kLines};

    // The thread alone.
    boost::asio::steady_timer retry;
    std::shared_ptr<boost::asio::ssl::context> trust;  // null: to be read
    std::string trust_of;                              // the ca_file of `trust`
  };
  using HookPointer = std::shared_ptr<Hook>;

  [[nodiscard]] static WebhookStatus::State state_of(const Hook& hook);
  [[nodiscard]] bool is_quiet() const;   // with the lock
  void remove(const HookPointer& hook);  // with the lock, like the next one
  void wake();
  void look();
  void look_at(const HookPointer& hook);
  void send(const HookPointer& hook, const WebhookSettings& settings, WebhookPost::Content content);
  void fail(const HookPointer& hook, const std::string& error);
  void ended(const HookPointer& hook, const WebhookAnswer& answer);
  void note_failure(Hook& hook, const WebhookAnswer& answer);  // with the lock
  [[nodiscard]] bool may_log(Hook& hook);                      // with the lock

  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;

  mutable std::mutex mutex_;
  std::condition_variable quiet_;
  std::vector<HookPointer> hooks_;  // in the order of the configuration
  bool woken_ = false;              // a look() is posted
  bool ending_ = false;

  std::mt19937_64 random_;  // the thread alone
};

}  // namespace tern::events
