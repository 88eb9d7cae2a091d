#include "tests/model/naive_rib.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>

#include "tests/model/naive_guard.h"

namespace tern::model {
namespace {

constexpr std::uint32_t kOurCluster = 0x0A0000FE;

bool is_own(const Client& client) { return client.kind == PeerKind::Own; }
bool internal(const Client& client) { return is_ibgp(client.kind); }

bool tagged(const PathAttributes& attributes, std::uint32_t tag) {
  return carries(attributes, Community::of(65000, static_cast<std::uint16_t>(tag)));
}
bool is_in(const Prefix& prefix, PrefixBits set) {
  if ((set & kMiddleBit) != 0 && prefix.address().is_v4() && prefix.length() >= kMiddleFrom &&
      prefix.length() <= kMiddleTo) {
    return true;
  }
  for (std::size_t i = 0; i < prefixes().size(); ++i) {
    if ((set >> i & 1U) != 0 && prefix == prefixes()[i]) return true;
  }
  return false;
}

// ---- Control communities, as in policy/control_communities.h, for RS = 65000

struct Word {
  std::uint32_t what = 0;  // 0: not to, 1: to, 101 to 103: prepend, as in large communities
  Asn whom = 0;            // 0: all
};

std::optional<Word> word_of(Community community) {
  const std::uint16_t high = community.high();
  const Asn whom = community.low() == kOurAsn ? 0 : community.low();
  // "0:0" and the like name AS 0, which no client has.
  const Asn named = community.low() == 0 ? ~Asn{0} : whom;
  if (high == 0) return Word{0, named};
  if (high == kOurAsn && community.low() == 0) return Word{0, 0};
  if (high == kOurAsn) return Word{1, named};
  if (high >= 65501 && high <= 65503) return Word{high - 65400U, named};
  return std::nullopt;
}

std::optional<Word> word_of(const LargeCommunity& community) {
  const std::uint32_t what = community.local1;
  if (community.global != kOurAsn) return std::nullopt;
  if (what > 1 && (what < 101 || what > 103)) return std::nullopt;
  return Word{what, community.local2 == kOurAsn ? 0 : community.local2};
}

// The number of prepends for the client; nothing if the path is withheld from it.
std::optional<std::uint32_t> asked_for(const PathAttributes& attributes, Asn client) {
  std::vector<Word> words;
  for (const Community each : attributes.communities) {
    if (const auto word = word_of(each)) words.push_back(*word);
  }
  for (const LargeCommunity& each : attributes.large_communities) {
    if (const auto word = word_of(each)) words.push_back(*word);
  }
  const auto said = [&](std::uint32_t what, Asn whom) {
    return std::any_of(words.begin(), words.end(),
                       [&](const Word& word) { return word.what == what && word.whom == whom; });
  };
  if (said(0, client)) return std::nullopt;
  if (said(0, 0) && !said(1, client)) return std::nullopt;
  for (const Asn whom : {client, Asn{0}}) {
    for (const std::uint32_t what : {103U, 102U, 101U}) {
      if (said(what, whom)) return what - 100;
    }
  }
  return 0;
}

}  // namespace

const Network& network(int number) {
  const auto to = [](const char* prefix) { return *Prefix::parse(prefix); };
  static const Network kAll[kNetworks]{{false,
                                        {{8, 30}, {70, 90}, {9, 20}},
                                        {{0, 83, 6}, {83, 0, 76}, {7, 75, 0}},
                                        {{to("3fff:4::/48"), 0, 60}}},
                                       {true,
                                        {{8, 30}, {70, 90}, {9, 20}},
                                        {{0, 83, 6}, {83, 0, 76}, {7, 75, 0}},
                                        {{to("10.0.0.0/8"), 0, 40},
                                         {to("10.1.0.0/16"), 1, 2},
                                         {to("100.64.0.0/10"), 2, 5},
                                         {to("2001:db8::/32"), 0, 100}}},
                                       {false,
                                        {{8, 30}, {8, 20}, {9, 20}},
                                        {{0, 3, 60}, {3, 0, 1}, {9, 1, 0}},
                                        {{to("10.0.0.0/8"), 0, 25},
                                         {to("10.1.0.0/16"), 0, 7},
                                         {to("0.0.0.0/0"), 1, 15},
                                         {to("2001:db8:2::/48"), 2, 1}}}};
  return kAll[number];
}

const std::vector<Prefix>& prefixes() {
  static const std::vector<Prefix> kAll = [] {
    std::vector<Prefix> all;
    for (const char* text :
         {"10.0.0.0/8", "10.1.0.0/16", "203.0.113.0/24", "198.51.100.0/25", "198.51.100.7/32",
          "100.64.0.0/10", "100.64.1.0/24", "100.64.2.0/23", "100.64.4.0/22", "100.66.8.0/21",
          "0.0.0.0/0", "2001:db8:1::/48", "2001:db8:2::/48", "2001:db8:3::/64", "3fff:4::/48",
          "3fff:5::/127", "::/0"}) {
      all.push_back(*Prefix::parse(text));
    }
    return all;
  }();
  return kAll;
}

const std::vector<Nlri>& destinations() {
  static const std::vector<Nlri> kAll = [] {
    std::vector<Nlri> all;
    for (const Prefix& prefix : prefixes()) all.push_back(unicast(prefix));
    for (const Prefix& prefix : prefixes()) {
      const bool ipv4 = prefix.address().is_v4();
      all.push_back({prefix, ipv4 ? Family::Ipv4Multicast : Family::Ipv6Multicast});
    }
    return all;
  }();
  return kAll;
}

FamilySet families_of(const Client& client) {
  FamilySet families{Family::Ipv4Unicast};
  if (client.ipv6) families.insert(Family::Ipv6Unicast);
  if (client.multicast) families.insert(Family::Ipv4Multicast);
  if (client.multicast && client.ipv6) families.insert(Family::Ipv6Multicast);
  return families;
}

std::vector<Client> clients() {
  std::vector<Client> all(12);
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    all[i].slot = i + 1;
    all[i].asn = 65001 + i;
    all[i].router_id = 0x0A000001 + i;
  }
  all[0].add_path_receive = true;
  all[0].add_path_send = 2;
  all[1].four_octet_as = all[1].ipv6 = false;
  all[4].kind = all[5].kind = PeerKind::Ibgp;
  all[6].kind = all[7].kind = PeerKind::RouteReflectorClient;
  for (const std::size_t i : {4U, 5U, 6U, 7U}) all[i].asn = kOurAsn;
  all[5].add_path_receive = all[7].add_path_receive = true;
  all[5].add_path_send = 1;
  all[7].add_path_send = 8;
  // The exchange: most members are alike, two are of one member, one is of each special kind.
  for (const std::size_t i : {2U, 3U, 8U, 9U, 10U, 11U}) {
    all[i].kind = PeerKind::RouteServerClient;
    all[i].control = true;
  }
  for (const std::size_t i : {1U, 4U, 5U, 6U, 8U, 11U}) all[i].between_pops = true;
  for (const std::size_t i : {0U, 3U}) all[i].limited = true;
  for (const std::size_t i : {4U, 7U, 9U}) all[i].blocked = true;
  all[2].vantage = all[9].vantage = 1;
  all[3].vantage = all[7].vantage = 2;
  all[3].path_hiding_mitigation = false;
  all[9].extended_messages = true;
  all[9].add_path_send = 3;
  for (const std::size_t i : {0U, 2U, 4U, 6U, 7U, 8U, 9U}) all[i].multicast = true;
  all[10].asn = all[2].asn;
  all[11].four_octet_as = false;
  return all;
}

