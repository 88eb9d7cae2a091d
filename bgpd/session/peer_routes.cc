// The part of a Peer that carries routes: from Established to its end.
#include <fcntl.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <boost/asio.hpp>
#include <utility>

#include "bgpd/session/intake.h"
#include "bgpd/session/interfaces.h"
#include "bgpd/session/negotiated_facts.h"
#include "bgpd/session/peer.h"
#include "bgpd/session/peer_visits.h"
#include "bgpd/session/reevaluation.h"
#include "bgpd/session/writer.h"

namespace tern::session {
namespace {

pipeline::AdjRibIn::Time now() { return pipeline::AdjRibIn::Time(steady_nanoseconds()); }

constexpr std::size_t kWriteChunk = 256 * 1024;  // octets in one turn
constexpr std::size_t kFlood = 32 * 1024;        // octets read at once
constexpr std::size_t kStoredTogether = 256;     // routes that are stored together

// Sessions of different neighbors have different numbers, also where one takes the slot of another.
std::uint64_t next_session() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace

// ---- Up and down

pipeline::SessionFacts Peer::facts(const Connection& connection,
                                   const fsm::Negotiated& negotiated) const {
  pipeline::SessionFacts facts;
  facts.slot = slot_;
  facts.kind = settings_.kind;
  facts.local_asn = settings_.fsm.local.asn;
  facts.local_identifier = settings_.fsm.local.identifier;
  facts.cluster_id = settings_.cluster_id;
  facts.peer_address = settings_.address;
  facts.local_address = connection.local().address;
  const Link link =
      find_link(facts.local_address, settings_.address, settings_.transport.interface);
  facts.link = link.subnet;
  facts.local_link_local = link.link_local;
  const auto ours = [&](bool v6, const std::optional<IpAddress>& of_interface) {
    if (facts.local_address.is_v6() == v6) return facts.local_address;
    return settings_.next_hop_address ? *settings_.next_hop_address
                                      : of_interface.value_or(IpAddress{});
  };
  facts.local_address_v4 = ours(false, link.v4);
  facts.local_address_v6 = ours(true, link.v6);
  facts.role = settings_.fsm.local.role;
  facts.receive.ibgp = is_ibgp(settings_.kind);
  facts.receive.aigp = settings_.aigp;
  facts.receive.reject_as_sets = settings_.reject_as_sets;
  set_negotiated(facts, negotiated);
  return facts;
}

void Peer::on_session_up(fsm::Conn conn, const fsm::Negotiated& negotiated) {
  Connection& connection = *this->connection(conn);
  established_since_ = unix_seconds();
  end_of_rib_ = {};
  originates_default_ = false;
  if (env_.intake.has_readers()) connection.set_flood(kFlood);
  const pipeline::SessionFacts facts = this->facts(connection, negotiated);
  const rib::PeerRank rank{facts.kind, facts.peer_identifier, facts.peer_address,
                           zone_index(settings_.transport.interface)};
  session_ = next_session();
  visit(0, [this, rank] {
    if (env_.engine.shards().peer(slot_) != rank) {
      env_.engine.shards().set_peer(slot_, rank);
      env_.reevaluation.rank(slot_);
    }
    env_.engine.shards().set_most_paths(slot_, settings_.most_paths);
  });
  std::array<rib::EpochChange, kFamilyCount> changes{};
  for (const Family family : kFamilies) {
    if (!negotiated.families.contains(family)) continue;
    changes[index(family)] = adj_ribs_in_[family].session_up(false, now());
  }
  import_ = std::make_unique<pipeline::Import>(env_.engine.shards(), adj_ribs_in_, facts,
                                               import_rules(facts));
  for (const Family family : kFamilies) change_epoch(family, changes[index(family)]);
  if (lines_.pass(steady_nanoseconds())) {
    spdlog::info("peer {}: Established with AS {}, hold time {} s", label(), facts.peer_asn,
                 negotiated.hold_time_seconds);
  }
  env_.events.established(*this);
}

void Peer::begin_announcing() {
  if (!established()) return;
  visit_in_session(0, [this] {
    if (adj_rib_out() != nullptr) return;
    env_.engine.advertisers().open(import_->facts(), new_export_rules());
    advertised_session_ = session_;
    env_.engine.advertise_later();
    env_.engine.walk_later();
  });
}

// ---- In

void Peer::on_update(wire::Bytes body) {
  pipeline::UpdateBatch& received = import_->received();
  if (pipeline::receive(import_->judge(), body, read_time_, kStoredTogether, received)) {
    (void)take(received, false);
  }
}

bool Peer::take(pipeline::UpdateBatch& received, bool flood) {
  if (received.empty()) return true;
  if (received.fault) log_fault(*received.fault);
  if (const auto count = received.routes.counters.contradictory_tags) log_contradiction(count);
  const pipeline::ImportRules* const rules = received.routes.rules.get();
  if (rules != nullptr && rules->has_guard()) log_guard(received.routes.counters);
  const auto end_of_rib = received.end_of_rib;
  const auto reset = received.reset;
  updates_taken_ |= !flood;
  // If store() ends the session, the Import and its `received` are gone.
  if (!store(received.routes, flood)) return false;
  received.clear();
  if (end_of_rib) heard_end_of_rib(*end_of_rib);
  if (reset) handle(fsm::MessageFault{*driver_.session(), *reset});
  return !reset;
}

// False: a prefix limit ended the session. While a check waits, which counts the stored routes
// again, no routes overtake it.
bool Peer::store(pipeline::JudgedRoutes& routes, bool flood) {
  if (checks_ == 0 && import_->admit(routes)) {
    env_.intake.store(slot_, routes, flood);
    return true;
  }
  const std::uint64_t session = session_;
  store_checked(routes);
  return established() && session_ == session;
}

void Peer::store_checked(pipeline::JudgedRoutes& routes) {
  pipeline::JudgedRoutes checked(env_.engine.shards().size());
  std::swap(checked, routes);
  const std::size_t count = checked.size();
  check(count, [this, checked = std::move(checked)]() mutable {
    const std::uint64_t read_time = checked.read_time;
    const pipeline::Stored outcome = import_->store(checked, unix_seconds());
    env_.intake.stored(read_time);
    stored(outcome);
  });
}

bool Peer::stored(const pipeline::Stored& outcome) {
  if (outcome.limit_warning && lines_.pass(steady_nanoseconds())) {
    spdlog::warn("peer {}: more than {} {} prefixes", label(), outcome.over->limit,
                 to_string(*outcome.limit_warning));
  }
  if (outcome.unblock) env_.reevaluation.unblock(slot_);
  if (outcome.reset) limit_shutdown(outcome);
  return !outcome.reset;
}

void Peer::heard_end_of_rib(Family family) {
  end_of_rib_[index(family)] = true;
  change_epoch(family, adj_ribs_in_[family].end_of_rib());
  env_.events.end_of_rib(*this, family);
}

void Peer::end_burst() {
  if (import_ && !take(import_->received(), false)) return;
  if (std::exchange(updates_taken_, false)) env_.engine.advertise_later();
  env_.events.handled();
}

bool Peer::on_flood(Connection& from, std::span<const std::byte> octets) {
  if (!import_ || side(from) != driver_.session()) return false;
  auto read = std::make_unique<BulkRead>();
  read->socket = ::fcntl(from.fd(), F_DUPFD_CLOEXEC, 0);
  if (read->socket < 0) return false;
  read->connection = connection(*driver_.session());
  read->judge = import_->judge_for_reader();
  read->rest.assign(octets.begin(), octets.end());
  read->max_message = driver_.max_message(*driver_.session());
  read->heard = heard_by_reader_ = std::make_shared<std::atomic<std::uint64_t>>(
      static_cast<std::uint64_t>(driver_.last_heard().count()));
  return env_.intake.read_in_bulk(slot_, read);
}

void Peer::on_delivery(Connection& from, Delivery& delivery) {
  if (!import_ || side(from) != driver_.session()) return;
  pipeline::UpdateBatch& received = delivery.received;
  if (!received.empty()) driver_.heard(fsm::Time(received.routes.read_time), received.updates);
  if (!take(received, true)) return;
  if (delivery.fault) return handle(fsm::MessageFault{*driver_.session(), *delivery.fault});
  if (!delivery.message.empty()) {
    (void)driver_.receive(*driver_.session(), delivery.message, fsm::Time(steady_nanoseconds()));
  }
  env_.events.handled();
}

// At most once a minute for each peer; every fault is counted.
void Peer::log_fault(const wire::AttributeFault& fault) {
  last_fault_ = wire::field_name(fault) + ": " + fault.what + " (" +
                std::string(wire::to_string(fault.treatment)) + ")";
  if (!fault_lines_.pass(steady_nanoseconds())) return;
  spdlog::warn("peer {}: malformed UPDATE, {}", label(), last_fault_);
}

// At most once a minute for each peer; every such route is counted.
void Peer::log_contradiction(std::uint64_t routes) {
  if (!contradiction_lines_.pass(steady_nanoseconds())) return;
  spdlog::warn(
      "peer {}: location tags of {} routes exclude each other; see 'ternctl show routes "
      "neighbor {} location contradictory'",
      label(), routes, settings_.name);
}

// At most once a minute for each peer, with the kind of most of the routes; every such route is
// counted.
void Peer::log_guard(const pipeline::ImportCounters& counters) {
  const auto log = [this](const pipeline::GuardCounts& routes, std::string_view what,
                          const std::string& see) {
    const auto most = std::ranges::max_element(routes);
    if (*most == 0 || !guard_lines_.pass(steady_nanoseconds())) return;
    const auto kind = static_cast<policy::Suspicion>(most - routes.begin());
    spdlog::warn("peer {}: {} routes for registered prefixes {} ({}); see 'ternctl {}'", label(),
                 *most, what, to_string(kind), see);
  };
  log(counters.quarantined, "are quarantined",
      "show routes rejected neighbor " + settings_.name + " reason quarantined");
  log(counters.by_fallback, "would be quarantined but for the fallback of their registrations",
      "explain PREFIX");
}

void Peer::limit_shutdown(const pipeline::Stored& outcome) {
  handle(fsm::ManualStop{*outcome.reset});
  limit_shutdown_ =
      LimitShutdown{outcome.over->family, outcome.over->limit, outcome.over->count, 0};
  wait_for_limit_restart();
}

void Peer::wait_for_limit_restart() {
  limit_restart_.stop();
  limit_shutdown_->returns_at = 0;
  const auto wait = settings_.prefix_limit_restart;
  if (wait.count() == 0) return;
  limit_restart_.start(wait);
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  limit_shutdown_->returns_at = unix_seconds() + static_cast<std::uint32_t>(seconds);
}

// While the session is down, the number of the neighbor's routes is not known: with a higher limit
// it may try again.
bool Peer::fits_limit_now() const {
  const std::uint64_t limit = settings_.import.prefix_limit[index(limit_shutdown_->family)];
  return limit == 0 || limit > limit_shutdown_->limit ||
         settings_.import.limit_action != pipeline::LimitAction::Shutdown;
}

void Peer::on_refresh(const wire::RouteRefresh& message) {
  const fsm::Negotiated& negotiated = driver_.negotiated();
  const auto family = family_of(message.family);
  if (!family || !negotiated.families.contains(*family)) return;
  // Routes that came before the message belong to the epoch before it.
  if (!take(import_->received(), false)) return;
  using Subtype = wire::RouteRefresh::Subtype;
  switch (static_cast<Subtype>(message.subtype)) {
    case Subtype::Request:
      if (adj_rib_out() == nullptr || !negotiated.route_refresh_receive) break;
      adj_rib_out()->request_table(*family, negotiated.enhanced_route_refresh);
      begin_table();
      break;
    case Subtype::Begin:
      if (!negotiated.enhanced_route_refresh) break;
      change_epoch(*family, adj_ribs_in_[*family].begin_of_refresh(now()));
      break;
    case Subtype::End:
      change_epoch(*family, adj_ribs_in_[*family].end_of_refresh());
      break;
  }
}

// The change comes in every shard behind the routes that the neighbor sent before it.
void Peer::change_epoch(Family family, rib::EpochChange change) {
  wait_for_adj_ribs_in();
  if (change == rib::EpochChange::None) return;
  if (change == rib::EpochChange::Begin || change == rib::EpochChange::BeginIfFew) {
    env_.engine.post_each(engine::Load::Light,
                          [slot = slot_, family, change](engine::Shard& shard) {
                            shard.rib.change_epoch(slot, family, change);
                          });
    return;
  }
  check(0, [this, family, change] {
    env_.engine.shards().change_epoch(slot_, family, change);
    env_.engine.sweep();
    stored(import_->check_limits());
  });
}

void Peer::wait_for_adj_ribs_in() {
  const auto deadline = adj_ribs_in_.deadline();
  if (!deadline) return adj_rib_in_timer_.stop();
  const auto wait = std::chrono::duration_cast<Timer::Clock::duration>(*deadline);
  adj_rib_in_timer_.start_at(Timer::Clock::time_point(wait));
}

void Peer::adj_rib_in_deadline() {
  for (const Family family : kFamilies) {
    const rib::EpochChange change = adj_ribs_in_[family].pass_time(now());
    if (change == rib::EpochChange::None) continue;
    spdlog::warn("peer {}: no end of the refresh of {}: its routes that were not repeated leave",
                 label(), to_string(family));
    change_epoch(family, change);
  }
  wait_for_adj_ribs_in();
}

// ---- Out

// Begins the next table that the client waits for, when it has received the last one.
void Peer::begin_table() {
  if (!adj_rib_out()->next_waits() || std::exchange(table_asked_, true)) return;
  visit_in_session(0, [this] {
    table_asked_ = false;
    if (adj_rib_out() == nullptr || !adj_rib_out()->next_waits()) return;
    env_.engine.advertisers().begin_table(slot_);
    env_.engine.walk_later();
  });
}

// The shards make messages for a client that left their logs. True: some were asked.
bool Peer::resync() {
  const pipeline::ShardBits wishes = adj_rib_out()->take_resync_requests();
  if (wishes != 0) env_.writer.resync(slot_, wishes);
  return wishes != 0;
}

bool Peer::pump() {
  pipeline::AdjRibOut* out = adj_rib_out();
  if (out == nullptr || !out->has_more()) return false;
  Connection& to = session_connection();
  if (!to.writable()) {
    if (blocked_since_ == 0 && to.connected()) blocked_since_ = steady_nanoseconds();
    return false;  // on_writable() calls again
  }
  if (interval_.running()) return false;  // interval_over() calls again
  std::array<std::span<const std::byte>, Connection::kMostRuns> runs;
  std::size_t written = 0;
  std::uint64_t oldest_read = 0;
  while (written < kWriteChunk && to.writable()) {
    const std::size_t count = out->collect(runs, kWriteChunk - written);
    if (count == 0) {
      if (resync()) continue;
      break;
    }
    const std::size_t taken = to.write(std::span(runs).first(count));
    written += taken;
    const std::uint64_t read =
        out->took(taken, [&to](std::span<const std::byte> rest) { to.send(rest); });
    if (oldest_read == 0) oldest_read = read;
    if (taken == 0) break;
  }
  (void)resync();  // for wishes that came before the socket was full
  begin_table();
  if (oldest_read != 0) env_.writer.wrote(oldest_read);
  if (written == 0) return false;
  octets_left();
  env_.writer.socket_took();
  // The interval begins when all messages are written; first tables and refreshes do not wait for
  // it.
  const bool all_left = !out->in_table() && !out->lagging();
  if (settings_.advertisement_interval.count() > 0 && all_left) {
    interval_.start(settings_.advertisement_interval);
    return false;
  }
  return to.writable() && out->has_more();
}

// RFC 4271 section 9.2.1.1: only the last state that a route had in the interval is advertised.
void Peer::interval_over() {
  if (adj_rib_out() == nullptr) return;
  adj_rib_out()->leave_logs();
  (void)resync();
  env_.writer.later(slot_);
}

void Peer::on_writable(Connection&) {
  octets_left();
  env_.writer.later(slot_);
  env_.writer.socket_took();
}

}  // namespace tern::session
