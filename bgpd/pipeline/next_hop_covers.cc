#include "bgpd/pipeline/next_hop_covers.h"

#include <algorithm>
#include <cstdint>

#include "bgpd/pipeline/attribute_sets.h"

namespace tern::pipeline {

const NextHopCover* NextHopCovers::find(const IpAddress& address) const {
  const auto found = covers_.find(address);
  return found != covers_.end() ? &found->second : nullptr;
}

bool NextHopCovers::leads_through(const IpAddress& from, const IpAddress& address) const {
  IpAddress at = from;
  for (std::size_t passed = 0; passed < kMost; ++passed) {
    if (at == address) return true;
    const NextHopCover* const cover = find(at);
    if (cover == nullptr) return false;
    at = cover->next_hop;
  }
  return true;
}

std::optional<IpAddress> NextHopCovers::behind(const IpAddress& address) const {
  std::optional<IpAddress> at;
  for (const auto* cover = find(address); cover != nullptr; cover = find(*at)) {
    at = cover->next_hop;
  }
  return at;
}

bool NextHopCovers::set(const IpAddress& address, const std::optional<NextHopCover>& cover) {
  const NextHopCover* const before = find(address);
  if (cover ? before != nullptr && *before == *cover : before == nullptr) return false;
  if (cover && leads_through(cover->next_hop, address)) return false;
  erase(address);
  if (!cover) return true;
  covers_.emplace(address, *cover);
  led_to_.emplace(cover->next_hop, address);
  return true;
}

void NextHopCovers::erase(const IpAddress& address) {
  const auto found = covers_.find(address);
  if (found == covers_.end()) return;
  led_to_.erase({found->second.next_hop, address});
  covers_.erase(found);
}

void NextHopCovers::clear() {
  covers_.clear();
  led_to_.clear();
}

bool NextHopCovers::leads_to(const IpAddress& address) const {
  const auto at = led_to_.lower_bound({address, {}});
  return at != led_to_.end() && at->first == address;
}

void NextHopCovers::add_led(const Prefix& prefix, std::vector<IpAddress>& out) const {
  if (led_to_.empty()) return;
  std::set<IpAddress> seen(out.begin(), out.end());
  const auto add = [&](const IpAddress& address) {
    if (seen.insert(address).second) out.push_back(address);
  };
  auto at = led_to_.lower_bound({prefix.address(), {}});
  for (; at != led_to_.end() && prefix.contains(at->first); ++at) add(at->second);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const IpAddress led = out[i];
    for (at = led_to_.lower_bound({led, {}}); at != led_to_.end() && at->first == led; ++at) {
      add(at->second);
    }
  }
}

std::optional<NextHopCover> find_cover(const rib::Shards& shards, const NextHopCovers& covers,
                                       const IpAddress& address, bool via_default) {
  Prefix within = alone(address);
  while (true) {
    const auto found = shards.longest_match(unicast(within));
    if (!found) return std::nullopt;
    const rib::Destination destination = shards.destination(*found);
    const std::uint8_t length = destination.prefix.length();
    if (length == 0 && !via_default) return std::nullopt;
    const rib::Path& best = *destination.best();
    const IpAddress next_hop = next_hop_of(shards.attributes()[best.effective()]);
    if (shards.peer(best.peer()).kind == PeerKind::Own) return std::nullopt;
    if (next_hop.is_v6() && next_hop.is_link_local()) return std::nullopt;
    if (!covers.leads_through(next_hop, address)) {
      return NextHopCover{destination.prefix, next_hop};
    }
    if (length == 0) return std::nullopt;
    within = Prefix(address, static_cast<std::uint8_t>(length - 1U));
  }
}

}  // namespace tern::pipeline
