#include "tests/bench/load/update_counter.h"

#include <gtest/gtest.h>

#include "tests/bench/load/messages.h"

namespace tern::load {
namespace {

constexpr Prefix kV4{0x0A0100, 16, false};      // 10.1.0.0/16
constexpr Prefix kLongV4{0x0A0101, 24, false};  // 10.1.1.0/24
constexpr Prefix kV6{0x00AB00, 16, true};       // 2a10:0:ab00::/40
constexpr std::size_t kPadding = 8;             // readable behind a body

Attributes attributes() {
  Attributes made;
  made.as_path = {60'001, 3356};
  made.next_hop = 0x0A010001;
  return made;
}

// The body of one UPDATE in a buffer with room behind it.
bool count(Octets message, const Watch& watch, Received& received) {
  const std::size_t length = message.size() - kHeader;
  message.resize(message.size() + kPadding);
  return count_update(message.data() + kHeader, length, watch, received);
}
Octets announcement(const Attributes& of, std::vector<Prefix> prefixes) {
  Octets out;
  (void)append_update(of, prefixes, out);
  return out;
}
// A withdrawal of these octets of NLRI, with a header that nobody reads.
Octets withdrawal(const Octets& nlri) {
  Octets out(kHeader);
  out.push_back(0);
  out.push_back(static_cast<std::uint8_t>(nlri.size()));
  out.insert(out.end(), nlri.begin(), nlri.end());
  out.insert(out.end(), 2, 0);
  return out;
}

TEST(UpdateCounter, ReceivedPrefixesAreHeldUntilTheyAreWithdrawn) {
  Received received;
  EXPECT_TRUE(count(announcement(attributes(), {kV4, kLongV4}), {}, received));
  EXPECT_TRUE(count(announcement(attributes(), {kV4}), {}, received));
  EXPECT_EQ(received.updates, 2U);
  EXPECT_EQ(received.announced, 3U);
  EXPECT_EQ(received.held.size(), 2U);
  EXPECT_TRUE(count(withdrawal({16, 10, 1}), {}, received));
  EXPECT_EQ(received.held.size(), 1U);
  EXPECT_TRUE(received.held.contains(kLongV4.slot()));
  EXPECT_EQ(received.foreign, 0U);
}

TEST(UpdateCounter, Ipv6ComesInAttributes) {
  Watch watch;
  watch.ipv6 = true;
  Received received;
  EXPECT_TRUE(count(announcement(attributes(), {kV6}), watch, received));
  EXPECT_TRUE(received.held.contains(kV6.slot()));
  // Nothing withdrawn, 13 octets of attributes: MP_UNREACH_NLRI of 9 octets, 2a10:0:ab00::/40.
  Octets gone(kHeader + 2);
  for (const unsigned octet :
       {0U, 13U, 0x90U, 15U, 0U, 9U, 0U, 2U, 1U, 40U, 0x2AU, 0x10U, 0U, 0U, 0xABU}) {
    gone.push_back(static_cast<std::uint8_t>(octet));
  }
  EXPECT_TRUE(count(gone, watch, received));
  EXPECT_EQ(received.held.size(), 0U);
}

TEST(UpdateCounter, MarkedIsWhatCarriesAllCommunities) {
  Watch watch;
  watch.communities = {1, 2};
  Received received;
  Attributes marked = attributes();
  marked.communities = {2, 7, 1};
  EXPECT_TRUE(count(announcement(marked, {kV4, kLongV4}), watch, received));
  EXPECT_EQ(received.marked.size(), 2U);
  marked.communities = {2};
  EXPECT_TRUE(count(announcement(marked, {kV4}), watch, received));
  EXPECT_EQ(received.marked.size(), 1U);
  EXPECT_EQ(received.held.size(), 2U);
  EXPECT_TRUE(count(withdrawal({24, 10, 1, 1}), watch, received));
  EXPECT_EQ(received.marked.size(), 0U);
}

TEST(UpdateCounter, StampsAreMedsFromTheFirstStampOn) {
  Watch watch;
  watch.stamps = true;
  Received received;
  Attributes stamped = attributes();
  stamped.med = kFirstStamp - 1;
  EXPECT_TRUE(count(announcement(stamped, {kV4}), watch, received));
  stamped.med = kFirstStamp + 5;
  EXPECT_TRUE(count(announcement(stamped, {kV4}), watch, received));
  EXPECT_EQ(received.stamps, std::vector<std::uint32_t>{kFirstStamp + 5});
}

TEST(UpdateCounter, APrefixThatNoTableCanHaveIsForeign) {
  Received received;
  Octets message = announcement(attributes(), {kV4});
  message.insert(message.end(), {25, 10, 1, 1, 0});  // NLRI is last: one more
  EXPECT_TRUE(count(message, {}, received));
  EXPECT_EQ(received.foreign, 1U);
  EXPECT_EQ(received.announced, 1U);
  EXPECT_EQ(received.held.size(), 1U);
}

TEST(UpdateCounter, MalformedUpdatesAreSaidToBe) {
  Received received;
  EXPECT_FALSE(count(Octets(kHeader + 3), {}, received)) << "too short";
  Octets message = announcement(attributes(), {kLongV4});
  message.pop_back();
  EXPECT_FALSE(count(message, {}, received)) << "ends within a prefix";
  Octets long_withdrawn = withdrawal({16, 10, 1});
  long_withdrawn[kHeader + 1] = 200;
  EXPECT_FALSE(count(long_withdrawn, {}, received)) << "withdrawn routes longer than the message";
}

}  // namespace
}  // namespace tern::load