const Client& own_router() {
  static const Client kOwn = [] {
    Client own;
    own.slot = kOwnSlot;
    own.kind = PeerKind::Own;
    own.asn = kOurAsn;
    own.multicast = true;
    return own;
  }();
  return kOwn;
}

Client vary(Client client, std::uint32_t bits) {
  const auto one_in = [&bits](std::uint32_t n) {
    const bool now = bits % n == 1;
    bits /= n;
    return now;
  };
  if (one_in(2)) client.router_id += 100;
  if (one_in(5)) client.add_path_send = client.add_path_send == 0 ? 2 : 0;
  if (one_in(6)) client.add_path_receive = !client.add_path_receive;
  if (one_in(6)) client.ipv6 = !client.ipv6;
  if (one_in(6)) client.multicast = !client.multicast;
  if (one_in(6)) client.control = !client.control;
  if (one_in(6)) client.path_hiding_mitigation = !client.path_hiding_mitigation;
  if (one_in(7)) client.four_octet_as = !client.four_octet_as;
  if (one_in(7)) client.extended_messages = !client.extended_messages;
  if (one_in(5)) client.vantage = client.vantage == kNowhere ? 1 : kNowhere;
  // Another router has the slot of a neighbor that left.
  if (one_in(7)) {
    client.kind = client.kind == PeerKind::Ebgp ? PeerKind::RouteServerClient : PeerKind::Ebgp;
    client.asn = 65100 + client.slot;
    client.router_id += 200;
  }
  return client;
}

