// Geofeeds in the daemon: the thread that reads them, and the speaker that uses them.
#pragma once

#include <memory>

#include "bgpd/geofeeds/geofeed_thread.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/speaker.h"
#include "conf/config.h"

namespace tern::daemon {

// `egress.geofeeds`, with paths and names resolved.
[[nodiscard]] geofeeds::GeofeedSettings compose_geofeeds(const conf::Config& config);

// Has tern-geofeed run from the first settings with a file on, and gives what it publishes to the
// speaker. Loop thread only.
class Geofeeds {
 public:
  Geofeeds(session::Loop& loop, session::Speaker& speaker) : loop_(loop), speaker_(speaker) {}

  void apply(geofeeds::GeofeedSettings settings);
  [[nodiscard]] geofeeds::GeofeedStatus status() const;

 private:
  session::Loop& loop_;
  session::Speaker& speaker_;
  std::unique_ptr<geofeeds::GeofeedThread> thread_;
};

}  // namespace tern::daemon
