#include "tests/unit/wire/conformance_data.h"

#include <gtest/gtest.h>

#include "bgpd/wire/framer.h"

namespace tern::wire {
namespace {

void expect_announced_again(const PathAttributes& attributes, const std::vector<Nlri>& prefixes,
                            const UpdateContext& context) {
  const bool add_path = context.add_path.contains(prefixes.front().family);
  Buffer stream;
  const Encoding encoding{context.four_octet_as, add_path, kMaxExtendedMessage};
  ASSERT_EQ(encode_announcements(attributes, prefixes, encoding, stream), 1U);
  UpdateMessage again;
  ASSERT_FALSE(decode_update(body_of(stream), context, again));
  EXPECT_TRUE(again.faults.empty());
  if (again.has_mp_reach) again.attributes.next_hop = again.mp_reach.next_hop;
  EXPECT_EQ(again.attributes, attributes);
  EXPECT_EQ(again.has_mp_reach ? again.mp_reach.prefixes : again.announced, prefixes);
}

}  // namespace

void expect_round_trip(const UpdateMessage& update, const UpdateContext& context) {
  if (update.treatment >= Treatment::TreatAsWithdraw) return;
  if (!update.announced.empty()) {
    expect_announced_again(update.attributes, update.announced, context);
  }
  if (!update.mp_reach.prefixes.empty()) {
    PathAttributes attributes = update.attributes;
    attributes.next_hop = update.mp_reach.next_hop;
    expect_announced_again(attributes, update.mp_reach.prefixes, context);
  }
}

}  // namespace tern::wire
