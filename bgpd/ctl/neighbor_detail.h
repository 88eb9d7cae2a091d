// Everything known of one session, as a block of lines; and what lists say of a neighbor too.
#pragma once

#include <ostream>
#include <string>

#include "bgpd/api/control.pb.h"
#include "bgpd/ctl/screen.h"

namespace tern::ctl {

// Its name, or the address of one without.
[[nodiscard]] std::string neighbor_title(const api::proto::Neighbor& neighbor);
[[nodiscard]] bool is_established(const api::proto::Neighbor& neighbor);
[[nodiscard]] Tint state_tint(const api::proto::Neighbor& neighbor);

void print_neighbor_detail(std::ostream& out, const Screen& screen,
                           const api::proto::Neighbor& neighbor);

}  // namespace tern::ctl
