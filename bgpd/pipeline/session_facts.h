// What the pipelines know of an established session: identities, kinds, what was negotiated.
// Constant for the life of the session; what a reload may change stands in ImportRules and
// ExportRules.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bgpd/wire/update.h"
#include "rib/types/peer.h"

namespace tern::pipeline {

struct SessionFacts {
  PeerSlot slot = kNoPeerSlot;
  PeerKind kind = PeerKind::Ebgp;
  Asn local_asn = 0;
  Asn peer_asn = 0;
  std::uint32_t local_identifier = 0;
  std::uint32_t peer_identifier = 0;
  std::uint32_t cluster_id = 0;  // ours, RFC 4456
  IpAddress peer_address;
  IpAddress local_address;  // of the session's socket
  // Our address of the other family, for next_hop_self there; unspecified where there is none.
  IpAddress local_address_v4;
  IpAddress local_address_v6;
  std::optional<IpAddress> local_link_local;  // beside a global IPv6 next hop on a shared link
  // The subnet that we and the peer share; nothing for a peer that is hops away.
  std::optional<Prefix> link;
  std::optional<Role> role;  // ours towards the peer, RFC 9234

  wire::UpdateContext receive;  // how the peer's UPDATEs are to be read
  FamilySet families;           // negotiated
  FamilySet add_path_send;
  FamilySet extended_next_hop;
  bool four_octet_as = true;
  std::size_t max_message = 4096;
};

}  // namespace tern::pipeline
