// The configuration in the words of policy/: texts parsed, names kept.
//
// A text that is not of its form is left out; the loader has reported it. Named things are in the
// order of their names, so that equal files give equal numbers to metros and PoPs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conf/tern.pb.h"
#include "policy/control_communities.h"
#include "policy/egress.h"
#include "policy/policy.h"
#include "rib/types/family.h"

namespace tern::conf {

// The family of the row with that name; nothing where the file leaves it out.
[[nodiscard]] std::optional<Family> family_of(proto::Family family);

[[nodiscard]] policy::Sources policy_sources(const proto::Configuration& file);

// What of a peer's (or group's) control communities is read; nothing where none is. AS 0 where it
// is the router's and that is missing.
[[nodiscard]] std::optional<policy::ControlSource> control_source(const proto::Peer& peer,
                                                                  const proto::Router& router);

// The place that a message with the fields of PlaceName names; nothing where it names none.
struct NamedPlace {
  std::string name;
  policy::PlaceKind kind = policy::PlaceKind::Metro;
};
template <typename Message>
[[nodiscard]] std::optional<NamedPlace> named_place(const Message& message) {
  if (!message.metro().empty()) return NamedPlace{message.metro(), policy::PlaceKind::Metro};
  if (!message.pop().empty()) return NamedPlace{message.pop(), policy::PlaceKind::Pop};
  if (!message.country().empty()) return NamedPlace{message.country(), policy::PlaceKind::Country};
  if (!message.region().empty()) return NamedPlace{message.region(), policy::PlaceKind::Region};
  return std::nullopt;
}

// Without what egress.rtt_file says.
[[nodiscard]] policy::EgressSource egress_source(const proto::Configuration& file);

}  // namespace tern::conf
