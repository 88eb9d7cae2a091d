#include "policy/egress.h"

#include <algorithm>
#include <cassert>

namespace tern::policy {
namespace {

// The sum of two round trips; never becomes kUnknownCost by overflow.
EgressCost sum(EgressCost a, EgressCost b) {
  if (a == kUnknownCost || b == kUnknownCost) return kUnknownCost;
  return a >= kUnknownCost - b ? kUnknownCost - 1 : a + b;
}

}  // namespace

bool Egress::enabled() const { return own_pop_ != kNoPlace; }

PopId Egress::own_pop() const { return own_pop_; }

std::size_t Egress::pop_count() const { return source_.pops.size(); }

std::size_t Egress::metro_count() const { return source_.metros.size(); }

const PopSource& Egress::pop(PopId id) const {
  assert(id < source_.pops.size());
  return source_.pops[id];
}

const MetroSource& Egress::metro(MetroId id) const {
  assert(id < source_.metros.size());
  return source_.metros[id];
}

std::optional<DictionaryId> Egress::dictionary(std::string_view name) const {
  for (std::size_t i = 0; i < source_.dictionaries.size(); ++i) {
    if (source_.dictionaries[i].name == name) return static_cast<DictionaryId>(i);
  }
  return std::nullopt;
}

std::optional<PopId> Egress::find_pop(std::string_view name) const {
  for (std::size_t i = 0; i < source_.pops.size(); ++i) {
    if (source_.pops[i].name == name) return static_cast<PopId>(i);
  }
  return std::nullopt;
}

EgressInfo Egress::place_of(std::string_view metro) const {
  const auto found = std::ranges::find(source_.metros, metro, &MetroSource::name);
  if (!enabled() || found == source_.metros.end()) return {};
  const auto id = static_cast<MetroId>(found - source_.metros.begin());
  return {id, own_pop_, cost(own_pop_, id)};
}

const Egress::LastMile* Egress::last_mile(PopId pop, MetroId metro) const {
  if (pop >= source_.pops.size() || metro >= source_.metros.size()) return nullptr;
  return &last_mile_[std::size_t{pop} * source_.metros.size() + metro];
}

EgressCost Egress::cost(PopId pop, MetroId metro) const {
  const LastMile* const entry = last_mile(pop, metro);
  if (entry == nullptr) return kUnknownCost;
  // Without a PoP of our own there is no backbone to add.
  if (source_.mode == CostMode::LastMile || !enabled()) return entry->cost;
  return sum(entry->cost, backbone(own_pop_, pop));
}

bool Egress::measured(PopId pop, MetroId metro) const {
  const LastMile* const entry = last_mile(pop, metro);
  return entry != nullptr && entry->measured;
}

EgressCost Egress::backbone(PopId from, PopId to) const {
  if (from >= source_.pops.size() || to >= source_.pops.size()) return kUnknownCost;
  return backbone_[std::size_t{from} * source_.pops.size() + to];
}

EgressInfo Egress::from_partner(const PathAttributes& attributes, DictionaryId dictionary) const {
  EgressInfo info;
  if (!enabled()) return info;
  info.pop = own_pop_;
  if (dictionary < dictionaries_.size()) {
    const auto hit = dictionaries_[dictionary].first(attributes);
    if (hit) info.metro = dictionary_metros_[dictionary][hit->pattern];
  }
  info.cost = cost(info.pop, info.metro);
  return info;
}

EgressInfo Egress::from_pop(const PathAttributes& attributes) const {
  EgressInfo info;
  if (!enabled()) return info;
  info.metro = carried_place(attributes, source_.location_function, metro_codes_);
  info.pop = carried_place(attributes, source_.egress_function, pop_codes_);
  info.cost = cost(info.pop, info.metro);
  return info;
}

std::optional<std::string> Egress::tag_of(const PathAttributes& attributes,
                                          DictionaryId dictionary) const {
  if (dictionary >= dictionaries_.size()) return std::nullopt;
  const auto hit = dictionaries_[dictionary].first(attributes);
  if (!hit) return std::nullopt;
  return std::visit([](const auto& community) { return to_string(community); }, hit->community);
}

EgressCost Egress::cost_from(PopId vantage, PopId exit, MetroId metro) const {
  const LastMile* const entry = last_mile(exit, metro);
  return entry == nullptr ? kUnknownCost : sum(entry->cost, backbone(vantage, exit));
}

// The first place with a known code: a router in between may have added a community of its own.
std::uint16_t Egress::carried_place(const PathAttributes& attributes, std::uint32_t function,
                                    const Codes& codes) const {
  for (const LargeCommunity& community : attributes.large_communities) {
    if (community.global != source_.community_asn || community.local1 != function) continue;
    const auto place =
        std::lower_bound(codes.begin(), codes.end(), community.local2,
                         [](const auto& entry, std::uint32_t code) { return entry.first < code; });
    if (place != codes.end() && place->first == community.local2) return place->second;
  }
  return kNoPlace;
}

bool Egress::is_carried(const LargeCommunity& community) const {
  return community.global == source_.community_asn &&
         (community.local1 == source_.location_function ||
          community.local1 == source_.egress_function);
}

void Egress::carry(const EgressInfo& info, PathAttributes& attributes) const {
  if (!enabled()) return;
  scrub(attributes);
  const auto add = [&](std::uint32_t function, std::uint32_t code) {
    const LargeCommunity community{source_.community_asn, function, code};
    auto& list = attributes.large_communities;
    list.insert(std::lower_bound(list.begin(), list.end(), community), community);
  };
  if (info.metro < source_.metros.size()) {
    add(source_.location_function, source_.metros[info.metro].code);
  }
  if (info.pop < source_.pops.size()) add(source_.egress_function, source_.pops[info.pop].code);
}

void Egress::scrub(PathAttributes& attributes) const {
  if (!enabled()) return;
  auto& list = attributes.large_communities;
  list.erase(std::remove_if(list.begin(), list.end(),
                            [this](const LargeCommunity& c) { return is_carried(c); }),
             list.end());
}

}  // namespace tern::policy
