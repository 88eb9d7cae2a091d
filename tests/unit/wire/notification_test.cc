#include "bgpd/wire/notification.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>

#include "tests/unit/wire/bytes.h"

namespace tern::wire {
namespace {

struct Pair {
  const char* name;
  const char* body;  // hex
  Notification notification;
  std::string text;
};

const std::vector<Pair>& pairs() {
  static const std::vector<Pair> kPairs{
      {"bad length",
       "0102 0012",
       {ErrorCode::MessageHeader, 2, hex("0012")},
       "Message Header Error/Bad Message Length"},
      {"version",
       "0201 0004",
       {ErrorCode::OpenMessage, 1, hex("0004")},
       "OPEN Message Error/Unsupported Version Number"},
      {"role", "020b", {ErrorCode::OpenMessage, 11, {}}, "OPEN Message Error/Role Mismatch"},
      {"as path",
       "030b",
       {ErrorCode::UpdateMessage, 11, {}},
       "UPDATE Message Error/Malformed AS_PATH"},
      {"hold timer", "0400", {ErrorCode::HoldTimerExpired, 0, {}}, "Hold Timer Expired"},
      {"fsm",
       "0503",
       {ErrorCode::FiniteStateMachine, 3, {}},
       "Finite State Machine Error/Unexpected Message in Established"},
      {"max prefixes",
       "0601 0001 01 00000064",
       {ErrorCode::Cease, 1, hex("0001 01 00000064")},
       "Cease/Maximum Number of Prefixes Reached"},
      {"refresh",
       "0701 ffff",
       {ErrorCode::RouteRefreshMessage, 1, hex("ffff")},
       "ROUTE-REFRESH Message Error/Invalid Message Length"},
      {"send hold timer",
       "0800",
       {ErrorCode::SendHoldTimerExpired, 0, {}},
       "Send Hold Timer Expired"},
      {"unknown subcode", "0663", {ErrorCode::Cease, 99, {}}, "Cease/99"},
      {"unknown code", "c805", {static_cast<ErrorCode>(200), 5, {}}, "200/5"},
  };
  return kPairs;
}

TEST(Notification, BytesAndMessage) {
  for (const Pair& pair : pairs()) {
    SCOPED_TRACE(pair.name);
    EXPECT_EQ(decode_notification(hex(pair.body)), pair.notification);
    Buffer out;
    encode_notification(pair.notification, out);
    EXPECT_EQ(to_hex(out), to_hex(message(3, hex(pair.body))));
    EXPECT_EQ(pair.notification.to_string(), pair.text);
  }
}

TEST(Notification, WhatIsMissingIsZero) {
  EXPECT_EQ(decode_notification({}), (Notification{static_cast<ErrorCode>(0), 0, {}}));
  EXPECT_EQ(decode_notification(hex("06")), (Notification{ErrorCode::Cease, 0, {}}));
}

TEST(Notification, IsNeverLongerThanAnyPeerTakes) {
  Buffer out;
  encode_notification({ErrorCode::UpdateMessage, 9, repeat(10000, 7)}, out);
  EXPECT_EQ(out.size(), 4096U);
  EXPECT_EQ(to_hex(std::span(out).subspan(16, 3)), "100003");
}

TEST(ShutdownCommunication, GoesBothWays) {
  const auto sent = Notification::administrative(cease::kAdministrativeShutdown, "back at 4");
  Buffer out;
  encode_notification(sent, out);
  EXPECT_EQ(to_hex(body_of(out)),
            "0602"
            "09"
            "6261636b2061742034");
  EXPECT_EQ(decode_notification(body_of(out)).shutdown_text(), "back at 4");
}

// What a stranger can send makes some fifty series, not 65536.
TEST(Notification, NumbersForMetricsAreBounded) {
  std::set<std::pair<int, int>> numbers;
  std::set<std::string> texts;
  for (int code = 0; code < 256; ++code) {
    for (int subcode = 0; subcode < 256; ++subcode) {
      const Notification sent{static_cast<ErrorCode>(code), static_cast<std::uint8_t>(subcode), {}};
      const auto bounded = sent.bounded_numbers();
      numbers.insert({bounded.code, bounded.subcode});
      texts.insert(sent.bounded_text());
    }
  }
  EXPECT_EQ(numbers.size(), 51U);
  EXPECT_LE(texts.size(), numbers.size());
  const Notification shutdown{ErrorCode::Cease, cease::kAdministrativeShutdown, {}};
  EXPECT_EQ(shutdown.bounded_numbers().subcode, cease::kAdministrativeShutdown);
  EXPECT_EQ(shutdown.bounded_text(), "Cease/Administrative Shutdown");
  const Notification hold{ErrorCode::HoldTimerExpired, 0, {}};
  EXPECT_EQ(hold.bounded_numbers().subcode, 0);
  const Notification odd{ErrorCode::Cease, 77, {}};
  EXPECT_EQ(odd.bounded_text(), "Cease/other");
}

TEST(ShutdownCommunication, IsCutBetweenCharacters) {
  std::string text(254, 'x');
  text += "\u00fc and more";
  const auto sent = Notification::administrative(cease::kAdministrativeReset, text);
  EXPECT_EQ(sent.data.size(), 255U);
  EXPECT_EQ(sent.shutdown_text(), std::string(254, 'x'));
}

TEST(ShutdownCommunication, AbsentOrOfAnotherSubcode) {
  EXPECT_EQ(Notification::administrative(2, "").data.size(), 0U);
  EXPECT_FALSE(Notification::administrative(2, "").shutdown_text());
  const Notification zero{ErrorCode::Cease, 2, hex("00")};
  EXPECT_FALSE(zero.shutdown_text());
  const Notification other{ErrorCode::Cease, cease::kMaxPrefixes, hex("02 6869")};
  EXPECT_FALSE(other.shutdown_text());
}

TEST(ShutdownCommunication, OfAPeerIsMadePrintable) {
  const Notification hostile{ErrorCode::Cease, 2, hex("04 1b 5b ff 41")};
  EXPECT_EQ(hostile.shutdown_text(), "?[?A");
  const Notification too_long{ErrorCode::Cease, 4, hex("ff 6869")};
  EXPECT_EQ(too_long.shutdown_text(), "hi");
}

TEST(ShutdownCommunication, InsideAHardReset) {  // RFC 8538 section 3
  const Notification hard{ErrorCode::Cease, cease::kHardReset, hex("0602 02 6869")};
  EXPECT_EQ(hard.shutdown_text(), "hi");
  EXPECT_EQ(hard.to_string(), "Cease/Hard Reset");
}

}  // namespace
}  // namespace tern::wire
