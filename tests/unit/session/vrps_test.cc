// VRPs that change after routes came in: the routes that they cover are evaluated again, of the
// neighbors whose policies read the state of origin validation, and no other route.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "policy/change.h"
#include "policy/policy.h"
#include "policy/vrp_table.h"
#include "tests/unit/session/neighbour.h"
#include "tests/unit/session/running_speaker.h"

namespace tern::session {
namespace {

using policy::OriginState;
using policy::Vrp;
using policy::VrpTable;

constexpr Asn kOrigin = 200;  // of append_announcements()
constexpr Asn kOther = 64500;

policy::Chain rejecting(const std::vector<OriginState>& states) {
  policy::Sources sources;
  policy::TermSource reject;
  reject.match.rpki = states;
  reject.then = policy::TermSource::Then::Reject;
  policy::TermSource accept;
  accept.then = policy::TermSource::Then::Accept;
  sources.policies.push_back({"validate", {reject, accept}});
  return policy::Chain({policy::compile(sources)->find("validate")});
}

class Vrps : public testing::TestWithParam<std::uint32_t> {
 protected:
  // Routes with an invalid origin are rejected from the first two neighbors.
  SpeakerSettings settings() {
    SpeakerSettings settings = running.settings();
    for (const std::uint32_t number : {1U, 2U, 3U}) {
      settings.peers.push_back(running.listed(number));
    }
    settings.peers[0].import.policies = rejecting({OriginState::Invalid});
    settings.peers[1].import.policies = rejecting({OriginState::Invalid});
    return settings;
  }
  // Empty: none, and nothing is validated.
  void set(VrpTable::Ptr next) {
    auto changed = next != nullptr && table != nullptr ? VrpTable::difference(*table, *next)
                                                       : policy::PrefixChange::all_prefixes();
    table = next;
    running.ask([&] {
      running.speaker().set_vrps(std::move(next), std::move(changed));
      return true;
    });
  }
  // So many routes in all are evaluated again in the end: a part of a round counts them behind its
  // last slice, when their changes may have been heard.
  bool evaluates(std::uint64_t imports, std::uint64_t exports) {
    return running.settles([&] {
      const SpeakerTimes::Evaluated& all = running.speaker().times().reevaluated;
      return all.imports == imports && all.exports == exports;
    });
  }
  SpeakerTimes::Evaluated evaluated() {
    return running.ask([this] { return running.speaker().times().reevaluated; });
  }
  bool third_has(std::size_t count) {
    return third.hears_until([&] { return third.advertised().size() == count; });
  }

