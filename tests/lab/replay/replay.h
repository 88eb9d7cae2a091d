// All sessions of one tern-replay: every feed towards every neighbour.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <memory>
#include <string>
#include <vector>

#include "bgpd/session/connection.h"
#include "tests/lab/replay/feed.h"
#include "tests/lab/replay/options.h"
#include "tests/lab/replay/session.h"

namespace tern::replay {

class Replay {
 public:
  // `feeds` outlives it.
  Replay(const Options& options, const std::vector<Feed>& feeds);

  // Until SIGTERM or SIGINT. The exit status.
  int run();

 private:
  void wait_signal();
  void session_sent();
  [[nodiscard]] bool write_report() const;
  [[nodiscard]] bool write_held() const;
  [[nodiscard]] std::string report() const;

  const Options& options_;
  boost::asio::io_context context_{1};
  boost::asio::signal_set signals_;
  session::ReadBuffer buffer_;
  std::vector<std::unique_ptr<Session>> sessions_;
  bool ready_ = false;
  bool report_failed_ = false;
};

}  // namespace tern::replay
