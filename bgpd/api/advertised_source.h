// Whose path a neighbor was told. Internal to bgpd/api.
//
// The table notes the set that was told and to whom, not of which path it was made: eight octets a
// route and client would be a lot for a listing. So a listing makes of each path what the neighbor
// would be told of it, the most preferred first, until that is the set in question.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bgpd/pipeline/export_path.h"
#include "bgpd/session/speaker.h"
#include "rib/decision.h"
#include "rib/destination.h"

namespace tern::api {

class AdvertisedSource {
 public:
  // Notes the neighbor's session and rules, and who its paths may be of, as they are now. On the
  // loop.
  void note(const session::Speaker& speaker, PeerSlot slot);

  // Of an entry of Destination::told that the neighbor has: the place of its path among the paths.
  // Nothing where the path is not there any more or has changed, and the neighbor is yet to be told
  // so, and where too many paths are preferred to it. On any thread, in a section of the table.
  [[nodiscard]] std::optional<std::size_t> find(const rib::AttrTable& sets,
                                                const rib::Destination& destination,
                                                std::size_t entry);

 private:
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
