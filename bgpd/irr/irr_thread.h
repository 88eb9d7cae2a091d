// The thread tern-irr: reads the files of route objects (conf/irr_file.h) when they have changed,
// and publishes the objects of all files.
//
// A look at the files comes once a second. A file is read in pieces of bounded size. The
// destructor alone waits for the thread.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bgpd/irr/status.h"
#include "conf/irr_file.h"
#include "policy/route_objects.h"

namespace tern::irr {

struct IrrSettings {
  std::vector<std::string> paths;
  std::size_t most_objects = conf::kMostIrrObjects;  // of all files
  friend bool operator==(const IrrSettings&, const IrrSettings&) = default;
};

// The objects; null where no file has a good content.
using Published = std::function<void(std::shared_ptr<const policy::RouteObjects>)>;

class IrrThread {
 public:
  // published: called on the thread, and never again when the destructor has returned.
  explicit IrrThread(Published published);
  // Waits for the piece of a file that is being read.
  ~IrrThread();
  IrrThread(const IrrThread&) = delete;
  IrrThread& operator=(const IrrThread&) = delete;

  // Any thread; does not wait. A file of the same path keeps its content, also where it has more
  // objects than a smaller bound allows, until the file changes.
  void reconfigure(IrrSettings settings);
  // Any thread. As of the last look.
  [[nodiscard]] IrrStatus status() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// For a check before a start: what is wrong in the files, with its place, as lines.
[[nodiscard]] std::vector<std::string> file_errors(const IrrSettings& settings);

}  // namespace tern::irr
