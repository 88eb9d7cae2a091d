// Carries out a SettingsPlan: finds the step that the plan asks of each neighbor, present or new,
// and performs the steps in slices of Speaker::kSlice. Internal to bgpd/session; loop thread only.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "bgpd/session/peer.h"
#include "bgpd/session/reevaluation.h"
#include "bgpd/session/settings_plan.h"

namespace tern::session {

class Admission;
class Loop;
class Neighbors;
struct SpeakerTimes;

class Reconfiguration {
 public:
  Reconfiguration(Loop& loop, Neighbors& neighbors, Admission& admission,
                  Reevaluation& reevaluation, SpeakerTimes& times);
  Reconfiguration(const Reconfiguration&) = delete;
  Reconfiguration& operator=(const Reconfiguration&) = delete;

  // Requires that the plan's settings are the speaker's. start: the speaker starts. `done` is
  // called after the last step.
  void begin(std::shared_ptr<const SettingsPlan> plan, bool start, std::function<void()> done);
  // Performs all steps that are left.
  void finish();

 private:
  struct Step {
    PeerAddress who;
    const PeerSettings* settings = nullptr;  // in the plan; of a listed neighbor
    const DynamicRange* range = nullptr;     // in the plan; of a neighbor that stays dynamic
    // Both null: the neighbor is removed.
    SettingsChange change;
    bool is_new = false;
  };
  struct Running {
    std::shared_ptr<const SettingsPlan> plan;
    std::vector<Step> steps;
    std::size_t next = 0;
    bool start = false;
    RulesChange rules;   // of running sessions
    double longest = 0;  // seconds of the longest slice
    std::function<void()> done;
  };

  [[nodiscard]] std::vector<Step> steps_of(const SettingsPlan& plan) const;
  [[nodiscard]] std::optional<Step> step_for(const SettingsPlan& plan, const Peer& peer) const;
  void slice_later();
  bool slice();
  void perform(const Step& step);
  void change_peer(Peer& peer, PeerSettings settings, const SettingsChange& change, bool dynamic);
  void end();

  Loop& loop_;
  Neighbors& neighbors_;
  Admission& admission_;
  Reevaluation& reevaluation_;
  SpeakerTimes& times_;
  std::optional<Running> running_;
  bool slice_posted_ = false;
};

}  // namespace tern::session