std::string describe(const Client& client) {
  std::string text = is_ibgp(client.kind) ? "iBGP" : "eBGP";
  if (client.kind == PeerKind::RouteServerClient) text = "route-server client";
  if (client.kind == PeerKind::RouteReflectorClient) text = "route-reflector client";
  text += " AS " + std::to_string(client.asn) + (client.ipv6 ? "" : ", IPv4 only");
  if (client.multicast) text += ", multicast";
  if (client.add_path_receive) text += ", sends path ids";
  if (client.add_path_send != 0) {
    text += ", is told " + std::to_string(client.add_path_send) + " paths";
  }
  if (!client.path_hiding_mitigation) text += ", hidden paths stay hidden";
  if (!client.four_octet_as) text += ", two-octet AS";
  if (client.extended_messages) text += ", extended messages";
  if (client.control) text += ", control communities";
  if (client.limited) text += ", limited";
  if (client.blocked) text += ", limited by blocking";
  if (client.between_pops) text += ", between PoPs";
  if (client.vantage != kNowhere) text += ", vantage " + std::to_string(client.vantage);
  return text;
}

std::string describe(const PathAttributes& attributes) {
  std::string text = "path [" + attributes.as_path.to_string() + "] " +
                     std::string(to_string(attributes.origin)) + " via " +
                     attributes.next_hop.global.to_string();
  if (attributes.next_hop.link_local) text += "+" + attributes.next_hop.link_local->to_string();
  if (attributes.med) text += " med " + std::to_string(*attributes.med);
  if (attributes.local_pref) text += " pref " + std::to_string(*attributes.local_pref);
  if (attributes.communities.size() > kManyCommunities) {
    text += " and " + std::to_string(attributes.communities.size()) + " communities";
  } else {
    for (const Community community : attributes.communities) text += " " + to_string(community);
  }
  for (const LargeCommunity& large : attributes.large_communities) text += " " + to_string(large);
  for (const ExtendedCommunity each : attributes.extended_communities) {
    text += " " + to_string(each);
  }
  if (attributes.atomic_aggregate) text += " atomic";
  if (attributes.aggregator) text += " aggregator " + attributes.aggregator->address.to_string();
  if (attributes.originator_id) text += " originator " + attributes.originator_id->to_string();
  for (const std::uint32_t cluster : attributes.cluster_list) {
    text += " cluster " + IpAddress::v4(cluster).to_string();
  }
  return text;
}

