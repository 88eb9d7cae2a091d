#include "bgpd/daemon/geofeeds.h"

#include <utility>

#include "conf/small_file.h"

namespace tern::daemon {

geofeeds::GeofeedSettings compose_geofeeds(const conf::Config& config) {
  const conf::proto::Egress& egress = config.file.egress();
  geofeeds::GeofeedSettings settings;
  if (egress.geofeeds().empty() || !config.egress.enabled()) return settings;
  for (const std::string& path : egress.geofeeds()) {
    settings.paths.push_back(conf::relative_to(config.path, path));
  }
  settings.names = config.place_names;
  settings.places = config.egress.shared_places();
  return settings;
}

void Geofeeds::apply(geofeeds::GeofeedSettings settings) {
  if (!thread_ && settings.paths.empty()) return;
  if (!thread_) {
    thread_ = std::make_unique<geofeeds::GeofeedThread>([this](auto table, auto changed) {
      loop_.post([this, table = std::move(table), changed = std::move(changed)]() mutable {
        speaker_.set_geofeed(std::move(table), std::move(changed));
      });
    });
  }
  thread_->reconfigure(std::move(settings));
}

geofeeds::GeofeedStatus Geofeeds::status() const {
  return thread_ ? thread_->status() : geofeeds::GeofeedStatus{};
}

}  // namespace tern::daemon
