// Faults that EventWatch finds: each begins and ends, also where the stage drops reports.
#include "bgpd/daemon/event_watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio.hpp>
#include <future>
#include <memory>
#include <thread>

#include "bgpd/daemon/compose.h"
#include "bgpd/daemon/events.h"
#include "bgpd/events/event_line.h"
#include "bgpd/session/settings_plan.h"
#include "tests/unit/base/comes_true.h"
#include "tests/unit/session/on_loop.h"
#include "tests/unit/types/folder.h"

namespace tern::daemon {
namespace {

using events::Kind;
using vrps::FileState;

constexpr char kTwoNeighbors[] =
    "router: { asn: 65000, id: 10.0.0.1, listen: [] }\n"
    "egress:\n"
    "  pop: ams\n"
    "  pops: { ams: { latitude: 52, longitude: 4, code: 1 } }\n"
    "  metros: { berlin: { latitude: 52, longitude: 13, code: 1 } }\n"
    "peers:\n"
    "  - { address: 192.0.2.1, asn: 65001, name: edge-1, passive: true }\n"
    "  - { address: 192.0.2.2, asn: 65002, name: edge-2, passive: true }\n";

std::string keys_of(const EventLevels& levels) {
  std::string text;
  for (const auto& [key, report] : levels) text += key + ";";
  return text;
}

TEST(EventLevels, ACacheIsMissedOnceAConnectionFailed) {
  vrps::RpkiStatus status;
  vrps::RpkiStatus::Cache cache;
  cache.name = "near";
  status.caches.push_back(cache);
  EventLevels levels;
  add_rpki_levels(status, levels);
  EXPECT_EQ(keys_of(levels), "") << "the first connection is under way";
  status.caches[0].last_error = "Connection refused";
  status.table.published = 1;
  add_rpki_levels(status, levels);
  EXPECT_EQ(keys_of(levels), "rpki-cache-lost near;rpki-unvalidated table;");
  EXPECT_EQ(levels.begin()->second.severity, events::Severity::Error);
  levels.clear();
  status.caches[0].has_data = status.table.validated = true;
  add_rpki_levels(status, levels);
  EXPECT_EQ(keys_of(levels), "rpki-cache-lost near;");
  EXPECT_EQ(levels.begin()->second.severity, std::nullopt);
}

TEST(EventLevels, BadFilesOfAllKinds) {
  EventLevels levels;
  vrps::RpkiStatus rpki;
  rpki.files.emplace_back().path = "vrps.json";
  rpki.files[0].state = FileState::Stale;
  rpki.slurm.emplace_back().path = "slurm.json";
  rpki.slurm[0].state = FileState::Bad;
  add_rpki_levels(rpki, levels);
  geofeeds::GeofeedStatus geofeeds;
  geofeeds.files.emplace_back().path = "geo.csv";
  geofeeds.files[0].state = FileState::Good;
  add_geofeed_levels(geofeeds, levels);
  registrations::RegistrationStatus registrations;
  registrations.files.push_back({"a.csv", FileState::Stale, 5, 0, "a.csv:2:1: no prefix", 1, {}});
  registrations.stored.path = "stored.db";
  registrations.stored.there = registrations.stored.unread = true;
  registrations.stored.error = "database is locked";
  registrations.irr.push_back({"radb.db", FileState::Bad, 0, 0, "radb.db: no route object", {}});
  add_registration_levels(registrations, levels);
  api::DaemonFacts facts;
  facts.config_file = "ternd.yml";
  facts.rtt_file = {"rtts.csv", "rtts.csv:1: no number", 0, 1};
  facts.last_reload_ok = false;
  add_configuration_levels(facts, levels);
  EXPECT_EQ(keys_of(levels),
            "bad-file a.csv;bad-file radb.db;bad-file rtts.csv;bad-file slurm.json;"
            "bad-file stored.db;bad-file ternd.yml;bad-file vrps.json;");
  EXPECT_EQ(levels.at("bad-file a.csv").summary, "registrations: a.csv:2:1: no prefix");
  EXPECT_EQ(levels.at("bad-file radb.db").summary, "route objects: radb.db: no route object");
  EXPECT_EQ(levels.at("bad-file stored.db").summary, "stored registrations: database is locked");
  EXPECT_EQ(levels.at("bad-file stored.db").severity, events::Severity::Critical);
  EXPECT_EQ(levels.at("bad-file slurm.json").severity, events::Severity::Critical);
}

TEST(EventLevels, SettingsHaveDefaults) {
  const auto config = conf::load_text("router: { asn: 65000, id: 10.0.0.1 }\n", "/etc/t.yml");
  ASSERT_TRUE(config.ok());
  const events::EventSettings settings = compose_events(**config);
  events::EventSettings defaults;
  defaults.sender = {.router_id = "10.0.0.1", .asn = 65000, .pop = {}};
  EXPECT_EQ(settings, defaults);
  const auto other = conf::load_text(
      "router: { asn: 65000, id: 10.0.0.1 }\n"
      "events: { keep: 500, log: false, file: e.json, file_size: 2, old_files: 0 }\n",
      "/etc/t.yml");
  ASSERT_TRUE(other.ok());
  const events::EventSettings set = compose_events(**other);
  EXPECT_EQ(set.keep, 500U);
  EXPECT_FALSE(set.log);
  EXPECT_EQ(set.file.path, "/etc/e.json");
  EXPECT_EQ(set.file.most_octets, std::size_t{2} << 20U);
  EXPECT_EQ(set.file.older, 0U);
}

class EventWatchTest : public testing::Test {
 protected:
  EventWatchTest() : EventWatchTest(events::EventSettings()) {}
  explicit EventWatchTest(const events::EventSettings& settings) {
    stage_.apply(settings);
    const auto config = conf::load_text(kTwoNeighbors, "/etc/t.yml");
    EXPECT_TRUE(config.ok());
    speaker_ = std::make_unique<session::Speaker>(loop_, session::SpeakerThreads{});
    EXPECT_TRUE(speaker_->apply(session::plan(nullptr, compose(**config))).ok());
    watch_ = std::make_unique<EventWatch>(
        loop_, *speaker_, stage_, [this](EventLevels& levels) { add_files(levels); }, &circuits_);
    watch_->start();
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~EventWatchTest() override {
    session::on_loop(loop_, [this] { watch_->freeze(); });
    loop_.stop();
    thread_.join();
    watch_.reset();
    speaker_.reset();
  }
  template <typename Fn>
  void on_loop(Fn&& fn) {
    session::on_loop(loop_, std::forward<Fn>(fn));
  }
  // A source of levels: files_ bad files.
  void add_files(EventLevels& levels) {
    ++looks_;
    if (freezes_) watch_->freeze();
    for (int i = 0; i < files_; ++i) {
      events::Report file{.what = events::Report::What::Begin, .kind = Kind::BadFile};
      file.key = file.group = "file " + std::to_string(i);
      levels.emplace(events::event_key(file.kind, file.key), file);
    }
  }
  std::uint64_t bad_files() const {
    return stage_.counts().events.open[static_cast<std::size_t>(Kind::BadFile)];
  }
  // "open pop-drained; ended neighbor-drained": in the order of changes.
  std::string found() const {
    std::string text;
    std::uint64_t change = 0;
    for (const auto& event : stage_.read(change, 100, {})) {
      text += (text.empty() ? "" : "; ") + std::string(event->open() ? "open " : "ended ") +
              std::string(to_string(event->kind));
    }
    return text;
  }

  // A session of a circuit with one router that is up, and others that are down.
  void see_circuit(PeerSlot slot, const std::string& circuit) {
    states::CircuitSession session;
    session.name = "session-" + std::to_string(slot);
    session.circuit = circuit;
    session.asn = 65001;
    session.families = {Family::Ipv4Unicast};
    session.router = slot;
    session.established = slot == 1;
    circuits_.see(slot, session, 1);
  }
  void settle_circuits() {
    while (circuits_.settle(1 + states::CircuitBook::kFirstTime, 64)) {
    }
  }
  std::size_t circuits_of_events() const {
    std::size_t circuits = 0;
    std::uint64_t change = 0;
    for (const auto& event : stage_.read(change, 100, {})) {
      if (event->open()) circuits += event->group ? event->members : 1;
    }
    return circuits;
  }

  states::CircuitBook circuits_;  // of the loop
  std::atomic<int> files_{0};
  std::atomic<int> looks_{0};
  std::atomic<bool> freezes_{false};
  session::Loop loop_;
  events::EventStage stage_;
  std::unique_ptr<session::Speaker> speaker_;
  std::unique_ptr<EventWatch> watch_;
  std::thread thread_;
};

TEST_F(EventWatchTest, DrainsAndDegradationsBeginAndEnd) {
  on_loop([this] {
    (void)speaker_->drain("edge-1", {});
    (void)speaker_->degrade("edge-2", 5000);
  });
  EXPECT_TRUE(comes_true([this] {
    return found() == "open neighbor-degraded; open neighbor-drained" ||
           found() == "open neighbor-drained; open neighbor-degraded";
  })) << found();
  on_loop([this] { (void)speaker_->undrain("edge-1"); });
  EXPECT_TRUE(comes_true([this] {
    return found() == "open neighbor-degraded; ended neighbor-drained";
  })) << found();
  on_loop([this] {
    (void)speaker_->degrade("edge-2", 0);
    (void)speaker_->drain_pop({});
  });
  EXPECT_TRUE(comes_true([this] {
    return found() == "ended neighbor-drained; ended neighbor-degraded; open pop-drained";
  })) << found();
}

// Two neighbors were drained or degraded when the run before ended.
struct EarlierRun {
  EarlierRun() {
    std::string lines;
    for (const Kind kind : {Kind::NeighborDrained, Kind::NeighborDegraded}) {
      events::Event event;
      event.id = lines.empty() ? 1 : 2;
      event.kind = kind;
      event.key = events::event_key(kind, "192.0.2.1");
      event.start = event.last = 1'700'000'000;
      event.count = 1;
      lines += events::to_line(event);
    }
    settings.file.path = folder.write("events.json", lines);
  }
  const Folder folder;
  events::EventSettings settings;
};

class EventWatchAfterARestart : private EarlierRun, public EventWatchTest {
 protected:
  EventWatchAfterARestart() : EventWatchTest(EarlierRun::settings) {}
};

TEST_F(EventWatchAfterARestart, WhatEndedMeanwhileEndsWithTheFirstLook) {
  EXPECT_TRUE(comes_true([this] {
    return found() == "ended neighbor-drained; ended neighbor-degraded" ||
           found() == "ended neighbor-degraded; ended neighbor-drained";
  })) << found();
}

TEST_F(EventWatchTest, ManyFaultsAreReportedInSlices) {
  for (const int files : {500, 3, 499, 0}) {
    files_ = files;
    EXPECT_TRUE(comes_true([&] { return bad_files() == static_cast<std::uint64_t>(files); }))
        << bad_files() << " of " << files;
  }
}

// The neighbors of a circuit are no part of its event.
TEST_F(EventWatchTest, TheEventOfACircuitOutlivesItsFirstNeighbor) {
  on_loop([this] {
    for (const PeerSlot slot : {PeerSlot{3}, PeerSlot{4}, PeerSlot{5}}) see_circuit(slot, "north");
    settle_circuits();
  });
  EXPECT_TRUE(comes_true([this] { return found() == "open circuit-down"; })) << found();
  int before = 0;
  on_loop([&] {
    circuits_.forget(3);
    settle_circuits();
    before = looks_;
  });
  EXPECT_TRUE(comes_true([&] { return looks_ >= before + 2; }));
  EXPECT_EQ(found(), "open circuit-down");
  on_loop([this] {
    for (const PeerSlot slot : {PeerSlot{4}, PeerSlot{5}}) circuits_.forget(slot);
  });
  EXPECT_TRUE(comes_true([this] { return found() == "ended circuit-down"; })) << found();
}

TEST_F(EventWatchTest, ManyCircuitsAreReportedInSlices) {
  on_loop([this] {
    for (PeerSlot slot = 2; slot < 302; ++slot) see_circuit(slot, "c" + std::to_string(slot));
    settle_circuits();
  });
  // Many at once are one event, which counts them, behind those that came first.
  EXPECT_TRUE(comes_true([this] { return circuits_of_events() == 300; })) << circuits_of_events();
}

TEST_F(EventWatchTest, AnEndThatTheStageDropsIsReportedAgain) {
  on_loop([this] { (void)speaker_->drain("edge-1", {}); });
  EXPECT_TRUE(comes_true([this] { return found() == "open neighbor-drained"; })) << found();
  std::promise<void> go;
  std::promise<void> blocked;
  stage_.post([&] {
    blocked.set_value();
    go.get_future().wait();
  });
  blocked.get_future().wait();
  events::Report other{.what = events::Report::What::End, .kind = Kind::BadFile, .key = "none"};
  while (stage_.report(other)) {
  }
  const std::uint64_t dropped = stage_.counts().dropped;
  on_loop([this] { (void)speaker_->undrain("edge-1"); });
  EXPECT_TRUE(comes_true([&] { return stage_.counts().dropped > dropped; }));
  go.set_value();
  EXPECT_TRUE(comes_true([this] { return found() == "ended neighbor-drained"; })) << found();
}

TEST_F(EventWatchTest, ALookThatIsFrozenReportsNothing) {
  int before = 0;
  on_loop([&] {
    files_ = 5;
    freezes_ = true;
    before = looks_;
  });
  EXPECT_TRUE(comes_true([&] { return looks_ > before; }));
  on_loop([] {});
  on_loop([] {});
  // A reader of the queue of reports comes behind those of the look.
  stage_.drain();
  EXPECT_EQ(bad_files(), 0U);
  EXPECT_EQ(looks_, before + 1);
}

}  // namespace
}  // namespace tern::daemon
