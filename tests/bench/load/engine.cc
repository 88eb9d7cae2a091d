#include "tests/bench/load/engine.h"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace tern::load {
namespace {

constexpr std::uint64_t kInput = ~std::uint64_t{0};
constexpr std::uint64_t kListener = kInput - 1;
constexpr std::uint64_t kOpenings = kInput - 2;
constexpr Nanoseconds kRetry = kSecond;
constexpr Nanoseconds kKeepaliveEvery = 20 * kSecond;

void add(int epoll, int descriptor, std::uint64_t data) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = data;
  // A file as standard input is always readable and cannot be polled; commands are read anyway.
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) != 0 && errno != EPERM) {
    throw std::runtime_error(std::string("epoll_ctl: ") + std::strerror(errno));
  }
}

}  // namespace

Engine::Engine(const Options& options) : options_(options), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  prctl(PR_SET_TIMERSLACK, 1UL);  // of nanoseconds: churn is paced by the timeout of epoll
  make_tables();
  target_.sin_family = AF_INET;
  target_.sin_port = htons(options_.port);
  target_.sin_addr.s_addr = htonl(options_.target);
  add(epoll_, STDIN_FILENO, kInput);
  add(epoll_, openings_.epoll(), kOpenings);
  if (options_.listen) listen();
  reset_clock();
}

Engine::~Engine() {
  sessions_.clear();
  if (listener_ >= 0) ::close(listener_);
  ::close(epoll_);
}

void Engine::make_tables() {
  Random random(options_.seed);
  const std::uint32_t senders = options_.prefixes == 0 ? 0 : options_.senders;
  const std::uint32_t all = options_.same ? options_.prefixes : options_.prefixes * senders;
  universe_ = make_universe(all, std::max(1U, options_.prefixes), options_.ipv6_share, random);
  // Runs of each slice of `prefixes`, in ascending order.
  std::vector<std::vector<Run>> slices(std::max(1U, senders));
  for (const Run& run : universe_.runs) slices[run.first / options_.prefixes].push_back(run);
  for (std::uint32_t i = 0; i < options_.sessions; ++i) {
    const Speaker speaker{session_address(options_.local, i),
                          options_.listen ? kServerAsn : kFirstAsn + i, options_.ipv6_share > 0};
    sessions_.push_back(std::make_unique<Session>(i, speaker));
    if (i >= senders) continue;
    std::vector<Run> runs = slices[options_.same ? 0 : i];
    if (!options_.same && senders > 1) {
      const std::vector<Run>& next = slices[(i + 1) % senders];
      const auto shared = static_cast<double>(next.size()) * options_.overlap;
      runs.insert(runs.end(), next.begin(), next.begin() + static_cast<std::ptrdiff_t>(shared));
    }
    TableSettings settings = options_.tables;
    settings.best = options_.best_sender && i == 0;
    Speaker author = speaker;
    author.asn = kFirstAsn + i;
    tables_.push_back(make_table(universe_, std::move(runs), author, i, settings, random));
  }
  announcing_.resize(tables_.size());
  wanted_.resize(sessions_.size());
  retry_at_.resize(sessions_.size());
  satisfied_.resize(sessions_.size());
  watch_.ipv6 = options_.ipv6_share > 0;
  watch_.relay = options_.relay;
  expect();
}

// ---- What commands do

void Engine::reset_clock() {
  zero_processor_ = processor_seconds();
  zero_ = now();
  last_update_ = zero_;
}

void Engine::connect(Range range, std::uint32_t at_once) {
  at_once_ = at_once;
  for (std::uint32_t i = range.first; i < range.last; ++i) wanted_[i] = true;
  reset_clock();
  connect_more(zero_);
}

void Engine::cold_start(Range range, std::uint32_t at_once) {
  will_announce(range);
  openings_.forget_times();
  connect(range, at_once);
}

void Engine::will_announce(Range range) {
  for (std::uint32_t i = range.first; i < range.last; ++i) {
    if (i < tables_.size()) announcing_[i] = true;
  }
  expect();
}

void Engine::announce(Range range) {
  will_announce(range);
  reset_clock();
  for (std::uint32_t i = range.first; i < range.last; ++i) {
    if (!sessions_[i]->established()) continue;
    if (i < tables_.size()) {
      sessions_[i]->send(tables_[i].announcement);
    } else {
      sessions_[i]->send_copy(end_of_rib(false));
      if (watch_.ipv6) sessions_[i]->send_copy(end_of_rib(true));
    }
  }
}

void Engine::close(Range range) {
  for (std::uint32_t i = range.first; i < range.last; ++i) {
    wanted_[i] = false;
    if (i < announcing_.size()) announcing_[i] = false;
  }
  expect();
  reset_clock();
  for (std::uint32_t i = range.first; i < range.last; ++i) sessions_[i]->close();
}

void Engine::watch(std::vector<std::uint32_t> communities) {
  watch_.communities = std::move(communities);
}

void Engine::churn_start(std::uint32_t session, double rate) {
  churn_ =
      std::make_unique<Churn>(*sessions_[session], universe_, tables_[session], rate, sessions());
  watch_.stamps = true;
  reset_clock();
  churn_->start(zero_);
}