namespace {

// ---- Places

bool is_place(const LargeCommunity& each) {
  return each.global == kOurAsn && (each.local1 == kMetroFunction || each.local1 == kPopFunction ||
                                    each.local1 == kLandFunction);
}

// The number that a community of this function carries.
int carried(const PathAttributes& attributes, std::uint32_t function, std::uint32_t first,
            int count) {
  for (const LargeCommunity& each : attributes.large_communities) {
    const auto number = static_cast<int>(each.local2) - static_cast<int>(first);
    if (each.global == kOurAsn && each.local1 == function && number >= 0 && number < count) {
      return number;
    }
  }
  return kNowhere;
}

void find_place(NaiveRib::Path& path) {
  PathAttributes& attributes = path.attributes;
  if (path.from->between_pops) {
    path.metro = carried(attributes, kMetroFunction, kFirstMetroCode, kMetros);
    if (path.metro == kNowhere && carried(attributes, kLandFunction, kLandCode, 1) == 0) {
      path.metro = kLand;
    }
    path.pop = carried(attributes, kPopFunction, kFirstPopCode, kPops);
  } else {
    if (!internal(*path.from)) {
      path.pop = 0;
      path.metro = tagged(attributes, 1)     ? 0
                   : tagged(attributes, 7)   ? 1
                   : tagged(attributes, 200) ? kLand
                                             : kNowhere;
    }
    std::erase_if(attributes.large_communities, is_place);
  }
}

void carry_place(const NaiveRib::Path& path, bool between_pops, PathAttributes& out) {
  auto& large = out.large_communities;
  std::erase_if(large, is_place);
  if (!between_pops) return;
  const auto add = [&](std::uint32_t function, std::uint32_t first, int number) {
    if (number == kNowhere) return;
    large.push_back({kOurAsn, function, first + static_cast<std::uint32_t>(number)});
  };
  add(kMetroFunction, kFirstMetroCode, path.metro < kMetros ? path.metro : kNowhere);
  add(kLandFunction, kLandCode, path.metro == kNowhere ? kNowhere : 0);
  add(kPopFunction, kFirstPopCode, path.pop);
  std::sort(large.begin(), large.end());
}

}  // namespace

std::uint64_t NaiveRib::cost(const Prefix& prefix, const Path& path, int vantage) const {
  const Network& measured = model::network(network);
  if (path.pop == kNowhere) return ~std::uint64_t{0};
  const Network::ToPrefix* longest = nullptr;
  for (const Network::ToPrefix& each : measured.to_prefixes) {
    if (each.pop != path.pop || !each.prefix.covers(prefix)) continue;
    if (longest == nullptr || each.prefix.length() > longest->prefix.length()) longest = &each;
  }
  if (path.metro == kNowhere && longest == nullptr) return ~std::uint64_t{0};
  const int enters = vantage == kNowhere && measured.total ? 0 : vantage;
  const auto& miles = measured.last_mile[path.pop];
  const std::uint64_t last_mile = longest != nullptr    ? longest->microseconds
                                  : path.metro == kLand ? (std::uint64_t{miles[0]} + miles[1]) / 2
                                                        : miles[path.metro];
  const std::uint64_t users = last_mile + policies.at(path.from->slot).added;
  return enters == kNowhere ? users : users + measured.backbone[enters][path.pop];
}

// Routes of the model have no other extended communities, and one of these at most.
policy::OriginState NaiveRib::state_of_origin(const Prefix& prefix, const Path& path,
                                              bool believed) const {
  const PathAttributes& attributes = path.attributes;
  if (vrps || !believed || attributes.extended_communities.empty()) {
    return state_of(vrps, prefix, attributes.as_path);
  }
  return *state_of(attributes.extended_communities.front());
}

