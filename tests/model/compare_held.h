// Compares the routes that a client holds with the routes that the naive RIB gives the client.
#pragma once

#include <optional>
#include <string>

#include "tests/model/listener.h"
#include "tests/model/naive_rib.h"

namespace tern::model {

// Returns the prefixes that differ, with the paths of both sides; nothing when both are equal.
// paths: ranked from the client's vantage.
[[nodiscard]] std::optional<std::string> compare_held(const Listener& listener,
                                                      const NaiveRib& naive, const Client& client,
                                                      const NaiveRib::Ranked& paths);

}  // namespace tern::model
