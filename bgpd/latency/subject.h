// A subject: the prefix, metro or neighbor whose latency is kept. A plain value.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "rib/types/prefix.h"

namespace tern::latency {

struct Subject {
  enum class Kind : std::uint8_t {
    Prefix,    // registered
    Metro,     // of the configuration
    Neighbor,  // the round trip of its TCP connection
  };
  Kind kind{};
  tern::Prefix prefix = {};  // of kind Prefix
  std::string name = {};     // of the other kinds

  // "203.0.113.0/24", "Frankfurt"
  [[nodiscard]] std::string text() const {
    return kind == Kind::Prefix ? prefix.to_string() : name;
  }
  friend auto operator<=>(const Subject&, const Subject&) = default;
};
inline constexpr std::size_t kSubjectKinds = 3;

[[nodiscard]] inline std::string_view to_string(Subject::Kind kind) {
  switch (kind) {
    case Subject::Kind::Prefix:
      return "prefix";
    case Subject::Kind::Metro:
      return "metro";
    case Subject::Kind::Neighbor:
      return "neighbor";
  }
  return "";
}

}  // namespace tern::latency
