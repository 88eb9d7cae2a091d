#include "bgpd/vrps/cache_session.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <numeric>
#include <utility>

#include "bgpd/session/loop.h"
#include "bgpd/session/timer.h"
#include "rib/types/one_line.h"

namespace tern::vrps {
namespace {

using State = rpki::RtrClient::State;

rpki::Time now() { return rpki::Time(std::chrono::steady_clock::now().time_since_epoch()); }

std::optional<UnixTime> unix_time(const std::optional<rpki::Time>& time) {
  if (!time) return std::nullopt;
  const auto ahead = std::chrono::duration_cast<std::chrono::seconds>(*time - now()).count();
  return UnixTime{session::unix_seconds()} + ahead;
}

}  // namespace

CacheSession::CacheSession(boost::asio::io_context& context, rpki::CacheId id,
                           CacheSettings settings, Events& events)
    : context_(context),
      id_(id),
      settings_(std::move(settings)),
      events_(events),
      timer_(std::make_unique<session::Timer>(context, [this] { tick(); })),
      client_(*this, settings_.rtr) {}

CacheSession::~CacheSession() {
  if (link_) link_->close();
}

void CacheSession::start() { client_.start(now()); }

void CacheSession::reconfigure(const CacheSettings& settings) {
  const CacheSettings before = std::exchange(settings_, settings);
  client_.reconfigure(settings_.rtr, now());
  if (before.local_address == settings_.local_address &&
      before.md5_password == settings_.md5_password) {
    return;
  }
  client_.stop(now());
  client_.start(now());
}

RpkiStatus::Cache CacheSession::status(bool in_use) const {
  const rpki::RtrClient::Status& client = client_.status();
  const rpki::CacheData& data = client_.data();
  RpkiStatus::Cache shown;
  shown.name = settings_.name;
  shown.address = settings_.address;
  shown.port = settings_.port;
  shown.preference = settings_.preference;
  shown.state = client.state;
  shown.version = client.version;
  shown.negotiated = client.negotiated;
  shown.session = client.session;
  shown.serial = client.serial;
  shown.has_data = static_cast<bool>(data);
  shown.up = client.synchronised && shown.has_data;
  shown.in_use = in_use;
  if (data) {
    shown.vrps = {data.vrps->size(IpVersion::V4), data.vrps->size(IpVersion::V6)};
    shown.aspas = data.aspas->size();
  }
  shown.updated = unix_time(client.updated);
  shown.expires = unix_time(client.expires);
  shown.next_attempt = unix_time(client.next_attempt);
  shown.intervals = client.intervals;
  shown.last_error = client.last_error;
  shown.connects = client.connections;
  shown.updates = client.updates;
  shown.received = client.received;
  shown.pdus_in = std::accumulate(client.received.begin(), client.received.end(), std::uint64_t{0});
  shown.pdus_out = pdus_out_;
  shown.error_reports_in = error_reports_in_;
  shown.error_reports_out = error_reports_out_;
  return shown;
}

// ---- What the client wants

void CacheSession::open() { link_ = TcpLink::open(context_, settings_, *this); }

void CacheSession::close() {
  if (link_) link_->close();
  link_.reset();
}

void CacheSession::send(rpki::Bytes octets) {
  ++pdus_out_;
  if (link_) link_->send(octets);
}

void CacheSession::wake_at(std::optional<rpki::Time> when) {
  if (when) {
    timer_->start_at(session::Timer::Clock::time_point(*when));
  } else {
    timer_->stop();
  }
}

void CacheSession::tick() {
  ticking_ = true;
  client_.tick(now());
  ticking_ = false;
  events_.on_settled();
}

// ---- What the client says

void CacheSession::on_data(const rpki::CacheData& data) {
  events_.on_data(id_, data);
  if (!data) {
    spdlog::warn("rpki: cache {}: its data are no longer used: {}", settings_.name,
                 ticking_ ? "they expired" : "its session ID has changed");
    return;
  }
  if (!data_lines_.pass(session::steady_nanoseconds())) return;
  spdlog::info("rpki: cache {}: {} VRPs, {} ASPAs, serial {}, version {}", settings_.name,
               data.vrps->size(), data.aspas->size(), client_.status().serial,
               client_.status().version);
}

void CacheSession::on_state(State from, State to) {
  spdlog::debug("rpki: cache {}: {} -> {}", settings_.name, to_string(from), to_string(to));
  if (to != State::Synchronised || said_down_.empty()) return;
  spdlog::info("rpki: cache {}: synchronised again", settings_.name);
  said_down_.clear();
}

void CacheSession::on_error_report(const rpki::ErrorReport& report, bool sent) {
  ++(sent ? error_reports_out_ : error_reports_in_);
  spdlog::debug("rpki: cache {}: Error Report {}: {}: {}", settings_.name,
                sent ? "sent" : "received", rpki::to_string(report.code),
                one_line(report.text, rpki::kMostShown));
}

// A reason is said when it is another one than before.
void CacheSession::on_down(std::string_view why) {
  const bool known = why == said_down_;
  if (!known && down_lines_.pass(session::steady_nanoseconds())) {
    said_down_ = why;
    spdlog::warn("rpki: cache {}: {}", settings_.name, why);
  } else {
    spdlog::debug("rpki: cache {}: {}", settings_.name, why);
  }
}

// ---- What the connection says

void CacheSession::on_connected() {
  client_.connected(now());
  events_.on_settled();
}

std::size_t CacheSession::on_octets(rpki::Bytes octets) {
  const bool receiving = expects_many();
  const std::size_t used = client_.receive(octets, now());
  if (!receiving || !expects_many()) events_.on_settled();
  return used;
}

bool CacheSession::expects_many() const { return client_.state() == State::Receiving; }

void CacheSession::on_failed(std::string_view why) {
  link_.reset();
  client_.failed(why, now());
  events_.on_settled();
}

}  // namespace tern::vrps
