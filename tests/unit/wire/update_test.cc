// UPDATE: one (bytes, message) pair per attribute and message kind, read in both directions.
#include "bgpd/wire/update.h"

#include <gtest/gtest.h>

#include <functional>

#include "bgpd/wire/attribute_encode.h"
#include "tests/unit/wire/bytes.h"

namespace tern::wire {
namespace {

Prefix prefix(std::string_view text) { return *Prefix::parse(text); }
IpAddress address(std::string_view text) { return *IpAddress::parse(text); }

UpdateContext ibgp_context() {
  UpdateContext context;
  context.ibgp = true;
  context.aigp = true;
  context.reject_as_sets = false;
  context.families = {Family::Ipv4Unicast, Family::Ipv6Unicast, Family::Ipv4Multicast,
                      Family::Ipv6Multicast};
  context.extended_next_hop = {Family::Ipv4Unicast, Family::Ipv4Multicast};
  return context;
}

// ORIGIN igp, AS_PATH 65001
const Buffer kOrigin = hex("40 01 01 00");
const Buffer kAsPath = hex("40 02 06 02 01 0000fde9");
const Buffer kNextHop = hex("40 03 04 c0000201");
const Buffer kLocalPref = hex("40 05 04 00000064");
const Buffer kPrefix = hex("18 cb0071");  // 203.0.113.0/24

PathAttributes plain() {
  PathAttributes attributes;
  attributes.origin = Origin::Igp;
  attributes.as_path = AsPath::sequence({65001});
  attributes.next_hop.global = address("192.0.2.1");
  return attributes;
}

struct Pair {
  const char* name;
  Buffer attributes;  // the whole list, in the order Tern writes it
  PathAttributes set;
};

std::vector<Pair> pairs() {
  std::vector<Pair> rows;
  const auto whole = [&](const char* name, const Buffer& list, auto&& fill) {
    PathAttributes set = plain();
    set.local_pref = 100;
    fill(set);
    rows.push_back({name, list, set});
  };
  const auto after_local_pref = [&](const char* name, const char* bytes, auto&& fill) {
    whole(name, join({kOrigin, kAsPath, kNextHop, kLocalPref, hex(bytes)}), fill);
  };
  whole("ORIGIN igp", join({kOrigin, kAsPath, kNextHop, kLocalPref}), [](PathAttributes&) {});
  whole("ORIGIN egp", join({hex("40 01 01 01"), kAsPath, kNextHop, kLocalPref}),
        [](PathAttributes& a) { a.origin = Origin::Egp; });
  whole("ORIGIN incomplete", join({hex("40 01 01 02"), kAsPath, kNextHop, kLocalPref}),
        [](PathAttributes& a) { a.origin = Origin::Incomplete; });
  whole("AS_PATH empty", join({kOrigin, hex("40 02 00"), kNextHop, kLocalPref}),
        [](PathAttributes& a) { a.as_path = {}; });
  whole("AS_PATH of four octets",
        join({kOrigin, hex("40 02 0a 02 02 0000fde9 00030d40"), kNextHop, kLocalPref}),
        [](PathAttributes& a) {
          a.as_path = AsPath::sequence({65001, 200000});
        });
  whole(
      "AS_PATH with AS_SET",
      join({kOrigin, hex("40 02 10 02 01 0000fde9 01 02 0000fdf2 0000fdf3"), kNextHop, kLocalPref}),
      [](PathAttributes& a) { a.as_path = *AsPath::parse("65001 {65010 65011}"); });
  whole("AS_PATH with confederation segments",
        join({kOrigin, hex("40 02 12 03 01 0000fe4c 04 01 0000fe4d 02 01 0000fde9"), kNextHop,
              kLocalPref}),
        [](PathAttributes& a) {
          a.as_path = AsPath({{AsSegment::Type::ConfedSequence, {65100}},
                              {AsSegment::Type::ConfedSet, {65101}},
                              {AsSegment::Type::Sequence, {65001}}});
        });
  whole("MULTI_EXIT_DISC", join({kOrigin, kAsPath, kNextHop, hex("80 04 04 00000064"), kLocalPref}),
        [](PathAttributes& a) { a.med = 100; });
  whole("LOCAL_PREF", join({kOrigin, kAsPath, kNextHop, hex("40 05 04 000000c8")}),
        [](PathAttributes& a) { a.local_pref = 200; });
  after_local_pref("ATOMIC_AGGREGATE", "40 06 00",
                   [](PathAttributes& a) { a.atomic_aggregate = true; });
  after_local_pref("AGGREGATOR", "c0 07 08 00030d40 c6336401", [](PathAttributes& a) {
    a.aggregator = Aggregator{200000, address("198.51.100.1")};
  });
  after_local_pref("COMMUNITIES", "c0 08 08 fde90064 ffffff01", [](PathAttributes& a) {
    a.communities = {Community::of(65001, 100), kNoExport};
  });
  after_local_pref("ORIGINATOR_ID", "80 09 04 0a000001",
                   [](PathAttributes& a) { a.originator_id = address("10.0.0.1"); });
  after_local_pref("CLUSTER_LIST", "80 0a 08 0a000002 0a000001", [](PathAttributes& a) {
    a.cluster_list = {0x0A000002, 0x0A000001};
  });
  after_local_pref("EXTENDED_COMMUNITIES", "c0 10 10 0002fde900000064 4300000000000000",
                   [](PathAttributes& a) {
                     a.extended_communities = {{0x0002FDE900000064}, {0x4300000000000000}};
                   });
  after_local_pref("IPV6_EXTENDED_COMMUNITIES",
                   "c0 19 14 0002 20010db8000000000000000000000001 0064", [](PathAttributes& a) {
                     Ipv6ExtendedCommunity community;
                     const Buffer bytes = hex("0002 20010db8000000000000000000000001 0064");
                     std::copy(bytes.begin(), bytes.end(), community.bytes.begin());
                     a.ipv6_extended_communities = {community};
                   });
  after_local_pref("AIGP", "80 1a 0b 01 000b 0000000000000a00",
                   [](PathAttributes& a) { a.aigp = 2560; });
  after_local_pref("LARGE_COMMUNITIES",
                   "c0 20 18 0000fde9 00000001 00000002 00030d40 00000003 00000004",
                   [](PathAttributes& a) {
                     a.large_communities = {{65001, 1, 2}, {200000, 3, 4}};
                   });
  after_local_pref("ONLY_TO_CUSTOMER", "c0 23 04 0000fde9",
                   [](PathAttributes& a) { a.only_to_customer = 65001; });
  after_local_pref("an unknown one, between the known", "e0 1e 03 010203 c0 23 04 0000fde9",
                   [](PathAttributes& a) {
                     a.unknown = {{0xE0, 30, hex("010203")}};
                     a.only_to_customer = 65001;
                   });
  PathAttributes large = plain();
  large.local_pref = 100;
  large.unknown = {{0xE0, 99, repeat(256, 0xAB)}};
  rows.push_back(
      {"extended length, only where needed",
       join({kOrigin, kAsPath, kNextHop, kLocalPref, hex("f0 63 0100"), repeat(256, 0xAB)}),
       large});
  return rows;
}

TEST(Update, AttributesBothWays) {
  for (const Pair& pair : pairs()) {
    SCOPED_TRACE(pair.name);
    const Buffer body = update_body({}, pair.attributes, kPrefix);
    UpdateMessage update;
    ASSERT_FALSE(decode_update(body, ibgp_context(), update));
    EXPECT_EQ(update.treatment, Treatment::None);
    EXPECT_TRUE(update.faults.empty());
    EXPECT_EQ(update.attributes, pair.set);
    EXPECT_TRUE(update.has_next_hop);
    ASSERT_EQ(update.announced.size(), 1U);
    EXPECT_EQ(update.announced[0].prefix, prefix("203.0.113.0/24"));

    Buffer out;
    EXPECT_EQ(encode_announcements(pair.set, update.announced, {}, out), 1U);
    EXPECT_EQ(to_hex(out), to_hex(message(2, body)));
  }
}

TEST(Update, AMessageIsReusedWithoutARest) {
  UpdateMessage update;
  for (const Pair& pair : pairs()) {
    ASSERT_FALSE(decode_update(update_body({}, pair.attributes, kPrefix), ibgp_context(), update));
    EXPECT_EQ(update.attributes, pair.set) << pair.name;
  }
  ASSERT_FALSE(decode_update(update_body(kPrefix, {}, {}), ibgp_context(), update));
  EXPECT_EQ(update.attributes, PathAttributes{});
  EXPECT_TRUE(update.announced.empty());
  EXPECT_FALSE(update.has_next_hop);
}

TEST(Update, ListsComeOutSortedAndWithoutRepeats) {
  const Buffer list =
      join({kOrigin, kAsPath, kNextHop, hex("c0 08 0c 00020002 00010001 00020002")});
  UpdateMessage update;
  ASSERT_FALSE(decode_update(update_body({}, list, kPrefix), ibgp_context(), update));
  EXPECT_EQ(update.attributes.communities, (std::vector{Community::of(1, 1), Community::of(2, 2)}));
}

TEST(Update, TheOrderOfAttributesIsFree) {
  const Buffer list = join({hex("80 04 04 00000064"), kNextHop, kAsPath, kOrigin});
  UpdateMessage update;
  ASSERT_FALSE(decode_update(update_body({}, list, kPrefix), ibgp_context(), update));
  PathAttributes expected = plain();
  expected.med = 100;
  EXPECT_EQ(update.attributes, expected);
}

// ---- The forms of an UPDATE

struct Route {
  const char* text;
  std::uint32_t path_id = 0;
};

struct Form {
  const char* name;
  const char* body;
  bool add_path;
  const char* next_hop;
  const char* link_local;  // "" for none
  std::vector<Route> routes;
  bool multicast = false;
};

std::vector<Nlri> nlri(const Form& form) {
  std::vector<Nlri> list;
  for (const Route& route : form.routes) {
    Nlri& one = list.emplace_back(unicast(prefix(route.text), route.path_id));
    if (form.multicast && one.family == Family::Ipv4Unicast) one.family = Family::Ipv4Multicast;
    if (form.multicast && one.family == Family::Ipv6Unicast) one.family = Family::Ipv6Multicast;
  }
  return list;
}

TEST(Update, AnnouncementsBothWays) {
  const std::vector<Form> forms{
      {"IPv4",
       "0000 0014 40010100 4002060201 0000fde9 400304c0000201 18cb0071 00 20c6336401",
       false,
       "192.0.2.1",
       "",
       {{"203.0.113.0/24"}, {"0.0.0.0/0"}, {"198.51.100.1/32"}}},
      {"IPv4 with Add-Path",
       "0000 0014 40010100 4002060201 0000fde9 400304c0000201 00000007 18cb0071 00000008 18cb0071",
       true,
       "192.0.2.1",
       "",
       {{"203.0.113.0/24", 7}, {"203.0.113.0/24", 8}}},
      {"IPv6",
       "0000 002c 800e1c 000201 10 20010db8000000000000000000000001 00 30 20010db80001"
       "40010100 4002060201 0000fde9",
       false,
       "2001:db8::1",
       "",
       {{"2001:db8:1::/48"}}},
      {"IPv6 with a link-local next hop beside the global",
       "0000 003c 800e2c 000201 20 20010db8000000000000000000000001"
       "fe800000000000000000000000000001 00 30 20010db80001 40010100 4002060201 0000fde9",
       false,
       "2001:db8::1",
       "fe80::1",
       {{"2001:db8:1::/48"}}},
      {"IPv6 with a link-local next hop alone",
       "0000 002c 800e1c 000201 10 fe800000000000000000000000000001 00 30 20010db80001"
       "40010100 4002060201 0000fde9",
       false,
       "fe80::1",
       "",
       {{"2001:db8:1::/48"}}},
      {"IPv6 with Add-Path",
       "0000 002a 800e1a 000201 10 20010db8000000000000000000000001 00 00000009 00"
       "40010100 4002060201 0000fde9",
       true,
       "2001:db8::1",
       "",
       {{"::/0", 9}}},
      {"IPv4 with an IPv6 next hop",
       "0000 0029 800e19 000101 10 20010db8000000000000000000000001 00 18 cb0071"
       "40010100 4002060201 0000fde9",
       false,
       "2001:db8::1",
       "",
       {{"203.0.113.0/24"}}},
      {"IPv4 with an IPv6 and a link-local next hop",
       "0000 0039 800e29 000101 20 20010db8000000000000000000000001"
       "fe800000000000000000000000000001 00 18 cb0071 40010100 4002060201 0000fde9",
       false,
       "2001:db8::1",
       "fe80::1",
       {{"203.0.113.0/24"}}},
      {"IPv4 multicast, whose IPv4 next hop is in MP_REACH_NLRI",
       "0000 001d 800e0d 000102 04 c0000201 00 18 cb0071 40010100 4002060201 0000fde9",
       false,
       "192.0.2.1",
       "",
       {{"203.0.113.0/24"}},
       true},
      {"IPv4 multicast with an IPv6 next hop",
       "0000 0029 800e19 000102 10 20010db8000000000000000000000001 00 18 cb0071"
       "40010100 4002060201 0000fde9",
       false,
       "2001:db8::1",
       "",
       {{"203.0.113.0/24"}},
       true},
      {"IPv6 multicast",
       "0000 002c 800e1c 000202 10 20010db8000000000000000000000001 00 30 20010db80001"
       "40010100 4002060201 0000fde9",
       false,
       "2001:db8::1",
       "",
       {{"2001:db8:1::/48"}},
       true},
  };
  for (const Form& form : forms) {
    SCOPED_TRACE(form.name);
    UpdateContext context = ibgp_context();
    context.ibgp = false;
    if (form.add_path) context.add_path = context.families;
    UpdateMessage update;
    ASSERT_FALSE(decode_update(hex(form.body), context, update));
    EXPECT_TRUE(update.faults.empty());
    const bool mp = update.has_mp_reach;
    PathAttributes set = plain();
    set.next_hop = {address(form.next_hop), std::nullopt};
    if (form.link_local[0] != '\0') set.next_hop.link_local = address(form.link_local);
    EXPECT_EQ(mp ? update.mp_reach.prefixes : update.announced, nlri(form));
    EXPECT_EQ(mp ? update.mp_reach.next_hop : update.attributes.next_hop, set.next_hop);

    Buffer out;
    EXPECT_EQ(encode_announcements(set, nlri(form), {true, form.add_path, 4096}, out), 1U);
    EXPECT_EQ(to_hex(body_of(out)), to_hex(hex(form.body)));
  }
}

TEST(Update, WithdrawalsBothWays) {
  const std::vector<Form> forms{
      {"IPv4", "0006 18cb0071 087f 0000", false, "", "", {{"203.0.113.0/24"}, {"127.0.0.0/8"}}},
      {"IPv4 with Add-Path", "0008 00000007 18cb0071 0000", true, "", "", {{"203.0.113.0/24", 7}}},
      {"IPv6", "0000 000d 800f0a 000201 30 20010db80001", false, "", "", {{"2001:db8:1::/48"}}},
      {"IPv6 with Add-Path",
       "0000 0011 800f0e 000201 00000007 30 20010db80001",
       true,
       "",
       "",
       {{"2001:db8:1::/48", 7}}},
      {"IPv4 multicast",
       "0000 000a 800f07 000102 18 cb0071",
       false,
       "",
       "",
       {{"203.0.113.0/24"}},
       true},
  };
  for (const Form& form : forms) {
    SCOPED_TRACE(form.name);
    UpdateContext context = ibgp_context();
    if (form.add_path) context.add_path = context.families;
    UpdateMessage update;
    ASSERT_FALSE(decode_update(hex(form.body), context, update));
    EXPECT_TRUE(update.faults.empty());
    EXPECT_FALSE(update.end_of_rib);
    EXPECT_EQ(update.has_mp_unreach ? update.mp_unreach.prefixes : update.withdrawn, nlri(form));
    Buffer out;
    EXPECT_EQ(encode_withdrawals(nlri(form), {true, form.add_path, 4096}, out), 1U);
    EXPECT_EQ(to_hex(body_of(out)), to_hex(hex(form.body)));
  }
}

TEST(Update, EndOfRibBothWays) {  // RFC 4724 section 2
  UpdateMessage update;
  Buffer out;
  encode_end_of_rib(Family::Ipv4Unicast, out);
  EXPECT_EQ(to_hex(body_of(out)), "00000000");
  ASSERT_FALSE(decode_update(body_of(out), ibgp_context(), update));
  EXPECT_EQ(update.end_of_rib, Family::Ipv4Unicast);

  out.clear();
  encode_end_of_rib(Family::Ipv6Unicast, out);
  EXPECT_EQ(to_hex(body_of(out)), to_hex(hex("0000 0006 800f03 000201")));
  ASSERT_FALSE(decode_update(body_of(out), ibgp_context(), update));
  EXPECT_EQ(update.end_of_rib, Family::Ipv6Unicast);

  out.clear();
  encode_end_of_rib(Family::Ipv4Multicast, out);
  EXPECT_EQ(to_hex(body_of(out)), to_hex(hex("0000 0006 800f03 000102")));
  ASSERT_FALSE(decode_update(body_of(out), ibgp_context(), update));
  EXPECT_EQ(update.end_of_rib, Family::Ipv4Multicast);

  ASSERT_FALSE(decode_update(hex("0000 0006 800f03 000101"), ibgp_context(), update));
  EXPECT_EQ(update.end_of_rib, Family::Ipv4Unicast) << "in the form of the other families";
  ASSERT_FALSE(decode_update(hex("0000 0006 800f03 000180"), ibgp_context(), update));
  EXPECT_FALSE(update.end_of_rib) << "of a family that was not negotiated";
  ASSERT_FALSE(decode_update(hex("0002 087f 0006 800f03 000201"), ibgp_context(), update));
  EXPECT_FALSE(update.end_of_rib) << "with withdrawn routes beside it";
}

// ---- What peers send and Tern would not

TEST(Update, HostBitsOfAPrefixMeanNothing) {
  UpdateMessage update;
  ASSERT_FALSE(decode_update(hex("0003 09ffff 0000"), ibgp_context(), update));
  EXPECT_EQ(update.withdrawn.at(0).prefix, prefix("255.128.0.0/9"));
}

TEST(Update, BothFamiliesInOneMessage) {
  const Buffer mp_reach =
      hex("800e1c 000201 10 20010db8000000000000000000000001 00 30 20010db80001");
  const Buffer mp_unreach = hex("800f04 000201 00");
  const Buffer body =
      update_body(hex("087f"), join({mp_reach, mp_unreach, kOrigin, kAsPath, kNextHop}), kPrefix);
  UpdateMessage update;
  ASSERT_FALSE(decode_update(body, ibgp_context(), update));
  EXPECT_EQ(update.withdrawn.size(), 1U);
  EXPECT_EQ(update.announced.size(), 1U);
  EXPECT_EQ(update.mp_reach.prefixes.size(), 1U);
  EXPECT_EQ(update.mp_unreach.prefixes.size(), 1U);
  EXPECT_EQ(update.attributes.next_hop.global, address("192.0.2.1"));
  EXPECT_EQ(update.mp_reach.next_hop.global, address("2001:db8::1"));
}

TEST(Update, LinkLocalNextHopsOfSpeakersWithoutAGlobalOne) {  // RFC 2545 section 3
  struct Row {
    const char* first;
    const char* second;
    const char* global;
    const char* link_local;
  };
  const std::vector<Row> rows{
      {"00000000000000000000000000000000", "fe800000000000000000000000000001", "fe80::1", ""},
      {"fe800000000000000000000000000001", "fe800000000000000000000000000001", "fe80::1", ""},
      {"20010db8000000000000000000000001", "20010db8000000000000000000000002", "2001:db8::1", ""},
      {"20010db8000000000000000000000001", "fe800000000000000000000000000001", "2001:db8::1",
       "fe80::1"},
  };
  for (const Row& row : rows) {
    const Buffer mp = attribute(
        0x80, 14, join({hex("000201 20"), hex(row.first), hex(row.second), hex("00 00")}));
    UpdateMessage update;
    ASSERT_FALSE(
        decode_update(update_body({}, join({mp, kOrigin, kAsPath}), {}), ibgp_context(), update));
    EXPECT_EQ(update.mp_reach.next_hop.global, address(row.global));
    EXPECT_EQ(update.mp_reach.next_hop.link_local.has_value(), row.link_local[0] != '\0');
  }
}

TEST(Update, NextHopBesideMpReachIsIgnored) {  // RFC 4760 section 3
  const Buffer mp = hex("800e16 000201 10 20010db8000000000000000000000001 00 00");
  for (const Buffer& next_hop : {kNextHop, hex("400303c00002")}) {
    UpdateMessage update;
    ASSERT_FALSE(
        decode_update(update_body({}, join({next_hop, mp, kOrigin, kAsPath, kLocalPref}), {}),
                      ibgp_context(), update));
    EXPECT_LT(update.treatment, Treatment::TreatAsWithdraw);
    EXPECT_FALSE(update.has_next_hop);
    EXPECT_EQ(update.attributes.next_hop, NextHop{});
  }
}

TEST(Update, FamiliesNotNegotiatedAreSkipped) {
  UpdateContext context;
  context.families = {Family::Ipv6Unicast};
  UpdateMessage update;
  const Buffer ipv4 = update_body(hex("087f"), join({kOrigin, kAsPath, kNextHop}), kPrefix);
  ASSERT_FALSE(decode_update(ipv4, context, update));
  EXPECT_TRUE(update.announced.empty());
  EXPECT_TRUE(update.withdrawn.empty());
  EXPECT_EQ(update.treatment, Treatment::AttributeDiscard);

  context.families = {Family::Ipv4Unicast};
  const Buffer vpn = attribute(0x80, 14, hex("0001 80 0c 0000000000000000 0a000001 00 ffffff"));
  const Buffer unreach = attribute(0x80, 15, hex("0002 01 ffff"));
  ASSERT_FALSE(
      decode_update(update_body({}, join({vpn, unreach, kOrigin, kAsPath}), {}), context, update));
  EXPECT_FALSE(update.has_mp_reach);
  EXPECT_FALSE(update.has_mp_unreach);
  EXPECT_EQ(update.faults.size(), 2U);
  EXPECT_EQ(update.treatment, Treatment::AttributeDiscard);
  EXPECT_FALSE(update.end_of_rib);
}

TEST(Update, UnknownAttributes) {  // RFC 4271 section 9
  const Buffer list =
      join({kOrigin, kAsPath, kNextHop, kLocalPref, hex("df 64 0002 beef 80 65 01 00 c0 63 00")});
  UpdateMessage update;
  ASSERT_FALSE(decode_update(update_body({}, list, kPrefix), ibgp_context(), update));
  EXPECT_EQ(update.treatment, Treatment::None);
  EXPECT_EQ(update.attributes.unknown,
            (std::vector<UnknownAttribute>{{0xE0, 99, {}}, {0xE0, 100, hex("beef")}}))
      << "transitive: kept, Partial set; not transitive: gone";
}

TEST(Update, AigpOnlyWhereConfigured) {  // RFC 7311 section 3.4
  UpdateContext context;
  const Buffer list = join({kOrigin, kAsPath, kNextHop, hex("80 1a 0b 01 000b 0000000000000a00")});
  UpdateMessage update;
  ASSERT_FALSE(decode_update(update_body({}, list, kPrefix), context, update));
  EXPECT_FALSE(update.attributes.aigp);
  context.aigp = true;
  ASSERT_FALSE(decode_update(update_body({}, list, kPrefix), context, update));
  EXPECT_EQ(update.attributes.aigp, 2560U);
}

TEST(Update, AigpMayHoldOtherTlvs) {  // RFC 7311 section 3
  const Buffer value = hex("02 0004 aa 01 000b 0000000000000001 01 000b 0000000000000002");
  const Buffer list = join({kOrigin, kAsPath, kNextHop, kLocalPref, attribute(0x80, 26, value)});
  UpdateMessage update;
  ASSERT_FALSE(decode_update(update_body({}, list, kPrefix), ibgp_context(), update));
  EXPECT_EQ(update.attributes.aigp, 1U);
  EXPECT_TRUE(update.faults.empty());
}

TEST(Update, AListOfAttributesMayLeaveTheNextHopOut) {
  Buffer out;
  encode_attribute_list(plain(), {true, false}, out);
  EXPECT_EQ(to_hex(out), to_hex(join({kOrigin, kAsPath})));
}

TEST(Update, NamesForLogsAndMetrics) {
  EXPECT_EQ(attribute_name(14), "MP_REACH_NLRI");
  EXPECT_EQ(attribute_name(99), "attribute 99");
  AttributeFault fault;
  fault.type = 1;
  EXPECT_EQ(field_name(fault), "ORIGIN (attribute 1)");
  fault.type = 99;
  EXPECT_EQ(field_name(fault), "attribute 99");
  EXPECT_EQ(to_string(Treatment::TreatAsWithdraw), "treat-as-withdraw");
}

}  // namespace
}  // namespace tern::wire
