// The location tags of a partner: a dictionary translates communities to places of users.
//
// Each community stands for the place of the first pattern of the dictionary that matches it. Of
// the places of a path the most specific counts: a metro before a PoP, a country, a region. Of two
// places of one kind the one counts whose pattern stands first in the dictionary. So the result
// depends on the communities alone, not on their order. Places that exclude each other
// (Places::contradict()) are reported beside the result.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "policy/community_match.h"
#include "policy/places.h"
#include "rib/types/path_attributes.h"

namespace tern::policy {

// Immutable after construction, safe from any thread; read() does not allocate.
class LocationTags {
 public:
  LocationTags() = default;
  // The place of each pattern stands at the same index.
  LocationTags(std::span<const AnyCommunityPattern> patterns, std::vector<MetroId> places);

  struct Reading {
    MetroId place = kNoPlace;  // kNoPlace: the path has no tag
    bool contradictory = false;
  };
  [[nodiscard]] Reading read(const PathAttributes& attributes, const Places& places) const;

  struct Tag {
    std::string community;  // "65010:120"
    MetroId place = kNoPlace;
    bool counts = false;  // the place is that of read()
  };
  // All tags of a path, for people; those that count first.
  [[nodiscard]] std::vector<Tag> list(const PathAttributes& attributes, const Places& places) const;

 private:
  CommunityMatcher matcher_;
  std::vector<MetroId> places_;
};

}  // namespace tern::policy
