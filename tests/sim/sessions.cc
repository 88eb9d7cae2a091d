#include "tests/sim/sessions.h"

#include "bgpd/session/negotiated_facts.h"
#include "tests/model/sessions.h"
#include "tests/unit/pipeline/exchange_lan.h"

namespace tern::sim {
namespace {

using namespace std::chrono_literals;

fsm::FsmConfig timers(bool passive, std::uint64_t seed) {
  fsm::FsmConfig config;
  config.passive = passive;
  config.local.hold_time_seconds = kHoldTime;
  for (const Family family : kFamilies) config.local.families.insert(family);
  config.connect_retry = 20s;
  config.open_hold = 40s;
  config.idle_hold = 2s;
  config.idle_hold_max = 16s;
  config.send_hold = 120s;
  config.jitter_seed = seed;
  return config;
}

}  // namespace

fsm::FsmConfig router_config(const model::Client& client, bool passive, std::uint64_t seed) {
  fsm::FsmConfig config = timers(passive, seed);
  config.local.asn = pipeline::kOurAsn;
  config.local.identifier = pipeline::kOurIdentifier;
  const auto receive = client.add_path_receive ? 1U : 0U;
  const auto send = client.add_path_send > 0 ? 2U : 0U;
  config.local.add_path[index(Family::Ipv4Unicast)] =
      static_cast<wire::AddPathMode>(receive | send);
  config.expected.asns = {client.asn};
  return config;
}

fsm::FsmConfig member_config(const model::Client& client, bool passive, std::uint64_t seed) {
  fsm::FsmConfig config = timers(passive, seed);
  config.local.asn = client.asn;
  config.local.identifier = client.router_id;
  config.local.families = model::families_of(client);
  config.local.four_octet_as = client.four_octet_as;
  config.local.extended_message = client.extended_messages;
  const auto receive = client.add_path_send > 0 ? 1U : 0U;
  const auto send = client.add_path_receive ? 2U : 0U;
  config.local.add_path[index(Family::Ipv4Unicast)] =
      static_cast<wire::AddPathMode>(receive | send);
  config.expected.asns = {pipeline::kOurAsn};
  return config;
}

pipeline::SessionFacts facts_of(const model::Client& client, const fsm::Negotiated& negotiated) {
  pipeline::SessionFacts facts = model::facts_of(client);
  session::set_negotiated(facts, negotiated);
  return facts;
}

}  // namespace tern::sim
