#include "tests/model/world.h"

#include <algorithm>
#include <array>

namespace tern::model {

using pipeline::Neighbour;
using pipeline::Session;

namespace {

using Kind = Operation::Kind;
using Then = policy::TermSource::Then;

policy::TermSource on_tag(std::uint32_t tag, Then then) {
  policy::TermSource term;
  term.match.communities = {*policy::parse_community_pattern("65000:" + std::to_string(tag))};
  term.then = then;
  return term;
}
policy::TermSource reject_nth(std::size_t n) {
  policy::TermSource term;
  for (const std::size_t i : {n, 5 + n}) {
    const Prefix& prefix = prefixes()[i];
    term.match.prefixes.push_back({prefix, prefix.length(), prefix.length()});
  }
  term.then = Then::Reject;
  return term;
}
policy::TermSource accept() {
  policy::TermSource term;
  term.then = Then::Accept;
  return term;
}

policy::Chain import_policy(int number) {
  if (number == 0) return pipeline::accept_all();
  if (number == 2) return pipeline::chain({reject_nth(1), accept()});
  policy::TermSource prefer = on_tag(200, Then::Accept);
  prefer.actions.local_pref = {policy::SetNumber::Op::Set, 200};
  return pipeline::chain({on_tag(666, Then::Reject), prefer, accept()});
}

policy::Chain export_policy(int number, PeerSlot slot) {
  if (number == 0) return pipeline::accept_all();
  if (number == 1) return pipeline::chain({on_tag(slot, Then::Reject), accept()});
  policy::TermSource change = accept();
  change.actions.med = {policy::SetNumber::Op::Set, 50};
  change.actions.prepend = policy::ActionSource::Prepend{};
  return pipeline::chain({on_tag(slot, Then::Reject), reject_nth(2), change});
}

Session session_of(const Client& client, const Policies& policies) {
  Session made;
  if (client.kind == PeerKind::Ebgp) made = pipeline::ebgp(client.asn, client.slot);
  if (client.kind == PeerKind::RouteServerClient) {
    made = pipeline::route_server_client(client.asn, client.slot);
  }
  if (client.kind == PeerKind::Ibgp) made = pipeline::ibgp(client.slot);
  if (client.kind == PeerKind::RouteReflectorClient) made = pipeline::reflector_client(client.slot);
  pipeline::SessionFacts& facts = made.facts;
  facts.peer_identifier = client.router_id;
  facts.four_octet_as = facts.receive.four_octet_as = client.four_octet_as;
  if (!client.ipv6) facts.families = facts.receive.families = {Family::Ipv4Unicast};
  if (client.add_path) {
    facts.add_path_send = facts.receive.add_path = {Family::Ipv4Unicast};
    made.export_.add_path_send = client.add_path_send;
  }
  made.export_.path_hiding_mitigation = client.path_hiding_mitigation;
  made.import.policies = import_policy(policies.import);
  made.export_.policies = export_policy(policies.export_, client.slot);
  return made;
}

// Everything an operation's number says about a path. Few values, so that ties are the rule.
PathAttributes attributes_of(const Client& from, Family family, std::uint32_t bits) {
  const auto take = [&bits](std::uint32_t bound) {
    const std::uint32_t value = bits % bound;
    bits /= bound;
    return value;
  };
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
    if (take(4) == 0) {
      attributes.originator_id = IpAddress::v4(0x0A000001U + take(3));
      attributes.cluster_list = {take(8) == 0 ? pipeline::kOurIdentifier : 77U};
    }
  }
  constexpr std::array<std::uint16_t, 5> kTags{1, 3, 7, 200, 666};
  if (take(2) == 0) attributes.communities.push_back(Community::of(65000, kTags[take(5)]));
  if (take(10) == 0) attributes.communities.push_back(take(2) == 0 ? kNoExport : kNoAdvertise);
  attributes.normalise();
  if (family == Family::Ipv4Unicast) {
    const std::uint32_t third_party = take(3);
    attributes.next_hop.global = pipeline::v4_of(third_party == 0 ? 1 + take(8) : from.slot);
    if (third_party == 1) attributes.next_hop.global = IpAddress::v4(0xC6336401);
  } else {
    attributes.next_hop.global = pipeline::v6_of(from.slot);
    if (take(2) == 0) attributes.next_hop.link_local = IpAddress::parse("fe80::1");
  }
  return attributes;
}

}  // namespace

std::string to_string(const Operation& operation) {
  constexpr std::array<const char*, static_cast<std::size_t>(Kind::kCount)> kNames{
      "Up",           "Down",    "Announce", "Withdraw", "Malformed", "Garbage", "ImportPolicy",
      "ExportPolicy", "Refresh", "Spread",   "Read",     "Work",      "Settle"};
  return std::string("{Kind::") + kNames[static_cast<std::size_t>(operation.kind)] + ", " +
         std::to_string(operation.slot) + ", " + std::to_string(operation.a) + ", " +
         std::to_string(operation.b) + "}";
}

World::World() : clients_(clients()) {
  for (const Client& client : clients_) naive_.policies[client.slot] = {};
}

