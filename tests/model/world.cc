#include "tests/model/world.h"

#include <algorithm>
#include <array>

#include "tests/model/sessions.h"

namespace tern::model {
namespace {

using Kind = Operation::Kind;

constexpr std::uint32_t kNow = 1000;  // Unix seconds

constexpr std::array<const char*, static_cast<std::size_t>(Kind::kCount)> kNames{
    "Up",           "Down",      "Announce", "Withdraw", "Malformed", "Garbage",    "ImportPolicy",
    "ExportPolicy", "Vantage",   "Network",  "Decision", "Refresh",   "Distribute", "Walk",
    "Read",         "Keepalive", "Sleep",    "Work",     "Lend",      "Store",      "Settle"};

std::size_t octets_of(const Operation& operation) {
  return operation.b % 4 == 0 ? operation.a % 20000 : operation.a % 300;
}

}  // namespace

std::string to_string(const Operation& operation) {
  return std::string("{Kind::") + kNames[static_cast<std::size_t>(operation.kind)] + ", " +
         std::to_string(operation.slot) + ", " + std::to_string(operation.a) + ", " +
         std::to_string(operation.b) + "}";
}

World::Session::Session(rib::Rib& rib, const Client& of, const Policies& policies, int network)
    : client(of),
      import(rib, facts_of(of), import_rules(of, policies.import, network)),
      listener(facts_of(of)) {}

World::World(std::uint64_t most_lag)
    : fanout_(std::make_unique<pipeline::Fanout>(rib_, most_lag)),
      clients_(clients()),
      lagging_(clients_.size() + 1) {
  for (const Client& client : clients_) {
    naive_.policies[client.slot] = {};
    rib_.set_peer(client.slot, {});
  }
}

World::Session* World::session(PeerSlot slot) {
  const auto found = sessions_.find(slot);
  return found == sessions_.end() ? nullptr : found->second.get();
}

std::optional<std::string> World::apply(const Operation& operation) {
  const PeerSlot slot = operation.slot;
  const auto number = static_cast<int>(operation.a % 3);
  end_bursts(operation);
  if (operation.kind == Kind::Settle) return settle();
  if (operation.kind == Kind::ImportPolicy) set_import(slot, number);
  if (operation.kind == Kind::ExportPolicy) set_export(slot, number);
  if (operation.kind == Kind::Vantage) set_vantage(slot, static_cast<int>(operation.a % 4) - 1);
  if (operation.kind == Kind::Network) set_network(static_cast<int>(operation.a % kNetworks));
  if (operation.kind == Kind::Work) (void)work(1 + operation.a % 5);
  if (operation.kind == Kind::Distribute) (void)fanout_->distribute(1 + operation.a % 8, 0);
  if (operation.kind == Kind::Walk && fanout_->walking()) fanout_->walk(1 + operation.a % 6);
  if (operation.kind == Kind::Up && session(slot) == nullptr) up(operation);
  if (operation.kind == Kind::Decision) decide_by(operation.a);
  if (operation.kind == Kind::Store) store_next(slot);
  count_laggards();
  Session* const spoken_of = session(slot);
  if (spoken_of == nullptr) return std::nullopt;
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
      fanout_->refresh(slot, kFamilies[operation.a % 2], operation.b % 2 == 1);
      break;
    case Kind::Read:
      read(*spoken_of, operation);
      break;
    case Kind::Keepalive:
      spoken_of->listener.interject(*fanout_->client(slot));
      break;
    case Kind::Sleep:
      spoken_of->asleep = operation.a % 12;
      break;
    case Kind::Lend:
      lend(*spoken_of);
      break;
    default:
      break;
  }
  return std::nullopt;
}

// ---- Sessions

