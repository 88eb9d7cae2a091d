#include "bgpd/fsm/negotiation.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace tern::fsm {
namespace {

constexpr std::uint8_t kVersion = 4;

bool is_ibgp(const LocalOpen& local, const wire::OpenMessage& theirs) {
  return theirs.asn() == local.asn;
}

// RFC 4760 section 8: a speaker without the multiprotocol capability speaks IPv4 unicast.
FamilySet families_of(const wire::Capabilities& capabilities) {
  if (capabilities.families.empty()) return {kClassicFamily};
  FamilySet families;
  for (const AfiSafi number : capabilities.families)
    if (const auto family = family_of(number)) families.insert(*family);
  return families;
}

wire::AddPathMode add_path_mode(const wire::Capabilities& capabilities, Family family) {
  for (const wire::AddPath& entry : capabilities.add_paths)
    if (entry.family == afi_safi(family)) return entry.mode;
  return wire::AddPathMode::None;
}

// RFC 8950 adds IPv6 next hops for IPv4 prefixes; families of IPv6 have them anyway.
bool offers_extended_next_hop(const wire::Capabilities& capabilities, Family family) {
  const wire::ExtendedNextHop wanted{afi_safi(family), kAfiIpv6};
  const auto& offers = capabilities.extended_next_hops;
  return std::find(offers.begin(), offers.end(), wanted) != offers.end();
}

// RFC 9234 section 4.2, the table of allowed pairs.
bool roles_match(Role ours, Role theirs) {
  switch (ours) {
    case Role::Provider:
      return theirs == Role::Customer;
    case Role::Customer:
      return theirs == Role::Provider;
    case Role::RouteServer:
      return theirs == Role::RouteServerClient;
    case Role::RouteServerClient:
      return theirs == Role::RouteServer;
    case Role::Peer:
      return theirs == Role::Peer;
  }
  return false;
}

OpenRefusal refusal(std::uint8_t subcode, std::string why, std::vector<std::byte> data = {}) {
  return {wire::Notification{wire::ErrorCode::OpenMessage, subcode, std::move(data)},
          std::move(why)};
}

std::string as_text(Asn asn) { return "AS " + std::to_string(asn); }

std::optional<OpenRefusal> judge_version(const wire::OpenMessage& theirs) {
  if (theirs.version == kVersion) return std::nullopt;
  // The data is the version that we would have accepted, two octets (RFC 4271 section 6.2).
  return refusal(wire::open_error::kUnsupportedVersion,
                 "peer speaks BGP version " + std::to_string(theirs.version),
                 {std::byte{0}, std::byte{kVersion}});
}

std::optional<OpenRefusal> judge_as(const LocalOpen& local, const ExpectedPeer& expected,
                                    const wire::OpenMessage& theirs) {
  const Asn asn = theirs.asn();
  const auto bad = [](std::string why) {
    return refusal(wire::open_error::kBadPeerAs, std::move(why));
  };
  if (asn == kAsZero || theirs.my_as == kAsZero) return bad("peer says AS 0");  // RFC 7607
  const std::vector<Asn>& asns = expected.asns;
  if (asns.empty() && expected.asn_ranges.empty()) {
    if (asn == local.asn) return bad("peer says " + as_text(asn) + ", which is ours");
    if (asn == kAsTrans) return bad("peer says " + as_text(asn) + ", which is nobody's");
    return std::nullopt;
  }
  if (std::find(asns.begin(), asns.end(), asn) != asns.end()) return std::nullopt;
  for (const auto& [first, last] : expected.asn_ranges) {
    if (first <= asn && asn <= last) return std::nullopt;
  }
  std::string why = "peer says " + as_text(asn) + ", expected ";
  why += asns.empty() ? "one of its range's" : as_text(asns.front());
  if (asns.size() > 1) why += " or " + std::to_string(asns.size() - 1) + " more";
  return bad(std::move(why));
}

std::optional<OpenRefusal> judge_identifier(const LocalOpen& local,
                                            const wire::OpenMessage& theirs) {
  if (theirs.identifier == 0)
    return refusal(wire::open_error::kBadIdentifier, "peer's identifier is 0");
  // RFC 6286 section 2.2: an identifier is unique within an AS only.
  if (is_ibgp(local, theirs) && theirs.identifier == local.identifier)
    return refusal(wire::open_error::kBadIdentifier, "peer's identifier is our own");
  return std::nullopt;
}

std::optional<OpenRefusal> judge_hold_time(const wire::OpenMessage& theirs) {
  if (theirs.hold_time_seconds == 0 || theirs.hold_time_seconds >= 3) return std::nullopt;
  return refusal(wire::open_error::kUnacceptableHoldTime,
                 "peer wants a hold time of " + std::to_string(theirs.hold_time_seconds) + " s");
}

std::optional<OpenRefusal> judge_role(const LocalOpen& local, const wire::OpenMessage& theirs) {
  if (is_ibgp(local, theirs)) return std::nullopt;  // roles are between ASes
  const auto mismatch = [](std::string why) {
    return refusal(wire::open_error::kRoleMismatch, std::move(why));
  };
  const wire::Capabilities& capabilities = theirs.capabilities;
  if (capabilities.role_conflict) return mismatch("peer claims two roles at once");
  if (!capabilities.role) {
    if (local.role_strict) return mismatch("peer has no role");
    return std::nullopt;
  }
  if (!local.role || roles_match(*local.role, *capabilities.role)) return std::nullopt;
  return mismatch("peer is " + std::string(to_string(*capabilities.role)) + ", we are " +
                  std::string(to_string(*local.role)));
}

std::optional<OpenRefusal> judge_families(const LocalOpen& local, const wire::OpenMessage& theirs) {
  if (!(local.families & families_of(theirs.capabilities)).empty()) return std::nullopt;
  // RFC 5492 section 3: the data lists the capabilities whose absence is the fault.
  std::vector<std::byte> missing;
  wire::Writer writer(missing);
  for (const Family family : kFamilies) {
    if (!local.families.contains(family)) continue;
    writer.u8(static_cast<std::uint8_t>(wire::CapabilityCode::Multiprotocol));
    writer.u8(4);
    writer.u16(afi_safi(family).afi);
    writer.u8(0);
    writer.u8(afi_safi(family).safi);
  }
  return refusal(wire::open_error::kUnsupportedCapability, "no address family in common",
                 std::move(missing));
}

}  // namespace