World::~World() {
  for (auto& [slot, neighbour] : sessions_) neighbour->export_.release().reset();
}

Neighbour* World::session(PeerSlot slot) {
  const auto found = sessions_.find(slot);
  return found == sessions_.end() ? nullptr : found->second.get();
}

std::optional<std::string> World::apply(const Operation& operation) {
  const PeerSlot slot = operation.slot;
  if (operation.kind == Kind::Settle) return settle();
  if (operation.kind == Kind::ImportPolicy) set_import(slot, static_cast<int>(operation.a % 3));
  if (operation.kind == Kind::ExportPolicy) set_export(slot, static_cast<int>(operation.a % 3));
  if (operation.kind == Kind::Spread) spread();
  if (operation.kind == Kind::Work) (void)work(1 + operation.a % 3);
  if (operation.kind == Kind::Up && session(slot) == nullptr) up(operation);
  Neighbour* const neighbour = session(slot);
  if (neighbour == nullptr) return std::nullopt;
  switch (operation.kind) {
    case Kind::Down:
      down(slot);
      break;
    case Kind::Announce:
      announce(operation);
      break;
    case Kind::Withdraw:
      withdraw(operation);
      break;
    case Kind::Malformed:
      return malformed(operation);
    case Kind::Garbage:
      return garbage(slot);
    case Kind::Refresh:
      neighbour->export_.walk_refresh(kFamilies[operation.a % 2], operation.b % 2 == 1);
      break;
    case Kind::Read:
      read(*neighbour, operation.a % 300, 1 + operation.b % 5);
      break;
    default:
      break;
  }
  return std::nullopt;
}

// ---- Sessions

void World::up(const Operation& operation) {
  Client& client = clients_[operation.slot - 1];
  const std::uint32_t router_id = 0x0A000000U + client.slot + (operation.a % 2 == 1 ? 100U : 0U);
  // A slot that comes back as another router waits until the paths of the last one are gone: they
  // were ranked under its name. Else the sweep goes on beside the new session.
  if (router_id != client.router_id) {
    while (work(100)) {
    }
  }
  client.router_id = router_id;
  const Session made = session_of(client, naive_.policies[client.slot]);
  auto neighbour = std::make_unique<Neighbour>(rib_, made);
  neighbour->export_.walk_initial();
  sessions_[client.slot] = std::move(neighbour);
  reevaluating_.erase(client.slot);
  naive_.up[client.slot] = client;
}

void World::down(PeerSlot slot) {
  dying_.push_back(sessions_[slot]->export_.release());
  sessions_.erase(slot);
  reevaluating_.erase(slot);
  rib_.next_generation(slot);
  sweeping_[slot] = 0;
  naive_.up.erase(slot);
  for (auto route = naive_.routes.begin(); route != naive_.routes.end();) {
    route = route->first.first == slot ? naive_.routes.erase(route) : std::next(route);
  }
}

// ---- What the neighbours say

void World::announce(const Operation& operation) {
  const Client& client = clients_[operation.slot - 1];
  const Prefix& prefix = prefixes()[operation.a % prefixes().size()];
  const bool ipv4 = prefix.family() == Family::Ipv4Unicast;
  const Nlri nlri{prefix, client.add_path && ipv4 ? operation.b % 3 : 0};
  const PathAttributes attributes = attributes_of(client, prefix.family(), operation.b / 3);
  (void)session(client.slot)->announce(attributes, {nlri});
  if (ipv4 || client.ipv6) naive_.routes[{client.slot, nlri}] = attributes;
}

void World::withdraw(const Operation& operation) {
  const Client& client = clients_[operation.slot - 1];
  const Prefix& prefix = prefixes()[operation.a % prefixes().size()];
  const bool ids = client.add_path && prefix.family() == Family::Ipv4Unicast;
  const Nlri nlri{prefix, ids ? operation.b % 3 : 0};
  (void)session(client.slot)->withdraw({nlri});
  naive_.routes.erase({client.slot, nlri});
}

// An announcement of an IPv4 prefix with ORIGIN 9.
std::optional<std::string> World::malformed(const Operation& operation) {
  const Client& client = clients_[operation.slot - 1];
  const Nlri nlri{prefixes()[operation.a % 5], client.add_path ? operation.b % 3 : 0};
  std::vector<std::byte> body;
  (void)wire::encode_announcements(attributes_of(client, Family::Ipv4Unicast, operation.b),
                                   std::vector<Nlri>{nlri},
                                   {client.four_octet_as, client.add_path, 4096}, body);
  body.erase(body.begin(), body.begin() + 19);
  body[7] = std::byte{9};  // after two lengths: flags, type, length, and ORIGIN itself
  const pipeline::Received received = session(client.slot)->send(body);
  if (received.reset || received.fault == nullptr) return "a malformed ORIGIN was not seen";
  naive_.routes.erase({client.slot, nlri});
  return std::nullopt;
}

std::optional<std::string> World::garbage(PeerSlot slot) {
  const std::vector<std::byte> body(3, std::byte{0xFF});
  if (!session(slot)->send(body).reset) return "garbage was accepted";
  down(slot);
  return std::nullopt;
}

