#include "tests/model/sessions.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include "policy/prefix_rtts.h"
#include "rib/types/hash.h"
#include "tests/unit/pipeline/exchange_lan.h"

namespace tern::model {
namespace {

using namespace pipeline;  // the exchange LAN
using Then = policy::TermSource::Then;

// ---- Policies

policy::TermSource reject_set(PrefixBits set) {
  policy::TermSource term;
  for (std::size_t i = 0; i < prefixes().size(); ++i) {
    if ((set >> i & 1U) == 0) continue;
    const Prefix& prefix = prefixes()[i];
    term.match.prefixes.push_back({prefix, prefix.length(), prefix.length()});
  }
  if ((set & kMiddleBit) != 0) {
    term.match.prefixes.push_back({Prefix::v4(0, 0), kMiddleFrom, kMiddleTo});
  }
  // Adds a prefix that the model does not have, because an empty list would be no condition.
  term.match.prefixes.push_back({Prefix::v4(0x09090909U, 32), 32, 32});
  term.then = Then::Reject;
  return term;
}

policy::TermSource reject_origins(policy::OriginState state) {
  policy::TermSource term;
  term.match.rpki = {state};
  term.then = Then::Reject;
  return term;
}

policy::Chain make_import_policy(int number, PrefixBits set) {
  if (number == 0) return chain({accept()});
  if (number == 3) return chain({reject_origins(policy::OriginState::Invalid), accept()});
  if (number == 2) return chain({reject_set(set), accept()});
  policy::TermSource prefer = on_tag(200, Then::Accept);
  prefer.actions.local_pref = {policy::SetNumber::Op::Set, 200};
  return chain({on_tag(666, Then::Reject), prefer, accept()});
}

policy::Chain make_export_policy(int number, PrefixBits set, PeerSlot slot) {
  if (number == 0) return chain({accept()});
  if (number == 1) return chain({on_tag(slot, Then::Reject), accept()});
  if (number == 3) return chain({reject_origins(policy::OriginState::NotFound), accept()});
  policy::TermSource change = accept();
  change.actions.med = {policy::SetNumber::Op::Set, 50};
  change.actions.prepend = policy::ActionSource::Prepend{};
  return chain({on_tag(slot, Then::Reject), reject_set(set), change});
}

// Compiled once: the histories are many and short.
const policy::Chain& import_policy(const Policies& by) {
  static std::map<std::pair<int, PrefixBits>, policy::Chain> all;
  const std::pair key{by.import, by.import == 2 ? by.import_set : 0};
  const auto found = all.find(key);
  if (found != all.end()) return found->second;
  return all.emplace(key, make_import_policy(key.first, key.second)).first->second;
}
const policy::Chain& export_policy(const Policies& by, PeerSlot slot) {
  static std::map<std::tuple<int, PrefixBits, PeerSlot>, policy::Chain> all;
  const PrefixBits set = by.export_ == 2 ? by.export_set : 0;
  const std::tuple key{by.export_, set, slot};
  const auto found = all.find(key);
  if (found != all.end()) return found->second;
  return all.emplace(key, make_export_policy(by.export_, set, slot)).first->second;
}

std::shared_ptr<const policy::Chain> default_route(int number) {
  static const auto kPlain = std::make_shared<const policy::Chain>();
  static const auto kWithMed = [] {
    policy::ActionSource med;
    med.med = {policy::SetNumber::Op::Set, 70};
    return std::make_shared<const policy::Chain>(accept_with(med));
  }();
  static const auto kRejected =
      std::make_shared<const policy::Chain>(chain({on_tag(1, Then::Accept)}));
  return number == 0 ? nullptr : number == 1 ? kPlain : number == 2 ? kWithMed : kRejected;
}

// ---- Places

std::shared_ptr<const policy::Egress> make_egress(const Network& measured) {
  const policy::GeoPoint somewhere{1, 1};
  policy::EgressSource source;
  source.mode = measured.total ? policy::CostMode::Total : policy::CostMode::LastMile;
  const auto pop = [](int number) { return "pop" + std::to_string(number); };
  const auto metro = [](int number) { return "metro" + std::to_string(number); };
  const auto code = [](std::uint32_t first, int number) {
    return first + static_cast<std::uint32_t>(number);
  };
  source.pop = pop(0);
  for (int m = 0; m < kMetros; ++m) {
    source.metros.push_back({metro(m), "", code(kFirstMetroCode, m), somewhere, "land"});
  }
  source.countries = {{"land", "", kLandCode}};
  for (int from = 0; from < kPops; ++from) {
    source.pops.push_back({pop(from), "", code(kFirstPopCode, from), somewhere});
    for (int m = 0; m < kMetros; ++m) {
      source.rtts.push_back({pop(from), metro(m), measured.last_mile[from][m]});
    }
    for (int to = 0; to < kPops; ++to) {
      if (to != from) source.rtts.push_back({pop(from), pop(to), measured.backbone[from][to]});
    }
  }
  const auto tag = [](const char* text) { return *policy::parse_community_pattern(text); };
  source.dictionaries = {{"partner",
                          {{tag("65000:200"), "land", policy::PlaceKind::Country},
                           {tag("65000:1"), metro(0)},
                           {tag("65000:7"), metro(1)}}}};
  source.community_asn = kOurAsn;
  source.location_function = kMetroFunction;
  source.egress_function = kPopFunction;
  source.country_function = kLandFunction;
  return std::make_shared<const policy::Egress>(policy::Egress::build(source).value());
}

std::shared_ptr<const policy::EgressCosts> make_costs(const Network& measured) {
  std::vector<policy::PrefixRtts::Measured> to_prefixes;
  for (const auto& [prefix, pop, microseconds] : measured.to_prefixes) {
    to_prefixes.push_back({prefix, static_cast<PopId>(pop), microseconds});
  }
  return make_egress(measured)->costs()->with_prefixes(
      std::make_shared<const policy::PrefixRtts>(std::move(to_prefixes)));
}

// The places, which all networks have.
const std::shared_ptr<const policy::Egress>& egress() {
  static const std::shared_ptr<const policy::Egress> kPlaces = make_egress(network(0));
  return kPlaces;
}

// ---- Routes that neighbors send

// A sequence of small numbers from one large number.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint32_t operator()(std::uint32_t bound) {
    state_ += 0x9E3779B97F4A7C15U;
    return static_cast<std::uint32_t>(mix_bits(state_) >> 33U) % bound;
  }