void World::up(const Operation& operation) {
  Client& client = clients_[operation.slot - 1];
  client = vary(clients()[operation.slot - 1], operation.a);
  const pipeline::SessionFacts facts = facts_of(client);
  const rib::PeerRank rank{client.kind, client.router_id, facts.peer_address};
  // Paths that the last router in this slot left behind are ranked under the new one's name, in
  // slices, as the daemon does; their sweep goes on beside.
  if (rib_.peer(client.slot) != rank) {
    rib_.set_peer(client.slot, rank);
    ranking_ = 0;
    if (sweeping_.contains(client.slot)) ++seen_.returns;
  }
  if (fanout_->walking()) ++seen_.joins;
  const Policies& policies = naive_.policies[client.slot];
  sessions_[client.slot] = std::make_unique<Session>(rib_, client, policies, naive_.network);
  fanout_->open(facts, export_rules(client, policies.export_, naive_.network));
  naive_.up[client.slot] = client;
}

void World::down(PeerSlot slot) {
  fanout_->close(slot);
  sessions_.erase(slot);
  reevaluating_.erase(slot);
  rib_.next_generation(slot);
  sweeping_[slot] = 0;
  naive_.up.erase(slot);
  std::erase_if(naive_.routes, [&](const auto& route) { return route.first.first == slot; });
}

// ---- What the neighbours say

pipeline::Judgement World::Session::take(wire::Bytes body) {
  return lent ? lent->take(body, batch) : import.take(body);
}

void World::lend(Session& session) {
  store(session);
  session.lent = session.import.lend();
}

// The judge goes back: new rules are for another one.
void World::store(Session& session) {
  if (!session.lent) return;
  const bool routes = !session.batch.announced.empty();
  if (routes && session.batch.rules.get() != &session.import.rules()) ++seen_.outdated;
  (void)session.import.store(session.batch, kNow);
  session.lent.reset();
}

// Of the next session, from `slot` on and round, that something is judged apart for.
void World::store_next(PeerSlot slot) {
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    Session* const next = session(clients_[(slot - 1 + i) % clients_.size()].slot);
    if (next != nullptr && next->lent) return store(*next);
  }
}

// UPDATEs of one neighbour in a row are one burst, which a reset may cut short.
void World::end_bursts(const Operation& operation) {
  const bool goes_on = operation.kind == Kind::Announce || operation.kind == Kind::Withdraw ||
                       operation.kind == Kind::Malformed || operation.kind == Kind::Garbage ||
                       operation.kind == Kind::Down;
  for (auto& [slot, each] : sessions_) {
    if (!goes_on || slot != operation.slot) each->import.flush(kNow);
  }
}

// Mostly one prefix, sometimes several of one family.
std::vector<Nlri> World::nlri_of(const Client& client, std::uint32_t which,
                                 std::uint32_t path_id) const {
  const std::size_t first = which % prefixes().size();
  const std::size_t count = which / 16 % 4 == 0 ? 1 + which / 64 % 8 : 1;
  const bool ipv4 = prefixes()[first].family() == Family::Ipv4Unicast;
  const std::size_t end = ipv4 ? kIpv4Prefixes : prefixes().size();
  std::vector<Nlri> all;
  for (std::size_t i = first; i < std::min(end, first + count); ++i) {
    all.push_back({prefixes()[i], client.add_path_receive && ipv4 ? path_id % 3 : 0});
  }
  return all;
}

void World::announce(const Operation& operation) {
  Session& from = *session(operation.slot);
  const std::vector<Nlri> nlri = nlri_of(from.client, operation.a, operation.b);
  const Family family = nlri.front().prefix.family();
  const bool ipv4 = family == Family::Ipv4Unicast;
  const PathAttributes attributes = attributes_of(from.client, family, operation.b / 3);
  std::vector<std::byte> message;
  (void)wire::encode_announcements(
      attributes, nlri,
      {from.client.four_octet_as, from.client.add_path_receive && ipv4, wire::kMaxExtendedMessage},
      message);
  (void)from.take(wire::Bytes(message).subspan(wire::kHeaderSize));
  if (!ipv4 && !from.client.ipv6) return;
  for (const Nlri& each : nlri) naive_.routes[{operation.slot, each}] = attributes;
}

