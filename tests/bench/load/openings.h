// Sessions between their connect() and Established: an epoll of their own, so that the engine can
// look at them between two reads of a session that receives a table, and the times that it took.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/bench/load/clock.h"

namespace tern::load {

class Openings {
 public:
  Openings();
  ~Openings();
  Openings(const Openings&) = delete;
  Openings& operator=(const Openings&) = delete;

  [[nodiscard]] int epoll() const { return epoll_; }
  // Those that are ready now, without waiting; valid until the next call.
  [[nodiscard]] std::span<const epoll_event> ready();

  void forget_times() { taken_.clear(); }
  void began(std::uint32_t session, Nanoseconds time) { began_[session] = time; }
  void established(std::uint32_t session, Nanoseconds time);

  // Members of an object of JSON, microseconds; of the sessions since forget_times().
  [[nodiscard]] std::string report();

 private:
  int epoll_ = -1;
  std::array<epoll_event, 64> events_{};
  std::unordered_map<std::uint32_t, Nanoseconds> began_;  // by session
  std::vector<Nanoseconds> taken_;
};

}  // namespace tern::load
