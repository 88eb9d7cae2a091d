#include "bgpd/states/state.h"

#include <algorithm>
#include <array>

namespace tern::states {
namespace {

using events::Severity;

struct StateRow {
  std::string_view name;
  Severity severity;
};

constexpr std::array<StateRow, kStates> kStateRows{{
    {"hijacked", Severity::Critical},
    {"last-resort", Severity::Critical},
    {"not-received", Severity::Error},
    {"active-on-fallback", Severity::Error},
    {"leaked", Severity::Error},
    {"quarantined", Severity::Error},
    {"path-not-correct", Severity::Warning},
    {"rpki-invalid", Severity::Warning},
    {"missing-tag", Severity::Warning},
    {"backup-not-found", Severity::Warning},
    {"suboptimal", Severity::Warning},
    {"suboptimal-ingress", Severity::Warning},
    {"active-on-backup", Severity::Warning},
    {"healthy", Severity::Info},
    {"active-on-primary", Severity::Info},
    {"single-homed", Severity::Warning},
}};

}  // namespace

std::string_view to_string(State state) { return kStateRows[static_cast<std::size_t>(state)].name; }

std::optional<State> parse_state(std::string_view text) {
  const auto* const found = std::ranges::find(kStateRows, text, &StateRow::name);
  if (found == kStateRows.end()) return std::nullopt;
  return static_cast<State>(found - kStateRows.begin());
}

Severity severity_of(State state) { return kStateRows[static_cast<std::size_t>(state)].severity; }

}  // namespace tern::states
