// Keeps the answers about the next hops of received routes (bgpd/pipeline/next_hops.h) up to date
// with the kernel's routes. Loop thread only, except SharedNextHops::find() and behind(): any
// thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "bgpd/kernel/next_hop_source.h"
#include "bgpd/pipeline/next_hops.h"
#include "bgpd/session/speaker.h"

namespace tern::session {
class Loop;
}

namespace tern::kernel {

// The answers, with a lock around the table and the socket. A Judge remembers its answers, so a
// Judge takes the lock only for a next hop that is new to it, and tern-kernel for a next hop that
// it resolves. A holder of the lock asks the kernel about one next hop, or walks over the known
// next hops.
class SharedNextHops final : public pipeline::NextHopFinder {
 public:
  [[nodiscard]] pipeline::NextHopAnswer find(const IpAddress& address) override {
    const std::lock_guard lock(mutex_);
    return table_.find(address);
  }
  // Calls fn(table) with the lock held.
  template <typename Fn>
  auto with(Fn&& fn) {
    const std::lock_guard lock(mutex_);
    return fn(table_);
  }
  [[nodiscard]] std::optional<IpAddress> behind(const IpAddress& address) override {
    const std::lock_guard lock(mutex_);
    return table_.behind(address);
  }
  [[nodiscard]] bool settled() override {
    const std::lock_guard lock(mutex_);
    return table_.open({}, 1).empty() || settled_at_ == table_.opened();
  }
  // opened: NextHops::opened() when the covers of all open next hops were known; nothing: some are
  // not.
  void set_settled(std::optional<std::uint64_t> opened) {
    const std::lock_guard lock(mutex_);
    settled_at_ = opened;
  }
  void set_own_protocol(std::optional<std::uint8_t> protocol) {
    const std::lock_guard lock(mutex_);
    source_.set_own_protocol(protocol);
  }

 private:
  std::mutex mutex_;  // for the members that follow
  NextHopSource source_;
  pipeline::NextHops table_{source_};
  std::optional<std::uint64_t> settled_at_;  // see set_settled()
};

// Reads notifications of changes of the kernel's routes, and has the speaker revise the routes
// whose next hop has another answer.
//
// Changes coalesce. A round of questions to the kernel begins 10 ms after the first notification.
// The rest behind a round takes 100 ms at least, and at least four times as long as the questions
// of the round took. The speaker gets changed answers at the end of a round, and during a round
// every 100 ms at most. Where received routes resolve next hops, the watch looks into the table
// once a second for the next hops that nothing else resolves.
class NextHopWatch {
 public:
  // The loop and the speaker outlive the NextHopWatch. The speaker gets the SharedNextHops as its
  // finder. ways_changed: called when NextHopFinder::behind() has other answers.
  NextHopWatch(session::Loop& loop, session::Speaker& speaker, std::function<void()> ways_changed);
  ~NextHopWatch();
  NextHopWatch(const NextHopWatch&) = delete;
  NextHopWatch& operator=(const NextHopWatch&) = delete;

  // own_protocol: rtm_protocol of the routes that ternd has in the kernel; nothing: none. The
  // caller calls apply() before the speaker takes settings that resolve next hops. A section that
  // comes back begins without answers.
  void apply(const pipeline::NextHopSettings& settings, std::optional<std::uint8_t> own_protocol);
  [[nodiscard]] bool enabled() const;
  // The daemon is ending: answers stay as they are, whatever becomes of the routes that resolve
  // next hops.
  void freeze();
  // Never null.
  [[nodiscard]] const std::shared_ptr<SharedNextHops>& next_hops() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  // shared with handlers that outlive the NextHopWatch
};

}  // namespace tern::kernel
