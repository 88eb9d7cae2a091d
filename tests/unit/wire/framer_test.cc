#include "bgpd/wire/framer.h"

#include <gtest/gtest.h>

#include "tests/unit/wire/bytes.h"

namespace tern::wire {
namespace {

Buffer header(unsigned length, unsigned type) {
  Buffer bytes = repeat(16, 0xFF);
  Writer writer(bytes);
  writer.u16(static_cast<std::uint16_t>(length));
  writer.u8(static_cast<std::uint8_t>(type));
  return bytes;
}

Notification header_error_of(unsigned subcode, std::string_view data) {
  return {ErrorCode::MessageHeader, static_cast<std::uint8_t>(subcode), hex(data)};
}

struct FaultRow {
  const char* name;
  Buffer bytes;
  std::size_t max_message;
  Notification expected;
};

TEST(Framer, FaultsOfTheHeader) {  // RFC 4271 section 6.1
  Buffer marker = header(19, 4);
  marker[15] = std::byte{0xFE};
  const std::vector<FaultRow> rows{
      {"marker", marker, 4096, header_error_of(1, "")},
      {"marker of a stranger, at its first octet", hex("47 45 54 20"), 4096,
       header_error_of(1, "")},
      {"shorter than a header", header(18, 4), 4096, header_error_of(2, "0012")},
      {"longer than 4096", header(4097, 2), 4096, header_error_of(2, "1001")},
      {"type 0", header(19, 0), 4096, header_error_of(3, "00")},
      {"type 6", header(19, 6), 4096, header_error_of(3, "06")},
      {"type 255", header(64, 255), 4096, header_error_of(3, "ff")},
      {"OPEN below 29", header(28, 1), 4096, header_error_of(2, "001c")},
      {"OPEN past 4096 on an extended session", header(4097, 1), 65535, header_error_of(2, "1001")},
      {"UPDATE below 23", header(22, 2), 4096, header_error_of(2, "0016")},
      {"NOTIFICATION below 21", header(20, 3), 4096, header_error_of(2, "0014")},
      {"KEEPALIVE with a body", header(20, 4), 4096, header_error_of(2, "0014")},
  };
  for (const FaultRow& row : rows) {
    SCOPED_TRACE(row.name);
    const auto result = next_message(row.bytes, row.max_message);
    ASSERT_TRUE(std::holds_alternative<Notification>(result));
    EXPECT_EQ(std::get<Notification>(result), row.expected);
  }
}

TEST(Framer, CutsAStreamOfMessages) {
  Buffer stream;
  encode_keepalive(stream);
  const Buffer refresh = message(5, hex("0001 00 01"));
  stream.insert(stream.end(), refresh.begin(), refresh.end());

  const auto first = std::get<Frame>(next_message(stream, kMaxMessage));
  EXPECT_EQ(first.type, MessageType::Keepalive);
  EXPECT_TRUE(first.body.empty());
  EXPECT_EQ(first.message.size(), kHeaderSize);
  const auto second =
      std::get<Frame>(next_message(Bytes(stream).subspan(first.message.size()), kMaxMessage));
  EXPECT_EQ(second.type, MessageType::RouteRefresh);
  EXPECT_EQ(to_hex(second.body), "00010001");
  EXPECT_EQ(second.message.data() + second.message.size(), stream.data() + stream.size());
}

TEST(Framer, WaitsForEveryMissingOctet) {
  const Buffer whole = message(2, hex("0000 0000"));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    EXPECT_TRUE(std::holds_alternative<NeedMore>(next_message(Bytes(whole).first(n), kMaxMessage)))
        << n;
  }
  EXPECT_TRUE(std::holds_alternative<Frame>(next_message(whole, kMaxMessage)));
}

TEST(Framer, LongMessagesWhereNegotiated) {  // RFC 8654
  const Buffer longest = message(2, repeat(65535 - kHeaderSize, 0));
  EXPECT_TRUE(std::holds_alternative<Frame>(next_message(longest, kMaxExtendedMessage)));
  EXPECT_TRUE(std::holds_alternative<Notification>(next_message(longest, kMaxMessage)));
  const Buffer usual = message(2, repeat(4096 - kHeaderSize, 0));
  EXPECT_TRUE(std::holds_alternative<Frame>(next_message(usual, kMaxMessage)));
}

TEST(Framer, Keepalive) {
  Buffer out;
  encode_keepalive(out);
  EXPECT_EQ(to_hex(out),
            "ffffffffffffffffffffffffffffffff"
            "0013"
            "04");
}

TEST(Framer, NamesOfTheTypes) {
  EXPECT_EQ(to_string(MessageType::Open), "OPEN");
  EXPECT_EQ(to_string(MessageType::RouteRefresh), "ROUTE-REFRESH");
}

}  // namespace
}  // namespace tern::wire
