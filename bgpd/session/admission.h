// Incoming connections: the listeners, and the decision on each connection. A connection of a
// listed neighbor goes to its Peer. A connection from a dynamic range becomes a neighbor with a
// good OPEN (Newcomers), as long as the range has fewer neighbors than its limit. Any other
// connection is closed. Internal to bgpd/session; loop thread only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bgpd/session/listener.h"
#include "bgpd/session/log_limiter.h"
#include "bgpd/session/newcomers.h"
#include "bgpd/session/peer.h"
#include "bgpd/session/settings_plan.h"

namespace tern::session {

class Loop;
class Neighbors;

class Admission final : private Newcomers::Host {
 public:
  Admission(Loop& loop, ReadBuffer& buffer, Neighbors& neighbors);

  // Opens and closes listeners by the plan (Listener::listen()).
  [[nodiscard]] Result<std::vector<std::string>, std::string> listen(const SettingsPlan& plan);
  // Accepts the connections that wait, by the present settings.
  void accept_now() { listener_.accept_now(); }
  // The dynamic ranges for connections that come from now on.
  void set_settings(std::shared_ptr<const SpeakerSettings> settings);
  // Closes the listeners and the newcomers.
  void close();

  // The range that contains the address, also of a listed neighbor; null: no range does.
  [[nodiscard]] const DynamicRange* range_of(const IpAddress& address) const;
  // Connections from addresses of no neighbor and no range.
  [[nodiscard]] std::uint64_t strangers() const { return strangers_; }

  // Once a second: ends newcomers that waited too long, and forgets dynamic neighbors that have
  // been without a connection for long. now: steady nanoseconds.
  void tidy(std::uint64_t now);
  // Logs how many log lines were left out.
  void log_left_out(std::uint64_t now);

 private:
  // Newcomers::Host
  [[nodiscard]] const DynamicRange* range_for(const PeerAddress& who) const override;
  [[nodiscard]] bool range_full(const DynamicRange& range) const override;
  void welcome(const PeerAddress& who, const DynamicRange& range,
               std::shared_ptr<Connection> connection) override;
  void turned_away(const PeerAddress& who, const DynamicRange& range,
                   const std::string& why) override;

  void accepted(Tcp::socket socket);
  // Why a connection lacks the protection that the settings require; nothing if it has it. `from`:
  // the address or range whose MD5 key applies.
  [[nodiscard]] Failure unprotected(Tcp::socket& socket, const Transport& transport,
                                    const Prefix& from) const;
  // The range's neighbors without a connection.
  [[nodiscard]] std::vector<Peer*> idle_of(const DynamicRange& range) const;
  // Has the range forget one such neighbor if it has too many.
  void make_room(const DynamicRange& range);

  Loop& loop_;
  ReadBuffer& buffer_;
  Neighbors& neighbors_;
  std::shared_ptr<const SpeakerSettings> settings_;
  Listener listener_;
  Newcomers newcomers_;
  bool closed_ = false;
  std::uint64_t strangers_ = 0;
  std::map<Prefix, LogLimiter> range_lines_;  // by range, of connections turned away
  LogLimiter stranger_lines_{60};             // at level debug
  LogLimiter unprotected_lines_;
};

}  // namespace tern::session
