// Finds the path from which an advertised route was made. Internal to bgpd/api.
//
// The table notes the attribute set and the audience of an advertised route, not its path: eight
// octets for each route and client would be too much for a listing. So a listing exports the paths
// of the destination for the neighbor, the most preferred first, until the result is the advertised
// set.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "bgpd/api/route_view.h"
#include "bgpd/pipeline/export_path.h"
#include "bgpd/session/speaker.h"
#include "rib/decision.h"
#include "rib/destination.h"

namespace tern::api {

class AdvertisedSource {
 public:
  // Notes the present session and rules of the neighbor, and the ranks of all neighbors. On the
  // loop.
  void note(const session::Speaker& speaker, PeerSlot slot);

  // An advertised route, with the path id as advertised. `path` names no peer if the path is gone
  // or has changed and that is not advertised yet, or if too many paths are preferred to it.
  struct Route {
    PathFacts path;
    EgressInfo place;
  };
  // entry: of Destination::advertised, for the neighbor. On any thread, in a section of the table.
  [[nodiscard]] Route route(const rib::AttrTable& sets, const rib::Destination& destination,
                            std::size_t entry);
  // The same without the path.
  [[nodiscard]] static Route without_path(const rib::Destination& destination, std::size_t entry);

 private:
  [[nodiscard]] bool is_default_route(const rib::AttrTable& sets, const Nlri& nlri,
                                      rib::AttrRef advertised);
  // The index of the path.
  [[nodiscard]] std::optional<std::size_t> find(const rib::AttrTable& sets,
                                                const rib::Destination& destination,
                                                std::size_t entry);
  // Whether the attributes of the last export, formed_, have these octets as a set.
  [[nodiscard]] bool formed_is(std::span<const std::byte> octets);
  [[nodiscard]] bool gives(const rib::AttrTable& sets, const Nlri& nlri, const rib::Path& path,
                           rib::AttrRef advertised);
  void set_order(const rib::AttrTable& sets, const rib::Destination& destination);

  std::optional<pipeline::SessionFacts> facts_;  // nothing: no session
  pipeline::ExportRules rules_;
  std::vector<rib::PeerRank> ranks_;  // by slot
  rib::DecisionConfig config_;

  std::vector<std::uint32_t> order_;  // scratch
  std::vector<rib::Candidate> candidates_;
  rib::AttributeSet stored_;
  PathAttributes formed_;
  std::vector<std::byte> octets_;
};

}  // namespace tern::api
