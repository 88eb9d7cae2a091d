#include "bgpd/events/webhook_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tern::events {

void WebhookQueue::set(const WebhookSettings& settings) {
  batch_ = std::max<std::size_t>(settings.batch, 1);
  most_ = std::max<std::size_t>(settings.queue, 1);
  first_pause_ = settings.first_pause;
  longest_pause_ = settings.longest_pause;
  failures_ = 0;
  next_ = {};
  is_of_old_ = is_under_way();
  make_room();
}

void WebhookQueue::push(std::shared_ptr<const std::string> text) {
  Item& item = waiting_.emplace_back(Item{++sequence_, std::move(text)});
  octets_ += cost(item);
  make_room();
}

void WebhookQueue::make_room() {
  while (waiting_.size() > most_ || (octets_ > kMostOctets && waiting_.size() > 1)) {
    octets_ -= cost(waiting_.front());
    waiting_.pop_front();
    ++counts_.dropped;
    if (singly_ > under_way_.size()) --singly_;
    if (under_way_.empty()) refusals_ = 0;
  }
}

std::optional<WebhookQueue::Time> WebhookQueue::due() const {
  if (is_under_way() || waiting_.empty()) return std::nullopt;
  return next_;
}

const std::vector<WebhookQueue::Item>& WebhookQueue::begin() {
  const std::size_t most = singly_ != 0 ? 1 : batch_;
  under_way_.reserve(std::min(most, waiting_.size()));  // what follows does not throw
  is_of_old_ = false;
  std::size_t octets = 0;
  while (!waiting_.empty() && under_way_.size() < most) {
    const std::size_t item = cost(waiting_.front());
    if (!under_way_.empty() && octets + item > kMostBody) break;
    octets += item;
    octets_ -= item;
    under_way_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return under_way_;
}

void WebhookQueue::succeeded() {
  ++counts_.requests;
  counts_.delivered += under_way_.size();
  singly_ -= std::min(singly_, under_way_.size());
  under_way_.clear();
  refusals_ = 0;
  failures_ = 0;
  next_ = {};
}

void WebhookQueue::failed(bool refused, Time now, double random, std::chrono::seconds retry_after) {
  ++counts_.requests;
  ++counts_.failures;
  if (std::exchange(is_of_old_, false)) return return_to_front();
  if (refused && under_way_.size() > 1) {
    // The next request is smaller, so that this cannot go on without a pause.
    singly_ = under_way_.size();
    next_ = now;
    return return_to_front();
  }
  if (refused && ++refusals_ >= kMostRefusals) {
    under_way_.clear();
    ++counts_.refused;
    singly_ -= std::min<std::size_t>(singly_, 1);
    refusals_ = 0;
  }
  ++failures_;
  const auto asked = std::min<std::chrono::milliseconds>(retry_after, longest_pause_);
  next_ = now + std::max(pause(random), asked);
  return_to_front();
}

void WebhookQueue::return_to_front() {
  for (const Item& item : under_way_) octets_ += cost(item);
  waiting_.insert(waiting_.begin(), std::move_iterator(under_way_.begin()),
                  std::move_iterator(under_way_.end()));
  under_way_.clear();
  make_room();
}

// Half of the pause is left to chance, so that routers that lost a receiver together do not come
// back together.
std::chrono::milliseconds WebhookQueue::pause(double random) const {
  constexpr std::uint32_t kMostDoublings = 20;
  const std::uint32_t doublings = std::min(failures_ - 1, kMostDoublings);
  const auto whole = std::min(first_pause_ * (std::int64_t{1} << doublings), longest_pause_);
  const double factor = 0.5 + random / 2;
  const auto part = static_cast<std::int64_t>(static_cast<double>(whole.count()) * factor);
  return std::chrono::milliseconds(std::max<std::int64_t>(part, 1));
}

}  // namespace tern::events
