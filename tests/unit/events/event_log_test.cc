// Reports that become one event, the end of an event, lines and bounds.
#include "bgpd/events/event_log.h"

#include "reported.h"

namespace tern::events {
namespace {

TEST_F(EventLogTest, AnEventHasAStartAnEndAndEvidence) {
  Report down = report(What::Begin, Kind::SessionDown, "edge-1", "Hold Timer Expired");
  down.evidence = {{"state", "Idle"}};
  take(down);
  ASSERT_EQ(all().size(), 1U);
  EXPECT_TRUE(all()[0].open());
  EXPECT_EQ(all()[0].severity, Severity::Warning);
  EXPECT_EQ(all()[0].evidence.at("state"), "Idle");
  EXPECT_EQ(open(Kind::SessionDown), 1U);

  now_ += 30;
  take(report(What::End, Kind::SessionDown, "edge-1", ""));
  ASSERT_EQ(all().size(), 1U);
  EXPECT_EQ(all()[0].start, kStart);
  EXPECT_EQ(all()[0].end, kStart + 30);
  EXPECT_EQ(open(Kind::SessionDown), 0U);
  EXPECT_EQ(lines_, "began 1;ended 1;");
}

TEST_F(EventLogTest, AFlapIsOneEventWithACount) {
  for (int i = 0; i < 5; ++i) {
    take(report(What::Begin, Kind::SessionDown, "edge-1"));
    now_ += 5;
    take(report(What::End, Kind::SessionDown, "edge-1"));
    now_ += 5;
    tick();
  }
  ASSERT_EQ(all().size(), 1U);
  EXPECT_EQ(all()[0].count, 5U);
  EXPECT_EQ(total(Kind::SessionDown), 5U);

  now_ += LiveEvent::kAgain;
  tick();
  take(report(What::Begin, Kind::SessionDown, "edge-1"));
  EXPECT_EQ(all().size(), 2U) << "a minute later the event is another one";
}

TEST_F(EventLogTest, AFlapWritesALineForBeginningsAndOneForAnEndInAMinute) {
  take(report(What::Begin, Kind::SessionDown, "edge-1"));
  for (int i = 0; i < 59; ++i) {
    take(report(What::End, Kind::SessionDown, "edge-1"));
    ++now_;
    take(report(What::Begin, Kind::SessionDown, "edge-1"));
    tick();
  }
  EXPECT_EQ(lines_, "began 1;ended 1;");
  ++now_;
  tick();
  EXPECT_EQ(lines_, "began 1;ended 1;again 60;") << "the event stays open: the last line says so";
  now_ += 300;
  tick();
  EXPECT_EQ(lines_, "began 1;ended 1;again 60;") << "and is the last one";
}

TEST_F(EventLogTest, AFlapThatStopsHasItsCountInALineBehindThePause) {
  for (int i = 0; i < 3; ++i) {
    take(report(What::Begin, Kind::SessionDown, "edge-1"));
    ++now_;
    take(report(What::End, Kind::SessionDown, "edge-1"));
  }
  take(report(What::Once, Kind::SessionUp, "edge-1"));
  take(report(What::Once, Kind::SessionUp, "edge-1"));
  EXPECT_EQ(lines_, "began 1;ended 1;began 1;");
  now_ += LiveEvent::kLinePause - 1;
  tick();
  EXPECT_EQ(lines_, "began 1;ended 1;began 1;ended 3;");
  ++now_;
  tick();
  EXPECT_EQ(lines_, "began 1;ended 1;began 1;ended 3;again 2;");
}

TEST_F(EventLogTest, AnUnchangedReportIsNoChange) {
  take(report(What::Begin, Kind::SessionDown, "edge-1"));
  const std::uint64_t change = log_.last_change();
  take(report(What::Begin, Kind::SessionDown, "edge-1"));
  ++now_;
  tick();
  EXPECT_EQ(log_.last_change(), change);
  take(report(What::Begin, Kind::SessionDown, "edge-1", "another reason"));
  ++now_;
  tick();
  EXPECT_GT(log_.last_change(), change);
  EXPECT_EQ(all()[0].summary, "another reason");
  EXPECT_EQ(all()[0].count, 1U);
}

TEST_F(EventLogTest, TheOldestEndedEventIsForgottenFirst) {
  take(report(What::Begin, Kind::PopDrained, "pop"));
  for (int i = 0; i < 150; ++i) {
    now_ += EventBursts::kWindow;
    take(report(What::Once, Kind::SessionUp, "edge-" + std::to_string(i)));
  }
  EXPECT_EQ(log_.size(), 100U);
  EXPECT_EQ(all().front().kind, Kind::PopDrained);
  EXPECT_EQ(all()[1].key, "session-up edge-51");
  EXPECT_NE(log_.forgotten(), 0U);
  EXPECT_EQ(log_.counts().forgotten, 0U);
}

TEST_F(EventLogTest, OpenEventsAreBounded) {
  for (int i = 0; i < 150; ++i) {
    now_ += EventBursts::kWindow;
    take(report(What::Begin, Kind::SessionDown, "edge-" + std::to_string(i)));
  }
  EXPECT_EQ(log_.size(), 100U);
  EXPECT_EQ(open(Kind::SessionDown), 100U);
  EXPECT_EQ(log_.counts().forgotten, 50U);
  take(report(What::End, Kind::SessionDown, "edge-3"));
  EXPECT_EQ(open(Kind::SessionDown), 100U) << "the end of a forgotten event is nothing";
  log_.set_keep(10);
  EXPECT_EQ(log_.size(), 100U);
  EXPECT_GT(tick(), 1U) << "so many events are not forgotten in one piece";
  EXPECT_EQ(log_.size(), 10U);
  EXPECT_EQ(open(Kind::SessionDown), 10U);
}

TEST_F(EventLogTest, AnEventThatIsForgottenInTheSecondOfItsReturnIsNotOpen) {
  log_.set_keep(1);
  take(report(What::Begin, Kind::SessionDown, "edge-1"));
  take(report(What::End, Kind::SessionDown, "edge-1"));
  take(report(What::Begin, Kind::SessionDown, "edge-1"));
  EXPECT_EQ(open(Kind::SessionDown), 1U);
  take(report(What::Begin, Kind::SessionDown, "edge-2"));
  EXPECT_EQ(open(Kind::SessionDown), 1U);
  EXPECT_EQ(log_.counts().forgotten, 1U);
  take(report(What::Begin, Kind::SessionDown, "edge-1"));
  take(report(What::End, Kind::SessionDown, "edge-1"));
  take(report(What::End, Kind::SessionDown, "edge-2"));
  EXPECT_EQ(open(Kind::SessionDown), 0U);
}

TEST_F(EventLogTest, AnEventThatGoesOnElsewhereNamesItsNewSubject) {
  Report one = report(What::Begin, Kind::OriginHijack, "203.0.113.0/24");
  one.subject = {"203.0.113.0/24", "edge-1", 64501, "", ""};
  take(one);
  one.subject.neighbor = "edge-2";
  one.subject.partner = 64502;
  take(one);
  ++now_;
  tick();
  ASSERT_EQ(all().size(), 1U);
  EXPECT_EQ(all()[0].subject, one.subject);
}

TEST_F(EventLogTest, ManyChangesBecomeVisibleInSlices) {
  log_.set_keep(1000);
  for (int i = 0; i < 500; ++i) {
    Report one = report(What::Begin, Kind::SessionDown, "edge-" + std::to_string(i));
    one.group = one.key;
    take(one);
    one.summary = "another";
    take(std::move(one));
  }
  ++now_;
  EXPECT_GE(tick(), 500U / EventLog::kSlice);
  for (const Event& event : all()) EXPECT_EQ(event.summary, "another");
  EXPECT_EQ(tick(), 1U) << "events at rest are not looked at";
}

TEST_F(EventLogTest, TextsAndEvidenceAreCut) {
  Report big = report(What::Once, Kind::SessionUp, std::string(1000, 'k'), std::string(5000, 's'));
  big.subject.source = std::string(kMostText - 1, 'x') + "\u00e4";
  big.evidence[std::string(1000, 'a')] = "long name";
  for (int i = 0; i < 100; ++i) big.evidence["e" + std::to_string(i)] = std::string(1000, 'e');
  take(std::move(big));
  const Event event = all().front();
  EXPECT_LE(event.summary.size(), kMostText);
  EXPECT_EQ(event.evidence.size(), kMostEvidence);
  EXPECT_EQ(event.evidence.at(std::string(kMostText, 'a')), "long name");
  EXPECT_EQ(event.evidence.at("e0").size(), kMostText);
  EXPECT_EQ(event.subject.source, std::string(kMostText - 1, 'x')) << "no part of a character";
}

// A session that was down when the run before this one ended.
Event before_restart(std::uint32_t id, const std::string& neighbor) {
  Event event;
  event.id = id;
  event.kind = Kind::SessionDown;
  event.key = "session-down " + neighbor;
  event.start = event.last = kStart - 600;
  event.count = 1;
  return event;
}

TEST_F(EventLogTest, ARestoredEventGoesOnOrEnds) {
  log_.restore(before_restart(7, "edge-1"), now_);
  log_.restore(before_restart(8, "edge-2"), now_);
  take(report(What::Begin, Kind::SessionDown, "edge-1"));
  now_ += LiveEvent::kRestoredGrace;
  tick();
  const auto events = all();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].id, 7U);
  EXPECT_TRUE(events[0].open());
  EXPECT_EQ(events[0].start, kStart - 600);
  EXPECT_EQ(events[1].id, 8U);
  EXPECT_FALSE(events[1].open());
  EXPECT_EQ(events[1].evidence.at("end"), "not reported since the restart");
  take(report(What::Once, Kind::SessionUp, "edge-3"));
  EXPECT_EQ(all().back().id, 9U) << "ids go on";
}

