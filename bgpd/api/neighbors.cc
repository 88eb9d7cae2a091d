// show neighbors: state and counts of each, at most a hundred in a message.
#include <string>
#include <vector>

#include "bgpd/api/answer.h"
#include "bgpd/api/own_words.h"
#include "bgpd/session/peer.h"
#include "rib/types/quoted.h"

namespace tern::api {
namespace {

constexpr std::size_t kNeighborsPerMessage = 100;
// An OPEN has room for tens of thousands (RFC 9072).
constexpr std::size_t kMostCapabilities = 100;

std::string_view to_string(PeerKind kind) {
  switch (kind) {
    case PeerKind::Ebgp:
      return "ebgp";
    case PeerKind::RouteServerClient:
      return "route-server-client";
    case PeerKind::Ibgp:
      return "ibgp";
    case PeerKind::Own:  // no neighbor is of this kind
      break;
    case PeerKind::RouteReflectorClient:
      return "route-reflector-client";
  }
  return "unknown";
}

std::string family_name(AfiSafi number) {
  if (const auto family = family_of(number)) return std::string(to_string(*family));
  return "afi " + std::to_string(number.afi) + " safi " + std::to_string(number.safi);
}

// Adds the name of a capability, with its direction where the capability holds in one only.
void add_directions(std::string name, bool receive, bool send, std::vector<std::string>& words) {
  if (!receive && !send) return;
  if (!send) name += " receive";
  if (!receive) name += " send";
  words.push_back(std::move(name));
}

std::vector<std::string> agreed(const fsm::Negotiated& session) {
  std::vector<std::string> words;
  for (const Family family : kFamilies) {
    const std::string name(to_string(family));
    if (session.families.contains(family)) words.push_back(name);
    if (session.add_path_receive.contains(family)) words.push_back("add-path " + name + " receive");
    if (session.add_path_send.contains(family)) words.push_back("add-path " + name + " send");
    add_directions("extended-next-hop " + name, session.extended_next_hop_receive.contains(family),
                   session.extended_next_hop_send.contains(family), words);
  }
  if (session.four_octet_as) words.emplace_back("4-octet-as");
  add_directions("route-refresh", session.route_refresh_receive, session.route_refresh_send, words);
  if (session.enhanced_route_refresh) words.emplace_back("enhanced-route-refresh");
  add_directions("extended-message", session.extended_message_receive,
                 session.extended_message_send, words);
  if (session.peer_role) {
    words.push_back("role (peer is " + std::string(to_string(*session.peer_role)) + ")");
  }
  return words;
}

std::string add_path_text(const wire::AddPath& add_path) {
  std::string text = "add-path " + family_name(add_path.family);
  if (wire::can_receive(add_path.mode)) text += " receive";
  if (wire::can_send(add_path.mode)) text += " send";
  return text;
}

std::vector<std::string> offered(const wire::Capabilities& capabilities) {
  std::vector<std::string> words;
  for (const AfiSafi family : capabilities.families) words.push_back(family_name(family));
  for (const wire::AddPath& add_path : capabilities.add_paths) {
    words.push_back(add_path_text(add_path));
  }
  for (const wire::ExtendedNextHop& next_hop : capabilities.extended_next_hops) {
    words.push_back("extended-next-hop " + family_name(next_hop.family));
  }
  if (capabilities.four_octet_as) words.emplace_back("4-octet-as");
  if (capabilities.route_refresh) words.emplace_back("route-refresh");
  if (capabilities.enhanced_route_refresh) words.emplace_back("enhanced-route-refresh");
  if (capabilities.extended_message) words.emplace_back("extended-message");
  if (capabilities.role) {
    words.push_back("role " + std::string(to_string(*capabilities.role)));
  }
  if (capabilities.graceful_restart) {
    words.push_back("graceful-restart " +
                    std::to_string(capabilities.graceful_restart->restart_time_seconds) + " s");
  }
  if (capabilities.long_lived_graceful_restart) {
    words.emplace_back("long-lived-graceful-restart");
  }
  if (capabilities.fqdn) words.push_back("fqdn " + capabilities.fqdn->host);
  for (const wire::UnknownCapability& unknown : capabilities.unknown) {
    words.push_back("capability " + std::to_string(unknown.code));
  }
  return words;
}

void show_families(const rib::Shards& shards, const session::Peer& peer,
                   const session::PeerStatus& status, const rib::HeldPrefixes& held,
                   proto::Neighbor& shown) {
  const session::PeerSettings& settings = peer.settings();
  const rib::PeerCounts counts = shards.counts(status.slot);
  const session::PeerCounters counters = peer.counters();
  const FamilySet families =
      status.negotiated ? status.negotiated->families : settings.fsm.local.families;
  for (const Family family : kFamilies) {
    if (!families.contains(family)) continue;
    const std::size_t i = index(family);
    proto::Neighbor::FamilyCounts& row = *shown.add_families();
    row.set_family(std::string(to_string(family)));
    row.set_received(counts.families[i].received);
    row.set_accepted(counts.families[i].accepted);
    row.set_best(counts.families[i].best);
    row.set_rejected(counts.families[i].received - counts.families[i].accepted);
    // Without a session, no client holds the routes that the table still notes as advertised.
    row.set_advertised(peer.adj_rib_out() != nullptr ? held.of(status.slot, family) : 0);
    row.set_prefix_limit(settings.import.prefix_limit[i]);
    row.set_end_of_rib(status.end_of_rib[i]);
    row.set_announcements_in(counters.announced_in[i]);
    row.set_withdrawals_in(counters.withdrawn_in[i]);
    row.set_announcements_out(counters.announced_out[i]);
    row.set_withdrawals_out(counters.withdrawn_out[i]);
  }
}

void show_counters(const rib::Shards& shards, const session::Peer& peer, proto::Neighbor& shown) {
  const session::PeerCounters counters = peer.counters();
  for (std::size_t type = 1; type < wire::kMessageTypeCount; ++type) {
    const std::string name(wire::to_string(static_cast<wire::MessageType>(type)));
    (*shown.mutable_messages_in())[name] = counters.messages_in[type];
    (*shown.mutable_messages_out())[name] = counters.messages_out[type];
  }
  shown.set_bytes_in(counters.bytes_in);
  shown.set_bytes_out(counters.bytes_out);
  shown.set_attribute_errors_discarded(counters.attributes_discarded);
  shown.set_attribute_errors_withdrawn(counters.treated_as_withdraw);
  const rib::PeerCounts counts = shards.counts(peer.slot());
  shown.set_paths_refused(counts.paths_refused);
  const ReasonCounts& rejected = counts.rejected;
  for (std::size_t reason = 1; reason < rejected.size(); ++reason) {
    if (rejected[reason] == 0) continue;
    const std::string name(shards.reasons().name(static_cast<Reason>(reason)));
    (*shown.mutable_rejected_by_reason())[name] = rejected[reason];
  }
}

void show_detail(const session::Speaker& speaker, const session::Peer& peer,
                 const session::PeerStatus& status, proto::Neighbor& shown) {
  const session::PeerSettings& settings = peer.settings();
  shown.set_kind(std::string(to_string(settings.kind)));
  if (status.local) {
    // Both ends are on the same link.
    const IpAddress& local = status.local->address;
    const bool zoned = local.is_v6() && local.is_link_local();
    shown.set_local_address(
        session::to_string({local, zoned ? settings.transport.interface : std::string{}}));
    shown.set_local_port(status.local->port);
    shown.set_remote_port(status.remote->port);
  }
  if (status.negotiated) {
    const fsm::Negotiated& session = *status.negotiated;
    shown.set_router_id(IpAddress::v4(session.peer_identifier).to_string());
    shown.set_hold_time_seconds(session.hold_time_seconds);
    shown.set_keepalive_seconds(session.keepalive_seconds);
    for (std::string& word : agreed(session)) shown.add_capabilities(std::move(word));
    if (session.peer_fqdn) shown.set_hostname(session.peer_fqdn->host);
  }
  if (status.peer_open) {
    std::vector<std::string> words = offered(status.peer_open->capabilities);
    if (words.size() > kMostCapabilities) {
      const std::size_t more = words.size() - kMostCapabilities;
      words.resize(kMostCapabilities);
      words.push_back("and " + std::to_string(more) + " more");
    }
    for (std::string& word : words) shown.add_peer_capabilities(std::move(word));
  }
  if (settings.fsm.local.role) shown.set_role(std::string(to_string(*settings.fsm.local.role)));
  for (const std::string& name : settings.import_names) shown.add_import_policies(name);
  for (const std::string& name : settings.export_names) shown.add_export_policies(name);
  shown.set_out_queue_bytes(status.out_queue_bytes);
  shown.set_location_dictionary(settings.location_dictionary);
  if (settings.exported.vantage != kNoPlace) {
    shown.set_vantage(settings.exported.egress->pop(settings.exported.vantage).name);
  }
  show_default_routes(speaker, peer, shown);
  show_filter(speaker, peer, shown);
  shown.set_slow(status.slow);
  shown.set_rtt_milliseconds(status.round_trip_microseconds / 1000.0);
  shown.set_last_attribute_error(status.last_fault);
  shown.set_last_received_seconds_ago(status.last_received_seconds_ago.value_or(0));
  show_counters(speaker.shards(), peer, shown);
}

void show_limit_shutdown(const session::LimitShutdown& limit, proto::Neighbor& shown) {
  const std::string family(to_string(limit.family));
  proto::Neighbor::LimitShutdown& to = *shown.mutable_limit_shutdown();
  to.set_family(family);
  to.set_limit(limit.limit);
  to.set_count(limit.count);
  to.set_returns_at_seconds(limit.returns_at);
  std::string text = "prefix limit: " + std::to_string(limit.count) + " " + family + " routes, " +
                     std::to_string(limit.limit) + " allowed; returns ";
  const std::uint32_t now = session::unix_seconds();
  if (limit.returns_at == 0) {
    text += "when enabled";
  } else {
    text += "in " + std::to_string(limit.returns_at > now ? limit.returns_at - now : 0) + " s";
  }
  shown.set_last_error(text);
}

void show_neighbor(const session::Speaker& speaker, const session::Peer& peer,
                   const rib::HeldPrefixes& held, bool detail, proto::Neighbor& shown) {
  const session::PeerSettings& settings = peer.settings();
  const session::PeerStatus status = peer.status();
  shown.set_name(settings.name);
  shown.set_address(session::to_string(settings.whole_address()));
  const auto& expected = settings.fsm.expected.asns;
  shown.set_asn(status.negotiated ? status.negotiated->peer_asn
                                  : (expected.empty() ? 0 : expected.front()));
  shown.set_local_asn(settings.fsm.local.asn);
  shown.set_group(settings.group);
  shown.set_description(settings.description);
  shown.set_state(std::string(fsm::to_string(status.state)));
  shown.set_admin_up(status.admin_up);
  shown.set_since_seconds(status.state_since);
  shown.set_flaps(status.flaps);
  shown.set_last_error(status.last_error);
  shown.set_dynamic(status.dynamic);
  shown.set_drained(peer.is_drained());
  shown.set_added_us(peer.degradation_cost());
  shown.set_demotion_us(peer.demotion_cost());
  if (status.limit_shutdown) show_limit_shutdown(*status.limit_shutdown, shown);
  show_families(speaker.shards(), peer, status, held, shown);
  if (detail) show_detail(speaker, peer, status, shown);
}

class NeighborsAnswer final : public Answer {
 public:
  NeighborsAnswer(session::Speaker& speaker, const proto::NeighborsRequest& request)
      : speaker_(speaker), detail_(request.detail()) {
    const std::string& wanted = request.neighbor();
    const session::Peer* one = wanted.empty() ? nullptr : speaker.find(wanted);
    for (const session::Peer* peer : speaker.peers()) {
      const bool meant =
          wanted.empty() || peer == one || (one == nullptr && peer->settings().group == wanted);
      if (meant) slots_.push_back(peer->slot());
    }
    if (slots_.empty() && !wanted.empty()) error_ = "no neighbor or group " + quoted(wanted);
  }

