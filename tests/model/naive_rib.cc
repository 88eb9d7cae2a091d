#include "tests/model/naive_rib.h"

#include <algorithm>
#include <functional>
#include <string>

namespace tern::model {
namespace {

constexpr Asn kOurAsn = 65000;
constexpr std::uint32_t kOurCluster = 0x0A0000FE;

bool internal(const Client& client) { return is_ibgp(client.kind); }

bool carries(const PathAttributes& attributes, Community community) {
  const auto& all = attributes.communities;
  return std::find(all.begin(), all.end(), community) != all.end();
}
bool tagged(const PathAttributes& attributes, std::uint32_t tag) {
  return carries(attributes, Community::of(65000, static_cast<std::uint16_t>(tag)));
}
bool is_nth(const Prefix& prefix, std::size_t n) {
  const std::size_t first = prefix.family() == Family::Ipv4Unicast ? 0 : 5;
  return prefix == prefixes()[first + n];
}

}  // namespace

const std::vector<Prefix>& prefixes() {
  static const std::vector<Prefix> kAll{
      *Prefix::parse("10.0.0.0/8"),      *Prefix::parse("10.1.0.0/16"),
      *Prefix::parse("203.0.113.0/24"),  *Prefix::parse("198.51.100.0/25"),
      *Prefix::parse("198.51.100.7/32"), *Prefix::parse("2001:db8:1::/48"),
      *Prefix::parse("2001:db8:2::/48"), *Prefix::parse("2001:db8:3::/64")};
  return kAll;
}

std::vector<Client> clients() {
  std::vector<Client> all(8);
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    all[i].slot = i + 1;
    all[i].asn = 65001 + i;
    all[i].router_id = 0x0A000001 + i;
  }
  all[1].four_octet_as = false;
  all[1].ipv6 = false;
  all[2].kind = all[3].kind = PeerKind::RouteServerClient;
  all[3].path_hiding_mitigation = false;
  all[4].kind = all[5].kind = PeerKind::Ibgp;
  all[6].kind = all[7].kind = PeerKind::RouteReflectorClient;
  for (const std::size_t i : {4U, 5U, 6U, 7U}) all[i].asn = kOurAsn;
  all[0].add_path = all[5].add_path = all[7].add_path = true;
  all[0].add_path_send = 2;
  all[5].add_path_send = 1;
  all[7].add_path_send = 8;
  return all;
}

std::string describe(const PathAttributes& attributes) {
  std::string text = "path [" + attributes.as_path.to_string() + "] " +
                     std::string(to_string(attributes.origin)) + " via " +
                     attributes.next_hop.global.to_string();
  if (attributes.next_hop.link_local) text += "+" + attributes.next_hop.link_local->to_string();
  if (attributes.med) text += " med " + std::to_string(*attributes.med);
  if (attributes.local_pref) text += " pref " + std::to_string(*attributes.local_pref);
  for (const Community community : attributes.communities) text += " " + to_string(community);
  if (attributes.originator_id) text += " originator " + attributes.originator_id->to_string();
  for (const std::uint32_t cluster : attributes.cluster_list) {
    text += " cluster " + IpAddress::v4(cluster).to_string();
  }
  return text;
}

bool NaiveRib::import(const Client& from, const Prefix& prefix, PathAttributes& out) const {
  if (out.as_path.contains(kOurAsn)) return false;
  if (!internal(from) && out.as_path.neighbour() != from.asn) return false;
  if (internal(from) &&
      (out.originator_id == IpAddress::v4(kOurCluster) ||
       std::count(out.cluster_list.begin(), out.cluster_list.end(), kOurCluster))) {
    return false;
  }
  const int policy = policies.at(from.slot).import;
  if (policy == 1 && tagged(out, 666)) return false;
  if (policy == 1 && tagged(out, 200)) out.local_pref = 200;
  return policy != 2 || !is_nth(prefix, 1);
}

std::vector<NaiveRib::Path> NaiveRib::candidates(const Prefix& prefix) const {
  std::vector<Path> paths;
  for (const auto& [key, attributes] : routes) {
    if (key.second.prefix != prefix) continue;
    Path path{&up.at(key.first), key.second.path_id, attributes};
    if (import(*path.from, prefix, path.attributes)) paths.push_back(path);
  }
  return paths;
}

std::uint64_t NaiveRib::accepted() const {
  std::uint64_t count = 0;
  for (const Prefix& prefix : prefixes()) count += candidates(prefix).size();
  return count;
}

