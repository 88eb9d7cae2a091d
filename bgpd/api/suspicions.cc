// explain: what the guard has against a route for a registered prefix, with the evidence.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/api/route_view.h"
#include "bgpd/session/peer.h"
#include "policy/usual_paths.h"

namespace tern::api {
namespace {

using policy::Suspicion;

std::string list_text(const std::vector<Asn>& asns) {
  std::string text;
  for (const Asn asn : asns) text += (text.empty() ? "" : ", ") + std::to_string(asn);
  return text;
}

std::string as_text(std::optional<Asn> asn) {
  return asn ? "AS " + std::to_string(*asn) : "an AS_SET";
}

std::string upstream_text(Asn upstream) {
  return upstream == kNoUpstream ? "none" : "AS " + std::to_string(upstream);
}

std::string usual_upstreams_text(const policy::UsualPath& usual) {
  std::string text;
  for (std::size_t i = 0; i < usual.upstream_count; ++i) {
    text += (text.empty() ? "" : ", ") + upstream_text(usual.upstreams[i]);
  }
  return text;
}

// The action of a kind, as the verdict left it.
std::string action_word(policy::GuardAction action, const policy::GuardVerdict& verdict) {
  if (action != policy::GuardAction::Quarantine || verdict.action == action) {
    return std::string(to_string(action));
  }
  if (verdict.order == policy::GuardOrderKind::Release) return "released";
  return is_last_resort(verdict.pin) ? "last-resort" : "fallback";
}

// The suspicion is one about the route. usual: null where the suspicion is about something else.
std::string evidence(Suspicion suspicion, const policy::Registration& of, const Prefix& prefix,
                     const policy::GuardedPath& path, const policy::UsualPath* usual) {
  const bool other_origin =
      !path.origin || std::ranges::find(of.origins, *path.origin) == of.origins.end();
  switch (suspicion) {
    case Suspicion::OtherOrigin:
      return as_text(path.origin) + " is no origin; expected " + list_text(of.origins);
    case Suspicion::MoreSpecific:
      return other_origin
                 ? as_text(path.origin) + " is no origin; expected " + list_text(of.origins)
                 : "/" + std::to_string(prefix.length()) + " is longer than /" +
                       std::to_string(of.max_length);
    case Suspicion::UnregisteredPartner:
      return "AS " + std::to_string(path.partner) + " is no partner; expected " +
             list_text(of.partners);
    case Suspicion::RpkiInvalid:
      return "no VRP allows " + as_text(path.origin);
    case Suspicion::Leak:
      return to_string(path.leak);
    case Suspicion::PathLength:
      return std::to_string(path.length) + " ASes; at most " + std::to_string(of.path.max_length);
    case Suspicion::PrivateAs:
      return "an AS number for private use";
    case Suspicion::BogonAs:
      return "a reserved AS number";
    case Suspicion::Prepend:
      return "an AS twice in a row";
    case Suspicion::NotDirect:
      return "an AS between AS " + std::to_string(path.partner) + " and " + as_text(path.origin);
    case Suspicion::NewUpstream:
      return "the upstream is " + upstream_text(path.facts->upstream) + "; usual is " +
             usual_upstreams_text(*usual);
    case Suspicion::LongPath:
      return std::to_string(path.facts->length) + " ASes; usual are up to " +
             std::to_string(usual->longest) + ", and " + std::to_string(usual->longer_by) +
             " more are allowed";
    case Suspicion::kCount:
      break;
  }
  return {};
}

}  // namespace

void show_suspicions(const session::Speaker& speaker, const Prefix& prefix,
                     const PathAttributes& received, PeerSlot slot,
                     proto::Explanation::Candidate& shown) {
  const session::Peer* const peer = speaker.peer(slot);
  const auto& table = speaker.registrations();
  if (slot == kOwnSlot || peer == nullptr || table == nullptr) return;
  const auto* const entry = table->find(prefix);
  if (entry == nullptr) return;
  if (peer->import() == nullptr) return;
  const pipeline::ImportRules& rules = peer->import()->rules();
  const auto path = pipeline::guarded_path(received, peer->import()->facts(), rules);
  if (!path) return;
  const auto found =
      policy::RegistrationTable::suspicions(*entry, prefix, *path, rules.guard_tables());
  const policy::UsualPath* const usual =
      rules.guard_usual == nullptr ? nullptr : rules.guard_usual->find(prefix);
  const policy::GuardVerdict verdict = pipeline::guard_verdict(prefix, path, rules);
  for (std::size_t i = 0; i < policy::kSuspicionCount; ++i) {
    const auto suspicion = static_cast<Suspicion>(i);
    if (!found.has(suspicion)) continue;
    proto::Explanation::Suspicion& one = *shown.add_suspicions();
    one.set_kind(std::string(to_string(suspicion)));
    one.set_action(action_word(entry->actions[i], verdict));
    one.set_evidence(evidence(suspicion, *entry->registration, prefix, *path, usual));
  }
}

}  // namespace tern::api
