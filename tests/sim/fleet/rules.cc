#include "tests/sim/fleet/rules.h"

#include <algorithm>
#include <string>
#include <utility>

#include "tests/unit/pipeline/exchange_lan.h"

namespace tern::sim::fleet {
namespace {

using namespace std::chrono_literals;

static_assert(kOurAsn == pipeline::kOurAsn);

constexpr std::uint32_t kMetroFunction = 1, kPopFunction = 2, kAddedFunction = 3;
constexpr std::uint32_t kFirstMetroCode = 100, kFirstPopCode = 200;
constexpr std::uint16_t kTagAsn = 64900;

std::string pop_name(Pop pop) { return "pop" + std::to_string(pop); }
std::string metro_name(Metro metro) { return "metro" + std::to_string(metro); }

// Partners number the metros in two ways.
const char* dictionary_of(Partner partner) { return partner % 2 == 0 ? "upwards" : "downwards"; }
Community tag_of(const Plan& plan, Partner partner, Metro metro) {
  const Metro number = partner % 2 == 0 ? metro : plan.size.metros - 1 - metro;
  return Community::of(kTagAsn, static_cast<std::uint16_t>(1 + number));
}
policy::DictionarySource dictionary(const Plan& plan, Partner example) {
  policy::DictionarySource source;
  source.name = dictionary_of(example);
  for (Metro metro = 0; metro < plan.size.metros; ++metro) {
    const Community tag = tag_of(plan, example, metro);
    source.tags.push_back({*policy::parse_community_pattern(to_string(tag)), metro_name(metro)});
  }
  return source;
}

policy::CostMode mode_of(Mode mode) {
  switch (mode) {
    case Mode::ColdPotato:
      return policy::CostMode::LastMile;
    case Mode::Total:
      return policy::CostMode::Total;
    case Mode::Weighted:
      return policy::CostMode::Weighted;
    case Mode::HotPotato:
      break;
  }
  return policy::CostMode::HotPotato;
}

policy::Fallback fallback_of(Emergency emergency) {
  switch (emergency) {
    case Emergency::Nothing:
      return policy::Fallback::None;
    case Emergency::OtherPartners:
      return policy::Fallback::AnyValid;
    case Emergency::Anything:
      break;
  }
  return policy::Fallback::Any;
}

const policy::Chain& import_policy(std::uint32_t local_pref) {
  static const policy::Chain kPlain = pipeline::accept_all();
  static const policy::Chain kPreferred = [] {
    policy::ActionSource actions;
    actions.local_pref = {policy::SetNumber::Op::Set, 200};
    return pipeline::accept_with(actions);
  }();
  return local_pref == 200 ? kPreferred : kPlain;
}

}  // namespace

IpAddress address_of(Host host) {
  return IpAddress::v4(0x0A000001U + static_cast<std::uint32_t>(host));
}

fsm::FsmConfig fsm_of(const Plan& plan, Host self, Host other, bool passive, std::uint64_t seed) {
  const auto asn_of = [&](Host host) {
    return host < plan.routers() ? kOurAsn : plan.partners[host - plan.routers()].asn;
  };
  fsm::FsmConfig config;
  config.passive = passive;
  config.local.asn = asn_of(self);
  config.local.identifier = address_of(self).v4_value();
  config.local.hold_time_seconds = kHoldTime;
  config.local.families.insert(Family::Ipv4Unicast);
  config.expected.asns = {asn_of(other)};
  config.connect_retry = 20s;
  config.open_hold = 40s;
  config.idle_hold = 2s;
  config.idle_hold_max = 16s;
  config.send_hold = 120s;
  config.jitter_seed = seed;
  return config;
}

// ---- Of one of our routers

std::shared_ptr<const policy::Egress> make_egress(const Plan& plan, const Costs& costs,
                                                  Host router) {
  const policy::GeoPoint somewhere{1, 1};
  policy::EgressSource source;
  source.pop = pop_name(plan.is_reflector(router) ? router - plan.size.pops : router);
  source.mode = mode_of(plan.mode);
  source.backbone_percent = plan.backbone_percent;
  for (Metro metro = 0; metro < plan.size.metros; ++metro) {
    const std::uint32_t code = kFirstMetroCode + static_cast<std::uint32_t>(metro);
    source.metros.push_back({metro_name(metro), "", code, somewhere});
  }
  for (Pop from = 0; from < plan.size.pops; ++from) {
    const std::uint32_t code = kFirstPopCode + static_cast<std::uint32_t>(from);
    source.pops.push_back({pop_name(from), "", code, somewhere});
    for (Metro to = 0; to < plan.size.metros; ++to) {
      source.rtts.push_back({pop_name(from), metro_name(to), costs.last_mile[from][to]});
    }
    for (Pop to = 0; to < plan.size.pops; ++to) {
      if (to == from) continue;
      source.rtts.push_back({pop_name(from), pop_name(to), costs.backbone[from][to]});
    }
  }
  source.dictionaries = {dictionary(plan, 0), dictionary(plan, 1)};
  source.community_asn = kOurAsn;
  source.location_function = kMetroFunction;
  source.egress_function = kPopFunction;
  source.added_cost_function = kAddedFunction;
  return std::make_shared<const policy::Egress>(policy::Egress::build(source).value());
}

std::shared_ptr<const policy::RegistrationTable> make_registrations(const Plan& plan,
                                                                    const Orders& orders) {
  policy::Registrations all;
  const auto file = std::make_shared<const std::string>("fleet.csv");
  for (std::size_t i = 0; i < plan.registered.size(); ++i) {
    const Registered& of = plan.registered[i];
    const Order& order = orders.registered[i];
    policy::Registration one;
    one.prefix = of.prefix;
    one.max_length = of.max_length;
    one.fallback = fallback_of(of.emergency);
    one.customer = of.origin;
    one.origins = {of.origin};
    for (const Partner partner : order.partners) {
      one.partners.push_back(plan.partners[partner].asn);
    }
    for (const Pop pop : order.pops) {
      if (one.primary_pop.empty()) {
        one.primary_pop = pop_name(pop);
      } else {
        one.backup_pops.push_back(pop_name(pop));
      }
    }
    one.file = file;
    one.line = static_cast<std::uint32_t>(i + 1);
    all.push_back(std::move(one));
  }
  return std::make_shared<const policy::RegistrationTable>(
      std::vector{std::make_shared<const policy::Registrations>(std::move(all))},
      policy::kQuarantineAll);
}

session::PeerSettings settings_of(const Plan& plan,
                                  const std::shared_ptr<const policy::Egress>& egress, Host router,
                                  Host neighbor) {
  session::PeerSettings settings;
  const bool between_pops = neighbor < plan.routers();
  settings.kind = !between_pops               ? PeerKind::Ebgp
                  : plan.is_reflector(router) ? PeerKind::RouteReflectorClient
                                              : PeerKind::Ibgp;
  settings.name = plan.name_of(neighbor);
  settings.address = address_of(neighbor);
  pipeline::ImportRules& import = settings.import;
  pipeline::ExportRules& exported = settings.exported;
  import.egress = exported.egress = egress;
  import.peer.name = exported.peer.name = settings.name;
  import.peer.address = exported.peer.address = settings.address;
  import.peer.local_asn = exported.peer.local_asn = kOurAsn;
  import.between_pops = exported.between_pops = exported.send_location = between_pops;
  exported.policies = import_policy(100);
  if (between_pops) {
    import.policies = import_policy(100);
    exported.next_hop_self = !plan.is_reflector(router);
    // A reflector chooses for each PoP where the way through the network counts.
    if (plan.is_reflector(router) && plan.mode != Mode::ColdPotato) {
      exported.vantage = *egress->find_pop(pop_name(neighbor));
    }
    return settings;
  }
  const Partner partner = neighbor - plan.routers();
  import.policies = import_policy(plan.partners[partner].local_pref);
  import.dictionary = egress->dictionary(dictionary_of(partner));
  if (const auto& place = plan.partners[partner].place) {
    import.location_default = *egress->find_metro(metro_name(*place));
  }
  return settings;
}

pipeline::SessionFacts facts_of(const Plan& plan, Host router, Host neighbor) {
  const bool between_pops = neighbor < plan.routers();
  pipeline::SessionFacts facts;
  facts.slot = slot_of(neighbor);
  facts.kind = !between_pops               ? PeerKind::Ebgp
               : plan.is_reflector(router) ? PeerKind::RouteReflectorClient
                                           : PeerKind::Ibgp;
  facts.local_asn = kOurAsn;
  facts.local_identifier = facts.cluster_id = address_of(router).v4_value();
  facts.peer_address = address_of(neighbor);
  facts.local_address = facts.local_address_v4 = address_of(router);
  facts.receive.ibgp = between_pops;
  return facts;
}

CostShift shift_to(const Costs& costs, const policy::EgressCosts& in_force) {
  CostShift shift;
  const auto look_at = [&](std::size_t from, std::size_t to, bool backbone, std::uint32_t cost) {
    const policy::CostPair pair{static_cast<PopId>(from), static_cast<std::uint16_t>(to), backbone};
    if (in_force.cell(pair).cost == cost) return;
    shift.changes.push_back({pair, {cost, policy::CostSource::Operator}});
    shift.pairs.add(pair);
  };
  for (Pop from = 0; from < costs.last_mile.size(); ++from) {
    for (Metro to = 0; to < costs.last_mile[from].size(); ++to) {
      look_at(from, to, false, costs.last_mile[from][to]);
    }
    for (Pop to = 0; to < costs.backbone[from].size(); ++to) {
      if (to != from) look_at(from, to, true, costs.backbone[from][to]);
    }
  }
  return shift;
}

// ---- Of a partner

PathAttributes attributes_of(const Plan& plan, Partner partner, const Announced& route) {
  PathAttributes attributes;
  attributes.origin = Origin::Igp;
  attributes.as_path = AsPath::sequence(route.path);
  attributes.next_hop.global = address_of(plan.host_of(partner));
  if (route.metro) attributes.communities.push_back(tag_of(plan, partner, *route.metro));
  return attributes;
}

}  // namespace tern::sim::fleet
