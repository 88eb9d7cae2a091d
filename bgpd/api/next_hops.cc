// show nexthops: lists the next hops of received routes, each with its resolution and the number of
// its routes.
#include <net/if.h>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "bgpd/api/answer.h"
#include "bgpd/kernel/next_hop_watch.h"
#include "bgpd/session/loop.h"
#include "rib/types/quoted.h"

namespace tern::api {
namespace {

using pipeline::NextHopRoute;
using pipeline::NextHops;

constexpr std::size_t kPage = 256;  // next hops of a page; a message has at most one page

// time: of the steady clock, in the past or in the future.
std::uint64_t unix_time(NextHops::Time time) {
  const auto now = NextHops::Time(session::steady_nanoseconds());
  const auto ahead = std::chrono::duration_cast<std::chrono::seconds>(time - now).count();
  return static_cast<std::uint64_t>(std::int64_t{session::unix_seconds()} + ahead);
}

// Waits for the count of routes, and then lists the next hops, page by page.
class NextHopsAnswer final : public Answer {
 public:
  NextHopsAnswer(const Backend& backend, std::optional<IpAddress> only, bool unresolved)
      : next_hops_(backend.next_hops->next_hops()), only_(only), unresolved_(unresolved) {
    NextHops::Addresses known;
    if (!only) {
      known = next_hops_->all();
    } else if (next_hops_->with([&](const NextHops& of) { return of.show(*only); })) {
      known = {*only};
    }
    if (known.empty()) {
      state_->counts = std::make_shared<const session::NextHopRoutes>();
      return;
    }
    backend.speaker.count_next_hop_routes(known, [state = state_](const auto& counted) {
      state->counts = counted;
      if (const auto wake = std::exchange(state->wake, nullptr)) wake();
    });
  }

  void when_ready(std::function<void()> wake) override {
    if (state_->counts) return wake();
    state_->wake = std::move(wake);
  }

  [[nodiscard]] bool looks() const override { return false; }

  Progress next(proto::Response& response) override {
    if (!state_->counts) return Progress::Waiting;
    proto::NextHops& out = *response.mutable_next_hops();
    if (only_) {
      const auto one = next_hops_->with([&](NextHops& table) { return table.show(*only_); });
      if (one && (!unresolved_ || !one->used.resolved())) show(*one, out);
      return Progress::Done;
    }
    const auto page = next_hops_->with([&](NextHops& table) { return table.list(after_, kPage); });
    for (const NextHops::Shown& one : page) {
      if (!unresolved_ || !one.used.resolved()) show(one, out);
    }
    if (page.size() < kPage) return Progress::Done;
    after_ = page.back().address;
    return out.next_hops_size() > 0 ? Progress::Send : Progress::Working;
  }

 private:
  // State outlives a client that leaves before the count ends.
  struct State {
    std::shared_ptr<const session::NextHopRoutes> counts;  // null: the count is under way
    std::function<void()> wake;
  };

  void show(const NextHops::Shown& one, proto::NextHops& out) {
    proto::NextHop& shown = *out.add_next_hops();
    show_next_hop(one, shown);
    const auto found = state_->counts->find(one.address);
    if (found != state_->counts->end()) shown.set_routes(found->second);
  }

  const std::shared_ptr<kernel::SharedNextHops> next_hops_;
  const std::optional<IpAddress> only_;
  const bool unresolved_;
  const std::shared_ptr<State> state_ = std::make_shared<State>();
  std::optional<IpAddress> after_;
};

}  // namespace

void show_next_hop(const NextHops::Shown& one, proto::NextHop& shown) {
  const NextHopRoute& used = one.used;
  shown.set_address(one.address.to_string());
  shown.set_resolved(used.resolved());
  shown.set_state(std::string(to_string(used.state)));
  shown.set_metric(used.metric);
  if (used.prefix) shown.set_prefix(used.prefix->to_string());
  if (used.gateway) shown.set_gateway(used.gateway->to_string());
  std::array<char, IF_NAMESIZE> name{};
  if (used.interface != 0 && ::if_indextoname(used.interface, name.data()) != nullptr) {
    shown.set_interface(name.data());
  }
  shown.set_since_seconds(unix_time(one.since));
  shown.set_flaps(one.flaps);
  if (!one.held_to) return;
  shown.set_held_state(std::string(to_string(one.seen.state)));
  shown.set_held_metric(one.seen.metric);
  shown.set_held_until_seconds(unix_time(*one.held_to));
}

std::unique_ptr<Answer> list_next_hops(const Backend& backend,
                                       const proto::NextHopsRequest& request) {
  if (backend.next_hops == nullptr || !backend.next_hops->enabled()) {
    return error_answer("next hops are not resolved: the configuration has no section next_hops");
  }
  std::optional<IpAddress> only;
  if (!request.address().empty()) {
    only = IpAddress::parse(request.address());
    if (!only) return error_answer(quoted(request.address()) + " is no address");
  }
  return std::make_unique<NextHopsAnswer>(backend, only, request.unresolved());
}

}  // namespace tern::api
