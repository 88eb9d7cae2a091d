// SettingsPlan lists the differences between a speaker's settings and new ones. Another thread than
// the loop's calls plan(), because a prefix set can have a million entries.
//
// A plan does not change once made. Any thread may call plan() and read a plan. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bgpd/session/settings.h"
#include "policy/change.h"
#include "rib/types/location.h"

namespace tern::session {

// The work for a neighbor to go from one set of settings to another.
struct SettingsChange {
  bool any = false;    // the settings differ
  bool reset = false;  // a running session must be closed and opened again
  // Received and advertised routes that must be evaluated again; if only prefix sets of policies
  // differ, the routes of some prefixes.
  policy::ChainChange imports;
  policy::ChainChange exports;
  // The originated default route differs; `exports` says nothing about it.
  bool default_route = false;
};
// finder: compares prefix sets, which takes time by their size. Null, for a caller on the loop:
// with other policies all routes are evaluated again.
[[nodiscard]] SettingsChange change_of(const PeerSettings& from, const PeerSettings& to,
                                       policy::ChangeFinder* finder);

// The positions in SpeakerSettings::networks of the networks that are looked up by something else
// than their prefix.
struct NetworkIndex {
  std::map<std::string, std::vector<std::uint32_t>> by_condition;  // of OwnNetwork::when
  std::vector<std::uint32_t> aggregates;
};

struct SettingsPlan {
  struct Listed {
    const PeerSettings* settings = nullptr;  // in `to`
    bool is_new = false;                     // not listed in `from`
    SettingsChange change;                   // of a neighbor that is not new
  };

  std::shared_ptr<const SpeakerSettings> from;  // null: the speaker has none yet
  std::shared_ptr<const SpeakerSettings> to;    // never null
  std::map<PeerAddress, Listed> listed;         // the neighbors of `to`
  // For each range of `to` whose prefix is a range of `from`, too.
  std::map<Prefix, SettingsChange> ranges;
  std::map<Prefix, std::string> md5_keys;  // by address or range
  bool ranks_anew = false;                 // the settings of the decision differ
  // The new number of each PoP of `from`, kNoPlace for one that is gone. Null: PoPs and places of
  // users keep their numbers.
  std::shared_ptr<const std::vector<PopId>> pops;
  // Networks that are new, are gone, or have other policies, another condition or another
  // place; in order.
  std::vector<Prefix> networks;
  // A policy of the networks of `to` reads the state of origin validation.
  bool networks_read_rpki = false;
  std::shared_ptr<const NetworkIndex> network_index;  // of `to`; never null
};

[[nodiscard]] std::shared_ptr<const SettingsPlan> plan(std::shared_ptr<const SpeakerSettings> from,
                                                       SpeakerSettings to);

}  // namespace tern::session
