#include "bgpd/session/peer_rules.h"

namespace tern::session {
namespace {

// The part that rules of both directions have.
template <typename Rules>
Rules complete(Rules rules, const pipeline::SessionFacts& facts, const RuleInputs& inputs) {
  rules.peer.asn = facts.peer_asn;
  rules.peer.local_address = facts.local_address;
  rules.peer.local_address_v6 = facts.local_address_v6;
  if (rules.reads_rpki()) rules.vrps = inputs.vrps;
  rules.drained = inputs.drained;
  return rules;
}

}  // namespace

pipeline::ImportRules import_rules(const PeerSettings& settings,
                                   const pipeline::SessionFacts& facts, const RuleInputs& inputs) {
  pipeline::ImportRules rules = complete(settings.import, facts, inputs);
  rules.host_addresses = inputs.host_addresses;
  return rules;
}

pipeline::ExportRules export_rules(const PeerSettings& settings,
                                   const pipeline::SessionFacts& facts, const RuleInputs& inputs) {
  pipeline::ExportRules rules = complete(settings.exported, facts, inputs);
  if (!inputs.default_route) rules.default_route = nullptr;
  return rules;
}

}  // namespace tern::session
