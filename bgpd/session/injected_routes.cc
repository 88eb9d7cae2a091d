#include "bgpd/session/injected_routes.h"

#include <iterator>
#include <utility>
#include <variant>

#include "policy/policy.h"
#include "rib/types/community.h"

namespace tern::session {

bool add_community(std::string_view text, PathAttributes& attributes) {
  const auto community = policy::parse_any_community(text);
  if (!community) return false;
  if (const auto* standard = std::get_if<Community>(&*community)) {
    attributes.communities.push_back(*standard);
  } else if (const auto* extended = std::get_if<ExtendedCommunity>(&*community)) {
    attributes.extended_communities.push_back(*extended);
  } else {
    attributes.large_communities.push_back(std::get<LargeCommunity>(*community));
  }
  attributes.normalise();
  return true;
}

std::vector<std::string> community_texts(const PathAttributes& attributes) {
  std::vector<std::string> texts;
  for (const Community community : attributes.communities) texts.push_back(to_string(community));
  for (const LargeCommunity& community : attributes.large_communities) {
    texts.push_back(to_string(community));
  }
  for (const ExtendedCommunity community : attributes.extended_communities) {
    texts.push_back(to_string(community));
  }
  return texts;
}

const InjectedRoute* InjectedRoutes::find(const Prefix& prefix) const {
  const auto found = routes_.find(prefix);
  return found == routes_.end() ? nullptr : &found->second;
}

bool InjectedRoutes::put(InjectedRoute route) {
  if (routes_.size() >= kMost && !routes_.contains(route.prefix)) return false;
  const Prefix prefix = route.prefix;
  routes_.insert_or_assign(prefix, std::move(route));
  return true;
}

std::vector<InjectedRoute> InjectedRoutes::expire(std::uint32_t now) {
  std::vector<InjectedRoute> expired;
  for (auto at = routes_.begin(); at != routes_.end();) {
    const bool over = at->second.expires != 0 && at->second.expires <= now;
    if (over) expired.push_back(std::move(at->second));
    at = over ? routes_.erase(at) : std::next(at);
  }
  return expired;
}

}  // namespace tern::session