wire::OpenMessage make_open(const LocalOpen& local) {
  wire::OpenMessage open;
  open.version = kVersion;
  open.my_as = static_cast<std::uint16_t>(local.asn <= 0xFFFF ? local.asn : kAsTrans);
  open.hold_time_seconds = local.hold_time_seconds;
  open.identifier = local.identifier;

  wire::Capabilities& capabilities = open.capabilities;
  for (const Family family : kFamilies) {
    if (!local.families.contains(family)) continue;
    const AfiSafi number = afi_safi(family);
    capabilities.families.push_back(number);
    if (const auto mode = local.add_path[index(family)]; mode != wire::AddPathMode::None)
      capabilities.add_paths.push_back({number, mode});
    if (row(family).extended_next_hop && local.extended_next_hop.contains(family))
      capabilities.extended_next_hops.push_back({number, kAfiIpv6});
  }
  capabilities.route_refresh = local.route_refresh;
  capabilities.enhanced_route_refresh = local.enhanced_route_refresh;
  capabilities.extended_message = local.extended_message;
  if (local.four_octet_as) capabilities.four_octet_as = local.asn;
  capabilities.role = local.role;
  capabilities.graceful_restart = local.graceful_restart;
  capabilities.long_lived_graceful_restart = local.long_lived_graceful_restart;
  capabilities.fqdn = local.fqdn;
  return open;
}

// In the order of RFC 4271 section 6.2: the NOTIFICATION names the first of several faults.
std::optional<OpenRefusal> judge_open(const LocalOpen& local, const ExpectedPeer& expected,
                                      const wire::OpenMessage& theirs) {
  if (auto fault = judge_version(theirs)) return fault;
  if (auto fault = judge_as(local, expected, theirs)) return fault;
  if (auto fault = judge_hold_time(theirs)) return fault;
  if (auto fault = judge_identifier(local, theirs)) return fault;
  if (auto fault = judge_role(local, theirs)) return fault;
  return judge_families(local, theirs);
}

std::optional<wire::Notification> refuse_open(const LocalOpen& local, const ExpectedPeer& expected,
                                              const wire::OpenMessage& theirs) {
  auto fault = judge_open(local, expected, theirs);
  if (!fault) return std::nullopt;
  return std::move(fault->notification);
}

Negotiated negotiate(const LocalOpen& local, const wire::OpenMessage& theirs) {
  const wire::Capabilities& offer = theirs.capabilities;
  Negotiated result;
  result.peer_asn = theirs.asn();
  result.peer_identifier = theirs.identifier;
  result.hold_time_seconds = std::min(local.hold_time_seconds, theirs.hold_time_seconds);
  if (result.hold_time_seconds != 0)
    result.keepalive_seconds =
        static_cast<std::uint16_t>(std::max(result.hold_time_seconds / 3, 1));

  result.families = local.families & families_of(offer);
  result.four_octet_as = local.four_octet_as && offer.four_octet_as.has_value();
  result.route_refresh_receive = local.route_refresh;
  result.route_refresh_send = offer.route_refresh;
  // RFC 7313 marks the answer to a ROUTE-REFRESH, so it requires route refresh.
  result.enhanced_route_refresh = local.route_refresh && offer.route_refresh &&
                                  local.enhanced_route_refresh && offer.enhanced_route_refresh;
  result.extended_message_receive = local.extended_message;
  result.extended_message_send = local.extended_message && offer.extended_message;

  for (const Family family : kFamilies) {
    if (!result.families.contains(family)) continue;
    const wire::AddPathMode ours = local.add_path[index(family)];
    const wire::AddPathMode peers = add_path_mode(offer, family);
    if (wire::can_receive(ours) && wire::can_send(peers)) result.add_path_receive.insert(family);
    if (wire::can_send(ours) && wire::can_receive(peers)) result.add_path_send.insert(family);
    if (!row(family).extended_next_hop || !local.extended_next_hop.contains(family)) continue;
    result.extended_next_hop_receive.insert(family);
    if (offers_extended_next_hop(offer, family)) result.extended_next_hop_send.insert(family);
  }

  if (!is_ibgp(local, theirs)) result.peer_role = offer.role;
  result.peer_graceful_restart = offer.graceful_restart;
  // RFC 9494: the long-lived capability without plain graceful restart is ignored.
  if (offer.graceful_restart)
    result.peer_long_lived_graceful_restart = offer.long_lived_graceful_restart;
  result.peer_fqdn = offer.fqdn;
  return result;
}

bool ours_survives_collision(std::uint32_t our_identifier, Asn our_asn,
                             std::uint32_t their_identifier, Asn their_asn) {
  return std::pair(our_identifier, our_asn) > std::pair(their_identifier, their_asn);
}

}  // namespace tern::fsm
