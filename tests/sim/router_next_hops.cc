// How the router resolves the next hops of received routes.
#include <algorithm>
#include <utility>

#include "bgpd/pipeline/next_hop_covers.h"
#include "tests/sim/router.h"

namespace tern::sim {
namespace {

using Addresses = pipeline::NextHops::Addresses;

constexpr std::size_t kAllAddresses = 1000;  // more than a run has
constexpr Time kNextSearch = std::chrono::seconds(1);
constexpr Time kSoon = std::chrono::milliseconds(50);

}  // namespace

// ---- Changes of the host and of the configuration

void Router::host_route_changed(const IpAddress& next_hop) {
  ask_again(next_hops_->concerned(alone(next_hop)));
}

void Router::link_changed() {
  ask_all_again();
  work_later();
}

void Router::resolution_changed() {
  next_hops_->set_settings(model::settings_of(host_));
  if (!host_.via_bgp) (void)next_hops_->drop_covers();
  ask_all_again();
  search_covers_later();
}

void Router::ask_all_again() {
  Addresses all;
  for (const auto& shown : next_hops_->list(std::nullopt, kAllAddresses)) {
    all.push_back(shown.address);
  }
  ask_again(std::move(all));
}

// Like kernel::NextHopWatch, with damping.
void Router::ask_again(Addresses asked) {
  bool changed = false;
  while (!asked.empty()) {
    for (const IpAddress& address : asked) {
      changed |= next_hops_->look_again(address, network_.now());
    }
    asked = next_hops_->take_led();
  }
  if (changed) next_hops_changed();
  wait_for_holds();
}

// Of the events for hold times, the one that was entered last comes first and counts.
void Router::wait_for_holds() {
  const auto deadline = next_hops_->deadline();
  if (!deadline) return;
  const Time due = std::max<Time>(*deadline, network_.now());
  if (hold_ends_ && *hold_ends_ <= due) return;
  hold_ends_ = due;
  network_.after(due - network_.now(), [this, due, alive = std::weak_ptr<bool>(working_)] {
    if (alive.expired() || hold_ends_ != due) return;
    hold_ends_.reset();
    if (!next_hops_->pass_time(network_.now()).empty()) next_hops_changed();
    wait_for_holds();
  });
}

// ---- Covers

void Router::search_covers_later() {
  covers_settled_ = false;
  if (!host_.via_bgp || std::exchange(searches_, true)) return;
  network_.after(kSoon, [this, alive = std::weak_ptr<bool>(working_)] {
    if (!alive.expired()) search_covers();
  });
}

// Like kernel::CoverSearch. A search in which no answer changed, and none was under way, has found
// all covers.
void Router::search_covers() {
  searches_ = false;
  if (!host_.via_bgp) return;
  const std::uint64_t opened = next_hops_->opened();
  covers_settled_ = calm();
  for (const IpAddress& address : next_hops_->open({}, kAllAddresses)) {
    const auto cover =
        pipeline::find_cover(shards_, next_hops_->covers(), address, host_.via_default);
    if (!next_hops_->set_cover(address, cover)) continue;
    covers_settled_ = false;
    ask_again(next_hops_->concerned(alone(address)));
  }
  const bool is_new = next_hops_->opened() != opened;
  if (is_new) covers_settled_ = false;
  searches_ = true;
  network_.after(is_new ? kSoon : kNextSearch, [this, alive = std::weak_ptr<bool>(working_)] {
    if (!alive.expired()) search_covers();
  });
}

}  // namespace tern::sim
