#include "bgpd/daemon/router.h"

#include <utility>

#include "bgpd/daemon/baseline.h"
#include "bgpd/daemon/circuits.h"
#include "bgpd/daemon/compose.h"
#include "bgpd/daemon/latency.h"
#include "bgpd/daemon/metrics.h"
#include "bgpd/daemon/next_hops.h"

namespace tern::daemon {

Router::Router(ConfigThread& thread, session::Loop& loop, events::EventStage& events,
               api::DaemonFacts& facts, const conf::Config& config)
    : thread_(thread),
      loop_(loop),
      events_(events),
      facts_(facts),
      speaker_(loop, compose_threads(config)),
      kept_routes_(thread, loop, speaker_, config.path),
      drains_(thread, loop, speaker_, config.path),
      guard_(thread, loop, speaker_, config.path),
      filters_(thread, loop, speaker_, config.path),
      kept_latency_(thread, loop, latency_, config.path),
      rtts_(thread, loop, speaker_, facts) {}

std::optional<std::string> Router::start(const std::shared_ptr<const conf::Config>& config) {
  rpki_.apply(compose_rpki(*config));
  geofeeds_.apply(compose_geofeeds(*config));
  registrations_.begin(*config);
  registrations_.wait_until_taken();
  kept_routes_.restore();
  drains_.read();
  apply_next_hops(*config, next_hops_);
  const auto applied =
      speaker_.apply(thread_.call([&config] { return session::plan(nullptr, compose(*config)); }));
  if (!applied.ok()) return applied.error();
  drains_.restore();
  guard_.restore();
  filters_.restore();
  rtts_.apply(config);
  apply_to_watchers(*config);
  event_watch_.start();
  kept_latency_.restore();
  return std::nullopt;
}

std::optional<std::string> Router::take(const Reading& reading, const conf::Config& running,
                                        std::function<void()> done) {
  apply_next_hops(*reading.next, next_hops_);
  const auto applied = speaker_.apply(reading.plan, [this, done = std::move(done)] {
    kernel_.look_at_peers();
    filters_.warn_of_unlisted();
    if (done) done();
  });
  if (!applied.ok()) {
    apply_next_hops(running, next_hops_);
    return applied.error();
  }
  rpki_.apply(compose_rpki(*reading.next));
  rtts_.apply(reading.next);
  geofeeds_.apply(compose_geofeeds(*reading.next));
  registrations_.apply(*reading.next);
  apply_to_watchers(*reading.next);
  return std::nullopt;
}

void Router::freeze() {
  event_watch_.freeze();
  state_watch_.freeze();
  circuits_.freeze();
  latency_.freeze();
  baseline_.freeze();
  next_hops_.freeze();
  kernel_.freeze();
}

api::Backend Router::backend() {
  api::Backend backend{speaker_, {}, {}, [this] { return rpki_.status(); }};
  backend.geofeed_status = [this] { return geofeeds_.status(); };
  backend.probe_status = [this] { return probes_.status(); };
  backend.kernel_routes = [this] { return kernel_.status(); };
  backend.next_hops = &next_hops_;
  backend.registration_status = [this] { return registrations_.status(); };
  backend.registrations = registration_access();
  backend.unmet = [this] { return registrations_.unmet(); };
  backend.states = &state_watch_.book();
  backend.circuits = &circuits_.book();
  backend.ingress = &state_watch_.ingress();
  backend.report_ingress = [this](auto reports) {
    return state_watch_.take_ingress(std::move(reports));
  };
  backend.latency = &latency_;
  backend.baseline = &baseline_;
  return backend;
}

void Router::sample(exporter::Snapshot& numbers) {
  numbers.rpki = sample_rpki(rpki_.status());
  sample_geofeeds(geofeeds_.status(), numbers);
  sample_registrations(registrations_.status(), state_watch_.book().counts(), numbers);
  sample_circuits(circuits_.book(), numbers);
  sample_ingress(state_watch_.ingress().counts(), numbers);
  sample_probes(probes_.status(), numbers);
  sample_latency(latency_, numbers);
  sample_baseline(baseline_.counts(), numbers);
  numbers.kernel = sample_kernel(kernel_.status());
  numbers.next_hops = sample_next_hops(next_hops_);
}

void Router::apply_to_watchers(const conf::Config& config) {
  state_watch_.apply(compose_state_hold(config));
  state_watch_.set_ingress_percent(compose_ingress_percent(config));
  circuits_.apply(compose_circuits(config));
  latency_.apply(compose_latency(config));
  baseline_.apply(compose_baseline(config));
  event_watch_.set_withdrawals(compose_withdrawals(config));
  probes_.apply(compose_probes(config));
  kernel_.apply(compose_kernel(config));
}

api::RegistrationAccess Router::registration_access() {
  return {[this](auto write, auto done) {
            return registrations_.write(std::move(write), std::move(done));
          },
          [this](const auto& owner, auto done) {
            return registrations_.export_stored(owner, std::move(done));
          },
          [this](const auto& prefix, std::size_t most, auto done) {
            return registrations_.read_log(prefix, most, std::move(done));
          }};
}

void Router::add_levels(EventLevels& levels) const {
  add_rpki_levels(rpki_.status(), levels);
  add_geofeed_levels(geofeeds_.status(), levels);
  add_registration_levels(registrations_.status(), levels);
  add_configuration_levels(facts_, levels);
}

}  // namespace tern::daemon
