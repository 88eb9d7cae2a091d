// The thread tern-geofeed: reads the geofeeds of the configuration when they have changed, and
// publishes the table of prefixes and places.
//
// A look at the files comes once a second. Reading a file takes about a second for 64 MiB. Nothing
// waits for the thread but the destructor.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bgpd/geofeeds/status.h"
#include "conf/place_names.h"
#include "policy/geofeed.h"
#include "policy/places.h"
#include "rib/types/shared_value.h"

namespace tern::geofeeds {

struct GeofeedSettings {
  std::vector<std::string> paths;  // of two entries for a prefix the one of the earlier file counts
  conf::PlaceNames names;
  // That `names` has; never null.
  SharedValue<policy::Places> places = std::make_shared<const policy::Places>();
  friend bool operator==(const GeofeedSettings&, const GeofeedSettings&) = default;
};

// The table, null where there are no files, and ranges that have every prefix whose place differs.
using Published =
    std::function<void(std::shared_ptr<const policy::Geofeed>, std::vector<policy::PrefixRange>)>;

class GeofeedThread {
 public:
  // published: called on the thread, and never again when the destructor has returned.
  explicit GeofeedThread(Published published);
  // Waits for a file that is being read.
  ~GeofeedThread();
  GeofeedThread(const GeofeedThread&) = delete;
  GeofeedThread& operator=(const GeofeedThread&) = delete;

  // Any thread; does not wait. A file of the same path keeps its content.
  void reconfigure(GeofeedSettings settings);
  // Any thread. As of the last look.
  [[nodiscard]] GeofeedStatus status() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// For a check before a start: what is wrong in the files, with its place, as lines.
[[nodiscard]] std::vector<std::string> file_errors(const GeofeedSettings& settings);

}  // namespace tern::geofeeds
