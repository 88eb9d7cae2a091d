#include "bgpd/fsm/connection.h"

#include <algorithm>
#include <utility>

namespace tern::fsm {
namespace {

using std::chrono::seconds;

// RFC 9687: the default is the greater of this and twice the negotiated hold time.
constexpr Milliseconds kLeastSendHold = std::chrono::minutes{8};

constexpr std::array<Timer, 6> kTimers{Timer::ConnectRetry, Timer::IdleHold,  Timer::Hold,
                                       Timer::Keepalive,    Timer::DelayOpen, Timer::SendHold};

}  // namespace

void TimerSet::set(Timer timer, Milliseconds delay, Actions& actions) {
  running_ |= bit(timer);
  actions.push_back(SetTimer{timer, conn_, delay});
}

void TimerSet::clear(Timer timer, Actions& actions) {
  if (expire(timer)) actions.push_back(ClearTimer{timer, conn_});
}

void TimerSet::clear_all(Actions& actions) {
  for (const Timer timer : kTimers) clear(timer, actions);
}

bool TimerSet::expire(Timer timer) {
  const bool was_running = running(timer);
  running_ &= static_cast<std::uint8_t>(~bit(timer));
  return was_running;
}

Connection::Connection(Conn conn, std::uint64_t jitter_seed)
    : conn_(conn), timers_(conn), jitter_(jitter_seed) {}

void Connection::begin(std::shared_ptr<const FsmConfig> config, Actions& actions) {
  config_ = std::move(config);
  if (config_->delay_open <= Milliseconds::zero()) return send_open(actions);
  // RFC 4271 section 8.2.2 waits in the state that the connection came up in.
  state_ = conn_ == Conn::Outgoing ? State::Connect : State::Active;
  timers_.set(Timer::DelayOpen, config_->delay_open, actions);
}

void Connection::send_open(Actions& actions) {
  timers_.clear(Timer::DelayOpen, actions);
  actions.push_back(SendOpen{conn_, make_open(config_->local)});
  // Also with hold time 0: until OPENs have crossed, no other timer detects a silent peer.
  if (config_->open_hold > Milliseconds::zero())
    timers_.set(Timer::Hold, config_->open_hold, actions);
  state_ = State::OpenSent;
}

void Connection::accept(const wire::OpenMessage& open, Actions& actions) {
  if (state_ != State::OpenSent) send_open(actions);
  negotiated_ = negotiate(config_->local, open);
  if (const std::uint16_t wanted = config_->keepalive_seconds.value_or(0); wanted != 0)
    negotiated_.keepalive_seconds = std::min(negotiated_.keepalive_seconds, wanted);
  actions.push_back(SendKeepalive{conn_});
  restart_keepalive(actions);
  restart_hold(actions);
  state_ = State::OpenConfirm;
}

void Connection::establish(Actions& actions) {
  restart_hold(actions);
  if (const Milliseconds delay = send_hold(); delay > Milliseconds::zero())
    timers_.set(Timer::SendHold, delay, actions);
  actions.push_back(SessionUp{conn_, negotiated_});
  state_ = State::Established;
}

void Connection::heard(Actions& actions) { restart_hold(actions); }

void Connection::send_keepalive(Actions& actions) {
  actions.push_back(SendKeepalive{conn_});
  restart_keepalive(actions);
}

Milliseconds Connection::send_hold() const {
  if (negotiated_.hold_time_seconds == 0) return Milliseconds::zero();
  const Milliseconds twice_hold = 2 * seconds{negotiated_.hold_time_seconds};
  return config_->send_hold.value_or(std::max(kLeastSendHold, twice_hold));
}

void Connection::close(const wire::Notification* farewell, Actions& actions) {
  if (!exists()) return lost(actions);
  if (connected() && farewell != nullptr) actions.push_back(SendNotification{conn_, *farewell});
  lost(actions);
  // Last, because the owner that performs it may forget the connection.
  actions.push_back(CloseConnection{conn_});
}

void Connection::lost(Actions& actions) {
  timers_.clear_all(actions);
  if (state_ == State::Established) actions.push_back(SessionDown{conn_});
  state_ = State::Idle;
  config_.reset();
}

void Connection::restart_hold(Actions& actions) {
  if (const seconds hold{negotiated_.hold_time_seconds}; hold != seconds::zero())
    timers_.set(Timer::Hold, hold, actions);
  else
    timers_.clear(Timer::Hold, actions);  // the hold timer of OpenSent
}

void Connection::restart_keepalive(Actions& actions) {
  if (const seconds interval{negotiated_.keepalive_seconds}; interval != seconds::zero())
    timers_.set(Timer::Keepalive, jitter_(interval), actions);
}

}  // namespace tern::fsm