bool NaiveRib::passes(const Prefix& prefix, Path& path) const {
  const Client& from = *path.from;
  PathAttributes& out = path.attributes;
  if (out.as_path.contains(kOurAsn)) return false;
  if (!internal(from) && out.as_path.neighbour() != from.asn) return false;
  if (internal(from) &&
      (out.originator_id == IpAddress::v4(kOurCluster) ||
       std::count(out.cluster_list.begin(), out.cluster_list.end(), kOurCluster))) {
    return false;
  }
  find_place(path);
  if (!passes_guard(registrations, prefix, path)) return false;
  const policy::OriginState state = state_of_origin(prefix, path, is_believed(from));
  if (!internal(from)) out.extended_communities.clear();
  const Policies& by = policies.at(from.slot);
  const int policy = by.import;
  if (policy == 1 && tagged(out, 666)) return false;
  if (policy == 1 && tagged(out, 200)) out.local_pref = 200;
  if (policy == 3 && state == policy::OriginState::Invalid) return false;
  const bool goes = !internal(from) && carries(out, kGracefulShutdown);
  if (by.drained || goes) out.local_pref = 0;
  constexpr std::uint64_t kLeaving = 10000;  // behind all partners
  if (out.local_pref == 0U && path.rank != 0) path.rank += kLeaving;
  return policy != 2 || !is_in(prefix, by.import_set);
}

bool NaiveRib::import(const Prefix& prefix, Path& path) const {
  if (!passes(prefix, path)) return false;
  if (!resolves(*path.from)) return true;
  const auto metric = metric_of(path.attributes.next_hop.global, host, covers);
  path.interior_cost = metric.value_or(0);
  return metric.has_value();
}

NaiveRib::Ranked NaiveRib::ranked(int vantage) const {
  Ranked all;
  for (const auto& [key, attributes] : routes) {
    const auto& [sender, nlri] = key;
    if (blocked.contains(key)) continue;
    Path path;
    path.from = &up.at(sender);
    path.path_id = nlri.path_id;
    path.attributes = attributes;
    if (!import(nlri.prefix, path)) continue;
    path.cost = cost(nlri.prefix, path, vantage);
    all[{nlri.prefix, nlri.family}].push_back(path);
  }
  for (const auto& [nlri, attributes] : own) {
    Path path;
    path.from = &own_router();
    path.attributes = attributes;
    path.cost = ~std::uint64_t{0};
    all[nlri].push_back(path);
  }
  for (auto& [destination, paths] : all) {
    std::vector<Path> left = std::move(paths);
    paths.clear();
    while (!left.empty()) {
      const auto best = left.begin() + static_cast<std::ptrdiff_t>(best_of(left));
      paths.push_back(std::move(*best));
      left.erase(best);
    }
  }
  return all;
}

// RFC 4271 section 9.1.2.2 and RFC 4456 section 9, rule by rule: each removes the paths that are
// worse than another.
std::size_t NaiveRib::best_of(const std::vector<Path>& paths) const {
  using Number = std::function<std::uint64_t(const Path&)>;
  const auto router_id = [](const Path& p) -> std::uint64_t {
    return p.attributes.originator_id ? p.attributes.originator_id->v4_value() : p.from->router_id;
  };
  std::vector<Number> lower_is_better{
      [](const Path& p) -> std::uint64_t { return ~p.attributes.local_pref.value_or(100); },
      [](const Path& p) -> std::uint64_t { return p.attributes.as_path.length(); },
      [](const Path& p) -> std::uint64_t { return static_cast<unsigned>(p.attributes.origin); },
      nullptr,  // MED
      [](const Path& p) -> std::uint64_t { return internal(*p.from) ? 1 : 0; },
      [](const Path& p) -> std::uint64_t { return p.interior_cost; },
      router_id,
      [](const Path& p) -> std::uint64_t { return p.attributes.cluster_list.size(); },
      [](const Path& p) -> std::uint64_t { return p.from->slot; },  // addresses follow slots
      [](const Path& p) -> std::uint64_t { return p.path_id; }};
  lower_is_better.insert(lower_is_better.begin() + egress_position,
                         [](const Path& p) -> std::uint64_t { return p.cost; });
  lower_is_better.insert(lower_is_better.begin(),
                         [](const Path& p) -> std::uint64_t { return p.rank; });
  lower_is_better.insert(lower_is_better.begin(),
                         [](const Path& p) -> std::uint64_t { return is_own(*p.from) ? 0 : 1; });
  std::vector<std::size_t> left(paths.size());
  for (std::size_t i = 0; i < left.size(); ++i) left[i] = i;
  for (const Number& number : lower_is_better) {
    std::vector<std::size_t> kept;
    for (const std::size_t i : left) {
      const bool beaten = std::any_of(left.begin(), left.end(), [&](std::size_t j) {
        if (number) return number(paths[j]) < number(paths[i]);
        const PathAttributes &a = paths[i].attributes, &b = paths[j].attributes;
        return (always_compare_med || a.as_path.neighbour() == b.as_path.neighbour()) &&
               b.med.value_or(0) < a.med.value_or(0);
      });
      if (!beaten) kept.push_back(i);
    }
    left = kept;
  }
  return left.front();
}

