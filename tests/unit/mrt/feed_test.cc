// What is sent, and how it is cut; what a sink counts; the command line.
#include "tests/lab/replay/feed.h"

#include <gtest/gtest.h>

#include <sstream>

#include "bgpd/wire/framer.h"
#include "tests/lab/replay/dump_feeds.h"
#include "tests/lab/replay/held_routes.h"
#include "tests/lab/replay/options.h"

namespace tern::replay {
namespace {

IpAddress address(const char* text) { return IpAddress::parse(text).value(); }
Nlri nlri(const char* text) { return unicast(Prefix::parse(text).value()); }

std::vector<std::byte> keepalives(std::size_t count) {
  std::vector<std::byte> bytes;
  while (count-- > 0) wire::encode_keepalive(bytes);
  return bytes;
}

TEST(WholeMessages, EndWhereAMessageEnds) {
  const auto bytes = keepalives(10);  // 19 octets each
  EXPECT_EQ(whole_messages(bytes, 1000).size(), 190U);
  EXPECT_EQ(whole_messages(bytes, 190).size(), 190U);
  EXPECT_EQ(whole_messages(bytes, 189).size(), 171U);
  EXPECT_EQ(whole_messages(bytes, 1).size(), 19U) << "one message at least";
  EXPECT_TRUE(whole_messages({}, 100).empty());
}

TEST(Feed, FamiliesAreThoseThatHaveSomethingToSay) {
  Feed feed;
  feed.local = address("10.0.1.1");
  FeedWriter writer(feed, false);
  PathAttributes attributes;
  attributes.next_hop.global = address("2001:db8::1");
  writer.announce(attributes, std::vector{nlri("2001:db8:1::/48")});
  EXPECT_EQ(feed.families(), FamilySet{Family::Ipv6Unicast});
  EXPECT_EQ(feed.announced[index(Family::Ipv6Unicast)], 1U);
  writer.end_table();
  EXPECT_TRUE(feed.families().contains(Family::Ipv4Unicast)) << "End-of-RIB";
}

TEST(Feed, WhatNoUpdateCanSayIsCounted) {
  Feed feed;
  PathAttributes attributes;
  attributes.next_hop.global = address("192.0.2.1");
  FeedWriter(feed, false).announce(attributes, std::vector{nlri("2001:db8:1::/48")});
  EXPECT_EQ(feed.dropped, 1U);
  EXPECT_TRUE(feed.messages[index(Family::Ipv6Unicast)].empty());
}

TEST(HeldRoutes, CountsWhatIsThere) {
  HeldRoutes held;
  wire::UpdateMessage update;
  update.announced = {nlri("203.0.113.0/24"), nlri("198.51.100.0/24")};
  held.take(update);
  held.take(update);
  EXPECT_EQ(held.size(Family::Ipv4Unicast), 2U);
  EXPECT_EQ(held.announced(), 4U);
  update.announced.clear();
  update.withdrawn = {nlri("203.0.113.0/24")};
  held.take(update);
  EXPECT_EQ(held.size(Family::Ipv4Unicast), 1U);
  update.withdrawn.clear();
  update.announced = {nlri("198.51.100.0/24")};
  update.treatment = wire::Treatment::TreatAsWithdraw;
  held.take(update);
  EXPECT_EQ(held.size(Family::Ipv4Unicast), 0U);
  EXPECT_EQ(held.updates(), 4U);
}

TEST(HeldRoutes, KeepsWhatWasSaidLastOfEachPrefix) {
  HeldRoutes held(true);
  wire::UpdateMessage update;
  update.announced = {nlri("203.0.113.0/24"), nlri("198.51.100.0/24")};
  update.attributes.origin = Origin::Igp;
  update.attributes.as_path = AsPath({{AsSegment::Type::Sequence, {65001, 65002}}});
  update.attributes.next_hop.global = address("192.0.2.1");
  held.take(update);
  update.announced.pop_back();
  update.attributes.med = 5;
  update.attributes.communities = {Community::of(65001, 7)};
  update.attributes.large_communities = {{65001, 1, 2}};
  update.attributes.atomic_aggregate = true;
  update.mp_reach.prefixes = {nlri("2001:db8::/32")};
  update.mp_reach.next_hop.global = address("2001:db8::1");
  held.take(update);
  std::ostringstream out;
  held.write(out);
  EXPECT_EQ(out.str(),
            "198.51.100.0/24 192.0.2.1 igp - - - 65001 65002\n"
            "203.0.113.0/24 192.0.2.1 igp 5 65001:7,65001:1:2 atomic-aggregate 65001 65002\n"
            "2001:db8::/32 2001:db8::1 igp 5 65001:7,65001:1:2 atomic-aggregate 65001 65002\n");
}

TEST(HeldRoutes, WritesTheValuesOfAllAttributes) {
  HeldRoutes held(true);
  wire::UpdateMessage update;
  update.announced = {nlri("203.0.113.0/24")};
  update.attributes.as_path = AsPath::sequence({65001});
  update.attributes.next_hop.global = address("192.0.2.1");
  update.attributes.local_pref = 200;
  update.attributes.aggregator = {65002, address("10.0.0.2")};
  update.attributes.originator_id = address("10.0.0.3");
  update.attributes.cluster_list = {0x0A000004, 0x0A000005};
  update.attributes.aigp = 6;
  update.attributes.only_to_customer = 65007;
  update.attributes.unknown = {{0xE0, 99, {std::byte{0x0F}, std::byte{0xA0}}}};
  held.take(update);
  std::ostringstream out;
  held.write(out);
  EXPECT_EQ(out.str(),
            "203.0.113.0/24 192.0.2.1 incomplete - - local-pref:200,aggregator:65002:10.0.0.2,"
            "originator-id:10.0.0.3,cluster-list:10.0.0.4:10.0.0.5,aigp:6,only-to-customer:65007,"
            "type:99:0fa0 65001\n");
}

TEST(AddressAfter, CountsUp) {
  EXPECT_EQ(address_after(address("10.0.1.254"), 3), address("10.0.2.1"));
  EXPECT_EQ(address_after(address("2001:db8::ffff"), 1), address("2001:db8::1:0"));
  EXPECT_EQ(address_after(address("10.0.0.1"), 0), address("10.0.0.1"));
}

Result<Options, std::string> parse(std::vector<std::string> words) {
  words.insert(words.begin(), "tern-replay");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  optind = 0;  // getopt begins anew
  return parse_options(static_cast<int>(words.size()), argv.data());
}

TEST(Options, OfTheDemo) {
  const auto options = parse({"--local", "127.1.0.10", "--asn", "65010", "--peer", "127.1.0.1:1790",
                              "--routes", "routes.txt"});
  ASSERT_TRUE(options.ok()) << options.error();
  EXPECT_EQ(options->local, address("127.1.0.10"));
  EXPECT_EQ(options->asn, 65010U);
  ASSERT_EQ(options->peers.size(), 1U);
  EXPECT_EQ(options->peers[0], (session::Endpoint{address("127.1.0.1"), 1790}));
  EXPECT_EQ(options->routes, "routes.txt");
  EXPECT_FALSE(options->dump);
}

TEST(Options, OfADump) {
  const auto options = parse({"--mrt", "rib.xz", "--mrt-peers", "all", "--local-base", "10.0.1.1",
                              "--peer", "10.0.0.1:179", "--peer", "[2001:db8::1]:179",
                              "--next-hop-self", "--every", "2", "--identifier", "10.0.9.9"});
  ASSERT_TRUE(options.ok()) << options.error();
  EXPECT_EQ(options->peers.size(), 2U);
  ASSERT_TRUE(options->dump);
  EXPECT_FALSE(options->dump->peer);
  EXPECT_EQ(options->identifiers, std::vector{0x0A000909U});
  EXPECT_TRUE(options->dump->next_hop_self);
  EXPECT_EQ(options->dump->every, 2U);
  EXPECT_EQ(options->dump->local, address("10.0.1.1"));
}

TEST(Options, OfControlCommunities) {
  const auto options = parse({"--mrt", "rib.xz", "--mrt-peers", "all", "--local-base", "10.0.1.1",
                              "--peer", "10.0.0.1:179", "--control-for", "65000", "--control-seed",
                              "7", "--control-every", "3", "--sink", "--held", "folder"});
  ASSERT_TRUE(options.ok()) << options.error();
  ASSERT_TRUE(options->dump);
  EXPECT_EQ(options->dump->control.route_server, 65000U);
  EXPECT_EQ(options->dump->control.seed, 7U);
  EXPECT_EQ(options->dump->control.every, 3U);
  EXPECT_EQ(options->held, "folder");
}

TEST(Options, WhatDoesNotGoTogether) {
  const std::vector<std::vector<std::string>> refused{
      {},
      {"--local", "10.0.0.1", "--asn", "1"},
      {"--local", "10.0.0.1", "--peer", "10.0.0.2:179"},
      {"--local", "here", "--asn", "1", "--peer", "10.0.0.2:179"},
      {"--local", "10.0.0.1", "--asn", "1", "--peer", "10.0.0.2"},
      {"--local", "10.0.0.1", "--asn", "0", "--peer", "10.0.0.2:179"},
      {"--local", "10.0.0.1", "--asn", "1", "--peer", "10.0.0.2:179", "more"},
      {"--local", "10.0.0.1", "--asn", "1", "--peer", "10.0.0.2:179", "--identifier", "::1"},

      {"--local", "10.0.0.1", "--asn", "1", "--peer", "10.0.0.2:179", "--hold-time", "2"},
      {"--local", "10.0.0.1", "--mrt", "f", "--peer", "10.0.0.2:179"},
      {"--local", "10.0.0.1", "--mrt", "f", "--mrt-peers", "some", "--peer", "10.0.0.2:179"},
      {"--local", "10.0.0.1", "--asn", "1", "--updates", "f", "--peer", "10.0.0.2:179"},
      {"--local", "10.0.0.1", "--asn", "1", "--held", "f", "--peer", "10.0.0.2:179"},
      {"--local", "10.0.0.1", "--asn", "1", "--control-for", "2", "--peer", "10.0.0.2:179"},
      {"--local", "10.0.0.1", "--mrt", "f", "--mrt-peers", "all", "--control-for", "65536",
       "--peer", "10.0.0.2:179"}};
  for (const auto& words : refused) EXPECT_FALSE(parse(words).ok()) << words.size();
}

}  // namespace
}  // namespace tern::replay
