// "Did you mean": the known name nearest to a mistyped one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tern::policy {

// The name with the fewest edits (insert, delete, replace, swap of adjacent characters; case is
// free) from `typed`, the earlier one of equals; empty when none is near enough: one edit, or one
// in three characters of a longer word. The view is into `known`.
[[nodiscard]] std::string_view nearest_name(std::string_view typed,
                                            const std::vector<std::string>& known);

// "; did you mean 'bogons'?", or nothing. For the end of a message.
[[nodiscard]] std::string did_you_mean(std::string_view typed,
                                       const std::vector<std::string>& known);

}  // namespace tern::policy
