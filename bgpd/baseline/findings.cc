#include "bgpd/baseline/findings.h"

#include <algorithm>

namespace tern::baseline {
namespace {

// A record that is not ripe, or none: whether the prefix may be part of another one is looked at
// where the prefix was new to the book, or is unknown to it.
const Record* over(const PrefixBook& book, const Prefix& prefix, const Record* known) {
  return known == nullptr || known->is(Record::kApart) ? book.covering(prefix) : nullptr;
}

bool is_other_origin(const Record& of, Asn origin) {
  return !of.is(Record::kManyOrigins) && !of.is_usual_origin(origin);
}
bool is_other_upstream(const Record& of, const PathFacts& path) {
  return !of.is(Record::kManyUpstreams) && of.has_usual_upstream() &&
         of.is_usual_origin(path.origin) && !of.is_usual_upstream(path.upstream);
}
bool is_longer(const PrefixBook& book, const Record& of, std::uint8_t length) {
  return of.longest != 0 && length > of.longest + book.rules().longer_by;
}

// Keeps the first route, or the first accepted one.
void note(std::optional<Finding>& finding, const Route& route) {
  if (!finding) {
    finding.emplace();
    finding->route = &route;
  } else if (route.accepted && !finding->route->accepted) {
    finding->route = &route;
  }
}

void find_in_ripe(const Record& of, std::span<const Route> routes, Findings& found) {
  std::optional<Asn> first;
  bool several = false;
  const Route* other = nullptr;
  for (const Route& route : routes) {
    const bool is_other = is_other_origin(of, route.path.origin);
    if (is_other) note(found[static_cast<std::size_t>(Oddity::Origin)], route);
    if (!route.accepted) continue;
    if (is_other && other == nullptr) other = &route;
    several |= first && *first != route.path.origin;
    first = route.path.origin;
    if (is_other_upstream(of, route.path)) {
      note(found[static_cast<std::size_t>(Oddity::Upstream)], route);
    }
  }
  if (several && other != nullptr) note(found[static_cast<std::size_t>(Oddity::Moas)], *other);
}

}  // namespace

bool may_be_odd(const PrefixBook& book, const Prefix& prefix, const PathFacts& path,
                bool accepted) {
  const Record* const known = book.find(prefix);
  if (known != nullptr && known->ripe()) {
    if (is_other_origin(*known, path.origin)) return true;
    return accepted && (is_other_upstream(*known, path) || is_longer(book, *known, path.length));
  }
  const Record* const wider = over(book, prefix, known);
  return wider != nullptr && is_other_origin(*wider, path.origin);
}

Findings find_odd(const PrefixBook& book, const Prefix& prefix, std::span<const Route> routes,
                  const Inputs& inputs) {
  Findings found;
  const Record* const known = book.find(prefix);
  if (known != nullptr && known->ripe()) {
    find_in_ripe(*known, routes, found);
    const Route* shortest = nullptr;
    for (const Route& route : routes) {
      if (!route.accepted) continue;
      if (shortest == nullptr || route.path.length < shortest->path.length) shortest = &route;
    }
    if (shortest != nullptr && is_longer(book, *known, shortest->path.length)) {
      note(found[static_cast<std::size_t>(Oddity::Longer)], *shortest);
    }
  } else if (const Record* const wider = over(book, prefix, known)) {
    auto& finding = found[static_cast<std::size_t>(Oddity::MoreSpecific)];
    for (const Route& route : routes) {
      if (is_other_origin(*wider, route.path.origin)) note(finding, route);
    }
    if (finding) finding->covering = wider->prefix;
  }
  const bool guarded =
      inputs.registrations != nullptr && inputs.registrations->find(prefix) != nullptr;
  for (const Oddity odd : {Oddity::Origin, Oddity::MoreSpecific, Oddity::Moas}) {
    auto& finding = found[static_cast<std::size_t>(odd)];
    if (guarded) finding.reset();
    if (finding && inputs.vrps != nullptr) {
      finding->rpki = inputs.vrps->validate(prefix, finding->route->path.origin);
    }
  }
  return found;
}

}  // namespace tern::baseline
