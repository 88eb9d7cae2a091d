// Reports the events of sessions, drains, demotions, moves and files: looks at the state of the
// speaker and of the sources once a second, and reports what began and what ended.
//
// A beginning or an end that the stage drops is reported again in the next second. An event without
// a duration that the stage drops is lost, and counted. A session that goes down and comes up
// between two looks is noticed by its number.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/baseline/withdrawals.h"
#include "bgpd/daemon/event_levels.h"
#include "bgpd/events/event_stage.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/settings.h"
#include "rib/egress_moves.h"

namespace tern::session {
class Timer;
}

namespace tern::daemon {

// Loop thread only.
class EventWatch {
 public:
  // Neighbors, circuits, or events that last, in one turn of the loop. The strands stop for
  // neighbors alone.
  static constexpr std::size_t kSlice = 64;
  static constexpr std::uint32_t kFirstTime = 60;   // seconds until a neighbor that never came up
                                                    // is an event
  static constexpr std::uint32_t kAgainAfter = 30;  // seconds until a level is reported anew

  // Adds the levels of the sources that are not the speaker's.
  using Sources = std::function<void(EventLevels&)>;

  // circuits: of the loop thread, and outlives the watch; or null.
  EventWatch(session::Loop& loop, session::Speaker& speaker, events::EventStage& stage,
             Sources sources, const states::CircuitBook* circuits = nullptr);
  ~EventWatch();
  EventWatch(const EventWatch&) = delete;
  EventWatch& operator=(const EventWatch&) = delete;

  // After the first apply() of the speaker.
  void start();
  // Nothing: massive withdrawals are not noticed.
  void set_withdrawals(const std::optional<baseline::WithdrawalRules>& rules) {
    withdrawals_.apply(rules);
  }
  // The daemon ends its sessions: that is no event. A look that is under way reports nothing more.
  void freeze();

 private:
  struct Seen {
    session::PeerAddress address;
    std::uint64_t look = 0;     // number of the last look that saw the neighbor
    std::uint64_t session = 0;  // number of the last session that was reported
    bool established = false;
    std::uint32_t since = 0;            // Unix seconds when the neighbor was seen first
    std::uint64_t contradictory = 0;    // routes, of the session
    std::uint32_t contradicted_at = 0;  // Unix seconds when the number grew; 0: never
  };

  void look();
  void slice();
  [[nodiscard]] bool look_at_some();
  void look_at_circuits();
  void find_ended();
  void report_ended();
  void report_present();
  void report(const std::string& key, events::Report report, bool all);
  [[nodiscard]] Seen& seen(const session::Peer& peer);
  void look_at(const session::Peer& peer);
  void end_of_earlier_run(const session::Peer& peer);
  void look_at_session(const session::Peer& peer, Seen& seen);
  void look_at_tags(const session::Peer& peer, Seen& seen);
  void look_at_moves();

  session::Loop& loop_;
  session::Speaker& speaker_;
  events::EventStage& stage_;
  const Sources sources_;
  const states::CircuitBook* const circuits_;  // or null
  const std::unique_ptr<session::Timer> timer_;
  bool frozen_ = false;
  std::uint32_t now_ = 0;  // Unix seconds of the look
  std::uint64_t membership_ = 0;
  std::vector<PeerSlot> slots_;     // of the neighbors
  std::size_t next_slot_ = 0;       // index in slots_
  std::string next_circuit_;        // the key to go on at
  std::uint64_t look_ = 0;          // number of the look
  std::vector<Seen> seen_;          // by slot
  EventLevels levels_;              // that the stage took
  EventLevels coming_;              // of the look that is under way, until they are reported
  std::string next_level_;          // the key in levels_ to go on at
  std::uint32_t all_reported_ = 0;  // Unix seconds when all of levels_ were reported
  bool reports_all_ = false;        // the look that is under way does
  bool looked_at_moves_ = false;
  std::array<std::uint64_t, rib::kMoveCauses> moves_{};
  baseline::Withdrawals withdrawals_;
};

}  // namespace tern::daemon
