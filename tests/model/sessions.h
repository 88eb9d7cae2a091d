// The neighbors of the model for the real pipeline: their facts, rules, and routes. They are on the
// exchange LAN of tests/unit/pipeline/exchange_lan.h.
#pragma once

#include <memory>

#include "bgpd/pipeline/export_path.h"
#include "bgpd/pipeline/import.h"
#include "policy/live_costs.h"
#include "tests/model/naive_rib.h"

namespace tern::model {

[[nodiscard]] pipeline::SessionFacts facts_of(const Client& client);
// next_hops: the finder of the router; null: every next hop counts as resolved.
[[nodiscard]] pipeline::ImportRules import_rules(
    const Client& client, const Policies& policies, int network,
    const std::shared_ptr<pipeline::NextHopFinder>& next_hops);
[[nodiscard]] pipeline::ExportRules export_rules(const Client& client, const Policies& policies,
                                                 int network);

// The costs of a network, and a change of all of them.
[[nodiscard]] std::shared_ptr<const policy::EgressCosts> costs_of(int network);
[[nodiscard]] policy::CostChange every_pair();

// The attributes of a path by a number of an operation. Few values, so that ties are common.
[[nodiscard]] PathAttributes attributes_of(const Client& from, Family family, std::uint32_t bits);
// One prefix of the model, or a few consecutive ones of one family. Path ids are 0 if the client
// sends none.
[[nodiscard]] std::vector<Nlri> nlri_of(const Client& from, std::uint32_t which,
                                        std::uint32_t path_id);

}  // namespace tern::model
