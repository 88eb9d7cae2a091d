#include "bgpd/baseline/findings.h"

#include <utility>

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

bool is_worse(const Finding& one, const Finding& other) {
  const auto rank = [](const Finding& of) {
    return std::pair(of.route->accepted, severity_of_origin(of));
  };
  return rank(one) > rank(other);
}

// The routes of a prefix that are odd, the worst one of each Oddity.
class Found {
 public:
  Found(const Prefix& prefix, const Inputs& inputs)
      : prefix_(prefix),
        vrps_(inputs.vrps),
        guarded_(inputs.registrations == nullptr ? nullptr : inputs.registrations->find(prefix)) {}

  void note(Oddity odd, const Route& route) {
    Finding found;
    found.route = &route;
    if (is_guarded(odd)) return;
    if (is_of_origin(odd) && vrps_ != nullptr) {
      found.rpki = vrps_->validate(prefix_, route.path.origin);
    }
    auto& known = findings[static_cast<std::size_t>(odd)];
    if (!known || is_worse(found, *known)) known = found;
  }
  [[nodiscard]] std::optional<Finding>& of(Oddity odd) {
    return findings[static_cast<std::size_t>(odd)];
  }

  Findings findings;

 private:
  static bool is_of_origin(Oddity odd) {
    return odd == Oddity::Origin || odd == Oddity::MoreSpecific || odd == Oddity::Moas;
  }
  // The guard of the registration looks for it.
  [[nodiscard]] bool is_guarded(Oddity odd) const {
    if (guarded_ == nullptr || is_of_origin(odd)) return guarded_ != nullptr;
    const auto suspicion =
        odd == Oddity::Upstream ? policy::Suspicion::NewUpstream : policy::Suspicion::LongPath;
    return policy::acts_on(guarded_->actions, suspicion);
  }

  const Prefix prefix_;
  const policy::VrpTable* const vrps_;
  const policy::RegistrationTable::Entry* const guarded_;  // null: not registered
};

void find_in_ripe(const PrefixBook& book, const Record& of, std::span<const Route> routes,
                  Found& found) {
  const policy::UsualPath usual = usual_of(of, book.rules().longer_by);
  std::optional<Asn> first;
  bool several = false;
  const Route* shortest = nullptr;
  for (const Route& route : routes) {
    const bool is_other = is_other_origin(of, route.path.origin);
    if (is_other) found.note(Oddity::Origin, route);
    if (!route.accepted) continue;
    if (is_other) found.note(Oddity::Moas, route);
    several |= first && *first != route.path.origin;
    first = route.path.origin;
    if (policy::is_new_upstream(usual, route.path)) found.note(Oddity::Upstream, route);
    if (shortest == nullptr || route.path.length < shortest->path.length) shortest = &route;
  }
  if (!several) found.of(Oddity::Moas).reset();
  if (shortest != nullptr && policy::is_far_longer(usual, shortest->path)) {
    found.note(Oddity::Longer, *shortest);
  }
}

}  // namespace

events::Severity severity_of_origin(const Finding& finding) {
  if (!finding.route->accepted) return events::Severity::Info;
  switch (finding.rpki) {
    case policy::OriginState::Valid:
      return events::Severity::Info;
    case policy::OriginState::Invalid:
      return events::Severity::Critical;
    default:
      return events::Severity::Warning;
  }
}

bool may_be_odd(const PrefixBook& book, const Prefix& prefix, const PathFacts& path,
                bool accepted) {
  const Record* const known = book.find(prefix);
  if (known != nullptr && known->ripe()) {
    if (is_other_origin(*known, path.origin)) return true;
    if (!accepted) return false;
    const policy::UsualPath usual = usual_of(*known, book.rules().longer_by);
    return policy::is_new_upstream(usual, path) || policy::is_far_longer(usual, path);
  }
  const Record* const wider = over(book, prefix, known);
  return wider != nullptr && is_other_origin(*wider, path.origin);
}

Findings find_odd(const PrefixBook& book, const Prefix& prefix, std::span<const Route> routes,
                  const Inputs& inputs) {
  Found found(prefix, inputs);
  const Record* const known = book.find(prefix);
  if (known != nullptr && known->ripe()) {
    find_in_ripe(book, *known, routes, found);
  } else if (const Record* const wider = over(book, prefix, known)) {
    for (const Route& route : routes) {
      if (is_other_origin(*wider, route.path.origin)) found.note(Oddity::MoreSpecific, route);
    }
    auto& finding = found.of(Oddity::MoreSpecific);
    if (finding) finding->covering = wider->prefix;
  }
  return found.findings;
}

}  // namespace tern::baseline
