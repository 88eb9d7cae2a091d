// What the neighbours of the model are to the real pipeline: facts, rules, and what they send. They
// are on the exchange LAN of tests/unit/pipeline/exchange_lan.h.
#pragma once

#include "bgpd/pipeline/export_path.h"
#include "bgpd/pipeline/import.h"
#include "tests/model/naive_rib.h"

namespace tern::model {

[[nodiscard]] pipeline::SessionFacts facts_of(const Client& client);
[[nodiscard]] pipeline::ImportRules import_rules(const Client& client, const Policies& policies,
                                                 int network);
[[nodiscard]] pipeline::ExportRules export_rules(const Client& client, const Policies& policies,
                                                 int network);

// Everything an operation's number says about a path. Few values, so that ties are the rule.
[[nodiscard]] PathAttributes attributes_of(const Client& from, Family family, std::uint32_t bits);
// One prefix of the model, or a few in a row of one family. Path ids are 0 where the client sends
// none.
[[nodiscard]] std::vector<Nlri> nlri_of(const Client& from, std::uint32_t which,
                                        std::uint32_t path_id);

}  // namespace tern::model
