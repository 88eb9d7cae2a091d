// Connections that come: the listeners, and what each connection is. A connection of a listed
// neighbor goes to its Peer. A connection from a dynamic range becomes a neighbor with a good OPEN
// (Newcomers), as long as the range has room. Any other connection is closed. Internal to
// bgpd/session; loop thread only.
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

  // Listens as the plan says (Listener::listen()).
  [[nodiscard]] Result<std::vector<std::string>, std::string> listen(const SettingsPlan& plan);
  // Hands out the connections that came so far by the present settings.
  void accept_now() { listener_.accept_now(); }
  // The dynamic ranges for connections that come from now on.
  void set_settings(std::shared_ptr<const SpeakerSettings> settings);
  // Listens no more.
  void close();

  // The range that contains the address, also of a listed neighbor; null: no range does.
  [[nodiscard]] const DynamicRange* range_of(const IpAddress& address) const;
  // Connections from addresses that belong to nobody.
  [[nodiscard]] std::uint64_t strangers() const { return strangers_; }

  // Once a second: forgets newcomers and dynamic neighbors that were away for long. now: steady
  // nanoseconds.
  void tidy(std::uint64_t now);
  // Logs how many lines were left out.
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
  // A connection that is not what the settings ask of it. `from`: what an MD5 key would be for.
  [[nodiscard]] Failure unprotected(Tcp::socket& socket, const Transport& transport,
                                    const Prefix& from) const;
  // The range's neighbors without a connection.
  [[nodiscard]] std::vector<Peer*> idle_of(const DynamicRange& range) const;
  // Has the range forget one of them where they are too many.
  void make_room(const DynamicRange& range);

  Loop& loop_;
  ReadBuffer& buffer_;
  Neighbors& neighbors_;
  std::shared_ptr<const SpeakerSettings> settings_;
  Listener listener_;
  Newcomers newcomers_;
  bool closed_ = false;
  std::uint64_t strangers_ = 0;
  std::map<Prefix, LogLimiter> range_lines_;  // by range, of those that are turned away
  LogLimiter stranger_lines_{60};             // at level debug
  LogLimiter unprotected_lines_;
};

}  // namespace tern::session
