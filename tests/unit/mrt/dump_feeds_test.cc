// Peers of a table dump become speakers.
#include "tests/lab/replay/dump_feeds.h"

#include <gtest/gtest.h>

#include "bgpd/wire/framer.h"
#include "tests/unit/mrt/records.h"
#include "tests/unit/mrt/temp_folder.h"

namespace tern::replay {
namespace {

using mrt::record;
using mrt::two_records;
using wire::Buffer;
using wire::hex;
using wire::join;

class DumpFeeds : public mrt::TempFolder {};

std::vector<Feed> expect_feeds(const DumpChoice& choice) {
  auto feeds = read_dump(choice);
  EXPECT_TRUE(feeds.ok()) << (feeds.ok() ? "" : feeds.error());
  return feeds.ok() ? std::move(*feeds) : std::vector<Feed>{};
}

// Every UPDATE of a feed's family, decoded.
std::vector<wire::UpdateMessage> updates_of(const Feed& feed, Family family) {
  std::vector<wire::UpdateMessage> updates;
  wire::Bytes rest(feed.messages[index(family)]);
  wire::UpdateContext context;
  context.families = {Family::Ipv4Unicast, Family::Ipv6Unicast};
  while (!rest.empty()) {
    const auto next = wire::next_message(rest, wire::kMaxMessage);
    const auto* frame = std::get_if<wire::Frame>(&next);
    if (frame == nullptr) {
      ADD_FAILURE() << "the feed does not hold whole messages";
      break;
    }
    updates.emplace_back();
    EXPECT_FALSE(wire::decode_update(frame->body, context, updates.back()));
    rest = rest.subspan(frame->message.size());
  }
  return updates;
}

DumpChoice choice(const std::string& path) {
  DumpChoice choice;
  choice.table = path;
  choice.local = IpAddress::parse("10.0.1.1").value();
  return choice;
}

TEST_F(DumpFeeds, APeerBecomesASpeaker) {
  const auto feeds = expect_feeds(choice(write("rib", two_records())));
  ASSERT_EQ(feeds.size(), 1U);
  EXPECT_EQ(feeds[0].asn, 65001U);
  EXPECT_EQ(feeds[0].identifier, 0x0A000001U);
  EXPECT_EQ(feeds[0].local.to_string(), "10.0.1.1");
  const auto updates = updates_of(feeds[0], Family::Ipv4Unicast);
  ASSERT_EQ(updates.size(), 2U);
  ASSERT_EQ(updates[0].announced.size(), 1U);
  EXPECT_EQ(updates[0].announced[0].prefix.to_string(), "203.0.113.0/24");
  EXPECT_EQ(updates[0].attributes.next_hop.global.to_string(), "192.0.2.1");
  EXPECT_EQ(updates[1].end_of_rib, Family::Ipv4Unicast);
}

TEST_F(DumpFeeds, NextHopSelf) {
  DumpChoice self = choice(write("rib", two_records()));
  self.next_hop_self = true;
  const auto feeds = expect_feeds(self);
  ASSERT_EQ(feeds.size(), 1U);
  EXPECT_EQ(updates_of(feeds[0], Family::Ipv4Unicast)[0].attributes.next_hop.global.to_string(),
            "10.0.1.1");
}

TEST_F(DumpFeeds, SpeakersCountUpFromTheFirstAddress) {
  const Buffer two_peers =
      hex("c6336401 0000 0002  02 0a000001 c0000201 0000fde9"
          "02 00000000 c0000202 0000fdea");
  const auto feeds = expect_feeds(choice(write("rib", record(13, 1, two_peers))));
  ASSERT_EQ(feeds.size(), 2U);
  EXPECT_EQ(feeds[1].local.to_string(), "10.0.1.2");
  EXPECT_EQ(feeds[1].asn, 65002U);
  EXPECT_EQ(feeds[1].identifier, 0x0A000102U) << "the dump has none: its own address";
}

TEST_F(DumpFeeds, APeerThatIsNotThereIsAnError) {
  DumpChoice third = choice(write("rib", two_records()));
  third.peer = 3;
  EXPECT_FALSE(read_dump(third).ok());
}

// The table, End-of-RIB, and then the news of that peer alone.
TEST_F(DumpFeeds, UpdatesFollowTheTable) {
  DumpChoice with_news = choice(write("rib", two_records()));
  const Buffer withdrawal = wire::message(2, wire::update_body(hex("18 cb0071"), {}, {}));
  const char* const of_peer = "0000fde9 0000fdea 0000 0001 c0000201 c0000202";
  const char* const of_other = "0000fdeb 0000fdea 0000 0001 c0000209 c0000202";
  with_news.updates.push_back(
      write("updates", join({record(16, 4, join({hex(of_other), withdrawal})),
                             record(16, 4, join({hex(of_peer), withdrawal}))})));
  const auto feeds = expect_feeds(with_news);
  ASSERT_EQ(feeds.size(), 1U);
  const auto updates = updates_of(feeds[0], Family::Ipv4Unicast);
  ASSERT_EQ(updates.size(), 3U);
  EXPECT_EQ(updates[1].end_of_rib, Family::Ipv4Unicast);
  ASSERT_EQ(updates[2].withdrawn.size(), 1U);
  EXPECT_EQ(updates[2].withdrawn[0].prefix.to_string(), "203.0.113.0/24");
}

}  // namespace
}  // namespace tern::replay
