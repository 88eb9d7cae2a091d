#include "bgpd/daemon/registrations.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "bgpd/daemon/directories.h"
#include "bgpd/states/examination.h"
#include "bgpd/store/database.h"
#include "conf/small_file.h"
#include "conf/state_file.h"

namespace tern::daemon {
namespace {

using Required = conf::proto::Registrations;
using registrations::Requirement;

Requirement requirement_of(Required::Require required) {
  if (required == Required::NONE) return Requirement::None;
  return required == Required::ROA_VALID ? Requirement::RoaValid : Requirement::NotInvalid;
}

// A database that was moved aside counts, because its status has to be shown.
bool has_database(const std::string& path) {
  std::error_code none;
  return std::filesystem::exists(path, none) || !store::moved_aside(path).empty();
}

}  // namespace

registrations::RegistrationSettings compose_registrations(const conf::Config& config) {
  registrations::RegistrationSettings settings;
  for (const std::string& path : config.file.registrations().files()) {
    settings.paths.push_back(conf::relative_to(config.path, path));
  }
  settings.listed = config.registrations;
  settings.names = config.registration_names;
  settings.actions = config.guard;
  settings.fallback = config.fallback;
  settings.transit_free = config.transit_free;
  settings.requirement = requirement_of(config.file.registrations().require());
  return settings;
}

std::uint32_t compose_state_hold(const conf::Config& config) {
  constexpr std::uint32_t kDefault = 3;
  const conf::proto::Registrations& file = config.file.registrations();
  return file.has_state_hold() ? file.state_hold() : kDefault;
}

std::uint32_t compose_ingress_percent(const conf::Config& config) {
  const conf::proto::Registrations& file = config.file.registrations();
  return file.has_ingress_percent() ? file.ingress_percent() : states::kIngressPercent;
}

std::string registrations_database(const conf::Config& config) {
  return conf::state_file(state_directory(), config.path, "registrations", "db");
}

void Registrations::begin(registrations::RegistrationSettings settings, std::string database) {
  database_ = std::move(database);
  apply(std::move(settings));
  if (!thread_ && has_database(database_)) run();
}

// A database that comes later is one of a write, which has the thread run.
void Registrations::apply(registrations::RegistrationSettings settings) {
  settings_ = std::move(settings);
  const bool none = settings_.paths.empty() && settings_.listed->empty();
  if (thread_ || !none) run();
}

void Registrations::run() {
  if (!thread_) {
    const auto publish = [this](auto table, auto changed) {
      loop_.post([this, table = std::move(table), changed = std::move(changed)]() mutable {
        speaker_.set_registrations(std::move(table), std::move(changed));
      });
    };
    const auto have_folder = [] { return have_directory(state_directory()); };
    thread_ = std::make_unique<registrations::RegistrationThread>(
        publish, registrations::DatabasePlace{database_, have_folder});
  }
  thread_->reconfigure(settings_);
}

bool Registrations::write(registrations::Write write, registrations::Written done) {
  if (!thread_) run();
  write.vrps = speaker_.vrps();
  return thread_->write(std::move(write), on_loop(std::move(done)));
}

bool Registrations::export_stored(
    const std::string& owner, std::function<void(registrations::RegistrationThread::Export)> done) {
  if (!thread_) run();
  return thread_->export_stored(owner, on_loop(std::move(done)));
}

bool Registrations::read_log(const std::optional<Prefix>& prefix, std::size_t most,
                             std::function<void(registrations::RegistrationThread::Log)> done) {
  if (!thread_) run();
  return thread_->read_log(prefix, most, on_loop(std::move(done)));
}

void Registrations::wait_until_taken() {
  if (thread_) thread_->wait_until_taken();
}

registrations::RegistrationStatus Registrations::status() const {
  return thread_ ? thread_->status() : registrations::RegistrationStatus{};
}

}  // namespace tern::daemon