void Engine::churn_stop() {
  if (!churn_) return;
  churn_->stop(now());
  constexpr Nanoseconds kQuiet = 2 * kSecond;
  run(60 * kSecond, [&] { return now() - last_update_ > kQuiet; });
}

std::string Engine::churn_report() {
  if (!churn_) return R"({"error": "there is no churn"})";
  std::vector<std::uint32_t> receivers;
  for (const auto& session : sessions_) {
    if (session->established() && session->number() >= 1) receivers.push_back(session->number());
  }
  std::string report = "{" + churn_->report(receivers) + ", " + usage() + "}";
  if (!churn_->running()) {
    churn_.reset();
    watch_.stamps = false;
  }
  return report;
}

// ---- The goal

bool Engine::announces(std::uint32_t session) const {
  return session < announcing_.size() && announcing_[session];
}

void Engine::expect() { expectations_ = load::expect(universe_, tables_, announcing_, sessions()); }

void Engine::evaluate(const Session& session, Nanoseconds time) {
  const std::uint32_t number = session.number();
  if (!has_goal_ || number < goal_.first || number >= goal_.last) return;
  const bool is = session.established() &&
                  satisfied(goal_, session.received(), expectations_[number], announces(number));
  if (is == satisfied_[number]) return;
  satisfied_[number] = is;
  unsatisfied_ += is ? 0U : 1U;
  unsatisfied_ -= is ? 1U : 0U;
  if (is && unsatisfied_ == 0) reached_ = time;
  if (is && half_ == 0 && unsatisfied_ <= (goal_.last - goal_.first) / 2) half_ = time;
}

void Engine::count_goal() {
  has_goal_ = true;
  unsatisfied_ = 0;
  reached_ = now();
  half_ = 0;
  for (std::uint32_t i = goal_.first; i < goal_.last; ++i) {
    satisfied_[i] = true;
    evaluate(*sessions_[i], reached_);
  }
}

std::string Engine::wait(const Goal& goal, Nanoseconds timeout, Nanoseconds quiet) {
  goal_ = goal;
  count_goal();
  const bool done = run(timeout, [&] {
    return unsatisfied_ == 0 && now() - std::max(last_update_, reached_) >= quiet;
  });
  has_goal_ = false;
  std::uint64_t leaked = 0;
  std::uint64_t due = 0;
  for (const auto& session : sessions_) {
    due += expectations_[session->number()].prefixes;
    leaked += expectations_[session->number()].leaked(session->received().held);
  }
  char text[300];
  std::snprintf(text, sizeof text,
                R"({"reached": %s, "seconds": %.6f, "half": %.6f, "settled": %.6f, )"
                R"("missing_sessions": %u, "due": %llu, "leaked": %llu, )",
                done ? "true" : "false", seconds(reached_ - zero_),
                half_ == 0 ? 0 : seconds(half_ - zero_),
                seconds(std::max(last_update_, reached_) - zero_), unsatisfied_,
                static_cast<unsigned long long>(due), static_cast<unsigned long long>(leaked));
  return text + usage() + "}";
}

bool Engine::established(Range range) const {
  for (std::uint32_t i = range.first; i < range.last; ++i) {
    if (!sessions_[i]->established()) return false;
  }
  return true;
}

std::string Engine::wait_established(Range range, Nanoseconds timeout) {
  const bool done = run(timeout, [&] { return established(range); });
  std::uint32_t up = 0;
  for (std::uint32_t i = range.first; i < range.last; ++i)
    up += sessions_[i]->established() ? 1 : 0;
  char text[200];
  std::snprintf(text, sizeof text, R"({"reached": %s, "established": %u, "seconds": %.6f, )",
                done ? "true" : "false", up, seconds(last_established_ - zero_));
  return text + usage() + "}";
}

std::string Engine::handshakes() {
  char text[60];
  std::snprintf(text, sizeof text, R"({"up": %.6f, )", seconds(last_established_ - zero_));
  return text + openings_.report() + "}";
}

std::string Engine::usage() const {
  std::uint64_t updates = 0, announced = 0, octets = 0, foreign = 0, held = 0;
  for (const auto& session : sessions_) {
    const Received& received = session->received();
    updates += received.updates;
    announced += received.announced;
    octets += received.octets;
    foreign += received.foreign;
    held += received.held.size();
  }
  char text[400];
  std::snprintf(text, sizeof text,
                R"("load_cpu": %.6f, "updates": %llu, "announced": %llu, "octets": %llu, )"
                R"("foreign": %llu, "held": %llu, "lost_sessions": %llu)",
                processor_seconds() - zero_processor_, static_cast<unsigned long long>(updates),
                static_cast<unsigned long long>(announced), static_cast<unsigned long long>(octets),
                static_cast<unsigned long long>(foreign), static_cast<unsigned long long>(held),
                static_cast<unsigned long long>(lost_sessions_));
  return text;
}

// ---- The loop

