// Copies the result of the negotiation of a session into the facts for the pipelines. Internal to
// bgpd/session and tests/sim, whose sessions negotiate in the same way. Pure.
#pragma once

#include "bgpd/fsm/negotiation.h"
#include "bgpd/pipeline/session_facts.h"

namespace tern::session {

inline void set_negotiated(pipeline::SessionFacts& facts, const fsm::Negotiated& negotiated) {
  facts.peer_asn = negotiated.peer_asn;
  facts.peer_identifier = negotiated.peer_identifier;
  facts.families = facts.receive.families = negotiated.families;
  facts.four_octet_as = facts.receive.four_octet_as = negotiated.four_octet_as;
  facts.receive.add_path = negotiated.add_path_receive;
  facts.add_path_send = negotiated.add_path_send;
  facts.receive.extended_next_hop = negotiated.extended_next_hop_receive;
  facts.extended_next_hop = negotiated.extended_next_hop_send;
  facts.max_message = negotiated.max_message();
}

}  // namespace tern::session
