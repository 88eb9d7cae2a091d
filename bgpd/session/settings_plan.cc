#include "bgpd/session/settings_plan.h"

#include <utility>

namespace tern::session {
namespace {

std::map<Prefix, std::string> md5_keys(const SpeakerSettings& settings) {
  std::map<Prefix, std::string> keys;
  for (const DynamicRange& range : settings.dynamic_ranges) {
    if (!range.settings.transport.md5_password.empty()) {
      keys[range.prefix] = range.settings.transport.md5_password;
    }
  }
  for (const PeerSettings& peer : settings.peers) {
    if (peer.transport.md5_password.empty()) continue;
    keys[alone(peer.address)] = peer.transport.md5_password;
  }
  return keys;
}

// Rules are ImportRules or ExportRules.
template <typename Rules>
policy::ChainChange compare(const Rules& from, const Rules& to, policy::ChangeFinder* finder) {
  if (from == to) return {};
  if (finder == nullptr) return policy::ChainChange::all();
  Rules other = from;
  other.policies = to.policies;
  return other == to ? finder->between(from.policies, to.policies) : policy::ChainChange::all();
}

policy::ChainChange compare_exports(const pipeline::ExportRules& from,
                                    const pipeline::ExportRules& to, policy::ChangeFinder* finder) {
  if (from.default_route == to.default_route) return compare(from, to, finder);
  pipeline::ExportRules other = from;
  other.default_route = to.default_route;
  return compare(other, to, finder);
}

void compare_peers(SettingsPlan& plan, policy::ChangeFinder* finder) {
  std::map<PeerAddress, const PeerSettings*> before;
  if (plan.from) {
    for (const PeerSettings& peer : plan.from->peers) before.emplace(peer.whole_address(), &peer);
  }
  for (const PeerSettings& peer : plan.to->peers) {
    const auto old = before.find(peer.whole_address());
    SettingsPlan::Listed listed{&peer, old == before.end(), {}};
    if (!listed.is_new) listed.change = change_of(*old->second, peer, finder);
    plan.listed.emplace(peer.whole_address(), listed);
  }
}

void compare_ranges(SettingsPlan& plan, policy::ChangeFinder* finder) {
  if (!plan.from) return;
  std::map<Prefix, const DynamicRange*> before;
  for (const DynamicRange& range : plan.from->dynamic_ranges) before.emplace(range.prefix, &range);
  for (const DynamicRange& range : plan.to->dynamic_ranges) {
    const auto old = before.find(range.prefix);
    if (old == before.end()) continue;
    plan.ranges.emplace(range.prefix, change_of(old->second->settings, range.settings, finder));
  }
}

// Compares the policies of networks. Many networks share one object.
class NetworkPolicies {
 public:
  [[nodiscard]] bool same(const OwnNetwork& a, const OwnNetwork& b) {
    const auto [known, added] = known_.try_emplace({a.policies.get(), b.policies.get()});
    if (added) known->second = *a.policies == *b.policies;
    return known->second;
  }

 private:
  std::map<std::pair<const policy::Chain*, const policy::Chain*>, bool> known_;
};

// Whether the routes of a network have the same place for the policies and for our other PoPs.
bool same_place(const OwnNetwork& from, const OwnNetwork& to, const SettingsPlan& plan) {
  if (from.place != to.place) return false;
  if (from.place == EgressInfo{} || plan.from->egress == plan.to->egress) return true;
  const policy::Egress& before = *plan.from->egress;
  const policy::Egress& now = *plan.to->egress;
  return before.metro(from.place.metro) == now.metro(to.place.metro) &&
         before.pop(from.place.pop) == now.pop(to.place.pop);
}

void compare_networks(SettingsPlan& plan) {
  static const std::vector<OwnNetwork> kNone;
  // Policies prepend our own AS number; AGGREGATOR has it and the identifier.
  const bool same_asn =
      plan.from && plan.from->asn == plan.to->asn && plan.from->identifier == plan.to->identifier;
  const std::vector<OwnNetwork>& before = plan.from ? plan.from->networks : kNone;
  NetworkPolicies policies;
  auto old = before.begin();
  for (const OwnNetwork& network : plan.to->networks) {
    plan.networks_read_rpki = plan.networks_read_rpki || network.policies->reads_rpki();
    for (; old != before.end() && old->prefix < network.prefix; ++old) {
      plan.networks.push_back(old->prefix);
    }
    const bool known = old != before.end() && old->prefix == network.prefix;
    if (!known || !same_asn || old->when != network.when || old->aggregate != network.aggregate ||
        !same_place(*old, network, plan) || !policies.same(*old, network)) {
      plan.networks.push_back(network.prefix);
    }
    if (known) ++old;
  }
  for (; old != before.end(); ++old) plan.networks.push_back(old->prefix);
}

std::shared_ptr<const NetworkIndex> network_index(const SpeakerSettings& settings) {
  auto index = std::make_shared<NetworkIndex>();
  for (std::uint32_t i = 0; i < settings.networks.size(); ++i) {
    const OwnNetwork& network = settings.networks[i];
    if (!network.when.empty()) index->by_condition[network.when].push_back(i);
    if (network.aggregate != nullptr) index->aggregates.push_back(i);
  }
  return index;
}

// Null where the places have the numbers that they had.
std::shared_ptr<const std::vector<PopId>> new_pops(const policy::Egress& from,
                                                   const policy::Egress& to) {
  if (from.places().digest() == to.places().digest()) return nullptr;
  auto pops = std::make_shared<std::vector<PopId>>();
  for (PopId pop = 0; pop < from.pop_count(); ++pop) {
    const auto place = to.places().find(policy::PlaceKind::Pop, from.pop(pop).name);
    const MetroId first = to.places().first(policy::PlaceKind::Pop);
    pops->push_back(place ? static_cast<PopId>(*place - first) : PopId{kNoPlace});
  }
  return pops;
}

}  // namespace

SettingsChange change_of(const PeerSettings& from, const PeerSettings& to,
                         policy::ChangeFinder* finder) {
  SettingsChange change;
  change.imports = compare(from.import, to.import, finder);
  change.exports = compare_exports(from.exported, to.exported, finder);
  change.default_route = from.exported.default_route != to.exported.default_route ||
                         from.default_route_when != to.default_route_when;
  change.reset = from.needs_reset(to);
  change.any = change.imports.any() || change.exports.any() || change.reset || !(from == to);
  return change;
}

std::shared_ptr<const SettingsPlan> plan(std::shared_ptr<const SpeakerSettings> from,
                                         SpeakerSettings to) {
  const auto made = std::make_shared<SettingsPlan>();
  made->from = std::move(from);
  made->to = std::make_shared<const SpeakerSettings>(std::move(to));
  made->md5_keys = md5_keys(*made->to);
  made->ranks_anew = made->from && !(made->from->decision == made->to->decision);
  if (made->from) made->pops = new_pops(*made->from->egress, *made->to->egress);
  policy::ChangeFinder finder;
  compare_peers(*made, &finder);
  compare_ranges(*made, &finder);
  compare_networks(*made);
  made->network_index = network_index(*made->to);
  return made;
}

}  // namespace tern::session
