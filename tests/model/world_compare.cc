// Compares the routes that clients hold, and the counters, with the naive RIB.
#include <algorithm>

#include "tests/model/compare_held.h"
#include "tests/model/sessions.h"
#include "tests/model/world.h"

namespace tern::model {
namespace {

constexpr std::size_t kAll = 1000;    // more than the model has of anything
constexpr std::size_t kLittle = 100;  // octets

}  // namespace

// All changes are advertised and all messages are taken.
bool World::calm() {
  if (shards_.has_changes() || advertisers_->walking()) return false;
  return std::none_of(sessions_.begin(), sessions_.end(), [&](const auto& each) {
    pipeline::AdjRibOut& adj_rib_out = *advertisers_->adj_rib_out(each.first);
    return each.second->listener.in_a_message() || adj_rib_out.has_more() ||
           each.second->wishes != 0 || adj_rib_out.next_waits();
  });
}

// One shard advertises in each turn; then every client takes octets, sometimes few.
std::optional<std::string> World::come_to_rest() {
  for (std::size_t turn = 0; turn == 0 || !calm(); ++turn) {
    if (turn == kAll) return "it does not come to rest";
    pipeline::Advertiser& advertiser = (*advertisers_)[turn % shards_.size()];
    while (advertiser.advertise(5, 0)) {
    }
    if (advertiser.walking()) advertiser.walk(7);
    count_laggards();
    const pipeline::ShardBits busy = turn < shards_.size() ? pipeline::ShardBits{1} << turn : 0;
    for (auto& [slot, each] : sessions_) {
      const std::size_t octets = turn % 3 == slot % 3 ? kAll * kAll : kLittle;
      if (auto wrong = take(*each, octets, busy)) return wrong;
      begin_table(slot);
    }
  }
  return std::nullopt;
}

std::optional<std::string> World::settle() {
  for (auto& [slot, each] : sessions_) store(*each, false);
  store_all_parts();
  if (auto wrong = find_covers()) return wrong;
  note_changes();
  if (auto wrong = come_to_rest()) return wrong;
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
    if (auto wrong = look(shard)) return wrong;
  }
  if (auto wrong = compare_mirrors()) return wrong;
  if (auto wrong = find_blocked()) return wrong;
  naive_.covers = covers_of(*next_hops_);
  const NaiveRib::Ranked paths = naive_.ranked();
  if (auto wrong = naive_.wrong_cover(paths)) return wrong;
  seen_.covered += naive_.covers.size();
  std::map<int, NaiveRib::Ranked> elsewhere;
  for (const auto& [slot, each] : sessions_) {
    const int vantage = each->client.vantage;
    if (vantage != kNowhere && elsewhere.count(vantage) == 0) {
      elsewhere[vantage] = naive_.ranked(vantage);
      count_elsewhere(paths, elsewhere[vantage]);
    }
    const auto& preferred = vantage == kNowhere ? paths : elsewhere.at(vantage);
    if (auto wrong = compare(*each, preferred)) return wrong;
    seen_.compared += each->listener.table().size();
  }
  return compare_counts(paths);
}

// Reads from the real RIB which paths a limit blocks, and checks how many these are.
std::optional<std::string> World::find_blocked() {
  naive_.blocked.clear();
  std::map<std::pair<PeerSlot, Family>, std::uint64_t> kept_out;
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
    const rib::Rib& rib = shards_[shard];
    for (rib::DestId id = 0; id < rib.end(); ++id) {
      const rib::Destination destination = rib.destination(id);
      for (std::size_t i = 0; i < destination.paths.size(); ++i) {
        if (!destination.paths[i].blocked()) continue;
        const PeerSlot slot = destination.paths[i].peer();
        naive_.blocked.insert({slot, destination.nlri(destination.path_id(i))});
        ++kept_out[{slot, destination.family}];
      }
    }
  }
  for (const auto& [slot, each] : sessions_) {
    for (const Family family : kFamilies) {
      const std::uint64_t has = static_cast<std::uint64_t>(
          std::ranges::count_if(naive_.routes, [&, slot = slot](const auto& route) {
            return route.first.first == slot && route.first.second.family == family;
          }));
      const std::uint64_t limit =
          each->client.blocked ? each->import.rules().prefix_limit[index(family)] : has;
      if (kept_out[{slot, family}] != (has > limit ? has - limit : 0)) {
        return "a limit of " + std::to_string(limit) + " keeps out " +
               std::to_string(kept_out[{slot, family}]) + " of " + std::to_string(has);
      }
      seen_.blocked += kept_out[{slot, family}];
    }
  }
  return std::nullopt;
}

void World::count_elsewhere(const NaiveRib::Ranked& ours, const NaiveRib::Ranked& theirs) {
  for (const auto& [prefix, paths] : theirs) {
    const NaiveRib::Path &best = paths.front(), &own = ours.at(prefix).front();
    if (best.from != own.from || best.path_id != own.path_id) ++seen_.elsewhere;
  }
}

