#include "policy/egress_costs.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "policy/prefix_rtts.h"

namespace tern::policy {
namespace {

template <typename Rows>
bool equal_rows(const Rows& a, const Rows& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x == y || *x == *y; });
}

// A part that does not count may be unknown.
EgressCost share(EgressCost cost, std::uint32_t percent) {
  if (percent == 0) return 0;
  if (cost == kUnknownCost) return kUnknownCost;
  const std::uint64_t part = std::uint64_t{cost} * percent / 100;
  return static_cast<EgressCost>(std::min<std::uint64_t>(part, kUnknownCost - 1));
}

}  // namespace

std::string_view to_string(CostMode mode) {
  switch (mode) {
    case CostMode::LastMile:
      return "last-mile";
    case CostMode::Total:
      return "total";
    case CostMode::Weighted:
      return "weighted";
    case CostMode::HotPotato:
      return "hot-potato";
  }
  return "";
}

CostWeights weights_of(CostMode mode, std::uint32_t backbone_percent) {
  switch (mode) {
    case CostMode::LastMile:
      return {100, 0};
    case CostMode::Total:
      return {100, 100};
    case CostMode::Weighted:
      return {100, backbone_percent};
    case CostMode::HotPotato:
      return {0, 100};
  }
  return {};
}

std::string_view to_string(CostSource source) {
  switch (source) {
    case CostSource::Distance:
      return "distance";
    case CostSource::Configuration:
      return "config";
    case CostSource::Probe:
      return "probe";
    case CostSource::File:
      return "file";
    case CostSource::Operator:
      return "api";
  }
  return "";
}

EgressCost sum_of_costs(EgressCost a, EgressCost b) {
  if (a == kUnknownCost || b == kUnknownCost) return kUnknownCost;
  return a >= kUnknownCost - b ? kUnknownCost - 1 : a + b;
}

EgressCosts::EgressCosts(PopId own, CostWeights weights, const std::vector<Row>& last_mile,
                         const std::vector<Row>& backbone, std::vector<WiderPlace> wider)
    : own_(own),
      weights_(weights),
      wider_(std::make_shared<const std::vector<WiderPlace>>(std::move(wider))) {
  for (const Row& row : backbone) backbone_.push_back(std::make_shared<const Row>(row));
  for (const Row& metros : last_mile) {
    auto row = std::make_shared<Row>(metros);
    row->resize(metros.size() + wider_->size());
    derive(static_cast<PopId>(last_mile_.size()), *row);
    last_mile_.push_back(std::move(row));
  }
}

// A user is as likely in one of the places as in another. By the nearest place, a vague tag would
// win over a precise one. The source is that of the weakest part.
EgressCosts::Cell EgressCosts::mean(const Row& last_mile, const std::vector<MetroId>& members) {
  std::uint64_t sum = 0;
  std::uint64_t known = 0;
  CostSource weakest = CostSource::Operator;
  for (const MetroId member : members) {
    const Cell& cell = last_mile[member];
    if (cell.cost == kUnknownCost) continue;
    sum += cell.cost;
    ++known;
    weakest = std::min(weakest, cell.source);
  }
  if (known == 0) return {};
  return {static_cast<EgressCost>(sum / known), weakest};
}

// The costs to the wider places, which stand behind the metros.
void EgressCosts::derive(PopId from, Row& last_mile) const {
  std::size_t at = last_mile.size() - wider_->size();
  for (const auto& [near, members] : *wider_) {
    Cell& derived = last_mile[at++];
    if (near == kNoPlace) {
      derived = mean(last_mile, members);
    } else {
      derived = cell({from, near, true});
      derived.cost = sum_of_costs(derived.cost, kLastMileMicroseconds);
    }
  }
}

std::shared_ptr<const EgressCosts> EgressCosts::with(std::span<const Change> changes) const {
  auto table = std::make_shared<EgressCosts>(*this);
  std::vector<std::shared_ptr<Row>> last_miles(last_mile_.size());
  std::vector<std::shared_ptr<Row>> backbones(backbone_.size());
  const auto edit = [](Rows& rows, std::vector<std::shared_ptr<Row>>& copies, PopId from) -> Row& {
    if (copies[from] == nullptr) rows[from] = copies[from] = std::make_shared<Row>(*rows[from]);
    return *copies[from];
  };
  for (const auto& [pair, cell] : changes) {
    assert(find(pair.backbone ? backbone_ : last_mile_, pair.from, pair.to) != nullptr);
    Row& last_mile = edit(table->last_mile_, last_miles, pair.from);
    (pair.backbone ? edit(table->backbone_, backbones, pair.from) : last_mile)[pair.to] = cell;
  }
  for (std::size_t from = 0; from < last_miles.size(); ++from) {
    if (last_miles[from] != nullptr) table->derive(static_cast<PopId>(from), *last_miles[from]);
  }
  return table;
}

