// The files of registrations: the content of each that counts, and its error. Files that have
// changed are read again. tern-register uses a RegistrationFiles. Internal to
// bgpd/registrations.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bgpd/registrations/status.h"
#include "bgpd/session/watched_files.h"
#include "conf/config.h"
#include "conf/file_mark.h"
#include "conf/file_watch.h"
#include "policy/registrations.h"

namespace tern::registrations {

class RegistrationFiles {
 public:
  using Source = std::shared_ptr<const policy::Registrations>;
  // Returns the sources that count before files. Called where a file is read, because there may be
  // a thousand of them.
  using Before = std::function<std::vector<Source>()>;

  // Files of the same paths keep their content. reread: all files are read again.
  void use(const std::vector<std::string>& paths, bool reread, const conf::RegistrationNames& names,
           const Before& before);
  // Once a second. Files that are replaced together are read together, although the look comes
  // between them: while some file has just changed, the others wait. A file that changes at each
  // look holds them up for one look. Returns whether a content is another.
  bool look(const conf::RegistrationNames& names, const Before& before);
  // A registration before them is gone: files that overlapped others are read again at the next
  // look.
  void expect_fewer_overlaps();

  // In the order of the configuration.
  [[nodiscard]] std::vector<Source> sources() const;
  [[nodiscard]] std::size_t registrations() const;
  [[nodiscard]] std::vector<RegistrationStatus::File> status() const;
  // New registrations of the configuration may overlap those of a file that was there before.
  void note_left_out(const policy::RegistrationTable& table);

 private:
  struct File {
    conf::FileWatch watch;
    conf::FileMark seen;    // at the last look
    bool stands = false;    // a file that is being written in place is not read
    bool is_due = false;    // to be read when it stands
    bool overlaps = false;  // its last content was refused because of the other sources
    Source next;            // was read, and may yet be refused; null: there is none
    Source good;            // null: none yet
    RegistrationStatus::File status;
    session::LogLimiter lines{session::kMostFileLines};
  };

  bool read_due_ones(const conf::RegistrationNames& names, const Before& before);
  bool refuse_overlap(const std::vector<Source>& before);
  [[nodiscard]] std::vector<Source> beside(const File& file,
                                           const std::vector<Source>& before) const;
  static void note_mark(File& file);
  static void note_left_out(File& file, const policy::RegistrationTable& table);
  static void read_next(File& file, const conf::RegistrationNames& names);
  static void accept(File& file);
  static void refuse(File& file, std::string fault);

  std::vector<File> files_;
  bool waits_ = false;  // the last look read nothing
};

}  // namespace tern::registrations
