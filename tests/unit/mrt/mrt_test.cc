// Records of each kind that is read, and of some that are not (RFC 6396, RFC 8050).
#include "tests/lab/replay/mrt.h"

#include <gtest/gtest.h>

#include "tests/unit/mrt/records.h"

namespace tern::mrt {
namespace {

template <typename Kind>
Kind expect_kind(const Buffer& whole) {
  auto decoded = decode(whole);
  EXPECT_TRUE(decoded.ok()) << (decoded.ok() ? "" : decoded.error().what);
  if (!decoded.ok()) return {};
  const Kind* kind = std::get_if<Kind>(&*decoded);
  EXPECT_NE(kind, nullptr) << "record is of kind " << decoded->index();
  return kind != nullptr ? *kind : Kind{};
}

IpAddress address(const char* text) { return IpAddress::parse(text).value(); }

TEST(MrtHeader, TimestampTypeSubtypeLength) {
  const Header header = decode_header(record(13, 2, hex("00 00 00")));
  EXPECT_EQ(header.timestamp, 1203725640U);
  EXPECT_EQ(header.type, 13);
  EXPECT_EQ(header.subtype, 2);
  EXPECT_EQ(header.length, 3U);
}

TEST(MrtPeerTable, AllFourKindsOfPeer) {
  const auto table = expect_kind<PeerTable>(
      record(13, 1,
             hex("c6336401 0003 726976 0004"  // collector, view "riv", four peers
                 "00 0a000001 c0000201 fde9"
                 "01 0a000002 20010db8000000000000000000000002 fdea"
                 "02 0a000003 c0000203 fa56ea01"
                 "03 0a000004 20010db8000000000000000000000004 fa56ea02")));
  EXPECT_EQ(table.collector, 0xC6336401U);
  EXPECT_EQ(table.view, "riv");
  const std::vector<Peer> expected{{0x0A000001, address("192.0.2.1"), 65001},
                                   {0x0A000002, address("2001:db8::2"), 65002},
                                   {0x0A000003, address("192.0.2.3"), 4200000001},
                                   {0x0A000004, address("2001:db8::4"), 4200000002}};
  EXPECT_EQ(table.peers, expected);
}

TEST(MrtPeerTable, CutShortAnywhereIsAnError) {
  const Buffer whole = peer_table();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Buffer part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(decode(record(13, 1, part)).ok()) << size << " octets";
  }
}

TEST(MrtRib, Ipv4UnicastWithTwoPaths) {
  const Buffer whole = record(13, 2,
                              hex("00000007 13 cb0060 0002"
                                  "0000 47bf6300 0004 40010100  0001 47bf6301 0000"));
  const auto rib = expect_kind<Rib>(whole);
  EXPECT_EQ(rib.sequence, 7U);
  EXPECT_EQ(rib.prefix.to_string(), "203.0.96.0/19");
  ASSERT_EQ(rib.entries.size(), 2U);
  EXPECT_EQ(rib.entries[0].peer, 0);
  EXPECT_EQ(rib.entries[0].originated, 0x47BF6300U);
  EXPECT_EQ(to_hex(rib.entries[0].attributes), to_hex(hex("40010100")));
  EXPECT_EQ(rib.entries[1].peer, 1);
  EXPECT_TRUE(rib.entries[1].attributes.empty());
}

TEST(MrtRib, Ipv6Unicast) {
  const auto rib = expect_kind<Rib>(record(13, 4, hex("00000000 20 20010db8 0000")));
  EXPECT_EQ(rib.prefix.to_string(), "2001:db8::/32");
  EXPECT_TRUE(rib.entries.empty());
}

TEST(MrtRib, DefaultRoutes) {
  EXPECT_EQ(expect_kind<Rib>(record(13, 2, hex("00000000 00 0000"))).prefix.to_string(),
            "0.0.0.0/0");
  EXPECT_EQ(expect_kind<Rib>(record(13, 4, hex("00000000 00 0000"))).prefix.to_string(), "::/0");
}

TEST(MrtRib, AddPathCarriesPathIds) {
  for (const unsigned subtype : {8U, 10U}) {
    const auto rib = expect_kind<Rib>(
        record(13, subtype, hex("00000000 08 20 0001  0003 47bf6300 0000002a 0000")));
    ASSERT_EQ(rib.entries.size(), 1U);
    EXPECT_EQ(rib.entries[0].peer, 3);
    EXPECT_EQ(rib.entries[0].path_id, 42U);
  }
}

TEST(MrtRib, HostBitsMeanNothing) {
  EXPECT_EQ(expect_kind<Rib>(record(13, 2, hex("00000000 13 cb007f 0000"))).prefix.to_string(),
            "203.0.96.0/19");
}

TEST(MrtRib, PrefixLongerThanItsFamilyIsAnError) {
  EXPECT_FALSE(decode(record(13, 2, hex("00000000 21 cb00710000 0000"))).ok());
  EXPECT_TRUE(decode(record(13, 4, hex("00000000 21 20010db800 0000"))).ok());
}

TEST(MrtRib, CutShortAnywhereIsAnError) {
  const Buffer whole = rib_of(plain_attributes());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Buffer part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(decode(record(13, 2, part)).ok()) << size << " octets";
  }
}

