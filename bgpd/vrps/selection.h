// From the data of all sources to the table that counts: the source in use (rpki::CacheSet), with
// the local exceptions (rpki::SlurmTable), published when it has changed.
//
// No I/O but log lines; time is an argument. A Selection is used by one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/rpki/cache_set.h"
#include "bgpd/rpki/slurm.h"
#include "bgpd/vrps/status.h"
#include "policy/vrp_table.h"

namespace tern::vrps {

// table: null where routes are not validated. changed: ranges that have every prefix whose
// validation can be another one now; all prefixes from or to null. Can be empty: the same records
// in another table, which takes the old one's place.
using Published = std::function<void(std::shared_ptr<const policy::VrpTable> table,
                                     std::vector<policy::PrefixRange> changed)>;

class Selection {
 public:
  Selection(Published published, UnixTime now);

  // Adds a source without data, or changes one. name: for the log and the status.
  void set_source(rpki::CacheId id, std::uint32_t preference, std::string name);
  // The data of the source in use count until another source has data, 30 s at most, and not beyond
  // the time when they expire. The data go at once where there is no other
  // source.
  void remove_source(rpki::CacheId id, UnixTime now, std::optional<UnixTime> expires);
  void set_data(rpki::CacheId id, rpki::CacheData data);
  void set_slurm(rpki::Slurm slurm);

  // Publishes once what the calls before have changed, if anything.
  void settle(UnixTime now);

  [[nodiscard]] bool in_use(rpki::CacheId id) const { return caches_.selected() == id; }
  [[nodiscard]] const RpkiStatus::Table& status() const { return status_; }

 private:
  // A source that was removed while it was in use.
  struct Leaving {
    rpki::CacheId id = 0;
    UnixTime since = 0;
    UnixTime until = 0;
  };
  void forget(rpki::CacheId id);
  void end_leaving(UnixTime now);
  void say_what_is_missing(UnixTime now);
  void publish(UnixTime now);
  void count(UnixTime now);

  const Published published_;
  rpki::CacheSet caches_;
  std::map<rpki::CacheId, std::string> names_;
  std::optional<Leaving> leaving_;
  rpki::Slurm slurm_;
  bool new_slurm_ = false;
  rpki::SlurmTable slurm_table_;
  policy::VrpTable::Ptr table_;  // the last one that was published
  // Earlier ones that somebody may still use: this thread frees them, because the loop must not
  // wait for that.
  std::vector<policy::VrpTable::Ptr> replaced_;
  std::size_t last_size_ = 0;  // of the last table that was published and not null
  UnixTime without_since_;     // since when there has been no table
  bool said_ = false;          // that there is none
  UnixTime last_error_ = 0;
  RpkiStatus::Table status_;
};

}  // namespace tern::vrps
