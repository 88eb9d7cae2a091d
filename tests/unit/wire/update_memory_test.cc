// A session decodes every UPDATE into one UpdateMessage, which keeps the memory of its lists.
#include <gtest/gtest.h>

#include "bgpd/wire/update.h"
#include "tests/unit/wire/bytes.h"

namespace tern::wire {
namespace {

std::vector<const void*> memory_of(const UpdateMessage& update) {
  const PathAttributes& set = update.attributes;
  return {update.announced.data(),       update.withdrawn.data(),
          set.as_path.segments().data(), set.as_path.segments().at(0).asns.data(),
          set.communities.data(),        set.extended_communities.data(),
          set.large_communities.data(),  set.cluster_list.data()};
}

TEST(UpdateMemory, DecodingAgainAllocatesNothing) {
  const Buffer attributes =
      join({hex("400101 00"), hex("40020e 0203 0000fde9 00030d40 0000fdea"), hex("400304 c0000201"),
            hex("800404 00000064"), hex("c00808 fde90064 00010001"), hex("800a04 0a000001"),
            hex("c01008 0002fde900000064"),
            hex("c02018 0000fde9 00000001 00000002 0000fde9 00000001 00000001")});
  const Buffer body = update_body(hex("087f"), attributes, hex("18cb0071 18cb0072"));
  UpdateContext context;
  context.ibgp = true;
  UpdateMessage update;
  ASSERT_FALSE(decode_update(body, context, update));
  const auto before = memory_of(update);
  for (int i = 0; i < 10; ++i) {
    ASSERT_FALSE(decode_update(body, context, update));
    ASSERT_EQ(update.announced.size(), 2U);
    EXPECT_EQ(memory_of(update), before);
  }
}

}  // namespace
}  // namespace tern::wire
