#include "bgpd/daemon/compose.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <thread>
#include <utility>

#include "bgpd/daemon/compose_costs.h"
#include "bgpd/daemon/compose_own.h"
#include "bgpd/daemon/compose_parts.h"
#include "conf/scalars.h"
#include "conf/sources.h"

namespace tern::daemon {
namespace {

using conf::proto::Configuration;
using fsm::Milliseconds;

constexpr std::uint32_t kHoldTime = 90;  // seconds
constexpr std::uint32_t kConnectRetry =
    30;                                 // seconds; the RFC's 120 is long for a person who waits
constexpr std::uint32_t kIdleHold = 5;  // seconds
constexpr std::uint8_t kMaxTtl = 255;

Milliseconds seconds(std::uint32_t value) { return Milliseconds{std::uint64_t{value} * 1000U}; }

std::optional<Role> role_of(conf::proto::Role role) {
  switch (role) {
    case conf::proto::PROVIDER:
      return Role::Provider;
    case conf::proto::ROUTE_SERVER:
      return Role::RouteServer;
    case conf::proto::ROUTE_SERVER_CLIENT:
      return Role::RouteServerClient;
    case conf::proto::CUSTOMER:
      return Role::Customer;
    case conf::proto::PEER:
      return Role::Peer;
    default:
      return std::nullopt;
  }
}

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

// One neighbour, or the settings a dynamic range gives to each of its own.
class PeerComposer {
 public:
  // device: of all sockets (Transport::device).
  PeerComposer(const conf::Config& config, std::shared_ptr<const policy::Egress> egress,
               std::string device)
      : config_(config),
        router_(config.file.router()),
        egress_(std::move(egress)),
        device_(std::move(device)) {}

  session::PeerSettings compose(const conf::proto::Peer& peer) {
    session::PeerSettings settings;
    if (const auto address = conf::parse_peer_address(peer.address())) {
      settings.address = address->address;
      settings.transport.interface = address->zone;
    }
    settings.name =
        peer.name().empty() ? session::to_string(settings.whole_address()) : peer.name();
    settings.group = peer.group();
    settings.circuit = peer.circuit();
    settings.description = peer.description();
    settings.shutdown = peer.shutdown();
    settings.shutdown_message = peer.shutdown_message();
    settings.kind = kind(peer);
    settings.cluster_id = IpAddress::parse(router_.cluster_id())->v4_value();
    settings.reject_as_sets = !peer.allow_as_sets();
    settings.aigp = peer.has_aigp() ? peer.aigp() : is_ibgp(settings.kind);
    settings.advertisement_interval = Milliseconds{peer.advertisement_interval_ms()};
    settings.prefix_limit_restart = seconds(peer.prefix_limits().restart_after());
    if (peer.add_path().has_receive_limit()) settings.most_paths = peer.add_path().receive_limit();
    settings.location_dictionary = peer.location_dictionary();
    settings.next_hop_address = IpAddress::parse(peer.next_hop_address());
    fsm(peer, settings.fsm);
    transport(peer, settings);
    rules(peer, settings);
    return settings;
  }

 private:
  [[nodiscard]] Asn local_asn(const conf::proto::Peer& peer) const {
    return *parse_asn(peer.local_asn().empty() ? router_.asn() : peer.local_asn());
  }

  [[nodiscard]] PeerKind kind(const conf::proto::Peer& peer) const {
    if (!peer.asn().empty() && parse_asn(peer.asn()) == local_asn(peer)) {
      return peer.route_reflector_client() ? PeerKind::RouteReflectorClient : PeerKind::Ibgp;
    }
    return peer.route_server_client() ? PeerKind::RouteServerClient : PeerKind::Ebgp;
  }

  [[nodiscard]] static FamilySet families(const conf::proto::Peer& peer) {
    const FamilySet set = families_of(peer.families());
    return set.empty() ? FamilySet{kClassicFamily} : set;
  }

