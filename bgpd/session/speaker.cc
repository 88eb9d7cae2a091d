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
constexpr std::uint32_t kDynamicLinger = 10;            // seconds a dynamic neighbour is remembered
constexpr std::size_t kIdleSlice = 16384;               // destinations freed with each housekeeping

}  // namespace

Speaker::Impl::Impl(Loop& loop, const SpeakerThreads& threads)
    : loop_(loop),
      threads_(threads),
      shards_(threads.shards),
      read_buffer_(kReadBufferSize),
      listener_(loop.context(), [this](Tcp::socket socket) { accepted(std::move(socket)); }),
      housekeeping_(loop.context(), [this] { housekeep(); }),
      startup_(loop.context(), [this] { open_announcements(); }),
      pool_(loop.context(), shards_, fanouts_, threads.tables, *this) {
  while (bulk_readers_.size() < threads.readers) {
    bulk_readers_.push_back(std::make_unique<BulkReader>(loop.context(), shards_, *this));
  }
}

// ---- Configuration

Result<std::vector<std::string>, std::string> Speaker::Impl::apply(SpeakerSettings settings) {
  if (auto failure = listener_.listen(settings.listen)) return *failure;
  recall_shards();
  const bool rank_all = !(settings.decision == shards_.config());
  settings_ = std::move(settings);
  std::vector<std::string> warnings = listener_.set_keys(md5_keys());
  shards_.set_config(settings_.decision);

  std::vector<bool> stale(peers_.size());
  apply_peers(stale);
  const bool judge = std::find(stale.begin(), stale.end(), true) != stale.end();
  if (judge || (rank_all && started_)) reevaluate(stale, rank_all);
  if (!round_.is_reload() && !next_round_.is_reload()) walk_waiting_rules();

  if (!started_) {
    started_ = true;
    started_at_ = steady_nanoseconds();
    announcing_ = settings_.startup_delay.count() == 0;
    if (!announcing_) startup_.start(settings_.startup_delay);
    housekeeping_.start(kHousekeeping);
  }
  // One limit of the kernel can refuse a thousand neighbours with the same words.
  constexpr std::size_t kMostLines = 3;
  if (warnings.size() > kMostLines) {
    const std::size_t more = warnings.size() - kMostLines;
    warnings.resize(kMostLines);
    warnings.push_back("and " + std::to_string(more) + " more MD5 keys were refused");
  }
  if (!(settings_.threads == threads_)) {
    warnings.emplace_back("router.reader_threads and table_threads take effect with a restart");
  }
  for (const std::string& warning : warnings) spdlog::error("{}", warning);
  return warnings;
}

void Speaker::Impl::apply_peers(std::vector<bool>& stale) {
  ++membership_;
  std::map<PeerAddress, const PeerSettings*> wanted;
  for (const PeerSettings& peer : settings_.peers) wanted.emplace(peer.whole_address(), &peer);
  for (Peer* peer : members()) {
    const auto found = wanted.find(peer->settings().whole_address());
    if (found != wanted.end()) {
      stale[peer->slot()] = peer->apply(*found->second, false);
      wanted.erase(found);
    } else if (!peer->dynamic()) {
      remove_peer(*peer);
    }
  }
  apply_dynamic(stale);
  // In the order of the file, so that slots and log lines follow it.
  for (const PeerSettings& peer : settings_.peers) {
    if (!wanted.contains(peer.whole_address())) continue;
    if (has_slot()) {
      add_peer(peer, false).start();
    } else {  // the file has no more than fit (conf), but others may not have left yet
      spdlog::error("neighbour {} is left out: there are {} already; reload again", peer.name,
                    kMostPeerSlots);
    }
  }
}

void Speaker::Impl::apply_dynamic(std::vector<bool>& stale) {
  for (Peer* peer : members()) {
    if (!peer->dynamic()) continue;
    const DynamicRange* range = range_of(peer->settings().address);
    if (range == nullptr) {
      remove_peer(*peer);
      continue;
    }
    const PeerAddress address = peer->settings().whole_address();
    stale[peer->slot()] = peer->apply(range->settings_of(address), true);
  }
}

std::vector<Peer*> Speaker::Impl::members() const {
  std::vector<Peer*> members;
  for (const auto& peer : peers_) {
    if (peer && !peer->left()) members.push_back(peer.get());
  }
  return members;
}

Peer* Speaker::Impl::member(const boost::asio::ip::address& address) const {
  const auto [begin, end] = by_address_.equal_range(from_tcp(address));
  const auto found = std::find_if(begin, end, [&](const auto& entry) {
    return on_interface(address, peers_[entry.second]->settings().transport.interface);
  });
  return found != end ? peers_[found->second].get() : nullptr;
}

bool Speaker::Impl::has_slot() const {
  return peers_.size() < kMostPeerSlots ||
         std::ranges::any_of(peers_, [](const auto& peer) { return peer == nullptr; });
}

Peer& Speaker::Impl::add_peer(PeerSettings settings, bool dynamic) {
  PeerSlot slot = 0;
  while (slot < peers_.size() && peers_[slot]) ++slot;
  if (slot == peers_.size()) {
    peers_.emplace_back();
    waits_to_pump_.push_back(false);
  }
  settings.fsm.jitter_seed = steady_nanoseconds() + slot * 7919U;
  recall_shards();
  shards_.set_peer(slot, {settings.kind, 0, settings.address});
  by_address_.emplace(settings.address, slot);
  ++membership_;
  peers_[slot] = std::make_unique<Peer>(*this, slot, std::move(settings), dynamic);
  return *peers_[slot];
}