// RFC 4271 section 9.1.2.2 and RFC 4456 section 9, rule by rule: who is worse than somebody leaves.
std::size_t NaiveRib::best_of(const std::vector<Path>& paths) {
  using Number = std::function<std::uint64_t(const Path&)>;
  const auto router_id = [](const Path& p) -> std::uint64_t {
    return p.attributes.originator_id ? p.attributes.originator_id->v4_value() : p.from->router_id;
  };
  const std::vector<Number> lower_is_better{
      [](const Path& p) -> std::uint64_t { return ~p.attributes.local_pref.value_or(100); },
      [](const Path& p) -> std::uint64_t { return p.attributes.as_path.length(); },
      [](const Path& p) -> std::uint64_t { return static_cast<unsigned>(p.attributes.origin); },
      nullptr,  // MED
      [](const Path& p) -> std::uint64_t { return internal(*p.from) ? 1 : 0; },
      router_id,
      [](const Path& p) -> std::uint64_t { return p.attributes.cluster_list.size(); },
      [](const Path& p) -> std::uint64_t { return p.from->slot; },  // addresses go by slot
      [](const Path& p) -> std::uint64_t { return p.path_id; }};
  std::vector<std::size_t> left(paths.size());
  for (std::size_t i = 0; i < left.size(); ++i) left[i] = i;
  for (const Number& number : lower_is_better) {
    std::vector<std::size_t> kept;
    for (const std::size_t i : left) {
      const bool beaten = std::any_of(left.begin(), left.end(), [&](std::size_t j) {
        if (number) return number(paths[j]) < number(paths[i]);
        const PathAttributes &a = paths[i].attributes, &b = paths[j].attributes;
        return a.as_path.neighbour() == b.as_path.neighbour() &&
               b.med.value_or(0) < a.med.value_or(0);
      });
      if (!beaten) kept.push_back(i);
    }
    left = kept;
  }
  return left.front();
}

// How the path looks at `to`; false when it is not for it.
bool NaiveRib::tell(const Path& path, const Client& to, const Prefix& prefix,
                    PathAttributes& out) const {
  out = path.attributes;
  const bool inside = internal(to);
  if (path.from->slot == to.slot) return false;
  if (inside && path.from->kind == PeerKind::Ibgp && to.kind == PeerKind::Ibgp) return false;
  if (carries(out, kNoAdvertise) || (!inside && carries(out, kNoExport))) return false;
  const int policy = policies.at(to.slot).export_;
  if (policy != 0 && tagged(out, to.slot)) return false;
  if (policy == 2 && is_nth(prefix, 2)) return false;

  if (to.kind == PeerKind::Ebgp) out.med.reset();
  if (!inside) {
    out.local_pref.reset();
    out.originator_id.reset();
    out.cluster_list.clear();
  } else {
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
  if (to.kind == PeerKind::Ebgp) {
    out.as_path.prepend(kOurAsn);
    // All share the exchange LAN 192.0.2.0/24; IPv6 next hops are not on that link.
    const bool third_party = prefix.family() == Family::Ipv4Unicast &&
                             Prefix::parse("192.0.2.0/24")->contains(out.next_hop.global) &&
                             out.next_hop.global != IpAddress::v4(0xC0000200U + to.slot);
    if (!third_party && prefix.family() == Family::Ipv4Unicast) {
      out.next_hop = {IpAddress::v4(0xC00002FE), std::nullopt};
    } else if (!third_party) {
      out.next_hop = {*IpAddress::parse("2001:db8::fe"), IpAddress::parse("fe80::fe")};
    }
  } else if (inside) {
    out.next_hop.link_local.reset();
  }
  return true;
}

std::map<Prefix, std::multiset<std::string>> NaiveRib::held_by(const Client& client) const {
  std::map<Prefix, std::multiset<std::string>> held;
  for (const Prefix& prefix : prefixes()) {
    const bool ipv4 = prefix.family() == Family::Ipv4Unicast;
    if (!(ipv4 ? client.ipv4 : client.ipv6)) continue;
    const bool several = client.add_path && ipv4;
    const bool looks_further =
        several || (client.kind == PeerKind::RouteServerClient && client.path_hiding_mitigation);
    std::vector<Path> left = candidates(prefix);
    std::multiset<std::string> told;
    while (!left.empty() && told.size() < (several ? client.add_path_send : 1)) {
      const std::size_t best = best_of(left);
      PathAttributes out;
      if (tell(left[best], client, prefix, out)) told.insert(describe(out));
      left.erase(left.begin() + static_cast<std::ptrdiff_t>(best));
      if (!looks_further) break;
    }
    if (!told.empty()) held[prefix] = told;
  }
  return held;
}

}  // namespace tern::model
