// Many threads on one table. What is checked while they run is what each can know: a reference that
// it holds has the octets it was interned with. What needs all of them is checked between rounds.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <barrier>
#include <cstdint>
#include <cstdio>
#include <map>
#include <random>
#include <thread>
#include <vector>

#include "rib/attr_table.h"
#include "rib/base/rcu.h"
#include "tests/unit/rib/numbered_set.h"

namespace tern::rib {
namespace {

constexpr std::uint64_t kOwnersSeed = 20260711;
constexpr std::size_t kThreads = 8;

// Where threads leave a reference, with its count, for another.
using Board = std::array<std::atomic<AttrRef>, 64>;

class Worker {
 public:
  Worker(AttrTable& table, Board& board, std::uint64_t seed)
      : table_(table), board_(board), random_(seed) {}

  // Sets with numbers below `sets`; about `hold` are held at the end.
  void run(std::size_t steps, std::uint32_t sets, std::size_t hold) {
    for (std::size_t i = 0; i < steps; ++i) {
      step(static_cast<std::uint32_t>(random_() % sets));
      while (held_.size() > hold) let_go();
    }
  }
  void let_all_go() {
    while (!held_.empty()) let_go();
    tidy();
  }
  // Returns how many pieces there were.
  std::size_t tidy() {
    std::size_t pieces = 1;
    while (table_.tidy()) ++pieces;
    return pieces;
  }
  void hold(AttrRef ref) { held_.push_back(ref); }

  [[nodiscard]] const std::vector<AttrRef>& held() const { return held_; }
  [[nodiscard]] std::size_t faults() const { return faults_; }

 private:
  void step(std::uint32_t id) {
    const NumberedSet set(id);
    const AttrRef ref = set.intern(table_);
    if (!set.is(table_[ref])) ++faults_;
    switch (random_() % 4) {
      case 0: {  // again, while we hold it: the same
        const AttrRef again = set.intern(table_);
        if (again != ref) ++faults_;
        table_.release(again);
        break;
      }
      case 1:
        table_.retain(ref);
        held_.push_back(ref);
        break;
      case 2: {  // for another, from another
        const AttrRef other = board_[random_() % board_.size()].exchange(ref);
        if (other == AttrRef::None) return;
        if (!NumberedSet(id_of(table_, other)).is(table_[other])) ++faults_;
        held_.push_back(other);
        return;
      }
      default:
        break;
    }
    held_.push_back(ref);
  }
  void let_go() {
    const std::size_t which = random_() % held_.size();
    const AttrRef ref = held_[which];
    if (!NumberedSet(id_of(table_, ref)).is(table_[ref])) ++faults_;
    held_[which] = held_.back();
    held_.pop_back();
    table_.release(ref);
  }

  AttrTable& table_;
  Board& board_;
  std::mt19937_64 random_;
  std::vector<AttrRef> held_;
  std::size_t faults_ = 0;
};

// Of all sets that anybody holds there is one.
void expect_unique(const AttrTable& table, const std::vector<Worker>& workers, const Board& board) {
  std::map<std::uint32_t, AttrRef> refs;
  const auto see = [&](AttrRef ref) {
    if (ref == AttrRef::None) return;
    const auto [at, added] = refs.try_emplace(id_of(table, ref), ref);
    EXPECT_EQ(at->second, ref);
  };
  for (const Worker& worker : workers) {
    for (const AttrRef ref : worker.held()) see(ref);
    EXPECT_EQ(worker.faults(), 0U);
  }
  for (const auto& ref : board) see(ref.load());
  EXPECT_EQ(table.size(), refs.size());
}

class AttrTableThreads : public testing::Test {
 protected:
  AttrTableThreads() {
    std::printf("seed %llu\n", static_cast<unsigned long long>(kOwnersSeed));
    for (std::size_t i = 0; i < kThreads; ++i) workers.emplace_back(table, board, kOwnersSeed + i);
  }
  // work(worker, its number) on a thread each, which begin together.
  template <typename Work>
  void together(Work work) {
    std::barrier start(kThreads);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        start.arrive_and_wait();
        work(workers[i], i);
      });
    }
    for (std::thread& thread : threads) thread.join();
    expect_unique(table, workers, board);
  }
  void expect_empty_at_the_end() {
    for (auto& left : board) table.release(left.exchange(AttrRef::None));
    together([](Worker& worker, std::size_t) { worker.let_all_go(); });
    EXPECT_EQ(table.size(), 0U);
  }

  AttrTable table;
  Board board{};
  std::vector<Worker> workers;
};

