// show conditions: the conditions on which routes of this router depend.
#include <optional>

#include "bgpd/api/answer.h"

namespace tern::api {
namespace {

const char* state_name(std::optional<bool> holds) {
  if (!holds) return "unknown";
  return *holds ? "holds" : "fails";
}

}  // namespace

void show_conditions(const session::Speaker& speaker, proto::Conditions& conditions) {
  for (const session::ConditionStatus& status : speaker.conditions()) {
    proto::Conditions::Condition& shown = *conditions.add_conditions();
    shown.set_name(status.name);
    shown.set_state(state_name(status.holds));
    shown.set_since_seconds(status.since);
    shown.set_changes_in_seconds(status.changes_in);
    shown.set_changes(status.changes);
    shown.set_why(session::reason_text(status));
    shown.set_joined(status.any ? "any" : "all");
    for (const session::ConditionStatus::Found& found : status.requirements) {
      proto::Conditions::Requirement& requirement = *shown.add_requirements();
      requirement.set_text(found.text);
      requirement.set_state(state_name(found.holds));
    }
  }
}

}  // namespace tern::api
