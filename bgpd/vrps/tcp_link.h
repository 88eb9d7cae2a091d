// A TCP connection to an RPKI cache. Internal to bgpd/vrps; on the thread of RpkiThread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/rpki/pdu.h"
#include "bgpd/vrps/settings.h"

namespace tern::vrps {

class TcpLink : public std::enable_shared_from_this<TcpLink> {
 public:
  class Handler {
   public:
    virtual ~Handler() = default;
    virtual void on_connected() = 0;
    // Returns how many of the octets were used; the rest, less than rpki::kMaxPdu, comes again with
    // those that follow.
    virtual std::size_t on_octets(rpki::Bytes octets) = 0;
    // Whether many octets are on their way. The link then lets some gather before it reads again: a
    // cache that writes each of 700,000 PDUs by itself would cost a turn for each.
    [[nodiscard]] virtual bool expects_many() const = 0;
    // Refused, reset or closed by the cache, or could not be opened. why: for people.
    virtual void on_failed(std::string_view why) = 0;
  };

  // Connects. The handler hears of the outcome later, never from within open(), and outlives the
  // link or calls close().
  [[nodiscard]] static std::shared_ptr<TcpLink> open(boost::asio::io_context& context,
                                                     const CacheSettings& cache, Handler& handler);
  explicit TcpLink(boost::asio::io_context& context);

  void send(rpki::Bytes octets);
  // The handler is called no more. For a second at most, sent octets leave and received ones are
  // dropped: a cache then reads an Error Report before it sees a reset.
  void close();

 private:
  void connect(const CacheSettings& cache);
  void connected();
  void wait_readable();
  void wait_for_more();
  void read_some();
  void write_some();
  void fail(const std::string& why);
  void drain();

  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer linger_;
  boost::asio::steady_timer gather_;
  Handler* handler_ = nullptr;
  bool connected_ = false;
  bool waits_writable_ = false;
  std::vector<std::byte> in_;
  std::size_t filled_ = 0;  // octets of in_ that were not used
  std::vector<std::byte> out_;
};

}  // namespace tern::vrps
