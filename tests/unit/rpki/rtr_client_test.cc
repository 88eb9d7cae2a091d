// The client of a cache between octets and a clock. Most tests are transcripts: what the cache
// does, and what the client does then.
#include "bgpd/rpki/rtr_client.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/rpki/transcript.h"

namespace tern::rpki {
namespace {

TEST_F(RtrClientTest, LoadsWithAResetQuery) {
  client.start(now);
  client.connected(now);
  EXPECT_EQ(rim.take(), (Lines{"= connecting", "open", "= querying", "> v2 Reset Query"}));
  cache(CacheResponse{kSession});
  announce("192.0.2.0/24", 64496);
  cache(AspaPdu{true, 64496, {1, 2}});
  receive(raw({2, 9, 1, 0, 0, 0, 0, 33, 0, 0, 0, 0, 0, 0, 0, 0, 0,
               0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 1, 0}));  // Router Key
  EXPECT_FALSE(client.data());  // nothing counts before End of Data
  end_of_data(7);
  EXPECT_EQ(rim.take(), (Lines{"= receiving", "= synchronised", "data 1"}));
  EXPECT_EQ(vrps(), std::vector{vrp("192.0.2.0/24", 64496)});
  EXPECT_EQ(client.data().aspas->at(64496), (std::vector<Asn>{1, 2}));
  EXPECT_EQ(client.status().serial, 7U);
  EXPECT_EQ(client.status().session, kSession);
  EXPECT_EQ(client.status().updates, 1U);
}

TEST_F(RtrClientTest, OctetsMayComeOneByOne) {
  client.start(now);
  client.connected(now);
  rim.take();
  const Octets all = octets(CacheResponse{kSession}, 2) +
                     octets(PrefixPdu{true, vrp("192.0.2.0/24", 1)}, 2) +
                     octets(EndOfData{kSession, 1, Intervals{}}, 2);
  Octets waiting;
  for (const std::byte octet : all) {
    waiting.push_back(octet);
    const std::size_t used = client.receive(waiting, now);
    waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(used));
  }
  EXPECT_TRUE(waiting.empty());
  EXPECT_EQ(rim.take(), (Lines{"= receiving", "= synchronised", "data 1"}));
}

TEST_F(RtrClientTest, AsksForChangesWhenTheRefreshIntervalIsOver) {
  load();
  EXPECT_EQ(*rim.wake - now, 3600s);
  wake();
  EXPECT_EQ(rim.take(), (Lines{"= querying", "> v2 Serial Query 42/1"}));
  cache(CacheResponse{kSession});
  withdraw("192.0.2.0/24", 64496);
  announce("198.51.100.0/24", 64497);
  end_of_data(2);
  EXPECT_EQ(rim.take(), (Lines{"= receiving", "= synchronised", "data 2"}));
  EXPECT_EQ(vrps(), (std::vector{vrp("198.51.100.0/24", 64497), vrp("2001:db8::/32", 64496)}));
}

TEST_F(RtrClientTest, ACacheIsSynchronisedFromItsFirstEndOfDataToTheEndOfTheConnection) {
  const auto synchronised = [&] { return client.status().synchronised; };
  client.start(now);
  client.connected(now);
  cache(CacheResponse{kSession});
  EXPECT_FALSE(synchronised());
  end_of_data(1);
  EXPECT_TRUE(synchronised());
  wake();  // a refresh
  EXPECT_TRUE(synchronised());
  cache(CacheResponse{kSession});
  EXPECT_TRUE(synchronised());
  end_of_data(2);
  wake();
  cache(CacheReset{});
  EXPECT_TRUE(synchronised()) << "the data are those from before";
  client.failed("reset by peer", now);
  EXPECT_FALSE(synchronised());
  wake();
  client.connected(now);
  EXPECT_FALSE(synchronised()) << "nobody knows whether the data are complete";
  cache(ErrorReport{ErrorCode::NoDataAvailable, {}, {}});
  EXPECT_FALSE(synchronised());
}

TEST_F(RtrClientTest, AnAnswerWithoutChangesKeepsTheObjects) {
  load();
  const CacheData before = client.data();
  wake();
  cache(CacheResponse{kSession});
  end_of_data(1);
  EXPECT_TRUE(client.data() == before);
  EXPECT_EQ(rim.take().back(), "= synchronised");
}

TEST_F(RtrClientTest, ANotifyAsksAtOnce) {
  load();
  cache(SerialNotify{kSession, 1});  // known
  EXPECT_TRUE(rim.take().empty());
  cache(SerialNotify{kSession, 2});
  EXPECT_EQ(rim.take(), (Lines{"= querying", "> v2 Serial Query 42/1"}));
  cache(SerialNotify{kSession, 3});  // in the middle of the answer
  cache(CacheResponse{kSession});
  end_of_data(2);
  EXPECT_EQ(rim.take(),
            (Lines{"= receiving", "= synchronised", "= querying", "> v2 Serial Query 42/2"}));
}

TEST_F(RtrClientTest, ACacheResetKeepsTheDataUntilTheNewOnesAreComplete) {
  load();
  wake();
  rim.take();
  cache(CacheReset{});
  EXPECT_EQ(rim.take(), Lines{"> v2 Reset Query"});
  cache(CacheResponse{43});
  announce("203.0.113.0/24", 1);
  EXPECT_EQ(vrps().size(), 2U);
  cache(EndOfData{43, 1, Intervals{}});
  EXPECT_EQ(vrps(), std::vector{vrp("203.0.113.0/24", 1)});
  EXPECT_EQ(client.status().session, 43);
}

// ---- Connections and timers

TEST_F(RtrClientTest, ALostConnectionIsOpenedAgainWithTheSerial) {
  load();
  client.failed("reset by peer", now);
  EXPECT_EQ(rim.take(), (Lines{"= waiting", "down: reset by peer"}));
  EXPECT_EQ(*rim.wake - now, 1s);
  wake();
  client.connected(now);
  EXPECT_EQ(rim.take(), (Lines{"= connecting", "open", "= querying", "> v2 Serial Query 42/1"}));
}

TEST_F(RtrClientTest, WaitsLongerUpToTheRetryInterval) {
  client.start(now);
  std::vector<long> waits;
  for (int i = 0; i < 12; ++i) {
    client.failed("refused", now);
    waits.push_back(std::chrono::duration_cast<Seconds>(*rim.wake - now).count());
    wake();
  }
  EXPECT_EQ(waits, (std::vector<long>{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600}));
}

TEST_F(RtrClientTest, ASilentCacheIsLeft) {
  client.start(now);
  wake();  // no connection in 30 s
  EXPECT_EQ(rim.take(),
            (Lines{"= connecting", "open", "close", "= waiting", "down: no connection in 30 s"}));
  wake();
  client.connected(now);
  cache(CacheResponse{kSession});
  rim.take();
  later(59s);
  announce("192.0.2.0/24", 1);
  later(59s);
  EXPECT_TRUE(rim.take().empty());
  later(1s);
  EXPECT_EQ(rim.take(), (Lines{"close", "= waiting", "down: the cache is silent for 60 s"}));
}

TEST_F(RtrClientTest, DataExpireWhenTheCacheStaysAway) {
  load();
  client.failed("gone", now);
  const Time loaded = now;
  while (client.data()) {
    wake();
    if (client.state() == RtrClient::State::Connecting) client.failed("refused", now);
  }
  EXPECT_EQ(now - loaded, 7200s);
  EXPECT_EQ(rim.take().back(), "no data");
  EXPECT_FALSE(client.status().session.has_value());
}

TEST_F(RtrClientTest, OperatorsHaveCeilings) {
  RtrConfig config;
  config.max_expire = 1000s;
  config.max_refresh = 300s;
  client.reconfigure(config, now);
  load();
  EXPECT_EQ(client.status().intervals, (Intervals{300, 500, 1000}));
  config.max_expire = 800s;
  client.reconfigure(config, now);
  EXPECT_EQ(*client.status().expires - now, 800s);
}

TEST_F(RtrClientTest, IntervalsOfTheCacheAreCutToTheRfc) {
  client.start(now);
  client.connected(now);
  cache(CacheResponse{kSession});
  end_of_data(1, 2, {0, 0, 0});
  EXPECT_EQ(client.status().intervals, (Intervals{1, 1, 600}));
  cache(SerialNotify{kSession, 2});
  cache(CacheResponse{kSession});
  end_of_data(2, 2, {0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF});
  EXPECT_EQ(client.status().intervals, (Intervals{86400, 7200, 172800}));
}

TEST_F(RtrClientTest, StoppingKeepsTheDataUntilTheyExpire) {
  load();
  client.stop(now);
  EXPECT_EQ(rim.take(), (Lines{"close", "= waiting", "down: stopped", "= stopped"}));
  EXPECT_TRUE(client.data());
  wake();
  EXPECT_FALSE(client.data());
  EXPECT_FALSE(rim.wake.has_value());
}

TEST_F(RtrClientTest, ACacheWithoutDataIsAskedAgain) {
  client.start(now);
  client.connected(now);
  rim.take();
  cache(ErrorReport{ErrorCode::NoDataAvailable, {}, "starting"});
  EXPECT_EQ(rim.take(), (Lines{"< Error 2", "= no-data"}));
  EXPECT_EQ(*rim.wake - now, 600s);
  wake();
  EXPECT_EQ(rim.take(), (Lines{"= querying", "> v2 Reset Query"}));
  cache(ErrorReport{ErrorCode::NoDataAvailable, {}, ""});
  rim.take();
  cache(SerialNotify{kSession, 1});
  EXPECT_EQ(rim.take(), (Lines{"= querying", "> v2 Reset Query"}));
}

// ---- Versions (RFC 8210 section 7)

TEST_F(RtrClientTest, GoesDownWithTheCachesReport) {
  client.start(now);
  client.connected(now);
  rim.take();
  cache(ErrorReport{ErrorCode::UnsupportedVersion, {}, ""}, 0);
  EXPECT_EQ(rim.take(), (Lines{"< Error 4", "close", "= waiting",
                               "down: the cache does not support version 2"}));
  wake();
  client.connected(now);
  EXPECT_EQ(rim.take().back(), "> v0 Reset Query");
  cache(CacheResponse{kSession}, 0);
  announce("192.0.2.0/24", 1, 0);
  cache(EndOfData{kSession, 1, {}}, 0);
  EXPECT_EQ(client.status().intervals, Intervals{});
  client.failed("gone", now);
  wake();
  client.connected(now);
  EXPECT_EQ(rim.take().back(), "> v0 Serial Query 42/1");
}

TEST_F(RtrClientTest, GoesDownWithTheCachesAnswer) {
  client.start(now);
  client.connected(now);
  cache(SerialNotify{kSession, 1}, 0);  // says nothing about the version
  EXPECT_EQ(rim.take().back(), "> v2 Reset Query");
  cache(CacheResponse{kSession}, 1);
  EXPECT_EQ(client.status().version, 1);
  end_of_data(1, 1);
  EXPECT_EQ(client.state(), RtrClient::State::Synchronised);
}

// A session ID means nothing in another version.
TEST_F(RtrClientTest, ASerialQueryThatIsAnsweredInALowerVersionBecomesAResetQuery) {
  load();
  client.failed("gone", now);
  wake();
  client.connected(now);
  EXPECT_EQ(rim.take().back(), "> v2 Serial Query 42/1");
  cache(CacheResponse{kSession}, 1);
  EXPECT_EQ(rim.take(), (Lines{"close", "= waiting", "down: the cache speaks version 1"}));
  EXPECT_EQ(*rim.wake, now);
  wake();
  client.connected(now);
  EXPECT_EQ(rim.take().back(), "> v1 Reset Query");
  EXPECT_TRUE(client.data());
}

TEST_F(RtrClientTest, TriesTheHighestVersionAgainAfterADay) {
  client.start(now);
  client.connected(now);
  cache(CacheResponse{kSession}, 1);
  end_of_data(1, 1, {86400, 7200, 172800});
  now += 25h;
  client.failed("gone", now);
  wake();
  client.connected(now);
  EXPECT_EQ(rim.take().back(), "> v2 Reset Query");  // and keeps the data until they come
  EXPECT_TRUE(client.data());
}

TEST_F(RtrClientTest, ACacheThatJustClosesIsAskedInALowerVersion) {
  client.start(now);
  for (int i = 0; i < 2; ++i) {
    client.connected(now);
    EXPECT_EQ(rim.take().back(), "> v2 Reset Query");
    client.failed("closed", now);
    wake();
  }
  client.connected(now);
  EXPECT_EQ(rim.take().back(), "> v1 Reset Query");
}

TEST_F(RtrClientTest, VersionsHaveAFloor) {
  RtrConfig config;
  config.min_version = 1;
  client.reconfigure(config, now);
  client.start(now);
  client.connected(now);
  rim.take();
  cache(CacheResponse{kSession}, 0);
  EXPECT_EQ(rim.take(), (Lines{"> v2 Error 4 version 0", "close", "= waiting",
                               "down: Unsupported Protocol Version: version 0"}));
  wake();
  client.connected(now);
  cache(ErrorReport{ErrorCode::UnsupportedVersion, {}, ""}, 0);
  wake();
  client.connected(now);
  EXPECT_EQ(rim.take().back(), "> v1 Reset Query");
  cache(ErrorReport{ErrorCode::UnsupportedVersion, {}, ""}, 0);
  EXPECT_EQ(*rim.wake - now, 600s);
}

TEST_F(RtrClientTest, AVersionBelongsToTheConnection) {
  load();
  cache(SerialNotify{kSession, 2}, 1);
  EXPECT_EQ(rim.take(), (Lines{"> v2 Error 8 version 1", "close", "= waiting",
                               "down: Unexpected Protocol Version: version 1"}));
}

// StayRTR 0.5.1 in version 2: the flags, address family and count of draft 10.
TEST_F(RtrClientTest, AnObsoleteAspaLeadsToVersion1) {
  client.start(now);
  client.connected(now);
  cache(CacheResponse{kSession});
  announce("192.0.2.0/24", 1);
  rim.take();
  receive(raw({2, 11, 0, 0, 0, 0, 0, 20, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2}));
  EXPECT_EQ(rim.take(),
            (Lines{"> v2 Error 9 ASPA PDU in the obsolete form of draft-ietf-sidrops-8210bis-10; "
                   "version 1 is next",
                   "close", "= waiting",
                   "down: ASPA Provider List Error: ASPA PDU in the obsolete form of "
                   "draft-ietf-sidrops-8210bis-10; version 1 is next"}));
  EXPECT_EQ(*rim.wake, now);
  wake();
  client.connected(now);
  cache(CacheResponse{kSession}, 1);
  announce("192.0.2.0/24", 1, 1);
  end_of_data(1, 1);
  EXPECT_EQ(rim.take(), (Lines{"= connecting", "open", "= querying", "> v1 Reset Query",
                               "= receiving", "= synchronised", "data 1"}));
}

TEST_F(RtrClientTest, WithAFloorOf2AnObsoleteAspaIsAnErrorThatStays) {
  RtrConfig config;
  config.min_version = 2;
  client.reconfigure(config, now);
  client.start(now);
  client.connected(now);
  cache(CacheResponse{kSession});
  receive(raw({2, 11, 0, 0, 0, 0, 0, 20, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2}));
  EXPECT_EQ(*rim.wake - now, 600s);
}

}  // namespace
}  // namespace tern::rpki
