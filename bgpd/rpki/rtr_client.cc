#include "bgpd/rpki/rtr_client.h"

#include <algorithm>
#include <utility>

#include "rib/types/one_line.h"

namespace tern::rpki {
namespace {

constexpr Seconds kConnectTime{30};
// First wait after a connection that ended by itself; doubles up to the retry interval.
constexpr Seconds kFirstBackOff{1};
constexpr unsigned kMostDoublings = 13;  // above two hours, the longest retry interval
constexpr unsigned kSilentCloses = 2;
constexpr std::chrono::hours kRememberVersion{24};
// RFC 8210 section 6.
constexpr std::uint32_t kMinExpire = 600;

std::uint32_t within(std::uint32_t value, std::uint32_t least, Seconds most) {
  const auto ceiling = static_cast<std::uint32_t>(std::max<Seconds::rep>(most.count(), 1));
  return std::min(std::max(value, least), ceiling);
}

}  // namespace

std::string_view to_string(RtrClient::State state) {
  switch (state) {
    case RtrClient::State::Stopped:
      return "stopped";
    case RtrClient::State::Waiting:
      return "waiting";
    case RtrClient::State::Connecting:
      return "connecting";
    case RtrClient::State::Querying:
      return "querying";
    case RtrClient::State::Receiving:
      return "receiving";
    case RtrClient::State::Synchronised:
      return "synchronised";
    case RtrClient::State::NoData:
      return "no-data";
  }
  return "";
}

RtrClient::RtrClient(Rim& rim, RtrConfig config) : rim_(rim), config_(config) {
  status_.version = config_.max_version;
  set_intervals();
}

// ---- Events

void RtrClient::start(Time now) {
  now_ = now;
  if (state() == State::Stopped) {
    failures_ = silent_closes_ = 0;
    lowered_.reset();
    open();
  }
  ask_for_wake();
}

void RtrClient::stop(Time now) {
  now_ = now;
  if (has_connection()) {
    rim_.close();
    end("stopped", Retry::AtOnce);
  }
  status_.next_attempt.reset();
  set_state(State::Stopped);
  ask_for_wake();
}

void RtrClient::reconfigure(const RtrConfig& config, Time now) {
  now_ = now;
  if (config.max_version != config_.max_version) lowered_.reset();
  config_ = config;
  set_intervals();
  const std::uint8_t version =
      std::clamp(status_.version, config_.min_version, config_.max_version);
  if (version != status_.version) {
    if (has_connection()) {
      rim_.close();
      end("the version is not allowed any more", Retry::AtOnce);
    }
    status_.version = version;
  }
  ask_for_wake();
}

void RtrClient::connected(Time now) {
  if (state() != State::Connecting) return;
  now_ = now;
  ++status_.connections;
  status_.negotiated = heard_ = false;
  query();
  ask_for_wake();
}

void RtrClient::failed(std::string_view why, Time now) {
  if (!has_connection()) return;
  now_ = now;
  const bool silent = state() == State::Querying && !heard_;
  silent_closes_ = silent ? silent_closes_ + 1 : 0;
  if (silent_closes_ >= kSilentCloses && status_.version > config_.min_version) {
    lower_version(static_cast<std::uint8_t>(status_.version - 1));
    silent_closes_ = 0;
  }
  end(std::string(why), Retry::BackOff);
  ask_for_wake();
}

std::size_t RtrClient::receive(Bytes octets, Time now) {
  now_ = now;
  const std::uint64_t connection = status_.connections;
  std::size_t used = 0;
  while (has_connection() && status_.connections == connection) {
    const auto next = next_pdu(octets.subspan(used));
    if (const auto* frame = std::get_if<Frame>(&next)) {
      used += frame->octets.size();
      handle(*frame);
    } else if (const auto* fault = std::get_if<Fault>(&next)) {
      refuse(*fault, octets.subspan(used, kPduHeader), Retry::Interval);
    } else {
      break;
    }
  }
  ask_for_wake();
  return used;
}

void RtrClient::tick(Time now) {
  now_ = now;
  wake_.reset();
  const auto due = [now](const std::optional<Time>& when) { return when && *when <= now; };
  if (due(status_.expires)) {
    drop_data();
    status_.last_error = "the data expired";
  }
  if (due(silence_)) {
    const bool connecting = state() == State::Connecting;
    rim_.close();
    end(connecting ? "no connection in 30 s" : "the cache is silent for 60 s", Retry::BackOff);
  }
  if (due(refresh_)) query();
  if (due(status_.next_attempt)) {
    if (state() == State::NoData) {
      query();
    } else {
      open();
    }
  }
  ask_for_wake();
}

// ---- The connection

bool RtrClient::has_connection() const {
  return state() != State::Stopped && state() != State::Waiting;
}

void RtrClient::open() {
  status_.next_attempt.reset();
  if (lowered_ && now_ - *lowered_ >= kRememberVersion) lowered_.reset();
  if (!lowered_) status_.version = config_.max_version;
  silence_ = now_ + kConnectTime;
  set_state(State::Connecting);
  rim_.open();
}

// Session IDs belong to a version of the protocol (RFC 8210 section 7).
void RtrClient::query() {
  serial_query_ = data_ && data_version_ == status_.version && !reset_due_;
  notified_.reset();
  refresh_.reset();
  status_.next_attempt.reset();
  silence_ = now_ + kSilence;
  std::vector<std::byte> octets;
  if (serial_query_) {
    encode(SerialQuery{*status_.session, status_.serial}, status_.version, octets);
  } else {
    encode(ResetQuery{}, status_.version, octets);
  }
  set_state(State::Querying);
  rim_.send(octets);
}

void RtrClient::refuse(const Fault& fault, Bytes pdu, Retry retry) {
  ErrorReport report{fault.code, {pdu.begin(), pdu.end()}, fault.text};
  std::vector<std::byte> octets;
  encode(report, status_.version, octets);
  rim_.send(octets);
  rim_.on_error_report(report, true);
  rim_.close();
  end(to_string(fault.code) + ": " + fault.text, retry);
}

void RtrClient::end(std::string why, Retry retry) {
  answer_.reset();
  silence_.reset();
  refresh_.reset();
  status_.negotiated = status_.synchronised = false;
  status_.last_error = one_line(why, kMostShown);
  const Seconds interval{status_.intervals.retry};
  Time wait{};
  if (retry == Retry::Interval) wait = interval;
  if (retry == Retry::BackOff) {
    wait = std::min<Time>(kFirstBackOff * (1U << std::min(failures_, kMostDoublings)), interval);
  }
  ++failures_;
  status_.next_attempt = now_ + wait;
  set_state(State::Waiting);
  rim_.on_down(status_.last_error);
}

void RtrClient::lower_version(std::uint8_t version) {
  status_.version = version;
  lowered_ = now_;
}

// ---- Data, state and timers

void RtrClient::set_data(CacheData data) {
  if (data == data_) return;
  data_ = std::move(data);
  rim_.on_data(data_);
}

void RtrClient::drop_data() {
  status_.expires.reset();
  status_.session.reset();
  set_data({});
}

void RtrClient::set_state(State state) {
  if (const State from = std::exchange(status_.state, state); from != state) {
    rim_.on_state(from, state);
  }
}

void RtrClient::set_intervals() {
  Intervals& ours = status_.intervals;
  ours.expire = within(theirs_.expire, kMinExpire, config_.max_expire);
  const std::uint32_t half = std::max(ours.expire / 2, 1U);
  ours.refresh = std::min(within(theirs_.refresh, 1, config_.max_refresh), half);
  ours.retry = std::min(within(theirs_.retry, 1, config_.max_retry), half);
  if (!status_.session) return;
  status_.expires = *status_.updated + Seconds(ours.expire);
  if (state() == State::Synchronised) refresh_ = *status_.updated + Seconds(ours.refresh);
}

void RtrClient::ask_for_wake() {
  std::optional<Time> next;
  for (const auto& when : {silence_, refresh_, status_.next_attempt, status_.expires}) {
    if (when && (!next || *when < *next)) next = when;
  }
  if (next == wake_) return;
  wake_ = next;
  rim_.wake_at(next);
}

}  // namespace tern::rpki
