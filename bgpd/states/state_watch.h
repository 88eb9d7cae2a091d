// Keeps the states of registered prefixes up to date: reads the journals of the shards, and has
// each registration examined whose routes changed.
//
// A task of a shard finds the registrations of changed prefixes. The thread tern-event
// (events::EventStage) examines these, reading the table beside its owners
// (docs/adr/0015), in slices, between which other tasks of the thread run. A registration that
// changes again and again is examined ten times a second at most. While there are no registrations,
// nothing is subscribed.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "bgpd/events/event_stage.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/speaker.h"
#include "bgpd/states/ingress_book.h"
#include "bgpd/states/state_book.h"

namespace tern::states {

// Loop thread only, but for what says otherwise.
class StateWatch {
 public:
  StateWatch(session::Loop& loop, session::Speaker& speaker, events::EventStage& stage);
  // Waits for the slice that tern-event examines.
  ~StateWatch();
  StateWatch(const StateWatch&) = delete;
  StateWatch& operator=(const StateWatch&) = delete;

  // After the first apply() of the speaker. hold: seconds that other states must last.
  void apply(std::uint32_t hold);
  // The daemon ends its sessions: that changes no state.
  void freeze();
  // percent: of the octets of a prefix that enter elsewhere than at the nearest PoP.
  void set_ingress_percent(std::uint32_t percent);
  // Reports of registered prefixes. False: too many reports wait, and these were not taken.
  [[nodiscard]] bool take_ingress(std::vector<IngressReport> reports);
  // Any thread may read the books.
  [[nodiscard]] const IngressBook& ingress() const;
  [[nodiscard]] const StateBook& book() const;

 private:
  class Impl;
  const std::shared_ptr<Impl> impl_;
};

}  // namespace tern::states