// 65535 entries in a record of ten octets must not reserve room for them first.
TEST(MrtRib, ALyingCountIsAnError) {
  EXPECT_FALSE(decode(record(13, 2, hex("00000000 08 0a ffff 00000000"))).ok());
}

TEST(MrtTableDump, Ipv4) {
  const auto entry = expect_kind<TableDumpEntry>(
      record(12, 1, hex("0000 0001 cb007100 18 01 3d3c6f00 c0000201 fde9 0004 40010100")));
  EXPECT_EQ(entry.prefix.to_string(), "203.0.113.0/24");
  EXPECT_EQ(entry.peer, (Peer{0, address("192.0.2.1"), 65001}));
  EXPECT_EQ(entry.originated, 0x3D3C6F00U);
  EXPECT_EQ(entry.attributes.size(), 4U);
}

TEST(MrtTableDump, Ipv6) {
  const auto entry = expect_kind<TableDumpEntry>(
      record(12, 2,
             hex("0000 0001 20010db8000000000000000000000000 20 01 3d3c6f00"
                 "20010db8000000000000000000000001 fde9 0000")));
  EXPECT_EQ(entry.prefix.to_string(), "2001:db8::/32");
  EXPECT_EQ(entry.peer.address, address("2001:db8::1"));
}

TEST(MrtTableDump, PrefixLongerThanItsFamilyIsAnError) {
  EXPECT_FALSE(
      decode(record(12, 1, hex("0000 0001 cb007100 21 01 3d3c6f00 c0000201 fde9 0000"))).ok());
}

constexpr const char* kTwoOctetSession = "fde9 fdea 0000 0001 c0000201 c0000202";
constexpr const char* kFourOctetSession = "fa56ea01 fa56ea02 0000 0001 c0000201 c0000202";

Buffer keepalive() { return wire::message(4, {}); }

TEST(MrtMessage, TwoOctetAs) {
  const Buffer whole = record(16, 1, join({hex(kTwoOctetSession), keepalive()}));
  const auto message = expect_kind<BgpMessage>(whole);
  EXPECT_EQ(message.timestamp, 1203725640U);
  EXPECT_EQ(message.peer, (Peer{0, address("192.0.2.1"), 65001}));
  EXPECT_EQ(message.local_asn, 65002U);
  EXPECT_EQ(message.local, address("192.0.2.2"));
  EXPECT_FALSE(message.four_octet_as);
  EXPECT_FALSE(message.sent);
  EXPECT_EQ(to_hex(message.message), to_hex(keepalive()));
}

