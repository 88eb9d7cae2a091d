// Costs that move while the daemon runs: round trips from a file that is watched, from the control
// API and from our own probes, over the costs of the configuration.
//
// A measurement joins a moving average of its pair, and the average becomes the cost where the
// difference is large enough (CostRules). The costs of a metro, and the backbone costs from a PoP,
// change together and then stay for CostRules::dwell. A measurement of the control API counts
// before one of the file. A measurement that is too old does not count, nor does one that is
// shorter than light in fibre allows between the places (CostRules::use_implausible): the one
// before it counts on. Where none counts, the cost is that of the configuration: egress.rtts, else
// the distance. A round trip over the backbone is also that of the other direction, unless the
// other direction is measured.
//
// A machine without I/O: the caller passes the time, calls step() once a second and after changes,
// and publishes the table. Not for use by several threads. Costs memory for measured pairs only,
// about 300 octets each.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "policy/egress.h"
#include "policy/egress_costs.h"

namespace tern::policy {

struct CostRules {
  double weight = 1;  // of a new measurement in the moving average: above 0, at most 1
  // An average that differs by less than one of these two from the cost in use changes nothing.
  double least_share = 0.05;  // of the cost in use
  EgressCost least_microseconds = 500;
  std::chrono::seconds dwell{60};
  std::chrono::seconds max_age{0};  // of a measurement that counts; 0: any
  bool use_implausible = false;     // also a measurement counts that is shorter than light needs
  // Whether a cost in use stays, because the other differs too little.
  [[nodiscard]] bool is_small(EgressCost used, EgressCost other) const;
  friend bool operator==(const CostRules&, const CostRules&) = default;
};

// The pairs whose costs changed.
class CostChange {
 public:
  void add(const CostPair& pair);
  void add(const CostChange& other);
  [[nodiscard]] bool empty() const { return last_miles_.empty() && exits_.empty(); }
  // Whether the cost from some vantage over the exit to the place may be another.
  [[nodiscard]] bool touches(PopId exit, MetroId place) const {
    return exits_.contains(exit) || last_miles_.contains(key(exit, place));
  }

 private:
  static std::uint32_t key(PopId exit, MetroId place) {
    return (std::uint32_t{exit} << 16U) | place;
  }
  std::unordered_set<std::uint32_t> last_miles_;
  std::unordered_set<PopId> exits_;  // with a changed backbone to them
};

class LiveCosts {
 public:
  using Time = std::chrono::seconds;  // of a clock that never goes back
  // Most pairs of a file (conf/rtt_file.h). With so many pairs from all sources, the control API
  // and probes add no further pair, and new content of the file still counts.
  static constexpr std::size_t kMostPairs = 65'536;

  // The measurements of a file, all of the same age.
  struct FileValues {
    std::vector<MeasuredPair> pairs;  // in order, each pair once
    std::chrono::seconds age{0};
    std::string name = {};  // of the file
    // Later content of a file has a larger number.
    std::int64_t order = 0;
  };

  // Takes the places, rules and measurements of a configuration. Where the places are the same
  // object as before, the measurements are new ones of the file, unless later content of the file
  // with this name was taken, and the next step() does the rest. With other places, the costs
  // follow at once, because every route is judged again: the values of the file as they are,
  // without average and dwell. Measurements of the control API and of probes stay where the new
  // places have their names; those that were refused are refused again, or count, if light allows
  // them between the places as they are now.
  void rebase(std::shared_ptr<const Egress> egress, const CostRules& rules, const FileValues& file,
              Time now);
  // New measurements of the file. Pairs that it does not have any more lose theirs.
  void take_file(const FileValues& file, Time now);
  // A measurement by the control API, for good or for some time. False: there are kMostPairs.
  [[nodiscard]] bool set(const MeasuredPair& measured, std::optional<std::chrono::seconds> lasts,
                         Time now);
  // A measurement of our own probes, which ends where none follows for `lasts`. A measurement of
  // the file counts before a probe, because PoPs share the file and each knows only its own probes.
  // False: there are kMostPairs.
  [[nodiscard]] bool take_probe(const MeasuredPair& measured, std::chrono::seconds lasts, Time now);
  // Forgets the measurements of probes but those of these pairs.
  void keep_probes(const std::set<CostPair>& pairs);
  // Forgets the measurement of the control API. False: there is none.
  bool clear(const CostPair& pair);
  // Returns how many there were.
  std::size_t clear_all();

  struct Step {
    CostChange change;
    std::size_t pairs = 0;     // with another cost, or the same one from another source
    CostPair first;            // of them
    bool by_age_only = false;  // with pairs > 0: all pairs changed because measurements ended
    // Measurements since the last step that light does not allow, where the one before was allowed.
    std::size_t implausible = 0;
    MeasuredPair first_implausible;
  };
  // Changes the table where that is due.
  [[nodiscard]] Step step(Time now);
  // The costs in force; the object changes with step() and rebase(). Never null.
  [[nodiscard]] const std::shared_ptr<const EgressCosts>& table() const { return table_; }

