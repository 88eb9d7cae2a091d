// One TCP connection to a neighbor: connecting, reading octets, writing. Internal to
// bgpd/session; loop thread only.
//
// A Connection has no read buffer of its own. A Connection reads into the loop's shared buffer and
// keeps only the octets that its Handler leaves: the beginning of a message that is not whole. A
// Connection reports to its Handler, never after close(), and outlives the Handler where the system
// still owes a completion.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "bgpd/session/tcp.h"
#include "bgpd/wire/notification.h"

namespace tern::session {

struct Delivery;

// The buffer all connections of a loop read into, one at a time.
using ReadBuffer = std::vector<std::byte>;
inline constexpr std::size_t kReadBufferSize = 256 * 1024;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  class Handler {
   public:
    virtual ~Handler() = default;
    virtual void on_connected(Connection& connection) = 0;
    // The connection failed; why: a text for people.
    virtual void on_failed(Connection& connection, std::string why) = 0;
    // Octets were received, at most kReadBufferSize, behind those that the handler left before. The
    // handler returns how many octets it has taken, and leaves less than a message. A handler that
    // passed the connection on (set_handler()) returns 0 to leave the octets to the next handler.
    virtual std::size_t on_octets(Connection& connection, std::span<const std::byte> octets) = 0;
    // True while the routes that wait for the table are at their bound. The connection is not read
    // before go_on(), and the handler keeps the connection until then.
    virtual bool must_wait(Connection& connection) = 0;
    // More octets were received at once than set_flood() allows. The handler returns true if a
    // reader thread now reads the connection, beginning with these octets. The last Delivery
    // returns the octets that were not used.
    virtual bool on_flood(Connection& connection, std::span<const std::byte> octets) = 0;
    // A reader thread received messages of the connection.
    virtual void on_delivery(Connection& connection, Delivery& delivery) = 0;
    // No octets of send() wait in this process, and the socket takes more.
    virtual void on_writable(Connection& connection) = 0;
  };

  // handler: null for a connection that sends a message and is closed.
  Connection(boost::asio::io_context& context, ReadBuffer& buffer, Handler* handler);

  // Connects to the neighbor, from the local address of `transport` if there is one.
  void open(const IpAddress& peer, const Transport& transport);
  // Takes over an accepted socket.
  void adopt(Tcp::socket socket);
  // Reports to another handler from now on.
  void set_handler(Handler& handler) {
    handler_ = &handler;
    handed_over_ = true;
  }
  // Reads again, after Handler::must_wait().
  void go_on();

  // From how many octets on one read is a flood; 0, the default: never.
  void set_flood(std::size_t octets) { flood_ = octets; }
  [[nodiscard]] bool in_bulk() const { return in_bulk_; }
  // Passes a delivery to the handler, and reads again after the last one.
  void deliver(Delivery& delivery);

  // Sends, or keeps until the socket takes more.
  void send(std::span<const std::byte> bytes);
  // Writes straight from the caller's memory and keeps nothing: returns how many octets the socket
  // took. on_writable() comes when the socket takes more. Requires writable(), and at most
  // kMostRuns runs.
  std::size_t write(std::span<const std::span<const std::byte>> runs);
  static constexpr std::size_t kMostRuns = 64;
  // No octets wait in this process, and the socket is not known to be full.
  [[nodiscard]] bool writable() const { return connected_ && out_.empty() && !waiting_writable_; }
  // Octets that wait in this process.
  [[nodiscard]] std::size_t out_bytes() const { return out_.size() - out_done_; }

  // Sends the octets that wait (for at most a second), then closes. No callback comes after this
  // call.
  void close();

  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] Endpoint local() const { return local_; }
  [[nodiscard]] Endpoint remote() const { return remote_; }
  [[nodiscard]] int fd() { return socket_.native_handle(); }
  [[nodiscard]] std::uint64_t bytes_in() const { return bytes_in_; }
  [[nodiscard]] std::uint64_t bytes_out() const { return bytes_out_; }

 private:
  void established_tcp();
  void fail(const std::string& why);
  void wait_readable();
  void read_some();
  [[nodiscard]] bool hand_on(std::size_t size);
  void wait_writable();
  void look_for_stall();
  void write_some();
  void finish_close();

  Tcp::socket socket_;
  boost::asio::steady_timer linger_;
  boost::asio::steady_timer stall_;  // since the socket was full; with BBR only
  ReadBuffer& buffer_;
  Handler* handler_;             // null once closed
  bool handed_over_ = false;     // set_handler() was called since the last on_octets() began
  std::vector<std::byte> rest_;  // octets that the handler left
  std::vector<std::byte> out_;
  std::size_t out_done_ = 0;
  std::size_t flood_ = 0;
  bool in_bulk_ = false;
  bool connected_ = false;
  bool waiting_writable_ = false;
  bool bbr_ = false;  // the socket's congestion control
  bool closing_ = false;
  Endpoint local_;
  Endpoint remote_;
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
};

// Answers an accepted connection with a NOTIFICATION and closes it.
void refuse_connection(boost::asio::io_context& context, ReadBuffer& buffer, Tcp::socket socket,
                       const wire::Notification& why);

}  // namespace tern::session
