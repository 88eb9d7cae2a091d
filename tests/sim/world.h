// The hosts of a run, the operations on them, and what must be true of them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/scenario.h"

namespace tern::sim {

class World {
 public:
  World(const Scenario& scenario, Story story, Seen& seen);

  [[nodiscard]] std::optional<std::string> apply(const Operation& operation);
  // Every session ends, and then nothing may be left.
  [[nodiscard]] std::optional<std::string> end();

 private:
  // A neighbor, whether its process runs or not.
  struct Party {
    Neighbor neighbor;
    bool member_passive = false;
    bool disabled = false;
    std::unique_ptr<Member> member;  // null: its process does not run
    std::uint64_t boots = 0;
    Time disturbed{};  // when a fault that can make a hold timer expire was over, or will be
    std::array<std::uint64_t, 2> expired{};  // hold timers: the router's, its own
    bool up = false;                         // at the router, when last looked at
  };

  void announce_some(Party& party);
  void boot(Party& party, std::uint32_t how);
  void stop(Party& party, bool silent, Time away, std::uint32_t how);
  void boot_router();
  void lose(Party& party, const Operation& operation);
  void step_clock(Party& party, const Operation& operation);
  void reset(Party& party, bool by_router);
  void disturb(Party& party, Time until);
  void disturb_all(Time until);
  void heal();

  [[nodiscard]] std::optional<std::string> pass(Time time);
  [[nodiscard]] std::optional<std::string> look();
  [[nodiscard]] std::optional<std::string> look_at(Party& party);
  [[nodiscard]] std::optional<std::string> settle();
  // What the run still waits for, or nothing.
  [[nodiscard]] std::optional<std::string> waits_for();
  [[nodiscard]] std::optional<std::string> compare();
  void tell(const std::string& line) const;
  [[nodiscard]] std::string words(const Operation& operation) const;

  const Scenario scenario_;
  const Story story_;
  Seen& seen_;
  Network network_;
  std::unique_ptr<Router> router_;  // null: it does not run
  std::map<PeerSlot, Party> parties_;
};

}  // namespace tern::sim
