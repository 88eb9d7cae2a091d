#include "tests/model/naive_next_hops.h"

#include "tests/model/naive_rib.h"

namespace tern::model {
namespace {

const Entry* entry_of(const IpAddress& address, const Host& host) {
  const Entry* longest = nullptr;
  if (!host.has_entries) return nullptr;
  for (const Entry& entry : entries()) {
    if (!entry.prefix.contains(address)) continue;
    if (longest == nullptr || entry.prefix.length() > longest->prefix.length()) longest = &entry;
  }
  return longest;
}

std::optional<std::uint32_t> metric_of_host(const IpAddress& address, const Host& host) {
  const auto route = host.routes.find(address);
  return route == host.routes.end() ? 0 : route->second;
}

std::optional<std::uint32_t> metric_without_covers(const IpAddress& address, const Host& host) {
  const Entry* const entry = entry_of(address, host);
  if (entry == nullptr) return metric_of_host(address, host);
  if (entry->unreachable || (entry->on_interface && !host.link)) return std::nullopt;
  if (entry->via && !metric_without_covers(*entry->via, host)) return std::nullopt;
  return entry->metric;
}

// A way over so many covers does not count.
constexpr int kLongest = 16;

bool leads_through(const IpAddress& from, const IpAddress& address, const Covers& covers) {
  IpAddress at = from;
  for (int passed = 0; passed < kLongest; ++passed) {
    if (at == address) return true;
    const auto cover = covers.find(at);
    if (cover == covers.end()) return false;
    at = cover->second.next_hop;
  }
  return true;
}

}  // namespace

Covers covers_of(const pipeline::NextHops& next_hops) {
  constexpr std::size_t kAll = 1000;  // more than the model has
  Covers covers;
  for (const IpAddress& address : next_hops.open({}, kAll)) {
    const pipeline::NextHopCover* const cover = next_hops.covers().find(address);
    if (cover != nullptr) covers[address] = {cover->prefix, cover->next_hop};
  }
  return covers;
}

std::optional<std::uint32_t> metric_of(const IpAddress& address, const Host& host,
                                       const Covers& covers) {
  const auto metric = metric_without_covers(address, host);
  const auto cover = covers.find(address);
  if (metric || !is_open(address, host) || cover == covers.end()) return metric;
  if (leads_through(cover->second.next_hop, address, covers)) return std::nullopt;
  return metric_of(cover->second.next_hop, host, covers);
}

bool is_open(const IpAddress& address, const Host& host) {
  return host.via_bgp && entry_of(address, host) == nullptr && !metric_of_host(address, host);
}

std::optional<Cover> find_cover(const IpAddress& address, const Host& host, const Covers& covers,
                                const BestRoute& best) {
  const int shortest = host.via_default ? 0 : 1;
  for (int length = static_cast<int>(address.bits()); length >= shortest; --length) {
    const Prefix prefix(address, static_cast<std::uint8_t>(length));
    const auto next_hop = best(prefix);
    if (!next_hop) continue;
    if (*next_hop == IpAddress::unspecified(address.version())) return std::nullopt;
    if (!leads_through(*next_hop, address, covers)) return Cover{prefix, *next_hop};
  }
  return std::nullopt;
}

std::string describe(const std::optional<Cover>& cover) {
  if (!cover) return "no route";
  return cover->prefix.to_string() + " by " + cover->next_hop.to_string();
}

// ---- Of a table

// The next hops that routes need, and those on the ways to them.
std::set<IpAddress> NaiveRib::needed_next_hops() const {
  std::set<IpAddress> all = asked_about;
  for (const auto& [key, attributes] : routes) {
    Path path{&up.at(key.first), 0, attributes};
    if (blocked.contains(key) || !resolves(*path.from)) continue;
    if (passes(key.second.prefix, path)) all.insert(path.attributes.next_hop.global);
  }
  for (const auto& [address, cover] : covers) {
    all.insert(address);
    all.insert(cover.next_hop);
  }
  return all;
}

std::optional<NaiveRib::OtherCover> NaiveRib::first_other_cover(const Ranked& paths,
                                                                bool backwards) const {
  const auto best = [&](const Prefix& prefix) -> std::optional<IpAddress> {
    const auto found = paths.find(unicast(prefix));
    if (found == paths.end()) return std::nullopt;
    return found->second.front().attributes.next_hop.global;
  };
  std::optional<OtherCover> other;
  for (const IpAddress& address : needed_next_hops()) {
    std::optional<Cover> now;
    if (const auto known = covers.find(address); known != covers.end()) now = known->second;
    std::optional<Cover> found;
    if (is_open(address, host)) found = find_cover(address, host, covers, best);
    if (now == found) continue;
    other = {address, found};
    if (!backwards) return other;
  }
  return other;
}

std::optional<std::string> NaiveRib::wrong_cover(const Ranked& paths) const {
  const auto other = first_other_cover(paths, false);
  if (!other) return std::nullopt;
  std::optional<Cover> now;
  if (const auto known = covers.find(other->address); known != covers.end()) now = known->second;
  return "next hop " + other->address.to_string() + ": " + model::describe(now) +
         " leads there, not " + model::describe(other->instead);
}

bool NaiveRib::has_resting_covers() const {
  constexpr int kMostSteps = 60;
  for (const bool backwards : {false, true}) {
    NaiveRib tried = *this;
    tried.covers.clear();
    for (int step = 0; step < kMostSteps; ++step) {
      const auto other = tried.first_other_cover(tried.ranked(), backwards);
      if (!other) return true;
      tried.covers.erase(other->address);
      if (other->instead) tried.covers[other->address] = *other->instead;
    }
  }
  return false;
}

}  // namespace tern::model
