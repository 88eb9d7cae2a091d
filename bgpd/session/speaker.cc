#include "bgpd/session/speaker.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio.hpp>
#include <unordered_map>

#include "bgpd/session/listener.h"
#include "bgpd/session/peer.h"

namespace tern::session {
namespace {

constexpr rib::DestId kSlice = 1024;             // destinations per step of a job
constexpr std::size_t kDistributeSlice = 16384;  // changed destinations told of in one turn
constexpr std::size_t kWalkSlice = 4096;         // destinations walked for new clients in one turn
constexpr auto kHousekeeping = std::chrono::seconds(1);
constexpr std::uint64_t kKeepAliveEvery = 100'000'000;  // nanoseconds between looks in a flood
constexpr std::uint64_t kLogEvery = 60'000'000'000;     // nanoseconds between lines of one kind
constexpr std::uint32_t kDynamicLinger = 10;            // seconds a dynamic neighbour is remembered

double seconds_since(std::uint64_t nanoseconds) {
  return static_cast<double>(steady_nanoseconds() - nanoseconds) * 1e-9;
}

}  // namespace

class Speaker::Impl final : public Peer::Host {
 public:
  explicit Impl(Loop& loop)
      : loop_(loop),
        read_buffer_(kReadBufferSize),
        listener_(loop.context(), [this](Tcp::socket socket) { accepted(std::move(socket)); }),
        housekeeping_(loop.context(), [this] { housekeep(); }),
        startup_(loop.context(), [this] { open_announcements(); }) {}

  Result<std::vector<std::string>, std::string> apply(SpeakerSettings settings);
  void shutdown(const std::string& text, std::function<void()> done);
  std::vector<std::string> command(std::string_view neighbor, NeighborAction action,
                                   const std::string& text);
  [[nodiscard]] std::vector<Peer*> sorted_peers() const;
  [[nodiscard]] Peer* find(std::string_view neighbor) const;

  // Peer::Host
  Loop& loop() override { return loop_; }
  rib::Rib& rib() override { return rib_; }
  pipeline::Fanout& fanout() override { return fanout_; }
  ReadBuffer& read_buffer() override { return read_buffer_; }
  void routes_changed(std::uint64_t read_time) override;
  void pump_later(Peer& peer) override;
  void walk_later() override;
  void room_made() override;
  void session_ended(Peer& peer) override;
  void sweep(PeerSlot slot, Family family) override;
  void end_of_rib(Peer& peer, Family family) override;
  [[nodiscard]] bool may_announce() const override { return announcing_; }
  void update_written(std::uint64_t read_time) override {
    times_.update_propagation.add(seconds_since(read_time));
  }
  void keep_alive() override;

  Loop& loop_;
  rib::Rib rib_;
  pipeline::Fanout fanout_{rib_};
  SpeakerSettings settings_;
  SpeakerTimes times_;
  std::vector<std::unique_ptr<Peer>> peers_;  // by slot; null: free
  std::uint64_t strangers_ = 0;
  bool started_ = false;
  bool announcing_ = false;

 private:
  Peer& add_peer(PeerSettings settings, bool dynamic);
  void remove_peer(Peer& peer);
  // Notes in `stale` the slots whose import rules changed under a running session.
  void apply_peers(std::vector<bool>& stale);
  void apply_dynamic(std::vector<bool>& stale);
  void reevaluate(std::vector<bool> stale, bool rank_all);
  [[nodiscard]] std::map<Prefix, std::string> md5_keys() const;
  void accepted(Tcp::socket socket);
  [[nodiscard]] Peer* dynamic_peer(const IpAddress& address);
  [[nodiscard]] const DynamicRange* range_of(const IpAddress& address) const;
  void distribute();
  void distribute_later();
  void walk();
  void pump_established();
  void pump_all();
  void open_announcements();
  void housekeep();
  void free_departed();

