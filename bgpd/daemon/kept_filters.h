// The edits of route filters, kept in the state directory, so that these outlast a restart. A file
// of lines, with a tab between the fields and '-' for an empty one:
//
//   filter 192.0.2.1 - 1790000000 alice (uid 1000, pid 7) ticket 71
//   add 192.0.2.1 65000:200 1790000000 alice (uid 1000, pid 7) ticket 71
//   remove 192.0.2.1 65000:100 1789000000 bob (uid 1001, pid 9) -
//
// The fields: filter, add or remove, the address of a neighbor, a community, since as Unix seconds,
// the user, the reason. Behind the line `filter` of a neighbor, which has the last command, come
// the edits. A reader takes an address in any spelling.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "bgpd/daemon/kept_file.h"
#include "bgpd/session/route_filters.h"

namespace tern::session {
class Speaker;
}

namespace tern::daemon {

[[nodiscard]] std::string filters_text(const session::RouteFilters::Edited& edited);
// Adds the edits of the text; lines that are no edit, or one too many, are bad.
[[nodiscard]] BadLines read_filters(std::string_view text,
                                    std::map<std::string, session::FilterEdits>& edited);

// Keeps the file up to date. Loop thread only.
class KeptFilters {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{8} << 20U;  // of the file

  KeptFilters(ConfigThread& thread, session::Loop& loop, session::Speaker& speaker,
              const std::string& configuration);

  // At the start, after the speaker's first apply() and before the loop runs: gives the speaker the
  // edits. Logs lines that are no edit, and then does as after a reload.
  void restore();
  // After the start and each reload: warns of edits whose neighbor the configuration does not list,
  // and may not have by a range. Each neighbor is named once, until the configuration lists it
  // again. The edits stay kept.
  void warn_of_unlisted();

 private:
  [[nodiscard]] std::set<std::string> unlisted() const;

  session::Speaker& speaker_;
  KeptFile file_;
  std::set<std::string> warned_;  // addresses
};

}  // namespace tern::daemon
