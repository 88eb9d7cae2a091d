// Capabilities that count per direction: our OPEN alone decides what a neighbor may send.
#include <gtest/gtest.h>

#include "bgpd/wire/framer.h"
#include "tests/unit/session/neighbour.h"
#include "tests/unit/session/running_speaker.h"

namespace tern::session {
namespace {

const Nlri kWhere = unicast(*Prefix::parse("203.0.113.0/24"));

PathAttributes attributes_of(std::uint32_t number) {
  PathAttributes attributes;
  attributes.origin = Origin::Igp;
  attributes.as_path = AsPath::sequence({SocketNeighbour::asn(number)});
  attributes.next_hop.global = *IpAddress::parse("198.51.100.9");
  return attributes;
}

std::vector<std::byte> update_of(const PathAttributes& attributes) {
  std::vector<std::byte> out;
  (void)wire::encode_announcements(attributes, {&kWhere, 1},
                                   {true, false, wire::kMaxExtendedMessage}, out);
  return out;
}

std::vector<std::byte> long_update(std::uint32_t number) {
  PathAttributes attributes = attributes_of(number);
  attributes.unknown = {{0xC0, 99, std::vector<std::byte>(4500)}};
  return update_of(attributes);
}

bool holds(RunningSpeaker& running, std::uint64_t routes) {
  return running.settles(
      [&] { return running.speaker().shards().received(1, Family::Ipv4Unicast) == routes; });
}

class Directions : public testing::TestWithParam<SpeakerThreads> {};

// RFC 8654 section 4: a speaker that offered the capability receives long messages, also from a
// neighbor that did not offer it.
TEST_P(Directions, ALongUpdateOfANeighborThatTakesNone) {
  RunningSpeaker running(GetParam());
  running.apply({1});
  SocketNeighbour neighbour(1, running.port());
  ASSERT_TRUE(neighbour.connect());
  std::vector<std::byte> messages;
  const std::uint32_t flood = GetParam().readers > 0 ? 8000 : 0;  // enough for a loan to a reader
  append_announcements(1, 0, flood, 0, messages);
  const std::vector<std::byte> update = long_update(1);
  ASSERT_GT(update.size(), wire::kMaxMessage);
  messages.insert(messages.end(), update.begin(), update.end());
  ASSERT_TRUE(neighbour.send(messages));
  EXPECT_TRUE(holds(running, flood + 1));
  EXPECT_EQ(running.state(1), "Established");
}

INSTANTIATE_TEST_SUITE_P(Threads, Directions,
                         testing::Values(SpeakerThreads{0, 0, 1}, SpeakerThreads{1, 1, 2}),
                         [](const auto& threads) {
                           return "Readers" + std::to_string(threads.param.readers);
                         });

TEST(ExtendedMessages, WhereWeOfferedNoneALongUpdateIsAFault) {
  RunningSpeaker running;
  SpeakerSettings settings = running.settings();
  settings.peers.push_back(running.listed(1));
  settings.peers[0].fsm.local.extended_message = false;
  running.apply(std::move(settings));
  SocketNeighbour neighbour(1, running.port());
  neighbour.capabilities().extended_message = true;
  ASSERT_TRUE(neighbour.connect());
  ASSERT_TRUE(neighbour.send(long_update(1)));
  ASSERT_TRUE(neighbour.is_closed());
  EXPECT_NE(running.last_error(1).find("Bad Message Length"), std::string::npos);
}

// RFC 8950 section 4: the same rule.
TEST(ExtendedNextHop, OfANeighborThatTakesNone) {
  RunningSpeaker running;
  SpeakerSettings settings = running.settings();
  settings.peers.push_back(running.listed(1));
  settings.peers[0].fsm.local.extended_next_hop = {Family::Ipv4Unicast};
  running.apply(std::move(settings));
  SocketNeighbour neighbour(1, running.port());
  ASSERT_TRUE(neighbour.connect());
  PathAttributes attributes = attributes_of(1);
  attributes.next_hop.global = *IpAddress::parse("2001:db8::9");
  ASSERT_TRUE(neighbour.send(update_of(attributes)));
  EXPECT_TRUE(holds(running, 1));
  EXPECT_EQ(running.state(1), "Established");
}

// RFC 7313 section 5
TEST(RouteRefresh, OfTheWrongLength) {
  for (const bool enhanced : {false, true}) {
    RunningSpeaker running;
    running.apply({1});
    SocketNeighbour neighbour(1, running.port());
    wire::Capabilities& capabilities = neighbour.capabilities();
    capabilities.route_refresh = capabilities.enhanced_route_refresh = enhanced;
    ASSERT_TRUE(neighbour.connect());
    std::vector<std::byte> message;
    const std::size_t start = wire::begin_message(wire::MessageType::RouteRefresh, message);
    wire::Writer(message).u16(kAfiIpv4);
    wire::Writer(message).u8(1);
    wire::end_message(start, message);
    ASSERT_TRUE(neighbour.send(message));
    ASSERT_TRUE(neighbour.is_closed());
    const char* const wanted = enhanced ? "Invalid Message Length" : "Bad Message Length";
    EXPECT_NE(running.last_error(1).find(wanted), std::string::npos) << running.last_error(1);
  }
}

// last_fault names the field of a fault that is in no attribute.
TEST(Faults, NameTheirField) {
  RunningSpeaker running;
  running.apply({1});
  SocketNeighbour neighbour(1, running.port());
  ASSERT_TRUE(neighbour.connect());
  std::vector<std::byte> message;
  const std::size_t start = wire::begin_message(wire::MessageType::Update, message);
  wire::Writer writer(message);
  writer.u16(1);
  writer.u8(33);  // bits; an IPv4 prefix has 32 at most
  writer.u16(0);
  wire::end_message(start, message);
  ASSERT_TRUE(neighbour.send(message));
  ASSERT_TRUE(neighbour.is_closed());
  EXPECT_EQ(running.look([&] { return running.speaker().peers()[0]->status().last_fault; }),
            "withdrawn routes: malformed prefix (session-reset)");
}

}  // namespace
}  // namespace tern::session