  void fsm(const conf::proto::Peer& peer, fsm::FsmConfig& config) const {
    if (!peer.asn().empty()) config.expected.asns = {*parse_asn(peer.asn())};
    config.passive = peer.passive();
    config.connect_retry = seconds(peer.has_connect_retry() ? peer.connect_retry() : kConnectRetry);
    config.delay_open = seconds(peer.delay_open());
    config.idle_hold = seconds(peer.has_idle_hold() ? peer.idle_hold() : kIdleHold);
    config.damp_oscillations = !peer.has_damp_oscillations() || peer.damp_oscillations();
    if (peer.has_send_hold()) config.send_hold = seconds(peer.send_hold());
    if (peer.has_keepalive()) {
      config.keepalive_seconds = static_cast<std::uint16_t>(peer.keepalive());
    }
    local_open(peer, config.local);
  }

  void local_open(const conf::proto::Peer& peer, fsm::LocalOpen& open) const {
    open.asn = local_asn(peer);
    open.identifier = IpAddress::parse(router_.id())->v4_value();
    open.hold_time_seconds =
        static_cast<std::uint16_t>(peer.has_hold_time() ? peer.hold_time() : kHoldTime);
    open.families = families(peer);
    open.route_refresh = !peer.has_route_refresh() || peer.route_refresh();
    open.enhanced_route_refresh = open.route_refresh;
    open.extended_message = !peer.has_extended_messages() || peer.extended_messages();
    open.four_octet_as = !peer.has_four_octet_asn() || peer.four_octet_asn();
    const bool send = peer.add_path().send() > 0;
    const unsigned mode = (peer.add_path().receive() ? 1U : 0U) | (send ? 2U : 0U);
    for (const Family family : kFamilies) {
      open.add_path[index(family)] = static_cast<wire::AddPathMode>(mode);
    }
    open.extended_next_hop = families_of(peer.extended_next_hop());
    open.role = role_of(peer.role());
    open.role_strict = peer.role_strict();
    open.fqdn = wire::Fqdn{router_.hostname().empty() ? host_name() : router_.hostname(), {}};
    graceful_restart(peer, open);
  }

  static void graceful_restart(const conf::proto::Peer& peer, fsm::LocalOpen& open) {
    const conf::proto::GracefulRestart& configured = peer.graceful_restart();
    if (!configured.enabled()) return;
    constexpr std::uint32_t kRestartTime = 120;  // seconds
    wire::GracefulRestart restart;
    restart.restart_time_seconds = static_cast<std::uint16_t>(
        configured.has_restart_time() ? configured.restart_time() : kRestartTime);
    wire::LongLivedGracefulRestart long_lived;
    for (const Family family : kFamilies) {
      if (!open.families.contains(family)) continue;
      restart.families.push_back({afi_safi(family), false});
      long_lived.families.push_back({afi_safi(family), false, configured.long_lived_stale_time()});
    }
    open.graceful_restart = restart;
    if (configured.long_lived_stale_time() > 0) open.long_lived_graceful_restart = long_lived;
  }

  void transport(const conf::proto::Peer& peer, session::PeerSettings& settings) const {
    session::Transport& transport = settings.transport;
    if (!peer.has_in_vrf() || peer.in_vrf()) transport.device = device_;
    if (peer.has_port()) transport.port = static_cast<std::uint16_t>(peer.port());
    transport.local_address = IpAddress::parse(peer.local_address());
    transport.md5_password = peer.md5_password();
    transport.ttl = is_ibgp(settings.kind) ? kMaxTtl : 1;
    if (peer.has_multihop()) transport.ttl = static_cast<std::uint8_t>(peer.multihop());
    if (peer.has_gtsm_hops()) {
      transport.ttl = kMaxTtl;
      transport.minimum_ttl = static_cast<std::uint8_t>(kMaxTtl + 1U - peer.gtsm_hops());
    }
  }

  [[nodiscard]] policy::PeerFacts policy_facts(const conf::proto::Peer& peer,
                                               const session::PeerSettings& settings) const {
    policy::PeerFacts facts;
    facts.name = settings.name;
    facts.group = settings.group;
    facts.address = settings.address;
    if (!settings.transport.interface.empty()) {
      facts.zoned_address = session::to_string(settings.whole_address());
    }
    facts.asn = parse_asn(peer.asn()).value_or(0);
    facts.local_asn = settings.fsm.local.asn;
    return facts;
  }

  [[nodiscard]] MetroId location_default(const conf::proto::Peer& peer) const {
    const auto place = conf::named_place(peer.location_default());
    return place ? egress_->places().find(place->kind, place->name).value_or(kNoPlace) : kNoPlace;
  }