bool Engine::run(Nanoseconds timeout, const std::function<bool()>& done) {
  const Nanoseconds end = now() + timeout;
  while (!done()) {
    if (stopped_ || now() >= end) return false;
    turn(std::min(end, now() + kSecond / 20));
  }
  return true;
}

void Engine::turn(Nanoseconds until) {
  const bool churning = churn_ && churn_->running();
  if (churning) until = std::min(until, churn_->due());
  const Nanoseconds left = std::max<Nanoseconds>(0, until - now());
  const timespec timeout{left / kSecond, left % kSecond};
  std::array<epoll_event, 256> events;
  const int ready =
      epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
  const Nanoseconds time = now();
  if (churning && churn_->due() <= time) churn_->send(time);
  for (int i = 0; i < ready; ++i) {
    const epoll_event& one = events[static_cast<std::size_t>(i)];
    if (one.data.u64 == kInput) {
      if (on_input_) on_input_();
    } else if (one.data.u64 == kOpenings) {
      look_at_openings();
    } else if (one.data.u64 == kListener) {
      accept();
    } else {
      event(static_cast<std::uint32_t>(one.data.u64), one.events, now());
      look_at_openings();  // its read may have been of 256 KiB
    }
  }
  connect_more(time);
  keep_alive(time);
}

// Sessions that are not Established wait for nobody's table.
void Engine::look_at_openings() {
  bool any = false;
  for (const epoll_event& one : openings_.ready()) {
    event(static_cast<std::uint32_t>(one.data.u64), one.events, now());
    any = true;
  }
  if (any) connect_more(now());
}

void Engine::came_up(Session& session) {
  last_established_ = now();
  openings_.established(session.number(), last_established_);
  session.move_to(epoll_);
  if (options_.keep) {
    for (const Octets& updates : kept_) session.send(updates);
  } else if (options_.listen && !options_.relay) {
    session.send(tables_.front().announcement);
  } else if (announces(session.number())) {
    session.send(tables_[session.number()].announcement);
  }
}

void Engine::event(std::uint32_t number, std::uint32_t events, Nanoseconds time) {
  Session& session = *sessions_[number];
  if (session.state() == Session::State::Idle) return;
  const bool was_established = session.established();
  bool alive = true;
  if ((events & EPOLLOUT) != 0 || session.state() == Session::State::Connecting) {
    alive = session.writable();
  }
  const std::uint64_t updates = session.received().updates;
  if (alive && (events & ~std::uint32_t{EPOLLOUT}) != 0) {
    session.received().stamps.clear();
    alive = session.readable(watch_);
    if (churn_ && !session.received().stamps.empty()) {
      churn_->take(number, session.received().stamps, time);
    }
  }
  if (!alive) {
    ++lost_sessions_;
    retry_at_[number] = time + kRetry;
    evaluate(session, time);
    return;
  }
  if (!was_established && session.established()) came_up(session);
  if (session.take_refresh() && announces(number) && !session.sending()) {
    session.send(tables_[number].announcement);
  }
  if (session.received().updates != updates) {
    if (options_.relay) relay(session);
    last_update_ = now();
    evaluate(session, last_update_);
  }
}

void Engine::connect_more(Nanoseconds time) {
  if (options_.listen) return;
  std::uint32_t opening = 0;
  std::uint32_t missing = 0;
  for (const auto& session : sessions_) {
    const bool idle = session->state() == Session::State::Idle;
    if (!idle && !session->established()) ++opening;
    if (idle && wanted_[session->number()]) ++missing;
  }
  for (const auto& session : sessions_) {
    if (missing == 0 || opening >= at_once_) return;
    const std::uint32_t number = session->number();
    if (session->state() != Session::State::Idle || !wanted_[number]) continue;
    --missing;
    if (retry_at_[number] > time) continue;
    openings_.began(number, now());
    session->connect(openings_.epoll(), target_);
    ++opening;
  }
}

void Engine::keep_alive(Nanoseconds time) {
  if (time < next_keepalives_) return;
  next_keepalives_ = time + kKeepaliveEvery;
  for (const auto& session : sessions_) session->send_keepalive();
}

// ---- In the daemon's place

void Engine::listen() {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener_, reinterpret_cast<const sockaddr*>(&target_), sizeof target_) != 0 ||
      ::listen(listener_, 4096) != 0) {
    throw std::runtime_error(std::string("listen: ") + std::strerror(errno));
  }
  add(epoll_, listener_, kListener);
}

void Engine::relay(Session& from) {
  Octets updates = from.take_relayed();
  if (options_.keep) {
    const Octets& kept = kept_.emplace_back(std::move(updates));
    for (const auto& session : sessions_) {
      if (session.get() != &from && session->established()) session->send(kept);
    }
    return;
  }
  for (const auto& session : sessions_) {
    if (session.get() != &from && session->established()) session->send_copy(updates);
  }
}

void Engine::accept() {
  for (;;) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) return;
    const auto free = std::find_if(sessions_.begin(), sessions_.end(), [](const auto& session) {
      return session->state() == Session::State::Idle;
    });
    if (free == sessions_.end()) {
      ::close(socket);
    } else {
      (*free)->adopt(openings_.epoll(), socket);
    }
  }
}

}  // namespace tern::load
