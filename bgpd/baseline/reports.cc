#include "bgpd/baseline/reports.h"

#include <array>
#include <string_view>

namespace tern::baseline {
namespace {

using events::Kind;
using events::Report;

struct Row {
  Kind kind;
  std::string_view key;  // behind the prefix, to tell events of one kind apart
};
constexpr std::array<Row, kOddities> kRows{{{Kind::OriginChanged, ""},
                                            {Kind::MoreSpecific, ""},
                                            {Kind::Moas, ""},
                                            {Kind::PathAnomaly, " upstream"},
                                            {Kind::PathAnomaly, " length"},
                                            {Kind::PrefixFlapping, ""}}};

Report about(Oddity odd, const Prefix& prefix, Report::What what) {
  const Row& row = kRows[static_cast<std::size_t>(odd)];
  Report report{.what = what, .kind = row.kind, .key = prefix.to_string()};
  report.subject.prefix = report.key;
  report.key += row.key;
  return report;
}

// "AS 64500, AS 64501"; "none"
std::string list(const Record& of, std::size_t begin, std::size_t end) {
  std::string text;
  for (std::size_t i = begin; i < end; ++i) {
    if (!of.usual(i)) continue;
    const bool direct = of.asns[i] == kNoUpstream;
    text += (text.empty() ? "" : ", ");
    text += direct ? std::string("none") : "AS " + std::to_string(of.asns[i]);
  }
  return text.empty() ? "none" : text;
}

std::string usual_origins(const Record& of) { return list(of, 0, kOrigins); }
std::string usual_upstreams(const Record& of) { return list(of, kOrigins, kOrigins + kUpstreams); }

void add_neighbor(PeerSlot from, const PeerNames& peers, Report& report) {
  if (from >= peers.size() || peers[from].address.empty()) return;
  const PeerName& peer = peers[from];
  report.subject.neighbor = peer.name.empty() ? peer.address : peer.name;
  report.group = report.subject.neighbor;
}

std::string through(const Report& report) {
  return report.subject.neighbor.empty() ? "" : " through neighbor " + report.subject.neighbor;
}

std::string upstream_text(Asn upstream) {
  return upstream == kNoUpstream ? "no upstream" : "the upstream AS " + std::to_string(upstream);
}

std::string summary_of(Oddity odd, const Finding& finding, const Record* known,
                       const Report& report) {
  const std::string& prefix = report.subject.prefix;
  const PathFacts& path = finding.route->path;
  const std::string origin = "AS " + std::to_string(path.origin);
  switch (odd) {
    case Oddity::Origin:
      return prefix + " (not registered: learnt) is announced by " + origin + through(report) +
             "; usual is " + usual_origins(*known);
    case Oddity::MoreSpecific:
      return prefix + ", a new part of " + finding.covering->to_string() +
             " (not registered: learnt), is announced by " + origin + through(report);
    case Oddity::Moas:
      return prefix + " (not registered: learnt) has several origins at once, among them " +
             origin + through(report);
    case Oddity::Upstream:
      return prefix + " has " + upstream_text(path.upstream) + through(report) + "; usual is " +
             usual_upstreams(*known);
    default:
      return prefix + " has no shorter path than one of " + std::to_string(path.length) +
             " AS numbers; usual are up to " + std::to_string(known->longest);
  }
}

}  // namespace

Report begin_of(Oddity odd, const Prefix& prefix, const Finding& finding, const Record* known,
                const PeerNames& peers) {
  Report report = about(odd, prefix, Report::What::Begin);
  const Route& route = *finding.route;
  add_neighbor(route.from, peers, report);
  report.summary = summary_of(odd, finding, known, report);
  report.evidence["origin"] = std::to_string(route.path.origin);
  if (!route.as_path.empty()) report.evidence["as path"] = route.as_path;
  report.evidence["verdict"] =
      route.accepted ? "accepted" : "rejected: " + std::string(to_string(route.reason));
  if (known != nullptr) {
    report.evidence["usual origins"] = usual_origins(*known);
    report.evidence["usual upstreams"] = usual_upstreams(*known);
    report.evidence["usual lengths"] =
        std::to_string(known->shortest) + " to " + std::to_string(known->longest);
  }
  if (odd == Oddity::Upstream || odd == Oddity::Longer) return report;
  report.severity = severity_of_origin(finding);
  // A critical event is no member of an event that is less severe.
  if (!report.group.empty()) report.group += " " + std::string(to_string(*report.severity));
  report.evidence["rpki"] = std::string(to_string(finding.rpki));
  if (finding.covering) report.evidence["part of"] = finding.covering->to_string();
  return report;
}

Report end_of(Oddity odd, const Prefix& prefix) { return about(odd, prefix, Report::What::End); }

Report flapping(const Prefix& prefix, unsigned changes, const Rules& rules, PeerSlot from,
                const PeerNames& peers) {
  Report report = about(Oddity::Flapping, prefix, Report::What::Begin);
  add_neighbor(from, peers, report);
  // Routes come and go with the session.
  if (!report.group.empty()) {
    report.cause = events::event_key(Kind::SessionDown, peers[from].address);
  }
  report.summary = "the routes of " + report.key + " change again and again" +
                   (report.subject.neighbor.empty()
                        ? ""
                        : ", among them that of neighbor " + report.subject.neighbor);
  report.evidence["limit"] = std::to_string(rules.flaps) + " different seconds with a change in " +
                             std::to_string(rules.flap_window) + " s";
  report.evidence["seconds with a change"] = std::to_string(changes);
  return report;
}

}  // namespace tern::baseline
