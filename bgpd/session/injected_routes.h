// The routes that an operator originates at run time, by prefix. A plain container: OwnRoutes makes
// paths of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "rib/types/path_attributes.h"
#include "rib/types/prefix.h"

namespace tern::session {

struct InjectedRoute {
  static constexpr int kMostCommunities = 128;

  Prefix prefix;
  // MED, LOCAL_PREF and communities count; the others are those of pipeline::own_attributes().
  PathAttributes attributes;
  std::string metro;          // where its users are (OwnNetwork::place); empty: not given
  std::uint32_t since = 0;    // Unix seconds
  std::uint32_t expires = 0;  // Unix seconds; 0: never
  bool kept = false;          // over restarts
};

// Adds a community of any kind, written as in policies. False: the text is none.
[[nodiscard]] bool add_community(std::string_view text, PathAttributes& attributes);
// The texts of all communities.
[[nodiscard]] std::vector<std::string> community_texts(const PathAttributes& attributes);

class InjectedRoutes {
 public:
  static constexpr std::size_t kMost = 10'000;

  [[nodiscard]] const std::map<Prefix, InjectedRoute>& all() const { return routes_; }
  // Null: there is none.
  [[nodiscard]] const InjectedRoute* find(const Prefix& prefix) const;
  // Adds or replaces. False: there are kMost already.
  [[nodiscard]] bool put(InjectedRoute route);
  // Requires that there is one.
  void erase(const Prefix& prefix) { routes_.erase(prefix); }
  // Removes the routes that expire at `now` or before, and returns them.
  [[nodiscard]] std::vector<InjectedRoute> expire(std::uint32_t now);

 private:
  std::map<Prefix, InjectedRoute> routes_;
};

}  // namespace tern::session
