// The states of an Adj-RIB-In: their table, and random histories beside a plain list of routes.
#include "bgpd/pipeline/adj_rib_in.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <map>
#include <random>
#include <string>

#include "rib/epochs.h"

namespace tern::pipeline {
namespace {

using namespace std::chrono_literals;
using State = AdjRibIn::State;
using Time = AdjRibIn::Time;

constexpr Time kStart = 1000s;
constexpr AdjRibIn::Kept kNothing{};
constexpr AdjRibIn::Kept kRestart{120s, 0s};
constexpr AdjRibIn::Kept kBoth{120s, 3600s};
constexpr AdjRibIn::Kept kLongLived{0s, 3600s};

enum class Event : std::uint8_t {
  UpKept,   // the forwarding state was kept
  UpEmpty,  // it was not
  Down,
  DownKept,  // for the restart time
  DownBoth,  // and the long-lived stale time
  DownLong,  // for the long-lived stale time alone
  BoRR,
  EoRR,
  EndOfRib,
  Early,  // a moment before the deadline
  Deadline,
  Forget,
  kCount,
};

std::string_view name(Event event) {
  constexpr std::array<std::string_view, static_cast<std::size_t>(Event::kCount)> kNames{
      "up, kept", "up, not kept", "down",       "down, restart", "down, both", "down, long-lived",
      "BoRR",     "EoRR",         "End-of-RIB", "early",         "deadline",   "forget"};
  return kNames[static_cast<std::size_t>(event)];
}

rib::EpochChange apply(AdjRibIn& adj_rib_in, Event event, Time now) {
  switch (event) {
    case Event::UpKept:
      return adj_rib_in.session_up(true, now);
    case Event::UpEmpty:
      return adj_rib_in.session_up(false, now);
    case Event::Down:
      return adj_rib_in.session_down(kNothing, now);
    case Event::DownKept:
      return adj_rib_in.session_down(kRestart, now);
    case Event::DownBoth:
      return adj_rib_in.session_down(kBoth, now);
    case Event::DownLong:
      return adj_rib_in.session_down(kLongLived, now);
    case Event::BoRR:
      return adj_rib_in.begin_of_refresh(now);
    case Event::EoRR:
      return adj_rib_in.end_of_refresh();
    case Event::EndOfRib:
      return adj_rib_in.end_of_rib();
    case Event::Early:
      return adj_rib_in.pass_time(adj_rib_in.deadline().value_or(now) - 1ns);
    case Event::Deadline:
      return adj_rib_in.pass_time(adj_rib_in.deadline().value_or(now));
    default:
      return adj_rib_in.forget();
  }
}

std::string_view name(rib::EpochChange change) {
  switch (change) {
    case rib::EpochChange::Begin:
      return ", an epoch begins";
    case rib::EpochChange::BeginIfFew:
      return ", an epoch begins if few are in the table";
    case rib::EpochChange::ExpireOlder:
      return ", older paths expire";
    case rib::EpochChange::ExpireAll:
      return ", all paths expire";
    default:
      return "";
  }
}

// The events that lead to each state.
AdjRibIn in(State state, bool returned) {
  AdjRibIn adj_rib_in;
  if (state == State::Down) return adj_rib_in;
  (void)adj_rib_in.session_up(false, kStart);
  if (state == State::Stale || returned) (void)adj_rib_in.session_down(kBoth, kStart);
  if (state == State::LongLived) (void)adj_rib_in.session_down(kLongLived, kStart);
  if (returned) (void)adj_rib_in.session_up(true, kStart);
  if (state == State::Refreshing && !returned) (void)adj_rib_in.begin_of_refresh(kStart);
  return adj_rib_in;
}

// What changes by the events: "event: the next state (seconds until its deadline), what is done".
std::string transcript(State state, bool returned = false) {
  std::string text;
  for (std::size_t i = 0; i < static_cast<std::size_t>(Event::kCount); ++i) {
    AdjRibIn adj_rib_in = in(state, returned);
    EXPECT_EQ(adj_rib_in.state(), state);
    const auto before = adj_rib_in.deadline();
    const auto event = static_cast<Event>(i);
    const rib::EpochChange change = apply(adj_rib_in, event, kStart);
    if (adj_rib_in.state() == state && change == rib::EpochChange::None &&
        adj_rib_in.deadline() == before) {
      continue;
    }
    text += std::string(name(event)) + ": " + std::string(to_string(adj_rib_in.state()));
    if (const auto deadline = adj_rib_in.deadline()) {
      const auto left = std::chrono::duration_cast<std::chrono::seconds>(*deadline - kStart);
      text += " (" + std::to_string(left.count()) + ")";
    }
    text += std::string(name(change)) + "\n";
  }
  return text;
}

TEST(AdjRibInStates, Down) {
  EXPECT_EQ(transcript(State::Down),
            "up, kept: Live\n"
            "up, not kept: Live\n");
}

TEST(AdjRibInStates, Live) {
  EXPECT_EQ(transcript(State::Live),
            "down: Down, all paths expire\n"
            "down, restart: Stale (120)\n"
            "down, both: Stale (120)\n"
            "down, long-lived: LongLived (3600)\n"
            "BoRR: Refreshing (1800), an epoch begins if few are in the table\n");
}

TEST(AdjRibInStates, RefreshingByTheNeighbor) {
  EXPECT_EQ(transcript(State::Refreshing),
            "down: Down, all paths expire\n"
            "down, restart: Stale (120), older paths expire\n"
            "down, both: Stale (120), older paths expire\n"
            "down, long-lived: LongLived (3600), older paths expire\n"
            "EoRR: Live, older paths expire\n"
            "deadline: Live, older paths expire\n");
}

TEST(AdjRibInStates, RefreshingByAReturn) {
  EXPECT_EQ(transcript(State::Refreshing, true),
            "down: Down, all paths expire\n"
            "down, restart: Stale (120), older paths expire\n"
            "down, both: Stale (120), older paths expire\n"
            "down, long-lived: LongLived (3600), older paths expire\n"
            "End-of-RIB: Live, older paths expire\n"
            "deadline: Live, older paths expire\n");
}

TEST(AdjRibInStates, Stale) {
  EXPECT_EQ(transcript(State::Stale),
            "up, kept: Refreshing (1800), an epoch begins\n"
            "up, not kept: Live, all paths expire\n"
            "deadline: LongLived (3720)\n"
            "forget: Down, all paths expire\n");
}

TEST(AdjRibInStates, LongLived) {
  EXPECT_EQ(transcript(State::LongLived),
            "up, kept: Refreshing (1800), an epoch begins\n"
            "up, not kept: Live, all paths expire\n"
            "deadline: Down, all paths expire\n"
            "forget: Down, all paths expire\n");
}

TEST(AdjRibInStates, StaleWithoutALongLivedTimeEndsAtTheDeadline) {
  AdjRibIn adj_rib_in;
  (void)adj_rib_in.session_up(false, kStart);
  (void)adj_rib_in.session_down(kRestart, kStart);
  EXPECT_EQ(adj_rib_in.pass_time(kStart + 120s), rib::EpochChange::ExpireAll);
  EXPECT_EQ(adj_rib_in.state(), State::Down);
}

TEST(AdjRibInStates, TheEarliestDeadlineOfAllFamilies) {
  AdjRibsIn all;
  EXPECT_FALSE(all.deadline());
  for (const Family family : {Family::Ipv4Unicast, Family::Ipv6Unicast}) {
    (void)all[family].session_up(false, kStart);
  }
  (void)all[Family::Ipv4Unicast].session_down(kRestart, kStart + 10s);
  (void)all[Family::Ipv6Unicast].session_down(kRestart, kStart);
  EXPECT_EQ(all.deadline(), kStart + 120s);
}

// An AdjRibIn that leads the epochs of a shard, beside a plain list of the routes that stay.
class History {
 public:
  explicit History(std::uint32_t seed) : random_(seed) {}

