// The thread tern-rpki: keeps the connections to RPKI caches, reads files of VRPs and of local
// exceptions when they change, and publishes the table of VRPs that counts.
//
// The thread waits for nothing but its own sockets and timers, and nothing waits for the thread but
// the destructor. A look at the files comes once a second; reading a file or a whole cache takes
// about a second for the whole RPKI, in which the other sources wait.
#pragma once

#include <memory>

#include "bgpd/vrps/selection.h"
#include "bgpd/vrps/settings.h"
#include "bgpd/vrps/status.h"

namespace tern::vrps {

class RpkiThread {
 public:
  // published: called on the thread, once for all that came at once, and never again when the
  // destructor has returned. Starts without sources.
  explicit RpkiThread(Published published);
  // Closes all connections; waits for a file that is being read.
  ~RpkiThread();
  RpkiThread(const RpkiThread&) = delete;
  RpkiThread& operator=(const RpkiThread&) = delete;

  // Any thread; does not wait. A cache of the same address and port keeps its connection and data
  // where it can (CacheSession::reconfigure()), a file of the same path its content. The data of
  // sources that are gone count no more, once another source has data
  // (Selection::remove_source()).
  void reconfigure(RpkiSettings settings);

  // Any thread. As of the last event, a second ago at most where the thread is not reading.
  [[nodiscard]] RpkiStatus status() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tern::vrps
