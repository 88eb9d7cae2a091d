#include "bgpd/session/own_routes.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "bgpd/pipeline/own_path.h"
#include "bgpd/session/loop.h"

namespace tern::session {
namespace {

constexpr std::uint64_t kLogEvery = 60'000'000'000;  // nanoseconds between lines of one kind

}  // namespace

OwnRoutes::OwnRoutes(Loop& loop, engine::Engine& engine,
                     const std::shared_ptr<const SpeakerSettings>& settings,
                     const std::shared_ptr<const policy::VrpTable>& vrps)
    : loop_(loop), engine_(engine), settings_(settings), vrps_(vrps) {}

// ---- Requests

void OwnRoutes::apply(std::shared_ptr<const SettingsPlan> plan) {
  judges_.clear();
  reads_rpki_ = plan->networks_read_rpki;
  for (Work& work : work_) {
    if (work.plan == nullptr) work.next = 0;  // other networks may have these numbers now
  }
  if (plan->networks.empty()) return;
  work_.push_back({std::move(plan), 0});
  if (!slice_posted_ && !held_up_) slice();
}

void OwnRoutes::when_done(std::function<void()> done) {
  if (!done) return;
  if (work_.empty()) return done();
  done_.push_back(std::move(done));
}

void OwnRoutes::vrps_changed() {
  judges_.clear();
  if (reads_rpki_) all_again();
}

void OwnRoutes::all_again() {
  if (work_.empty() || work_.back().plan != nullptr) work_.push_back({});
  work_.back().next = 0;
  slice_later();
}

void OwnRoutes::go_on() {
  if (std::exchange(held_up_, false)) slice_later();
}

void OwnRoutes::try_again() {
  if (!std::exchange(incomplete_, false)) return;
  log_no_memory();
  all_again();
}

// ---- Slices

void OwnRoutes::slice_later() {
  if (held_up_ || std::exchange(slice_posted_, true)) return;
  loop_.post([this] {
    slice_posted_ = false;
    slice();
  });
}

// Null: the first list of prefixes that wait is at its end.
const Prefix* OwnRoutes::next_prefix() {
  Work& work = work_.front();
  if (work.plan != nullptr) {
    const std::vector<Prefix>& changed = work.plan->networks;
    return work.next < changed.size() ? &changed[work.next++] : nullptr;
  }
  const std::vector<OwnNetwork>& all = settings_->networks;
  return work.next < all.size() ? &all[work.next++].prefix : nullptr;
}

const OwnNetwork* OwnRoutes::find(const Prefix& prefix) const {
  const auto found =
      std::ranges::lower_bound(settings_->networks, prefix, std::less{}, &OwnNetwork::prefix);
  return found != settings_->networks.end() && found->prefix == prefix ? &*found : nullptr;
}

// Consecutive prefixes of one family with the same policies are judged together.
void OwnRoutes::slice() {
  if (work_.empty()) return;
  if (engine_.full()) {
    held_up_ = true;
    return;
  }
  if (!routes_) routes_.emplace(engine_.shards().size());
  std::vector<Nlri> run;
  const policy::Chain* policies = nullptr;
  const Prefix* prefix = nullptr;
  for (std::size_t i = 0; i < kSlice && (prefix = next_prefix()) != nullptr; ++i) {
    const OwnNetwork* const network = find(*prefix);
    const policy::Chain* const its = network == nullptr ? nullptr : network->policies.get();
    const Nlri nlri = unicast(*prefix);
    if (!run.empty() && (its != policies || nlri.family != run.front().family)) {
      put(run, policies);
      run.clear();
    }
    policies = its;
    run.push_back(nlri);
  }
  put(run, policies);
  (void)engine_.store(kOwnSlot, *routes_, unix_seconds(), engine_.load());
  engine_.advertise_later();
  if (prefix == nullptr) work_.pop_front();
  if (!work_.empty()) return slice_later();
  for (const auto& done : std::exchange(done_, {})) done();
}

// policies: null for prefixes that are no networks any more.
void OwnRoutes::put(const std::vector<Nlri>& run, const policy::Chain* policies) {
  if (run.empty()) return;
  const Family family = run.front().family;
  static const policy::Chain kNone;
  pipeline::Judge& judge = judge_of(policies == nullptr ? kNone : *policies);
  if (policies == nullptr) return judge.withdraw(family, run, *routes_);
  judge.originate(run, pipeline::own_attributes(family), *routes_);
  incomplete_ = judge.take_no_memory() || incomplete_;
}

pipeline::Judge& OwnRoutes::judge_of(const policy::Chain& policies) {
  std::unique_ptr<pipeline::Judge>& judge = judges_[&policies];
  if (judge == nullptr) {
    pipeline::ImportRules rules;
    rules.policies = policies;
    rules.peer.local_asn = settings_->asn;
    rules.egress = settings_->egress;
    rules.vrps = vrps_;
    judge = std::make_unique<pipeline::Judge>(
        engine_.shards(), pipeline::own_facts(settings_->asn),
        std::make_shared<const pipeline::ImportRules>(std::move(rules)));
  }
  return *judge;
}

void OwnRoutes::log_no_memory() {
  const std::uint64_t now = steady_nanoseconds();
  if (logged_ != 0 && now - logged_ < kLogEvery) return;
  logged_ = now;
  spdlog::error("memory is short: some networks of ours are not announced; tried once a second");
}

}  // namespace tern::session
