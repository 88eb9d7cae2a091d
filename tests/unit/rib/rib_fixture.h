// A Rib with three peers, and words for what they say.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "rib/rib.h"
#include "tests/unit/rib/paths.h"

namespace tern::rib {

inline constexpr PeerSlot kAmsterdam = 0;
inline constexpr PeerSlot kLondon = 1;
inline constexpr PeerSlot kBackbone = 2;

inline ClientSet only(PeerSlot peer) {
  ClientSet one;
  one.insert(peer);
  return one;
}

inline Prefix prefix(const char* text) { return *Prefix::parse(text); }

class RibTest : public testing::Test {
 protected:
  RibTest() {
    rib.set_peer(kAmsterdam, ebgp_peer(10, 10));
    rib.set_peer(kLondon, ebgp_peer(20, 20));
    rib.set_peer(kBackbone, ibgp_peer(30, 30));
  }

  void announce(PeerSlot peer, const char* text, const PathBuilder& built,
                std::uint32_t path_id = 0, std::uint32_t now = 1000) {
    announce(peer, unicast(prefix(text), path_id), built, now);
  }
  void announce(PeerSlot peer, const Nlri& nlri, const PathBuilder& built,
                std::uint32_t now = 1000) {
    const AttrHandle handle = built.intern(rib.attributes());
    rib.announce(peer, nlri, {handle.ref(), handle.ref(), Reason::None, 0}, now);
  }
  void reject(PeerSlot peer, const char* text, const PathBuilder& built, Reason reason,
              std::uint16_t detail = 0) {
    const AttrHandle handle = built.intern(rib.attributes());
    rib.announce(peer, unicast(prefix(text)), {handle.ref(), AttrRef::None, reason, detail}, 1000);
  }
  void withdraw(PeerSlot peer, const char* text, std::uint32_t path_id = 0) {
    rib.withdraw(peer, unicast(prefix(text), path_id));
  }
  void sweep() {
    for (DestId id = 0; id < rib.end(); ++id) rib.sweep(id);
    EXPECT_EQ(rib.expired_paths(), 0U);
  }
  [[nodiscard]] std::vector<PeerSlot> ranking(const char* text) const {
    std::vector<PeerSlot> peers;
    const auto destination = rib.find(unicast(prefix(text)));
    if (!destination) return peers;
    for (std::uint32_t i = 0; i < destination->accepted; ++i) {
      peers.push_back(destination->paths[i].peer());
    }
    return peers;
  }
  [[nodiscard]] std::vector<Prefix> changes() {
    std::vector<Prefix> prefixes;
    std::vector<Prefix> before(rib.end());
    for (DestId id = 0; id < rib.end(); ++id) before[id] = rib.destination(id).prefix;
    for (const DestId id : take_changes(rib)) prefixes.push_back(before[id]);
    return prefixes;
  }
  void expect_empty() {
    take_changes(rib);
    EXPECT_EQ(rib.attributes().size(), 0U);
    EXPECT_EQ(rib.memory().blocks, 0U);
    for (const Family family : kFamilies) {
      EXPECT_EQ(rib.table(family).prefixes, 0U);
      EXPECT_EQ(rib.table(family).paths, 0U);
      for (const PeerSlot peer : {kAmsterdam, kLondon, kBackbone}) {
        const auto& counts = rib.counts(peer).families[index(family)];
        EXPECT_EQ(counts.received, 0U);
        EXPECT_EQ(counts.accepted, 0U);
        EXPECT_EQ(counts.without_location, 0U);
      }
    }
    for (const PeerSlot peer : {kAmsterdam, kLondon, kBackbone}) {
      const ReasonCounts& rejected = rib.counts(peer).rejected;
      for (std::size_t i = 0; i < rejected.size(); ++i) EXPECT_EQ(rejected[i], 0U);
    }
    for (DestId id = 0; id < rib.end(); ++id) EXPECT_FALSE(rib.destination(id).in_use);
  }

  AttrTable attributes;
  Rib rib{attributes};
};

}  // namespace tern::rib
