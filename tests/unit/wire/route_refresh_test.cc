#include "bgpd/wire/route_refresh.h"

#include <gtest/gtest.h>

#include "bgpd/wire/framer.h"
#include "tests/unit/wire/bytes.h"

namespace tern::wire {
namespace {

TEST(RouteRefresh, BytesAndMessage) {
  struct Pair {
    const char* body;
    RouteRefresh refresh;
  };
  const std::vector<Pair> pairs{
      {"0001 00 01", {{kAfiIpv4, kSafiUnicast}, 0}},
      {"0002 01 01", {{kAfiIpv6, kSafiUnicast}, 1}},
      {"0002 02 01", {{kAfiIpv6, kSafiUnicast}, 2}},
      {"0019 07 46", {{25, 70}, 7}},  // a subtype nobody assigned: the receiver ignores it
  };
  for (const Pair& pair : pairs) {
    const auto decoded = decode_route_refresh(hex(pair.body), true);
    ASSERT_TRUE(decoded.ok()) << pair.body;
    EXPECT_EQ(*decoded, pair.refresh);
    Buffer out;
    encode_route_refresh(pair.refresh, out);
    EXPECT_EQ(to_hex(out), to_hex(message(5, hex(pair.body))));
  }
}

TEST(RouteRefresh, WithoutTheEnhancementTheOctetIsReserved) {  // RFC 2918 section 3
  EXPECT_EQ(decode_route_refresh(hex("0001 01 01"), false)->subtype, 0);
  EXPECT_TRUE(decode_route_refresh(hex("0001 02 01 ffff"), false).ok());
}

TEST(RouteRefresh, ADemarcationHasFourOctets) {  // RFC 7313 section 5
  const Buffer body = hex("0001 01 01 00");
  const auto decoded = decode_route_refresh(body, true);
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.error(), (Notification{ErrorCode::RouteRefreshMessage,
                                           refresh_error::kInvalidLength, message(5, body)}));
}

TEST(RouteRefresh, ARequestMayCarryFilters) {  // RFC 5291
  const auto decoded = decode_route_refresh(hex("0001 00 01 01 40 0003 010203"), true);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->family, (AfiSafi{kAfiIpv4, kSafiUnicast}));
}

// The framer passes short ROUTE-REFRESH messages, so that the decoder answers as the session
// agreed.
TEST(RouteRefresh, ShortOnesPassTheFramer) {
  for (const char* body : {"", "0001 01"}) {
    const Buffer short_one = message(5, hex(body));
    const auto framed = next_message(short_one, kMaxMessage);
    ASSERT_TRUE(std::holds_alternative<Frame>(framed)) << body;
    const auto decoded = decode_route_refresh(std::get<Frame>(framed).body, true);
    ASSERT_FALSE(decoded.ok());
    EXPECT_EQ(decoded.error(), (Notification{ErrorCode::RouteRefreshMessage,
                                             refresh_error::kInvalidLength, short_one}));
  }
}

TEST(RouteRefresh, TooShort) {
  EXPECT_EQ(decode_route_refresh(hex("0001 00"), false).error(),
            (Notification{ErrorCode::MessageHeader, header_error::kBadLength, hex("0016")}));
  EXPECT_EQ(decode_route_refresh(hex("0001 00"), true).error().code,
            ErrorCode::RouteRefreshMessage);
}

}  // namespace
}  // namespace tern::wire
