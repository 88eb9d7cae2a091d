#include "policy/location_tags.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tern::policy {

LocationTags::LocationTags(std::span<const AnyCommunityPattern> patterns,
                           std::vector<MetroId> places)
    : matcher_(patterns), places_(std::move(places)) {}

LocationTags::Reading LocationTags::read(const PathAttributes& attributes,
                                         const Places& places) const {
  struct Choice {
    MetroId place = kNoPlace;
    std::size_t pattern = 0;
  };
  std::array<Choice, kPlaceKindCount> choices;  // by kind
  Reading reading;
  matcher_.for_each(attributes, [&](std::size_t pattern, const auto& /*community*/) {
    const MetroId place = places_[pattern];
    if (place >= places.count()) return;
    Choice& choice = choices[static_cast<std::size_t>(places[place].kind)];
    if (choice.place == kNoPlace) {
      choice = {place, pattern};
      return;
    }
    reading.contradictory |= choice.place != place;
    if (pattern < choice.pattern) choice = {place, pattern};
  });
  for (std::size_t narrow = 0; narrow < choices.size(); ++narrow) {
    const MetroId place = choices[narrow].place;
    if (place == kNoPlace) continue;
    if (reading.place == kNoPlace) reading.place = place;
    for (std::size_t wide = narrow + 1; wide < choices.size(); ++wide) {
      reading.contradictory |= places.contradict(place, choices[wide].place);
    }
  }
  return reading;
}

std::vector<LocationTags::Tag> LocationTags::list(const PathAttributes& attributes,
                                                  const Places& places) const {
  const MetroId counts = read(attributes, places).place;
  std::vector<Tag> tags;
  matcher_.for_each(attributes, [&](std::size_t pattern, const auto& community) {
    const MetroId place = places_[pattern];
    if (place < places.count()) tags.push_back({to_string(community), place, place == counts});
  });
  std::stable_partition(tags.begin(), tags.end(), [](const Tag& tag) { return tag.counts; });
  return tags;
}

}  // namespace tern::policy
