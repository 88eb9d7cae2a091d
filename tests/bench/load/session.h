// One BGP session of the generator: connects, says OPEN, sends what it is given, counts what it
// hears.
//
// Non-blocking and driven by the engine: readable() and writable() after epoll said so. Nothing is
// negotiated beyond what open_message() offers; KEEPALIVEs are sent when the engine says so.
#pragma once

#include <netinet/in.h>
#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "tests/bench/load/messages.h"
#include "tests/bench/load/update_counter.h"

namespace tern::load {

class Session {
 public:
  enum class State : std::uint8_t { Idle, Connecting, OpenSent, OpenConfirm, Established };

  Session(std::uint32_t number, const Speaker& speaker) : number_(number), speaker_(speaker) {}
  ~Session() { close(); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] std::uint32_t number() const { return number_; }
  [[nodiscard]] const Speaker& speaker() const { return speaker_; }
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool established() const { return state_ == State::Established; }
  [[nodiscard]] Received& received() { return received_; }
  [[nodiscard]] const Received& received() const { return received_; }
  [[nodiscard]] bool sending() const { return !queue_.empty(); }

  // From the speaker's address; the socket joins `epoll` with the session's number as its data.
  void connect(int epoll, const sockaddr_in& target);
  // A connection that was accepted.
  void adopt(int epoll, int socket);
  // The socket leaves its epoll for another.
  void move_to(int epoll);
  // The neighbour sees a FIN, or a reset where it still sends. What was held is forgotten.
  void close();

  // Sends now what the socket takes, the rest when it takes more. The bytes must stay; whole
  // messages.
  void send(std::span<const std::uint8_t> bytes);
  void send_copy(std::span<const std::uint8_t> bytes);
  void send_keepalive();

  // Reads once, at most kRead octets, or kTimedRead while stamps are watched. False: the session is
  // over and now Idle.
  [[nodiscard]] bool readable(const Watch& watch);
  [[nodiscard]] bool writable();

  // With Watch::relay: the UPDATEs that the last readable() read.
  [[nodiscard]] Octets take_relayed() { return std::exchange(relayed_, {}); }

  // True once after a ROUTE-REFRESH: the table is wanted again.
  [[nodiscard]] bool take_refresh() { return std::exchange(refresh_, false); }

  static constexpr std::size_t kRead = std::size_t{256} * 1024;
  // Sessions have their turns in one thread: a round over many must not take longer than what is
  // measured. Less at once takes more time for all.
  static constexpr std::size_t kTimedRead = std::size_t{64} * 1024;

 private:
  struct Chunk {
    std::span<const std::uint8_t> bytes;
    std::unique_ptr<Octets> owned;
  };

  bool message(std::uint8_t type, const std::uint8_t* body, std::size_t length, const Watch& watch);
  bool flush();
  ssize_t send_some(std::size_t most);
  void want_write(bool wanted);
  void opened();

  std::uint32_t number_;
  Speaker speaker_;
  State state_ = State::Idle;
  int socket_ = -1;
  int epoll_ = -1;
  bool wants_write_ = false;
  bool refresh_ = false;
  std::deque<Chunk> queue_;
  Octets partial_;  // beginning of a message
  Octets relayed_;
  Received received_;
};

}  // namespace tern::load
