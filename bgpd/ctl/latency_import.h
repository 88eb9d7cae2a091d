// Sends the round trips of a file to the daemon, as many in a request as it may have. Internal to
// bgpd/ctl.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "bgpd/ctl/client.h"
#include "bgpd/ctl/latency_file.h"

namespace tern::ctl {

// Cuts lines into requests, which fit into the bounds of control.proto. The lines outlive it.
class LatencyBatches {
 public:
  explicit LatencyBatches(const std::vector<LatencyLine>& lines) : lines_(lines) {}

  // Fills the next request, which is empty, and the number of the line of each report; false: no
  // line is left.
  [[nodiscard]] bool next(api::proto::LatencyReportRequest& request,
                          std::vector<std::size_t>& numbers);

 private:
  const std::vector<LatencyLine>& lines_;
  std::size_t line_ = 0;   // index in lines_
  std::size_t value_ = 0;  // index in the round trips of the line
};

// Passes on one response for all: the sums of the answers, and the first errors with the numbers of
// their lines; or the first response with an error of its own. An error of either kind says what
// was taken before.
[[nodiscard]] std::optional<Unreachable> send_latency(
    Client& client, const std::vector<LatencyLine>& lines,
    const std::function<bool(const api::proto::Response&)>& on_response);

}  // namespace tern::ctl
