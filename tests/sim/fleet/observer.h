// The Observer of one of our routers finds the states of its registered prefixes and the events
// that they become, as the daemon does beside the speaker.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bgpd/events/event_log.h"
#include "bgpd/states/examiner.h"
#include "rib/table_reader.h"
#include "tests/sim/fleet/oracle.h"
#include "tests/sim/fleet/speaker.h"

namespace tern::sim::fleet {

class Observer {
 public:
  // References of the caller, which outlive the observer.
  Observer(const Plan& plan, Speaker& speaker);

  // Looks at all registered prefixes. now: Unix seconds.
  void look(std::uint32_t now);
  // Compares states and open events with what the oracle knows of the PoP. Returns a difference, in
  // words.
  [[nodiscard]] std::optional<std::string> compare(const Oracle& oracle) const;

 private:
  [[nodiscard]] Against heard_against(const Oracle& oracle, std::size_t registration) const;
  [[nodiscard]] std::optional<std::string> compare_events(const Oracle& oracle,
                                                          std::size_t registration) const;
  [[nodiscard]] std::optional<std::string> compare_states(const Oracle& oracle,
                                                          std::size_t registration) const;
  [[nodiscard]] bool has_event(events::Kind kind, const std::string& prefix) const;

  static constexpr std::size_t kKeep = 1000;  // events

  const Plan& plan_;
  Speaker& speaker_;
  std::vector<rib::TableReader> readers_;
  events::EventLog log_{kKeep, [](const events::Event&, events::EventLog::Change) {}};
  std::uint32_t now_ = 0;
  states::Examiner examiner_{[this](events::Report report) { log_.take(std::move(report), now_); }};
};

}  // namespace tern::sim::fleet
