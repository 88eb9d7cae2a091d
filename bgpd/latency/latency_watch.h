// Takes round trips and keeps the latency of registered prefixes, metros and neighbors up to date:
// reports of the control API, results of our own probes, and the round trips that the kernel
// measures on the sessions (TCP_INFO). Reports a latency that is degraded as an event, until the
// latency recovers. The latency of neighbors is shown and not compared: the kernel smooths round
// trips, and a session without traffic keeps the last value.
//
// Round trips are those from this PoP. The costs of egress do not follow them (bgpd/session/costs.h
// has what does).
//
// Every Pace::look the watch reads the round trips of sessions, compares subjects with their
// baselines, and forgets old ones: kSlice of them in a turn of the loop. A subject that the
// configuration or the registrations lack is not compared, and keeps its hours for a day.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bgpd/events/event_stage.h"
#include "bgpd/latency/history_text.h"
#include "bgpd/latency/latency_book.h"
#include "bgpd/latency/round_trip.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/probed_place.h"
#include "bgpd/session/speaker.h"

namespace tern::session {
class Peer;
class Timer;
}  // namespace tern::session

namespace tern::latency {

// The clock of the watch, and the time between two looks.
struct Pace {
  std::function<std::uint32_t()> clock = session::unix_seconds;
  std::chrono::milliseconds look = std::chrono::seconds(10);
};

// Loop thread only.
class LatencyWatch {
 public:
  static constexpr std::size_t kSlice = 64;              // subjects, neighbors or events, in a turn
  static constexpr std::uint32_t kAgainAfter = 60;       // seconds until an event is reported anew
  static constexpr std::size_t kMostPerSecond = 10'000;  // round trips of reports
  // Neighbors are this part of all subjects at most, so that prefixes and metros have room.
  static constexpr std::size_t kNeighborPart = 4;
  static constexpr std::uint32_t kLasting = 900;    // seconds of a degradation that lasts
  static constexpr std::uint32_t kKeptAgain = 300;  // seconds between two files within an hour

  LatencyWatch(session::Loop& loop, session::Speaker& speaker, events::EventStage& stage,
               Pace pace = {});
  ~LatencyWatch();
  LatencyWatch(const LatencyWatch&) = delete;
  LatencyWatch& operator=(const LatencyWatch&) = delete;

  // After the first apply() of the speaker.
  void apply(const BookSettings& settings);
  // The daemon ends its sessions.
  void freeze();

  // Takes the hours of an earlier run, before the loop runs. Returns how many subjects were left
  // out, because there is no room for them.
  std::size_t restore(const Histories& histories);
  // Called on the loop, with the hours of all subjects: behind the first look of each hour, and
  // where degradations changed, every kKeptAgain. Not while no latency is kept.
  void on_hour(std::function<void(Histories)> keep) { keep_ = std::move(keep); }

  // How many round trips of reports may be taken in this second; report() takes those of the span.
  [[nodiscard]] std::size_t room();
  // Returns how many round trips were taken, and calls refused() for each other one. to: a metro,
  // or a prefix or an address that a registration covers, and then the round trips count for the
  // registered prefix.
  std::size_t report(std::string_view to, std::span<const EgressCost> microseconds,
                     const std::function<void(Refusal why)>& refused);
  // The shortest round trips of our probes. Probes to places that are no subject are left out, and
  // those for which there is no room are refused.
  void take_probes(const std::vector<session::ProbedPlace>& places);

  // The subjects of a text: the registered prefix, or the metro and the neighbor of this name. A
  // subject may lack a track.
  [[nodiscard]] std::vector<Subject> subjects_of(const std::string& text) const;

  [[nodiscard]] const LatencyBook& book() const { return book_; }
  // Unix seconds, of the clock by which the book is kept.
  [[nodiscard]] std::uint32_t now() const { return pace_.clock(); }
  // Round trips that were taken, by source, and that were refused, ever.
  [[nodiscard]] const std::array<std::uint64_t, kSources>& taken() const { return taken_; }
  [[nodiscard]] const std::array<std::uint64_t, kRefusals>& refused() const { return refused_; }
  // Of all subjects, as of the last look, like the next two.
  [[nodiscard]] std::size_t octets() const { return totals_.octets; }
  // Subjects that have been degraded for kLasting, by kind.
  [[nodiscard]] const std::array<std::uint64_t, kSubjectKinds>& lasting() const {
    return totals_.lasting;
  }
  // The longest p95 of 5 minutes of a registered prefix with enough round trips, microseconds; 0:
  // none has.
  [[nodiscard]] EgressCost slowest_prefix() const { return totals_.slowest_prefix; }

 private:
  [[nodiscard]] std::optional<Subject> subject_of(std::string_view text) const;
  [[nodiscard]] std::optional<Prefix> registered(const Prefix& inside) const;
  [[nodiscard]] bool is_metro(std::string_view name) const;
  [[nodiscard]] bool is_known(const Subject& subject) const;
  bool take(const Subject& subject, EgressCost microseconds, Source source);
  // The parts of a look, one behind the other.
  void look();
  void read_neighbors();
  void read_neighbor(const session::Peer& peer);
  void compare();
  // Whether the look that begins will be kept.
  [[nodiscard]] bool must_keep() const;
  void end_comparison();
  void add_to_totals(const Subject& subject, const Track& track);
  void report_degraded(const Subject& subject, const Track& track);
  void report_ended();

  session::Loop& loop_;
  session::Speaker& speaker_;
  events::EventStage& stage_;
  const Pace pace_;
  LatencyBook book_;
  const std::unique_ptr<session::Timer> timer_;
  bool frozen_ = false;

  std::uint32_t second_ = 0;  // Unix time that reports_ is of
  std::size_t reports_ = 0;

  std::uint32_t now_ = 0;  // Unix seconds of the look
  std::uint64_t membership_ = 0;
  std::vector<PeerSlot> slots_;  // of the neighbors
  std::size_t next_slot_ = 0;    // index in slots_
  std::optional<Subject> next_;  // behind which the look goes on
  struct Totals {
    std::size_t octets = 0;
    EgressCost slowest_prefix = 0;
    std::array<std::uint64_t, kSubjectKinds> lasting{};
  };
  Totals totals_;                        // of the last look
  Totals coming_totals_;                 // of the look that is under way
  std::function<void(Histories)> keep_;  // null: nobody keeps the hours
  std::uint32_t kept_ = 0;               // Unix seconds of the last look that was kept
  bool keeping_ = false;                 // the look that is under way will be kept
  bool changed_ = false;                 // degradations, since then
  Histories coming_histories_;           // of the look that is under way, where it will be kept
  // Subjects whose event the stage took and that has not ended: Unix seconds of the last report.
  std::map<Subject, std::uint32_t> open_;
  std::optional<Subject> next_open_;  // the first in open_ that report_ended() has yet to see

  std::array<std::uint64_t, kSources> taken_{};
  std::array<std::uint64_t, kRefusals> refused_{};
};

}  // namespace tern::latency
