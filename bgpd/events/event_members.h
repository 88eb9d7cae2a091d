// The members of open events: which event took a member in, so that a member that is reported again
// counts once, and its end is that of the right event. A member takes some twelve octets.
//
// An event that ended, or was forgotten, has no members: a report about one of them is like the
// first. Used by one thread at a time.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>

namespace tern::events {

class EventMembers {
 public:
  static constexpr std::size_t kMost = 200'000;

  // The event of this key opens. Returns the number of the opening: an event that ends and opens
  // again has another one, and none of the members from before.
  [[nodiscard]] std::uint32_t open(const std::string& event) {
    openings_.emplace(++last_, event);
    return last_;
  }
  void close(std::uint32_t opening) { openings_.erase(opening); }

  // The key of the open event that has the member; null: none has.
  [[nodiscard]] const std::string* event_of(const std::string& member) {
    const auto found = members_.find(hash_of(member));
    if (found == members_.end()) return nullptr;
    const auto of = openings_.find(found->second);
    if (of != openings_.end()) return &of->second;
    members_.erase(found);
    return nullptr;
  }
  // The member is that of no open event. False: there is no room. now: seconds.
  [[nodiscard]] bool add(const std::string& member, std::uint32_t opening, std::uint32_t now) {
    if (members_.size() >= kMost && std::exchange(swept_, now) != now) sweep();
    return members_.size() < kMost && members_.emplace(hash_of(member), opening).second;
  }
  void remove(const std::string& member) { members_.erase(hash_of(member)); }

 private:
  static std::uint64_t hash_of(const std::string& key) { return std::hash<std::string>()(key); }
  // Members of closed openings take room until a report about them, or until here: once a second,
  // because the sweep takes a millisecond.
  void sweep() {
    erase_if(members_, [this](const auto& member) { return !openings_.contains(member.second); });
  }

  boost::unordered_flat_map<std::uint64_t, std::uint32_t> members_;  // openings, by hash
  std::unordered_map<std::uint32_t, std::string> openings_;
  std::uint32_t last_ = 0;
  std::uint32_t swept_ = 0;
};

}  // namespace tern::events
