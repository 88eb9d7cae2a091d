// Connections from the dynamic ranges whose OPEN has not come yet. Internal to bgpd/session; loop
// thread only.
//
// Any host in a range may connect. So a connection becomes a neighbor, with a slot, timers, metrics
// and a place among the range's `limit`, only with a good OPEN. Until then a newcomer is a
// descriptor and a few hundred octets. Each address has one newcomer, the newest. All addresses
// together have kMost newcomers; for one more, the oldest is closed. Each newcomer has kPatience to
// send its OPEN. Tern sends its OPEN after the newcomer's, as with DelayOpen (RFC 4271 section
// 8.1.1), so a silent newcomer gets no message.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "bgpd/session/back_offs.h"
#include "bgpd/session/connection.h"
#include "bgpd/session/settings.h"

namespace tern::session {

class Newcomers {
 public:
  static constexpr std::size_t kMost = 1024;
  static constexpr std::chrono::seconds kPatience = kDynamicOpenTime;

  class Host {
   public:
    virtual ~Host() = default;
    // The range that contains the address at present; null: no range does, or a neighbor has the
    // address.
    [[nodiscard]] virtual const DynamicRange* range_for(const PeerAddress& who) const = 0;
    // The range has no room for one more neighbor.
    [[nodiscard]] virtual bool range_full(const DynamicRange& range) const = 0;
    // Makes the newcomer a neighbor: its OPEN is good, and the range has room. The Host owns the
    // connection from now on and sets another handler, which gets the octets from the OPEN on.
    virtual void welcome(const PeerAddress& who, const DynamicRange& range,
                         std::shared_ptr<Connection> connection) = 0;
    // The newcomer does not become a neighbor; why: a text for people.
    virtual void turned_away(const PeerAddress& who, const DynamicRange& range,
                             const std::string& why) = 0;
  };

  Newcomers(boost::asio::io_context& context, ReadBuffer& buffer, Host& host);
  ~Newcomers();
  Newcomers(const Newcomers&) = delete;
  Newcomers& operator=(const Newcomers&) = delete;

  // Takes over a connection from the range. The caller has checked MD5 and GTSM.
  void admit(Tcp::socket socket, const PeerAddress& who, const DynamicRange& range);
  // Ends newcomers older than kPatience. now: steady nanoseconds.
  void tidy(std::uint64_t now);
  void close_all();
  [[nodiscard]] std::size_t size() const { return waiting_.size(); }
  [[nodiscard]] const BackOffs& back_offs() const { return back_offs_; }

 private:
  struct Newcomer;
  using Waiting = std::list<Newcomer>;

  void receive(Newcomer& newcomer, wire::Bytes octets);
  void take(Newcomer& newcomer, const wire::Frame& frame);
  void refuse(Newcomer& newcomer, const wire::Notification& reply, const std::string& why,
              bool hard);
  void gone(Newcomer& newcomer, const std::string& why);
  void erase(Newcomer& newcomer);

  boost::asio::io_context& context_;
  ReadBuffer& buffer_;
  Host& host_;
  BackOffs back_offs_;
  Waiting waiting_;  // the oldest first
  std::map<PeerAddress, Waiting::iterator> by_address_;
};

}  // namespace tern::session
