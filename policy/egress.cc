#include "policy/egress.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <unordered_map>

namespace tern::policy {

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
  const auto place = places_->find(PlaceKind::Pop, name);
  if (!place) return std::nullopt;
  return static_cast<PopId>(*place - places_->first(PlaceKind::Pop));
}

std::optional<MetroId> Egress::find_metro(std::string_view name) const {
  return places_->find(PlaceKind::Metro, name);
}

EgressInfo Egress::place_of(std::string_view metro) const {
  const auto id = enabled() ? find_metro(metro) : std::nullopt;
  if (!id) return {};
  return {*id, own_pop_, costs_->cost(own_pop_, *id)};
}

std::vector<MeasuredPair> Egress::pairs_of(const std::vector<RttSource>& rtts) const {
  std::vector<MeasuredPair> pairs;
  for (const RttSource& rtt : rtts) {
    const auto from = find_pop(rtt.pop);
    if (!from) continue;
    if (const auto metro = find_metro(rtt.to)) {
      pairs.push_back({{*from, *metro, false}, rtt.microseconds});
    }
    if (const auto pop = find_pop(rtt.to); pop && pop != from) {
      pairs.push_back({{*from, *pop, true}, rtt.microseconds});
    }
  }
  std::ranges::sort(pairs, std::less{}, &MeasuredPair::pair);
  return pairs;
}

LocationTags::Reading Egress::read_tags(const PathAttributes& attributes,
                                        DictionaryId dictionary) const {
  if (dictionary >= dictionaries_.size()) return {};
  return dictionaries_[dictionary].read(attributes, *places_);
}

std::vector<LocationTags::Tag> Egress::list_tags(const PathAttributes& attributes,
                                                 DictionaryId dictionary) const {
  if (dictionary >= dictionaries_.size()) return {};
  return dictionaries_[dictionary].list(attributes, *places_);
}

EgressInfo Egress::leaving_here(MetroId place) const {
  return {place, own_pop_, costs_->cost(own_pop_, place)};
}

EgressInfo Egress::from_pop(const PathAttributes& attributes) const {
  EgressInfo info;
  if (!enabled()) return info;
  for (const Function& function : functions_) {
    info.metro = carried_place(attributes, function);
    if (info.metro != kNoPlace) break;
  }
  const MetroId exit = carried_place(attributes, {PlaceKind::Pop, source_.egress_function});
  if (exit != kNoPlace) {
    info.pop = static_cast<PopId>(exit - places_->first(PlaceKind::Pop));
    info.added = carried_cost(attributes);
  }
  info.cost = costs_->cost(info);
  return info;
}

// The first place with a known code: a router in between may have added a community of its own.
MetroId Egress::carried_place(const PathAttributes& attributes, const Function& function) const {
  for (const LargeCommunity& community : attributes.large_communities) {
    if (community.global != source_.community_asn || community.local1 != function.number) continue;
    const MetroId place = places_->by_code(function.kind, community.local2);
    if (place != kNoPlace) return place;
  }
  return kNoPlace;
}

EgressCost Egress::carried_cost(const PathAttributes& attributes) const {
  if (source_.added_cost_function == 0) return 0;
  for (const LargeCommunity& community : attributes.large_communities) {
    if (community.global == source_.community_asn &&
        community.local1 == source_.added_cost_function) {
      return community.local2;
    }
  }
  return 0;
}

bool Egress::is_carried(const LargeCommunity& community) const {
  if (community.global != source_.community_asn) return false;
  return community.local1 == source_.egress_function ||
         (source_.added_cost_function != 0 && community.local1 == source_.added_cost_function) ||
         std::ranges::any_of(functions_, [&](const Function& function) {
           return community.local1 == function.number;
         });
}

void Egress::carry(const EgressInfo& info, PathAttributes& attributes) const {
  if (!enabled()) return;
  scrub(attributes);
  const auto add = [&](std::uint32_t function, std::uint32_t code) {
    const LargeCommunity community{source_.community_asn, function, code};
    auto& list = attributes.large_communities;
    list.insert(std::lower_bound(list.begin(), list.end(), community), community);
  };
  for (const Function& function : functions_) {
    const MetroId place = places_->widened(info.metro, function.kind);
    if (place != kNoPlace) add(function.number, (*places_)[place].code);
  }
  if (info.pop >= source_.pops.size()) return;
  add(source_.egress_function, source_.pops[info.pop].code);
  if (info.added != 0 && source_.added_cost_function != 0) {
    add(source_.added_cost_function, info.added);
  }
}

void Egress::scrub(PathAttributes& attributes) const {
  if (!enabled()) return;
  auto& list = attributes.large_communities;
  list.erase(std::remove_if(list.begin(), list.end(),
                            [this](const LargeCommunity& c) { return is_carried(c); }),
             list.end());
}

}  // namespace tern::policy
