// One session of a replayed speaker: connects, says its feed, stays up, connects again.
//
// The machine, the framing and the socket are the speaker's own (bgpd/fsm, bgpd/wire,
// bgpd/session); there is no RIB, the feed is bytes. Used on the thread of its io_context.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bgpd/fsm/peer_fsm.h"
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

class Session final : public session::Connection::Handler {
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
  [[nodiscard]] fsm::State state() const { return fsm_.state(); }
  [[nodiscard]] bool sent() const { return sent_; }
  [[nodiscard]] const HeldRoutes& held() const { return held_; }

 private:
  void on_connected(session::Connection& connection) override;
  void on_failed(session::Connection& connection, std::string why) override;
  void on_message(session::Connection& connection, const wire::Frame& frame) override;
  void on_fault(session::Connection& connection, const wire::Notification& reply) override;
  bool on_flood(session::Connection&, std::span<const std::byte>) override { return false; }
  void on_delivery(session::Connection&, session::Delivery&) override {}
  void on_burst_end(session::Connection&) override {}
  void on_writable(session::Connection& connection) override;

  void handle(const fsm::Event& event);
  void perform(const fsm::OpenConnection& action);
  void perform(const fsm::CloseConnection& action);
  void perform(const fsm::SendOpen& action);
  void perform(const fsm::SendKeepalive& action);
  void perform(const fsm::SendNotification& action);
  void perform(const fsm::SetTimer& action);
  void perform(const fsm::ClearTimer& action);
  void perform(const fsm::SessionUp& action);
  void perform(const fsm::SessionDown& action);
  void perform(const fsm::StateChanged& action);

  void receive_update(const wire::Frame& frame);
  void receive_refresh(const wire::Frame& frame);
  void begin();
  void pump();
  [[nodiscard]] bool send_some();
  void log(const std::string& text) const;

  boost::asio::io_context& context_;
  session::ReadBuffer& buffer_;
  const Feed& feed_;
  const SessionSettings settings_;
  std::function<void()> on_sent_;
  fsm::PeerFsm fsm_;
  std::array<std::unique_ptr<session::Timer>, 6> timers_;  // by fsm::Timer
  std::shared_ptr<session::Connection> connection_;

  // While Established:
  fsm::Negotiated negotiated_;
  bool established_ = false;
  bool sent_ = false;
  std::deque<Family> to_say_;
  std::size_t said_ = 0;  // octets of the first of them
  std::vector<std::byte> out_;
  wire::UpdateMessage update_;
  HeldRoutes held_;
};

}  // namespace tern::replay
