// Measured round trips to prefixes that come from the control API or from our own probes, a few at
// a time: which of them count, and how long. The measurements of each of the two sources are an
// object of their own, and their tables lie beside that of egress.prefix_rtt_file (EgressCosts).
//
// As with the file, a measurement of the control API counts at once, without average and dwell. The
// first measurement of probes counts at once, too; later measurements of probes move the value by
// CostRules: average, least difference and dwell. A difference that is too small keeps the value in
// use. A measurement that is older than CostRules::max_age does not count; then a wider measured
// prefix or the file does, else the cost of the metro. Light is not asked, because a prefix has no
// place.
//
// A machine without I/O: the caller passes the time, calls step() once a second and after changes,
// and publishes the table. Not for use by several threads. A measurement takes about 130 octets,
// and the 56 of the table.
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "policy/egress.h"
#include "policy/live_costs.h"
#include "policy/prefix_rtts.h"

namespace tern::policy {

class LivePrefixRtts {
 public:
  using Time = LiveCosts::Time;
  // A step goes through all of them on the loop.
  static constexpr std::size_t kMost = 10'000;

  struct Key {
    PopId pop = 0;
    Prefix prefix;
    friend auto operator<=>(const Key&, const Key&) = default;
  };

  // Takes the places and rules of a configuration. With other places the measurements stay from
  // PoPs whose names the places have, and the table follows at once, because every route is judged
  // again.
  void rebase(std::shared_ptr<const Egress> egress, const CostRules& rules, Time now);
  // Measurements of one age, for good or for some time. Requires PoPs of the places, and each pair
  // of PoP and prefix once. False: there would be more than kMost, and none was taken. Measurements
  // that are too old make room.
  [[nodiscard]] bool set(std::span<const PrefixRtts::Measured> measured,
                         std::optional<std::chrono::seconds> lasts, Time now);
  // A measurement of our own probes, which counts until `lasts` passes without another. False:
  // there would be more than kMost.
  [[nodiscard]] bool probe(const Key& key, EgressCost microseconds, std::chrono::seconds lasts,
                           Time now);
  // Forgets the other measurements.
  void keep(const std::set<Key>& kept);
  // False: there is none.
  bool clear(const Key& key);
  // Returns how many there were.
  std::size_t clear_all();

  struct Step {
    // Of prefixes with other measurements (PrefixRtts::difference()).
    std::vector<PrefixRange> ranges;
    bool by_age_only = false;  // measurements ended, and none came
  };
  // Changes the table where that is due.
  [[nodiscard]] Step step(Time now);
  // The measurements that count; null: none does. The object changes with step() and rebase().
  [[nodiscard]] const std::shared_ptr<const PrefixRtts>& table() const { return table_; }

  enum class State : std::uint8_t {
    Used,   // the measurement counts, by itself or by the value before, which differs too little
    Waits,  // for the next step(), or for the dwell to pass
    Stale,  // too old
  };
  struct Row {
    Key key;
    EgressCost latest = 0;
    EgressCost average = 0;
    std::chrono::seconds age{0};
    std::optional<std::chrono::seconds> lasts;  // from now on
    std::chrono::seconds waits{0};              // until the dwell has passed
    State state{};
  };
  // At most so many measurements, in order, from this one on.
  [[nodiscard]] std::vector<Row> rows(Time now, std::size_t most, const Key& from) const;
  // std::nullopt: the prefix is not measured from the PoP.
  [[nodiscard]] std::optional<Row> row(const Key& key, Time now) const;
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    EgressCost latest = 0;
    double average = 0;    // of the control API: the latest
    EgressCost value = 0;  // that counts
    Time at{};
    std::optional<Time> ends;
    Time moved{};  // when the value became this one
  };
  // The value is to become the average, at once or when the dwell has passed.
  [[nodiscard]] bool moves(const Entry& entry) const;
  [[nodiscard]] bool has_room(std::size_t more) const { return entries_.size() + more <= kMost; }
  // Makes room.
  void forget_old(Time now);
  [[nodiscard]] static EgressCost whole(double average);
  using Entries = std::map<Key, Entry>;

  // When the measurement stops to count; nothing: never.
  [[nodiscard]] std::optional<Time> counts_until(const Entry& entry) const;
  [[nodiscard]] bool counts(const Entry& entry, Time now) const;
  [[nodiscard]] Row row_of(const Key& key, const Entry& entry, Time now) const;
  // The measurements that count, with their own values. Notes when the next one ends.
  [[nodiscard]] std::vector<PrefixRtts::Measured> counting(Time now);

  std::shared_ptr<const Egress> egress_ = std::make_shared<const Egress>();
  CostRules rules_;
  Entries entries_;
  std::shared_ptr<const PrefixRtts> table_;
  bool look_ = false;        // something may be due at once; or
  std::optional<Time> due_;  // then
  bool brought_ = false;     // measurements came since the last step
};

}  // namespace tern::policy
