// How the parts of a route read, in the table, in the block of details and in explanations.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>

#include "bgpd/api/control.pb.h"
#include "bgpd/ctl/screen.h"

namespace tern::ctl {

// The neighbor it came from by name, else by address; "?" where the daemon does not know
// any more.
[[nodiscard]] std::string route_source(const api::proto::Route& route);
// With the address behind the name.
[[nodiscard]] std::string route_source_in_full(const api::proto::Route& route);
// The family behind `before`; empty for unicast.
[[nodiscard]] std::string family_text(const api::proto::Route& route, std::string before);
// "203.0.113.0/24", and the family behind it where it is not unicast.
[[nodiscard]] std::string destination_text(const api::proto::Route& route);
// "65001 65010 i": the origin as i, e, ? as on every router.
[[nodiscard]] std::string as_path_text(const api::proto::Route& route);
// "Amsterdam at ams, 1.2 ms"; empty without a location.
[[nodiscard]] std::string egress_text(const api::proto::Route& route);
// "policy clients, term 3: transit leak", "as-loop"; empty for an accepted route.
[[nodiscard]] std::string reason_text(const api::proto::Route& route);

// Every attribute, a line each.
// A table of the VRPs that cover a prefix; nothing where there are none.
void print_vrps(const google::protobuf::RepeatedPtrField<api::proto::Explanation::Vrp>& vrps,
                std::uint64_t left_out, const Screen& screen, std::ostream& out);
void print_route_detail(std::ostream& out, const Screen& screen, const api::proto::Route& route);

}  // namespace tern::ctl
