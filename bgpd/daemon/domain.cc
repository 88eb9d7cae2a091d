#include "bgpd/daemon/domain.h"

#include <utility>

#include "bgpd/baseline/baseline_watch.h"
#include "bgpd/daemon/baseline.h"
#include "bgpd/daemon/circuits.h"
#include "bgpd/daemon/compose.h"
#include "bgpd/daemon/directories.h"
#include "bgpd/daemon/event_watch.h"
#include "bgpd/daemon/geofeeds.h"
#include "bgpd/daemon/kept_drains.h"
#include "bgpd/daemon/kept_filters.h"
#include "bgpd/daemon/kept_guard.h"
#include "bgpd/daemon/kept_latency.h"
#include "bgpd/daemon/kept_routes.h"
#include "bgpd/daemon/kernel.h"
#include "bgpd/daemon/latency.h"
#include "bgpd/daemon/metrics.h"
#include "bgpd/daemon/next_hops.h"
#include "bgpd/daemon/probes.h"
#include "bgpd/daemon/registrations.h"
#include "bgpd/daemon/rpki.h"
#include "bgpd/daemon/rtt_watch.h"
#include "bgpd/states/circuit_watch.h"
#include "bgpd/states/state_watch.h"

namespace tern::daemon {

class Domain::Impl {
 public:
  Impl(ConfigThread& thread, session::Loop& loop, events::EventStage& events,
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

  std::optional<std::string> start(const std::shared_ptr<const conf::Config>& config) {
    rpki_.apply(compose_rpki(*config));
    geofeeds_.apply(compose_geofeeds(*config));
    registrations_.begin(*config);
    registrations_.wait_until_taken();
    kept_routes_.restore();
    drains_.read();
    apply_next_hops(*config, next_hops_);
    const auto applied = speaker_.apply(
        thread_.call([&config] { return session::plan(nullptr, compose(*config)); }));
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

  std::optional<std::string> take(const Reading& reading, const conf::Config& running,
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

  void freeze() {
    event_watch_.freeze();
    state_watch_.freeze();
    circuits_.freeze();
    latency_.freeze();
    baseline_.freeze();
    next_hops_.freeze();
    kernel_.freeze();
  }

  session::Speaker& speaker() { return speaker_; }

  api::Backend backend() {
    api::Backend backend{speaker_, {}, {}, [this] { return rpki_.status(); }};
    backend.geofeed_status = [this] { return geofeeds_.status(); };
    backend.probe_status = [this] { return probes_.status(); };
    backend.kernel_routes = [this] { return kernel_.status(); };
    backend.next_hops = &next_hops_;
    backend.registration_status = [this] { return registrations_.status(); };
    backend.registrations = registration_access();
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

  void sample(exporter::Snapshot& numbers) {
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

 private:
  void apply_to_watchers(const conf::Config& config) {
    state_watch_.apply(compose_state_hold(config));
    state_watch_.set_ingress_percent(compose_ingress_percent(config));
    circuits_.apply(compose_circuits(config));
    latency_.apply(compose_latency(config));
    baseline_.apply(compose_baseline(config));
    event_watch_.set_withdrawals(compose_withdrawals(config));
    probes_.apply(compose_probes(config));
    kernel_.apply(compose_kernel(config));
  }

  api::RegistrationAccess registration_access() {
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

  void add_levels(EventLevels& levels) const {
    add_rpki_levels(rpki_.status(), levels);
    add_geofeed_levels(geofeeds_.status(), levels);
    add_registration_levels(registrations_.status(), levels);
    add_configuration_levels(facts_, levels);
  }

  ConfigThread& thread_;
  session::Loop& loop_;
  events::EventStage& events_;
  api::DaemonFacts& facts_;
  session::Speaker speaker_;
  states::StateWatch state_watch_{loop_, speaker_, events_};
  states::CircuitWatch circuits_{loop_, speaker_};
  latency::LatencyWatch latency_{loop_, speaker_, events_};
  baseline::BaselineWatch baseline_{loop_, speaker_, events_,
                                    [] { return have_directory(state_directory()); }};
  kernel::NextHopWatch next_hops_{loop_, speaker_, [this] { kernel_.look_again(); }};
  KeptRoutes kept_routes_;
  KeptDrains drains_;
  KeptGuard guard_;
  KeptFilters filters_;
  KeptLatency kept_latency_;
  RttWatch rtts_;
  Rpki rpki_{loop_, speaker_};
  Geofeeds geofeeds_{loop_, speaker_};
  Registrations registrations_{loop_, speaker_};
  Probes probes_{loop_, speaker_, latency_};
  Kernel kernel_{loop_, speaker_, next_hops_.next_hops()};
  EventWatch event_watch_{loop_, speaker_, events_,
                          [this](EventLevels& levels) { add_levels(levels); }, &circuits_.book()};
};

Domain::Domain(ConfigThread& thread, session::Loop& loop, events::EventStage& events,
               api::DaemonFacts& facts, const conf::Config& config)
    : impl_(std::make_unique<Impl>(thread, loop, events, facts, config)) {}
Domain::~Domain() = default;
std::optional<std::string> Domain::start(const std::shared_ptr<const conf::Config>& config) {
  return impl_->start(config);
}
std::optional<std::string> Domain::take(const Reading& reading, const conf::Config& running,
                                        std::function<void()> done) {
  return impl_->take(reading, running, std::move(done));
}
void Domain::freeze() { impl_->freeze(); }
session::Speaker& Domain::speaker() { return impl_->speaker(); }
api::Backend Domain::backend() { return impl_->backend(); }
void Domain::sample(exporter::Snapshot& numbers) { impl_->sample(numbers); }

}  // namespace tern::daemon
