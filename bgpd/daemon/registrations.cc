#include "bgpd/daemon/registrations.h"

#include <utility>

#include "conf/small_file.h"

namespace tern::daemon {

registrations::RegistrationSettings compose_registrations(const conf::Config& config) {
  registrations::RegistrationSettings settings;
  for (const std::string& path : config.file.registrations().files()) {
    settings.paths.push_back(conf::relative_to(config.path, path));
  }
  settings.listed = config.registrations;
  settings.names = config.registration_names;
  settings.actions = config.guard;
  settings.fallback = config.fallback;
  return settings;
}

void Registrations::apply(registrations::RegistrationSettings settings) {
  if (!thread_ && settings.paths.empty() && settings.listed->empty()) return;
  if (!thread_) {
    thread_ = std::make_unique<registrations::RegistrationThread>([this](auto table, auto changed) {
      loop_.post([this, table = std::move(table), changed = std::move(changed)]() mutable {
        speaker_.set_registrations(std::move(table), std::move(changed));
      });
    });
  }
  thread_->reconfigure(std::move(settings));
}

void Registrations::wait_until_taken() {
  if (thread_) thread_->wait_until_taken();
}

registrations::RegistrationStatus Registrations::status() const {
  return thread_ ? thread_->status() : registrations::RegistrationStatus{};
}

}  // namespace tern::daemon
