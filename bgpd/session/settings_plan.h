// What a speaker's new settings change of those it has, found beside the loop: settings are
// compared whole, with prefix sets of a million entries, and the speaker is told what to do for
// whom.
//
// Immutable once made; any thread. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bgpd/session/settings.h"

namespace tern::session {

// What it takes for a neighbor to go from one set of settings to another.
struct SettingsChange {
  bool any = false;      // something differs
  bool reset = false;    // a running session must be closed and opened anew
  bool imports = false;  // what the neighbor sent is to be judged again
  bool exports = false;  // the neighbor is to be told anew
};
[[nodiscard]] SettingsChange change_of(const PeerSettings& from, const PeerSettings& to);

struct SettingsPlan {
  struct Listed {
    const PeerSettings* settings = nullptr;  // in `to`
    bool is_new = false;                     // not listed in `from`
    SettingsChange change;                   // where it is not new
  };

  std::shared_ptr<const SpeakerSettings> from;  // null: there were none
  std::shared_ptr<const SpeakerSettings> to;    // never null
  std::map<PeerAddress, Listed> listed;         // all of `to`
  // For each range of `to` whose prefix is a range of `from`, too.
  std::map<Prefix, SettingsChange> ranges;
  std::map<Prefix, std::string> md5_keys;  // by address or range
  bool ranks_anew = false;                 // the settings of the decision differ
};

[[nodiscard]] std::shared_ptr<const SettingsPlan> plan(std::shared_ptr<const SpeakerSettings> from,
                                                       SpeakerSettings to);

}  // namespace tern::session
