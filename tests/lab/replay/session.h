// One session of a replayed speaker: connects, says its feed, stays up, connects again.
//
// A Session uses the speaker's own driver and socket (bgpd/fsm, bgpd/session), has no RIB, and
// sends a feed of octets. Runs on the thread of its io_context.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bgpd/fsm/driver.h"
#include "bgpd/session/connection.h"
#include "bgpd/session/timer.h"
#include "tests/lab/replay/feed.h"
#include "tests/lab/replay/held_routes.h"

namespace tern::replay {

struct SessionSettings {
  session::Endpoint peer;
  std::uint16_t hold_time_seconds = 90;
  FamilySet families;  // offered besides those of the feed
  bool sink = false;   // keep count of the routes that come
  bool keep = false;   // and their attributes
};

class Session final : public session::Connection::Handler, private fsm::Driver::Rim {
 public:
  // `feed` and `buffer` outlive the session. on_sent: all of the feed is with the kernel, or the
  // neighbour takes none of its families; called once per Established.
  Session(boost::asio::io_context& context, session::ReadBuffer& buffer, const Feed& feed,
          const SessionSettings& settings, std::function<void()> on_sent);
  ~Session() override;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void start();
  // Cease/Administrative Shutdown, for good.
  void stop();

  [[nodiscard]] const Feed& feed() const { return feed_; }
  [[nodiscard]] const session::Endpoint& peer() const { return settings_.peer; }
  [[nodiscard]] fsm::State state() const { return driver_.machine().state(); }
  [[nodiscard]] bool sent() const { return sent_; }
  [[nodiscard]] const HeldRoutes& held() const { return held_; }

 private:
  void on_connected(session::Connection& connection) override;
  void on_failed(session::Connection& connection, std::string why) override;
  std::size_t on_octets(session::Connection& connection,
                        std::span<const std::byte> octets) override;
  bool must_wait(session::Connection&) override { return false; }
  bool on_flood(session::Connection&, std::span<const std::byte>) override { return false; }
  void on_delivery(session::Connection&, session::Delivery&) override {}
  void on_writable(session::Connection& connection) override;

  // fsm::Driver::Rim, for the outgoing connection alone.
  void open() override;
  void close(fsm::Conn conn) override;
  void send(fsm::Conn conn, wire::MessageType type, std::span<const std::byte> message) override;
  [[nodiscard]] fsm::Driver::Unheard unheard(fsm::Conn) override { return {}; }
  void wake_at(std::optional<fsm::Time> when) override;
  void on_session_up(fsm::Conn conn, const fsm::Negotiated& negotiated) override;
  void on_session_down() override;
  void on_state(fsm::State, fsm::State) override {}
  void on_open(const wire::OpenMessage&) override {}
  void on_notification(const wire::Notification&, bool) override {}
  void on_update(wire::Bytes body) override;
  void on_refresh(const wire::RouteRefresh& refresh) override;

  void handle(const fsm::Event& event);
  [[nodiscard]] bool established() const { return driver_.session().has_value(); }
  void begin();
  void pump();
  [[nodiscard]] bool send_some();
  void log(const std::string& text) const;

  boost::asio::io_context& context_;
  session::ReadBuffer& buffer_;
  const Feed& feed_;
  const SessionSettings settings_;
  std::function<void()> on_sent_;
  fsm::Driver driver_;
  session::Timer wake_;  // for the driver's timers
  std::shared_ptr<session::Connection> connection_;

  // While Established:
  bool sent_ = false;
  std::deque<Family> to_say_;
  std::size_t said_ = 0;  // octets of the first of them
  std::vector<std::byte> out_;
  wire::UpdateMessage update_;
  HeldRoutes held_;
};

}  // namespace tern::replay
