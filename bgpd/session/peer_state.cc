// The state and the counters of a Peer, for display.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio.hpp>
#include <chrono>

#include "bgpd/session/peer.h"
#include "rib/types/add_each.h"

namespace tern::session {
namespace {

constexpr std::uint64_t kSlowAfter = 1'000'000'000;       // nanoseconds without an octet taken
constexpr std::uint64_t kDynamicLinger = 10'000'000'000;  // nanoseconds a neighbor is shown

void add(PeerCounters& to, const pipeline::ImportCounters& from) {
  add_each(to.announced_in, from.announced);
  add_each(to.withdrawn_in, from.withdrawn);
  to.rejected += from.rejected;
  add_each(to.limit_hits, from.limit_hits);
  to.attributes_discarded += from.attributes_discarded;
  to.treated_as_withdraw += from.treated_as_withdraw;
  add_each(to.located, from.located);
  to.contradictory_tags += from.contradictory_tags;
  add_each(to.quarantined, from.quarantined);
  add_each(to.warned, from.warned);
  add_each(to.by_fallback, from.by_fallback);
}

void add(PeerCounters& to, const pipeline::ExportCounters& from) {
  add_each(to.announced_out, from.announced);
  add_each(to.withdrawn_out, from.withdrawn);
  to.messages_out[static_cast<std::size_t>(wire::MessageType::Update)] += from.updates;
  to.messages_out[static_cast<std::size_t>(wire::MessageType::RouteRefresh)] += from.refresh_marks;
}

}  // namespace

void Peer::on_session_down() {
  import_->drop_pending();
  add(counted(), import_->counters());
  interval_.stop();
  blocked_since_ = 0;
  established_since_ = 0;
  updates_taken_ = false;
  checks_ = 0;
  table_asked_ = false;
  import_.reset();
  ++visits_;
  const pipeline::AdjRibIn::Time now(steady_nanoseconds());
  std::array<rib::EpochChange, kFamilyCount> changes{};
  for (const Family family : kFamilies) {
    changes[index(family)] = adj_ribs_in_[family].session_down({}, now);
  }
  wait_for_adj_ribs_in();
  env_.engine.visit_all([this, changes] {
    --visits_;
    if (const auto* adj_rib_out = env_.engine.advertisers().adj_rib_out(slot_)) {
      add(counted(), adj_rib_out->counters());
    }
    env_.engine.advertisers().close(slot_);
    env_.engine.advertise_later();
    for (const Family family : kFamilies) {
      env_.engine.shards().change_epoch(slot_, family, changes[index(family)]);
    }
    env_.engine.sweep();
  });
  if (lines_.pass(steady_nanoseconds())) {
    spdlog::warn("peer {}: down, {}", label(), machine().last_down().text);
  }
}

void Peer::count_connection(const Connection& connection) {
  if (connection.bytes_in() == 0 && connection.bytes_out() == 0) return;
  counted().bytes_in += connection.bytes_in();
  counted().bytes_out += connection.bytes_out();
}

PeerCounters& Peer::counted() {
  if (!ended_counters_) ended_counters_ = std::make_unique<PeerCounters>();
  return *ended_counters_;
}

PeerCounters Peer::counters() const {
  PeerCounters counters = ended_counters_ ? *ended_counters_ : PeerCounters{};
  add_each(counters.messages_in, driver_.received());
  add_each(counters.messages_out, driver_.sent());
  if (import_) add(counters, import_->counters());
  if (const auto* out = adj_rib_out()) add(counters, out->counters());
  for (const auto& connection : connections_) {
    if (!connection) continue;
    counters.bytes_in += connection->bytes_in();
    counters.bytes_out += connection->bytes_out();
  }
  if (blocked_since_ != 0) {
    counters.send_blocked_nanoseconds += steady_nanoseconds() - blocked_since_;
  }
  return counters;
}

bool Peer::quiet() const { return !admin_up() && !connected() && visits_ == 0; }

bool Peer::forgettable(std::uint64_t now) const {
  if (!admin_up() || connected()) return false;
  const auto most = std::chrono::nanoseconds(settings_.fsm.idle_hold_max).count();
  const std::uint64_t linger = machine().remembers_ends() ? static_cast<std::uint64_t>(most) : 0;
  return now - state_changed_ > std::max(kDynamicLinger, linger);
}

void Peer::log_left_out(std::uint64_t now) {
  if (const auto count = lines_.take_left_out(now)) {
    spdlog::info("peer {}: {} more lines of ups and downs in a minute, last down: {}", label(),
                 count, machine().last_down().text);
  }
  if (const auto count = fault_lines_.take_left_out(now)) {
    spdlog::warn("peer {}: {} more malformed UPDATEs in a minute, the last: {}", label(), count,
                 last_fault_);
  }
  if (const auto count = guard_lines_.take_left_out(now)) {
    spdlog::warn("peer {}: {} more lines of the guard of registered prefixes in a minute", label(),
                 count);
  }
  if (const auto count = contradiction_lines_.take_left_out(now)) {
    spdlog::warn("peer {}: {} more lines of contradictory location tags in a minute", label(),
                 count);
  }
}

bool Peer::heard_end_of_rib() const {
  for (const Family family : kFamilies) {
    if (driver_.negotiated().families.contains(family) && !end_of_rib_[index(family)]) return false;
  }
  return established();
}

PeerStatus Peer::status() const {
  PeerStatus status;
  status.slot = slot_;
  status.dynamic = dynamic_;
  status.admin_up = admin_up() || limit_shutdown_.has_value();
  status.limit_shutdown = limit_shutdown_;
  status.state = machine().state();
  status.state_since = state_since_;
  status.established_since = established_since_;
  status.flaps = machine().flaps();
  status.last_error = machine().last_down().text;
  status.last_error_kind = machine().last_down().kind_text();
  status.peer_open = peer_open_;
  status.last_fault = last_fault_;
  const std::uint64_t now = steady_nanoseconds();
  if (const fsm::Time heard = driver_.last_heard(); heard.count() != 0) {
    status.last_received_seconds_ago =
        (now - static_cast<std::uint64_t>(heard.count())) / 1'000'000'000;
  }
  if (!established()) return status;
  status.negotiated = driver_.negotiated();
  status.end_of_rib = end_of_rib_;
  const auto& connection = connections_[static_cast<std::size_t>(*driver_.session())];
  status.local = connection->local();
  status.remote = connection->remote();
  status.out_queue_bytes = connection->out_bytes() + unsent_bytes(connection->fd());
  if (const auto* out = adj_rib_out()) status.out_queue_bytes += out->waiting();
  status.round_trip_microseconds = round_trip();
  status.slow = blocked_since_ != 0 && now - blocked_since_ > kSlowAfter;
  return status;
}

std::uint32_t Peer::round_trip() const {
  if (!established()) return 0;
  const auto& connection = connections_[static_cast<std::size_t>(*driver_.session())];
  return round_trip_microseconds(connection->fd());
}

}  // namespace tern::session
