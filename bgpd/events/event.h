// Events: what happened to a session, a prefix, a source or this router, with a start, an end and
// evidence. Plain values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rib/types/asn.h"

namespace tern::events {

// The order is that of the rows in event.cc.
enum class Kind : std::uint8_t {
  SessionDown,       // a neighbor has no session, until it has one
  SessionUp,         // a session came up
  PrefixLimit,       // a neighbor sent too many prefixes, until its session may come back
  NeighborDrained,   // until undrained, like the next three
  NeighborDegraded,  // the paths of the neighbor cost more
  PopDrained,
  PopDegraded,
  Demotion,           // a rule of `health` demotes
  PairDegraded,       // a circuit has fewer than two connections in service
  CircuitDown,        // no session of a circuit is Established, for an address family at least
  SingleHomed,        // a circuit has one connection configured
  ImplausibleRtt,     // measured round trips are below what light allows
  LatencyDegraded,    // round trips to a prefix or a metro are longer than usual
  ContradictoryTags,  // location tags of routes exclude each other
  ExitMoved,          // best paths moved to another exit
  RpkiCacheLost,      // no connection to a cache of VRPs
  RpkiUnvalidated,    // no source has VRPs: routes are not validated
  BadFile,            // a file has an error, and its last good content counts
  OriginHijack,       // of a registered prefix, like all down to StateChanged
  MoreSpecificHijack,
  UnregisteredPartner,
  RpkiInvalid,
  RouteLeak,          // passed on by an AS that should not have done so
  PathRule,           // length, private or bogon AS, prepend, not direct, not usual
  Suboptimal,         // the exit is not the nearest by cost
  SuboptimalIngress,  // traffic enters at a PoP that is not the nearest
  RedundancyLost,     // routes through fewer connections, or PoPs, than are configured
  Announced,          // a route that the guard accepts is there, where there was none
  Withdrawn,          // the last such route is gone
  ActiveOnPrimary,
  ActiveOnBackup,
  StateChanged,
  OriginChanged,   // a learnt prefix, which is not registered, comes from another AS
  MoreSpecific,    // a part of a learnt prefix comes from another AS
  Moas,            // a learnt prefix has several origins at once, of which one is not usual
  PathAnomaly,     // another upstream than usual, or a path far longer than usual
  PrefixFlapping,  // the routes of a prefix change again and again
  MassWithdrawal,  // a neighbor withdrew a great part of its routes, and kept its session
  kCount,
};
inline constexpr std::size_t kKinds = static_cast<std::size_t>(Kind::kCount);
[[nodiscard]] std::string_view to_string(Kind kind);  // "session-down"
[[nodiscard]] std::optional<Kind> parse_kind(std::string_view text);
// The source of the event writes a line of its own into the log.
[[nodiscard]] bool is_logged_by_source(Kind kind);

enum class Severity : std::uint8_t { Info, Warning, Error, Critical };
inline constexpr std::size_t kSeverities = 4;
[[nodiscard]] std::string_view to_string(Severity severity);  // "info"
[[nodiscard]] std::optional<Severity> parse_severity(std::string_view text);
[[nodiscard]] Severity severity_of(Kind kind);

// The subject of an event. An empty field: the event is not about such a thing.
struct Subject {
  std::string prefix;
  std::string neighbor;  // name, or address of a neighbor without one
  Asn partner = 0;       // AS number of a partner, or of the neighbor
  std::string pop;
  std::string source;  // a file, a cache, a rule of `health`, a pair of places, a circuit
  friend bool operator==(const Subject&, const Subject&) = default;
};

using Evidence = std::map<std::string, std::string>;

// A report of a source. Strings are cut to kMostText octets, and evidence to kMostEvidence entries.
struct Report {
  enum class What : std::uint8_t {
    Begin,  // the event begins, or is still there
    End,    // ends the event of the same kind and key
    Once,   // an event without a duration
  };
  What what = What::Once;
  Kind kind{};
  // Tells events of a kind apart: reports of one kind and key are one event.
  std::string key = {};
  std::optional<Severity> severity = {};  // unset: that of the kind
  Subject subject = {};
  std::string summary = {};  // one line
  Evidence evidence = {};
  // event_key() of the event that caused this one. While the latter is open, the report is an
  // example of it and no event of its own.
  std::string cause = {};
  // Reports of a kind and group that come in great number become one event. Empty: the kind alone.
  std::string group = {};
};
[[nodiscard]] inline Severity severity_of(const Report& report) {
  return report.severity.value_or(severity_of(report.kind));
}
// The key of events of the whole PoP.
inline constexpr char kPopKey[] = "pop";
// "session-down edge-1"
[[nodiscard]] std::string event_key(Kind kind, std::string_view key);

inline constexpr std::size_t kMostText = 256;  // octets
// Of a key with the name of its kind, or of a group.
inline constexpr std::size_t kMostKey = kMostText + 64;
inline constexpr std::size_t kMostEvidence = 16;  // entries
inline constexpr std::size_t kMostExamples = 10;
// Cuts what is longer than these bounds.
void cut(Report& report);

struct Event {
  std::uint32_t id = 0;
  std::uint64_t change = 0;  // increases with each change of any event
  Kind kind{};
  Severity severity{};
  std::string key;  // event_key(), or that of a group
  Subject subject;
  std::string summary;
  Evidence evidence;
  std::uint32_t start = 0;  // Unix seconds, like the next two
  std::uint32_t end = 0;    // 0: the event is open
  std::uint32_t last = 0;   // the last report, as of the last change
  std::uint32_t count = 0;  // how often the event began
  // Prefixes, neighbors and so on that the event stands for, beside its own subject.
  std::uint32_t members = 0;
  std::vector<std::string> examples;  // kMostExamples of the members
  bool group = false;                 // stands for the members alone, and ends with the last one

  [[nodiscard]] bool open() const { return end == 0; }
};

}  // namespace tern::events
