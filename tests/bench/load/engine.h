// All sessions on one epoll in one thread, and the measuring of what commands.h asks for.
//
// The clock of a measurement starts when a command makes the sessions act (just before the first
// byte leaves) and is read when the last of them satisfies the goal, after its bytes were counted.
// What they should hold in the end is computed before that, so that nothing waits to be read.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/load/churn.h"
#include "tests/bench/load/clock.h"
#include "tests/bench/load/goal.h"
#include "tests/bench/load/openings.h"
#include "tests/bench/load/options.h"
#include "tests/bench/load/session.h"

namespace tern::load {

// Half-open.
struct Range {
  std::uint32_t first = 0, last = 0;
};

class Engine {
 public:
  // Makes and encodes all tables.
  explicit Engine(const Options& options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // What starts the clock.
  void connect(Range range, std::uint32_t at_once);
  // Connects; each session announces as soon as it is Established.
  void cold_start(Range range, std::uint32_t at_once);
  void announce(Range range);
  void close(Range range);
  void reset_clock();

  // What to look for in everything received from now on; before any route is there.
  void watch(std::vector<std::uint32_t> communities);
  void churn_start(std::uint32_t session, double rate);
  void churn_stop();
  [[nodiscard]] std::string churn_report();

  // Polls until done(), or until the time is over or stop() was called: then false.
  bool run(Nanoseconds timeout, const std::function<bool()>& done);
  [[nodiscard]] bool established(Range range) const;
  // Runs until the goal is reached and no UPDATE came for `quiet`. The answer is an object of JSON.
  [[nodiscard]] std::string wait(const Goal& goal, Nanoseconds timeout, Nanoseconds quiet);
  // How long the sessions took from connect() to Established, since the last cold_start(). The
  // answer is an object of JSON.
  [[nodiscard]] std::string handshakes();
  // Runs until all of the range are Established. The answer is an object of JSON.
  [[nodiscard]] std::string wait_established(Range range, Nanoseconds timeout);

  // Standard input is polled with the sockets; this is called when it has something.
  void on_input(std::function<void()> handler) { on_input_ = std::move(handler); }
  // Nobody listens any more: whatever runs gives up.
  void stop() { stopped_ = true; }
  [[nodiscard]] std::uint32_t sessions() const {
    return static_cast<std::uint32_t>(sessions_.size());
  }
  [[nodiscard]] const Universe& universe() const { return universe_; }
  [[nodiscard]] std::uint32_t senders() const { return static_cast<std::uint32_t>(tables_.size()); }

 private:
  void make_tables();
  void listen();
  void accept();
  void relay(Session& from);
  void turn(Nanoseconds until);
  void will_announce(Range range);
  void look_at_openings();
  void came_up(Session& session);
  void event(std::uint32_t number, std::uint32_t events, Nanoseconds time);
  void connect_more(Nanoseconds time);
  void keep_alive(Nanoseconds time);
  void evaluate(const Session& session, Nanoseconds time);
  void count_goal();
  void expect();
  [[nodiscard]] bool announces(std::uint32_t session) const;
  [[nodiscard]] std::string usage() const;

  Options options_;
  Universe universe_;
  std::vector<Table> tables_;     // of the senders
  std::vector<bool> announcing_;  // by sender
  std::vector<std::unique_ptr<Session>> sessions_;
  std::vector<Expectation> expectations_;  // by session
  Watch watch_;
  std::unique_ptr<Churn> churn_;
  std::function<void()> on_input_;
  bool stopped_ = false;

  int epoll_ = -1;  // of Established sessions, openings_, the listener and standard input
  Openings openings_;
  std::deque<Octets> kept_;  // with Options::keep
  int listener_ = -1;
  sockaddr_in target_{};
  std::vector<bool> wanted_;           // by session: to be connected
  std::vector<Nanoseconds> retry_at_;  // by session
  std::uint32_t at_once_ = 4;
  std::uint64_t lost_sessions_ = 0;  // that were Established, or refused
  Nanoseconds next_keepalives_ = 0;

  Nanoseconds zero_ = 0;
  double zero_processor_ = 0;
  Nanoseconds last_update_ = 0;
  Nanoseconds last_established_ = 0;

  Goal goal_;
  bool has_goal_ = false;
  std::vector<bool> satisfied_;
  std::uint32_t unsatisfied_ = 0;
  Nanoseconds half_ = 0;     // when the first half of them satisfied the goal
  Nanoseconds reached_ = 0;  // when unsatisfied_ became 0
};

}  // namespace tern::load
