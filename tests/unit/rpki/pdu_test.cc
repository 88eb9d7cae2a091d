#include "bgpd/rpki/pdu.h"

#include <gtest/gtest.h>

#include "tests/unit/rpki/records.h"

namespace tern::rpki {
namespace {

Result<Pdu, Fault> decoded(const Octets& octets) {
  const auto next = next_pdu(octets);
  if (const auto* fault = std::get_if<Fault>(&next)) return *fault;
  const auto& frame = std::get<Frame>(next);
  EXPECT_EQ(frame.octets.size(), octets.size());
  return decode(frame);
}

void both_ways(const Pdu& pdu, const Octets& on_the_wire) {
  const auto version = std::to_integer<std::uint8_t>(on_the_wire[0]);
  EXPECT_EQ(octets(pdu, version), on_the_wire);
  const auto back = decoded(on_the_wire);
  ASSERT_TRUE(back.ok()) << back.error().text;
  EXPECT_TRUE(*back == pdu);
}

void refused(const Octets& on_the_wire, ErrorCode code, std::string_view text) {
  const auto result = decoded(on_the_wire);
  ASSERT_FALSE(result.ok()) << text;
  EXPECT_EQ(result.error().code, code) << result.error().text;
  EXPECT_NE(result.error().text.find(text), std::string::npos) << result.error().text;
}

TEST(Pdu, OctetsAndValues) {
  both_ways(SerialNotify{0x1234, 5}, raw({1, 0, 0x12, 0x34, 0, 0, 0, 12, 0, 0, 0, 5}));
  both_ways(SerialQuery{0x1234, 5}, raw({0, 1, 0x12, 0x34, 0, 0, 0, 12, 0, 0, 0, 5}));
  both_ways(ResetQuery{}, raw({2, 2, 0, 0, 0, 0, 0, 8}));
  both_ways(CacheResponse{7}, raw({1, 3, 0, 7, 0, 0, 0, 8}));
  both_ways(PrefixPdu{true, vrp("192.0.2.0/24", 64496, 25)},
            raw({1, 4, 0, 0, 0, 0, 0, 20, 1, 24, 25, 0, 192, 0, 2, 0, 0, 0, 0xFB, 0xF0}));
  both_ways(PrefixPdu{false, vrp("2001:db8::/32", 1)},
            raw({0, 6, 0, 0, 0, 0, 0, 32, 0, 32, 32, 0, 0x20, 1, 0x0d, 0xb8,
                 0, 0, 0, 0, 0, 0, 0, 0,  0, 0,  0,  0, 0,    0, 0,    1}));
  both_ways(EndOfData{7, 9, {}}, raw({0, 7, 0, 7, 0, 0, 0, 12, 0, 0, 0, 9}));
  both_ways(EndOfData{7, 9, Intervals{1, 2, 3}},
            raw({1, 7, 0, 7, 0, 0, 0, 24, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3}));
  both_ways(CacheReset{}, raw({1, 8, 0, 0, 0, 0, 0, 8}));
  both_ways(ErrorReport{ErrorCode::NoDataAvailable, raw({1, 2}), "no"},
            raw({1, 10, 0, 2, 0, 0, 0, 20, 0, 0, 0, 2, 1, 2, 0, 0, 0, 2, 'n', 'o'}));
  both_ways(AspaPdu{true, 64496, {1, 2}},
            raw({2, 11, 1, 0, 0, 0, 0, 20, 0, 0, 0xFB, 0xF0, 0, 0, 0, 1, 0, 0, 0, 2}));
  both_ways(AspaPdu{false, 64496, {}}, raw({2, 11, 0, 0, 0, 0, 0, 12, 0, 0, 0xFB, 0xF0}));
}

TEST(Pdu, PartsAskForMore) {
  const Octets whole = octets(SerialNotify{1, 2}, 1);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_TRUE(std::holds_alternative<NeedMore>(next_pdu(Bytes(whole).first(size))));
  }
}

TEST(Pdu, LengthsHaveBounds) {
  refused(raw({1, 4, 0, 0, 0, 0, 0, 7}), ErrorCode::CorruptData, "7 octets");
  refused(raw({1, 4, 0, 0, 0, 1, 0, 0}), ErrorCode::CorruptData, "65536 octets");
  refused(raw({1, 4, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF}), ErrorCode::CorruptData, "octets");
  refused(raw({1, 8, 0, 0, 0, 0, 0, 9, 0}), ErrorCode::CorruptData, "Cache Reset PDU of 9");
  refused(raw({1, 7, 0, 7, 0, 0, 0, 12, 0, 0, 0, 9}), ErrorCode::CorruptData, "End of Data");
}

TEST(Pdu, PrefixesMustFit) {
  const auto v4 = [](unsigned version, unsigned length, unsigned most, unsigned last) {
    return raw({version, 4, 0, 0, 0, 0, 0, 20, 1, length, most, 0, 192, 0, 2, last, 0, 0, 0, 1});
  };
  refused(v4(1, 25, 24, 0), ErrorCode::CorruptData, "length 25, maximum length 24");
  refused(v4(1, 24, 33, 0), ErrorCode::CorruptData, "maximum length 33");
  // Host bits are an error from version 2 on.
  EXPECT_TRUE(*decoded(v4(1, 24, 24, 1)) == Pdu(PrefixPdu{true, vrp("192.0.2.0/24", 1)}));
  refused(v4(2, 24, 24, 1), ErrorCode::CorruptData, "192.0.2.1/24 has host bits");
}

TEST(Pdu, TypesBelongToVersions) {
  refused(raw({0, 9, 0, 0, 0, 0, 0, 8}), ErrorCode::UnsupportedPduType, "type 9 in version 0");
  refused(raw({1, 11, 0, 0, 0, 0, 0, 8}), ErrorCode::UnsupportedPduType, "type 11 in version 1");
  refused(raw({2, 5, 0, 0, 0, 0, 0, 8}), ErrorCode::UnsupportedPduType, "type 5");
  refused(raw({1, 9, 1, 0, 0, 0, 0, 8}), ErrorCode::CorruptData, "Router Key");
}

TEST(Pdu, ErrorReportsWithWrongInnerLengths) {
  refused(raw({1, 10, 0, 0, 0, 0, 0, 8}), ErrorCode::CorruptData, "Error Report");
  refused(raw({1, 10, 0, 0, 0, 0, 0, 16, 0, 0, 0, 1, 0, 0, 0, 0}), ErrorCode::CorruptData, "");
  refused(raw({1, 10, 0, 0, 0, 0, 0, 16, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0}),
          ErrorCode::CorruptData, "");
  refused(raw({1, 10, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF}),
          ErrorCode::CorruptData, "");
}

// draft-ietf-sidrops-8210bis section 5.12.
TEST(Pdu, AspasFollowTheRulesOfTheDraft) {
  const auto aspa = [](unsigned flags, std::initializer_list<Asn> providers) {
    return octets(AspaPdu{flags != 0, 64496, providers}, 2);
  };
  constexpr auto kCode = ErrorCode::AspaProviderList;
  refused(aspa(1, {}), kCode, "0 providers");
  refused(aspa(1, {2, 1}), kCode, "not ascending");
  refused(aspa(1, {2, 2}), kCode, "not ascending");
  refused(aspa(1, {0, 1}), kCode, "AS 0");
  refused(aspa(0, {1}), kCode, "withdrawal");
  EXPECT_TRUE(decoded(aspa(1, {0})).ok());
  refused(raw({2, 11, 1, 0, 0, 0, 0, 14, 0, 0, 0, 1, 0, 0}), ErrorCode::CorruptData, "ASPA");
  std::vector<Asn> many(kMaxProviders);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<Asn>(i + 1);
  EXPECT_TRUE(decoded(octets(AspaPdu{true, 1, many}, 2)).ok());
}

// As StayRTR 0.5.1 sends them: flags, address family, count, customer, providers.
TEST(Pdu, TheObsoleteAspaIsNamed) {
  refused(raw({2, 11, 0, 0, 0, 0, 0, 24, 1, 0, 0, 2, 0, 0, 0xFB, 0xF0, 0, 0, 0, 1, 0, 0, 0, 2}),
          ErrorCode::AspaProviderList, "obsolete");
}

TEST(Pdu, AnErrorReportHasABound) {
  const Octets report = octets(ErrorReport{ErrorCode::CorruptData, Octets(9000), {}}, 1);
  EXPECT_LE(report.size(), 4096U);
  EXPECT_TRUE(decoded(report).ok());
}

}  // namespace
}  // namespace tern::rpki
