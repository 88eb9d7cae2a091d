// The events that the states of a registered prefix become. Internal to bgpd/states.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "bgpd/states/examination.h"

namespace tern::states {

// Events that last as long as their cause: those of kSuspectKinds, and those of the states
// Suboptimal, LastResort, ActiveOnFallback, SuboptimalIngress and SingleHomed. The last one is an
// event only where more connections, or PoPs, are configured.
inline constexpr std::size_t kLevels = kSuspectKinds.size() + 5;

[[nodiscard]] events::Report announced(const policy::RegistrationTable::Entry& entry,
                                       const Findings& findings, const PeerTable& peers);
// last: the neighbor of the last best path, whose lost session may be the cause.
[[nodiscard]] events::Report withdrawn(const policy::RegistrationTable::Entry& entry, PeerSlot last,
                                       const PeerTable& peers);
// state: ActiveOnPrimary or ActiveOnBackup.
[[nodiscard]] events::Report became_active(const policy::RegistrationTable::Entry& entry,
                                           State state, const Findings& findings);
[[nodiscard]] events::Report headline_changed(const policy::RegistrationTable::Entry& entry,
                                              StateSet before, const Findings& findings);
// The event that caused the loss of the last route, if the session of its neighbor is down.
[[nodiscard]] std::string cause_of_loss(PeerSlot last, const PeerTable& peers);
// nullopt: the examination did not find the cause.
[[nodiscard]] std::optional<events::Report> level_report(
    const policy::RegistrationTable::Entry& entry, std::size_t level, const Findings& findings,
    const PeerTable& peers);
[[nodiscard]] events::Report end_of_level(const Prefix& prefix, std::size_t level);

}  // namespace tern::states
