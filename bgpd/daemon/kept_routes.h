// The injected routes that an operator wants kept over restarts: a file in the state directory, a
// route a line:
//
//   203.0.113.0/24 since 1790000000 until 1790003600 med 5 community 64500:7
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bgpd/daemon/kept_file.h"
#include "bgpd/session/injected_routes.h"
#include "bgpd/session/speaker.h"

namespace tern::daemon {

[[nodiscard]] std::string text_of(const std::vector<session::InjectedRoute>& routes);

// Adds the routes of the text; lines that are no route, or one too many, are bad.
[[nodiscard]] BadLines read_routes(std::string_view text,
                                   std::vector<session::InjectedRoute>& routes);

// Keeps the file up to date. Loop thread only.
class KeptRoutes {
 public:
  KeptRoutes(ConfigThread& thread, session::Loop& loop, session::Speaker& speaker,
             const std::string& configuration);

  // At the start, before the speaker has settings: has it originate the routes that were kept.
  void restore();

 private:
  session::Speaker& speaker_;
  KeptFile file_;
};

}  // namespace tern::daemon
