// The sessions of partners in the table of neighbors.
#include "bgpd/states/peer_table.h"

#include <gtest/gtest.h>

#include "registered.h"

namespace tern::states {
namespace {

std::vector<PeerSlot> slots_of(const PeerTable& peers, Asn partner) {
  std::vector<PeerSlot> slots;
  peers.for_each_of(partner, [&](PeerSlot slot, const PeerFacts& facts) {
    EXPECT_EQ(facts.asn, partner);
    slots.push_back(slot);
  });
  return slots;
}

TEST(PeerTable, FollowsTheNeighbors) {
  PeerTable peers = three_peers();
  EXPECT_EQ(slots_of(peers, kPartner), std::vector<PeerSlot>{kEdge1});
  peers.set(9, facts_of("192.0.2.9", "edge-9", kPartner));
  EXPECT_EQ(slots_of(peers, kPartner), (std::vector<PeerSlot>{kEdge1, 9}));
  peers.set(kEdge1, facts_of("192.0.2.1", "edge-1", kSecond));
  EXPECT_EQ(slots_of(peers, kPartner), std::vector<PeerSlot>{9});
  EXPECT_EQ(slots_of(peers, kSecond), (std::vector<PeerSlot>{kEdge1, kEdge2}));
  peers.set(9, std::nullopt);
  EXPECT_TRUE(slots_of(peers, kPartner).empty());
  EXPECT_EQ(peers.at(9), nullptr);
  EXPECT_EQ(peers.at(77), nullptr);
}

TEST(PeerTable, HasNoSessionsThatSendNoPrefixesOfPartners) {
  PeerTable peers;
  PeerFacts facts = facts_of("192.0.2.1", "edge-1", kPartner);
  facts.kind = PeerKind::Ibgp;
  peers.set(1, facts);
  facts.kind = PeerKind::Ebgp;
  facts.shut_down = true;
  peers.set(2, facts);
  std::size_t configured = 0;
  peers.for_each_configured_of(kPartner, [&](PeerSlot slot, const PeerFacts&) {
    EXPECT_EQ(slot, 2);
    ++configured;
  });
  EXPECT_EQ(configured, 1U) << "a session that is shut down is configured";
  facts.shut_down = false;
  facts.asn = 0;
  peers.set(3, facts);
  EXPECT_TRUE(slots_of(peers, kPartner).empty());
  EXPECT_TRUE(slots_of(peers, 0).empty()) << "the AS is not known yet";
  EXPECT_NE(peers.at(3), nullptr);
}

}  // namespace
}  // namespace tern::states