  Progress next(proto::Response& response) override {
    if (!error_.empty()) {
      response.set_error(error_);
      return Progress::Done;
    }
    proto::Neighbors& shown = *response.mutable_neighbors();
    if (next_ == 0) held_ = speaker_.shards().held();
    std::size_t octets = 0;
    for (std::size_t i = 0; i < kNeighborsPerMessage && next_ < slots_.size(); ++i) {
      if (octets >= kMessageOctets) break;
      const session::Peer* peer = speaker_.peer(slots_[next_++]);
      if (peer == nullptr || peer->left()) continue;
      proto::Neighbor& one = *shown.add_neighbors();
      show_neighbor(speaker_, *peer, held_, detail_, one);
      octets += one.ByteSizeLong();
    }
    return next_ < slots_.size() ? Progress::Send : Progress::Done;
  }

 private:
  session::Speaker& speaker_;
  bool detail_;
  std::vector<PeerSlot> slots_;
  std::size_t next_ = 0;
  rib::HeldPrefixes held_;  // when the answer began
  std::string error_;
};

}  // namespace

std::unique_ptr<Answer> list_neighbors(session::Speaker& speaker,
                                       const proto::NeighborsRequest& request) {
  return std::make_unique<NeighborsAnswer>(speaker, request);
}

}  // namespace tern::api
