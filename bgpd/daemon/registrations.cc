#include "bgpd/daemon/registrations.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "bgpd/daemon/directories.h"
#include "bgpd/registrations/audit.h"
#include "bgpd/states/examination.h"
#include "bgpd/store/database.h"
#include "conf/scalars.h"
#include "conf/small_file.h"
#include "conf/state_file.h"
#include "policy/change.h"

namespace tern::daemon {
namespace {

using Required = conf::proto::Registrations;
using registrations::Requirement;

Requirement requirement_of(Required::Require required) {
  switch (required) {
    case Required::NONE:
      return Requirement::None;
    case Required::ROA_VALID:
      return Requirement::RoaValid;
    case Required::IRR_VALID:
      return Requirement::IrrValid;
    case Required::ROA_OR_IRR_VALID:
      return Requirement::RoaOrIrrValid;
    default:
      return Requirement::NotInvalid;
  }
}

// A range of dynamic neighbors, for each of its ranges of ASes. A range that names none is of no
// partner.
void add_dynamic_sessions(const conf::Config& config, const conf::proto::DynamicPeers& range,
                          std::vector<registrations::PartnerSession>& sessions) {
  const Prefix prefix = *Prefix::parse(range.prefix());
  const std::string name = "dynamic_peers " + prefix.to_string();
  for (const std::string& text : range.asns()) {
    const auto [first, last] = *conf::parse_asn_range(text);
    sessions.push_back({first, last, prefix, name});
  }
  const std::string& of_group = config.settings(range).asn();
  if (!range.asns().empty() || of_group.empty()) return;
  const Asn asn = *parse_asn(of_group);
  sessions.push_back({asn, asn, prefix, name});
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
  const Required& file = config.file.registrations();
  registrations::Requirements& required = settings.requirements;
  required.origins = requirement_of(file.require());
  required.owned_sessions = file.session_address() == Required::OWNED;
  required.reserved_addresses = file.allow_reserved();
  if (required.owned_sessions) required.sessions = compose_sessions(config);
  const conf::proto::Rpki& rpki = config.file.rpki();
  required.awaits_vrps = !rpki.caches().empty() || !rpki.files().empty();
  required.awaits_objects = !file.irr().empty();
  return settings;
}

std::shared_ptr<const registrations::PartnerSessions> compose_sessions(const conf::Config& config) {
  std::vector<registrations::PartnerSession> all;
  for (const conf::proto::Peer& peer : config.file.peers()) {
    const auto asn = parse_asn(peer.asn());
    const auto address = conf::parse_peer_address(peer.address());
    if (!asn || !address) continue;  // of a neighbor that may have any AS
    const std::string& name = peer.name().empty() ? peer.address() : peer.name();
    all.push_back({*asn, *asn, alone(address->address), name});
  }
  for (const conf::proto::DynamicPeers& range : config.file.dynamic_peers()) {
    add_dynamic_sessions(config, range, all);
  }
  registrations::PartnerSessions sessions;
  for (registrations::PartnerSession& one : all) {
    const bool several = one.first_as != one.last_as;
    (several ? sessions.of_several : sessions.of_one_as).push_back(std::move(one));
  }
  std::ranges::stable_sort(sessions.of_one_as, {}, &registrations::PartnerSession::first_as);
  return std::make_shared<const registrations::PartnerSessions>(std::move(sessions));
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

void Registrations::begin(const conf::Config& config) {
  database_ = registrations_database(config);
  apply(config);
  if (!thread_ && has_database(database_)) run();
}

// A database that comes later is one of a write, which has the thread run.
void Registrations::apply(const conf::Config& config) {
  irr_.apply(compose_irr(config));
  settings_ = compose_registrations(config);
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
    note_vrps(speaker_.vrps(), policy::PrefixChange::all_prefixes());
    note_objects();
  }
  thread_->reconfigure(settings_);
}

// The loop copies no more ranges than the thread would look at.
void Registrations::note_vrps(const std::shared_ptr<const policy::VrpTable>& table,
                              const std::vector<policy::PrefixRange>& changed) {
  if (!thread_) return;
  const bool many = changed.size() > registrations::Audit::kMostTouched;
  thread_->set_vrps(table, many ? policy::PrefixChange::all_prefixes() : changed);
}

void Registrations::note_objects() {
  if (thread_) thread_->set_route_objects(irr_.objects());
}

bool Registrations::write(registrations::Write write, registrations::Written done) {
  if (!thread_) run();
  write.vrps = speaker_.vrps();
  write.irr = irr_.objects();
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
  auto status = thread_ ? thread_->status() : registrations::RegistrationStatus{};
  status.irr = irr_.status().files;
  return status;
}

std::shared_ptr<const registrations::UnmetBook> Registrations::unmet() const {
  return thread_ ? thread_->unmet() : nullptr;
}

}  // namespace tern::daemon