  enum class State : std::uint8_t {
    Used,         // the cost is the measurement, or differs by less than CostRules asks for
    Waits,        // for the end of the dwell, or for the next step()
    Stale,        // the measurement is too old
    Implausible,  // the measurement is shorter than light needs, and does not count
  };
  struct Row {
    CostPair pair;
    CostSource source{};  // of the measurement: Probe, File or Operator
    EgressCost latest = 0;
    EgressCost average = 0;
    EgressCost shortest = 0;  // that light allows
    std::chrono::seconds age{0};
    std::optional<std::chrono::seconds> lasts;  // from now on
    State state{};
    std::chrono::seconds waits{0};  // in state Waits
    EgressCosts::Cell used;
    std::optional<std::chrono::seconds> used_since;  // ago; unset: before the first measurement
  };
  // At most so many measured pairs, in order, from this one on.
  [[nodiscard]] std::vector<Row> rows(Time now, std::size_t most, const CostPair& from) const;
  // Nothing where the pair is not measured.
  [[nodiscard]] std::optional<Row> row(const CostPair& pair, Time now) const;
  // Pairs with a measurement.
  [[nodiscard]] std::size_t size() const { return measured_; }
  [[nodiscard]] bool uses_implausible() const { return rules_.use_implausible; }
  // Pairs whose latest measurement is implausible, as of the last step.
  [[nodiscard]] std::size_t implausible_pairs() const { return implausible_pairs_; }
  // For each PoP a number of its costs of the configuration and of the measurements from it, as of
  // the last step. PoPs that know the same have the same numbers, whatever average and dwell make
  // of it.
  [[nodiscard]] const std::vector<std::uint32_t>& digests() const { return digests_; }

 private:
  struct Sample {
    EgressCost latest = 0;
    double average = 0;
    Time at{};
    std::optional<Time> ends;
    bool implausible = false;
    EgressCost refused = 0;  // an implausible measurement behind it that does not count; 0: none
    Time refused_at{};
    std::optional<Time> refused_ends = {};
    [[nodiscard]] EgressCost last() const { return refused != 0 ? refused : latest; }
    [[nodiscard]] bool last_is_implausible() const { return refused != 0 || implausible; }
    // The refused measurement is there and has not ended.
    [[nodiscard]] bool has_refused(Time now) const {
      return refused != 0 && !(refused_ends && now >= *refused_ends);
    }
  };
  struct Entry {
    std::optional<Sample> probe;
    std::optional<Sample> file;
    std::optional<Sample> by_operator;
    std::optional<Time> since;  // of the cost in force; unset: before the entry
    [[nodiscard]] bool is_measured() const { return probe || file || by_operator; }
  };
  using SampleOf = std::optional<Sample> Entry::*;
  // The costs that change together.
  using Group = std::pair<bool, std::uint16_t>;  // backbone, and the PoP or the metro
  using Entries = std::map<CostPair, Entry>;

  [[nodiscard]] static Group group_of(const CostPair& pair);
  [[nodiscard]] static CostPair reversed(const CostPair& pair);
  // ends: when the measurement ends, if it does.
  void measure(std::optional<Sample>& sample, const MeasuredPair& measured, Time at,
               std::optional<Time> ends = {});
  void take_refused(Time now);
  [[nodiscard]] bool is_implausible(const MeasuredPair& measured) const;
  [[nodiscard]] bool counts(const Sample& sample, Time now) const;
  [[nodiscard]] std::optional<EgressCosts::Cell> measured(const Entry& entry, Time now) const;
  [[nodiscard]] EgressCosts::Cell target(const CostPair& pair, const Entry& entry, Time now) const;
  [[nodiscard]] bool is_small(const EgressCosts::Cell& from, const EgressCosts::Cell& to) const;
  [[nodiscard]] std::optional<Time> dwells_until(const CostPair& pair, Time now) const;
  Entry& entry_of(const CostPair& pair);
  // Adds the wider places whose cost changed with others from the same PoPs.
  void add_wider_places(const EgressCosts& before, const std::set<PopId>& from,
                        CostChange& change) const;
  // A measurement of one pair. False: there are kMostPairs.
  [[nodiscard]] bool take(SampleOf kind, const MeasuredPair& measured,
                          std::optional<std::chrono::seconds> lasts, Time now);
  // False: there was none.
  bool forget(Entry& entry, SampleOf kind);
  // The measurement that counts, else the first that does not; null: there is none.
  [[nodiscard]] std::pair<const Sample*, CostSource> first_of(const Entry& entry, Time now) const;
  [[nodiscard]] std::optional<EgressCosts::Cell> next_cost(const CostPair& pair, Entry& entry,
                                                           Time now);
  [[nodiscard]] std::vector<EgressCosts::Change> changes(bool all, Time now);
  void forget_ended(Time now);
  void note_due(const Entry& entry, Time now);
  void note_known(const CostPair& pair, const Entry& entry, Time now);
  // Measurements of single pairs, by the numbers that their places have now.
  void keep_single(const Egress& from, Entries& entries, Time now);
  [[nodiscard]] std::optional<CostPair> renumbered(const CostPair& pair, const Egress& from) const;
  [[nodiscard]] bool has_latest(const FileValues& file) const;
  void take_again(const FileValues& file, Time now);
  [[nodiscard]] std::optional<Row> row_of(const CostPair& pair, const Entry& entry, Time now) const;

  std::shared_ptr<const Egress> egress_ = std::make_shared<const Egress>();
  std::shared_ptr<const EgressCosts> table_ = egress_->costs();
  CostRules rules_;
  Entries entries_;                // also of pairs whose other direction is measured
  std::size_t measured_ = 0;       // of them, with a measurement
  std::string file_;               // name of the file whose content was taken last
  std::int64_t order_ = 0;         // of that content
  std::map<Group, Time> changed_;  // the last time
  bool look_ = false;              // something may be due at once
  std::set<CostPair> look_at_;     // of these pairs; or
  std::optional<Time> due_;        // or then
  std::size_t implausible_ = 0;    // of the next Step, like the next one
  MeasuredPair first_implausible_;
  std::size_t implausible_pairs_ = 0;
  std::vector<std::uint32_t> digests_ = {};
};

}  // namespace tern::policy
