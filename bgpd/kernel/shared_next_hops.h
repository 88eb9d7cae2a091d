// The answers about next hops (bgpd/pipeline/next_hops.h) for all threads. Any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <set>

#include "bgpd/kernel/next_hop_source.h"
#include "bgpd/pipeline/next_hops.h"

namespace tern::kernel {

// The answers, with a lock around the table and the socket. A Judge remembers its answers, so a
// Judge takes the lock only for a next hop that is new to it, and tern-kernel for a next hop that
// it resolves. A holder of the lock asks the kernel about one next hop, or walks over some of the
// known next hops: a page of them, or those that one changed route concerns.
class SharedNextHops final : public pipeline::NextHopFinder {
 public:
  [[nodiscard]] pipeline::NextHopAnswer find(const IpAddress& address, PeerSlot of) override {
    const std::lock_guard lock(mutex_);
    return table_.find(address, of);
  }
  // Calls fn(table) with the lock held.
  template <typename Fn>
  auto with(Fn&& fn) {
    const std::lock_guard lock(mutex_);
    return fn(table_);
  }
  // All known next hops, but perhaps for those that come or go meanwhile. Next hops whose route
  // leads through one of the interfaces come first. Takes the lock for a page at a time.
  [[nodiscard]] pipeline::NextHops::Addresses all(const std::set<unsigned>& interfaces = {});
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

}  // namespace tern::kernel