void World::withdraw(const Operation& operation) {
  Session& from = *session(operation.slot);
  const std::vector<Nlri> nlri = nlri_of(from.client, operation.a, operation.b);
  const bool ipv4 = nlri.front().prefix.family() == Family::Ipv4Unicast;
  std::vector<std::byte> message;
  (void)wire::encode_withdrawals(
      nlri,
      {from.client.four_octet_as, from.client.add_path_receive && ipv4, wire::kMaxExtendedMessage},
      message);
  (void)from.take(wire::Bytes(message).subspan(wire::kHeaderSize));
  for (const Nlri& each : nlri) naive_.routes.erase({operation.slot, each});
}

// An announcement of an IPv4 prefix with ORIGIN 9.
std::optional<std::string> World::malformed(const Operation& operation) {
  Session& from = *session(operation.slot);
  const bool ids = from.client.add_path_receive;
  const Nlri nlri{prefixes()[operation.a % kIpv4Prefixes], ids ? operation.b % 3 : 0};
  std::vector<std::byte> body;
  (void)wire::encode_announcements(
      attributes_of(from.client, Family::Ipv4Unicast, operation.b), std::vector<Nlri>{nlri},
      {from.client.four_octet_as, ids, wire::kMaxExtendedMessage}, body);
  body.erase(body.begin(), body.begin() + wire::kHeaderSize);
  body[7] = std::byte{9};  // after two lengths: flags, type, length, and ORIGIN itself
  const pipeline::Judgement received = from.take(body);
  if (received.reset || received.fault == nullptr) return "a malformed ORIGIN was not seen";
  naive_.routes.erase({operation.slot, nlri});
  return std::nullopt;
}

std::optional<std::string> World::garbage(PeerSlot slot) {
  const std::vector<std::byte> body(3, std::byte{0xFF});
  if (!session(slot)->take(body).reset) return "garbage was accepted";
  down(slot);
  return std::nullopt;
}

// ---- Policies and the decision

void World::decide_by(std::uint32_t bits) {
  naive_.always_compare_med = bits % 2 == 1;
  naive_.egress_position = static_cast<int>(bits / 2 % 3);
  rib_.set_config({naive_.always_compare_med, static_cast<rib::EgressPosition>(bits / 2 % 3)});
  ranking_ = 0;
}

void World::set_import(PeerSlot slot, int policy) {
  naive_.policies[slot].import = policy;
  apply_rules(slot, true, false);
}

void World::set_export(PeerSlot slot, int policy) {
  naive_.policies[slot].export_ = policy;
  apply_rules(slot, false, true);
}

void World::set_vantage(PeerSlot slot, int pop) {
  Session* const changed = session(slot);
  if (changed == nullptr) return;
  naive_.up[slot].vantage = clients_[slot - 1].vantage = changed->client.vantage = pop;
  apply_rules(slot, false, true);
}

void World::set_network(int number) {
  naive_.network = number;
  for (const auto& each : sessions_) apply_rules(each.first, true, true);
}

void World::apply_rules(PeerSlot slot, bool import, bool exported) {
  Session* const changed = session(slot);
  if (changed == nullptr) return;
  const Policies& policies = naive_.policies[slot];
  if (exported) {
    fanout_->set_rules(slot, export_rules(changed->client, policies.export_, naive_.network));
  }
  if (!import) return;
  changed->import.set_rules(import_rules(changed->client, policies.import, naive_.network));
  reevaluating_[slot] = 0;
}

// ---- What the clients take

void World::read(Session& session, const Operation& operation) {
  if (session.asleep > 0) {
    --session.asleep;
    return;
  }
  session.listener.take(*fanout_->client(operation.slot), octets_of(operation));
}

void World::count_laggards() {
  for (const Client& client : clients_) {
    const pipeline::ExportClient* const open = fanout_->client(client.slot);
    const bool lags = open != nullptr && open->lagging();
    if (lags && !lagging_[client.slot]) ++seen_.laggards;
    lagging_[client.slot] = lags;
  }
}

