#include "rib/decision.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace tern::rib {
namespace {

using Ordering = std::strong_ordering;

// RFC 4456 section 9: the ORIGINATOR_ID replaces the router id of a reflected route.
std::uint32_t effective_router_id(const Candidate& path) {
  return path.key.originator != 0 ? path.key.originator : path.peer->router_id;
}

constexpr std::array kBeforeLocalPref{Step::Own,          Step::Pin,      Step::EgressCost,
                                      Step::LocalPref,    Step::Aigp,     Step::AsPathLength,
                                      Step::Origin,       Step::Med,      Step::EbgpOverIbgp,
                                      Step::InteriorCost, Step::RouterId, Step::ClusterListLength,
                                      Step::PeerAddress,  Step::PathId};
constexpr std::array kAfterLocalPref{Step::Own,          Step::Pin,      Step::LocalPref,
                                     Step::EgressCost,   Step::Aigp,     Step::AsPathLength,
                                     Step::Origin,       Step::Med,      Step::EbgpOverIbgp,
                                     Step::InteriorCost, Step::RouterId, Step::ClusterListLength,
                                     Step::PeerAddress,  Step::PathId};
constexpr std::array kAfterAsPath{Step::Own,          Step::Pin,          Step::LocalPref,
                                  Step::Aigp,         Step::AsPathLength, Step::EgressCost,
                                  Step::Origin,       Step::Med,          Step::EbgpOverIbgp,
                                  Step::InteriorCost, Step::RouterId,     Step::ClusterListLength,
                                  Step::PeerAddress,  Step::PathId};

bool is_own(const Candidate& path) { return path.peer->kind == PeerKind::Own; }

struct Order {
  const DecisionConfig& config;
  bool operator()(const Candidate& a, const Candidate& b) const {
    return compare(a, b, config).order < 0;
  }
};

// Paths that are merged in quadratic time, but without memory of their own.
constexpr std::size_t kFew = 16;

// Merges rows, one row for each neighbor, by taking the best head again and again. Only heads of
// different neighbors are compared, so MED never counts. A taken head moves to the front, and the
// paths in between move up by one; with a handful of paths per prefix this is faster than a heap.
void merge_few(std::span<Candidate> candidates, const DecisionConfig& config) {
  for (std::size_t taken = 0; taken + 1 < candidates.size(); ++taken) {
    std::size_t best = taken;
    for (std::size_t i = taken + 1; i < candidates.size(); ++i) {
      const bool head = candidates[i].key.neighbour != candidates[i - 1].key.neighbour;
      if (head && compare(candidates[i], candidates[best], config).order < 0) best = i;
    }
    const auto at = [&](std::size_t i) {
      return candidates.begin() + static_cast<std::ptrdiff_t>(i);
    };
    std::rotate(at(taken), at(best), at(best + 1));
  }
}

// The same with n log n comparisons. The merge takes a path when it takes the worst (without MED)
// of the path itself and the paths before it in its row. So paths are sorted by that worst one, and
// the paths of a row keep their order.
void merge_many(std::span<Candidate> candidates, const DecisionConfig& config) {
  DecisionConfig of_strangers = config;
  of_strangers.always_compare_med = false;
  // Without MED, which counts between paths of one neighbor only. Equal paths keep the order of
  // their rows.
  const auto before = [&](std::uint32_t i, std::uint32_t j) {
    Candidate a = candidates[i];
    Candidate b = candidates[j];
    a.key.med = b.key.med = 0;
    const Ordering order = compare(a, b, of_strangers).order;
    return order != 0 ? order < 0 : i < j;
  };
  struct Place {
    std::uint32_t path = 0;
    std::uint32_t worst = 0;  // of its row, up to it
  };
  std::vector<Place> places;
  places.reserve(candidates.size());
  for (std::uint32_t i = 0; i < candidates.size(); ++i) {
    const bool head = i == 0 || candidates[i].key.neighbour != candidates[i - 1].key.neighbour;
    const bool worse = head || before(places.back().worst, i);
    places.push_back({i, worse ? i : places.back().worst});
  }
  std::sort(places.begin(), places.end(), [&](const Place& a, const Place& b) {
    if (a.worst == b.worst) return a.path < b.path;
    return before(a.worst, b.worst);
  });
  std::vector<Candidate> merged;
  merged.reserve(candidates.size());
  for (const Place& place : places) merged.push_back(candidates[place.path]);
  std::copy(merged.begin(), merged.end(), candidates.begin());
}

}  // namespace

std::string_view to_string(Step step) {
  constexpr std::array<std::string_view, kStepCount> kNames{
      "only-path",           "own",           "pin",
      "local-pref",          "egress-cost",   "aigp",
      "as-path-length",      "origin",        "med",
      "ebgp-over-ibgp",      "interior-cost", "router-id",
      "cluster-list-length", "peer-address",  "path-id"};
  return kNames[static_cast<std::size_t>(step)];
}

std::span<const Step> steps(const DecisionConfig& config) {
  switch (config.egress_position) {
    case EgressPosition::BeforeLocalPref:
      return kBeforeLocalPref;
    case EgressPosition::AfterLocalPref:
      return kAfterLocalPref;
    case EgressPosition::AfterAsPath:
      return kAfterAsPath;
  }
  return kAfterLocalPref;
}

std::uint64_t aigp_of(const DecisionKey& key) {
  return accumulated_aigp(key.aigp, key.interior_cost);
}