 private:
  std::uint64_t state_;
};

void add_control(Dice& take, PathAttributes& out) {
  constexpr std::array<Asn, 8> kWhom{0, 65003, 65004, 65009, 65010, 65012, 65002, 0};
  constexpr std::array<std::uint32_t, 6> kWhat{0, 0, 1, 101, 102, 103};
  for (std::uint32_t count = 1 + take(3); count > 0; --count) {
    const std::uint32_t what = kWhat[take(6)];
    const Asn whom = kWhom[take(8)];
    if (take(2) == 0) {
      out.large_communities.push_back({kOurAsn, what, whom});
      continue;
    }
    const std::uint32_t high = what == 0 ? 0 : what == 1 ? kOurAsn : 65400 + what;
    const Asn low = whom == 0 ? kOurAsn : whom;
    out.communities.push_back(
        Community::of(static_cast<std::uint16_t>(high), static_cast<std::uint16_t>(low)));
  }
}

// Mostly the first one.
IpAddress far(Dice& take, IpVersion version) {
  const std::vector<IpAddress>& all = far_next_hops(version);
  return all[take(2) == 0 ? 0 : take(static_cast<std::uint32_t>(all.size()))];
}

}  // namespace

std::shared_ptr<const policy::EgressCosts> costs_of(int network) {
  static const std::array<std::shared_ptr<const policy::EgressCosts>, kNetworks> kAll{
      make_costs(model::network(0)), make_costs(model::network(1)), make_costs(model::network(2))};
  return kAll[static_cast<std::size_t>(network)];
}