// Few sets, all the time added and removed by all.
TEST_F(AttrTableThreads, MeetOnFewSets) {
  for (int round = 0; round < 10; ++round) {
    together([](Worker& worker, std::size_t) { worker.run(2000, 40, 3); });
  }
  expect_empty_at_the_end();
}

// The index grows, is cleaned of marks, and shrinks, with what is held; threads come and go.
TEST_F(AttrTableThreads, GrowAndCleanTheIndex) {
  constexpr std::array<std::size_t, 8> kHold{10, 1500, 1500, 100, 0, 3000, 0, 500};
  for (const std::size_t hold : kHold) {
    together([hold](Worker& worker, std::size_t) { worker.run(3000, 30'000, hold); });
  }
  expect_empty_at_the_end();
}

// More threads than numbers: some threads share an arena.
TEST_F(AttrTableThreads, MoreThanHaveNumbers) {
  constexpr std::size_t kMany = kMostThreads + 16;
  std::barrier all_run(kMany);
  std::atomic<std::size_t> sharing{0};
  while (workers.size() < kMany) workers.emplace_back(table, board, kOwnersSeed + workers.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kMany; ++i) {
    threads.emplace_back([&, i] {
      if (thread_index() == kSharedThread) ++sharing;
      all_run.arrive_and_wait();  // so that all threads live at once
      workers[i].run(300, 2000, 5);
      workers[i].let_all_go();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GE(sharing, kMany - kSharedThread);
  expect_unique(table, workers, board);
  while (workers.size() > kThreads) workers.pop_back();
  expect_empty_at_the_end();
}

TEST_F(AttrTableThreads, AddEqualSetsAtOnce) {
  constexpr std::uint32_t kSets = 2000;
  for (std::uint32_t round = 0; round < 4; ++round) {
    together([&](Worker& worker, std::size_t) {
      for (std::uint32_t i = 0; i < kSets; ++i) {
        worker.hold(NumberedSet(round * kSets + i).intern(table));
      }
    });
    EXPECT_EQ(table.size(), kSets);
    for (std::uint32_t i = 0; i < kSets; ++i) {
      for (const Worker& worker : workers) {
        ASSERT_EQ(worker.held()[i], workers[0].held()[i]);
      }
    }
    together([](Worker& worker, std::size_t) { worker.let_all_go(); });
  }
  expect_empty_at_the_end();
}

// One thread adds, another removes: the memory goes back to who had it.
TEST_F(AttrTableThreads, RemoveWhatOthersAdded) {
  for (std::uint32_t round = 0; round < 6; ++round) {
    together([&](Worker& worker, std::size_t number) {
      if (number != round % 2) return;
      for (std::uint32_t id = 0; id < 5000; ++id) worker.hold(NumberedSet(id).intern(table));
    });
    const std::size_t from = round % 2;
    const std::size_t to = 1 - from;
    for (const AttrRef ref : workers[from].held()) {
      table.retain(ref);
      workers[to].hold(ref);
    }
    together([&](Worker& worker, std::size_t number) {
      if (number == from) worker.let_all_go();
    });
    EXPECT_EQ(table.size(), 5000U);
    together([&](Worker& worker, std::size_t number) {
      if (number == to) worker.let_all_go();
    });
  }
  expect_empty_at_the_end();
}

// Without adding or removing anything more.
TEST_F(AttrTableThreads, AnIdleThreadTakesBackWhatOthersRemoved) {
  constexpr std::uint32_t kSets = 5000;
  for (std::uint32_t id = 0; id < kSets; ++id) workers[0].hold(NumberedSet(id).intern(table));
  EXPECT_EQ(workers[0].tidy(), 1U);
  std::thread([this] {
    std::size_t pieces = 0;
    for (const AttrRef ref : workers[0].held()) table.release(ref);
    do {
      rcu::wait_for_deferred();
      pieces = workers[1].tidy();
    } while (pieces > 1);
  }).join();
  EXPECT_EQ(table.size(), 0U);
  EXPECT_GE(workers[0].tidy(), 4U);
  EXPECT_EQ(workers[0].tidy(), 1U);
}

}  // namespace
}  // namespace tern::rib
