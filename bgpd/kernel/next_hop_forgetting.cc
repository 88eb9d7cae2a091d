#include "bgpd/kernel/next_hop_forgetting.h"

#include <spdlog/spdlog.h>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "bgpd/kernel/shared_next_hops.h"
#include "bgpd/session/log_limiter.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/peer.h"

namespace tern::kernel {
namespace {

using pipeline::NextHops;

// With so many known next hops, or when there was no room for one, unused ones are forgotten, once
// a minute at most.
constexpr std::size_t kMany = NextHops::kMost / 4 * 3;
constexpr std::uint64_t kForgetEvery = 60'000'000'000;  // nanoseconds
constexpr std::size_t kForgottenAtOnce = 1024;          // next hops looked at in a turn of the loop

}  // namespace

// With new rules, judges ask again about the next hops of later routes. The count finds the next
// hops of earlier routes. A rejected route counts with its next hop as received, although policy
// may have set another. Rejected routes are therefore judged again behind the last slice, as are
// the routes whose next hops had no room.
struct NextHopForgetting::State : std::enable_shared_from_this<State> {
  State(session::Loop& of, session::Speaker& by, std::shared_ptr<SharedNextHops> table)
      : loop(of), speaker(&by), next_hops(std::move(table)) {}

  void look(const NextHops::Counts& counts, std::uint64_t now) {
    if (speaker == nullptr) return;
    if (counts.refused != logged && lines.pass(now)) {
      spdlog::error(
          "no room for more next hops of {}: routes with others are rejected as unresolved",
          name_of(counts.refused_of));
      logged = counts.refused;
    }
    const bool full = counts.known() >= kMany || counts.refused != refused;
    if (running || !full || (began_at && now - *began_at < kForgetEvery)) return;
    running = true;
    began_at = now;
    refused = counts.refused;
    next_hops->with([](NextHops& table) { table.begin_forgetting(); });
    speaker->renew_next_hop_rules([weak = weak_from_this()] {
      const auto state = weak.lock();
      if (state && state->speaker != nullptr) state->count();
    });
  }

  [[nodiscard]] std::string name_of(PeerSlot slot) const {
    if (slot == kOwnSlot) return "conditions";
    const session::Peer* const peer = speaker->peer(slot);
    return peer != nullptr ? peer->settings().name : "a neighbor that is gone";
  }

  void count() {
    speaker->count_next_hop_routes(next_hops->all(), [weak = weak_from_this()](const auto& all) {
      const auto state = weak.lock();
      if (!state || state->speaker == nullptr) return;
      state->counted = all;
      state->forgotten = 0;
      state->last.reset();
      state->slice();
    });
  }

  void slice() {
    if (speaker == nullptr) return;
    const auto keep = [this](const IpAddress& address) {
      const auto found = counted->find(address);
      return found != counted->end() && found->second > 0;
    };
    const NextHops::Forgotten some = next_hops->with(
        [&](NextHops& table) { return table.forget(last, kForgottenAtOnce, keep); });
    forgotten += some.count;
    last = some.last;
    if (!last) return end();
    loop.post([weak = weak_from_this()] {
      if (const auto state = weak.lock()) state->slice();
    });
  }

  void end() {
    running = false;
    counted.reset();
    spdlog::info("{} next hops are forgotten, which no route has", forgotten);
    if (forgotten > 0) speaker->next_hops_forgotten();
  }

  session::Loop& loop;
  session::Speaker* speaker;  // null: stopped
  const std::shared_ptr<SharedNextHops> next_hops;
  std::uint64_t logged = 0;  // NextHops::Counts::refused at the last line about them
  session::LogLimiter lines;
  std::uint64_t refused = 0;  // the same when the last forgetting began
  std::optional<std::uint64_t> began_at;
  bool running = false;
  // Of the forgetting under way:
  std::shared_ptr<const session::NextHopRoutes> counted;
  std::optional<IpAddress> last;  // next hop that had its turn
  std::size_t forgotten = 0;
};

NextHopForgetting::NextHopForgetting(session::Loop& loop, session::Speaker& speaker,
                                     std::shared_ptr<SharedNextHops> next_hops)
    : state_(std::make_shared<State>(loop, speaker, std::move(next_hops))) {}
NextHopForgetting::~NextHopForgetting() { stop(); }
void NextHopForgetting::stop() { state_->speaker = nullptr; }
void NextHopForgetting::look(const NextHops::Counts& counts, std::uint64_t now) {
  state_->look(counts, now);
}

}  // namespace tern::kernel
