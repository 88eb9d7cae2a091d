// The settings of a speaker: identities, listeners, neighbors and their rules. bgpd/daemon makes
// these plain values from the configuration. plan() (settings_plan.h) compares them, so that
// Speaker::apply() touches only the differences.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/fsm/peer_fsm.h"
#include "bgpd/pipeline/export_path.h"
#include "bgpd/pipeline/import.h"
#include "bgpd/session/health.h"
#include "bgpd/session/hysteresis.h"
#include "policy/egress.h"
#include "policy/live_costs.h"
#include "policy/prefix_rtts.h"
#include "rib/shards.h"
#include "rib/types/ip_address.h"
#include "rib/types/peer.h"
#include "rib/types/prefix.h"

namespace tern::session {

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 179;
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};
[[nodiscard]] std::string to_string(const Endpoint& endpoint);  // "[2001:db8::1]:179"

// Identifies a neighbor: the address, and for an IPv6 link-local address also the interface (RFC
// 4007: equal addresses on two links are two addresses).
struct PeerAddress {
  IpAddress address;
  std::string zone;  // name of the interface; empty for every other address
  friend auto operator<=>(const PeerAddress&, const PeerAddress&) = default;
};
[[nodiscard]] std::string to_string(const PeerAddress& address);  // "fe80::1%eth0"

// Settings of the TCP connection to a neighbor.
struct Transport {
  std::uint16_t port = 179;
  std::string interface;  // of a link-local neighbor
  std::string device;     // the VRF or interface that the socket is bound to; empty: none
  std::optional<IpAddress> local_address;
  std::uint8_t ttl = 1;                     // of packets that we send
  std::optional<std::uint8_t> minimum_ttl;  // GTSM (RFC 5082): of packets that we accept
  std::string md5_password;                 // RFC 2385; empty: none
  friend bool operator==(const Transport&, const Transport&) = default;
};

// Settings that need a new session to change, beside those of the machine (fsm::SessionConfig).
struct SessionSettings {
  PeerKind kind = PeerKind::Ebgp;
  Transport transport;
  std::uint32_t cluster_id = 0;
  bool reject_as_sets = true;  // RFC 9774
  bool aigp = false;
  // Our address of the IP version that the session does not use; unset: an address of the session's
  // interface.
  std::optional<IpAddress> next_hop_address;
  friend bool operator==(const SessionSettings&, const SessionSettings&) = default;
};

struct PeerSettings : SessionSettings {
  std::string name;  // the address where configuration gives none
  IpAddress address;
  std::string group;
  std::string circuit;  // empty: by the AS number, or none
  std::string description;
  bool shutdown = false;
  std::string shutdown_message;  // RFC 9003

  fsm::FsmConfig fsm;  // our OPEN, the OPEN expected of the peer, timers
  pipeline::ImportRules import;
  pipeline::ExportRules exported;
  std::vector<std::string> import_names;  // of the policies, for tables
  std::vector<std::string> export_names;
  std::string location_dictionary;
  std::string default_route_when;  // the condition of exported.default_route; empty: none

  fsm::Milliseconds advertisement_interval{0};
  fsm::Milliseconds prefix_limit_restart{0};  // 0: stays down until enabled
  std::size_t most_paths = 128;               // of a prefix that are stored, with Add-Path

  [[nodiscard]] PeerAddress whole_address() const { return {address, transport.interface}; }
  friend bool operator==(const PeerSettings&, const PeerSettings&) = default;

  // Whether a running session must be closed and opened again to get the settings `other`.
  [[nodiscard]] bool needs_reset(const PeerSettings& other) const;
};

// How long an OPEN of a neighbor that is not listed may take.
inline constexpr std::chrono::seconds kDynamicOpenTime{30};

// Neighbors that may come from a range without being listed.
struct DynamicRange {
  Prefix prefix;
  std::uint32_t limit = 1000;  // neighbors with a connection; and as many without one
  PeerSettings settings;       // without address and name

  // The settings of the neighbor with that address.
  [[nodiscard]] PeerSettings settings_of(const PeerAddress& address) const;
};