  void rules(const conf::proto::Peer& peer, session::PeerSettings& settings) {
    const bool between_pops = peer.has_between_pops()
                                  ? peer.between_pops()
                                  : is_ibgp(settings.kind) && egress_->enabled();
    settings.import_names.assign(peer.import().begin(), peer.import().end());
    settings.export_names.assign(peer.export_().begin(), peer.export_().end());

    pipeline::ImportRules& import = settings.import;
    import.policies = chain(config_, peer.import());
    import.peer = policy_facts(peer, settings);
    import.egress = egress_;
    import.dictionary = egress_->dictionary(peer.location_dictionary());
    import.location_default = location_default(peer);
    import.between_pops = between_pops && egress_->enabled();
    import.enforce_first_as = peer.has_enforce_first_as()
                                  ? peer.enforce_first_as()
                                  : settings.fsm.local.role != Role::RouteServerClient;
    import.enforce_next_hop = peer.enforce_next_hop();
    import.resolve_next_hop =
        config_.file.has_next_hops() &&
        (peer.has_resolve_next_hop() ? peer.resolve_next_hop()
                                     : settings.kind != PeerKind::RouteServerClient);
    import.reject_martians = !peer.has_reject_martians() || peer.reject_martians();
    import.allow_own_as = peer.allow_own_as();
    import.graceful_shutdown = !peer.has_graceful_shutdown() || peer.graceful_shutdown();
    import.receive_rpki_community = peer.rpki_community().receive();
    import.reject_rpki_invalid = peer.reject_rpki_invalid();
    limits(peer.prefix_limits(), import);

    pipeline::ExportRules& exported = settings.exported;
    exported.policies = chain(config_, peer.export_());
    exported.peer = import.peer;
    exported.egress = egress_;
    exported.vantage = egress_->find_pop(peer.vantage()).value_or(kNoPlace);
    exported.send_location = import.between_pops || (peer.send_location() && egress_->enabled());
    exported.between_pops = import.between_pops;
    exported.next_hop_self = peer.next_hop_self();
    exported.aigp = settings.aigp;
    exported.interpret_communities =
        !peer.has_interpret_communities() || peer.interpret_communities();
    exported.path_hiding_mitigation =
        !peer.has_path_hiding_mitigation() || peer.path_hiding_mitigation();
    exported.send_communities = !peer.has_send_communities() || peer.send_communities();
    exported.remove_private_asns = peer.remove_private_asns();
    exported.add_path_send = peer.add_path().send();
    exported.send_rpki_community = peer.rpki_community().send();
    if (peer.has_default_originate()) {
      exported.default_route = default_route(peer.default_originate());
      settings.default_route_when = peer.default_originate().when();
    }
    exported.filter = route_filter(peer);
    if (const auto source = conf::control_source(peer, router_)) {
      exported.control = std::make_shared<const policy::ControlCommunities>(*source);
    }
  }

  // Null where it is switched off.
  [[nodiscard]] std::shared_ptr<const policy::Chain> default_route(
      const conf::proto::DefaultOriginate& originate) const {
    if (originate.has_enabled() && !originate.enabled()) return nullptr;
    return std::make_shared<const policy::Chain>(chain(config_, originate.policies()));
  }

  // Null where there is none, or where it is switched off. The peers of a group share one.
  [[nodiscard]] std::shared_ptr<const policy::RouteFilter> route_filter(
      const conf::proto::Peer& peer) {
    const conf::proto::RouteFilter& filter = peer.route_filter();
    if (!peer.has_route_filter() || (filter.has_enabled() && !filter.enabled())) return nullptr;
    auto& made = filters_[{filter.communities().begin(), filter.communities().end()}];
    if (made != nullptr) return made;
    policy::FilterCommunities communities;
    for (const std::string& text : filter.communities()) {
      communities.push_back(*policy::parse_filter_community(text));
    }
    return made = std::make_shared<const policy::RouteFilter>(std::move(communities));
  }

  static void limits(const conf::proto::PrefixLimits& limits, pipeline::ImportRules& import) {
    for (const Family family : kFamilies) {
      const bool ipv4 = row(family).version == IpVersion::V4;
      import.prefix_limit[index(family)] = ipv4 ? limits.ipv4() : limits.ipv6();
    }
    switch (limits.action()) {
      case conf::proto::PrefixLimits::WARNING:
        import.limit_action = pipeline::LimitAction::Warning;
        break;
      case conf::proto::PrefixLimits::BLOCK:
        import.limit_action = pipeline::LimitAction::Block;
        break;
      default:
        import.limit_action = pipeline::LimitAction::Shutdown;
        break;
    }
  }

