// What `check.kind` of a field demands of its text: one row per kind.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/tern.pb.h"

namespace tern::conf {

struct ScalarKind {
  std::string_view name;         // as in the schema
  std::string_view expectation;  // "an IP address"
  bool (*valid)(std::string_view text);
  // Why a text of a common mistake is wrong, where that helps more than the expectation; else
  // empty.
  std::string (*hint)(std::string_view text);
  // One spelling for equal values; null where the text stays as it is.
  std::string (*canonical)(std::string_view text);
  // The list whose names stand in this field beside values of the kind; empty: none. `is_value`
  // tells which of the two a text means to be.
  std::string_view or_name_of;
  bool (*is_value)(std::string_view text);
};

// Null for "" and for the kinds of numbers (duration, hold-time), which the field's type checks.
[[nodiscard]] const ScalarKind* scalar_kind(std::string_view name);
[[nodiscard]] bool is_number_kind(std::string_view name);

}  // namespace tern::conf
