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

// What decides, beside its rules, what a neighbor is told and in which octets: neighbors that agree
// in it can share what they are told (pipeline/export_class.h).
struct ExportFacts {
  PeerKind kind = PeerKind::Ebgp;
  Asn local_asn = 0;
  std::uint32_t cluster_id = 0;  // ours, RFC 4456
  std::optional<Role> role;      // ours towards the peer, RFC 9234
  // What wire::UpdateContext says of the other direction can differ.
  FamilySet add_path_send;
  FamilySet extended_next_hop;
  bool four_octet_as = true;
  std::size_t max_message = 4096;
  friend bool operator==(const ExportFacts&, const ExportFacts&) = default;
};

// Where the session is, for next hops of our own.
struct OwnAddresses {
  IpAddress local_address;  // of the session's socket
  // Our address of the other family, for next_hop_self there; unspecified where there is none.
  IpAddress local_address_v4;
  IpAddress local_address_v6;
  std::optional<IpAddress> local_link_local;  // beside a global IPv6 next hop on a shared link
  // The subnet that we and the peer share; nothing for a peer that is hops away.
  std::optional<Prefix> link;
  friend bool operator==(const OwnAddresses&, const OwnAddresses&) = default;
};

struct SessionFacts : ExportFacts, OwnAddresses {
  PeerSlot slot = kNoPeerSlot;
  Asn peer_asn = 0;
  std::uint32_t local_identifier = 0;
  std::uint32_t peer_identifier = 0;
  IpAddress peer_address;
  wire::UpdateContext receive;  // how the peer's UPDATEs are to be read
  FamilySet families;           // negotiated
};

}  // namespace tern::pipeline
