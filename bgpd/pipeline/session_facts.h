// The facts of an established session that the pipelines use: identities, kinds, what was
// negotiated. Constant for the life of the session; settings that a reload may change are in
// ImportRules and ExportRules.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bgpd/wire/update.h"
#include "rib/types/peer.h"

namespace tern::pipeline {

// How UPDATEs to a neighbor are encoded. Clients with equal formats share a SharedEncoding.
struct MessageFormat {
  FamilySet add_path_send;
  bool four_octet_as = true;
  std::size_t max_message = 4096;
  [[nodiscard]] wire::Encoding encoding(Family family) const {
    return {four_octet_as, add_path_send.contains(family), max_message};
  }
  friend bool operator==(const MessageFormat&, const MessageFormat&) = default;
};

// The facts of a session that decide, beside its ExportRules, which routes the daemon advertises
// and in which octets. Neighbors with equal facts and rules share an ExportGroup.
struct ExportFacts : MessageFormat {
  PeerKind kind = PeerKind::Ebgp;
  Asn local_asn = 0;
  std::uint32_t cluster_id = 0;  // ours, RFC 4456
  std::optional<Role> role;      // ours towards the peer, RFC 9234
  // Of the direction to the neighbor; wire::UpdateContext has the other direction.
  FamilySet extended_next_hop;
  friend bool operator==(const ExportFacts&, const ExportFacts&) = default;
};

// Our addresses on the session, for next hops of our own.
struct OwnAddresses {
  IpAddress local_address;  // of the session's socket
  // Our address of the other family, for next_hop_self in that family; unspecified when we have
  // none.
  IpAddress local_address_v4;
  IpAddress local_address_v6;
  std::optional<IpAddress> local_link_local;  // beside a global IPv6 next hop on a shared link
  // The subnet that we and the peer share; none for a multihop peer.
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
