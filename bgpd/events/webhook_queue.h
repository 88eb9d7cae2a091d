// WebhookQueue holds the events that wait for the receiver of a webhook, and the time of the next
// request. A request takes a batch from the front, and the next request follows its answer, so that
// the receiver gets events in their order.
//
// Bounds: WebhookSettings::queue events and kMostOctets of them wait, beside those of the request
// under way. Where there is no room, the oldest event is dropped: a later line of an event has all
// that an earlier one had, and an operator needs the present more than the past. The receiver
// notices by the sequence numbers.
//
// A receiver that refuses a batch by its content gets the events of the batch one by one. An event
// that it refuses kMostRefusals times alone is dropped, so that one event cannot hold up the others
// for ever. After any other failure the same events are sent again.
//
// Time and chance are arguments. Used by one thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/events/webhook.h"

namespace tern::events {

class WebhookQueue {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kMostOctets = std::size_t{8} << 20U;
  static constexpr std::size_t kMostBody = std::size_t{1}
                                           << 20U;  // octets of the events of a batch
  static constexpr std::size_t kItemOverhead = 64;  // octets of an event, beside its text
  static constexpr unsigned kMostRefusals = 3;

  struct Item {
    std::uint64_t sequence = 0;  // of the events for this webhook, from 1 on, with dropped ones
    std::shared_ptr<const std::string> text;  // change_text() of webhook_body.h
  };

  explicit WebhookQueue(const WebhookSettings& settings) { set(settings); }

  // A next request is due at once: the new settings may be the remedy. How a request under way ends
  // says nothing about them, but for a success. Events that are too many for the new bound are
  // dropped.
  void set(const WebhookSettings& settings);
  // A next request is due at once, although the receiver fails.
  void end_pause() { next_ = {}; }
  void push(std::shared_ptr<const std::string> text);

  // When the next request is due; nothing while one is under way, or where nothing waits. The time
  // may lie in the past.
  [[nodiscard]] std::optional<Time> due() const;
  // Takes the events of a request. Requires due().
  [[nodiscard]] const std::vector<Item>& begin();

  // How the request ended.
  void succeeded();
  // refused: by the content. random: at least 0, below 1. retry_after: as the receiver asks for, 0:
  // not at all.
  void failed(bool refused, Time now, double random,
              std::chrono::seconds retry_after = std::chrono::seconds(0));

  [[nodiscard]] std::size_t size() const { return waiting_.size() + under_way_.size(); }
  [[nodiscard]] bool is_under_way() const { return !under_way_.empty(); }
  [[nodiscard]] bool is_failing() const { return failures_ != 0; }
  [[nodiscard]] const WebhookCounts& counts() const { return counts_; }

 private:
  static std::size_t cost(const Item& item) { return item.text->size() + kItemOverhead; }
  void make_room();
  void return_to_front();
  [[nodiscard]] std::chrono::milliseconds pause(double random) const;

  std::size_t batch_ = 1;
  std::size_t most_ = 1;
  std::chrono::milliseconds first_pause_{0};
  std::chrono::milliseconds longest_pause_{0};

  std::deque<Item> waiting_;
  std::size_t octets_ = 0;  // of waiting_
  std::vector<Item> under_way_;
  bool is_of_old_ = false;  // set() was called since begin()
  std::uint64_t sequence_ = 0;
  std::size_t singly_ = 0;      // events at the front that are sent one by one, with under_way_
  unsigned refusals_ = 0;       // of the event at the front, alone
  std::uint32_t failures_ = 0;  // since the last success
  Time next_{};
  WebhookCounts counts_;
};

}  // namespace tern::events
