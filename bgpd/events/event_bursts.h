// Notices reports of one group that come in great number: which of them are too many to be events
// of their own. Used by one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

namespace tern::events {

// Whether `now` is in the window; false where the clock was set back. Unix seconds.
[[nodiscard]] constexpr bool is_within(std::uint32_t since, std::uint32_t now,
                                       std::uint32_t seconds) {
  return now >= since && now - since < seconds;
}

class EventBursts {
 public:
  static constexpr std::uint32_t kWindow = 10;  // seconds
  static constexpr std::uint32_t kApart = 10;   // events of a group in a window
  static constexpr std::size_t kMostGroups = 4096;

  // Counts a report. Where there are too many groups, every report of a further one is too many.
  [[nodiscard]] bool is_one_too_many(const std::string& group, std::uint32_t now) {
    auto found = groups_.find(group);
    if (found == groups_.end()) {
      if (groups_.size() >= kMostGroups) return true;
      found = groups_.emplace(group, Group{now, 0}).first;
    }
    Group& of = found->second;
    if (!is_within(of.since, now, kWindow)) of = {now, 0};
    return ++of.begun > kApart;
  }
  // Once a second.
  void tick(std::uint32_t now) {
    std::erase_if(groups_,
                  [&](const auto& one) { return !is_within(one.second.since, now, kWindow); });
  }

 private:
  struct Group {
    std::uint32_t since = 0;
    std::uint32_t begun = 0;
  };
  std::unordered_map<std::string, Group> groups_;
};

}  // namespace tern::events