policy::CostChange every_pair() {
  policy::CostChange change;
  for (PopId pop = 0; pop < kPops; ++pop) change.add({0, pop, true});
  return change;
}

pipeline::SessionFacts facts_of(const Client& client) {
  pipeline::SessionFacts facts;
  facts.slot = client.slot;
  facts.kind = client.kind;
  facts.local_asn = kOurAsn;
  facts.peer_asn = client.asn;
  facts.local_identifier = facts.cluster_id = kOurIdentifier;
  facts.peer_identifier = client.router_id;
  facts.peer_address = v4_of(client.slot);
  facts.local_address = facts.local_address_v4 = v4_of(254);
  facts.local_address_v6 = v6_of(254);
  facts.local_link_local = IpAddress::parse("fe80::fe");
  if (!is_ibgp(client.kind)) facts.link = Prefix::parse("192.0.2.0/24");
  facts.families = families_of(client);
  facts.receive.families = facts.families;
  facts.receive.ibgp = is_ibgp(client.kind);
  facts.four_octet_as = facts.receive.four_octet_as = client.four_octet_as;
  if (client.add_path_receive) facts.receive.add_path = {Family::Ipv4Unicast};
  if (client.add_path_send > 0) facts.add_path_send = {Family::Ipv4Unicast};
  if (client.extended_messages) facts.max_message = 65535;
  return facts;
}

pipeline::ImportRules import_rules(const Client& client, const Policies& policies, int network,
                                   const std::shared_ptr<pipeline::NextHopFinder>& next_hops) {
  pipeline::ImportRules rules;
  rules.resolve_next_hop = resolves(client);
  if (rules.resolve_next_hop) rules.next_hops = next_hops;
  // Every third neighbor rejects without a policy.
  rules.reject_rpki_invalid = policies.import == 3 && client.slot % 3 == 0;
  rules.policies = import_policy(rules.reject_rpki_invalid ? Policies{} : policies);
  rules.receive_rpki_community = is_believed(client);
  rules.drained = policies.drained;
  rules.added_cost = policies.added;
  rules.peer = pipeline::peer_of(facts_of(client));
  rules.egress = egress();
  rules.costs = costs_of(network);
  rules.between_pops = client.between_pops;
  rules.dictionary = rules.egress->dictionary("partner");
  if (client.limited || client.blocked) {
    rules.limit_action =
        client.blocked ? pipeline::LimitAction::Block : pipeline::LimitAction::Warning;
    rules.prefix_limit = kPrefixLimit;
    if (policies.import == 2) rules.prefix_limit[0] -= 2;  // of IPv4: a reload changes limits, too
  }
  return rules;
}

pipeline::ExportRules export_rules(const Client& client, const Policies& policies, int network) {
  static const auto kControl =
      std::make_shared<const policy::ControlCommunities>(policy::ControlSource{kOurAsn});
  pipeline::ExportRules rules;
  rules.send_rpki_community = policies.export_ == 3 && is_ibgp(client.kind);
  rules.drained = policies.drained;
  rules.policies = export_policy(rules.send_rpki_community ? Policies{} : policies, client.slot);
  rules.peer = pipeline::peer_of(facts_of(client));
  rules.egress = egress();
  rules.costs = costs_of(network);
  rules.send_location = rules.between_pops = client.between_pops;
  if (client.vantage != kNowhere) rules.vantage = static_cast<PopId>(client.vantage);
  rules.add_path_send = client.add_path_send;
  rules.path_hiding_mitigation = client.path_hiding_mitigation;
  if (client.control) rules.control = kControl;
  rules.default_route = default_route(policies.default_route);
  return rules;
}