// Threads beside the loop's; constant from the start on.
struct SpeakerThreads {
  std::uint32_t readers = 0;  // BulkReaders
  std::uint32_t tables = 0;   // of the Engine
  std::uint32_t shards = 1;   // 1 to rib::Shards::kMost
  rib::TableSpaces spaces{};  // Speaker cuts them to the limits of the process (memory_guard.h)
  friend bool operator==(const SpeakerThreads&, const SpeakerThreads&) = default;
};

// Asks for an accepted route of a neighbor. Routes of this router do not count, so that an own
// route never depends on itself.
struct RouteQuestion {
  Prefix prefix;         // of the unicast family
  bool covered = false;  // any route that the prefix covers, itself included
  std::string group;     // of the neighbor; empty: any
  friend auto operator<=>(const RouteQuestion&, const RouteQuestion&) = default;
};

// A requirement of a condition.
struct Requirement {
  enum class Kind : std::uint8_t { PopDrained, Sessions, Route, Interface, NextHop };
  Kind kind = Kind::PopDrained;
  bool drained = false;        // of PopDrained
  std::string group;           // of Sessions
  std::uint32_t at_least = 1;  // of Sessions: that are Established
  RouteQuestion route;         // of Route
  std::string interface;       // of Interface
  IpAddress next_hop;          // of NextHop
  friend bool operator==(const Requirement&, const Requirement&) = default;
};

struct ConditionSettings {
  std::string name;
  bool any = false;  // of the requirements; else all
  std::vector<Requirement> requirements;
  Hysteresis::Times times;
};

// Of a network that is originated only while a more specific route contributes to it.
struct AggregateSettings {
  policy::Chain match;  // decides which routes contribute; empty: all
  // More specific routes of the table are advertised to nobody while the aggregate is originated.
  bool summary_only = false;
  friend bool operator==(const AggregateSettings&, const AggregateSettings&) = default;
};

// A prefix that this router originates.
struct OwnNetwork {
  Prefix prefix;
  // Make the attributes, or reject the route; without any the route has those of a plain network.
  // Never null; networks with the same list share an object.
  std::shared_ptr<const policy::Chain> policies;
  std::string when = {};  // the condition on which the route depends; empty: none
  EgressInfo place = {};  // of SpeakerSettings::egress
  SharedValue<AggregateSettings> aggregate = {};  // null: not an aggregate
};

// How the costs of places move.
// The measurements of our own probes that count.
struct ProbeRules {
  std::set<std::string> places;            // metros and PoPs that are probed
  std::chrono::seconds lasts{0};           // a measurement without a newer one
  std::map<std::string, Prefix> prefixes;  // that are probed, by their texts
};

// Measured round trips to prefixes, of one age.
struct PrefixMeasurements {
  std::shared_ptr<const policy::PrefixRtts> rtts;  // null: none
  std::chrono::seconds age{0};
};

struct CostSettings {
  policy::CostRules rules;
  policy::LiveCosts::FileValues file;  // what egress.rtt_file had when the settings were made
  PrefixMeasurements prefixes;         // likewise, of egress.prefix_rtt_file
  ProbeRules probes;
};

struct SpeakerSettings {
  Asn asn = 0;
  std::uint32_t identifier = 0;
  std::vector<Endpoint> listen;
  std::string device;  // the VRF or interface of the listeners; never changes, and empty for none
  rib::DecisionConfig decision;
  fsm::Milliseconds startup_delay{0};
  SpeakerThreads threads;
  // Prefixes that are gone and are kept for a listing or a neighbor that catches up; 44 octets
  // each.
  std::size_t most_kept_prefixes = 1'000'000;
  std::shared_ptr<const policy::Egress> egress;  // never null
  CostSettings costs;
  std::vector<HealthRule> health;
  std::vector<PeerSettings> peers;            // of distinct whole_address()
  std::vector<DynamicRange> dynamic_ranges;   // disjoint
  std::vector<OwnNetwork> networks;           // each prefix once, in order
  std::vector<ConditionSettings> conditions;  // each name once
};

// The network or aggregate of that prefix. Null: the configuration has none.
[[nodiscard]] const OwnNetwork* find_network(const SpeakerSettings& settings, const Prefix& prefix);

}  // namespace tern::session
