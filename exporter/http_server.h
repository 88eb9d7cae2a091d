// Serves /metrics (Prometheus text, gzip when asked), /healthz and /readyz over HTTP, IPv4 and
// IPv6, from a thread of its own. Boost.Beast stays in the .cc file.
//
// All members may be called from any thread but not concurrently with the destructor. Nothing
// throws.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "exporter/snapshot.h"
#include "rib/types/result.h"

namespace tern::exporter {

// Bounds for clients. A scrape of a thousand peers is about 5 MB, with gzip 0.3 MB.
struct HttpLimits {
  std::chrono::milliseconds idle{120'000};  // between requests; Prometheus scrapes every 15 to 60 s
  // From the first byte of a request to its last, and for the first byte of a connection.
  std::chrono::milliseconds read{10'000};
  std::chrono::milliseconds write{30'000};  // for the whole answer
  // Beyond this number, the server closes a connection of the source with the most connections: an
  // idle one, else the one with the oldest request, else the one with the oldest answer, if it is
  // older than `undisturbed`. If there is none, it closes the new connection. A source is an IPv4
  // address or an IPv6 /64.
  std::size_t connections = 64;
  std::chrono::milliseconds undisturbed{1'000};
  // Octets of all answers that clients have not read yet. Beyond this bound the server closes the
  // connections with the oldest unread answers, unless they are younger than `undisturbed`. If that
  // does not free enough, the new answer is a 503.
  std::size_t unread = std::size_t{64} << 20U;
};

class HttpServer {
 public:
  // Called on the exporter's thread for every scrape and readiness check. An exception becomes a
  // reply with status 500.
  using Collect = std::function<Snapshot()>;

  explicit HttpServer(Collect collect);
  HttpServer(Collect collect, HttpLimits limits);
  // Stops the thread.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Listens on "127.0.0.1:9179" / "[::1]:9179" forms; may be called again with another list (a
  // reload): endpoints that stay are not disturbed. On error nothing changed; the text names the
  // endpoint and the cause. Port 0 takes a free port, see endpoints(). An IPv6 endpoint takes IPv6
  // only.
  [[nodiscard]] Result<bool, std::string> listen(const std::vector<std::string>& endpoints);

  // The present endpoints, in the order of listen(), with the ports as bound.
  [[nodiscard]] std::vector<std::string> endpoints() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tern::exporter
