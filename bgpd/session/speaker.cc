#include "bgpd/session/speaker.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio.hpp>
#include <tuple>

#include "bgpd/pipeline/own_path.h"
#include "bgpd/session/speaker_impl.h"

namespace tern::session {
namespace {

constexpr auto kHousekeeping = std::chrono::seconds(1);
constexpr double kMostSettling = 10;  // seconds that next hops may take behind the last table

}  // namespace

Speaker::Impl::Impl(Loop& loop, const SpeakerThreads& threads)
    : loop_(loop),
      threads_(threads),
      shards_(threads.shards, {}, spaces_within_limits(threads.spaces, threads.shards)),
      read_buffer_(kReadBufferSize),
      neighbors_({loop, read_buffer_, engine_, intake_, writer_, reevaluation_, host_watch_, vrps_,
                  geofeed_, registrations_, usual_paths_, guard_order_table_, egress_costs_,
                  next_hops_, pop_drained_, pop_added_cost_, conditions_, route_filters_, *this}),
      admission_(loop, read_buffer_, neighbors_),
      host_watch_(
          loop.context(),
          [this](const pipeline::HostAddresses& changed) { host_addresses_changed(changed); }),
      reevaluation_(loop, engine_, neighbors_, times_, egress_costs_, next_hops_),
      next_hop_rules_(loop, neighbors_, reevaluation_),
      costs_(loop, neighbors_, reevaluation_, egress_costs_,
             [this](const policy::CostChange& change) { own_routes_.costs_changed(change); }),
      guard_orders_(neighbors_, reevaluation_, guard_order_table_),
      route_filters_(neighbors_),
      drains_(loop, engine_, neighbors_, reevaluation_, pop_drained_, pop_added_cost_),
      health_(neighbors_, drains_, egress_costs_, costs_),
      conditions_(loop, engine_, neighbors_, pop_drained_, next_hops_,
                  [this](const std::set<std::string>& names) { conditions_changed(names); }),
      default_routes_(loop, neighbors_),
      aggregates_(loop, engine_, reevaluation_, conditions_, settings_, network_index_, vrps_,
                  [this](const Prefix& prefix) { own_routes_.aggregate_changed(prefix); }),
      own_routes_(loop, engine_, settings_, network_index_, vrps_, egress_costs_, aggregates_,
                  [this] { aggregates_.stored(); }),
      reconfiguration_(loop, neighbors_, admission_, reevaluation_, times_),
      kept_prefixes_(engine_, neighbors_),
      next_hop_census_(engine_, neighbors_),
      writer_(loop, engine_, neighbors_, times_),
      housekeeping_(loop.context(), [this] { housekeep(); }),
      startup_(loop.context(), [this] { open_announcements(); }),
      engine_(
          shards_, advertisers_, threads.tables,
          [&loop](std::function<void()> work) { loop.post(std::move(work)); }, *this),
      intake_(loop, engine_, times_, threads.readers) {
  engine_.visit_all([this] { shards_.set_peer(kOwnSlot, pipeline::own_rank()); });
}

// ---- Configuration

Speaker::Applied Speaker::Impl::apply(std::shared_ptr<const SettingsPlan> plan,
                                      std::function<void()> done) {
  reconfiguration_.finish();
  auto listening = admission_.listen(*plan);
  if (!listening.ok()) return listening.error();
  // Connections made under the old settings and keys go to the old neighbors. Later connections
  // have the new keys.
  if (started_) admission_.accept_now();
  settings_ = plan->to;
  renumber_geofeed();
  network_index_ = plan->network_index;
  admission_.set_settings(settings_);
  kept_prefixes_.set_most(settings_->most_kept_prefixes);
  neighbors_.note_new_settings();
  costs_.apply(*settings_);
  health_.apply(settings_);
  std::vector<std::string> warnings = std::move(*listening);
  engine_.visit_all([this, decision = settings_->decision, renumbers = plan->pops != nullptr,
                     before = plan->from] {
    shards_.set_config(decision);
    if (!renumbers) return;
    moves_.look(shards_, before->egress, steady_nanoseconds());
    shards_.hold_moves();
  });
  conditions_.apply(settings_->conditions);
  aggregates_.apply();
  own_routes_.apply(plan);
  reconfiguration_.begin(std::move(plan), !started_, [this, done = std::move(done)]() mutable {
    own_routes_.when_done(std::move(done));
  });

  if (!started_) {
    started_ = true;
    started_at_ = steady_nanoseconds();
    announcing_ = settings_->startup_delay.count() == 0;
    if (!announcing_) startup_.start(settings_->startup_delay);
    housekeeping_.start(kHousekeeping);
  }
  // One limit of the kernel can cause the same refusal for a thousand neighbors.
  constexpr std::size_t kMostLines = 3;
  if (warnings.size() > kMostLines) {
    const std::size_t more = warnings.size() - kMostLines;
    warnings.resize(kMostLines);
    warnings.push_back("and " + std::to_string(more) + " more MD5 keys were refused");
  }
  if (!(settings_->threads == threads_)) {
    warnings.emplace_back("router.reader_threads and table_threads take effect with a restart");
  }
  for (const std::string& warning : warnings) spdlog::error("{}", warning);
  return warnings;
}

// ---- Events of neighbors and strands

void Speaker::Impl::established(Peer& peer) {
  if (announcing_) peer.begin_announcing();
}

void Speaker::Impl::end_of_rib(Peer& peer, Family family) {
  spdlog::debug("peer {}: End-of-RIB of {}", peer.settings().name, to_string(family));
  look_for_convergence();
}

// A neighbor that never came up does not count after the time of one attempt to connect. Where
// received routes resolve next hops, the routes that wait for these are part of the tables.
void Speaker::Impl::look_for_convergence() {
  if (times_.convergence_seconds != 0) return;
  const double now = seconds_since(started_at_);
  std::uint32_t heard = 0;
  std::uint32_t absent = 0;
  for (const auto& peer : neighbors_.slots()) {
    if (!peer || peer->left() || peer->dynamic() || !peer->admin_up()) continue;
    if (peer->heard_end_of_rib()) {
      ++heard;
      continue;
    }
    const std::chrono::duration<double> wait = peer->settings().fsm.connect_retry;
    if (peer->was_established() || now < wait.count()) return;
    ++absent;
  }
  if (heard == 0) return;  // no neighbor has sent a table
  if (complete_since_ == 0) complete_since_ = now;
  const bool settled = next_hops_ == nullptr || next_hops_->settled();
  if (!settled && now < complete_since_ + kMostSettling) return;
  times_.convergence_seconds = now;
  times_.convergence_heard = heard;
  times_.convergence_absent = absent;
  spdlog::info("every neighbor sent its table{}: {:.3f} s after the start",
               absent == 0 ? "" : ", but " + std::to_string(absent) + " that never came up", now);
  if (!announcing_) open_announcements();
}

void Speaker::Impl::open_announcements() {
  if (announcing_) return;
  announcing_ = true;
  startup_.stop();
  for (const auto& peer : neighbors_.slots()) {
    if (peer) peer->begin_announcing();
  }
}

void Speaker::Impl::advertised() {
  writer_.advertised();
  kept_prefixes_.look();
  intake_.see_to_memory();
}

void Speaker::Impl::worked() {
  intake_.count_stored();
  writer_.advertised();
  kept_prefixes_.look();
  intake_.go_on();
  own_routes_.go_on();
}

// Routes that were admitted by the old rules are stored before the round, so the round finds them.
void Speaker::Impl::host_addresses_changed(const pipeline::HostAddresses& changed) {
  for (const auto& peer : neighbors_.slots()) {
    if (peer) peer->host_addresses_changed();
  }
  reevaluation_.host_addresses_changed(changed);
}

// The rules come first, so the round finds them. A route that waits to be stored is judged again if
// its rules are replaced (Import::store()).
void Speaker::Impl::set_vrps(std::shared_ptr<const policy::VrpTable> vrps,
                             std::vector<policy::PrefixRange> changed) {
  vrps_ = std::move(vrps);
  rib::ClientSet imports;
  rib::ClientSet exports;
  for (const auto& peer : neighbors_.slots()) {
    if (!peer) continue;
    const Peer::ReadsRpki reads = peer->vrps_changed();
    if (reads.imports) imports.insert(peer->slot());
    if (reads.exports) exports.insert(peer->slot());
  }
  own_routes_.vrps_changed(changed);
  reevaluation_.ranges_changed(std::move(changed), imports, exports);
}

// A table of earlier places counts by their names until one of the present places comes.
void Speaker::Impl::renumber_geofeed() {
  const policy::Places& places = settings_->egress->places();
  if (geofeed_ == nullptr || geofeed_->places() == places.digest()) return;
  geofeed_ = std::make_shared<const policy::Geofeed>(geofeed_->renumbered(places));
}

void Speaker::Impl::set_geofeed(std::shared_ptr<const policy::Geofeed> geofeed,
                                std::vector<policy::PrefixRange> changed) {
  geofeed_ = std::move(geofeed);
  renumber_geofeed();
  rib::ClientSet imports;
  for (const auto& peer : neighbors_.slots()) {
    if (peer && peer->geofeed_changed()) imports.insert(peer->slot());
  }
  reevaluation_.ranges_changed(std::move(changed), imports, {});
}

void Speaker::Impl::set_registrations(
    std::shared_ptr<const policy::RegistrationTable> registrations,
    std::vector<policy::PrefixRange> changed) {
  registrations_ = std::move(registrations);
  guard_changed(std::move(changed));
}

void Speaker::Impl::set_usual_paths(std::shared_ptr<const policy::UsualPaths> usual,
                                    std::vector<policy::PrefixRange> changed) {
  usual_paths_ = std::move(usual);
  const bool reads = registrations_ != nullptr && registrations_->reads_usual();
  if (reads) guard_changed(std::move(changed));
}

void Speaker::Impl::guard_changed(std::vector<policy::PrefixRange> changed) {
  rib::ClientSet imports;
  for (const auto& peer : neighbors_.slots()) {
    if (peer && peer->guard_changed()) imports.insert(peer->slot());
  }
  reevaluation_.ranges_changed(std::move(changed), imports, {});
}

// Aggregates come first, so that suppressed routes are advertised before their aggregate leaves.
void Speaker::Impl::conditions_changed(const std::set<std::string>& names) {
  aggregates_.conditions_changed();
  own_routes_.conditions_changed(names);
  default_routes_.conditions_changed(names);
}

// ---- Time

void Speaker::Impl::housekeep() {
  const auto late = Timer::Clock::now() - housekeeping_.deadline();
  times_.loop_stall.add(std::chrono::duration<double>(late).count());
  const std::uint64_t now = steady_nanoseconds();
  admission_.tidy(now);
  drains_.look(now);
  costs_.look(now);
  guard_orders_.look(unix_seconds());
  health_.look(now);
  neighbors_.free_departed([this](PeerSlot slot) { reevaluation_.slot_freed(slot); });
  log_left_out(now);
  look_for_convergence();
  // A reload may give places other numbers before the visit runs.
  engine_.visit_all([this, now, egress = settings_->egress] {
    log_refused_paths();
    moves_.look(shards_, egress, now);
  });
  watch_memory();
  conditions_.look();
  aggregates_.look();
  own_routes_.keep_house(unix_seconds());
  kept_prefixes_.free();
  if (shutdown_done_) {
    std::exchange(shutdown_done_, nullptr)();
    return;
  }
  housekeeping_.start(kHousekeeping);
}

// While memory is short, ends the session that grew most in the last second. The speaker ends one
// session a second, because routes of an ended session leave in slices. Also ends the sessions
// whose paths were refused because the tables had no space.
void Speaker::Impl::watch_memory() {
  const auto shortage = memory_.look(shards_);
  Peer* offender = nullptr;
  std::int64_t most = 0;
  grown_.resize(neighbors_.slots().size());
  for (const auto& peer : neighbors_.slots()) {
    if (!peer) continue;
    const std::int64_t net = peer->import() != nullptr ? peer->import()->counters().net() : 0;
    const std::int64_t growth = net - std::exchange(grown_[peer->slot()], net);
    if (!shortage || growth <= most) continue;
    most = growth;
    offender = peer.get();
  }
  const std::uint64_t now = steady_nanoseconds();
  if (shortage && (memory_logged_ == 0 || now - memory_logged_ >= LogLimiter::kInterval)) {
    memory_logged_ = now;
    spdlog::error("memory is short: {}; neighbors that go on announcing lose their sessions",
                  *shortage);
  }
  if (shards_.has_starved()) {
    engine_.visit_all([this] {
      for (const PeerSlot slot : shards_.take_starved()) {
        if (slot == kOwnSlot) own_routes_.starved();
        Peer* const peer = neighbors_.at(slot);
        if (peer != nullptr && peer->established()) peer->refuse_resources();
      }
    });
  }
  if (offender != nullptr && offender->established()) offender->refuse_resources();
}

void Speaker::Impl::log_refused_paths() {
  const std::uint64_t refused = shards_.paths_refused();
  const std::uint64_t now = steady_nanoseconds();
  if (refused == refused_paths_ || now - refused_paths_logged_ < LogLimiter::kInterval) return;
  const Peer* most = nullptr;
  std::uint64_t of_most = 0;
  for (const Peer* peer : neighbors_.members()) {
    const std::uint64_t of_peer = shards_.counts(peer->slot()).paths_refused;
    if (of_peer > of_most) std::tie(most, of_most) = std::tuple(peer, of_peer);
  }
  spdlog::warn("{} paths were left out: too many of one prefix (add_path.receive_limit){}",
               refused - refused_paths_,
               most == nullptr ? "" : ", most since the start from " + most->settings().name);
  refused_paths_ = refused;
  refused_paths_logged_ = now;
}

void Speaker::Impl::log_left_out(std::uint64_t now) {
  for (Peer* peer : neighbors_.members()) peer->log_left_out(now);
  admission_.log_left_out(now);
}

void Speaker::Impl::shutdown(const std::string& text, std::function<void()> done) {
  admission_.close();
  shutdown_done_ = std::move(done);
  for (const auto& peer : neighbors_.slots()) {
    if (peer) peer->disable(wire::cease::kAdministrativeShutdown, text);
  }
  // One moment for the NOTIFICATIONs to leave.
  housekeeping_.start(std::chrono::milliseconds(200));
}

// ---- Commands

std::vector<Peer*> Speaker::Impl::meant(std::string_view neighbor) const {
  if (Peer* one = neighbors_.find(neighbor)) return {one};
  std::vector<Peer*> meant;
  for (Peer* peer : neighbors_.sorted()) {
    if (neighbor == "all" || peer->settings().group == neighbor) meant.push_back(peer);
  }
  return meant;
}

std::vector<std::string> Speaker::Impl::command(std::string_view neighbor, NeighborAction action,
                                                const std::string& text) {
  std::vector<std::string> done;
  for (Peer* peer : meant(neighbor)) {
    bool worked = true;
    switch (action) {
      case NeighborAction::Enable:
        peer->enable();
        break;
      case NeighborAction::Disable:
        peer->disable(wire::cease::kAdministrativeShutdown, text);
        break;
      case NeighborAction::Reset:
        peer->reset(wire::cease::kAdministrativeReset, text);
        break;
      case NeighborAction::RefreshIn:
        worked = peer->request_refresh();
        break;
      case NeighborAction::RefreshOut:
        worked = peer->announce_again();
        break;
    }
    if (worked) done.push_back(peer->settings().name);
  }
  drains_.note_change();
  return done;
}

}  // namespace tern::session