// Requires a member.
void Speaker::Impl::remove_peer(Peer& peer) {
  const auto [begin, end] = by_address_.equal_range(peer.settings().address);
  by_address_.erase(
      std::find_if(begin, end, [&](const auto& entry) { return entry.second == peer.slot(); }));
  peer.leave();
  departed_.push_back(peer.slot());
}

// Slots of neighbours that left are free again once their connections are closed and their routes
// gone.
void Speaker::Impl::free_departed() {
  if (!departed_.empty()) gather_shards();
  std::erase_if(departed_, [this](PeerSlot slot) {
    if (!peers_[slot]->quiet() || shards_.has_paths(slot)) return false;
    shards_.forget_peer(slot);
    peers_[slot].reset();
    ++membership_;
    return true;
  });
}

std::map<Prefix, std::string> Speaker::Impl::md5_keys() const {
  std::map<Prefix, std::string> keys;
  for (const DynamicRange& range : settings_.dynamic_ranges) {
    if (!range.settings.transport.md5_password.empty()) {
      keys[range.prefix] = range.settings.transport.md5_password;
    }
  }
  for (const PeerSettings& peer : settings_.peers) {
    if (peer.transport.md5_password.empty()) continue;
    keys[Prefix(peer.address, static_cast<std::uint8_t>(peer.address.bits()))] =
        peer.transport.md5_password;
  }
  return keys;
}

// ---- Neighbours that come

void Speaker::Impl::accepted(Tcp::socket socket) {
  boost::system::error_code error;
  const Tcp::endpoint remote = socket.remote_endpoint(error);
  if (error || shutdown_done_) return;
  const PeerAddress address{from_tcp(remote.address()), zone_of(remote.address())};
  Peer* peer = member(remote.address());
  if (peer == nullptr) peer = dynamic_peer(address);
  if (peer == nullptr) {
    ++strangers_;
    spdlog::debug("connection from {}, which is no neighbour of ours", to_string(address));
    return;  // closes the socket
  }
  peer->incoming(std::move(socket));
}

const DynamicRange* Speaker::Impl::range_of(const IpAddress& address) const {
  for (const DynamicRange& range : settings_.dynamic_ranges) {
    if (range.prefix.contains(address)) return &range;
  }
  return nullptr;
}

Peer* Speaker::Impl::dynamic_peer(const PeerAddress& address) {
  const DynamicRange* range = range_of(address.address);
  if (range == nullptr || !has_slot()) return nullptr;
  const auto all = members();
  const auto present = std::count_if(all.begin(), all.end(), [&](const Peer* peer) {
    return peer->dynamic() && range->prefix.contains(peer->settings().address);
  });
  if (static_cast<std::uint64_t>(present) >= range->limit) {
    if (const std::uint64_t now = steady_nanoseconds(); now - full_range_logged_ > kLogEvery) {
      full_range_logged_ = now;
      spdlog::warn("range {}: {} neighbours already, {} is refused", range->prefix.to_string(),
                   present, to_string(address));
    }
    return nullptr;
  }
  Peer& peer = add_peer(range->settings_of(address), true);
  peer.start();
  return &peer;
}

// ---- Time

void Speaker::Impl::keep_alive() {
  const std::uint64_t now = steady_nanoseconds();
  if (now - kept_alive_ < kKeepAliveEvery) return;
  kept_alive_ = now;
  const Timer::Clock::time_point time = Timer::Clock::now();
  for (const auto& peer : peers_) {
    if (peer) peer->keepalive_if_due(time);
  }
}

void Speaker::Impl::housekeep() {
  const auto late = Timer::Clock::now() - housekeeping_.deadline();
  times_.loop_stall.add(std::chrono::duration<double>(late).count());
  for (Peer* peer : members()) {
    if (!peer->dynamic()) continue;
    if (peer->state() < fsm::State::OpenSent &&
        unix_seconds() - peer->state_since() > kDynamicLinger) {
      remove_peer(*peer);
    }
  }
  free_departed();
  look_for_convergence();
  log_refused_paths();
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
    if (!pool_.away(shard)) shards_[shard].free_idle(kIdleSlice);
  }
  if (shutdown_done_) {
    std::exchange(shutdown_done_, nullptr)();
    return;
  }
  housekeeping_.start(kHousekeeping);
}

void Speaker::Impl::log_refused_paths() {
  if (away() != 0) return;
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
  (void)listener_.listen({});
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
// Jobs hold what belongs to the RIB: they go first.
Speaker::~Speaker() { impl_->loop_.drop_jobs(); }

Result<std::vector<std::string>, std::string> Speaker::apply(SpeakerSettings settings) {
  return impl_->apply(std::move(settings));
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
void Speaker::gather_shards() { impl_->gather_shards(); }
const rib::Shards& Speaker::shards() const { return impl_->shards_; }
const pipeline::Fanouts& Speaker::fanouts() const { return impl_->fanouts_; }
const SpeakerSettings& Speaker::settings() const { return impl_->settings_; }
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
  speaker_.gather_shards();
  speaker_.impl_->shards_.share();
  speaker_.impl_->shares_.push_back(this);
}

TableShare::~TableShare() {
  speaker_.gather_shards();
  speaker_.impl_->shards_.unshare();
  std::erase(speaker_.impl_->shares_, this);
}

}  // namespace tern::session
