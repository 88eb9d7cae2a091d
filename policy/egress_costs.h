// The costs of leaving the network, as they are at one time: from each PoP to each place of users
// (the last mile), and from PoP to PoP (the backbone). A cost is a measured round trip, or an
// estimate from the great-circle distance; the cost to a wider place than a metro is made of those
// to the places in it. Where the round trip from an exit to a prefix itself is measured
// (policy/prefix_rtts.h), that counts as the last mile of the prefix, wherever its users are. Such
// measurements are of two sources, the control API and a file: the longest measured prefix of both
// counts, and of a prefix that both have the measurement of the control API.
//
// Immutable after construction, shared between threads. A table that differs in some costs shares
// the rows of the others, so a change costs a pointer for each PoP and a copy of the rows that
// change, 8 octets for each metro or PoP.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "policy/cost_source.h"
#include "rib/types/location.h"
#include "rib/types/prefix.h"
#include "rib/types/shared_value.h"

namespace tern::policy {

class PrefixRtts;

enum class CostMode : std::uint8_t {
  LastMile,   // cold potato: PoP to user; every PoP of the network chooses the same exit
  Total,      // plus the backbone from this PoP to the egress PoP
  Weighted,   // plus a share of that backbone
  HotPotato,  // only that backbone
};
[[nodiscard]] std::string_view to_string(CostMode mode);

// How much of the last mile, and of the backbone, a cost has, in percent.
struct CostWeights {
  std::uint32_t last_mile = 100;
  std::uint32_t backbone = 0;
  friend bool operator==(const CostWeights&, const CostWeights&) = default;
};
// backbone_percent: of mode Weighted.
[[nodiscard]] CostWeights weights_of(CostMode mode, std::uint32_t backbone_percent);

// Access lines and metropolitan rings cost about a millisecond however near the user is. Equal for
// every PoP, so it never decides between two estimates; it makes estimates comparable with
// measurements.
inline constexpr EgressCost kLastMileMicroseconds = 1000;

// A pair of places with a round trip between them.
struct CostPair {
  PopId from = kNoPlace;
  std::uint16_t to = kNoPlace;  // a MetroId, or a PopId
  bool backbone = false;        // `to` is a PopId
  friend constexpr auto operator<=>(const CostPair&, const CostPair&) = default;
};

struct MeasuredPair {
  CostPair pair;
  EgressCost microseconds = 0;  // neither 0 nor kUnknownCost
};

// The sum of two round trips: kUnknownCost if one of them is, and never by overflow.
[[nodiscard]] EgressCost sum_of_costs(EgressCost a, EgressCost b);

class EgressCosts {
 public:
  struct Cell {
    EgressCost cost = kUnknownCost;
    CostSource source = CostSource::Distance;
    friend bool operator==(const Cell&, const Cell&) = default;
  };
  using Row = std::vector<Cell>;

  // A place of users beyond the metros, by what the cost to it is made of.
  struct WiderPlace {
    PopId near = kNoPlace;  // a PoP: the backbone to it and kLastMileMicroseconds; or
    // the mean of the known costs to these places, which have lower numbers. None: the cost is
    // unknown.
    std::vector<MetroId> members;
    friend bool operator==(const WiderPlace&, const WiderPlace&) = default;
  };

  // No places: every cost is unknown.
  EgressCosts() = default;
  // last_mile: by PoP, then by metro. backbone: by PoP, then by PoP. wider: the places behind the
  // metros, in the order of their numbers. own: kNoPlace where there is no PoP of our own; then
  // the costs have no backbone.
  EgressCosts(PopId own, CostWeights weights, const std::vector<Row>& last_mile,
              const std::vector<Row>& backbone, std::vector<WiderPlace> wider);

