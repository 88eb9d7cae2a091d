// The state of a named condition (bgpd/session/conditions.h), for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tern::session {

struct ConditionStatus {
  struct Found {
    std::string text;           // "2 sessions of group transit, 1 wanted"
    std::optional<bool> holds;  // nothing: not known yet
  };
  std::string name;
  bool any = false;
  std::optional<bool> holds;     // nothing: not known yet
  std::uint32_t since = 0;       // Unix seconds
  std::uint32_t changes_in = 0;  // seconds until what was found counts; 0: it does
  std::uint64_t changes = 0;     // since the start or the reload that brought the condition
  std::vector<Found> requirements;
};
// The requirements that decide: those that fail, or of a condition that holds those that hold.
[[nodiscard]] std::string reason_text(const ConditionStatus& status);

}  // namespace tern::session
