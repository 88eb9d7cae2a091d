// Caches that break the protocol, report errors or send too much, as transcripts.
#include <gtest/gtest.h>

#include <vector>

#include "bgpd/rpki/rtr_client.h"
#include "tests/unit/rpki/transcript.h"

namespace tern::rpki {
namespace {

TEST_F(RtrClientTest, AFaultEndsTheConnectionAndKeepsTheData) {
  load();
  receive(raw({2, 99, 0, 0, 0, 0, 0, 8}));
  EXPECT_EQ(rim.take(), (Lines{"> v2 Error 5 PDU of type 99 in version 2", "close", "= waiting",
                               "down: Unsupported PDU Type: PDU of type 99 in version 2"}));
  EXPECT_EQ(*rim.wake - now, 600s);
  EXPECT_EQ(vrps().size(), 2U);
}

TEST_F(RtrClientTest, ALengthOutOfBoundsIsReported) {
  load();
  const Octets bad = raw({2, 4, 0, 0, 0xFF, 0, 0, 0, 1, 2, 3});
  EXPECT_EQ(client.receive(bad, now), 0U);
  EXPECT_EQ(rim.take().front(), "> v2 Error 0 PDU of type 4 and 4278190080 octets");
}

TEST_F(RtrClientTest, PdusOutOfPlaceAreCorruptData) {
  load();
  announce("203.0.113.0/24", 1);
  EXPECT_EQ(rim.take().front(), "> v2 Error 0 IPv4 Prefix PDU while synchronised");
  for (const Pdu& pdu : {Pdu(CacheReset{}), Pdu(EndOfData{kSession, 1, Intervals{}}),
                         Pdu(ResetQuery{}), Pdu(AspaPdu{true, 1, {2}})}) {
    wake();
    client.connected(now);
    cache(CacheResponse{kSession});
    end_of_data(1);
    rim.take();
    cache(pdu);
    EXPECT_EQ(rim.take().front().substr(0, 12), "> v2 Error 0");
  }
}

TEST_F(RtrClientTest, ADuplicateAnnouncementIsReportedAndNothingCounts) {
  load();
  wake();
  cache(CacheResponse{kSession});
  announce("203.0.113.0/24", 1);
  announce("192.0.2.0/24", 64496);
  rim.take();
  end_of_data(2);
  EXPECT_EQ(rim.take(), (Lines{"> v2 Error 7 192.0.2.0/24 AS64496", "close", "= waiting",
                               "down: Duplicate Announcement Received: 192.0.2.0/24 AS64496"}));
  const auto report = decode(std::get<Frame>(next_pdu(rim.last_sent)));
  EXPECT_EQ(std::get<ErrorReport>(*report).pdu,
            octets(PrefixPdu{true, vrp("192.0.2.0/24", 64496)}, 2));
  EXPECT_EQ(vrps().size(), 2U);
  // The two sides differ on what there is.
  wake();
  client.connected(now);
  EXPECT_EQ(rim.take().back(), "> v2 Reset Query");
}

TEST_F(RtrClientTest, AnUnknownWithdrawalIsReported) {
  load();
  wake();
  cache(CacheResponse{kSession});
  withdraw("203.0.113.0/24", 1);
  rim.take();
  end_of_data(2);
  EXPECT_EQ(rim.take().front(), "> v2 Error 6 203.0.113.0/24 AS1");
}

TEST_F(RtrClientTest, TwoOfOneRecordInAnAnswerToAResetQuery) {
  client.start(now);
  client.connected(now);
  cache(CacheResponse{kSession});
  announce("192.0.2.0/24", 1);
  announce("192.0.2.0/24", 1);
  rim.take();
  end_of_data(1);
  EXPECT_EQ(rim.take().front(), "> v2 Error 7 192.0.2.0/24 AS1");
  EXPECT_FALSE(client.data());
}

TEST_F(RtrClientTest, TheOrderWithinAnAnswerCounts) {
  load();
  wake();
  cache(CacheResponse{kSession});
  withdraw("192.0.2.0/24", 64496);
  announce("192.0.2.0/24", 64496);
  announce("203.0.113.0/24", 1);
  withdraw("203.0.113.0/24", 1);
  end_of_data(2);
  EXPECT_EQ(vrps(), (std::vector{vrp("192.0.2.0/24", 64496), vrp("2001:db8::/32", 64496)}));
}

TEST_F(RtrClientTest, AspasAreReplacedAndWithdrawn) {
  load();
  wake();
  cache(CacheResponse{kSession});
  cache(AspaPdu{true, 1, {2}});
  cache(AspaPdu{true, 1, {3}});
  cache(AspaPdu{true, 4, {5}});
  cache(AspaPdu{false, 4, {}});
  end_of_data(2);
  EXPECT_EQ(*client.data().aspas, (AspaRecords{{1, {3}}}));
  cache(SerialNotify{kSession, 3});
  cache(CacheResponse{kSession});
  cache(AspaPdu{false, 4, {}});
  rim.take();
  end_of_data(3);
  EXPECT_EQ(rim.take().front(), "> v2 Error 6 ASPA of AS4");
}

// RFC 8210 section 5.1.
TEST_F(RtrClientTest, AnotherSessionInTheMiddleLosesTheData) {
  load();
  cache(SerialNotify{43, 2});
  EXPECT_EQ(rim.take(), (Lines{"> v2 Error 0 session ID 43 instead of 42", "close", "= waiting",
                               "down: Corrupt Data: session ID 43 instead of 42", "no data"}));
  wake();
  client.connected(now);
  EXPECT_EQ(rim.take().back(), "> v2 Reset Query");
}

TEST_F(RtrClientTest, TheSessionOfAnAnswerMustBeTheSameToItsEnd) {
  load();
  wake();
  cache(CacheResponse{kSession});
  rim.take();
  cache(EndOfData{43, 2, Intervals{}});
  EXPECT_EQ(rim.take().front(), "> v2 Error 0 session ID 43 instead of 42");
  EXPECT_FALSE(client.data());
}

TEST_F(RtrClientTest, AnErrorOfTheCacheEndsTheConnection) {
  load();
  cache(ErrorReport{ErrorCode::InternalError, {}, "disk\nfull"});
  EXPECT_EQ(rim.take(), (Lines{"< Error 1", "close", "= waiting",
                               "down: the cache reports Internal Error: disk?full"}));
  EXPECT_EQ(*rim.wake - now, 600s);
}

// RFC 8210 section 5.11.
TEST_F(RtrClientTest, AMalformedErrorReportIsNotAnswered) {
  load();
  receive(raw({2, 10, 0, 0, 0, 0, 0, 8}));
  EXPECT_EQ(rim.take(), (Lines{"close", "= waiting",
                               "down: malformed Error Report: Error Report PDU of 8 octets"}));
}

TEST_F(RtrClientTest, RecordsHaveABound) {
  RtrConfig config;
  config.max_records = 3;
  client.reconfigure(config, now);
  load();
  wake();
  cache(CacheResponse{kSession});
  announce("198.51.100.0/24", 1);
  announce("203.0.113.0/24", 1);
  rim.take();
  end_of_data(2);
  EXPECT_EQ(rim.take().front(), "> v2 Error 1 more than 3 records");
  wake();
  client.connected(now);
  cache(CacheResponse{kSession});
  rim.take();
  cache(AspaPdu{true, 1, {2, 3, 4}});
  EXPECT_EQ(rim.take().front(), "> v2 Error 1 more than 3 records");
  EXPECT_EQ(vrps().size(), 2U);
}

TEST_F(RtrClientTest, PdusBehindTheEndOfAConnectionMeanNothing) {
  load();
  const Octets both = octets(CacheReset{}, 2) + octets(SerialNotify{kSession, 9}, 2);
  EXPECT_EQ(client.receive(both, now), 8U);
  EXPECT_EQ(rim.take().size(), 4U);
}

}  // namespace
}  // namespace tern::rpki