  VrpTable::Ptr table;
  RunningSpeaker running{SpeakerThreads{0, 0, GetParam(), {}}};
  SocketNeighbour first{1, running.port()};
  SocketNeighbour second{2, running.port()};
  SocketNeighbour third{3, running.port()};
};

TEST_P(Vrps, AChangeTouchesTheRoutesThatItCovers) {
  running.apply(settings());
  ASSERT_TRUE(first.connect() && second.connect() && third.connect());
  ASSERT_TRUE(first.announce(0, kTable));
  ASSERT_TRUE(second.announce(kTable / 2, kTable + kTable / 2));
  ASSERT_TRUE(third_has(kTable + kTable / 2));

  // Of no VRP to a table without any: every route is evaluated, and none changes.
  set(std::make_shared<const VrpTable>());
  ASSERT_TRUE(running.settles([this] {
    return running.speaker().times().reevaluated.imports == std::uint64_t{2 * kTable};
  }));
  const std::uint64_t announcements = third.announcements();

  // A prefix of one neighbor, and one of both.
  set(table->changed(
      {{Vrp{prefix_of(7), 24, kOther}, Vrp{prefix_of(kTable - 1), 24, kOther}}, {}}));
  ASSERT_TRUE(third_has(kTable + kTable / 2 - 2));
  EXPECT_FALSE(third.advertised().contains(prefix_of(7)));
  EXPECT_TRUE(evaluates(2 * kTable + 3U, 0));
  EXPECT_EQ(third.announcements(), announcements);

  // New routes meet the table that is there.
  ASSERT_TRUE(second.announce(7, 8));
  ASSERT_TRUE(second.announce(2 * kTable, 2 * kTable + 1));
  ASSERT_TRUE(third_has(kTable + kTable / 2 - 1));
  EXPECT_FALSE(third.advertised().contains(prefix_of(7)));

  // The origin is authorized, too: the routes of both neighbors return.
  set(table->changed({{Vrp{Prefix::v4(0x0A000000U, 20), 24, kOrigin}}, {}}));
  ASSERT_TRUE(third_has(kTable + kTable / 2));
  EXPECT_TRUE(third.advertised().contains(prefix_of(7)));
  EXPECT_TRUE(evaluates(2 * kTable + 3U + 17U, 0));  // 16 prefixes, one of two neighbors
}

// Data that is too old to be used is no reason to drop a route.
TEST_P(Vrps, WithoutVrpsNothingIsInvalid) {
  running.apply(settings());
  ASSERT_TRUE(first.connect() && third.connect());
  ASSERT_TRUE(first.announce(0, kTable));
  set(VrpTable::build({Vrp{Prefix::v4(0x0A000000U, 8), 8, kOther}}));
  ASSERT_TRUE(running.settles(
      [this] { return running.speaker().shards().table(Family::Ipv4Unicast).prefixes == 0; }));
  ASSERT_TRUE(third_has(0));
  set(nullptr);
  ASSERT_TRUE(third_has(kTable));
}

TEST_P(Vrps, PoliciesOfExportsReadThem) {
  SpeakerSettings reads = settings();
  reads.peers[0].import.policies = reads.peers[2].import.policies;
  reads.peers[2].exported.policies = rejecting({OriginState::NotFound, OriginState::Invalid});
  running.apply(std::move(reads));
  ASSERT_TRUE(first.connect() && third.connect());
  ASSERT_TRUE(first.announce(0, kTable));
  ASSERT_TRUE(third_has(kTable));  // not validated
  set(VrpTable::build({Vrp{Prefix::v4(0x0A000000U, 20), 24, kOrigin}}));
  ASSERT_TRUE(third_has(16));
  ASSERT_TRUE(evaluates(0, kTable));
  set(table->changed(
      {{Vrp{prefix_of(500), 24, kOrigin}}, {Vrp{Prefix::v4(0x0A000000U, 20), 24, kOrigin}}}));
  ASSERT_TRUE(third_has(1));
  EXPECT_TRUE(third.advertised().contains(prefix_of(500)));
  EXPECT_TRUE(evaluates(0, kTable + 17));
}

TEST_P(Vrps, SettingsReadThemWithoutAPolicy) {
  SpeakerSettings reads = settings();
  reads.peers[0].import.policies = reads.peers[2].import.policies;
  reads.peers[0].import.reject_rpki_invalid = true;
  reads.peers[2].kind = PeerKind::Ibgp;
  reads.peers[2].exported.send_rpki_community = true;
  running.apply(std::move(reads));
  ASSERT_TRUE(first.connect() && third.connect());
  ASSERT_TRUE(first.announce(0, kTable));
  ASSERT_TRUE(third_has(kTable));
  std::uint64_t announcements = third.announcements();
  const auto hears = [&](std::uint64_t more) {
    announcements += more;
    return third.hears_until([&] { return third.announcements() == announcements; });
  };
  set(VrpTable::build(
      {Vrp{Prefix::v4(0x0A000000U, 20), 24, kOrigin}, Vrp{prefix_of(500), 24, kOther}}));
  ASSERT_TRUE(third_has(kTable - 1));
  EXPECT_FALSE(third.advertised().contains(prefix_of(500)));
  ASSERT_TRUE(hears(kTable - 1)) << "each route has a state now";
  set(table->changed({{}, {Vrp{Prefix::v4(0x0A000000U, 20), 24, kOrigin}}}));
  ASSERT_TRUE(hears(16)) << "those that were valid";
}

// A policy that does not ask for the state costs nothing when VRPs change.
TEST_P(Vrps, OtherNeighborsAreLeftAlone) {
  SpeakerSettings plain = settings();
  for (PeerSettings& peer : plain.peers) peer.import.policies = plain.peers[2].import.policies;
  running.apply(std::move(plain));
  ASSERT_TRUE(first.connect() && third.connect());
  ASSERT_TRUE(first.announce(0, kTable));
  ASSERT_TRUE(third_has(kTable));
  set(VrpTable::build({Vrp{Prefix::v4(0x0A000000U, 8), 8, kOther}}));
  EXPECT_EQ(evaluated().imports, 0U);
  EXPECT_EQ(evaluated().exports, 0U);
}

INSTANTIATE_TEST_SUITE_P(Threads, Vrps, testing::Values(1U, 2U));

}  // namespace
}  // namespace tern::session
