#include "bgpd/probes/probe_thread.h"

#include <spdlog/spdlog.h>

#include <boost/asio.hpp>
#include <chrono>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include "bgpd/probes/ping_socket.h"
#include "bgpd/probes/prober.h"
#include "bgpd/probes/tcp_probes.h"
#include "bgpd/session/log_limiter.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/timer.h"
#include "rib/base/named_thread.h"

namespace tern::probes {
namespace {

constexpr auto kPublishEvery = std::chrono::seconds(1);

Prober::Time now() { return session::Timer::Clock::now().time_since_epoch(); }

}  // namespace

class ProbeThread::Impl {
 public:
  explicit Impl(Published published)
      : published_(std::move(published)),
        work_(context_.get_executor()),
        prober_([this] { return number_(random_); }),
        v4_(context_, IpVersion::V4,
            [this](const auto& from, const Echo& echo, Prober::Time at) {
              prober_.echo_came(from, echo, at);
            }),
        v6_(context_, IpVersion::V6,
            [this](const auto& from, const Echo& echo, Prober::Time at) {
              prober_.echo_came(from, echo, at);
            }),
        tcp_(context_, [this](auto probe, const auto& outcome,
                              auto at) { connection_ended(probe, outcome, at); }),
        turn_(context_, [this] { turn(); }),
        publish_(context_, [this] { publish(); }) {
    thread_ = rib::start_thread<std::thread>("tern-probe", [this] { context_.run(); });
  }

  ~Impl() {
    context_.stop();
    thread_.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void reconfigure(ProbeSettings settings) {
    boost::asio::post(context_, [this, next = std::move(settings)] { take(next); });
  }

  ProbeStatus status() const {
    const std::lock_guard lock(mutex_);
    return status_;
  }

 private:
  void take(const ProbeSettings& settings) {
    for (const std::uint16_t probe : prober_.configure(settings, now())) tcp_.end(probe);
    if (settings.targets.empty()) {
      v4_.close();
      v6_.close();
    }
    turn();
    publish(true);
  }

  void turn() {
    // next() ends no probe whose connection is open: expire() has ended it at the same time.
    const Prober::Time at = now();
    for (const std::uint16_t probe : prober_.expire(at)) tcp_.end(probe);
    while (const auto probe = prober_.next(at)) send(*probe);
    if (const auto due = prober_.due()) {
      turn_.start_at(session::Timer::Clock::time_point(*due));
    } else {
      turn_.stop();
    }
  }

  void send(const Prober::Probe& probe) {
    const std::uint16_t sequence = probe.echo.sequence;
    SendResult result;
    if (probe.method == Method::Tcp) {
      result = tcp_.begin(sequence, probe.address, probe.port);
    } else {
      result = (probe.address.is_v4() ? v4_ : v6_).send(probe.address, probe.echo);
    }
    if (result.kind != SendResult::Kind::Sent) ended(sequence, result, now());
  }

  void connection_ended(std::uint16_t probe, const TcpProbes::Outcome& outcome, Prober::Time at) {
    if (const auto* const round_trip = std::get_if<Prober::Time>(&outcome)) {
      prober_.connection_ended(probe, *round_trip, at);
    } else {
      ended(probe, std::get<SendResult>(outcome), at);
    }
  }

  void ended(std::uint16_t probe, const SendResult& result, Prober::Time at) {
    if (result.kind == SendResult::Kind::Lost) {
      prober_.lost(probe, result.error, at);
    } else {
      prober_.failed(probe, result.error, at);
    }
  }

  void publish(bool all = false) {
    ProbeStatus next = prober_.status(now(), session::unix_seconds());
    log_failures(next);
    const bool idle = next.targets.empty();
    {
      const std::lock_guard lock(mutex_);
      std::swap(status_, next);
    }
    std::vector<session::ProbedPlace> places = prober_.take_places(all);
    if (!places.empty()) published_(std::move(places));
    if (!idle) publish_.start(kPublishEvery);
  }

  // A reason is logged when it comes, not for each target and probe that it stops.
  void log_failures(const ProbeStatus& status) {
    std::string failure;
    for (const ProbeStatus::Target& target : status.targets) {
      if (target.state != TargetState::Failed || !failure.empty()) continue;
      failure = target.error;
      if (failure != failure_ && lines_.pass(session::steady_nanoseconds())) {
        spdlog::error("probes: {} cannot be probed: {}", target.settings.name, failure);
      }
    }
    if (failure.empty() && !failure_.empty()) spdlog::info("probes: all targets are probed again");
    failure_ = std::move(failure);
  }

  const Published published_;
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;

  // The thread only.
  std::random_device random_;
  std::uniform_int_distribution<std::uint64_t> number_;
  Prober prober_;
  PingSocket v4_;
  PingSocket v6_;
  TcpProbes tcp_;
  session::Timer turn_;
  session::Timer publish_;
  std::string failure_;           // of the last second; empty: none
  session::LogLimiter lines_{4};  // a minute

  mutable std::mutex mutex_;
  ProbeStatus status_;  // with the lock

  std::thread thread_;  // last: the thread uses the other members
};

ProbeThread::ProbeThread(Published published)
    : impl_(std::make_unique<Impl>(std::move(published))) {}
ProbeThread::~ProbeThread() = default;
void ProbeThread::reconfigure(ProbeSettings settings) { impl_->reconfigure(std::move(settings)); }
ProbeStatus ProbeThread::status() const { return impl_->status(); }

}  // namespace tern::probes