bool compares_med(const Candidate& a, const Candidate& b, const DecisionConfig& config) {
  return config.always_compare_med || a.key.neighbour == b.key.neighbour;
}

Ordering compare_step(Step step, const Candidate& a, const Candidate& b,
                      const DecisionConfig& config) {
  const DecisionKey& x = a.key;
  const DecisionKey& y = b.key;
  switch (step) {
    case Step::OnlyPath:
      return Ordering::equal;
    // A route of this router before learned ones (docs/adr).
    case Step::Own:
      return is_own(b) <=> is_own(a);
    // The partner and the PoP that the customer prefers (docs/adr).
    case Step::Pin:
      return x.pin <=> y.pin;
    // The higher degree of preference (RFC 4271 section 9.1.2).
    case Step::LocalPref:
      return y.local_pref <=> x.local_pref;
    // The nearer edge; a path without a location is farther than any other (docs/adr).
    case Step::EgressCost:
      return x.egress_cost <=> y.egress_cost;
    // The lower accumulated IGP metric, with the way to the next hop; a path without one loses (RFC
    // 7311 section 4.1).
    case Step::Aigp:
      return aigp_of(x) <=> aigp_of(y);
    // The shorter AS_PATH (a).
    case Step::AsPathLength:
      return x.as_path_length <=> y.as_path_length;
    // IGP before EGP before INCOMPLETE (b).
    case Step::Origin:
      return x.origin <=> y.origin;
    // The lower MED, between paths of one neighboring AS (c).
    case Step::Med:
      return compares_med(a, b, config) ? x.med <=> y.med : Ordering::equal;
    // Learned by eBGP before learned by iBGP (d).
    case Step::EbgpOverIbgp:
      return is_ibgp(a.peer->kind) <=> is_ibgp(b.peer->kind);
    // The lower interior cost to the next hop (e).
    case Step::InteriorCost:
      return x.interior_cost <=> y.interior_cost;
    // The lower BGP identifier of the speaker that the path came from (f).
    case Step::RouterId:
      return effective_router_id(a) <=> effective_router_id(b);
    // The shorter CLUSTER_LIST (RFC 4456 section 9).
    case Step::ClusterListLength:
      return x.cluster_list_length <=> y.cluster_list_length;
    // The lower peer address (g). Equal ones of two links are two addresses (RFC 4007).
    case Step::PeerAddress:
      if (a.peer->address != b.peer->address) return a.peer->address <=> b.peer->address;
      return a.peer->zone <=> b.peer->zone;
    // Two paths of one peer (RFC 7911): the lower identifier as received.
    case Step::PathId:
      return a.path_id <=> b.path_id;
    case Step::kCount:
      break;
  }
  return Ordering::equal;
}

// The steps of compare_step() one after the other, without a table of them, because compare() runs
// for every path that comes in. tests/unit/rib compares the two.
Comparison compare(const Candidate& a, const Candidate& b, const DecisionConfig& config) {
  const DecisionKey& x = a.key;
  const DecisionKey& y = b.key;
  if (is_own(a) != is_own(b)) return {is_own(b) <=> is_own(a), Step::Own};
  if (x.pin != y.pin) return {x.pin <=> y.pin, Step::Pin};
  const bool cost_differs = x.egress_cost != y.egress_cost;
  const auto by_cost = [&] {
    return Comparison{x.egress_cost <=> y.egress_cost, Step::EgressCost};
  };
  if (cost_differs && config.egress_position == EgressPosition::BeforeLocalPref) return by_cost();
  if (x.local_pref != y.local_pref) return {y.local_pref <=> x.local_pref, Step::LocalPref};
  if (cost_differs && config.egress_position == EgressPosition::AfterLocalPref) return by_cost();
  if (aigp_of(x) != aigp_of(y)) return {aigp_of(x) <=> aigp_of(y), Step::Aigp};
  if (x.as_path_length != y.as_path_length) {
    return {x.as_path_length <=> y.as_path_length, Step::AsPathLength};
  }
  if (cost_differs && config.egress_position == EgressPosition::AfterAsPath) return by_cost();
  if (x.origin != y.origin) return {x.origin <=> y.origin, Step::Origin};
  if (x.med != y.med && compares_med(a, b, config)) return {x.med <=> y.med, Step::Med};
  for (const Step step : {Step::EbgpOverIbgp, Step::InteriorCost, Step::RouterId,
                          Step::ClusterListLength, Step::PeerAddress, Step::PathId}) {
    if (const Ordering order = compare_step(step, a, b, config); order != 0) return {order, step};
  }
  return {Ordering::equal, Step::PathId};  // a path compared with itself
}

void order(std::span<Candidate> candidates, const DecisionConfig& config) {
  if (candidates.size() < 2) return;
  if (candidates.size() == 2 || config.always_compare_med) {
    std::sort(candidates.begin(), candidates.end(), Order{config});
    return;
  }
  // Makes a row of each neighbor's paths, ranked with MED; then merges the rows.
  std::sort(candidates.begin(), candidates.end(), [&](const Candidate& a, const Candidate& b) {
    const auto by_neighbour = a.key.neighbour <=> b.key.neighbour;
    return by_neighbour != 0 ? by_neighbour < 0 : compare(a, b, config).order < 0;
  });
  candidates.size() <= kFew ? merge_few(candidates, config) : merge_many(candidates, config);
}

}  // namespace tern::rib
