// What the clients hold and what is counted, against the naive RIB.
#include <algorithm>

#include "tests/model/sessions.h"
#include "tests/model/world.h"

namespace tern::model {
namespace {

constexpr std::size_t kAll = 1000;  // more than there is of anything

}  // namespace

// Everything is said and taken.
bool World::calm() {
  if (rib_.has_changes() || fanout_->walking()) return false;
  return std::none_of(sessions_.begin(), sessions_.end(),
                      [&](const auto& each) { return fanout_->client(each.first)->has_more(); });
}

std::optional<std::string> World::settle() {
  for (auto& [slot, each] : sessions_) store(*each);
  while (work(kAll)) {
  }
  for (std::size_t turns = 0; turns == 0 || !calm(); ++turns) {
    if (turns == kAll) return "it does not come to rest";
    while (fanout_->distribute(5, 0)) {
    }
    if (fanout_->walking()) fanout_->walk(7);
    count_laggards();
    for (auto& [slot, each] : sessions_) each->listener.take(*fanout_->client(slot), kAll * kAll);
  }
  const NaiveRib::Ranked paths = naive_.ranked();
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
  for (const auto& [prefix, ranked] : paths) {
    accepted += ranked.size();
    for (const NaiveRib::Path& path : ranked) {
      if (path.metro == kNowhere || path.pop == kNowhere) ++unplaced[path.from->slot];
    }
  }
  for (const auto& [slot, each] : sessions_) {
    std::uint64_t without_location = 0;
    for (const auto& counts : rib_.counts(slot).families) {
      received += counts.received;
      without_location += counts.without_location;
    }
    if (without_location != unplaced[slot]) return "paths without a location are miscounted";
  }
  if (received != naive_.routes.size()) return "received routes are miscounted";
  for (const Family family : kFamilies) accepted -= rib_.table(family).paths;
  if (accepted != 0) return "accepted paths are miscounted";
  return compare_egress(paths);
}

std::optional<std::string> World::compare_egress(const NaiveRib::Ranked& paths) {
  std::uint64_t detours = 0;
  std::map<std::pair<int, int>, std::uint64_t> leaving;
  for (const auto& [prefix, ranked] : paths) {
    const NaiveRib::Path& best = ranked.front();
    ++leaving[{best.metro, best.pop}];
    const auto nearer = [&](const NaiveRib::Path& path) { return path.cost < best.cost; };
    if (std::any_of(ranked.begin(), ranked.end(), nearer)) ++detours;
  }
  if (rib_.egress_suboptimal() != detours) return "prefixes that leave elsewhere are miscounted";
  for (int metro = kNowhere; metro < kMetros; ++metro) {
    for (int pop = kNowhere; pop < kPops; ++pop) {
      const MetroId to = metro == kNowhere ? kNoPlace : static_cast<MetroId>(metro);
      const PopId by = pop == kNowhere ? kNoPlace : static_cast<PopId>(pop);
      if (rib_.egress_prefixes(to, by) != leaving[{metro, pop}]) return "egress is miscounted";
    }
  }
  seen_.detours += detours;
  return std::nullopt;
}

std::optional<std::string> World::compare(const Session& session,
                                          const NaiveRib::Ranked& paths) const {
  const Client& client = session.client;
  const Listener& listener = session.listener;
  const std::string who = "client " + std::to_string(client.slot) + ": ";
  if (listener.misunderstood()) return who + "was sent " + *listener.misunderstood();
  if (listener.in_a_message()) return who + "waits for the rest of a message";
  std::map<Prefix, std::multiset<std::string>> holds;
  for (const auto& [nlri, route] : listener.table()) holds[nlri.prefix].insert(route.text);
  const auto should = naive_.held_by(client, paths);
  if (holds == should) {
    for (const Family family : kFamilies) {
      if (family == Family::Ipv6Unicast && !client.ipv6) continue;
      if (!listener.heard_end_of_rib(family)) return who + "heard no End-of-RIB";
      const std::uint64_t told = rib_.audiences().held_by(client.slot, family);
      if (told != listener.size(family)) return who + "what it is told is miscounted";
    }
    return std::nullopt;
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

}  // namespace tern::model
