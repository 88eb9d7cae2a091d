#include "bgpd/wire/open.h"

#include <gtest/gtest.h>

#include "bgpd/wire/framer.h"
#include "tests/unit/wire/bytes.h"

namespace tern::wire {
namespace {

constexpr AfiSafi kV4{kAfiIpv4, kSafiUnicast};
constexpr AfiSafi kV6{kAfiIpv6, kSafiUnicast};

// version 4, AS 65001, hold time 90, identifier 192.0.2.1
Buffer open_body(const Buffer& parameters) {
  return join({hex("04 fde9 005a c0000201"), repeat(1, static_cast<unsigned>(parameters.size())),
               parameters});
}

Buffer capabilities_parameter(const Buffer& capabilities) {
  return join({hex("02"), repeat(1, static_cast<unsigned>(capabilities.size())), capabilities});
}

OpenMessage open_with(const Capabilities& capabilities) {
  return {4, 65001, 90, 0xC0000201, capabilities};
}

Result<OpenMessage, Notification> decode_with(const char* capabilities) {
  return decode_open(open_body(capabilities_parameter(hex(capabilities))));
}

struct Pair {
  const char* name;
  const char* capability;  // hex
  Capabilities capabilities;
};

std::vector<Pair> pairs() {
  std::vector<Pair> rows;
  const auto row = [&](const char* name, const char* bytes, auto&& fill) {
    Capabilities capabilities;
    fill(capabilities);
    rows.push_back({name, bytes, capabilities});
  };
  row("multiprotocol", "01 04 0001 00 01 01 04 0002 00 01", [](Capabilities& c) {
    c.families = {kV4, kV6};
  });
  row("route refresh", "02 00", [](Capabilities& c) { c.route_refresh = true; });
  row("extended next hop", "05 06 0001 0001 0002", [](Capabilities& c) {
    c.extended_next_hops = {{kV4, kAfiIpv6}};
  });
  row("extended message", "06 00", [](Capabilities& c) { c.extended_message = true; });
  row("role", "09 01 03", [](Capabilities& c) { c.role = Role::Customer; });
  row("role nobody assigned", "09 01 63", [](Capabilities& c) { c.role = static_cast<Role>(99); });
  row("graceful restart", "40 0a c078 0001 01 80 0002 01 00", [](Capabilities& c) {
    c.graceful_restart = GracefulRestart{true, true, 120, {{kV4, true}, {kV6, false}}};
  });
  row("four-octet AS", "41 04 fffffff0", [](Capabilities& c) { c.four_octet_as = 0xFFFFFFF0; });
  row("add-path", "45 08 0001 01 03 0002 01 01", [](Capabilities& c) {
    c.add_paths = {{kV4, AddPathMode::Both}, {kV6, AddPathMode::Receive}};
  });
  row("enhanced route refresh", "46 00", [](Capabilities& c) { c.enhanced_route_refresh = true; });
  row("long-lived graceful restart", "47 07 0001 01 80 015180", [](Capabilities& c) {
    c.long_lived_graceful_restart = LongLivedGracefulRestart{{{kV4, true, 86400}}};
  });
  row("fqdn", "49 0b 02 7231 07 6578616d706c65", [](Capabilities& c) {
    c.fqdn = Fqdn{"r1", "example"};
  });
  row("unknown", "80 02 beef", [](Capabilities& c) { c.unknown = {{0x80, hex("beef")}}; });
  return rows;
}

TEST(Open, BytesAndMessage) {
  for (const Pair& pair : pairs()) {
    SCOPED_TRACE(pair.name);
    const Buffer body = open_body(capabilities_parameter(hex(pair.capability)));
    const auto decoded = decode_open(body);
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(*decoded, open_with(pair.capabilities));
    Buffer out;
    encode_open(open_with(pair.capabilities), out);
    EXPECT_EQ(to_hex(out), to_hex(message(1, body)));
  }
}

TEST(Open, WithoutParameters) {
  const auto decoded = decode_open(open_body({}));
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(*decoded, open_with({}));
  EXPECT_EQ(decoded->asn(), 65001U);
  Buffer out;
  encode_open(*decoded, out);
  EXPECT_EQ(out.size(), 29U);
}

TEST(Open, TheFourOctetCapabilityIsTheAs) {
  EXPECT_EQ(decode_with("41 04 00010001")->asn(), 65537U);
}

TEST(Open, EachCapabilityInAParameterOfItsOwn) {
  const auto decoded = decode_open(open_body(
      join({capabilities_parameter(hex("01 04 0001 00 01")), capabilities_parameter(hex("02 00")),
            capabilities_parameter(hex("01 04 0002 00 01"))})));
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->capabilities.families, (std::vector{kV4, kV6}));
  EXPECT_TRUE(decoded->capabilities.route_refresh);
}

TEST(Open, RepeatsAreMerged) {
  const auto families = decode_with("01 04 0001 00 01 01 04 0001 00 01");
  EXPECT_EQ(families->capabilities.families, std::vector{kV4});

  const auto add_path = decode_with("45 04 0001 01 01 45 08 0002 01 02 0001 01 03");
  EXPECT_EQ(add_path->capabilities.add_paths,
            (std::vector<AddPath>{{kV4, AddPathMode::Both}, {kV6, AddPathMode::Send}}));

  const auto restart = decode_with("40 02 0078 40 06 00b4 0001 01 80");  // RFC 4724: the last
  EXPECT_EQ(restart->capabilities.graceful_restart,
            (GracefulRestart{false, false, 180, {{kV4, true}}}));

  const auto unknown = decode_with("80 01 aa 80 01 aa 80 01 bb");
  EXPECT_EQ(unknown->capabilities.unknown.size(), 2U);
}

TEST(Open, RolesThatContradict) {  // RFC 9234 section 4.2
  const auto same = decode_with("09 01 00 09 01 00");
  EXPECT_FALSE(same->capabilities.role_conflict);
  const auto different = decode_with("09 01 00 09 01 03");
  EXPECT_EQ(different->capabilities.role, Role::Provider);
  EXPECT_TRUE(different->capabilities.role_conflict);
}

TEST(Open, ExtendedParameters) {  // RFC 9072
  const Buffer capability = hex("02 04 01 04 0002 00 01");
  const Buffer plain = hex("04 fde9 005a c0000201");
  for (const char* length : {"ff", "0b", "01"}) {  // "MUST be ignored", but for zero
    const auto decoded =
        decode_open(join({plain, hex(length), hex("ff 0009"), hex("02 0006 01 04 0002 00 01")}));
    ASSERT_TRUE(decoded.ok()) << length;
    EXPECT_EQ(decoded->capabilities.families, std::vector{kV6});
  }
}

TEST(Open, ExtendedFormOnlyPast255) {
  OpenMessage open = open_with({});
  open.capabilities.unknown = {{200, repeat(249, 1)}};  // 2 + 2 + 249 octets
  Buffer out;
  encode_open(open, out);
  EXPECT_EQ(to_hex(std::span(out).subspan(28, 2)), "fd02");
  open.capabilities.unknown = {{200, repeat(251, 1)}};
  out.clear();
  encode_open(open, out);
  EXPECT_EQ(to_hex(std::span(out).subspan(28, 2)), "ff02") << "255 octets in the plain form";
  EXPECT_EQ(*decode_open(body_of(out)), open);
  open.capabilities.unknown = {{200, repeat(252, 1)}};
  out.clear();
  encode_open(open, out);
  EXPECT_EQ(to_hex(std::span(out).subspan(28, 7)),
            "ffff0101"
            "0200fe");
  EXPECT_EQ(*decode_open(body_of(out)), open);
}

TEST(Open, LongListsAreSpreadOverSeveralCapabilities) {
  OpenMessage open = open_with({});
  for (std::uint16_t afi = 1; afi <= 100; ++afi) {
    open.capabilities.add_paths.push_back({{afi, 1}, AddPathMode::Both});
    open.capabilities.extended_next_hops.push_back({{afi, 1}, 2});
  }
  Buffer out;
  encode_open(open, out);
  const auto decoded = decode_open(body_of(out));
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(*decoded, open);
}

TEST(Open, AddPathWithAnUndefinedModeIsNotUnderstood) {  // RFC 7911 section 4
  const auto decoded = decode_with("45 08 0001 01 03 0002 01 04");
  ASSERT_TRUE(decoded.ok());
  EXPECT_TRUE(decoded->capabilities.add_paths.empty());
  EXPECT_EQ(decoded->capabilities.unknown.size(), 1U);
}

TEST(Open, HostNamesArePrintable) {
  EXPECT_EQ(decode_with("49 05 03 61 1b 62 00")->capabilities.fqdn, (Fqdn{"a?b", ""}));
  const auto malformed = decode_with("49 02 09 61");
  ASSERT_TRUE(malformed.ok()) << "a name is no reason to refuse a session";
  EXPECT_FALSE(malformed->capabilities.fqdn);
}

struct FaultRow {
  const char* name;
  Buffer body;
  Notification expected;
};

Notification open_error_of(std::uint8_t subcode, std::string_view data = "") {
  return {ErrorCode::OpenMessage, subcode, hex(data)};
}

TEST(Open, Faults) {  // RFC 4271 section 6.2
  using namespace open_error;
  const auto capability = [](const char* bytes) {
    return open_body(capabilities_parameter(hex(bytes)));
  };
  const std::vector<FaultRow> rows{
      {"version 3", hex("03 fde9 005a c0000201 00"), open_error_of(kUnsupportedVersion, "0004")},
      {"version 5", hex("05 fde9 005a c0000201 00"), open_error_of(kUnsupportedVersion, "0004")},
      {"cut in the fixed part",
       hex("04 fde9 005a c00002"),
       {ErrorCode::MessageHeader, header_error::kBadLength, hex("001b")}},
      {"parameters past the end", hex("04 fde9 005a c0000201 05 02 00"),
       open_error_of(kUnspecific)},
      {"octets after the parameters", hex("04 fde9 005a c0000201 00 02 00"),
       open_error_of(kUnspecific)},
      {"extended length past the end", hex("04 fde9 005a c0000201 ff ff 0100 02 0000"),
       open_error_of(kUnspecific)},
      {"extended length cut off", hex("04 fde9 005a c0000201 ff ff 00"),
       open_error_of(kUnspecific)},
      {"a parameter past the others", hex("04 fde9 005a c0000201 03 02 05 01"),
       open_error_of(kUnspecific)},
      {"authentication, deprecated", hex("04 fde9 005a c0000201 03 01 01 00"),
       open_error_of(kUnsupportedParameter)},
      {"a capability past its parameter", capability("01 05 0001 00 01"),
       open_error_of(kUnspecific)},
      {"a capability without length", capability("01"), open_error_of(kUnspecific)},
      {"multiprotocol of 3 octets", capability("01 03 0001 00"), open_error_of(kUnspecific)},
      {"route refresh with a value", capability("02 01 00"), open_error_of(kUnspecific)},
      {"extended next hop of 5 octets", capability("05 05 0001 0001 00"),
       open_error_of(kUnspecific)},
      {"role of 2 octets", capability("09 02 0001"), open_error_of(kUnspecific)},
      {"graceful restart of 3 octets", capability("40 03 0078 00"), open_error_of(kUnspecific)},
      {"four-octet AS of 2 octets", capability("41 02 0001"), open_error_of(kUnspecific)},
      {"add-path of 3 octets", capability("45 03 0001 01"), open_error_of(kUnspecific)},
      {"long-lived restart of 6 octets", capability("47 06 0001 01 80 0151"),
       open_error_of(kUnspecific)},
  };
  for (const FaultRow& row : rows) {
    SCOPED_TRACE(row.name);
    const auto decoded = decode_open(row.body);
    ASSERT_FALSE(decoded.ok());
    EXPECT_EQ(decoded.error(), row.expected);
  }
}

}  // namespace
}  // namespace tern::wire