TEST(MrtMessage, EveryFormSaysWhatItIs) {
  struct Form {
    unsigned subtype;
    bool four_octet_as, sent, add_path;
  };
  for (const Form& form :
       {Form{1, false, false, false}, Form{4, true, false, false}, Form{6, false, true, false},
        Form{7, true, true, false}, Form{8, false, false, true}, Form{9, true, false, true},
        Form{10, false, true, true}, Form{11, true, true, true}}) {
    const char* session = form.four_octet_as ? kFourOctetSession : kTwoOctetSession;
    const Buffer whole = record(16, form.subtype, join({hex(session), keepalive()}));
    const auto message = expect_kind<BgpMessage>(whole);
    EXPECT_EQ(message.four_octet_as, form.four_octet_as) << form.subtype;
    EXPECT_EQ(message.sent, form.sent) << form.subtype;
    EXPECT_EQ(message.add_path, form.add_path) << form.subtype;
    EXPECT_EQ(message.peer.asn, form.four_octet_as ? 4200000001U : 65001U) << form.subtype;
    EXPECT_EQ(message.message.size(), 19U) << form.subtype;
  }
}

TEST(MrtMessage, ExtendedTimestamp) {
  const Buffer whole = record(17, 4, join({hex("0001e240"), hex(kFourOctetSession), keepalive()}));
  const auto message = expect_kind<BgpMessage>(whole);
  EXPECT_EQ(message.microseconds, 123456U);
  EXPECT_EQ(message.peer.asn, 4200000001U);
  EXPECT_EQ(message.message.size(), 19U);
}

TEST(MrtMessage, OverIpv6) {
  const auto message = expect_kind<BgpMessage>(
      record(16, 1,
             join({hex("fde9 fdea 0000 0002 20010db8000000000000000000000001"
                       "20010db8000000000000000000000002"),
                   keepalive()})));
  EXPECT_EQ(message.peer.address, address("2001:db8::1"));
  EXPECT_EQ(message.local, address("2001:db8::2"));
}

TEST(MrtMessage, CutShortOrOfAnUnknownFamilyIsAnError) {
  EXPECT_FALSE(decode(record(16, 1, hex("fde9 fdea 0000 0001 c0000201 c00002"))).ok());
  EXPECT_FALSE(decode(record(16, 1, hex("fde9 fdea 0000 0003 c0000201 c0000202"))).ok());
  EXPECT_FALSE(decode(record(17, 1, hex("0001e2"))).ok());
}

TEST(MrtStateChange, BothWidths) {
  const auto two =
      expect_kind<StateChange>(record(16, 0, join({hex(kTwoOctetSession), hex("0005 0006")})));
  EXPECT_EQ(two.peer.asn, 65001U);
  EXPECT_EQ(two.from, 5);
  EXPECT_EQ(two.to, 6);
  const auto four =
      expect_kind<StateChange>(record(16, 5, join({hex(kFourOctetSession), hex("0006 0001")})));
  EXPECT_EQ(four.peer.asn, 4200000001U);
  EXPECT_EQ(four.to, 1);
  EXPECT_FALSE(decode(record(16, 0, join({hex(kTwoOctetSession), hex("0005")}))).ok());
}

TEST(MrtOther, IsNoError) {
  // OSPFv2; multicast RIB; RIB_GENERIC; GEO_PEER_TABLE; the deprecated BGP4MP_ENTRY
  const std::vector<std::pair<unsigned, unsigned>> kinds{{11, 0}, {13, 3}, {13, 6}, {13, 7},
                                                         {16, 2}, {12, 3}, {48, 0}};
  for (const auto& [type, subtype] : kinds) {
    const auto other = expect_kind<Other>(record(type, subtype, hex("00 01 02")));
    EXPECT_EQ(other.type, type);
    EXPECT_EQ(other.subtype, subtype);
  }
}

}  // namespace
}  // namespace tern::mrt
