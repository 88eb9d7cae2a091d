// RFC 7606, fault by fault: what is wrong, and what becomes of the UPDATE.
#include <gtest/gtest.h>

#include "bgpd/wire/update.h"
#include "tests/unit/wire/bytes.h"

namespace tern::wire {
namespace {

const Buffer kOrigin = hex("40 01 01 00");
const Buffer kAsPath = hex("40 02 06 02 01 0000fde9");
const Buffer kNextHop = hex("40 03 04 c0000201");
const Buffer kGood = join({kOrigin, kAsPath, kNextHop});
const Buffer kPrefix = hex("18 cb0071");  // 203.0.113.0/24
const Buffer kIpv6NextHop = hex("20010db8000000000000000000000001");

enum class Session { Ebgp, Ibgp, TwoOctet };

UpdateContext context_of(Session session) {
  UpdateContext context;
  context.ibgp = session == Session::Ibgp;
  context.four_octet_as = session != Session::TwoOctet;
  context.aigp = true;
  context.families = {Family::Ipv4Unicast, Family::Ipv6Unicast};
  return context;
}

struct Row {
  const char* name;
  const char* section;
  Session session;
  Buffer body;
  unsigned type;  // of the attribute at fault
  Treatment treatment;
  unsigned subcode;
};

// A sound announcement of an IPv4 prefix, but for one more attribute.
Buffer with(const Buffer& bad) { return update_body({}, join({kGood, bad}), kPrefix); }
Buffer with(const char* bad) { return with(hex(bad)); }
// The same with one attribute of the three in another form.
Buffer with_origin(const char* origin) {
  return update_body({}, join({hex(origin), kAsPath, kNextHop}), kPrefix);
}
Buffer with_as_path(const char* as_path) {
  return update_body({}, join({kOrigin, hex(as_path), kNextHop}), kPrefix);
}
Buffer with_next_hop(const char* next_hop) {
  return update_body({}, join({kOrigin, kAsPath, hex(next_hop)}), kPrefix);
}
// An announcement by MP_REACH_NLRI, with the value of that attribute.
Buffer mp_reach(const Buffer& value, unsigned flags = 0x80) {
  return update_body({}, join({attribute(flags, 14, value), kOrigin, kAsPath}), {});
}
Buffer mp_unreach(const Buffer& value, unsigned flags = 0x80) {
  return update_body({}, attribute(flags, 15, value), {});
}

using namespace update_error;
constexpr Treatment kDiscard = Treatment::AttributeDiscard;
constexpr Treatment kWithdraw = Treatment::TreatAsWithdraw;
constexpr Treatment kReset = Treatment::SessionReset;
constexpr Session kEbgp = Session::Ebgp;
constexpr Session kIbgp = Session::Ibgp;

std::vector<Row> structure_rows() {
  const Buffer cut_in_length = join({kGood, hex("c0 08")});
  return {
      {"withdrawn routes past the message", "4271 6.3", kEbgp, hex("0005 18cb0071 0000"), 0, kReset,
       kMalformedAttributeList},
      {"attributes past the message", "4271 6.3", kEbgp, hex("0000 0005 40010100"), 0, kReset,
       kMalformedAttributeList},
      {"no attribute length", "4271 6.3", kEbgp, hex("0000 00"), 0, kReset,
       kMalformedAttributeList},
      {"attribute past the list", "4", kEbgp, with("c0 08 08 00010001"), 8, kWithdraw, kLength},
      {"extended length past the list", "4", kEbgp, with("d0 08 ffff 00010001"), 8, kWithdraw,
       kLength},
      {"two octets left over", "4", kEbgp, with("c0 08"), 8, kWithdraw, kLength},
      {"one octet left over", "4", kEbgp, with("c0"), 0, kWithdraw, kLength},
      {"three octets left over of an extended one", "4", kEbgp, with("d0 08 00"), 8, kWithdraw,
       kLength},
      {"MP_REACH_NLRI past the list", "3 j", kEbgp, with("80 0e 20 000201"), 14, kReset,
       kOptionalAttribute},
      {"MP_UNREACH_NLRI past the list", "3 j", kEbgp, with("80 0f 20 000201"), 15, kReset,
       kOptionalAttribute},
      {"flags of ORIGIN optional", "3 c", kEbgp, with_origin("c0 01 01 00"), 1, kWithdraw, kFlags},
      {"flags of MED transitive", "3 c", kEbgp, with("c0 04 04 00000001"), 4, kWithdraw, kFlags},
      {"flags of COMMUNITIES well-known", "3 c", kEbgp, with("40 08 04 00010001"), 8, kWithdraw,
       kFlags},
      {"flags of ATOMIC_AGGREGATE optional", "3 c", kEbgp, with("c0 06 00"), 6, kWithdraw, kFlags},
      {"unrecognised with the flags of a well-known one", "3 c", kEbgp, with("40 63 01 00"), 99,
       kWithdraw, kUnrecognisedWellKnown},
      {"no ORIGIN", "3 d", kEbgp, update_body({}, join({kAsPath, kNextHop}), kPrefix), 1, kWithdraw,
       kMissingWellKnown},
      {"no AS_PATH", "3 d", kEbgp, update_body({}, join({kOrigin, kNextHop}), kPrefix), 2,
       kWithdraw, kMissingWellKnown},
      {"no NEXT_HOP", "3 d", kEbgp, update_body({}, join({kOrigin, kAsPath}), kPrefix), 3,
       kWithdraw, kMissingWellKnown},
      {"no LOCAL_PREF from an internal peer", "3 d", kIbgp, update_body({}, kGood, kPrefix), 5,
       kWithdraw, kMissingWellKnown},
      {"no LOCAL_PREF beside MP_REACH_NLRI", "3 d", kIbgp,
       update_body({},
                   join({attribute(0x80, 14, join({hex("000201 10"), kIpv6NextHop, hex("00 00")})),
                         kOrigin, kAsPath}),
                   {}),
       5, kWithdraw, kMissingWellKnown},
      {"no ORIGIN beside MP_REACH_NLRI", "3 d", kEbgp,
       update_body({},
                   join({attribute(0x80, 14, join({hex("000201 10"), kIpv6NextHop, hex("00 00")})),
                         kAsPath}),
                   {}),
       1, kWithdraw, kMissingWellKnown},
      {"MED twice", "3 g", kEbgp, with("80 04 04 00000001 80 04 04 00000002"), 4, kDiscard,
       kMalformedAttributeList},
      {"an unknown attribute twice", "3 g", kEbgp, with("c0 63 00 c0 63 00"), 99, kDiscard,
       kMalformedAttributeList},
      {"MP_REACH_NLRI twice", "3 g", kEbgp,
       update_body({},
                   join({attribute(0x80, 14, join({hex("000201 10"), kIpv6NextHop, hex("00")})),
                         attribute(0x80, 14, join({hex("000201 10"), kIpv6NextHop, hex("00")}))}),
                   {}),
       14, kReset, kMalformedAttributeList},
      {"MP_UNREACH_NLRI twice", "3 g", kEbgp,
       update_body({}, hex("800f03 000201 800f03 000201"), {}), 15, kReset,
       kMalformedAttributeList},
      {"a fault and no reachable prefix", "5.2", kEbgp, update_body({}, hex("400101 07"), {}), 1,
       kReset, kInvalidOrigin},
      {"a fault beside withdrawn routes only", "5.2", kEbgp,
       update_body(kPrefix, hex("c00803 000000"), {}), 8, kReset, kLength},
      {"a fault beside an empty MP_REACH_NLRI", "5.2", kEbgp,
       update_body({},
                   join({attribute(0x80, 14, join({hex("000201 10"), kIpv6NextHop, hex("00")})),
                         hex("400101 07"), kAsPath}),
                   {}),
       1, kReset, kInvalidOrigin},
      {"a discard and no reachable prefix", "5.2", kEbgp, update_body({}, hex("400601 00"), {}), 6,
       kDiscard, kLength},
  };
}

std::vector<Row> nlri_rows() {
  const Buffer fixed = join({hex("000201 10"), kIpv6NextHop, hex("00")});
  return {
      {"withdrawn prefix longer than 32", "5.3", kEbgp, update_body(hex("21 0a00000100"), {}, {}),
       0, kReset, kInvalidNetworkField},
      {"withdrawn prefix past the field", "5.3", kEbgp, update_body(hex("18 cb00"), {}, {}), 0,
       kReset, kInvalidNetworkField},
      {"prefix longer than 32", "5.3", kEbgp, update_body({}, kGood, hex("21 0a00000100")), 0,
       kReset, kInvalidNetworkField},
      {"prefix past the field", "5.3", kEbgp, update_body({}, kGood, hex("18 cb00")), 0, kReset,
       kInvalidNetworkField},
      {"IPv6 prefix longer than 128", "5.3", kEbgp,
       mp_reach(join({fixed, hex("81"), repeat(17, 0)})), 14, kReset, kOptionalAttribute},
      {"IPv6 prefix past MP_REACH_NLRI", "5.3", kEbgp, mp_reach(join({fixed, hex("40 20010db8")})),
       14, kReset, kOptionalAttribute},
      {"IPv6 prefix past MP_UNREACH_NLRI", "5.3", kEbgp, mp_unreach(hex("000201 40 2001")), 15,
       kReset, kOptionalAttribute},
      {"IPv6 prefix longer than 128 withdrawn", "5.3", kEbgp,
       mp_unreach(join({hex("000201 ff"), repeat(32, 0)})), 15, kReset, kOptionalAttribute},
      {"MP_REACH_NLRI well-known", "5.3", kEbgp, mp_reach(join({fixed, hex("00")}), 0x40), 14,
       kReset, kFlags},
      {"MP_REACH_NLRI transitive", "5.3", kEbgp, mp_reach(join({fixed, hex("00")}), 0xC0), 14,
       kReset, kFlags},
      {"MP_UNREACH_NLRI transitive", "5.3", kEbgp, mp_unreach(hex("000201"), 0xC0), 15, kReset,
       kFlags},
      {"MP_REACH_NLRI of 4 octets", "5.3", kEbgp, mp_reach(hex("000201 00")), 14, kReset, kLength},
      {"MP_UNREACH_NLRI of 2 octets", "5.3", kEbgp, mp_unreach(hex("0002")), 15, kReset, kLength},
      {"next hop past MP_REACH_NLRI", "7.11", kEbgp, mp_reach(hex("000201 10 20010db8")), 14,
       kReset, kOptionalAttribute},
      {"IPv6 next hop of no octets", "7.11", kEbgp, mp_reach(hex("000201 00 00 00")), 14, kReset,
       kOptionalAttribute},
      {"IPv6 next hop of 4 octets", "7.11", kEbgp, mp_reach(hex("000201 04 c0000201 00 00")), 14,
       kReset, kOptionalAttribute},
      {"IPv6 next hop of 24 octets", "7.11", kEbgp,
       mp_reach(join({hex("000201 18"), repeat(8, 0), kIpv6NextHop, hex("00 00")})), 14, kReset,
       kOptionalAttribute},
      {"IPv4 next hop of 16 octets without RFC 8950", "7.11", kEbgp,
       mp_reach(join({hex("000101 10"), kIpv6NextHop, hex("00 18cb0071")})), 14, kReset,
       kOptionalAttribute},
  };
}

std::vector<Row> attribute_rows() {
  return {
      {"ORIGIN of no octets", "7.1", kEbgp, with_origin("400100"), 1, kWithdraw, kLength},
      {"ORIGIN of 2 octets", "7.1", kEbgp, with_origin("400102 0000"), 1, kWithdraw, kLength},
      {"ORIGIN 3", "7.1", kEbgp, with_origin("400101 03"), 1, kWithdraw, kInvalidOrigin},
      {"segment type 0", "7.2", kEbgp, with_as_path("400206 0001 0000fde9"), 2, kWithdraw,
       kMalformedAsPath},
      {"segment type 5", "7.2", kEbgp, with_as_path("400206 0501 0000fde9"), 2, kWithdraw,
       kMalformedAsPath},
      {"segment of no AS numbers", "7.2", kEbgp, with_as_path("400208 0200 0201 0000fde9"), 2,
       kWithdraw, kMalformedAsPath},
      {"segment past the attribute", "7.2", kEbgp, with_as_path("400206 0202 0000fde9"), 2,
       kWithdraw, kMalformedAsPath},
      {"an octet after the last segment", "7.2", kEbgp, with_as_path("400207 0201 0000fde9 02"), 2,
       kWithdraw, kMalformedAsPath},
      {"AS numbers of the wrong width", "7.2", Session::TwoOctet,
       with_as_path("400206 0201 0000fde9"), 2, kWithdraw, kMalformedAsPath},
      {"AS 0", "RFC 7607", kEbgp, with_as_path("40020a 0202 0000fde9 00000000"), 2, kWithdraw,
       kMalformedAsPath},
      {"AS_SET", "RFC 9774", kEbgp, with_as_path("40020c 0201 0000fde9 0101 0000fdea"), 2,
       kWithdraw, kMalformedAsPath},
      {"AS_CONFED_SET", "RFC 9774", kIbgp, with_as_path("40020c 0401 0000fdea 0201 0000fde9"), 2,
       kWithdraw, kMalformedAsPath},
      {"AS_CONFED_SEQUENCE", "RFC 5065 5", kEbgp,
       with_as_path("40020c 0301 0000fdea 0201 0000fde9"), 2, kWithdraw, kMalformedAsPath},
      {"NEXT_HOP of 3 octets", "7.3", kEbgp, with_next_hop("400303 c00002"), 3, kWithdraw, kLength},
      {"NEXT_HOP of 16 octets", "7.3", kEbgp,
       with_next_hop("400310 20010db8000000000000000000000001"), 3, kWithdraw, kLength},
      {"MED of 3 octets", "7.4", kEbgp, with("800403 000001"), 4, kWithdraw, kLength},
      {"MED of no octets", "4", kEbgp, with("800400"), 4, kWithdraw, kLength},
      {"LOCAL_PREF from outside", "7.5", kEbgp, with("400504 00000064"), 5, kDiscard,
       kOptionalAttribute},
      {"malformed LOCAL_PREF from outside", "7.5", kEbgp, with("c00503 000064"), 5, kDiscard,
       kOptionalAttribute},
      {"LOCAL_PREF of 3 octets", "7.5", kIbgp, with("400503 000064"), 5, kWithdraw, kLength},
      {"ATOMIC_AGGREGATE of 1 octet", "7.6", kEbgp, with("400601 00"), 6, kDiscard, kLength},
      {"AGGREGATOR of 6 octets", "7.7", kEbgp, with("c00706 fde9 c6336401"), 7, kDiscard, kLength},
      {"AGGREGATOR of 8 octets on a two-octet session", "7.7", Session::TwoOctet,
       update_body(
           {}, join({kOrigin, hex("400204 0201 fde9"), kNextHop, hex("c00708 0000fde9 c6336401")}),
           kPrefix),
       7, kDiscard, kLength},
      {"AGGREGATOR of no octets", "4", kEbgp, with("c00700"), 7, kDiscard, kLength},
      {"AGGREGATOR with AS 0", "RFC 7607", kEbgp, with("c00708 00000000 c6336401"), 7, kDiscard,
       kOptionalAttribute},
      {"COMMUNITIES of 3 octets", "7.8", kEbgp, with("c00803 000100"), 8, kWithdraw, kLength},
      {"COMMUNITIES of no octets", "7.8", kEbgp, with("c00800"), 8, kWithdraw, kLength},
      {"ORIGINATOR_ID from outside", "7.9", kEbgp, with("800904 0a000001"), 9, kDiscard,
       kOptionalAttribute},
      {"ORIGINATOR_ID of 5 octets", "7.9", kIbgp, with("800905 0a00000100"), 9, kWithdraw, kLength},
      {"CLUSTER_LIST from outside", "7.10", kEbgp, with("800a04 0a000001"), 10, kDiscard,
       kOptionalAttribute},
      {"CLUSTER_LIST of 6 octets", "7.10", kIbgp, with("800a06 0a0000010a00"), 10, kWithdraw,
       kLength},
      {"CLUSTER_LIST of no octets", "7.10", kIbgp, with("800a00"), 10, kWithdraw, kLength},
      {"EXTENDED_COMMUNITIES of 9 octets", "7.14", kEbgp, with("c01009 0002fde90000006400"), 16,
       kWithdraw, kLength},
      {"EXTENDED_COMMUNITIES of no octets", "7.14", kEbgp, with("c01000"), 16, kWithdraw, kLength},
      {"IPV6_EXTENDED_COMMUNITIES of 19 octets", "7.15", kEbgp,
       with(attribute(0xC0, 25, repeat(19, 0))), 25, kWithdraw, kLength},
      {"IPV6_EXTENDED_COMMUNITIES of no octets", "7.15", kEbgp, with("c01900"), 25, kWithdraw,
       kLength},
      {"LARGE_COMMUNITIES of 8 octets", "RFC 8092 6", kEbgp, with("c02008 0000fde900000001"), 32,
       kWithdraw, kLength},
      {"LARGE_COMMUNITIES of no octets", "RFC 8092 6", kEbgp, with("c02000"), 32, kWithdraw,
       kLength},
      {"ONLY_TO_CUSTOMER of 3 octets", "RFC 9234 5", kEbgp, with("c02303 00fde9"), 35, kWithdraw,
       kLength},
      {"AIGP transitive", "RFC 7311 3", kEbgp, with("c01a0b 01000b 0000000000000001"), 26, kDiscard,
       kFlags},
      {"AIGP of no octets", "RFC 7311 3", kEbgp, with("801a00"), 26, kDiscard, kLength},
      {"AIGP TLV past the attribute", "RFC 7311 3", kEbgp, with("801a0b 01000c 0000000000000001"),
       26, kDiscard, kOptionalAttribute},
      {"AIGP TLV shorter than its header", "RFC 7311 3", kEbgp, with("801a03 010002"), 26, kDiscard,
       kOptionalAttribute},
      {"AIGP TLV of length 7", "RFC 7311 3", kEbgp, with("801a07 010007 00000001"), 26, kDiscard,
       kOptionalAttribute},
      {"AIGP metric of all ones", "RFC 7311 3", kEbgp, with("801a0b 01000b ffffffffffffffff"), 26,
       kDiscard, kOptionalAttribute},
      {"AS4_PATH on a four-octet session", "RFC 6793 4.1", kEbgp, with("c01106 0201 0000fde9"), 17,
       kDiscard, kOptionalAttribute},
      {"AS4_AGGREGATOR on a four-octet session", "RFC 6793 4.1", kEbgp,
       with("c01208 0000fde9 c6336401"), 18, kDiscard, kOptionalAttribute},
  };
}

void expect_row(const Row& row) {
  SCOPED_TRACE(std::string(row.section) + ": " + row.name);
  UpdateMessage update;
  const auto reset = decode_update(row.body, context_of(row.session), update);
  EXPECT_EQ(update.treatment, row.treatment);
  EXPECT_EQ(reset.has_value(), row.treatment == kReset);
  ASSERT_FALSE(update.faults.empty());
  const AttributeFault& fault = update.faults.front();
  EXPECT_EQ(fault.type, row.type);
  EXPECT_EQ(fault.subcode, row.subcode);
  EXPECT_STRNE(fault.what, "");
  if (reset) {
    EXPECT_EQ(reset->code, ErrorCode::UpdateMessage);
    EXPECT_EQ(reset->subcode, row.subcode);
  }
}

TEST(Rfc7606, Structure) {
  for (const Row& row : structure_rows()) expect_row(row);
}
TEST(Rfc7606, Nlri) {
  for (const Row& row : nlri_rows()) expect_row(row);
}
TEST(Rfc7606, Attributes) {
  for (const Row& row : attribute_rows()) expect_row(row);
}

// Only internal peers send LOCAL_PREF (RFC 4271 section 5.1.5).
TEST(Rfc7606, WhatAnExternalPeerNeedNotSay) {
  UpdateMessage update;
  ASSERT_FALSE(decode_update(update_body({}, kGood, kPrefix), context_of(kEbgp), update));
  EXPECT_TRUE(update.faults.empty());
  // A withdrawal has no attributes.
  ASSERT_FALSE(decode_update(update_body(kPrefix, {}, {}), context_of(kIbgp), update));
  EXPECT_TRUE(update.faults.empty());
}

TEST(Rfc7606, AFaultNamesItsField) {
  struct Case {
    const char* body;
    const char* field;
  };
  for (const Case& each :
       {Case{"0009 18cb 0000", "withdrawn routes"}, Case{"0002 21cb 0000", "withdrawn routes"},
        Case{"0000 0009 400101", "path attributes"}, Case{"0000 0000 18cb", "NLRI"},
        Case{"0000 0004 40010109", "ORIGIN (attribute 1)"},
        Case{"0000 0007 800f04 00010121", "MP_UNREACH_NLRI (attribute 15)"}}) {
    UpdateMessage update;
    (void)decode_update(hex(each.body), context_of(kEbgp), update);
    ASSERT_FALSE(update.faults.empty()) << each.body;
    EXPECT_EQ(field_name(update.faults.front()), each.field) << each.body;
  }
}

TEST(Rfc7606, TreatAsWithdrawStillKnowsItsPrefixes) {
  UpdateMessage update;
  const Buffer body =
      update_body(hex("087f"), join({hex("400101 09"), kAsPath, kNextHop}), kPrefix);
  ASSERT_FALSE(decode_update(body, context_of(kEbgp), update));
  EXPECT_EQ(update.treatment, kWithdraw);
  EXPECT_EQ(update.withdrawn.size(), 1U);
  ASSERT_EQ(update.announced.size(), 1U);
  EXPECT_EQ(update.announced[0].prefix.to_string(), "203.0.113.0/24");
}

TEST(Rfc7606, TheStrongestTreatmentWins) {  // section 3 h
  UpdateMessage update;
  ASSERT_FALSE(decode_update(with("400601 00 c00803 000100"), context_of(kEbgp), update));
  EXPECT_EQ(update.faults.size(), 2U);
  EXPECT_EQ(update.treatment, kWithdraw);
  EXPECT_TRUE(decode_update(with("c00803 000100 800f02 0002"), context_of(kEbgp), update));
  EXPECT_EQ(update.treatment, kReset);
}

TEST(Rfc7606, ADiscardedAttributeIsGoneAndTheFirstOfTwoStays) {
  UpdateMessage update;
  ASSERT_FALSE(decode_update(with("80 04 04 00000001 80 04 04 00000002 400504 00000064"),
                             context_of(kEbgp), update));
  EXPECT_EQ(update.treatment, kDiscard);
  EXPECT_EQ(update.attributes.med, 1U);
  EXPECT_FALSE(update.attributes.local_pref);
}

TEST(Rfc7606, TheNotificationCarriesTheAttribute) {  // RFC 4271 section 6.3
  UpdateMessage update;
  const auto reset =
      decode_update(update_body({}, hex("40010100 c00803 000100"), {}), context_of(kEbgp), update);
  ASSERT_TRUE(reset);
  EXPECT_EQ(to_hex(reset->data), "c00803000100");
  const auto mp = decode_update(mp_unreach(hex("0002")), context_of(kEbgp), update);
  EXPECT_EQ(to_hex(mp->data), "800f020002");
}

TEST(Rfc7606, PartialAndUnusedBitsAreNoFault) {  // section 3 c names Optional and Transitive only
  UpdateMessage update;
  ASSERT_FALSE(decode_update(with("ef 08 04 00010001"), context_of(kEbgp), update));
  EXPECT_EQ(update.treatment, Treatment::None);
  EXPECT_EQ(update.attributes.communities.size(), 1U);
}

TEST(Rfc7606, FaultsTellTheReasonOfARejection) {
  UpdateMessage update;
  ASSERT_FALSE(
      decode_update(with_as_path("40020c 0201 0000fde9 0101 0000fdea"), context_of(kEbgp), update));
  EXPECT_EQ(update.faults.at(0).reason, Reason::AsSet);
  ASSERT_FALSE(decode_update(with_as_path("400206 0201 00000000"), context_of(kEbgp), update));
  EXPECT_EQ(update.faults.at(0).reason, Reason::AsZero);
  ASSERT_FALSE(
      decode_update(with_as_path("40020c 0301 0000fdea 0201 0000fde9"), context_of(kEbgp), update));
  EXPECT_EQ(update.faults.at(0).reason, Reason::ConfederationSegment);
}

TEST(Rfc7606, AsSetsPassWhereTheyAreConfigured) {
  UpdateContext context = context_of(kEbgp);
  context.reject_as_sets = false;
  UpdateMessage update;
  ASSERT_FALSE(decode_update(with_as_path("40020c 0201 0000fde9 0101 0000fdea"), context, update));
  EXPECT_EQ(update.treatment, Treatment::None);
  EXPECT_EQ(update.attributes.as_path.to_string(), "65001 {65002}");
}

TEST(Rfc7606, FaultsOfAnUnspokenFamilyHarmNothing) {
  const Buffer vpn = attribute(0x80, 14, hex("0001 80 ff"));
  UpdateMessage update;
  ASSERT_TRUE(decode_update(update_body({}, vpn, {}), context_of(kEbgp), update))
      << "but the attribute must be long enough to name the family";
  const Buffer longer = attribute(0x80, 14, hex("0001 80 ff 00 01"));
  ASSERT_FALSE(decode_update(update_body({}, join({longer, hex("c00803 000100")}), {}),
                             context_of(kEbgp), update));
  EXPECT_EQ(update.treatment, kWithdraw);
}

}  // namespace
}  // namespace tern::wire
