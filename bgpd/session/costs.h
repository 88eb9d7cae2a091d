// The costs in force, and what moves them while the daemon runs: policy::LiveCosts with a clock,
// measured round trips to prefixes (policy::PrefixRtts of a file, policy::LivePrefixRtts of the
// control API) over its costs, log lines, and the way to the rules of neighbors and to the routes.
// Loop thread only.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bgpd/session/log_limiter.h"
#include "bgpd/session/probed_place.h"
#include "policy/live_costs.h"
#include "policy/live_prefix_rtts.h"
#include "policy/prefix_rtts.h"
#include "rib/audience.h"
#include "rib/egress_moves.h"

namespace tern::session {

class Loop;
class Neighbors;
class Reevaluation;
struct PrefixMeasurements;
struct ProbeRules;
struct SpeakerSettings;

class Costs {
 public:
  // How often costs moved.
  struct Counts {
    std::uint64_t pairs = 0;   // of places, by new measurements
    std::uint64_t by_age = 0;  // of places, because measurements ended
  };

  // in_force: what Costs sets, for those who read costs. changed: called after it changed.
  Costs(Loop& loop, Neighbors& neighbors, Reevaluation& reevaluation,
        std::shared_ptr<const policy::EgressCosts>& in_force,
        std::function<void(const policy::CostChange&)> changed)
      : loop_(loop),
        neighbors_(neighbors),
        reevaluation_(reevaluation),
        in_force_(in_force),
        changed_(std::move(changed)) {}
  Costs(const Costs&) = delete;
  Costs& operator=(const Costs&) = delete;

  // Takes the places and costs of new settings.
  void apply(const SpeakerSettings& settings);
  // New measurements of egress.rtt_file. egress: by which the pairs were numbered; values of other
  // places are left out, because apply() brought newer ones.
  void take_file(const policy::LiveCosts::FileValues& file,
                 const std::shared_ptr<const policy::Egress>& egress);
  // New measurements of egress.prefix_rtt_file. changed: ranges of the prefixes whose measurements
  // differ from `before` (PrefixRtts::difference()); where other measurements than `before` are in
  // force, all routes are judged again. egress: as above.
  void take_prefixes(const PrefixMeasurements& measured,
                     const std::shared_ptr<const policy::PrefixRtts>& before,
                     std::vector<policy::PrefixRange> changed,
                     const std::shared_ptr<const policy::Egress>& egress);
  // The measurements of egress.prefix_rtt_file that were taken last, however old they are; may be
  // null.
  [[nodiscard]] const std::shared_ptr<const policy::PrefixRtts>& prefix_rtts() const {
    return prefixes_;
  }
  // Results of our own probes. Places and prefixes that the settings do not probe are left out.
  void take_probes(const std::vector<ProbedPlace>& places);
  // A measurement from the PoP to a metro or PoP, for good or for some time. Returns why it is
  // refused, for people. Of set() and clear() the first in a second counts at once, and the others
  // with the next look(). A name that a PoP and a metro have is set for both, or, if there is room
  // for one pair alone, for that one, with a text that says so.
  [[nodiscard]] std::optional<std::string> set(const policy::RttSource& measured,
                                               std::optional<std::chrono::seconds> lasts);
  // Forgets a measurement of set(). Returns why that is refused, for people.
  [[nodiscard]] std::optional<std::string> clear(std::string_view pop, std::string_view to);
  struct PrefixRtt {
    Prefix prefix;
    EgressCost microseconds = 0;  // 1 to kMostRoundTrip
  };
  // The same for measurements from the PoP to prefixes, each prefix once: all are taken or none.
  [[nodiscard]] std::optional<std::string> set_prefixes(std::string_view pop,
                                                        const std::vector<PrefixRtt>& measured,
                                                        std::optional<std::chrono::seconds> lasts);
  [[nodiscard]] std::optional<std::string> clear_prefixes(std::string_view pop,
                                                          const std::vector<Prefix>& prefixes);
  // Also of prefixes. Returns how many there were.
  std::size_t clear_all();
  // Once a second: costs that are due change.
  void look(std::uint64_t now);