// ---- Policies

void World::set_import(PeerSlot slot, int policy) {
  naive_.policies[slot].import = policy;
  Neighbour* const neighbour = session(slot);
  if (neighbour == nullptr) return;
  pipeline::ImportRules rules = neighbour->import.rules();
  rules.policies = import_policy(policy);
  neighbour->import.set_rules(rules);
  reevaluating_[slot] = 0;
}

void World::set_export(PeerSlot slot, int policy) {
  naive_.policies[slot].export_ = policy;
  Neighbour* const neighbour = session(slot);
  if (neighbour == nullptr) return;
  pipeline::ExportRules rules = neighbour->export_.rules();
  rules.policies = export_policy(policy, slot);
  neighbour->export_.set_rules(rules);
}

// ---- Work in slices

void World::spread() {
  for (const rib::DestId id : rib_.take_changes()) {
    for (auto& [slot, neighbour] : sessions_) neighbour->export_.mark(id, 0);
  }
}

void World::read(Neighbour& neighbour, std::size_t limit, std::size_t budget) {
  (void)neighbour.listen(limit, budget);
}

// False when there was nothing to do.
bool World::work(std::size_t budget) {
  bool worked = false;
  for (auto sweep = sweeping_.begin(); sweep != sweeping_.end();) {
    worked = true;
    for (std::size_t i = 0; i < budget && sweep->second < rib_.end(); ++i) {
      rib_.sweep(sweep->second++, sweep->first, rib_.generations(sweep->first));
    }
    sweep = sweep->second < rib_.end() ? std::next(sweep) : sweeping_.erase(sweep);
  }
  for (auto walk = reevaluating_.begin(); walk != reevaluating_.end();) {
    worked = true;
    for (std::size_t i = 0; i < budget && walk->second < rib_.end(); ++i) {
      sessions_.at(walk->first)->import.reevaluate(walk->second++);
    }
    walk = walk->second < rib_.end() ? std::next(walk) : reevaluating_.erase(walk);
  }
  worked = worked || !dying_.empty();
  dying_.erase(std::remove_if(dying_.begin(), dying_.end(),
                              [&](const auto& left) { return left->clear(budget); }),
               dying_.end());
  return worked;
}

// ---- Comparison

std::optional<std::string> World::settle() {
  while (work(100)) {
  }
  spread();
  for (auto& [slot, neighbour] : sessions_) {
    do {
      read(*neighbour, 4096, 1000);
    } while (neighbour->filled.more);
  }
  std::uint64_t received = 0;
  for (const auto& [slot, neighbour] : sessions_) {
    if (auto wrong = compare(naive_.up.at(slot), *neighbour)) return wrong;
    compared_ += neighbour->table().size();
    for (const auto& counts : rib_.counts(slot).families) received += counts.received;
  }
  if (received != naive_.routes.size()) return "received routes are miscounted";
  std::uint64_t accepted = 0;
  for (const Family family : kFamilies) accepted += rib_.table(family).paths;
  if (accepted != naive_.accepted()) return "accepted paths are miscounted";
  return std::nullopt;
}

std::optional<std::string> World::compare(const Client& client, Neighbour& neighbour) const {
  const std::string who = "client " + std::to_string(client.slot) + ": ";
  if (neighbour.misunderstood) return who + "was sent something it cannot read";
  std::map<Prefix, std::multiset<std::string>> holds;
  for (const auto& [nlri, attributes] : neighbour.table()) {
    holds[nlri.prefix].insert(describe(attributes));
  }
  const auto should = naive_.held_by(client);
  const std::uint64_t in_adj_rib_out = neighbour.export_.adj_rib_out().size(Family::Ipv4Unicast) +
                                       neighbour.export_.adj_rib_out().size(Family::Ipv6Unicast);
  if (holds == should) {
    if (in_adj_rib_out == neighbour.table().size()) return std::nullopt;
    return who + "Adj-RIB-Out miscounts";
  }
  std::string text = who + "\n";
  for (const Prefix& prefix : prefixes()) {
    const auto has = holds.find(prefix);
    const auto wants = should.find(prefix);
    const std::multiset<std::string> none;
    const auto& left = has == holds.end() ? none : has->second;
    const auto& right = wants == should.end() ? none : wants->second;
    if (left == right) continue;
    text += "  " + prefix.to_string() + "\n";
    for (const std::string& path : left) text += "    holds  " + path + "\n";
    for (const std::string& path : right) text += "    should " + path + "\n";
  }
  return text;
}

std::optional<std::string> World::end() {
  for (const Client& client : clients_) {
    if (session(client.slot) != nullptr) down(client.slot);
  }
  if (auto wrong = settle()) return wrong;
  if (rib_.attributes().size() != 0) return "attribute sets are left";
  if (rib_.attributes().bytes() != 0) return "octets of attribute sets are left";
  for (rib::DestId id = 0; id < rib_.end(); ++id) {
    if (rib_.destination(id).in_use) return "a destination is left";
  }
  return std::nullopt;
}

}  // namespace tern::model
