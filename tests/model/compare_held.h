// What a client holds, against what the naive RIB says that it should.
#pragma once

#include <optional>
#include <string>

#include "tests/model/listener.h"
#include "tests/model/naive_rib.h"

namespace tern::model {

// The prefixes that differ, with the paths of both sides; nothing when both are equal. paths: as
// the client's vantage ranks them.
[[nodiscard]] std::optional<std::string> compare_held(const Listener& listener,
                                                      const NaiveRib& naive, const Client& client,
                                                      const NaiveRib::Ranked& paths);

}  // namespace tern::model
