// Posts events to webhooks on a thread of its own, tern-webhook: a receiver that is slow, down or
// wrong holds up that thread's requests to it and nothing else.
//
// A webhook gets each event at least once, and in order, as long as the daemon runs and its queue
// has room (webhook_queue.h): a request whose answer is lost is sent again. The receiver knows
// an event again by its stream and sequence. Events that wait when the daemon ends are lost,
// but for those that leave within kPatience.
//
// The look-up of names has a further thread, which Boost.Asio makes; a name server that does not
// answer holds up the look-ups of all webhooks, until their timeouts.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/events/webhook.h"

namespace tern::events {

// Any thread may call the members, except end() and the destructor.
class Webhooks {
 public:
  // end() waits so long for requests, and so long again for the thread.
  static constexpr std::chrono::seconds kPatience{1};

  // The thread begins with the first webhook.
  Webhooks();
  ~Webhooks();
  Webhooks(const Webhooks&) = delete;
  Webhooks& operator=(const Webhooks&) = delete;

  // A webhook is known again by its name, and keeps its stream, counts and what waits. The
  // events that wait for a webhook that is gone are dropped, with a line in the log. A request
  // under way goes on with the settings that it began with.
  void apply(std::vector<WebhookSettings> settings, const WebhookSender& sender);
  // Whether append() would queue the event.
  [[nodiscard]] bool wants(const Event& event) const;
  // Queues the event for each webhook that wants it; does not wait. line: to_line() of the event.
  void append(const Event& event, std::string_view change, std::string_view line);
  // In the order of the configuration.
  [[nodiscard]] std::vector<WebhookStatus> status() const;
  // Begins to send what waits; a receiver that fails is tried once more. Does not wait.
  void begin_end();
  // The same, and waits for it, for `patience` at most, and for the thread. The thread of a look-up
  // that hangs is left behind. Events that a receiver has not got are counted in a line of the log.
  void end(std::chrono::seconds patience = kPatience);

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace tern::events
