// One HTTP connection of the exporter: reads a request, answers it, waits for the next.
//
// Runs on the exporter's thread only. Every wait has an end (HttpLimits), every read a bound, so
// that a client which stalls costs one descriptor and the bytes of its answer for a while, and no
// other client anything.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>

#include "exporter/http_server.h"

namespace tern::exporter {

class HttpSession {
 public:
  // collect and limits must outlive the session. The session lives while it has something to wait
  // for.
  static std::shared_ptr<HttpSession> start(boost::asio::ip::tcp::socket socket,
                                            const std::function<Snapshot()>& collect,
                                            const HttpLimits& limits);
  virtual ~HttpSession() = default;

  // Between requests: closing now hurts nobody much.
  [[nodiscard]] virtual bool idle() const = 0;
  virtual void close() = 0;
};

}  // namespace tern::exporter