// Makes the attributes of the path for `to`. False: the path is withheld from it.
bool NaiveRib::export_to(const Path& path, const Client& to, const Prefix& prefix,
                         PathAttributes& out) const {
  out = path.attributes;
  const bool inside = internal(to);
  if (path.from->slot == to.slot) return false;
  if (inside && path.from->kind == PeerKind::Ibgp && to.kind == PeerKind::Ibgp) return false;
  if (carries(out, kNoAdvertise) || (!inside && carries(out, kNoExport))) return false;
  const Policies& by = policies.at(to.slot);
  const int policy = by.export_;
  if ((policy == 1 || policy == 2) && tagged(out, to.slot)) return false;
  const policy::OriginState state = state_of_origin(prefix, path, false);
  if (policy == 3 && !inside && state == policy::OriginState::NotFound) return false;
  if (policy == 2 && is_in(prefix, by.export_set)) return false;
  const auto prepends = to.control ? asked_for(out, to.asn) : 0;
  if (!prepends) return false;

  carry_place(path, to.between_pops, out);
  const bool originated = is_own(*path.from);
  if (to.kind == PeerKind::Ebgp && !originated) out.med.reset();
  if (!inside) {
    out.extended_communities.clear();
    out.local_pref.reset();
    out.originator_id.reset();
    out.cluster_list.clear();
  } else {
    if (policy == 3 && state != policy::OriginState::NotValidated) {
      out.extended_communities = {community_of(state)};
    }
    if (!out.local_pref) out.local_pref = 100;
    if (internal(*path.from)) {
      if (!out.originator_id) out.originator_id = IpAddress::v4(path.from->router_id);
      out.cluster_list.insert(out.cluster_list.begin(), kOurCluster);
    }
  }
  if (policy == 2) {
    out.med = 50;
    out.as_path.prepend(kOurAsn);
  }
  if (originated) {
    if (inside) out.as_path = {};
    if (!inside) out.as_path.prepend(kOurAsn);
    const bool v6 = prefix.address().is_v6();
    out.next_hop = {v6 ? *IpAddress::parse("2001:db8::fe") : IpAddress::v4(0xC00002FE), {}};
    if (v6 && !inside) out.next_hop.link_local = IpAddress::parse("fe80::fe");
  } else if (to.kind == PeerKind::Ebgp) {
    out.as_path.prepend(kOurAsn);
    // All clients share the exchange LAN 192.0.2.0/24; IPv6 next hops are not on that link.
    const bool third_party = prefix.address().is_v4() &&
                             Prefix::parse("192.0.2.0/24")->contains(out.next_hop.global) &&
                             out.next_hop.global != IpAddress::v4(0xC0000200U + to.slot);
    if (!third_party && prefix.address().is_v4()) {
      out.next_hop = {IpAddress::v4(0xC00002FE), std::nullopt};
    } else if (!third_party) {
      out.next_hop = {*IpAddress::parse("2001:db8::fe"), IpAddress::parse("fe80::fe")};
    }
  } else if (inside) {
    out.next_hop.link_local.reset();
  }
  if (to.control) {
    std::erase_if(out.communities, [](Community each) { return word_of(each).has_value(); });
    std::erase_if(out.large_communities,
                  [](const LargeCommunity& each) { return word_of(each).has_value(); });
    const auto sender = originated ? std::optional(kOurAsn) : path.attributes.as_path.neighbour();
    if (to.kind == PeerKind::Ebgp) out.as_path.prepend(kOurAsn, *prepends);
    if (to.kind == PeerKind::RouteServerClient && sender) out.as_path.prepend(*sender, *prepends);
  }
  const bool fits = to.extended_messages || out.communities.size() <= kManyCommunities;
  if (by.drained && inside) out.local_pref = 0;
  if (by.drained && !inside) {
    out.communities.push_back(kGracefulShutdown);
    out.normalise();
  }
  return fits;
}