const EgressCosts::Cell* EgressCosts::find(const Rows& rows, PopId from, std::uint16_t to) {
  if (from >= rows.size() || to >= rows[from]->size()) return nullptr;
  return &(*rows[from])[to];
}

EgressCosts::Cell EgressCosts::cell(const CostPair& pair) const {
  const Cell* const found = find(pair.backbone ? backbone_ : last_mile_, pair.from, pair.to);
  return found == nullptr ? Cell{} : *found;
}

std::shared_ptr<const EgressCosts> EgressCosts::with_prefixes(
    std::shared_ptr<const PrefixRtts> of_file, std::shared_ptr<const PrefixRtts> of_operator,
    std::shared_ptr<const PrefixRtts> of_probes) const {
  auto table = std::make_shared<EgressCosts>(*this);
  table->measures_prefixes_ = of_file != nullptr || of_operator != nullptr || of_probes != nullptr;
  table->prefix_rtts_ = {std::move(of_operator), std::move(of_file), std::move(of_probes)};
  return table;
}

const std::shared_ptr<const PrefixRtts>& EgressCosts::prefix_rtts(CostSource source) const {
  const auto at = std::ranges::find(kPrefixSources, source) - kPrefixSources.begin();
  return prefix_rtts_[static_cast<std::size_t>(at)];
}

std::optional<EgressCosts::ToPrefix> EgressCosts::measurement_to(const Prefix& prefix,
                                                                 PopId exit) const {
  std::optional<ToPrefix> longest;
  for (std::size_t i = 0; i < kPrefixSources.size(); ++i) {
    const PrefixRtts* const measured = prefix_rtts_[i].get();
    const auto* const found = measured == nullptr ? nullptr : measured->find(prefix, exit);
    if (found == nullptr) continue;
    if (longest && longest->prefix.length() >= found->prefix.length()) continue;
    longest = ToPrefix{found->prefix, found->microseconds, kPrefixSources[i]};
  }
  return longest;
}

EgressCost EgressCosts::find_measured(const Prefix& prefix, PopId exit) const {
  const auto found = measurement_to(prefix, exit);
  return found ? found->microseconds : kUnknownCost;
}

std::optional<EgressCost> EgressCosts::last_mile(const EgressInfo& place,
                                                 EgressCost measured) const {
  if (measured != kUnknownCost) return measured;
  const Cell* const found = find(last_mile_, place.pop, place.metro);
  return found == nullptr ? std::nullopt : std::optional(found->cost);
}

EgressCost EgressCosts::weighted(PopId exit, EgressCost last_mile) const {
  const EgressCost users = share(last_mile, weights_.last_mile);
  if (own_ == kNoPlace) return users;
  return sum_of_costs(users, share(backbone(own_, exit), weights_.backbone));
}

EgressCost EgressCosts::cost(PopId pop, MetroId metro) const {
  const Cell* const found = find(last_mile_, pop, metro);
  return found == nullptr ? kUnknownCost : weighted(pop, found->cost);
}

EgressCost EgressCosts::cost(const EgressInfo& place, EgressCost measured) const {
  const auto users = last_mile(place, measured);
  return users ? sum_of_costs(weighted(place.pop, *users), place.added) : kUnknownCost;
}

EgressCost EgressCosts::backbone(PopId from, PopId to) const {
  const Cell* const found = find(backbone_, from, to);
  return found == nullptr ? kUnknownCost : found->cost;
}

EgressCost EgressCosts::cost_from(PopId vantage, const EgressInfo& place,
                                  EgressCost measured) const {
  const auto last = last_mile(place, measured);
  if (!last) return kUnknownCost;
  const std::uint32_t percent = weights_.backbone == 0 ? 100 : weights_.backbone;
  const EgressCost users = share(*last, weights_.last_mile);
  const EgressCost network = share(backbone(vantage, place.pop), percent);
  return sum_of_costs(sum_of_costs(users, network), place.added);
}

bool operator==(const EgressCosts& a, const EgressCosts& b) {
  if (&a == &b) return true;
  return a.own_ == b.own_ && a.weights_ == b.weights_ && *a.wider_ == *b.wider_ &&
         a.prefix_rtts_ == b.prefix_rtts_ && equal_rows(a.last_mile_, b.last_mile_) &&
         equal_rows(a.backbone_, b.backbone_);
}

}  // namespace tern::policy
