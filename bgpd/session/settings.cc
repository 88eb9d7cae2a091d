#include "bgpd/session/settings.h"

#include <algorithm>
#include <tuple>

namespace tern::session {
namespace {

bool same(const policy::PeerFacts& a, const policy::PeerFacts& b) {
  return a.name == b.name && a.group == b.group && a.address == b.address &&
         a.zoned_address == b.zoned_address &&
         a.local_asn == b.local_asn;
}

// What the machine needs a new session for; retry and idle hold times it does not, and a new name
// in the FQDN capability can wait for the next OPEN.
auto session_parts(const fsm::FsmConfig& config) {
  fsm::LocalOpen local = config.local;
  local.fqdn.reset();
  return std::tuple(std::move(local), config.expected, config.passive, config.keepalive_seconds);
}

}  // namespace

bool same(const pipeline::ImportRules& a, const pipeline::ImportRules& b) {
  return policy::Chain::same(a.policies, b.policies) && same(a.peer, b.peer) &&
         policy::Egress::same(*a.egress, *b.egress) && a.dictionary == b.dictionary &&
         a.between_pops == b.between_pops && a.enforce_first_as == b.enforce_first_as &&
         a.enforce_next_hop == b.enforce_next_hop && a.allow_own_as == b.allow_own_as &&
         a.prefix_limit == b.prefix_limit && a.limit_action == b.limit_action;
}

bool same(const pipeline::ExportRules& a, const pipeline::ExportRules& b) {
  return same(a.peer, b.peer) && pipeline::same_but_peer(a, b);
}

PeerSettings DynamicRange::settings_of(const PeerAddress& address) const {
  PeerSettings made = settings;
  made.address = address.address;
  made.transport.interface = address.zone;
  made.fsm.open_hold = std::min<fsm::Milliseconds>(made.fsm.open_hold, kDynamicOpenTime);
  made.name = to_string(address);
  made.import.peer.address = made.exported.peer.address = made.address;
  made.import.peer.name = made.exported.peer.name = made.name;
  made.import.peer.zoned_address = made.exported.peer.zoned_address =
      address.zone.empty() ? std::string() : made.name;
  return made;
}

bool PeerSettings::needs_reset(const PeerSettings& other) const {
  return kind != other.kind || session_parts(fsm) != session_parts(other.fsm) ||
         transport != other.transport || cluster_id != other.cluster_id ||
         reject_as_sets != other.reject_as_sets || aigp != other.aigp ||
         exported.add_path_send != other.exported.add_path_send;
}

}  // namespace tern::session
