// When probes are sent, which answers count, and what follows for their places.
#include "bgpd/probes/prober.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace tern::probes {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TargetSettings icmp(std::string name, std::string to, std::uint32_t host) {
  return {std::move(name), std::move(to), IpAddress::v4(0xC0000200U + host), Method::Icmp, 0};
}
TargetSettings tcp(std::string name, std::string to, std::uint32_t host) {
  return {std::move(name), std::move(to), IpAddress::v4(0xC0000200U + host), Method::Tcp, 443};
}

// A Prober whose clock the test moves.
class History {
 public:
  explicit History(std::vector<TargetSettings> targets, seconds interval = seconds(10)) {
    configure(std::move(targets), interval);
  }

  std::vector<std::uint16_t> configure(std::vector<TargetSettings> targets,
                                       seconds interval = seconds(10)) {
    return prober.configure({interval, milliseconds(2000), std::move(targets)}, now);
  }
  // The probes that are sent until then.
  std::vector<Prober::Probe> wait(milliseconds time) {
    std::vector<Prober::Probe> sent;
    const Prober::Time end = now + time;
    for (auto due = prober.due(); due && *due <= end; due = prober.due()) {
      now = std::max(now, *due);
      for (const std::uint16_t probe : prober.expire(now)) expired.push_back(probe);
      while (const auto probe = prober.next(now)) sent.push_back(*probe);
    }
    now = end;
    return sent;
  }
  // The next probe, which is answered after the time.
  void answer(milliseconds time) {
    const Prober::Probe probe = one();
    const std::uint64_t before = ends();
    prober.echo_came(probe.address, probe.echo, now + time);
    EXPECT_EQ(ends(), before + 1);
    now += time;
  }
  void lose() {
    const Prober::Probe probe = one();
    now += milliseconds(1);
    prober.lost(probe.echo.sequence, "Network is unreachable", now);
  }
  // Waits for the next probe.
  Prober::Probe one() {
    for (;;) {
      now = std::max(now, *prober.due());
      (void)prober.expire(now);
      if (const auto probe = prober.next(now)) return *probe;
    }
  }
  ProbeStatus::Target target(std::size_t index = 0) const {
    return prober.status(now, 1000).targets.at(index);
  }
  // Probes that have ended, of all targets.
  std::uint64_t ends() const {
    std::uint64_t all = 0;
    for (const ProbeStatus::Target& each : prober.status(now, 1000).targets) {
      all += each.answered + each.lost + each.failed;
    }
    return all;
  }

  Prober::Time now = seconds(100);
  std::uint64_t random = 7;
  Prober prober{[this] { return random *= 31; }};
  std::vector<std::uint16_t> expired;
};

TEST(Prober, SpreadsTheProbesOverTheInterval) {
  History history({icmp("a", "paris", 1), icmp("b", "paris", 2), icmp("c", "london", 3),
                   icmp("d", "london", 4)});
  std::vector<IpAddress> sent;
  for (int quarter = 0; quarter < 8; ++quarter) {
    const auto probes = history.wait(milliseconds(2500));
    ASSERT_EQ(probes.size(), quarter == 0 ? 2U : 1U) << quarter;
    for (const auto& probe : probes) sent.push_back(probe.address);
  }
  ASSERT_EQ(sent.size(), 9U);
  for (std::size_t i = 0; i < sent.size(); ++i) {
    EXPECT_EQ(sent[i], IpAddress::v4(0xC0000201U + static_cast<std::uint32_t>(i % 4))) << i;
  }
}

// The most that the configuration allows.
TEST(Prober, SendsNoFasterThanTheConfigurationAllows) {
  std::vector<TargetSettings> targets;
  for (std::uint32_t i = 0; i < 256; ++i) {
    targets.push_back(icmp("t" + std::to_string(i), "paris", i));
  }
  History history(targets, seconds(4));
  EXPECT_LE(history.wait(seconds(1)).size(), 65U);
  // Neither by reloads nor behind a pause of the thread.
  std::size_t sent = 0;
  for (int i = 0; i < 10; ++i) {
    history.configure(targets, seconds(4));
    sent += history.wait(milliseconds(100)).size();
  }
  EXPECT_LE(sent, 65U);
  history.now += seconds(60);
  EXPECT_LE(history.wait(seconds(1)).size(), 65U);
}

TEST(Prober, ATargetHasOneProbeUnderWay) {
  History history({icmp("a", "paris", 1)}, seconds(1));
  EXPECT_EQ(history.wait(seconds(5)).size(), 6U);  // with a longer timeout than the interval
  EXPECT_EQ(history.target().lost, 5U);
}

