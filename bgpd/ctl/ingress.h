// A CSV file of totals of flows, sent to the daemon in batches. Internal to bgpd/ctl.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/ctl/client.h"

namespace tern::ctl {

// A request with lines of the file; the first line of a file has the number 1.
struct IngressBatch {
  api::proto::Request request;
  std::size_t first_line = 0;
  std::size_t last_line = 0;
};

// text: of the file `path`. Nothing: a line is wrong, and `fault` says where and why.
[[nodiscard]] std::optional<std::vector<IngressBatch>> read_ingress(const std::string& path,
                                                                    const std::string& text,
                                                                    std::string& fault);
// Passes on one response with the sums, or the first one with an error, whose text names the lines
// that were not taken.
[[nodiscard]] std::optional<Unreachable> send_ingress(
    Client& client, const std::vector<IngressBatch>& batches,
    const std::function<bool(const api::proto::Response&)>& on_response);

}  // namespace tern::ctl