  struct Change {
    CostPair pair;
    Cell cell;
  };
  // The table with these costs in place of its own, and with the costs to wider places that follow.
  // Requires pairs of the table, without wider places.
  [[nodiscard]] std::shared_ptr<const EgressCosts> with(std::span<const Change> changes) const;
  // The sources of measurements to prefixes. Of the same prefix, the first source here counts.
  static constexpr std::array kPrefixSources{CostSource::Operator, CostSource::File,
                                             CostSource::Probe};
  // The table with these measurements to prefixes, by the numbers of its PoPs; null: without any.
  [[nodiscard]] std::shared_ptr<const EgressCosts> with_prefixes(
      std::shared_ptr<const PrefixRtts> of_file,
      std::shared_ptr<const PrefixRtts> of_operator = nullptr,
      std::shared_ptr<const PrefixRtts> of_probes = nullptr) const;
  // source: of kPrefixSources. Null: it has no measurements.
  [[nodiscard]] const std::shared_ptr<const PrefixRtts>& prefix_rtts(CostSource source) const;
  [[nodiscard]] bool measures_prefixes() const { return measures_prefixes_; }
  struct ToPrefix {
    Prefix prefix;  // that is measured
    EgressCost microseconds = kUnknownCost;
    CostSource source{};  // of kPrefixSources
  };
  // The measurement from the exit that counts for the prefix: the one to the longest prefix that
  // covers it. nullopt: the prefix is not measured.
  [[nodiscard]] std::optional<ToPrefix> measurement_to(const Prefix& prefix, PopId exit) const;
  // The last mile from the exit to the prefix itself; kUnknownCost: it is not measured.
  [[nodiscard]] EgressCost measured_to(const Prefix& prefix, PopId exit) const {
    return measures_prefixes() ? find_measured(prefix, exit) : kUnknownCost;
  }

  // The cost from PoP to metro by the weights; kUnknownCost for kNoPlace.
  [[nodiscard]] EgressCost cost(PopId pop, MetroId metro) const;
  // cost() of the place, and what its exit adds. measured: measured_to() a prefix, which counts
  // before the last mile to the metro.
  [[nodiscard]] EgressCost cost(const EgressInfo& place, EgressCost measured = kUnknownCost) const;
  [[nodiscard]] EgressCost backbone(PopId from, PopId to) const;
  // For traffic that enters the network at `vantage`: the backbone to the exit plus the last mile
  // from the exit, by the weights, and what the exit adds. The backbone counts whole where its
  // weight is 0. kUnknownCost if a part that counts is unknown. measured: as for cost().
  [[nodiscard]] EgressCost cost_from(PopId vantage, const EgressInfo& place,
                                     EgressCost measured = kUnknownCost) const;
  // Of the last mile or the backbone between the places alone; an unknown cost where the table does
  // not have the pair.
  [[nodiscard]] Cell cell(const CostPair& pair) const;
  // True: the last mile is a measurement. False: it is an estimate.
  [[nodiscard]] bool measured(PopId pop, MetroId metro) const {
    return cell({pop, metro, false}).source != CostSource::Distance;
  }

  // Whether both are tables of one Egress: made by with() from one table.
  [[nodiscard]] bool same_places(const EgressCosts& other) const {
    return places_ == other.places_;
  }

  friend bool operator==(const EgressCosts& a, const EgressCosts& b);

 private:
  using Rows = std::vector<std::shared_ptr<const Row>>;
  void derive(PopId from, Row& last_mile) const;
  [[nodiscard]] static Cell mean(const Row& last_mile, const std::vector<MetroId>& members);
  static const Cell* find(const Rows& rows, PopId from, std::uint16_t to);
  [[nodiscard]] EgressCost find_measured(const Prefix& prefix, PopId exit) const;
  // The last mile to the users, or nothing where the table has neither.
  [[nodiscard]] std::optional<EgressCost> last_mile(const EgressInfo& place,
                                                    EgressCost measured) const;
  [[nodiscard]] EgressCost weighted(PopId exit, EgressCost last_mile) const;

  PopId own_ = kNoPlace;
  CostWeights weights_;
  Rows last_mile_;  // to metros and wider places
  Rows backbone_;
  std::array<SharedValue<PrefixRtts>, kPrefixSources.size()> prefix_rtts_;  // by kPrefixSources
  bool measures_prefixes_ = false;
  std::shared_ptr<const std::vector<WiderPlace>> wider_ =
      std::make_shared<const std::vector<WiderPlace>>();
  // The address stands for the places. All tables of the places share the pointer, so that no other
  // places get the address.
  std::shared_ptr<const char> places_ = std::make_shared<const char>();
};

}  // namespace tern::policy