TEST(Prober, AnAnswerIsARoundTrip) {
  History history({icmp("a", "paris", 1)});
  history.answer(milliseconds(12));
  const ProbeStatus::Target target = history.target();
  EXPECT_EQ(target.state, TargetState::Answered);
  EXPECT_EQ(target.round_trip, 12'000U);
  EXPECT_EQ(target.answered, 1U);
  EXPECT_EQ(target.recent, 1U);
  EXPECT_EQ(target.recently_lost, 0U);
}

TEST(Prober, OtherAnswersAreIgnored) {
  History history({icmp("a", "paris", 1), tcp("b", "paris", 2)});
  const Prober::Probe probe = history.one();
  const Prober::Time at = history.now + milliseconds(5);
  Echo token = probe.echo;
  ++token.token;
  Echo sequence = probe.echo;
  ++sequence.sequence;
  history.prober.echo_came(probe.address, token, at);
  history.prober.echo_came(probe.address, sequence, at);
  history.prober.echo_came(IpAddress::v4(0xC0000209U), probe.echo, at);
  EXPECT_EQ(history.target().state, TargetState::Unknown);
  EXPECT_EQ(history.ends(), 0U);
  history.prober.echo_came(probe.address, probe.echo, at);
  EXPECT_EQ(history.target().state, TargetState::Answered);
  history.prober.echo_came(probe.address, probe.echo, at);
  EXPECT_EQ(history.ends(), 1U) << "a second answer";
  // An Echo Reply is no answer to a TCP probe.
  const Prober::Probe other = history.one();
  ASSERT_EQ(other.method, Method::Tcp);
  history.prober.echo_came(other.address, other.echo, history.now);
  EXPECT_EQ(history.ends(), 1U);
  history.prober.connection_ended(other.echo.sequence, milliseconds(3), history.now);
  history.prober.connection_ended(other.echo.sequence, milliseconds(4), history.now);
  EXPECT_EQ(history.ends(), 2U);
  EXPECT_EQ(history.target(1).round_trip, 3000U);
}

TEST(Prober, AnAnswerBehindTheTimeoutComesTooLate) {
  History history({icmp("a", "paris", 1), tcp("b", "paris", 2)});
  const Prober::Probe ping = history.one();
  EXPECT_TRUE(history.wait(milliseconds(1999)).empty());
  EXPECT_TRUE(history.expired.empty());
  history.wait(milliseconds(1));
  EXPECT_EQ(history.expired, std::vector{ping.echo.sequence});
  EXPECT_EQ(history.target().state, TargetState::Lost);
  history.prober.echo_came(ping.address, ping.echo, history.now);
  EXPECT_EQ(history.ends(), 1U);
  // The process stood still, and reads the answer first. A clock that went back is no answer.
  history.wait(milliseconds(5000));
  const Prober::Probe late = history.one();
  const std::uint64_t before = history.ends();
  history.prober.echo_came(late.address, late.echo, history.now - milliseconds(1));
  EXPECT_EQ(history.ends(), before);
  history.prober.echo_came(late.address, late.echo, history.now + seconds(3));
  EXPECT_EQ(history.ends(), before + 1);
  EXPECT_EQ(history.target(late.address == ping.address ? 0 : 1).state, TargetState::Lost);
  history.now += seconds(3);
  // A TCP probe ends before its SYN is sent again.
  const Prober::Probe connect = history.one();
  history.expired.clear();
  history.wait(milliseconds(1000));
  EXPECT_EQ(history.expired, std::vector{connect.echo.sequence});
}

TEST(Prober, TheLastSixteenProbesAreTheLoss) {
  History history({icmp("a", "paris", 1)});
  for (int i = 0; i < 20; ++i) history.answer(milliseconds(10));
  for (std::uint32_t i = 1; i <= 6; ++i) {
    history.lose();
    EXPECT_EQ(history.target().recently_lost, i);
  }
  EXPECT_EQ(history.target().recent, 16U);
  EXPECT_EQ(history.target().error, "Network is unreachable");
  for (int i = 0; i < 16; ++i) history.answer(milliseconds(10));
  EXPECT_EQ(history.target().recently_lost, 0U);
  EXPECT_EQ(history.target().error, "");
  EXPECT_EQ(history.target().lost, 6U);
  EXPECT_EQ(history.target().answered, 36U);
}

// A host that may open no socket has lost no probe.
TEST(Prober, AFailureOnThisHostIsNoLoss) {
  History history({icmp("a", "paris", 1)});
  history.prober.failed(history.one().echo.sequence, "no sockets", history.now);
  EXPECT_EQ(history.target().state, TargetState::Failed);
  EXPECT_EQ(history.target().error, "no sockets");
  EXPECT_EQ(history.target().failed, 1U);
  EXPECT_EQ(history.target().recent, 0U);
  ASSERT_EQ(history.prober.take_places().size(), 1U);
}

TEST(Prober, AStateHasItsTime) {
  History history({icmp("a", "paris", 1)});
  EXPECT_EQ(history.target().since, 0);
  history.answer(milliseconds(10));
  history.now += seconds(5);
  EXPECT_EQ(history.target().since, 995);
  history.answer(milliseconds(10));
  EXPECT_EQ(history.target().since, 990) << "the answered probes are one state";
}

TEST(Prober, OfAPlaceTheShortestAnsweredRoundTripCounts) {
  History history({icmp("a", "paris", 1), icmp("b", "paris", 2), icmp("c", "london", 3)});
  EXPECT_TRUE(history.prober.take_places().empty());
  history.answer(milliseconds(10));
  auto places = history.prober.take_places();
  ASSERT_EQ(places.size(), 1U);
  EXPECT_EQ(places[0].to, "paris");
  EXPECT_EQ(places[0].shortest, 10'000U);
  history.answer(milliseconds(30));
  history.answer(milliseconds(5));
  places = history.prober.take_places();
  ASSERT_EQ(places.size(), 2U);  // by name
  EXPECT_EQ(places[0].to, "london");
  EXPECT_EQ(places[0].shortest, 5000U);
  EXPECT_EQ(places[1].shortest, 10'000U) << "that of the other target, which answered last time";
  EXPECT_EQ(places[1].recent, 2U);
  // A target that does not answer does not count, and a loss is no measurement.
  history.lose();
  places = history.prober.take_places();
  ASSERT_EQ(places.size(), 1U);
  EXPECT_EQ(places[0].shortest, std::nullopt);
  EXPECT_EQ(places[0].recent, 3U);
  EXPECT_EQ(places[0].recently_lost, 1U);
  history.answer(milliseconds(31));
  EXPECT_EQ(history.prober.take_places().at(0).shortest, 10'000U) << "one lost probe";
  history.answer(milliseconds(5));
  for (int i = 0; i < 2; ++i) {
    history.lose();
    history.answer(milliseconds(31));
    history.answer(milliseconds(5));
  }
  EXPECT_EQ(history.prober.take_places().at(1).shortest, 31'000U) << "three in a row";
  // All of them, for new settings.
  EXPECT_TRUE(history.prober.take_places().empty());
  places = history.prober.take_places(true);
  ASSERT_EQ(places.size(), 2U);
  EXPECT_EQ(places[1].shortest, std::nullopt);
  EXPECT_EQ(places[1].recent, 8U);
}

TEST(Prober, AReloadKeepsWhatIsKnownOfUnchangedTargets) {
  History history({icmp("a", "paris", 1), icmp("b", "paris", 2)});
  history.answer(milliseconds(10));
  history.lose();
  const Prober::Probe under_way = history.one();  // of a
  EXPECT_TRUE(history.configure({icmp("c", "london", 3), icmp("a", "paris", 1)}).empty());
  EXPECT_EQ(history.target(0).state, TargetState::Unknown);
  EXPECT_EQ(history.target(1).round_trip, 10'000U);
  history.prober.echo_came(under_way.address, under_way.echo, history.now + milliseconds(7));
  EXPECT_EQ(history.target(1).round_trip, 7000U);
  // A target with a new address is new, and the probe to the old address does not count.
  const Prober::Probe gone = history.one();
  EXPECT_EQ(history.configure({icmp("a", "paris", 9)}), std::vector{gone.echo.sequence});
  history.prober.lost(gone.echo.sequence, "", history.now);
  EXPECT_EQ(history.target().recent, 0U);
  history.configure({});
  EXPECT_EQ(history.prober.due(), std::nullopt);
  EXPECT_FALSE(history.prober.next(history.now));
}

TEST(Prober, SequenceNumbersAreOfOneProbeEach) {
  History history({icmp("a", "paris", 1), icmp("b", "paris", 2)}, seconds(1));
  const Prober::Probe first = history.one();
  EXPECT_EQ(history.prober.due(), history.now + milliseconds(500));
  std::set<std::uint64_t> tokens{first.echo.token};
  for (int i = 0; i < 70'000; ++i) {
    const Prober::Probe probe = history.one();
    tokens.insert(probe.echo.token);
    history.prober.lost(probe.echo.sequence, "", history.now);
  }
  EXPECT_EQ(tokens.size(), 70'001U);
}

}  // namespace
}  // namespace tern::probes