// ---- Work in slices

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
    pipeline::Import& import = sessions_.at(walk->first)->import;
    for (std::size_t i = 0; i < budget && walk->second < rib_.end(); ++i) {
      import.reevaluate(walk->second++);
    }
    const bool more = walk->second < rib_.end();
    if (!more) import.end_reevaluation();
    walk = more ? std::next(walk) : reevaluating_.erase(walk);
  }
  if (ranking_) {
    worked = true;
    for (std::size_t i = 0; i < budget && *ranking_ < rib_.end(); ++i) rib_.rank((*ranking_)++);
    if (*ranking_ >= rib_.end()) ranking_.reset();
  }
  return worked;
}

std::optional<std::string> World::end() {
  for (const Client& client : clients_) {
    if (session(client.slot) != nullptr) down(client.slot);
  }
  if (auto wrong = settle()) return wrong;
  if (fanout_->class_count() != 0) return "classes are left";
  if (fanout_->log_bytes() != 0) return "messages are left";
  if (rib_.attributes().size() != 0) return "attribute sets are left";
  for (rib::DestId id = 0; id < rib_.end(); ++id) {
    if (rib_.destination(id).in_use) return "a destination is left";
  }
  for (const Client& client : clients_) {
    for (const Family family : kFamilies) {
      if (rib_.audiences().held_by(client.slot, family) != 0) return "an audience holds a prefix";
    }
  }
  fanout_.reset();
  if (rib_.audiences().size() != 0) return "audiences are left";
  return std::nullopt;
}

// ---- For people

std::string World::words(const Operation& operation) const {
  const auto found = sessions_.find(operation.slot);
  const std::string who = "client " + std::to_string(operation.slot);
  const std::string number = std::to_string(operation.a % 3);
  switch (operation.kind) {
    case Kind::Distribute:
      return "distribute " + std::to_string(1 + operation.a % 8);
    case Kind::Walk:
      return "walk " + std::to_string(1 + operation.a % 6);
    case Kind::Work:
      return "work " + std::to_string(1 + operation.a % 5);
    case Kind::Settle:
      return "settle";
    case Kind::Decision:
      return std::string("compare ") + (operation.a % 2 == 1 ? "all MEDs" : "MEDs of one AS") +
             ", egress cost at step " + std::to_string(1 + operation.a / 2 % 3);
    case Kind::ImportPolicy:
      return who + ": import policy " + number;
    case Kind::ExportPolicy:
      return who + ": export policy " + number;
    case Kind::Vantage:
      return who + ": vantage " + std::to_string(static_cast<int>(operation.a % 4) - 1);
    case Kind::Network:
      return "network " + std::to_string(operation.a % kNetworks);
    case Kind::Up:
      return who + " comes up: " + describe(vary(clients()[operation.slot - 1], operation.a));
    default:
      break;
  }
  if (found == sessions_.end()) return who + " is down";
  const Client& client = found->second->client;
  std::string text = who + " " + kNames[static_cast<std::size_t>(operation.kind)];
  if (operation.kind == Kind::Announce || operation.kind == Kind::Withdraw) {
    const std::vector<Nlri> all = nlri_of(client, operation.a, operation.b);
    for (const Nlri& nlri : all) text += " " + nlri.prefix.to_string();
    text += " id " + std::to_string(all.front().path_id);
    if (operation.kind == Kind::Withdraw) return text;
    const Family family = all.front().prefix.family();
    return text + " " + describe(attributes_of(client, family, operation.b / 3));
  }
  if (operation.kind == Kind::Read) return text + " " + std::to_string(octets_of(operation));
  if (operation.kind == Kind::Refresh) {
    return text + " " + std::string(to_string(kFamilies[operation.a % 2])) +
           (operation.b % 2 == 1 ? " enhanced" : "");
  }
  return text;
}

}  // namespace tern::model
