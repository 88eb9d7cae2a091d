// Files of VRPs and of local exceptions: read when they have changed, with the last good content
// kept. On the thread of RpkiThread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/rpki/cache_data.h"
#include "bgpd/rpki/slurm.h"
#include "bgpd/session/watched_files.h"
#include "bgpd/vrps/settings.h"
#include "bgpd/vrps/status.h"
#include "conf/file_watch.h"

namespace tern::vrps {

// One JSON file of rpki-client or Routinator. Read anew once an hour where it has not changed, as
// its entries expire: a file with no entry that is valid any more has no data.
class VrpFileSource {
 public:
  explicit VrpFileSource(std::string path) { status_.path = std::move(path); }

  // Reads the file where that is due, and logs what is wrong. Returns whether data() is another.
  // Takes about a second for 75 MB.
  bool look(UnixTime now);
  [[nodiscard]] const rpki::CacheData& data() const { return data_; }
  [[nodiscard]] const RpkiStatus::File& status() const { return status_; }

 private:
  bool read(UnixTime now);
  void refuse(std::string why);

  conf::FileWatch watch_;
  UnixTime read_at_ = 0;
  rpki::CacheData data_;
  RpkiStatus::File status_;
  session::LogLimiter lines_{session::kMostFileLines};
};

// All SLURM files of the configuration. Files that speak about the same prefixes or ASes (RFC 8416
// section 4.2) are an error of the later one, and the exceptions stay as they were.
class SlurmFiles {
 public:
  // Returns whether there are other files than before; kept files keep their content.
  bool set_paths(const std::vector<std::string>& paths);
  // Reads the files that have changed, and logs what is wrong. Returns whether slurm() is another.
  bool look(UnixTime now);
  [[nodiscard]] rpki::Slurm slurm() const { return rpki::Slurm(in_force_); }
  [[nodiscard]] std::vector<RpkiStatus::SlurmFile> status() const;

 private:
  struct File {
    conf::FileWatch watch;
    std::optional<rpki::SlurmFile> good;
    bool in_conflict = false;  // with an earlier file
    RpkiStatus::SlurmFile status;
    session::LogLimiter lines{session::kMostFileLines};
  };
  static bool read(File& file, UnixTime now);
  bool combine();

  std::vector<File> files_;
  bool other_paths_ = false;
  std::vector<rpki::SlurmFile> in_force_;
  session::LogLimiter conflict_lines_{session::kMostFileLines};
};

// For a check before a start: every error of the files, with its place, and what is left out of
// them, as lines.
[[nodiscard]] std::vector<std::string> file_errors(const RpkiSettings& settings, UnixTime now);

}  // namespace tern::vrps
