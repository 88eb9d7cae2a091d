// Answers of a daemon as literals, and what ternctl makes of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bgpd/api/control.pb.h"
#include "bgpd/ctl/screen.h"

namespace tern::ctl {

inline constexpr std::uint64_t kNow = 1'800'000'000;

// A Response in Protobuf's text format. Fails the test when it is none.
[[nodiscard]] api::proto::Response response(const std::string& text);

// What the view of the command writes for the responses, one after another.
[[nodiscard]] std::string rendered(const std::vector<std::string>& words,
                                   const std::vector<api::proto::Response>& responses,
                                   const Screen& screen = {false, std::nullopt, kNow});
[[nodiscard]] std::string rendered_json(const std::vector<std::string>& words,
                                        const std::vector<api::proto::Response>& responses);

// Three neighbors of a route server: up with two families, down by an error, disabled.
[[nodiscard]] api::proto::Response three_neighbors();
// One neighbor with everything that "detail" asks for.
[[nodiscard]] api::proto::Response detailed_neighbor();
// Best paths of both families.
[[nodiscard]] api::proto::Response best_routes();
// One prefix with a best, a second and a rejected path.
[[nodiscard]] api::proto::Response explanation();
[[nodiscard]] api::proto::Response egress();
// Places of all kinds, a neighbor with contradictory tags, and a geofeed that turned bad.
[[nodiscard]] api::proto::Response places();
// A path stopped by a policy, and one that carries every attribute there is.
[[nodiscard]] api::proto::Response rejected_routes();
// Two changes, one of them of a rejected path, in a stream that fell behind on the way.
[[nodiscard]] api::proto::Response route_events();
[[nodiscard]] api::proto::Response status();
// A good reload that changes four things.
[[nodiscard]] api::proto::Response reload();

}  // namespace tern::ctl
