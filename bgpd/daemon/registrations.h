// Registered prefixes in the daemon: the thread that reads their files, the speaker whose sessions
// have the guard, and the route objects against which they are checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/daemon/irr.h"
#include "bgpd/registrations/registration_thread.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/speaker.h"
#include "conf/config.h"

namespace tern::daemon {

// The section `registrations`, with paths and names resolved.
[[nodiscard]] registrations::RegistrationSettings compose_registrations(const conf::Config& config);
// The path of the database of stored registrations.
[[nodiscard]] std::string registrations_database(const conf::Config& config);

// Seconds that other states of a registered prefix must last until they count.
[[nodiscard]] std::uint32_t compose_state_hold(const conf::Config& config);
// registrations.ingress_percent, with its default.
[[nodiscard]] std::uint32_t compose_ingress_percent(const conf::Config& config);

// The sessions of the configuration with other ASes, whose addresses may have to be the customers'.
[[nodiscard]] std::shared_ptr<const registrations::PartnerSessions> compose_sessions(
    const conf::Config& config);

// Has tern-register run from the first settings with a registration, a file or a database on, or
// from the first write on, and gives what it publishes to the speaker. Writes are checked against
// the VRPs of the speaker and the route objects of tern-irr, and registrations in force are, too,
// when these change. Loop thread only.
class Registrations {
 public:
  Registrations(session::Loop& loop, session::Speaker& speaker)
      : loop_(loop), speaker_(speaker), irr_(loop, [this] { note_objects(); }) {}

  // For the start of a daemon, because begin() looks at the folder of the database.
  void begin(const conf::Config& config);
  void apply(const conf::Config& config);
  // As vrps::Published. Registrations in force are compared with the VRPs.
  void note_vrps(const std::shared_ptr<const policy::VrpTable>& table,
                 const std::vector<policy::PrefixRange>& changed);
  // Waits until the table of the settings is on its way to the speaker: what the loop does later
  // finds it there.
  void wait_until_taken();

  // As those of RegistrationThread, with `done` called on the loop. When `done` of a write is
  // called, the speaker has the registrations.
  [[nodiscard]] bool write(registrations::Write write, registrations::Written done);
  [[nodiscard]] bool export_stored(
      const std::string& owner,
      std::function<void(registrations::RegistrationThread::Export)> done);
  [[nodiscard]] bool read_log(const std::optional<Prefix>& prefix, std::size_t most,
                              std::function<void(registrations::RegistrationThread::Log)> done);

  [[nodiscard]] registrations::RegistrationStatus status() const;
  // The registrations that do not meet the requirements of new ones; null: there are none.
  [[nodiscard]] std::shared_ptr<const registrations::UnmetBook> unmet() const;

 private:
  void run();
  void note_objects();
  // A function for the thread that has `done` called on the loop.
  template <typename Value>
  [[nodiscard]] std::function<void(Value)> on_loop(std::function<void(Value)> done) {
    return [this, done = std::move(done)](Value value) {
      loop_.post([done, value = std::move(value)]() mutable { done(std::move(value)); });
    };
  }

  session::Loop& loop_;
  session::Speaker& speaker_;
  Irr irr_;
  std::string database_;
  registrations::RegistrationSettings settings_;  // the last ones
  std::unique_ptr<registrations::RegistrationThread> thread_;
};

}  // namespace tern::daemon
