// One HTTP connection of the exporter: reads a request, answers it, waits for the next.
//
// Runs on the exporter's thread only. Every wait has an end (HttpLimits), every read a bound: a
// client that stalls costs one descriptor and the bytes of its answer for a while, and does not
// disturb other clients.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "exporter/http_server.h"

namespace tern::exporter {

class HttpSession {
 public:
  // Returns whether the session may send an answer of so many octets.
  using MayAnswer = std::function<bool(std::size_t octets)>;

  // `collect`, `may_answer` and `limits` must outlive the session. The session lives while it waits
  // for a request, for its client to read, or for a timer.
  static std::shared_ptr<HttpSession> start(boost::asio::ip::tcp::socket socket,
                                            const std::function<Snapshot()>& collect,
                                            const MayAnswer& may_answer, const HttpLimits& limits);
  virtual ~HttpSession() = default;

  // In the order in which the server closes connections for new ones: the end of an idle connection
  // does the least harm. Leaving: the answer was sent, and the client has not closed yet.
  enum class Phase : std::uint8_t { Idle, Leaving, Reading, Answering };
  [[nodiscard]] virtual Phase phase() const = 0;
  // When the phase began.
  [[nodiscard]] virtual std::chrono::steady_clock::time_point since() const = 0;
  // Octets of the answer that the client has not read yet; 0 while there is none.
  [[nodiscard]] virtual std::size_t unread() const = 0;
  virtual void close() = 0;
};

}  // namespace tern::exporter
