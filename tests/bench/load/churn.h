// Paced updates from one session, each with a stamp in its MED, and how long they take to the
// others.
//
// The pace is open: an update that is due is sent whether or not earlier ones have arrived. Its
// time is taken just before the socket gets it. Each says one prefix, in turn, so that no update
// takes the place of another before the whole table has had its turn.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/bench/load/clock.h"
#include "tests/bench/load/session.h"
#include "tests/bench/load/table.h"
#include "tests/bench/load/universe.h"

namespace tern::load {

class Churn {
 public:
  // Encodes everything. `sender` must outlive this.
  Churn(Session& sender, const Universe& universe, const Table& table, double rate,
        std::uint32_t sessions);

  void start(Nanoseconds time);
  void stop(Nanoseconds time) { end_ = time; }
  [[nodiscard]] bool running() const { return end_ == 0; }
  // When the next update is due.
  [[nodiscard]] Nanoseconds due() const;
  // Sends what is due.
  void send(Nanoseconds time);
  // Stamps that `session` has just received.
  void take(std::uint32_t session, const std::vector<std::uint32_t>& stamps, Nanoseconds time);

  // Since the last report, as members of a JSON object and in microseconds: latencies, how late
  // updates were sent, and the longest times that the receivers heard nothing. Of all updates so
  // far, what `receivers` did not get: superseded ones, where a later one of the same prefix came,
  // as a daemon may do for a slow neighbour; and lost ones.
  [[nodiscard]] std::string report(const std::vector<std::uint32_t>& receivers);

 private:
  void count_missing(std::uint32_t session, std::uint64_t& lost, std::uint64_t& superseded) const;

  struct Update {
    std::uint32_t first = 0, length = 0;  // in bytes_
    std::uint32_t med = 0;                // from first
  };

  Session& sender_;
  double rate_;
  Octets bytes_;
  std::vector<Update> updates_;  // one per prefix
  Nanoseconds begin_ = 0;
  Nanoseconds end_ = 0;
  std::vector<Nanoseconds> sent_;         // by stamp
  std::vector<std::vector<bool>> seen_;   // by session and stamp
  std::vector<Nanoseconds> heard_;        // by session: when a stamp came last
  std::vector<Nanoseconds> gaps_;         // by session: the longest time without one
  std::vector<std::uint32_t> latencies_;  // in units of 100 ns
  std::vector<std::uint32_t> lateness_;   // likewise, of sending
};

}  // namespace tern::load
