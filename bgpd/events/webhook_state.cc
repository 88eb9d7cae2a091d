#include "bgpd/events/webhook_state.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio.hpp>
#include <cstdio>
#include <exception>

#include "bgpd/session/loop.h"
#include "rib/types/one_line.h"

namespace tern::events {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostError = 255;  // octets of the text of an error

std::string random_stream() {
  std::random_device random;  // the kernel's
  char text[17] = "";
  (void)std::snprintf(text, sizeof text, "%08x%08x", random(), random());
  return text;
}

}  // namespace

WebhookStatus::State WebhookState::state_of(const Hook& hook) {
  if (hook.settings.lacks_secret) return WebhookStatus::State::Unusable;
  return hook.queue.is_failing() ? WebhookStatus::State::Retrying : WebhookStatus::State::Ok;
}

// Where memory is short, nothing has changed: the first loop changes no webhook.
void WebhookState::apply(std::vector<WebhookSettings> settings, const WebhookSender& sender) {
  const std::lock_guard lock(mutex_);
  std::vector<HookPointer> next;
  for (const WebhookSettings& one : settings) {
    const auto known = std::ranges::find_if(
        hooks_, [&](const HookPointer& hook) { return hook->settings.name == one.name; });
    if (known != hooks_.end()) {
      next.push_back(*known);
      continue;
    }
    next.push_back(std::make_shared<Hook>(context_, one));
    next.back()->stream.stream = random_stream();
    next.back()->stream.webhook = one.name;
  }
  for (std::size_t i = 0; i < next.size(); ++i) {
    Hook& hook = *next[i];
    hook.stream.sender = sender;
    if (hook.settings != settings[i]) {
      hook.queue.set(settings[i]);
      hook.settings = std::move(settings[i]);
    }
    if (hook.settings.lacks_secret) hook.last_error = "the file of the key could not be read";
  }
  std::swap(hooks_, next);
  for (const HookPointer& hook : next) {
    if (std::ranges::find(hooks_, hook) == hooks_.end()) remove(hook);
  }
  wake();
}

void WebhookState::remove(const HookPointer& hook) {
  hook->removed = true;
  asio::post(context_, [hook] { hook->retry.cancel(); });
  if (hook->queue.size() == 0) return;
  spdlog::warn("webhook {}: removed, with {} events that its receiver has not got",
               hook->settings.name, hook->queue.size());
}

bool WebhookState::wants(const Event& event) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(hooks_,
                             [&](const HookPointer& hook) { return hook->settings.wants(event); });
}

void WebhookState::append(const Event& event, std::string_view change, std::string_view line) {
  const auto text = change_text(line, change);
  const std::lock_guard lock(mutex_);
  bool wakes = false;
  for (const HookPointer& hook : hooks_) {
    if (!hook->settings.wants(event)) continue;
    const bool waited = hook->queue.size() != 0;
    hook->queue.push(text);
    wakes = wakes || !waited;
  }
  if (wakes) wake();
}

// Behind a request, and behind a pause, the thread looks on its own.
void WebhookState::wake() {
  if (std::exchange(woken_, true)) return;
  asio::post(context_, [this] { look(); });
}

void WebhookState::look() {
  std::vector<HookPointer> hooks;
  {
    const std::lock_guard lock(mutex_);
    woken_ = false;
    hooks = hooks_;
  }
  for (const HookPointer& hook : hooks) look_at(hook);
}

// Sends the next batch, or waits until it is due.
void WebhookState::look_at(const HookPointer& hook) {
  std::unique_lock lock(mutex_);
  const auto due = hook->queue.due();
  if (hook->removed || hook->settings.lacks_secret || !due) return;
  if (*due > Clock::now()) {
    hook->retry.expires_at(*due);
    hook->retry.async_wait([this, hook](const boost::system::error_code& cancelled) {
      if (!cancelled) look_at(hook);
    });
    return;
  }
  hook->retry.cancel();
  hook->next_attempt = 0;
  const WebhookSettings settings = hook->settings;
  const WebhookStream stream = hook->stream;
  const WebhookCounts counts = hook->queue.counts();
  const auto& items = hook->queue.begin();  // stays as it is until ended(), which this thread calls
  lock.unlock();
  try {
    WebhookPost::Content content;
    content.body = webhook_body(stream, counts.dropped + counts.refused, items);
    content.time = session::unix_seconds();
    send(hook, settings, std::move(content));
  } catch (const std::exception& fault) {  // out of memory, or of descriptors
    fail(hook, fault.what());
  }
}

void WebhookState::fail(const HookPointer& hook, const std::string& error) {
  WebhookAnswer failure;
  failure.error = error;
  asio::post(context_, [this, hook, failure] { ended(hook, failure); });
}

