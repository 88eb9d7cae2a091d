// The answers of the HTTP server by path, without HTTP itself: /metrics, /healthz, /readyz and an
// index. Uses no sockets, so tests compare the pages as values.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "exporter/snapshot.h"

namespace tern::exporter {

struct HttpReply {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  bool allow_header = false;  // a 405 names the methods that would do (RFC 9110 section 15.5.6)
};

inline constexpr const char* kAllowedMethods = "GET, HEAD";

// A reply with a short text that has the reason, for every status except 200.
[[nodiscard]] HttpReply http_error(unsigned status, std::string text);

// target is the request target as received; its query is ignored. A HEAD is answered like a GET;
// the caller leaves out the body. When collect() throws, the reply is a 500 with the text of the
// exception.
[[nodiscard]] HttpReply http_reply(std::string_view method, std::string_view target,
                                   const std::function<Snapshot()>& collect);

}  // namespace tern::exporter
