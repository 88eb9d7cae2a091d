// The round trips that a LatencyWatch takes, and the subjects to which they belong.
#include <algorithm>

#include "bgpd/latency/latency_watch.h"
#include "policy/egress.h"
#include "policy/registrations.h"
#include "rib/types/prefix_text.h"

namespace tern::latency {

std::size_t LatencyWatch::room() {
  const std::uint32_t second = now();
  if (second_ != second) {
    second_ = second;
    reports_ = 0;
  }
  return kMostPerSecond - reports_;
}

// The subject and its track are looked up once for all round trips.
std::size_t LatencyWatch::report(std::string_view to, std::span<const EgressCost> microseconds,
                                 const std::function<void(Refusal why)>& refused) {
  reports_ = std::min(reports_ + microseconds.size(), kMostPerSecond);
  const auto refuse = [&](Refusal why) {
    ++refused_[static_cast<std::size_t>(why)];
    refused(why);
  };
  const std::uint32_t second = now();
  const auto subject = subject_of(to);
  Track* track = nullptr;
  std::size_t taken = 0;
  for (const EgressCost one : microseconds) {
    if (one == 0 || one > kMostRoundTrip) {
      refuse(Refusal::Value);
      continue;
    }
    // A round trip that is refused makes no subject.
    if (subject && track == nullptr) track = book_.track_of(*subject, second);
    if (track == nullptr) {
      refuse(subject ? Refusal::Full : Refusal::Unknown);
      continue;
    }
    track->add(one, second);
    ++taken;
  }
  taken_[static_cast<std::size_t>(Source::Report)] += taken;
  return taken;
}

void LatencyWatch::take_probes(const std::vector<session::ProbedPlace>& places) {
  for (const session::ProbedPlace& place : places) {
    if (!place.shortest) continue;
    const auto subject = subject_of(place.to);
    if (!subject || take(*subject, *place.shortest, Source::Probe)) continue;
    ++refused_[static_cast<std::size_t>(Refusal::Full)];
  }
}

bool LatencyWatch::take(const Subject& subject, EgressCost microseconds, Source source) {
  if (!book_.add(subject, microseconds, now())) return false;
  ++taken_[static_cast<std::size_t>(source)];
  return true;
}

std::optional<Subject> LatencyWatch::subject_of(std::string_view text) const {
  // A registration covers addresses, too.
  if (const auto prefix = parse_prefix_or_address(text)) {
    const auto of = registered(*prefix);
    if (!of) return std::nullopt;
    return Subject{.kind = Subject::Kind::Prefix, .prefix = *of};
  }
  if (!is_metro(text)) return std::nullopt;
  return Subject{.kind = Subject::Kind::Metro, .name = std::string(text)};
}

std::optional<Prefix> LatencyWatch::registered(const Prefix& inside) const {
  const auto& table = speaker_.registrations();
  const auto* const entry = table == nullptr ? nullptr : table->find(inside);
  if (entry == nullptr) return std::nullopt;
  return entry->prefix;
}

bool LatencyWatch::is_metro(std::string_view name) const {
  const policy::Egress& egress = *speaker_.settings().egress;
  return egress.enabled() && egress.find_metro(name);
}

bool LatencyWatch::is_known(const Subject& subject) const {
  if (subject.kind == Subject::Kind::Prefix) return registered(subject.prefix) == subject.prefix;
  return subject.kind == Subject::Kind::Metro && is_metro(subject.name);
}

}  // namespace tern::latency
