// Faults that EventWatch finds: each begins and ends, also where the stage drops reports.
#include "bgpd/daemon/event_watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio.hpp>
#include <future>
#include <memory>
#include <thread>

#include "bgpd/daemon/circuits.h"
#include "bgpd/daemon/compose.h"
#include "bgpd/daemon/events.h"
#include "bgpd/session/settings_plan.h"
#include "tests/unit/base/comes_true.h"
#include "tests/unit/session/on_loop.h"

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
  add_registration_levels(registrations, levels);
  api::DaemonFacts facts;
  facts.config_file = "ternd.yml";
  facts.rtt_file = {"rtts.csv", "rtts.csv:1: no number", 0, 1};
  facts.last_reload_ok = false;
  add_configuration_levels(facts, levels);
  EXPECT_EQ(keys_of(levels),
            "bad-file a.csv;bad-file rtts.csv;bad-file slurm.json;bad-file stored.db;"
            "bad-file ternd.yml;bad-file vrps.json;");
  EXPECT_EQ(levels.at("bad-file a.csv").summary, "registrations: a.csv:2:1: no prefix");
  EXPECT_EQ(levels.at("bad-file stored.db").summary, "stored registrations: database is locked");
  EXPECT_EQ(levels.at("bad-file stored.db").severity, events::Severity::Critical);
  EXPECT_EQ(levels.at("bad-file slurm.json").severity, events::Severity::Critical);
}

TEST(EventLevels, ACircuitIsSaidAtItsFirstSessionAlone) {
  states::CircuitBook book;
  states::CircuitSession session;
  session.name = "edge-1";
  session.circuit = "north";
  session.asn = 65001;
  session.families = {Family::Ipv4Unicast};
  session.router = 1;
  session.established = true;
  book.see(1, session, 1);
  session.name = "edge-2";
  session.router = 2;
  session.established = false;
  book.see(2, session, 1);
  EXPECT_FALSE(book.settle(1 + states::CircuitBook::kFirstTime, 64));
  EventLevels levels;
  add_circuit_level(book, 2, false, levels);
  add_circuit_level(book, 3, false, levels);
  EXPECT_EQ(keys_of(levels), "");
  add_circuit_level(book, 1, false, levels);
  ASSERT_EQ(keys_of(levels), "pair-degraded north;");
  const events::Report fault = levels.begin()->second;
  EXPECT_EQ(fault.summary,
            "circuit north is pair-degraded: 1 of 2 connections in service: edge-2 is down");
  EXPECT_EQ(fault.severity, std::nullopt);
  EXPECT_EQ(fault.subject.neighbor, "edge-2");
  EXPECT_EQ(fault.subject.source, "north");
  EXPECT_EQ(fault.evidence.at("by"), "fault");
  EXPECT_EQ(fault.evidence.at("session edge-2"), "down");

  session.established = session.drained = true;
  book.see(2, session, 100);
  EXPECT_FALSE(book.settle(100, 64));
  levels.clear();
  add_circuit_level(book, 1, true, levels);
  EXPECT_EQ(levels.begin()->second.severity, events::Severity::Info);
  EXPECT_EQ(levels.begin()->second.evidence.at("by"), "maintenance");
  EXPECT_EQ(levels.begin()->second.cause, "pop-drained pop");

  session.drained = false;
  book.see(2, session, 100);
  EXPECT_FALSE(book.settle(100, 64));
  EXPECT_FALSE(book.settle(200, 64));
  levels.clear();
  add_circuit_level(book, 1, false, levels);
  EXPECT_EQ(keys_of(levels), "") << "a redundant circuit is no event";
}

TEST(EventLevels, SettingsOfCircuits) {
  const auto composed = [](const std::string& section) {
    const auto config =
        conf::load_text("router: { asn: 65000, id: 10.0.0.1 }\n" + section, "/etc/t.yml");
    EXPECT_TRUE(config.ok());
    return compose_circuits(**config);
  };
  EXPECT_EQ(composed(""), states::CircuitSettings());
  const states::CircuitSettings set = composed("circuits: { derive: none, hold: 10 }\n");
  EXPECT_EQ(set.derive, states::CircuitSettings::Derive::None);
  EXPECT_EQ(set.hold, 10U);
  EXPECT_EQ(composed("circuits: { derive: all }\n").derive, states::CircuitSettings::Derive::All);
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
  EventWatchTest() {
    const auto config = conf::load_text(kTwoNeighbors, "/etc/t.yml");
    EXPECT_TRUE(config.ok());
    speaker_ = std::make_unique<session::Speaker>(loop_, session::SpeakerThreads{});
    EXPECT_TRUE(speaker_->apply(session::plan(nullptr, compose(**config))).ok());
    watch_ = std::make_unique<EventWatch>(loop_, *speaker_, stage_,
                                          [this](EventLevels& levels) { add_files(levels); });
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

TEST_F(EventWatchTest, ManyFaultsAreReportedInSlices) {
  for (const int files : {500, 3, 499, 0}) {
    files_ = files;
    EXPECT_TRUE(comes_true([&] { return bad_files() == static_cast<std::uint64_t>(files); }))
        << bad_files() << " of " << files;
  }
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
  std::promise<void> done;
  stage_.post([&done] { done.set_value(); });
  done.get_future().wait();
  EXPECT_EQ(bad_files(), 0U);
  EXPECT_EQ(looks_, before + 1);
}

}  // namespace
}  // namespace tern::daemon