  ReadBuffer read_buffer_;
  Listener listener_;
  Timer housekeeping_;
  Timer startup_;
  std::unordered_map<IpAddress, PeerSlot> by_address_;
  std::vector<PeerSlot> departed_;       // removed, kept until nothing refers to the slot
  std::vector<std::uint32_t> sweeping_;  // jobs under way, by slot
  struct RefreshSweep {
    rib::Generations fresh{};
    rib::DestId next = 0;
    bool running = false;
  };
  std::map<std::pair<PeerSlot, Family>, RefreshSweep> refresh_sweeps_;
  std::vector<PeerSlot> to_pump_;
  std::vector<bool> waits_to_pump_;  // by slot: stands in to_pump_
  bool distribute_posted_ = false;
  bool walk_posted_ = false;
  bool pump_posted_ = false;
  std::uint64_t changes_read_time_ = 0;
  std::uint64_t started_at_ = 0;
  std::uint64_t kept_alive_ = 0;
  std::uint64_t full_range_logged_ = 0;
  std::function<void()> shutdown_done_;
};

// ---- Configuration

Result<std::vector<std::string>, std::string> Speaker::Impl::apply(SpeakerSettings settings) {
  if (auto failure = listener_.listen(settings.listen)) return *failure;
  const bool rank_all = !(settings.decision == rib_.config());
  settings_ = std::move(settings);
  std::vector<std::string> warnings = listener_.set_keys(md5_keys());
  rib_.set_config(settings_.decision);

  std::vector<bool> stale(peers_.size());
  apply_peers(stale);
  const bool judge = std::find(stale.begin(), stale.end(), true) != stale.end();
  if (judge || (rank_all && started_)) reevaluate(std::move(stale), rank_all);

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
  for (const std::string& warning : warnings) spdlog::error("{}", warning);
  return warnings;
}

void Speaker::Impl::apply_peers(std::vector<bool>& stale) {
  std::unordered_map<IpAddress, const PeerSettings*> wanted;
  for (const PeerSettings& peer : settings_.peers) wanted.emplace(peer.address, &peer);
  for (const auto& peer : peers_) {
    if (!peer || !by_address_.contains(peer->settings().address)) continue;
    const auto found = wanted.find(peer->settings().address);
    if (found != wanted.end() && !peer->dynamic()) {
      stale[peer->slot()] = peer->apply(*found->second);
      wanted.erase(found);
    } else if (found != wanted.end() || !peer->dynamic()) {
      remove_peer(*peer);  // gone from the list, or listed now where it was dynamic
    }
  }
  apply_dynamic(stale);
  // In the order of the file, so that slots and log lines follow it.
  for (const PeerSettings& peer : settings_.peers) {
    if (wanted.contains(peer.address)) add_peer(peer, false).start();
  }
}

void Speaker::Impl::apply_dynamic(std::vector<bool>& stale) {
  for (const auto& peer : peers_) {
    if (!peer || !peer->dynamic() || !by_address_.contains(peer->settings().address)) continue;
    const DynamicRange* range = range_of(peer->settings().address);
    if (range == nullptr) {
      remove_peer(*peer);
      continue;
    }
    PeerSettings settings = range->settings;
    settings.address = peer->settings().address;
    settings.name = settings.address.to_string();
    settings.import.peer.address = settings.exported.peer.address = settings.address;
    settings.import.peer.name = settings.exported.peer.name = settings.name;
    stale[peer->slot()] = peer->apply(std::move(settings));
  }
}

Peer& Speaker::Impl::add_peer(PeerSettings settings, bool dynamic) {
  PeerSlot slot = 0;
  while (slot < peers_.size() && peers_[slot]) ++slot;
  if (slot == peers_.size()) {
    peers_.emplace_back();
    sweeping_.push_back(0);
    waits_to_pump_.push_back(false);
  }
  settings.fsm.jitter_seed = steady_nanoseconds() + slot * 7919U;
  rib_.set_peer(slot, {settings.kind, 0, settings.address});
  by_address_[settings.address] = slot;
  peers_[slot] = std::make_unique<Peer>(*this, slot, std::move(settings), dynamic);
  return *peers_[slot];
}

void Speaker::Impl::remove_peer(Peer& peer) {
  by_address_.erase(peer.settings().address);
  peer.disable(wire::cease::kPeerDeconfigured, {});
  departed_.push_back(peer.slot());
}

// Slots of neighbours that left are free again once their connections are closed and their routes
// gone.
void Speaker::Impl::free_departed() {
  std::erase_if(departed_, [this](PeerSlot slot) {
    if (!peers_[slot]->quiet() || sweeping_[slot] > 0) return false;
    peers_[slot].reset();
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

// Judges again what the stale peers sent, in slices between which updates flow.
void Speaker::Impl::reevaluate(std::vector<bool> stale, bool rank_all) {
  struct State {
    std::vector<bool> stale;
    rib::DestId next = 0;
    double longest = 0;
  };
  auto state = std::make_shared<State>();
  state->stale = std::move(stale);
  loop_.add_job([this, state, rank_all] {
    const std::uint64_t begin = steady_nanoseconds();
    std::vector<PeerSlot> peers;
    const rib::DestId end = std::min(rib_.end(), state->next + kSlice);
    for (; state->next < end; ++state->next) {
      peers.clear();
      for (const rib::Path& path : rib_.destination(state->next).paths) {
        const PeerSlot peer = path.peer();
        if (peer < state->stale.size() && state->stale[peer]) peers.push_back(peer);
      }
      std::sort(peers.begin(), peers.end());
      peers.erase(std::unique(peers.begin(), peers.end()), peers.end());
      for (const PeerSlot slot : peers) {
        if (peers_[slot] && peers_[slot]->import()) peers_[slot]->import()->reevaluate(state->next);
      }
      if (rank_all) rib_.rank(state->next);
    }
    distribute();
    state->longest = std::max(state->longest, seconds_since(begin));
    if (state->next < rib_.end()) return false;
    for (const auto& peer : peers_) {
      if (peer && peer->import()) peer->import()->end_reevaluation();
    }
    times_.reload_stall.add(state->longest);
    return true;
  });
}

// ---- Neighbours that come

void Speaker::Impl::accepted(Tcp::socket socket) {
  boost::system::error_code error;
  const Tcp::endpoint remote = socket.remote_endpoint(error);
  if (error || shutdown_done_) return;
  const IpAddress address = from_tcp(remote.address());
  const auto found = by_address_.find(address);
  Peer* peer = found == by_address_.end() ? dynamic_peer(address) : peers_[found->second].get();
  if (peer == nullptr) {
    ++strangers_;
    spdlog::debug("connection from {}, which is no neighbour of ours", address.to_string());
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

Peer* Speaker::Impl::dynamic_peer(const IpAddress& address) {
  const DynamicRange* range = range_of(address);
  if (range == nullptr || peers_.size() >= rib::kMostPeerSlots) return nullptr;
  const auto present = std::count_if(peers_.begin(), peers_.end(), [&](const auto& peer) {
    return peer && peer->dynamic() && range->prefix.contains(peer->settings().address);
  });
  if (static_cast<std::uint64_t>(present) >= range->limit) {
    if (const std::uint64_t now = steady_nanoseconds(); now - full_range_logged_ > kLogEvery) {
      full_range_logged_ = now;
      spdlog::warn("range {}: {} neighbours already, {} is refused", range->prefix.to_string(),
                   present, address.to_string());
    }
    return nullptr;
  }
  PeerSettings settings = range->settings;
  settings.address = address;
  settings.name = address.to_string();
  settings.import.peer.address = settings.exported.peer.address = address;
  settings.import.peer.name = settings.exported.peer.name = settings.name;
  Peer& peer = add_peer(std::move(settings), true);
  peer.start();
  return &peer;
}

// ---- Routes

void Speaker::Impl::routes_changed(std::uint64_t read_time) {
  times_.burst_handling.add(seconds_since(read_time));
  if (changes_read_time_ == 0) changes_read_time_ = read_time;
  distribute_later();
}

// Behind whatever else is ready to be read: a flood packs itself, a lone UPDATE waits for nobody.
void Speaker::Impl::distribute_later() {
  if (std::exchange(distribute_posted_, true)) return;
  loop_.post([this] {
    distribute_posted_ = false;
    distribute();
  });
}

// While no client takes what was said already, changes wait in the RIB, where a later one replaces
// an earlier one; room_made() comes back to them.
void Speaker::Impl::distribute() {
  if (!rib_.has_changes()) {
    changes_read_time_ = 0;
    return;
  }
  if (fanout_.congested()) return;
  if (fanout_.distribute(kDistributeSlice, changes_read_time_)) {
    distribute_later();
  } else {
    changes_read_time_ = 0;
  }
  pump_established();
}

void Speaker::Impl::pump_established() {
  for (const auto& peer : peers_) {
    if (!peer || !peer->established()) continue;
    if (peer->pump()) pump_later(*peer);
    keep_alive();
  }
}

void Speaker::Impl::walk_later() {
  if (walk_posted_ || !fanout_.walking()) return;
  walk_posted_ = true;
  loop_.post([this] { walk(); });
}

void Speaker::Impl::walk() {
  walk_posted_ = false;
  if (!fanout_.walking() || fanout_.walk_congested()) return;
  fanout_.walk(kWalkSlice);
  pump_established();
  walk_later();
}

void Speaker::Impl::room_made() {
  if (rib_.has_changes()) distribute_later();
  walk_later();
}

void Speaker::Impl::pump_later(Peer& peer) {
  if (!waits_to_pump_[peer.slot()]) {
    waits_to_pump_[peer.slot()] = true;
    to_pump_.push_back(peer.slot());
  }
  if (pump_posted_) return;
  pump_posted_ = true;
  loop_.post([this] { pump_all(); });
}

void Speaker::Impl::pump_all() {
  pump_posted_ = false;
  std::vector<PeerSlot> slots;
  slots.swap(to_pump_);
  for (const PeerSlot slot : slots) {
    waits_to_pump_[slot] = false;
    if (peers_[slot] && peers_[slot]->pump()) pump_later(*peers_[slot]);
    keep_alive();
  }
  room_made();
}

void Speaker::Impl::session_ended(Peer& peer) {
  struct State {
    PeerSlot slot;
    rib::Generations fresh;
    rib::DestId next = 0;
  };
  auto state = std::make_shared<State>();
  state->slot = peer.slot();
  state->fresh = rib_.generations(peer.slot());
  ++sweeping_[state->slot];
  loop_.add_job([this, state] {
    const rib::DestId end = std::min(rib_.end(), state->next + kSlice);
    for (; state->next < end; ++state->next) rib_.sweep(state->next, state->slot, state->fresh);
    distribute();
    if (state->next < rib_.end()) return false;
    --sweeping_[state->slot];
    return true;
  });
}

// One job for a slot and family, however often a neighbour asks: a new demand starts it over.
void Speaker::Impl::sweep(PeerSlot slot, Family family) {
  RefreshSweep& sweep = refresh_sweeps_[{slot, family}];
  sweep.fresh = rib_.generations(slot);
  sweep.next = 0;
  if (std::exchange(sweep.running, true)) return;
  ++sweeping_[slot];
  loop_.add_job([this, slot, family] {
    RefreshSweep& state = refresh_sweeps_[{slot, family}];
    const rib::DestId end = std::min(rib_.end(), state.next + kSlice);
    for (; state.next < end; ++state.next) rib_.sweep(state.next, slot, state.fresh, family);
    distribute();
    if (state.next < rib_.end()) return false;
    refresh_sweeps_.erase({slot, family});
    --sweeping_[slot];
    return true;
  });
}

void Speaker::Impl::end_of_rib(Peer& peer, Family family) {
  spdlog::debug("peer {}: End-of-RIB of {}", peer.settings().name, to_string(family));
  if (times_.convergence_seconds != 0) return;
  for (const auto& other : peers_) {
    if (other && !other->dynamic() && other->admin_up() && !other->heard_end_of_rib()) return;
  }
  times_.convergence_seconds = seconds_since(started_at_);
  spdlog::info("every neighbour sent its table: {:.3f} s after the start",
               times_.convergence_seconds);
  if (!announcing_) open_announcements();
}

void Speaker::Impl::open_announcements() {
  if (announcing_) return;
  announcing_ = true;
  startup_.stop();
  for (const auto& peer : peers_) {
    if (peer) peer->begin_announcing();
  }
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
  for (const auto& peer : peers_) {
    if (!peer || !peer->dynamic() || !by_address_.contains(peer->settings().address)) continue;
    const PeerStatus status = peer->status();
    if (status.state < fsm::State::OpenSent &&
        unix_seconds() - status.state_since > kDynamicLinger) {
      remove_peer(*peer);
    }
  }
  free_departed();
  if (shutdown_done_) {
    std::exchange(shutdown_done_, nullptr)();
    return;
  }
  housekeeping_.start(kHousekeeping);
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
  std::vector<Peer*> sorted;
  for (const auto& peer : peers_) {
    if (peer && by_address_.contains(peer->settings().address)) sorted.push_back(peer.get());
  }
  std::sort(sorted.begin(), sorted.end(), [](const Peer* a, const Peer* b) {
    return a->settings().address < b->settings().address;
  });
  return sorted;
}

Peer* Speaker::Impl::find(std::string_view neighbor) const {
  if (const auto address = IpAddress::parse(neighbor)) {
    const auto found = by_address_.find(*address);
    if (found != by_address_.end()) return peers_[found->second].get();
  }
  for (Peer* peer : sorted_peers()) {
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

Speaker::Speaker(Loop& loop) : impl_(std::make_unique<Impl>(loop)) {}
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
const rib::Rib& Speaker::rib() const { return impl_->rib_; }
const SpeakerSettings& Speaker::settings() const { return impl_->settings_; }
const SpeakerTimes& Speaker::times() const { return impl_->times_; }
bool Speaker::ready() const { return impl_->started_ && impl_->announcing_; }
std::uint64_t Speaker::strangers() const { return impl_->strangers_; }
std::vector<Peer*> Speaker::peers() const { return impl_->sorted_peers(); }
Peer* Speaker::find(std::string_view neighbor) const { return impl_->find(neighbor); }
Peer* Speaker::peer(PeerSlot slot) const {
  return slot < impl_->peers_.size() ? impl_->peers_[slot].get() : nullptr;
}

}  // namespace tern::session
