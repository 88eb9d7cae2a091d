// Serves /metrics (Prometheus text, gzip when asked), /healthz and /readyz over HTTP, IPv4 and IPv6,
// from a thread of its own. Boost.Beast stays in the .cc file.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "exporter/snapshot.h"
#include "rib/types/result.h"

namespace tern::exporter {

class HttpServer {
 public:
  // Called on the exporter's thread for every scrape and health check.
  using Collect = std::function<Snapshot()>;

  explicit HttpServer(Collect collect);
  // Stops the thread.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Listens on "127.0.0.1:9179" / "[::1]:9179" forms; may be called again with another list (a reload):
  // endpoints that stay are not disturbed. On error nothing changed; the text says which endpoint and why.
  [[nodiscard]] Result<bool, std::string> listen(const std::vector<std::string>& endpoints);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tern::exporter