void WebhookState::send(const HookPointer& hook, const WebhookSettings& settings,
                        WebhookPost::Content content) {
  std::string error;
  if (!settings.secret.empty()) {
    content.signature = webhook_signature(settings.secret, content.time, content.body);
    if (content.signature.empty()) error = "the TLS library does not sign";
  }
  if (settings.tls && (!hook->trust || hook->trust_of != settings.ca_file)) {
    hook->trust = make_trust(settings.ca_file, error);
    hook->trust_of = settings.ca_file;
  }
  if (!error.empty()) return fail(hook, error);
  WebhookPost::start(context_, settings, settings.tls ? hook->trust : nullptr, std::move(content),
                     [this, hook](const WebhookAnswer& answer) { ended(hook, answer); });
}

void WebhookState::ended(const HookPointer& hook, const WebhookAnswer& answer) {
  {
    const std::lock_guard lock(mutex_);
    if (answer.ok()) {
      const bool failed = hook->queue.is_failing();
      hook->queue.succeeded();
      hook->last_success = session::unix_seconds();
      if (failed && may_log(*hook)) {
        spdlog::info("webhook {}: {} takes events again", hook->settings.name,
                     hook->settings.receiver);
      }
    } else {
      // Certificates may have been renewed since they were read.
      if (answer.tls_failed) hook->trust = nullptr;
      note_failure(*hook, answer);
    }
    hook->last_try = false;
    quiet_.notify_all();
  }
  look_at(hook);
}

void WebhookState::note_failure(Hook& hook, const WebhookAnswer& answer) {
  const std::uint32_t now = session::unix_seconds();
  const bool first = !hook.queue.is_failing();
  const std::uint64_t refused = hook.queue.counts().refused;
  const double random = std::uniform_real_distribution<double>(0, 1)(random_);
  hook.queue.failed(answer.refused, Clock::now(), random, answer.retry_after);
  hook.last_failure = now;
  hook.last_error = one_line(answer.error, kMostError, Letters::Utf8);
  if (const auto due = hook.queue.due()) {
    const auto pause = std::chrono::ceil<std::chrono::seconds>(*due - Clock::now());
    hook.next_attempt = now + static_cast<std::uint32_t>(std::max<std::int64_t>(pause.count(), 0));
  }
  const std::string& name = hook.settings.name;
  if (hook.queue.counts().refused != refused && may_log(hook)) {
    spdlog::error("webhook {}: {} refuses an event, which is dropped: {}", name,
                  hook.settings.receiver, hook.last_error);
  } else if (first && hook.queue.is_failing() && may_log(hook)) {
    spdlog::error("webhook {}: {}: {}; {} events wait", name, hook.settings.receiver,
                  hook.last_error, hook.queue.size());
  }
}

// The log may be gone when the thread was left behind.
bool WebhookState::may_log(Hook& hook) {
  return !ending_ && hook.lines.pass(session::steady_nanoseconds());
}

std::vector<WebhookStatus> WebhookState::status() const {
  const std::lock_guard lock(mutex_);
  std::vector<WebhookStatus> all;
  for (const HookPointer& hook : hooks_) {
    WebhookStatus& status = all.emplace_back();
    status.name = hook->settings.name;
    status.receiver = hook->settings.receiver;
    status.state = state_of(*hook);
    status.waiting = hook->queue.size();
    status.counts = hook->queue.counts();
    status.last_success = hook->last_success;
    status.last_failure = hook->last_failure;
    status.next_attempt = hook->queue.due() ? hook->next_attempt : 0;
    status.last_error = hook->last_error;
  }
  return all;
}

// No request is under way, and none would be sent without a pause.
bool WebhookState::is_quiet() const {
  return std::ranges::all_of(hooks_, [](const HookPointer& hook) {
    if (hook->queue.is_under_way() || hook->last_try) return false;
    return hook->queue.size() == 0 || state_of(*hook) != WebhookStatus::State::Ok;
  });
}

void WebhookState::begin_end() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(ending_, true)) return;
  for (const HookPointer& hook : hooks_) {
    if (state_of(*hook) != WebhookStatus::State::Retrying || hook->queue.size() == 0) continue;
    hook->last_try = true;
    hook->queue.end_pause();
  }
  wake();
}

// The log is there as long as the caller is.
void WebhookState::end(std::chrono::seconds patience) {
  std::unique_lock lock(mutex_);
  (void)quiet_.wait_for(lock, patience, [this] { return is_quiet(); });
  context_.stop();
  for (const HookPointer& hook : hooks_) {
    if (hook->queue.size() == 0) continue;
    spdlog::warn("webhook {}: the end leaves {} events that its receiver has not got",
                 hook->settings.name, hook->queue.size());
  }
}

// An exception may have cut off a look(): all webhooks are looked at again.
void WebhookState::run() {
  for (;;) {
    try {
      context_.run();
      return;
    } catch (const std::exception& fault) {
      const std::lock_guard lock(mutex_);
      if (!ending_) spdlog::error("webhooks: {}", fault.what());
      wake();
    }
  }
}

}  // namespace tern::events