std::map<Nlri, std::multiset<std::string>> NaiveRib::held_by(const Client& client,
                                                             const Ranked& paths) const {
  std::map<Nlri, std::multiset<std::string>> held;
  for (const auto& [destination, ranked] : paths) {
    if (!families_of(client).contains(destination.family)) continue;
    if (is_suppressed(destination)) continue;
    const bool several = client.add_path_send > 0 && destination.family == Family::Ipv4Unicast;
    const bool looks_further =
        several || (client.kind == PeerKind::RouteServerClient && client.path_hiding_mitigation);
    std::multiset<std::string> advertised;
    for (const Path& path : ranked) {
      if (path.last_resort && &path != &ranked.front()) break;
      PathAttributes out;
      if (export_to(path, client, destination.prefix, out)) advertised.insert(describe(out));
      if (!looks_further || advertised.size() >= (several ? client.add_path_send : 1)) break;
    }
    if (!advertised.empty()) held[destination] = advertised;
  }
  const int originated = policies.at(client.slot).default_route;
  if (originated == 0 || originated == 3) return held;
  for (const char* text : {"0.0.0.0/0", "::/0"}) {
    const Nlri destination = unicast(*Prefix::parse(text));
    if (!families_of(client).contains(destination.family)) continue;
    held[destination] = {default_route(client, destination)};
  }
  return held;
}

bool NaiveRib::is_suppressed(const Nlri& destination) const {
  if (destination != unicast(destination.prefix)) return false;
  return std::any_of(summaries.begin(), summaries.end(), [&](const Prefix& summary) {
    return summary != destination.prefix && summary.covers(destination.prefix);
  });
}

// The default route that the router originates for the client.
std::string NaiveRib::default_route(const Client& client, const Nlri& destination) const {
  const bool inside = internal(client);
  const bool v6 = destination.prefix.address().is_v6();
  const Policies& by = policies.at(client.slot);
  PathAttributes out;
  out.origin = Origin::Igp;
  if (!inside) out.as_path.prepend(kOurAsn);
  out.next_hop = {v6 ? *IpAddress::parse("2001:db8::fe") : IpAddress::v4(0xC00002FE), {}};
  if (v6 && !inside) out.next_hop.link_local = IpAddress::parse("fe80::fe");
  if (by.default_route == 2) out.med = 70;
  if (inside) out.local_pref = by.drained ? 0 : 100;
  if (!inside && by.drained) out.communities.push_back(kGracefulShutdown);
  const Path path{&own_router(), 0, out};
  const policy::OriginState state = state_of_origin(destination.prefix, path, false);
  if (inside && by.export_ == 3 && state != policy::OriginState::NotValidated) {
    out.extended_communities = {community_of(state)};
  }
  return describe(out);
}

}  // namespace tern::model