  [[nodiscard]] const policy::Egress& egress() const { return *egress_; }
  // See LiveCosts.
  [[nodiscard]] std::vector<policy::LiveCosts::Row> rows(std::size_t most,
                                                         const policy::CostPair& from) const;
  [[nodiscard]] std::optional<policy::LiveCosts::Row> row(const policy::CostPair& pair) const;
  [[nodiscard]] std::size_t measured_pairs() const { return live_.size(); }
  // Measurements to prefixes of set_prefixes() (Operator) or of probes (Probe).
  [[nodiscard]] const policy::LivePrefixRtts& live_prefixes(policy::CostSource source) const {
    return source == policy::CostSource::Probe ? probed_prefixes_ : live_prefixes_;
  }
  // The time that LivePrefixRtts::rows() and row() take.
  [[nodiscard]] static policy::LiveCosts::Time now();
  // The costs in force.
  [[nodiscard]] const policy::EgressCosts& in_force() const { return *in_force_; }
  [[nodiscard]] const std::shared_ptr<const policy::EgressCosts>& shared_in_force() const {
    return in_force_;
  }
  // Of the measurements that take_prefixes() took last.
  [[nodiscard]] std::chrono::seconds age_of_prefix_file() const { return now() - prefixes_at_; }
  // Measurements from a PoP to a prefix that count. source: of EgressCosts::kPrefixSources.
  [[nodiscard]] std::size_t measured_prefixes(policy::CostSource source) const {
    const auto& in_force = in_force_->prefix_rtts(source);
    return in_force == nullptr ? 0 : in_force->size();
  }
  // The last probes to the place, and how many of them were lost.
  struct Loss {
    std::uint32_t recent = 0;
    std::uint32_t lost = 0;
  };
  [[nodiscard]] Loss loss(const std::string& place) const;
  [[nodiscard]] const Counts& counts() const { return counts_; }
  [[nodiscard]] std::size_t implausible_pairs() const { return live_.implausible_pairs(); }
  // By PoP, see LiveCosts; also of the measurements to prefixes that count.
  [[nodiscard]] std::vector<std::uint32_t> digests() const;

 private:
  // A change on its way to the rules of neighbors, and then to the routes.
  struct Change {
    policy::CostChange pairs;
    std::vector<policy::PrefixRange> ranges;     // of prefixes with other measurements, in order
    rib::ClientSet leaving;                      // neighbors before `next` whose routes have exits
    rib::ClientSet with_vantage;                 // neighbors before it that have a vantage
    rib::MoveCause cause = rib::MoveCause::Rtt;  // of the last one
    PeerSlot next = 0;                           // the neighbor that is due
    void add(std::vector<policy::PrefixRange> more);
  };

  void step();
  void step_prefixes();
  void step_soon();
  void warn_of_implausible(const policy::LiveCosts::Step& step);
  void apply(const ProbeRules& probes);
  void keep_probed_prefixes(const std::map<std::string, Prefix>& probed);
  void take_probe_of_prefix(const ProbedPlace& probed);
  [[nodiscard]] const std::shared_ptr<const policy::PrefixRtts>& present_prefixes(
      policy::CostSource source) const;
  [[nodiscard]] std::vector<policy::MeasuredPair> from_here(const std::string& to,
                                                            EgressCost microseconds) const;
  void note_prefix_file(const PrefixMeasurements& measured);
  [[nodiscard]] bool prefixes_are_stale() const;
  void look_at_prefixes();
  void put_in_force();
  Change& begin_change(rib::MoveCause cause);
  void publish();
  void post_slice();
  void slice();
  [[nodiscard]] std::string text_of(const policy::CostPair& pair) const;

  Loop& loop_;
  Neighbors& neighbors_;
  Reevaluation& reevaluation_;
  std::shared_ptr<const policy::EgressCosts>& in_force_;
  const std::function<void(const policy::CostChange&)> changed_;
  std::shared_ptr<const policy::Egress> egress_ = std::make_shared<const policy::Egress>();
  policy::LiveCosts live_;
  std::shared_ptr<const policy::EgressCosts> of_pairs_;  // that in_force_ is made of
  // Tables that count as those of in_force_ do, by EgressCosts::kPrefixSources.
  std::array<std::shared_ptr<const policy::PrefixRtts>, policy::EgressCosts::kPrefixSources.size()>
      of_prefixes_;
  std::shared_ptr<const policy::PrefixRtts> prefixes_;  // of the file
  policy::LivePrefixRtts live_prefixes_;                // of set_prefixes()
  policy::LivePrefixRtts probed_prefixes_;
  policy::LiveCosts::Time prefixes_at_{0};  // when they were measured
  bool prefixes_stale_ = false;             // too old: not in force
  std::chrono::seconds max_age_{0};         // 0: any
  std::map<std::string, Loss> losses_;      // by place that is probed
  std::chrono::seconds probe_lasts_{0};
  std::map<std::string, Prefix> prefixes_to_probe_;  // by their texts
  Counts counts_;
  std::optional<Change> change_;
  std::optional<Change> waiting_;  // for the end of change_
  bool slice_posted_ = false;
  bool stepped_ = false;  // by set() or clear(), since the last look()
  LogLimiter lines_{12};  // a minute
};

}  // namespace tern::session