TEST_F(EventLogTest, HistoryThatComesLateGoesOnAsTheYoungerEvent) {
  take(report(What::Begin, Kind::SessionDown, "edge-1"));
  log_.restore(before_restart(7, "edge-1"), now_);
  EXPECT_EQ(open(Kind::SessionDown), 1U);
  ASSERT_EQ(all().size(), 2U);
  EXPECT_EQ(all()[1].evidence.at("end"), "goes on as event 1");
  take(report(What::Begin, Kind::SessionDown, "edge-2"));
  EXPECT_EQ(all().back().id, 8U);
}

TEST_F(EventLogTest, AReadHasABoundAndGoesOn) {
  log_.set_keep(5000);
  for (int i = 0; i < 3000; ++i) {
    now_ += EventBursts::kWindow;
    take(report(What::Once, Kind::SessionUp, "edge-" + std::to_string(i)));
  }
  std::uint64_t change = 0;
  std::size_t found = 0;
  const auto wants = [](const Event& event) { return event.id > 2990; };
  EXPECT_TRUE(log_.read(change, 5, wants).empty()) << "looked at kMostLooked events";
  EXPECT_EQ(change, KeptEvents::kMostLooked);
  for (std::uint64_t before = 0; before != change;) {
    before = change;
    const auto page = log_.read(change, 5, wants);
    EXPECT_LE(page.size(), 5U);
    found += page.size();
  }
  EXPECT_EQ(found, 10U);
}

TEST_F(EventLogTest, AClockThatIsSetBackHarmsNothing) {
  take(report(What::Begin, Kind::SessionDown, "edge-1"));
  tick();
  now_ -= 1000;
  tick();
  take(report(What::End, Kind::SessionDown, "edge-1"));
  EXPECT_GE(all()[0].end, all()[0].start);
  tick();
  now_ -= 1000;
  tick();
  take(report(What::Begin, Kind::SessionDown, "edge-1"));
  EXPECT_EQ(all().size(), 2U) << "times of another clock are over";
}

TEST(EventWords, KindsAndSeveritiesAreReadAsTheyAreWritten) {
  for (std::size_t i = 0; i < kKinds; ++i) {
    const auto kind = static_cast<Kind>(i);
    EXPECT_EQ(parse_kind(to_string(kind)), kind);
    EXPECT_FALSE(to_string(kind).empty());
  }
  for (std::size_t i = 0; i < kSeverities; ++i) {
    const auto severity = static_cast<Severity>(i);
    EXPECT_EQ(parse_severity(to_string(severity)), severity);
  }
  EXPECT_EQ(parse_kind("hijack"), std::nullopt);
}

}  // namespace
}  // namespace tern::events
