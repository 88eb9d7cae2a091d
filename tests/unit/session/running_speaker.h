// A whole Speaker on its loop's thread, for tests that meet it over real sockets. Its neighbors
// (neighbour.h) are numbered and connect to it from the loopback network; it listens on
// 127.0.0.1.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "bgpd/session/loop.h"
#include "bgpd/session/peer.h"
#include "bgpd/session/speaker.h"
#include "tests/unit/base/comes_true.h"
#include "tests/unit/session/neighbour.h"
#include "tests/unit/session/on_loop.h"

namespace tern::session {

inline constexpr std::uint32_t kTable = 1000;  // prefixes of most tests with a table

// A TCP port of 127.0.0.1 that nobody listens on.
[[nodiscard]] std::uint16_t free_port();

class RunningSpeaker {
 public:
  static constexpr Asn kAsn = 64999;

  explicit RunningSpeaker(const SpeakerThreads& threads = {});
  ~RunningSpeaker();
  RunningSpeaker(const RunningSpeaker&) = delete;
  RunningSpeaker& operator=(const RunningSpeaker&) = delete;

  // Identity and listener, nobody else.
  [[nodiscard]] SpeakerSettings settings() const;
  // SocketNeighbour(number), passive, idle hold times of a millisecond, all routes in and out.
  [[nodiscard]] PeerSettings listed(std::uint32_t number) const;
  // The neighbors of the prefix; without an AS number that is expected.
  [[nodiscard]] DynamicRange range(const char* prefix) const;
  void apply(SpeakerSettings settings);
  void apply(std::initializer_list<std::uint32_t> listed);

  // On the loop; returns what it returns.
  template <typename Fn>
  auto ask(Fn&& fn) {
    return on_loop(loop_, std::forward<Fn>(fn));
  }
  // Runs fn() on the loop with all shards at hand, and returns its result.
  template <typename Fn>
  auto look(Fn&& fn) {
    return session::look(loop_, *speaker_, std::forward<Fn>(fn));
  }
  // Asks for the condition on the loop with all shards at hand, a turn after a turn, until it
  // holds; false after half a minute.
  template <typename Fn>
  bool settles(Fn&& condition) {
    return comes_true([&] { return look(condition); });
  }
  // The number of looks of the housekeeping, which looks once a second.
  [[nodiscard]] std::uint64_t looks();
  // Waits for `times` further looks and for their visits. False: half a minute was not enough.
  [[nodiscard]] bool looks_again(std::uint64_t times = 2);
  // Of the neighbor as the speaker sees it, "" where it knows none of that number.
  [[nodiscard]] std::string state(std::uint32_t number);
  [[nodiscard]] std::string last_error(std::uint32_t number);
  [[nodiscard]] bool settles_in(std::uint32_t number, fsm::State state);

  [[nodiscard]] Speaker& speaker() { return *speaker_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] Loop& loop() { return loop_; }

 private:
  // On the loop.
  [[nodiscard]] const Peer* find(std::uint32_t number) const;

  const SpeakerThreads threads_;
  const std::uint16_t port_;
  Loop loop_;
  std::unique_ptr<Speaker> speaker_;
  std::thread thread_;
};

}  // namespace tern::session
