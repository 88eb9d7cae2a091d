// Where the messages of other implementations are, and what became of each one.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "bgpd/wire/update.h"
#include "tests/unit/wire/bytes.h"

namespace tern::wire {

// The folder `name` of the conformance data (environment variable TERN_DATA, else beside the
// checkout); nothing where it is absent.
[[nodiscard]] inline std::optional<std::filesystem::path> conformance_data(const char* name) {
  const char* set = std::getenv("TERN_DATA");
  const std::filesystem::path base = set != nullptr ? set : TERN_DEFAULT_DATA;
  const std::filesystem::path path = base / "conformance" / name;
  if (!std::filesystem::is_directory(path)) return std::nullopt;
  return path;
}

// What an UPDATE turned out to be; every message has exactly one.
[[nodiscard]] inline std::string outcome(const UpdateMessage& update, bool reset) {
  if (reset) return "UPDATE session-reset";
  if (update.treatment == Treatment::TreatAsWithdraw) return "UPDATE treat-as-withdraw";
  if (update.end_of_rib) return "UPDATE end-of-rib";
  if (!update.announced.empty() || !update.mp_reach.prefixes.empty()) return "UPDATE announce";
  if (!update.withdrawn.empty() || !update.mp_unreach.prefixes.empty()) return "UPDATE withdraw";
  if (update.treatment == Treatment::AttributeDiscard) return "UPDATE of another family";
  return "UPDATE without routes";
}

using Counts = std::map<std::string, std::size_t>;

[[nodiscard]] inline std::string to_string(const Counts& counts) {
  std::string text;
  for (const auto& [name, count] : counts) text += "\n  " + std::to_string(count) + " " + name;
  return text;
}

// Encodes what was decoded and decodes it again: the same. Nothing is said of an UPDATE that is not
// to be used.
void expect_round_trip(const UpdateMessage& update, const UpdateContext& context);

}  // namespace tern::wire