PathAttributes attributes_of(const Client& from, Family family, std::uint32_t bits) {
  Dice take(bits);
  PathAttributes attributes;
  std::vector<Asn> path;
  if (!is_ibgp(from.kind)) path.push_back(from.asn);
  const std::uint32_t shape = take(8);
  if (shape != 0) path.push_back(shape < 5 ? 65101 : 4200000001U);
  if (shape == 6) path.push_back(65102);
  if (shape == 7) path.push_back(65000 + take(2));  // sometimes our own: a loop
  attributes.as_path = AsPath::sequence(path);
  attributes.origin = take(3) == 0 ? Origin::Incomplete : Origin::Igp;
  if (const std::uint32_t med = take(4); med != 0) attributes.med = med;
  if (is_ibgp(from.kind)) {
    attributes.local_pref = take(3) == 0 ? 150 : 100;
    if (take(8) == 0) attributes.local_pref = 0;  // leaves another router of ours
    if (take(4) == 0) {
      attributes.originator_id = IpAddress::v4(0x0A000001U + take(3));
      attributes.cluster_list = {take(8) == 0 ? kOurIdentifier : 77U};
    }
  }
  constexpr std::array<std::uint16_t, 5> kTags{1, 3, 7, 200, 666};
  if (take(2) == 0) attributes.communities.push_back(Community::of(65000, kTags[take(5)]));
  if (take(10) == 0) attributes.communities.push_back(take(2) == 0 ? kNoExport : kNoAdvertise);
  if (take(10) == 0) attributes.communities.push_back(kGracefulShutdown);
  if (take(3) == 0) add_control(take, attributes);
  // Partners set places, too, some of them unknown ones.
  if (from.between_pops ? take(4) != 0 : take(8) == 0) {
    if (take(4) != 0) {
      attributes.large_communities.push_back({kOurAsn, kMetroFunction, kFirstMetroCode + take(3)});
    }
    if (take(2) == 0) {
      attributes.large_communities.push_back({kOurAsn, kLandFunction, kLandCode + take(2)});
    }
    attributes.large_communities.push_back({kOurAsn, kPopFunction, kFirstPopCode + take(4)});
  }
  if (from.extended_messages && take(12) == 0) {
    for (std::uint16_t i = 0; i < 1100; ++i) {
      attributes.communities.push_back(Community::of(64000, i));
    }
  }
  if (take(6) == 0) {
    const auto state = static_cast<policy::OriginState>(take(3));
    attributes.extended_communities.push_back(community_of(state));
  }
  attributes.normalise();
  if (row(family).version == IpVersion::V4) {
    const std::uint32_t third_party = take(3);
    attributes.next_hop.global = v4_of(third_party == 0 ? 1 + take(12) : from.slot);
    if (third_party == 1) attributes.next_hop.global = far(take, IpVersion::V4);
  } else {
    attributes.next_hop.global = v6_of(from.slot);
    if (take(2) == 0) attributes.next_hop.link_local = IpAddress::parse("fe80::1");
    if (take(4) == 0) attributes.next_hop.global = far(take, IpVersion::V6);
  }
  return attributes;
}

std::vector<Nlri> nlri_of(const Client& from, std::uint32_t which, std::uint32_t path_id) {
  const std::size_t first = which % destinations().size();
  const std::size_t count = which / 16 % 4 == 0 ? 1 + which / 64 % 8 : 1;
  const Family family = destinations()[first].family;
  const bool ids = from.add_path_receive && family == Family::Ipv4Unicast;
  std::vector<Nlri> all;
  for (std::size_t i = first; i < std::min(destinations().size(), first + count); ++i) {
    const Nlri& nlri = destinations()[i];
    if (nlri.family == family) all.push_back({nlri.prefix, family, ids ? path_id % 3 : 0});
  }
  return all;
}

}  // namespace tern::model