  const conf::Config& config_;
  const conf::proto::Router& router_;
  std::shared_ptr<const policy::Egress> egress_;
  const std::string device_;
  // By their texts.
  std::map<std::vector<std::string>, std::shared_ptr<const policy::RouteFilter>> filters_;
};

rib::EgressPosition position(conf::proto::Egress::Position position) {
  switch (position) {
    case conf::proto::Egress::BEFORE_LOCAL_PREF:
      return rib::EgressPosition::BeforeLocalPref;
    case conf::proto::Egress::AFTER_AS_PATH:
      return rib::EgressPosition::AfterAsPath;
    default:
      return rib::EgressPosition::AfterLocalPref;
  }
}

}  // namespace

// The processors are for the loop, for those that store and tell, and for those that read, of which
// one keeps several of the others busy where policies are short.
session::SpeakerThreads compose_threads(const conf::Config& config) {
  const conf::proto::Router& router = config.file.router();
  const unsigned processors = std::max(1U, std::thread::hardware_concurrency());
  session::SpeakerThreads threads;
  threads.readers = router.has_reader_threads()
                        ? router.reader_threads()
                        : std::min(4U, processors < 4 ? processors / 2 : processors / 4);
  threads.tables = router.has_table_threads() ? router.table_threads()
                   : processors < 2           ? 0
                                              : std::clamp(processors / 2, 2U, 8U);
  // Where each thread has a processor, two for each: one to work on, and one whose octets the loop
  // writes meanwhile. Else a processor is what is waited for, and fewer shards send fewer messages.
  const bool roomy = 1 + threads.readers + threads.tables <= processors;
  if (threads.tables > 0) threads.shards = std::max(2U, (roomy ? 2 : 1) * threads.tables);
  return threads;
}

rib::DecisionConfig compose_decision(const conf::Config& config) {
  return {config.file.router().always_compare_med(), position(config.file.egress().position())};
}

session::SpeakerSettings compose(const conf::Config& config,
                                 const session::SpeakerSettings* running) {
  const Configuration& file = config.file;
  session::SpeakerSettings settings;
  settings.asn = *parse_asn(file.router().asn());
  settings.identifier = IpAddress::parse(file.router().id())->v4_value();
  for (const std::string& text : file.router().listen()) {
    const auto endpoint = conf::parse_endpoint(text);
    settings.listen.push_back({endpoint->address, endpoint->port});
  }
  // Where no socket may change its device, a change waits for a restart.
  settings.device = running != nullptr ? running->device : file.router().vrf();
  settings.decision = compose_decision(config);
  settings.startup_delay = seconds(file.router().startup_delay());
  settings.threads = compose_threads(config);
  const bool same_egress = running != nullptr && *running->egress == config.egress;
  settings.egress =
      same_egress ? running->egress : std::make_shared<const policy::Egress>(config.egress);

  settings.costs = compose_costs(config, *settings.egress);
  settings.health = compose_health(config, *settings.egress, settings.costs.rules.dwell);
  settings.networks = compose_networks(config, *settings.egress);
  settings.conditions = compose_conditions(config);
  PeerComposer composer(config, settings.egress, settings.device);
  settings.peers.reserve(static_cast<std::size_t>(file.peers_size()));
  for (const conf::proto::Peer& peer : file.peers()) {
    settings.peers.push_back(composer.compose(peer));
  }
  for (const conf::proto::DynamicPeers& range : file.dynamic_peers()) {
    session::DynamicRange& dynamic = settings.dynamic_ranges.emplace_back();
    dynamic.prefix = *Prefix::parse(range.prefix());
    dynamic.limit = range.limit();
    dynamic.settings = composer.compose(config.settings(range));
    dynamic.settings.group = range.group();
    dynamic.settings.import.peer.group = dynamic.settings.exported.peer.group = range.group();
    dynamic.settings.fsm.passive = true;
    for (const std::string& asns : range.asns()) {
      dynamic.settings.fsm.expected.asn_ranges.push_back(*conf::parse_asn_range(asns));
    }
  }
  return settings;
}

}  // namespace tern::daemon
