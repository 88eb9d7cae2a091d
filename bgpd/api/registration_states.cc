// The states of a registered prefix, and the requirements that it does not meet, in show
// registrations.
#include <string>
#include <utility>

#include "bgpd/api/answer.h"

namespace tern::api {

void show_states(const states::ShownStates& states, bool detail, proto::Registration& shown) {
  if (!states.now.empty()) {
    shown.set_state(std::string(to_string(states.now.front().state)));
    shown.set_since_seconds(states.now.front().since);
  }
  if (!detail) return;
  for (const states::ShownStates::Now& one : states.now) {
    proto::Registration::State& state = *shown.add_states();
    state.set_state(std::string(to_string(one.state)));
    state.set_since_seconds(one.since);
    state.set_evidence(one.evidence);
  }
  for (const states::ShownStates::Change& change : states.history) {
    proto::Registration::StateChange& past = *shown.add_history();
    past.set_at_seconds(change.at);
    for (std::size_t i = 0; i < states::kStates; ++i) {
      const auto state = static_cast<states::State>(i);
      if (change.states.has(state)) past.add_states(std::string(to_string(state)));
    }
  }
  shown.set_changes(states.changes);
}

void show_unmet(const registrations::UnmetBook& book, const Prefix& prefix,
                proto::Registration& shown) {
  auto reasons = book.find(prefix);
  if (!reasons) return;
  for (std::string& text : reasons->texts) shown.add_unmet(std::move(text));
  shown.set_more_unmet(reasons->more);
}

}  // namespace tern::api
