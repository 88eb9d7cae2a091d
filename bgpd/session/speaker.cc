#include "bgpd/session/speaker.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio.hpp>
#include <tuple>

#include "bgpd/session/speaker_impl.h"

namespace tern::session {
namespace {

constexpr auto kHousekeeping = std::chrono::seconds(1);
constexpr std::uint64_t kKeepAliveEvery = 100'000'000;  // nanoseconds between looks in a flood
constexpr std::uint64_t kLogEvery = 60'000'000'000;     // nanoseconds between lines of one kind

}  // namespace

Speaker::Impl::Impl(Loop& loop, const SpeakerThreads& threads)
    : loop_(loop),
      threads_(threads),
      shards_(threads.shards, {}, spaces_within_limits(threads.spaces, threads.shards)),
      read_buffer_(kReadBufferSize),
      listener_(loop.context(), [this](Tcp::socket socket) { accepted(std::move(socket)); }),
      newcomers_(loop.context(), read_buffer_, *this),
      host_watch_(
          loop.context(),
          [this](const pipeline::HostAddresses& changed) { host_addresses_changed(changed); }),
      housekeeping_(loop.context(), [this] { housekeep(); }),
      startup_(loop.context(), [this] { open_announcements(); }),
      engine_(
          shards_, fanouts_, threads.tables,
          [&loop](std::function<void()> work) { loop.post(std::move(work)); }, *this) {
  while (bulk_readers_.size() < threads.readers) {
    bulk_readers_.push_back(std::make_unique<BulkReader>(loop.context(), shards_, *this));
  }
}

// ---- Configuration

Speaker::Applied Speaker::Impl::apply(std::shared_ptr<const SettingsPlan> plan,
                                      std::function<void()> done) {
  while (!apply_slice()) {
  }
  auto listening = listener_.listen(plan->to->listen, plan->md5_keys);
  if (!listening.ok()) return listening.error();
  // Connections made under the old settings and keys go to the old neighbors. Later connections
  // have the new keys.
  if (started_) listener_.accept_now();
  settings_ = plan->to;
  std::vector<std::string> warnings = std::move(*listening);
  engine_.visit_all([this, decision = settings_->decision] { shards_.set_config(decision); });
  begin_applying(std::move(plan), std::move(done));

  if (!started_) {
    started_ = true;
    started_at_ = steady_nanoseconds();
    announcing_ = settings_->startup_delay.count() == 0;
    if (!announcing_) startup_.start(settings_->startup_delay);
    housekeeping_.start(kHousekeeping);
  }
  // One limit of the kernel can refuse a thousand neighbours with the same words.
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

// ---- Time

void Speaker::Impl::keep_alive() {
  const std::uint64_t now = steady_nanoseconds();
  if (now - kept_alive_ < kKeepAliveEvery) return;
  kept_alive_ = now;
  for (const auto& peer : peers_) {
    if (peer) peer->keepalive_if_due(now);
  }
}

void Speaker::Impl::housekeep() {
  const auto late = Timer::Clock::now() - housekeeping_.deadline();
  times_.loop_stall.add(std::chrono::duration<double>(late).count());
  const std::uint64_t now = steady_nanoseconds();
  newcomers_.tidy(now);
  for (Peer* peer : members()) {
    if (peer->dynamic() && peer->forgettable(now)) remove_peer(*peer);
  }
  free_departed();
  log_left_out(now);
  look_for_convergence();
  engine_.visit_all([this] { log_refused_paths(); });
  watch_memory();
  freeing_idle_ = false;
  if (engine_.idle_prefixes() > 0) engine_.free_idle();
  if (shutdown_done_) {
    std::exchange(shutdown_done_, nullptr)();
    return;
  }
  housekeeping_.start(kHousekeeping);
}

// While memory is short, ends the session that grew most in the last second. The speaker ends one
// session a second, because routes of an ended session leave in slices. Also ends the sessions
// whose paths found no room in the tables.
void Speaker::Impl::watch_memory() {
  const auto shortage = memory_.look(shards_);
  Peer* offender = nullptr;
  std::int64_t most = 0;
  grown_.resize(peers_.size());
  for (const auto& peer : peers_) {
    if (!peer) continue;
    const std::int64_t net = peer->import() != nullptr ? peer->import()->counters().net() : 0;
    const std::int64_t growth = net - std::exchange(grown_[peer->slot()], net);
    if (!shortage || growth <= most) continue;
    most = growth;
    offender = peer.get();
  }
  const std::uint64_t now = steady_nanoseconds();
  if (shortage && (memory_logged_ == 0 || now - memory_logged_ >= kLogEvery)) {
    memory_logged_ = now;
    spdlog::error("memory is short: {}; neighbors that go on announcing lose their sessions",
                  *shortage);
  }
  if (shards_.has_starved()) {
    engine_.visit_all([this] {
      for (const PeerSlot slot : shards_.take_starved()) {
        if (peers_[slot] && peers_[slot]->established()) peers_[slot]->refuse_resources();
      }
    });
  }
  if (offender != nullptr && offender->established()) offender->refuse_resources();
}

void Speaker::Impl::log_refused_paths() {
  const std::uint64_t refused = shards_.paths_refused();
  const std::uint64_t now = steady_nanoseconds();
  if (refused == refused_paths_ || now - refused_paths_logged_ < kLogEvery) return;
  const Peer* most = nullptr;
  std::uint64_t of_most = 0;
  for (const Peer* peer : members()) {
    const std::uint64_t of_peer = shards_.counts(peer->slot()).paths_refused;
    if (of_peer > of_most) std::tie(most, of_most) = std::tuple(peer, of_peer);
  }
  spdlog::warn("{} paths were left out: too many of one prefix (add_path.receive_limit){}",
               refused - refused_paths_,
               most == nullptr ? "" : ", most since the start from " + most->settings().name);
  refused_paths_ = refused;
  refused_paths_logged_ = now;
}

void Speaker::Impl::shutdown(const std::string& text, std::function<void()> done) {
  (void)listener_.listen({}, {});
  newcomers_.close_all();
  shutdown_done_ = std::move(done);
  for (const auto& peer : peers_) {
    if (peer) peer->disable(wire::cease::kAdministrativeShutdown, text);
  }
  // One moment for the NOTIFICATIONs to leave.
  housekeeping_.start(std::chrono::milliseconds(200));
}

// ---- Lookup and commands

std::vector<Peer*> Speaker::Impl::sorted_peers() const {
  std::vector<Peer*> sorted = members();
  std::sort(sorted.begin(), sorted.end(), [](const Peer* a, const Peer* b) {
    return a->settings().whole_address() < b->settings().whole_address();
  });
  return sorted;
}

Peer* Speaker::Impl::find(std::string_view neighbor) const {
  const auto zone = neighbor.find('%');
  if (const auto address = IpAddress::parse(neighbor.substr(0, zone))) {
    const auto [begin, end] = by_address_.equal_range(*address);
    const bool any_link = zone == std::string_view::npos;
    // Without its link an address that two neighbors have means neither.
    if (any_link && std::distance(begin, end) == 1) return peers_[begin->second].get();
    for (auto at = begin; !any_link && at != end; ++at) {
      Peer* peer = peers_[at->second].get();
      if (peer->settings().transport.interface == neighbor.substr(zone + 1)) return peer;
    }
  }
  for (Peer* peer : members()) {
    if (peer->settings().name == neighbor) return peer;
  }
  return nullptr;
}

std::vector<std::string> Speaker::Impl::command(std::string_view neighbor, NeighborAction action,
                                                const std::string& text) {
  std::vector<Peer*> meant;
  if (Peer* one = find(neighbor)) {
    meant.push_back(one);
  } else {
    for (Peer* peer : sorted_peers()) {
      if (neighbor == "all" || peer->settings().group == neighbor) meant.push_back(peer);
    }
  }
  std::vector<std::string> done;
  for (Peer* peer : meant) {
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
  return done;
}

// ---- The facade

Speaker::Speaker(Loop& loop, const SpeakerThreads& threads)
    : impl_(std::make_unique<Impl>(loop, threads)) {}
Speaker::~Speaker() = default;

Speaker::Applied Speaker::apply(std::shared_ptr<const SettingsPlan> plan,
                                std::function<void()> done) {
  return impl_->apply(std::move(plan), std::move(done));
}
std::shared_ptr<const SpeakerSettings> Speaker::running() const {
  return impl_->started_ ? impl_->settings_ : nullptr;
}
void Speaker::shutdown(const std::string& text, std::function<void()> done) {
  impl_->shutdown(text, std::move(done));
}
std::vector<std::string> Speaker::command(std::string_view neighbor, NeighborAction action,
                                          const std::string& text) {
  return impl_->command(neighbor, action, text);
}
std::uint64_t Speaker::membership() const { return impl_->membership_; }
bool Speaker::busy() const { return impl_->busy(); }
void Speaker::look(std::function<void()> at) { impl_->engine().visit_all(std::move(at)); }
const rib::Shards& Speaker::shards() const { return impl_->shards_; }
const pipeline::Fanouts& Speaker::fanouts() const { return impl_->fanouts_; }
const SpeakerSettings& Speaker::settings() const { return *impl_->settings_; }
const SpeakerTimes& Speaker::times() const { return impl_->times_; }
void Speaker::record_reload(double seconds) { impl_->times_.reload_stall.add(seconds); }
bool Speaker::ready() const { return impl_->started_ && impl_->announcing_; }
std::uint64_t Speaker::strangers() const { return impl_->strangers_; }
std::uint64_t Speaker::loans() const { return impl_->loans(); }
std::uint64_t Speaker::shard_loans() const { return impl_->shard_loans(); }
void Speaker::on_revoked(std::function<void()> call) { impl_->on_revoked_ = std::move(call); }
std::vector<Peer*> Speaker::peers() const { return impl_->sorted_peers(); }
Peer* Speaker::find(std::string_view neighbor) const { return impl_->find(neighbor); }
Peer* Speaker::peer(PeerSlot slot) const {
  return slot < impl_->peers_.size() ? impl_->peers_[slot].get() : nullptr;
}

TableShare::TableShare(Speaker& speaker) : speaker_(speaker) {
  speaker_.impl_->shards_.share();
  speaker_.impl_->shares_.push_back(this);
}

TableShare::~TableShare() {
  speaker_.impl_->engine().post_each(engine::Load::Light,
                                     [](engine::Shard& shard) { shard.rib.unshare(); });
  std::erase(speaker_.impl_->shares_, this);
}

}  // namespace tern::session