std::optional<std::string> World::compare_counts(const NaiveRib::Ranked& paths) {
  std::uint64_t accepted = 0;
  std::uint64_t received = 0;
  std::map<PeerSlot, std::uint64_t> unplaced;
  for (const auto& [nlri, ranked] : paths) {
    accepted += ranked.size();
    const auto found = shards_.find(nlri);
    if (found && shards_.destination(*found).step == rib::Step::InteriorCost) ++seen_.interior;
    if (found && shards_.destination(*found).step == rib::Step::Pin) ++seen_.pinned;
    if (!ranked.empty() && ranked.front().last_resort) ++seen_.last_resorts;
    for (const NaiveRib::Path& path : ranked) {
      if (path.cost == ~std::uint64_t{0}) ++unplaced[path.from->slot];
    }
  }
  for (const auto& [slot, each] : sessions_) {
    if (auto wrong = compare_limit(*each)) return wrong;
    std::uint64_t without_location = 0;
    const rib::PeerCounts all = shards_.counts(slot);
    for (const auto& counts : all.families) {
      received += counts.received;
      without_location += counts.without_location;
    }
    if (without_location != unplaced[slot]) return "paths without a location are miscounted";
  }
  for (const auto& counts : shards_.counts(kOwnSlot).families) {
    if (counts.without_location != 0) return "our own routes count as without a location";
  }
  if (received != naive_.routes.size()) return "received routes are miscounted";
  for (const Family family : kFamilies) accepted -= shards_.table(family).paths;
  if (accepted != 0) return "accepted paths are miscounted";
  return compare_egress(paths);
}

// A client with more paths than its limit must have caused a warning.
std::optional<std::string> World::compare_limit(const Session& session) const {
  if (!session.client.limited) return std::nullopt;
  const bool over = std::ranges::any_of(kFamilies, [&](Family family) {
    return shards_.live(session.client.slot, family) >
           session.import.rules().prefix_limit[index(family)];
  });
  const std::uint64_t warnings =
      session.import.counters()
          .limit_hits[static_cast<std::size_t>(pipeline::LimitAction::Warning)];
  if (over && warnings == 0) return "a prefix limit was passed unseen";
  return std::nullopt;
}

std::optional<std::string> World::compare_egress(const NaiveRib::Ranked& paths) {
  std::uint64_t detours = 0;
  std::map<std::pair<int, int>, std::uint64_t> leaving;
  for (const auto& [prefix, ranked] : paths) {
    const NaiveRib::Path& best = ranked.front();
    if (best.from->kind == PeerKind::Own) {
      seen_.own += ranked.size() > 1 ? 1 : 0;
      continue;  // leaves nowhere
    }
    ++leaving[{best.metro, best.pop}];
    const auto nearer = [&](const NaiveRib::Path& path) {
      return path.rank == best.rank && path.cost < best.cost;
    };
    if (std::any_of(ranked.begin(), ranked.end(), nearer)) ++detours;
  }
  if (shards_.egress_suboptimal() != detours) return "prefixes that leave elsewhere are miscounted";
  for (int metro = kNowhere; metro <= kLand; ++metro) {
    for (int pop = kNowhere; pop < kPops; ++pop) {
      const MetroId to = metro == kNowhere ? kNoPlace : static_cast<MetroId>(metro);
      const PopId by = pop == kNowhere ? kNoPlace : static_cast<PopId>(pop);
      if (shards_.egress_prefixes(to, by) != leaving[{metro, pop}]) return "egress is miscounted";
    }
  }
  seen_.detours += detours;
  return std::nullopt;
}

std::optional<std::string> World::compare(const Session& session, const NaiveRib::Ranked& paths) {
  const Client& client = session.client;
  const Listener& listener = session.listener;
  const std::string who = "client " + std::to_string(client.slot) + ": ";
  if (listener.misunderstood()) return who + "was sent " + *listener.misunderstood();
  if (const auto wrong = compare_held(listener, naive_, client, paths)) return who + *wrong;
  const auto wrong = compare_messages(session);
  return wrong ? std::optional(who + *wrong) : std::nullopt;
}

// Checks the messages by which the client got its routes.
std::optional<std::string> World::compare_messages(const Session& session) {
  const Listener& listener = session.listener;
  if (const auto missing = listener.missing()) return "waits for " + *missing;
  const rib::HeldPrefixes held = shards_.held();
  for (const Family family : kFamilies) {
    if (held.of(session.client.slot, family) != listener.size(family)) {
      return "what it is told is miscounted";
    }
  }
  for (std::size_t i = 0; i < destinations().size(); ++i) {
    if (session.new_rules || changed_[i] > session.since) continue;
    const Nlri& nlri = destinations()[i];
    if (listener.holds(nlri) != listener.held_at_end_of_rib(nlri)) {
      return "had another table at End-of-RIB: " + nlri.prefix.to_string();
    }
    if (listener.holds(nlri)) ++seen_.lasting;
  }
  return std::nullopt;
}

}  // namespace tern::model
