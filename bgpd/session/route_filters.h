// Route filters (policy/route_filter.h) that operators edit at run time. Edits are additions to the
// list of the configuration and removals from it, so that they outlast a reload. A neighbor with
// edits has a filter, also where the configuration has none. Each edit has a line in the log. A
// change has the table advertised to its neighbor again, as new export rules have, and to no other.
//
// Internal to bgpd/session, except where Speaker gives the class out; loop thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/session/settings.h"
#include "policy/route_filter.h"
#include "rib/types/result.h"
#include "rib/types/shared_value.h"

namespace tern::session {

class Neighbors;

// The user who edited, the time and the reason.
struct FilterNote {
  std::uint32_t since = 0;  // Unix seconds
  std::string owner;        // the user of the control API: "alice (uid 1000, pid 4242)"
  std::string because;
};

struct FilterEdit {
  policy::FilterCommunity community;
  bool adds = true;  // else the edit removes the community
  FilterNote note;
};

// Of one neighbor.
struct FilterEdits {
  FilterNote last;                // of the last command
  std::vector<FilterEdit> edits;  // of different communities, the oldest first

  // Null: there is none of the community.
  [[nodiscard]] const FilterEdit* find(const policy::FilterCommunity& community) const;
};

// The communities of the configuration and those that edits add, without those that edits remove.
// configured: null where the configuration has no filter.
[[nodiscard]] policy::FilterCommunities with_edits(const policy::RouteFilter* configured,
                                                   const FilterEdits& edits);

struct FilterCommand {
  enum class Action : std::uint8_t { Add, Remove, Set, Reset };
  Action action = Action::Add;
  std::string neighbor;  // its address, "192.0.2.1", "fe80::1%eth0"
  policy::FilterCommunities communities;
  FilterNote note;
};

class RouteFilters {
 public:
  using Edited = std::map<std::string, std::shared_ptr<const FilterEdits>>;  // by address
  static constexpr std::size_t kMostNeighbors = 1000;                        // with edits
  static constexpr std::size_t kMostEdits = 10'000;                          // of all neighbors
  static constexpr std::size_t kMostEditsOfOne = 2 * policy::RouteFilter::kMost;
  static constexpr std::size_t kMostBecause = 255;  // octets of a text
  static constexpr std::size_t kMostOwner = 128;    // octets

  explicit RouteFilters(Neighbors& neighbors) : neighbors_(neighbors) {}
  RouteFilters(const RouteFilters&) = delete;
  RouteFilters& operator=(const RouteFilters&) = delete;

  // The changes of the filter in force by a command.
  struct Changed {
    std::vector<std::string> added;
    std::vector<std::string> removed;
    bool any = false;  // also where a filter without communities begins or ends
  };
  // Does the whole command, or refuses it with a reason. A neighbor that is gone can only be reset.
  [[nodiscard]] Result<Changed, std::string> apply(const FilterCommand& command);

  // Null: the neighbor has no filter. The filter of a neighbor with edits is made once for each
  // edit and each list of the configuration.
  [[nodiscard]] SharedValue<policy::RouteFilter> in_force(const PeerSettings& settings) const;
  // Null: the neighbor has no edits.
  [[nodiscard]] const FilterEdits* edits_of(const std::string& address) const;
  [[nodiscard]] const Edited& edited() const { return edited_; }
  [[nodiscard]] std::size_t edits() const;  // of all neighbors

  // The edits of an earlier process, as many as there may be. Before the first session.
  void restore(std::map<std::string, FilterEdits> edited);
  // `call` is called when the edits are others.
  void on_change(std::function<void()> call) { on_change_ = std::move(call); }

 private:
  using Communities = policy::FilterCommunities;
  // The filter in force, and what it was made of.
  struct Merged {
    SharedValue<policy::RouteFilter> configured;
    std::shared_ptr<const FilterEdits> edits;
    SharedValue<policy::RouteFilter> filter;
  };
  // Nothing: no filter.
  [[nodiscard]] std::optional<Communities> present(const std::string& address,
                                                   const policy::RouteFilter* configured) const;
  [[nodiscard]] static Result<Communities, std::string> wanted(
      const FilterCommand& command, const std::optional<Communities>& present);
  [[nodiscard]] std::optional<std::string> full(const std::string& address,
                                                const FilterEdits& next) const;

  Neighbors& neighbors_;
  std::function<void()> on_change_;
  Edited edited_;
  // By address, of neighbors with edits: at most as many as edited_ has entries.
  mutable std::map<std::string, Merged> merged_;
};

}  // namespace tern::session
