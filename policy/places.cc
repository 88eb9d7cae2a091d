#include "policy/places.h"

#include <algorithm>
#include <cassert>
#include <span>

#include "rib/types/hash.h"

namespace tern::policy {

std::string_view to_string(PlaceKind kind) {
  switch (kind) {
    case PlaceKind::Metro:
      return "metro";
    case PlaceKind::Pop:
      return "pop";
    case PlaceKind::Country:
      return "country";
    case PlaceKind::Region:
      return "region";
  }
  return "";
}

Places::Places(std::vector<Place> all) : all_(std::move(all)) {
  assert(std::ranges::is_sorted(all_, {}, &Place::kind));
  for (std::size_t i = 0; i < all_.size(); ++i) {
    const auto kind = static_cast<std::size_t>(all_[i].kind);
    for (std::size_t later = kind + 1; later < first_.size(); ++later) {
      first_[later] = static_cast<MetroId>(i + 1);
    }
    codes_[kind].emplace_back(all_[i].code, static_cast<MetroId>(i));
    by_name_[kind].push_back(static_cast<MetroId>(i));
  }
  for (auto& codes : codes_) std::ranges::sort(codes);
  for (auto& ids : by_name_) {
    std::ranges::sort(ids, {}, [&](MetroId id) -> std::string_view { return all_[id].name; });
  }
  Hasher hasher;
  for (const Place& place : all_) {
    hasher.add(static_cast<std::uint64_t>(place.kind));
    hasher.add(std::as_bytes(std::span(place.name)));
  }
  digest_ = hasher.result();
}

const Place& Places::operator[](MetroId id) const {
  assert(id < all_.size());
  return all_[id];
}

std::optional<MetroId> Places::find(PlaceKind kind, std::string_view name) const {
  const auto& ids = by_name_[static_cast<std::size_t>(kind)];
  const auto name_of = [&](MetroId id) -> std::string_view { return all_[id].name; };
  const auto found = std::ranges::lower_bound(ids, name, {}, name_of);
  return found != ids.end() && name_of(*found) == name ? std::optional(*found) : std::nullopt;
}

std::string Places::label(MetroId id) const {
  const Place& place = (*this)[id];
  if (place.kind == PlaceKind::Metro) return place.name;
  return std::string(to_string(place.kind)) + " " + place.name;
}

MetroId Places::widened(MetroId id, PlaceKind kind) const {
  while (id < all_.size() && all_[id].kind < kind) id = all_[id].within;
  return id < all_.size() && all_[id].kind == kind ? id : kNoPlace;
}

bool Places::contradict(MetroId a, MetroId b) const {
  if (a >= all_.size() || b >= all_.size() || a == b) return false;
  const PlaceKind of_a = all_[a].kind;
  const PlaceKind of_b = all_[b].kind;
  if (of_a == of_b) return true;
  // A PoP is no part of a metro: their countries are compared.
  PlaceKind wider = std::max(of_a, of_b);
  if (wider == PlaceKind::Pop) wider = PlaceKind::Country;
  const MetroId around_a = widened(a, wider);
  const MetroId around_b = widened(b, wider);
  return around_a != kNoPlace && around_b != kNoPlace && around_a != around_b;
}

std::vector<MetroId> Places::renumbered(const Places& to) const {
  std::vector<MetroId> numbers(all_.size(), kNoPlace);
  for (std::size_t kind = 0; kind < kPlaceKindCount; ++kind) {
    auto other = to.by_name_[kind].begin();
    const auto end = to.by_name_[kind].end();
    for (const MetroId id : by_name_[kind]) {
      while (other != end && to.all_[*other].name < all_[id].name) ++other;
      if (other != end && to.all_[*other].name == all_[id].name) numbers[id] = *other;
    }
  }
  // A wider place has a higher number.
  for (std::size_t id = all_.size(); id-- > 0;) {
    const MetroId around = all_[id].within;
    if (numbers[id] == kNoPlace && around != kNoPlace) numbers[id] = numbers[around];
  }
  return numbers;
}

MetroId Places::by_code(PlaceKind kind, std::uint32_t code) const {
  const auto& codes = codes_[static_cast<std::size_t>(kind)];
  const auto found =
      std::ranges::lower_bound(codes, code, {}, [](const auto& entry) { return entry.first; });
  return found != codes.end() && found->first == code ? found->second : kNoPlace;
}

}  // namespace tern::policy
