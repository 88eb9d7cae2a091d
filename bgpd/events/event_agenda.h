// When the events of an EventLog have to be looked at again. Used by one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace tern::events {

// Times are Unix seconds. A key stays valid while the agenda has it.
class EventAgenda {
 public:
  void add(std::uint32_t when, std::string_view key) { ahead_.emplace(when, key); }
  void remove(std::uint32_t when, std::string_view key) {
    ahead_.erase({when, key});
    overdue_.erase({when, key});
  }
  // Where the clock was set back, all that waits is due: the times are those of another clock.
  void set_clock(std::uint32_t now) {
    if (now >= std::exchange(now_, now)) return;
    if (overdue_.empty()) return overdue_.swap(ahead_);
    overdue_.merge(ahead_);
  }
  // Takes the next key that is due. A time is due at its second.
  [[nodiscard]] std::optional<std::string_view> take() {
    std::set<Entry>& from = overdue_.empty() ? ahead_ : overdue_;
    if (from.empty() || (&from == &ahead_ && from.begin()->first > now_)) return std::nullopt;
    return from.extract(from.begin()).value().second;
  }

 private:
  using Entry = std::pair<std::uint32_t, std::string_view>;
  std::set<Entry> ahead_;
  std::set<Entry> overdue_;
  std::uint32_t now_ = 0;
};

}  // namespace tern::events
