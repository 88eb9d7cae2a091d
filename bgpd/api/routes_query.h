// The query of `show routes`, with its texts parsed; `explain` parses some, too. Internal to
// bgpd/api.
#pragma once

#include <optional>
#include <string>

#include "bgpd/api/control.pb.h"
#include "bgpd/pipeline/locate.h"
#include "bgpd/session/speaker.h"
#include "policy/policy.h"

namespace tern::api {

struct RoutesQuery {
  proto::RoutesRequest request;
  std::optional<PeerSlot> slot;  // of the neighbor
  bool advertised = false;       // the neighbor could hold routes when the query was parsed
  std::optional<Family> family;
  std::optional<Prefix> prefix;
  std::optional<policy::AnyCommunityPattern> community;
  std::optional<policy::OriginState> rpki;
  std::optional<std::string> reason;
  std::optional<LocationSource> location;  // how the place of users was found
  bool contradictory = false;              // location tags exclude each other
  std::string error;

  // The query is an exact or longest match.
  [[nodiscard]] bool for_one() const {
    return prefix && request.match() != proto::RoutesRequest::LONGER;
  }
  // Whether the query has a condition on attributes.
  [[nodiscard]] bool by_attributes() const {
    return community || rpki || by_location() || request.origin_as() != 0;
  }
  [[nodiscard]] bool by_location() const { return location || contradictory; }
  [[nodiscard]] bool wants(Family of) const {
    return (!family || *family == of) &&
           (!prefix || prefix->address().version() == row(of).version);
  }
  // The caller compares the state of origin validation and the location.
  [[nodiscard]] bool wants(const PathAttributes& attributes) const;
  [[nodiscard]] bool wants(const pipeline::Located& located) const {
    return (!location || *location == located.source) && (!contradictory || located.contradictory);
  }
};

// The slot of a neighbor by its name or address, or kOwnSlot by kOwnName; nothing: there is none.
[[nodiscard]] std::optional<PeerSlot> parse_source(const session::Speaker& speaker,
                                                   const std::string& text);
// The error where the routes advertised to this router are asked for.
inline constexpr char kOwnIsNoNeighbor[] = "own is this router, which is advertised nothing";
// By its name.
[[nodiscard]] std::optional<Family> parse_family(const std::string& text);
// The error for a text that is no name of a family.
[[nodiscard]] std::string unknown_family(const std::string& text);

[[nodiscard]] RoutesQuery parse(const session::Speaker& speaker,
                                const proto::RoutesRequest& request);

}  // namespace tern::api
