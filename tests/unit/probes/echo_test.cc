#include "bgpd/probes/echo.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <vector>

namespace tern::probes {
namespace {

std::vector<std::byte> octets(std::initializer_list<int> values) {
  std::vector<std::byte> made;
  for (const int value : values) made.push_back(static_cast<std::byte>(value));
  return made;
}

const std::vector<std::byte> kReply =
    octets({0, 0, 0x12, 0x34, 0xaa, 0xbb, 1, 2, 1, 2, 3, 4, 5, 6, 7, 8});

TEST(Echo, ARequestHasTypeSequenceAndToken) {
  const auto v4 = echo_request(IpVersion::V4, {0x0102, 0x0102030405060708});
  EXPECT_EQ((std::vector<std::byte>(v4.begin(), v4.end())),
            octets({8, 0, 0, 0, 0, 0, 1, 2, 1, 2, 3, 4, 5, 6, 7, 8}));
  const auto v6 = echo_request(IpVersion::V6, {0x0102, 0});
  EXPECT_EQ((std::vector<std::byte>(v6.begin(), v6.end())),
            octets({128, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0}));
}

TEST(Echo, AReplyAnswersASequenceAndAToken) {
  const Echo expected{0x0102, 0x0102030405060708};
  EXPECT_EQ(parse_echo_reply(IpVersion::V4, kReply), expected);
  auto v6 = kReply;
  v6[0] = std::byte{129};
  EXPECT_EQ(parse_echo_reply(IpVersion::V6, v6), expected);
  EXPECT_EQ(parse_echo_reply(IpVersion::V4, v6), std::nullopt);
}

TEST(Echo, OtherMessagesAreNoReplies) {
  for (std::size_t size = 0; size < kReply.size(); ++size) {
    EXPECT_EQ(parse_echo_reply(IpVersion::V4, std::span(kReply).first(size)), std::nullopt) << size;
  }
  auto longer = kReply;
  longer.push_back(std::byte{0});
  EXPECT_EQ(parse_echo_reply(IpVersion::V4, longer), std::nullopt);
  for (const int type : {3, 8, 11, 128}) {
    auto other = kReply;
    other[0] = static_cast<std::byte>(type);
    EXPECT_EQ(parse_echo_reply(IpVersion::V4, other), std::nullopt) << type;
  }
  auto code = kReply;
  code[1] = std::byte{1};
  EXPECT_EQ(parse_echo_reply(IpVersion::V4, code), std::nullopt);
}

}  // namespace
}  // namespace tern::probes
