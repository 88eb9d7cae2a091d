// Decides when to probe which target, which answer belongs to which probe, and what follows from
// both. Opens nothing and reads no clock: the caller passes the time and sends the probes.
//
// The probes are spread evenly: of N targets one is probed in each Nth of the interval, so that a
// host sends no bursts. A target has one probe under way at most. An answer counts where it has the
// sequence number and the token of a probe under way, and comes from the address of its target; all
// other answers are ignored. A TCP probe waits for a second at most, because the kernel then sends
// its SYN again (RFC 6298 section 2.1), and an answer might belong to either.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/probes/echo.h"
#include "bgpd/probes/loss_window.h"
#include "bgpd/probes/settings.h"
#include "bgpd/probes/status.h"
#include "bgpd/session/probed_place.h"

namespace tern::probes {

// Not for use by several threads.
class Prober {
 public:
  using Time = std::chrono::nanoseconds;  // of a clock that never goes back

  // random: numbers that no other host can guess, for the tokens.
  explicit Prober(std::function<std::uint64_t()> random) : random_(std::move(random)) {}

  // Targets that are equal to earlier ones keep what is known of them, and their probe under way.
  // Returns the sequence numbers of the probes to targets that are gone.
  std::vector<std::uint16_t> configure(const ProbeSettings& settings, Time now);

  // A probe for the caller to send. `echo.sequence` is its name until it has ended.
  struct Probe {
    Echo echo;
    IpAddress address;
    Method method = Method::Icmp;
    std::uint16_t port = 0;
  };
  // The probe that is due, if one is. The caller has called expire() for the same time.
  [[nodiscard]] std::optional<Probe> next(Time now);
  // Ends the probes whose time for an answer is over, as lost. Returns their sequence numbers.
  std::vector<std::uint16_t> expire(Time now);
  // When next() or expire() has work; nothing: there are no targets.
  [[nodiscard]] std::optional<Time> due() const;

  // ---- Ends of probes. Ends of probes that are not under way are ignored.

  void echo_came(const IpAddress& from, const Echo& echo, Time at);
  // The connection is open, or the target refused it: both are an answer.
  void connection_ended(std::uint16_t sequence, Time round_trip, Time at);
  // error: what the network said.
  void lost(std::uint16_t sequence, const std::string& error, Time at);
  // error: why this host could not send the probe. Says nothing about the target.
  void failed(std::uint16_t sequence, const std::string& error, Time at);

  // The places of targets whose probes ended since the last call; all: also the others.
  [[nodiscard]] std::vector<session::ProbedPlace> take_places(bool all = false);
  // unix_now: seconds since 1970, at `now`.
  [[nodiscard]] ProbeStatus status(Time now, std::int64_t unix_now) const;

 private:
  struct UnderWay {
    Echo echo;
    Time sent{};
    Time until{};
  };
  struct Target {
    TargetSettings settings;
    std::optional<UnderWay> probe;
    TargetState state = TargetState::Unknown;
    Time since{};
    EgressCost round_trip = 0;  // of the last answer; 0: there was none
    std::uint32_t misses = 0;   // probes that were lost since
    std::string error;
    LossWindow window;
    std::uint64_t answered = 0;
    std::uint64_t lost = 0;
    std::uint64_t failed = 0;
    bool ended = false;  // a probe, since take_places(); and was answered:
    bool measured = false;
  };

  [[nodiscard]] Time gap() const;
  [[nodiscard]] Target* find(std::uint16_t sequence);
  void end(Target& target, TargetState state, const std::string& error, Time at);
  void answer(Target& target, Time round_trip, Time at);

  const std::function<std::uint64_t()> random_;
  ProbeSettings settings_;
  std::vector<Target> targets_;  // in the order of the settings
  std::size_t next_ = 0;         // index of the target to probe
  std::optional<Time> last_;     // when a probe was sent
  Time started_{};               // when there were targets
  std::uint16_t sequence_ = 0;   // of the last probe
};

}  // namespace tern::probes
