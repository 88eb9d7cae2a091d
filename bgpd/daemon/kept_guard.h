// The releases and blocks of the guard, kept in the state directory, so that these outlast a
// restart. A file of lines, with a tab between the fields and '-' for an empty one:
//
//   release 203.0.113.0/24 64501 1790000000 1790003600 alice (uid 1000, pid 7) ticket 71
//
// The fields: release or block, the prefix, the address of a neighbor or an AS number or nothing,
// since and until as Unix seconds (0: without an end), the user, the reason.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/daemon/kept_file.h"
#include "policy/guard_orders.h"

namespace tern::session {
class Speaker;
}

namespace tern::daemon {

[[nodiscard]] std::string guard_text(
    const std::vector<std::shared_ptr<const policy::GuardOrder>>& orders);
// Adds the orders of the text; lines that are no order, or one too many, are bad.
[[nodiscard]] BadLines read_orders(std::string_view text, std::vector<policy::GuardOrder>& orders);

// Keeps the file up to date. Loop thread only.
class KeptGuard {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{8} << 20U;  // of the file

  KeptGuard(ConfigThread& thread, session::Loop& loop, session::Speaker& speaker,
            const std::string& configuration);

  // At the start, after the speaker's first apply() and before the loop runs: gives the speaker the
  // orders that are not over, and writes the file without the others. Logs lines that are no order,
  // and orders about neighbors that the configuration does not have.
  void restore();

 private:
  void warn_of_unknown() const;

  session::Speaker& speaker_;
  KeptFile file_;
};

}  // namespace tern::daemon
