// Takes a speaker to the bound of prefixes that are gone and are kept
// (bgpd/session/kept_prefixes.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "tests/unit/session/neighbour.h"
#include "tests/unit/session/running_speaker.h"

namespace tern::session {

// Gives the speaker neighbors 1 and 2, and a bound of 1000 prefixes.
inline void apply_bound(RunningSpeaker& running) {
  SpeakerSettings settings = running.settings();
  settings.most_kept_prefixes = 1000;
  for (const std::uint32_t number : {1U, 2U}) settings.peers.push_back(running.listed(number));
  running.apply(std::move(settings));
}

// The neighbor announces and withdraws new prefixes until the condition holds.
template <typename Fn>
bool cycles_until(RunningSpeaker& running, SocketNeighbour& neighbour, Fn&& condition) {
  std::vector<std::byte> messages;
  for (std::uint32_t block = 8; block < 200; ++block) {
    messages.clear();
    append_announcements(1, block * 256, block * 256 + 256, 0, messages);
    append_withdrawals(block * 256, block * 256 + 256, messages);
    if (!neighbour.send(messages)) return false;
    if (running.look(condition)) return true;
  }
  return running.settles(condition);
}

// Both neighbors connect, and the second neighbor reads so little that it is in resync. The bound
// of octets that a client may be behind is divided by the shards, and all announced prefixes are in
// one shard. With kShardsForALaggard, a sixteenth of the bound is therefore enough.
inline constexpr SpeakerThreads kShardsForALaggard{0, 0, 16};
inline bool falls_behind(RunningSpeaker& running, SocketNeighbour& first, SocketNeighbour& second) {
  second.set_receive_buffer(4096);
  if (!second.connect() || !first.connect()) return false;
  const auto lags = [&] { return running.speaker().advertisers().lagging_count() == 1; };
  for (std::uint32_t flavour = 0; flavour < 500 && !running.look(lags); ++flavour) {
    if (!first.announce(0, 2048, flavour)) return false;
  }
  return running.settles(lags);
}

}  // namespace tern::session