  void step() {
    pass_time();
    const bool up = adj_rib_in_.state() == State::Live || adj_rib_in_.state() == State::Refreshing;
    const auto dice = random_() % 8;
    if (dice == 7) return sweep(random_() % 4);
    if (!up) {
      if (dice == 0) begin_session();
      return;
    }
    const std::uint32_t route = random_() % 8;
    if (dice < 2) announce(route);
    if (dice == 2) withdraw(route);
    if (dice == 3 && random_() % 3 == 0) end_session();
    if (dice == 4) begin_refresh();
    if (dice == 5) end_refresh(random_() % 2 == 0);
  }

  void check() const {
    std::uint64_t live = 0;
    for (const auto& [route, tag] : table_) {
      const bool expired = epochs_.is_expired(tag);
      live += expired ? 0 : 1;
      ASSERT_EQ(!expired, routes_.contains(route)) << route;
    }
    ASSERT_EQ(epochs_.live(), live);
    ASSERT_EQ(live, routes_.size());
  }

 private:
  enum class Refresh : std::uint8_t { None, ByNeighbor, ByReturn };

  void change(rib::EpochChange change) {
    if (epochs_.change(change)) return;
    sweep(table_.size());
    ASSERT_TRUE(epochs_.change(change));
  }
  void pass_time() {
    now_ += std::chrono::seconds(random_() % 40);
    const State before = adj_rib_in_.state();
    change(adj_rib_in_.pass_time(now_));
    if (adj_rib_in_.state() == before) return;
    if (before == State::Refreshing) return drop_unheard();
    if (adj_rib_in_.state() == State::Down) routes_.clear();
  }
  void announce(std::uint32_t route) {
    if (const auto found = table_.find(route); found != table_.end()) {
      epochs_.heard(found->second, false);
    } else {
      epochs_.added(false);
    }
    table_[route] = epochs_.tag();
    routes_[route] = true;
  }
  void withdraw(std::uint32_t route) {
    if (const auto found = table_.find(route); found != table_.end()) {
      epochs_.removed(found->second, false);
      table_.erase(found);
    }
    routes_.erase(route);
  }
  void begin_session() {
    const bool kept = random_() % 3 != 0;
    const bool returns = adj_rib_in_.state() != State::Down;
    change(adj_rib_in_.session_up(kept, now_));
    if (!kept) routes_.clear();
    if (kept && returns) begin(Refresh::ByReturn);
  }
  void end_session() {
    constexpr std::array kAll{kNothing, kRestart, kBoth, kLongLived};
    const AdjRibIn::Kept kept = kAll[random_() % kAll.size()];
    if (refresh_ != Refresh::None) drop_unheard();
    if (kept.restart.count() + kept.long_lived.count() == 0) routes_.clear();
    change(adj_rib_in_.session_down(kept, now_));
  }
  void begin_refresh() {
    if (refresh_ == Refresh::None) begin(Refresh::ByNeighbor);
    change(adj_rib_in_.begin_of_refresh(now_));
  }
  void end_refresh(bool end_of_rib) {
    change(end_of_rib ? adj_rib_in_.end_of_rib() : adj_rib_in_.end_of_refresh());
    if (refresh_ == (end_of_rib ? Refresh::ByReturn : Refresh::ByNeighbor)) drop_unheard();
  }
  void begin(Refresh refresh) {
    refresh_ = refresh;
    for (auto& [route, heard] : routes_) heard = false;
  }
  void drop_unheard() {
    refresh_ = Refresh::None;
    std::erase_if(routes_, [](const auto& route) { return !route.second; });
  }
  void sweep(std::size_t most) {
    std::erase_if(table_, [&](const auto& path) {
      if (!epochs_.is_expired(path.second) || most == 0) return false;
      --most;
      epochs_.removed(path.second, false);
      return true;
    });
  }

  std::minstd_rand random_;
  Time now_ = kStart;
  AdjRibIn adj_rib_in_;
  rib::Epochs epochs_;
  std::map<std::uint32_t, rib::Epochs::Tag> table_;  // by route
  std::map<std::uint32_t, bool> routes_;  // that stay, and whether they came since begin()
  Refresh refresh_ = Refresh::None;
};

TEST(AdjRibInHistories, Random) {
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    History history(seed);
    for (int step = 0; step < 500; ++step) {
      history.step();
      history.check();
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

}  // namespace
}  // namespace tern::pipeline
