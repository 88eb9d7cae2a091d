// Registered prefixes in the daemon: the thread that reads their files, and the speaker whose
// sessions have the guard.
#pragma once

#include <memory>

#include "bgpd/registrations/registration_thread.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/speaker.h"
#include "conf/config.h"

namespace tern::daemon {

// The section `registrations`, with paths and names resolved.
[[nodiscard]] registrations::RegistrationSettings compose_registrations(const conf::Config& config);

// Has tern-register run from the first settings with a registration or a file on, and gives what it
// publishes to the speaker. Loop thread only.
class Registrations {
 public:
  Registrations(session::Loop& loop, session::Speaker& speaker) : loop_(loop), speaker_(speaker) {}

  void apply(registrations::RegistrationSettings settings);
  // Waits until the table of the settings is on its way to the speaker: what the loop does later
  // finds it there.
  void wait_until_taken();
  [[nodiscard]] registrations::RegistrationStatus status() const;

 private:
  session::Loop& loop_;
  session::Speaker& speaker_;
  std::unique_ptr<registrations::RegistrationThread> thread_;
};

}  // namespace tern::daemon
