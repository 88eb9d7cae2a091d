#include "tests/model/world.h"

#include <algorithm>
#include <array>

#include "tests/model/naive_guard.h"
#include "tests/model/sessions.h"

namespace tern::model {
namespace {

using Kind = Operation::Kind;

constexpr std::array<const char*, static_cast<std::size_t>(Kind::kCount)> kNames{
    "Up",        "Down",         "Return",       "Announce",   "Withdraw",  "Malformed",
    "Garbage",   "ImportPolicy", "ExportPolicy", "ImportSet",  "ExportSet", "Drain",
    "Summary",   "DefaultRoute", "Vantage",      "Network",    "Decision",  "Refresh",
    "Demarcate", "Distribute",   "Walk",         "Read",       "Keepalive", "Sleep",
    "Work",      "Lend",         "Store",        "Part",       "Share",     "Subscribe",
    "Originate", "NextHop",      "Link",         "Resolution", "Cover",     "Register",
    "Settle"};

std::size_t octets_of(const Operation& operation) {
  return operation.b % 4 == 0 ? operation.a % 20000 : operation.a % 300;
}

// Of Refresh and Demarcate.
Family family_of(const Operation& operation) { return kFamilies[operation.a % kFamilyCount]; }

}  // namespace

std::string to_string(const Operation& operation) {
  return operation.code(kNames[static_cast<std::size_t>(operation.kind)]);
}

World::Session::Session(rib::Shards& shards, pipeline::AdjRibsIn& adj_ribs_in, const Client& of,
                        pipeline::ImportRules rules)
    : client(of),
      import(shards, adj_ribs_in, facts_of(of), std::move(rules)),
      routes(shards.size()),
      listener(facts_of(of)) {}

World::World(std::size_t shards, std::uint64_t most_lag)
    : shards_(shards),
      advertisers_(std::make_unique<pipeline::Advertisers>(shards_, most_lag)),
      parts_(shards),
      sweeps_(shards),
      clients_(clients()),
      lagging_(clients_.size() + 1),
      paths_(destinations().size()),
      changed_(destinations().size()),
      readers_(shards) {
  apply_resolution();
  for (const Client& client : clients_) {
    naive_.policies[client.slot] = {};
    shards_.set_peer(client.slot, {});
  }
  shards_.set_peer(kOwnSlot, {PeerKind::Own, 0, {}, 0});
}

World::Session* World::session(PeerSlot slot) {
  const auto found = sessions_.find(slot);
  return found == sessions_.end() ? nullptr : found->second.get();
}

std::optional<std::string> World::apply(const Operation& operation) {
  const PeerSlot slot = operation.slot;
  const auto number = static_cast<int>(operation.a % kPolicies);
  end_bursts(operation);
  if (operation.kind == Kind::Settle) return settle();
  if (operation.kind == Kind::Share) return share(operation);
  if (operation.kind == Kind::Subscribe) subscribe(operation);
  if (operation.kind == Kind::ImportPolicy) set_import(slot, number);
  if (operation.kind == Kind::ExportPolicy) set_export(slot, number);
  if (operation.kind == Kind::ImportSet) change_set(operation);
  if (operation.kind == Kind::ExportSet) change_set(operation);
  if (operation.kind == Kind::Drain) change_drain(slot);
  if (operation.kind == Kind::Summary) change_summary(operation.a);
  if (operation.kind == Kind::DefaultRoute) set_default_route(operation);
  if (operation.kind == Kind::Vantage) set_vantage(slot, static_cast<int>(operation.a % 4) - 1);
  if (operation.kind == Kind::Network)
    set_network(static_cast<int>(operation.a % kNetworks), operation.b % 2 == 1);
  if (operation.kind == Kind::Work) (void)work(shard_of(operation), 1 + operation.a % 5);
  if (operation.kind == Kind::Walk) walk(operation);
  if (operation.kind == Kind::Up && session(slot) == nullptr) up(operation);
  if (operation.kind == Kind::Decision) decide_by(operation.a);
  if (operation.kind == Kind::Originate) originate(operation);
  if (operation.kind == Kind::NextHop) change_next_hop(operation);
  if (operation.kind == Kind::Link) change_link();
  if (operation.kind == Kind::Resolution) {
    configure_next_hops(operation.a, naive_.host);
    apply_resolution();
  }
  if (operation.kind == Kind::Cover) (void)search_covers();
  if (operation.kind == Kind::Register) {
    set_registrations(static_cast<int>(operation.a % kRegistrations));
  }
  if (operation.kind == Kind::Store) store_next(slot, operation.b % 8 != 0);
  if (operation.kind == Kind::Part) store_parts(shard_of(operation), 1 + operation.a % 6);
  note_changes();
  if (operation.kind == Kind::Distribute) {
    (void)(*advertisers_)[shard_of(operation)].advertise(1 + operation.a % 8, 0);
  }
  count_laggards();
  Session* const spoken_of = session(slot);
  if (spoken_of == nullptr) return std::nullopt;
  switch (operation.kind) {
    case Kind::Down:
      down(slot);
      break;
    case Kind::Return:
      down(slot);
      up(operation);
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
      refresh(*spoken_of, operation);
      break;
    case Kind::Demarcate:
      demarcate(*spoken_of, operation);
      break;
    case Kind::Read:
      return read(*spoken_of, operation);
    case Kind::Keepalive:
      spoken_of->listener.interject();
      break;
    case Kind::Sleep:
      spoken_of->asleep = operation.a % 12;
      break;
    case Kind::ReadInBulk:
      read_in_bulk(*spoken_of);
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
  // Paths of the last router in this slot are ranked with the rank of the new router, in slices, as
  // in the daemon; their sweep goes on meanwhile.
  const bool left = std::ranges::any_of(
      kFamilies, [&](Family family) { return shards_.received(client.slot, family) > 0; });
  if (shards_.peer(client.slot) != rank) {
    shards_.set_peer(client.slot, rank);
    if (left) {
      ranking_.insert_or_assign(client.slot, Round(shards_.size()));
      forget_what_lasts();
    }
    if (left) ++seen_.returns;
  }
  if (advertisers_->walking()) ++seen_.joins;
  const Policies& policies = naive_.policies[client.slot];
  auto& session = sessions_[client.slot];
  pipeline::AdjRibsIn& adj_ribs_in = adj_ribs_in_[client.slot];
  for (const Family family : kFamilies) {
    if (!facts.families.contains(family)) continue;
    shards_.change_epoch(client.slot, family, adj_ribs_in[family].session_up(false, {}));
  }
  session =
      std::make_unique<Session>(shards_, adj_ribs_in, client, import_rules_of(client, policies));
  session->since = ++clock_;
  advertisers_->open(facts, export_rules(client, policies, naive_.network));
  naive_.up[client.slot] = client;
}

void World::down(PeerSlot slot) {
  store_all_parts();
  advertisers_->close(slot);
  sessions_.erase(slot);
  reevaluating_.erase(slot);
  unblocking_.erase(slot);
  for (const Family family : kFamilies) {
    shards_.change_epoch(slot, family, adj_ribs_in_[slot][family].session_down({}, {}));
  }
  naive_.up.erase(slot);
  std::erase_if(naive_.unheard, [&](const auto& route) { return route.first == slot; });
  std::erase_if(naive_.routes, [&](const auto& route) { return route.first.first == slot; });
}

// ---- Messages of neighbors

pipeline::Judgement World::Session::take(wire::Bytes body) {
  return in_bulk ? in_bulk->take(body, routes) : import.take(body);
}

// Consecutive UPDATEs of one neighbor are one burst, which a reset may cut short.
void World::end_bursts(const Operation& operation) {
  const bool goes_on = operation.kind == Kind::Announce || operation.kind == Kind::Withdraw ||
                       operation.kind == Kind::Malformed || operation.kind == Kind::Garbage ||
                       operation.kind == Kind::Down || operation.kind == Kind::Return;
  for (auto& [slot, each] : sessions_) {
    if (goes_on && slot == operation.slot) continue;
    if (!each->import.pending().empty()) {
      store(each->import, each->import.pending(), operation.b % 8 != 0);
    }
  }
}

// Mostly one prefix, sometimes several of one family.
void World::announce(const Operation& operation) {
  Session& from = *session(operation.slot);
  const std::vector<Nlri> nlri = nlri_of(from.client, operation.a, operation.b);
  const Family family = nlri.front().family;
  const bool ids = from.client.add_path_receive && family == Family::Ipv4Unicast;
  const PathAttributes attributes = attributes_of(from.client, family, operation.b / 3);
  std::vector<std::byte> message;
  (void)wire::encode_announcements(
      attributes, nlri, {from.client.four_octet_as, ids, wire::kMaxExtendedMessage}, message);
  (void)from.take(wire::Bytes(message).subspan(wire::kHeaderSize));
  if (!families_of(from.client).contains(family)) return;
  for (const Nlri& each : nlri) {
    naive_.routes[{operation.slot, each}] = attributes;
    naive_.unheard.erase({operation.slot, each});
  }
}

void World::withdraw(const Operation& operation) {
  Session& from = *session(operation.slot);
  const std::vector<Nlri> nlri = nlri_of(from.client, operation.a, operation.b);
  const bool ids = from.client.add_path_receive && nlri.front().family == Family::Ipv4Unicast;
  std::vector<std::byte> message;
  (void)wire::encode_withdrawals(nlri, {from.client.four_octet_as, ids, wire::kMaxExtendedMessage},
                                 message);
  (void)from.take(wire::Bytes(message).subspan(wire::kHeaderSize));
  for (const Nlri& each : nlri) naive_.routes.erase({operation.slot, each});
}

// An announcement of an IPv4 prefix with ORIGIN 9.
std::optional<std::string> World::malformed(const Operation& operation) {
  Session& from = *session(operation.slot);
  const bool ids = from.client.add_path_receive;
  const Nlri nlri = unicast(prefixes()[operation.a % kIpv4Prefixes], ids ? operation.b % 3 : 0);
  std::vector<std::byte> body;
  (void)wire::encode_announcements(
      attributes_of(from.client, Family::Ipv4Unicast, operation.b), std::vector<Nlri>{nlri},
      {from.client.four_octet_as, ids, wire::kMaxExtendedMessage}, body);
  body.erase(body.begin(), body.begin() + wire::kHeaderSize);
  body[7] = std::byte{9};  // after two lengths: flags, type, length, and the ORIGIN
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

// ---- Octets that clients take

std::optional<std::string> World::read(Session& session, const Operation& operation) {
  if (session.asleep > 0) {
    --session.asleep;
    return std::nullopt;
  }
  const pipeline::ShardBits all = (pipeline::ShardBits{1} << shards_.size()) - 1;
  const pipeline::ShardBits busy = operation.b / 4 % 2 == 0 ? 0 : operation.b / 8 & all;
  if (auto wrong = take(session, octets_of(operation), busy)) return wrong;
  if (operation.b / 128 % 2 == 0) begin_table(operation.slot);
  return std::nullopt;
}

std::optional<std::string> World::take(Session& session, std::size_t octets,
                                       pipeline::ShardBits busy) {
  const PeerSlot slot = session.client.slot;
  pipeline::AdjRibOut& adj_rib_out = *advertisers_->adj_rib_out(slot);
  for (bool again = true; again;) {
    const bool more = adj_rib_out.has_more();
    const std::size_t taken = session.listener.take(adj_rib_out, octets);
    if (taken > 0 && !more) return "there was more than it said";
    if (taken > 0 && busy != 0) ++seen_.busy;
    octets -= taken;
    session.wishes |= adj_rib_out.take_resync_requests();
    again = resync(session, busy) && octets > 0;
  }
  return std::nullopt;
}

// The shards that are not busy make octets for a client that left their log. True: some did.
bool World::resync(Session& session, pipeline::ShardBits busy) {
  bool some = false;
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
    const pipeline::ShardBits bit = pipeline::ShardBits{1} << shard;
    if ((session.wishes & ~busy & bit) == 0) continue;
    session.wishes &= ~bit;
    (*advertisers_)[shard].resync(session.client.slot);
    some = true;
  }
  return some;
}

void World::refresh(Session& session, const Operation& operation) {
  const Family family = family_of(operation);
  const bool enhanced = operation.b % 2 == 1;
  session.listener.ask(family, enhanced);
  advertisers_->adj_rib_out(operation.slot)->request_table(family, enhanced);
}

// BoRR or EoRR, mostly the one that is expected next.
bool World::begins(const Session& from, const Operation& operation) {
  const bool next = !from.refreshing[index(family_of(operation))];
  return operation.b % 8 == 0 ? !next : next;
}

// Stores earlier routes of the neighbor first, as a session does. Some neighbors send BoRR or EoRR
// many times.
void World::demarcate(Session& from, const Operation& operation) {
  const PeerSlot slot = operation.slot;
  const Family family = family_of(operation);
  store(from, false);
  store(from.import, from.import.pending(), false);
  store_all_parts();
  constexpr std::uint32_t kMany = 300;
  const bool begin = begins(from, operation);
  for (std::uint32_t n = operation.a / kFamilyCount % 8 == 0 ? operation.b / 2 % kMany : 0;; --n) {
    if (begin) {
      shards_.change_epoch(slot, family, adj_ribs_in_[slot][family].begin_of_refresh({}));
      if (!std::exchange(from.refreshing[index(family)], true)) {
        for (const auto& [route, attributes] : naive_.routes) {
          const bool concerned = route.first == slot && route.second.family == family;
          if (concerned) naive_.unheard.insert(route);
        }
      }
    } else {
      end_refresh(slot, family);
      from.refreshing[index(family)] = false;
    }
    if (n == 0) break;
  }
}

void World::end_refresh(PeerSlot slot, Family family) {
  Session& from = *session(slot);
  shards_.change_epoch(slot, family, adj_ribs_in_[slot][family].end_of_refresh());
  obey(slot, from.import.check_limits());
  if (!from.refreshing[index(family)]) return;
  std::erase_if(naive_.unheard, [&](const auto& route) {
    if (route.first != slot || route.second.family != family) return false;
    seen_.stale += naive_.routes.erase(route);
    return true;
  });
}

// Begins the next table that the client waits for, if it may begin.
void World::begin_table(PeerSlot slot) {
  if (!advertisers_->adj_rib_out(slot)->next_waits()) return;
  if (advertisers_->walking()) ++seen_.tables;
  advertisers_->begin_table(slot);
}

void World::walk(const Operation& operation) {
  if (operation.b / 16 % 2 == 0) {
    for (const auto& each : sessions_) begin_table(each.first);
  }
  pipeline::Advertiser& advertiser = (*advertisers_)[shard_of(operation)];
  if (advertiser.walking()) advertiser.walk(1 + operation.a % 6);
}

void World::count_laggards() {
  for (const Client& client : clients_) {
    const pipeline::AdjRibOut* const open = advertisers_->adj_rib_out(client.slot);
    const bool lags = open != nullptr && open->lagging();
    if (lags && !lagging_[client.slot]) ++seen_.laggards;
    lagging_[client.slot] = lags;
  }
}

// ---- For people

std::string World::words(const Operation& operation) const {
  const auto found = sessions_.find(operation.slot);
  const std::string who = "client " + std::to_string(operation.slot);
  const std::string number = std::to_string(operation.a % kPolicies);
  const std::string shard = " in shard " + std::to_string(shard_of(operation));
  switch (operation.kind) {
    case Kind::Distribute:
      return "distribute " + std::to_string(1 + operation.a % 8) + shard;
    case Kind::Walk:
      return "walk " + std::to_string(1 + operation.a % 6) + shard +
             (operation.b / 16 % 2 == 0 ? ", tables that wait begin" : "");
    case Kind::Work:
      return "work " + std::to_string(1 + operation.a % 5) + shard;
    case Kind::Part:
      return "store " + std::to_string(1 + operation.a % 6) + " that wait" + shard;
    case Kind::Share:
      return std::string(to_string(sharing_of(operation.a))) + shard;
    case Kind::Subscribe:
      return "a subscriber" + shard;
    case Kind::Originate:
      return std::string(operation.b % 2 == 0 ? "end" : "originate") + " our own at " +
             nlri_of(own_router(), operation.a, 0).front().prefix.to_string();
    case Kind::NextHop: {
      Host then = naive_.host;
      const IpAddress next_hop = model::change_next_hop(operation.a, operation.b, then);
      return "next hop " + model::describe(then, next_hop);
    }
    case Kind::Link:
      return std::string("the interface goes ") + (naive_.host.link ? "down" : "up");
    case Kind::Resolution: {
      Host then = naive_.host;
      configure_next_hops(operation.a, then);
      return describe_settings(then);
    }
    case Kind::Cover:
      return "search for covers";
    case Kind::Register:
      return "registrations " + std::to_string(operation.a % kRegistrations);
    case Kind::Settle:
      return "settle";
    case Kind::Decision:
      return std::string("compare ") + (operation.a % 2 == 1 ? "all MEDs" : "MEDs of one AS") +
             ", egress cost at step " + std::to_string(1 + operation.a / 2 % 3);
    case Kind::ImportSet:
    case Kind::ExportSet:
      return who + (operation.kind == Kind::ImportSet ? ": import" : ": export") +
             " set changes at " + prefixes()[operation.a % prefixes().size()].to_string();
    case Kind::ImportPolicy:
      return who + ": import policy " + number;
    case Kind::ExportPolicy:
      return who + ": export policy " + number;
    case Kind::Drain:
      return who + ": drain";
    case Kind::Summary:
      return "summary of " + prefixes()[operation.a % prefixes().size()].to_string();
    case Kind::DefaultRoute:
      return who + ": default route " + std::to_string(operation.a % kDefaultRoutes);
    case Kind::Vantage:
      return who + ": vantage " + std::to_string(static_cast<int>(operation.a % 4) - 1);
    case Kind::Network:
      return "network " + std::to_string(operation.a % kNetworks) +
             (operation.b % 2 == 1 ? ", live" : ", by a reload");
    case Kind::Up:
    case Kind::Return:
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
    const Family family = all.front().family;
    text += " " + std::string(to_string(family)) + " id " + std::to_string(all.front().path_id);
    if (operation.kind == Kind::Withdraw) return text;
    return text + " " + describe(attributes_of(client, family, operation.b / 3));
  }
  if (operation.kind == Kind::Read) return text + " " + std::to_string(octets_of(operation));
  if (operation.kind == Kind::Demarcate) {
    return text + (begins(*found->second, operation) ? " begins " : " ends ") +
           std::string(to_string(family_of(operation))) +
           (operation.a / kFamilyCount % 8 == 0 ? ", many times" : "");
  }
  if (operation.kind == Kind::Refresh) {
    return text + " " + std::string(to_string(family_of(operation))) +
           (operation.b % 2 == 1 ? " enhanced" : "");
  }
  return text;
}

}  // namespace tern::model
