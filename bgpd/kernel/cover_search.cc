#include "bgpd/kernel/cover_search.h"

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "bgpd/kernel/shared_next_hops.h"
#include "bgpd/pipeline/next_hop_covers.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/timer.h"

namespace tern::kernel {
namespace {

using pipeline::NextHops;
using Addresses = NextHops::Addresses;

constexpr std::chrono::milliseconds kSoon{50};
constexpr std::chrono::seconds kLater{1};
// Next hops in a search. Each takes a look into the table for each prefix length that the table
// has: about a millisecond in all, while no strand works.
constexpr std::size_t kMost = 256;

}  // namespace

// Searches make passes over all open next hops.
struct CoverSearch::State : std::enable_shared_from_this<State> {
  State(session::Loop& loop, session::Speaker& of, std::shared_ptr<SharedNextHops> table,
        Hooks calls)
      : speaker(of),
        next_hops(std::move(table)),
        hooks(std::move(calls)),
        timer(loop.context(), [this] { look(); }) {}

  void look() {
    if (!last) {
      unsettled = false;
      opened = next_hops->with([](const NextHops& of) { return of.opened(); });
    }
    const Addresses open = next_hops->with(
        [this](const NextHops& of) { return of.open(last.value_or(IpAddress()), kMost); });
    if (open.empty()) return end_pass();
    last = open.back();
    speaker.look([state = shared_from_this(), open] { state->search(open); });
  }

  // All shards are at hand.
  void search(const Addresses& open) {
    if (!running) return;
    Addresses again;
    for (const IpAddress& address : open) {
      const Addresses concerned =
          next_hops->with([&](NextHops& table) { return renew(table, address); });
      again.insert(again.end(), concerned.begin(), concerned.end());
    }
    unsettled = unsettled || !again.empty() || !hooks.calm();
    if (!again.empty()) hooks.found(again);
    open.size() < kMost ? end_pass() : timer.start(pace());
  }

  // Returns the next hops to ask about again.
  [[nodiscard]] Addresses renew(NextHops& table, const IpAddress& address) const {
    const auto cover = pipeline::find_cover(speaker.shards(), table.covers(), address, via_default);
    if (!table.set_cover(address, cover)) return {};
    return table.concerned(alone(address));
  }

  // A pass in which no answer changed, and none was under way, has found all covers.
  void end_pass() {
    last.reset();
    next_hops->set_settled(unsettled ? std::nullopt : std::optional(opened));
    timer.start(pace());
  }

  [[nodiscard]] std::chrono::milliseconds pace() const {
    const bool is_new =
        next_hops->with([this](const NextHops& of) { return of.opened() != opened; });
    const bool starting = unsettled && speaker.times().convergence_seconds == 0;
    return is_new || starting ? kSoon : kLater;
  }

  session::Speaker& speaker;  // used while `running`
  const std::shared_ptr<SharedNextHops> next_hops;
  const Hooks hooks;
  session::Timer timer;
  bool running = false;
  bool via_default = false;
  // Of the pass:
  std::optional<IpAddress> last;  // next hop that was looked for; nothing: the pass begins
  std::uint64_t opened = 0;       // NextHops::opened() at the beginning
  bool unsettled = false;
};

CoverSearch::CoverSearch(session::Loop& loop, session::Speaker& speaker,
                         std::shared_ptr<SharedNextHops> next_hops, Hooks hooks)
    : state_(std::make_shared<State>(loop, speaker, std::move(next_hops), std::move(hooks))) {}

CoverSearch::~CoverSearch() { stop(); }

void CoverSearch::start(bool via_default) {
  state_->via_default = via_default;
  if (!std::exchange(state_->running, true)) state_->timer.start(kSoon);
}

void CoverSearch::stop() {
  state_->running = false;
  state_->last.reset();
  state_->timer.stop();
}

}  // namespace tern::kernel
