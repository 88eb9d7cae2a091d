// The events that are kept, as of their last change. Used by one thread at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "bgpd/events/event.h"

namespace tern::events {

class KeptEvents {
 public:
  using Pointer = std::shared_ptr<const Event>;
  using Wants = std::function<bool(const Event&)>;
  static constexpr std::size_t kMostLooked = 1024;  // events that a read() looks at

  // Gives the event the next change, and keeps a copy in place of that of event.change.
  void put(Event& event) {
    events_.erase(event.change);
    ended_.erase(event.change);
    event.change = ++change_;
    events_.emplace(event.change, std::make_shared<const Event>(event));
    if (!event.open()) ended_.insert(event.change);
  }
  // Takes out the event that ended longest ago, or, where all are open, that changed longest ago.
  // size() is not 0.
  [[nodiscard]] Pointer take_oldest() {
    const std::uint64_t change = ended_.empty() ? events_.begin()->first : *ended_.begin();
    ended_.erase(change);
    forgotten_ = std::max(forgotten_, change);
    return events_.extract(change).mapped();
  }
  // Events that changed behind `change`, in the order of their changes, up to `most`. `change`
  // becomes that of the last one looked at.
  [[nodiscard]] std::vector<Pointer> read(std::uint64_t& change, std::size_t most,
                                          const Wants& wants) const {
    std::vector<Pointer> found;
    std::size_t looked = 0;
    for (auto at = events_.upper_bound(change);
         at != events_.end() && found.size() < most && looked < kMostLooked; ++at, ++looked) {
      change = at->first;
      if (!wants || wants(*at->second)) found.push_back(at->second);
    }
    return found;
  }

  [[nodiscard]] std::size_t size() const { return events_.size(); }
  [[nodiscard]] std::uint64_t last_change() const { return change_; }
  // The change of the youngest event that take_oldest() returned; 0: none.
  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }

 private:
  std::map<std::uint64_t, Pointer> events_;  // by change
  std::set<std::uint64_t> ended_;            // the changes of events that ended
  std::uint64_t change_ = 0;
  std::uint64_t forgotten_ = 0;
};

}  // namespace tern::events
