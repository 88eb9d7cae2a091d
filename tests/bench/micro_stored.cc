// Registrations that are written at run time, beside 90,000 others, to a database in $TMPDIR.
//
// stored_import: 10,000 registrations of an import, from the text of the file to the answer, which
// comes when they are on the disk and the loop has the table; each time all of them change. The
// counter loop_stall_ms is the longest time for which a loop with a speaker did not come round.
// stored_add: the same of one registration.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "bgpd/registrations/registration_thread.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/speaker.h"
#include "tests/unit/types/folder.h"

namespace tern {
namespace {

using registrations::Import;
using registrations::RegistrationThread;
using registrations::Write;
using registrations::WriteResult;
using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kOthers = 90'000;
constexpr std::uint32_t kWritten = 10'000;
constexpr std::uint32_t kFirst = 0x14000000;  // 20.0.0.0

std::string csv(std::uint32_t first, std::uint32_t count, const std::string& owner) {
  std::string text = "prefix,owner,customer_as,origins,partners,notes\n";
  for (std::uint32_t i = first; i < first + count; ++i) {
    text += Prefix::v4(kFirst + (i << 8U), 24).to_string() + "," + owner +
            ",3333,3333 12654,1299 174,ticket " + std::to_string(i) + "\n";
  }
  return text;
}

// A loop that notes how long its turns take, with a speaker that gets the tables.
class BusyLoop {
 public:
  BusyLoop() : speaker_(std::make_unique<session::Speaker>(loop_, session::SpeakerThreads{})) {
    thread_ = std::thread([this] { loop_.run(); });
    loop_.post([this] { turn(Clock::now()); });
  }
  ~BusyLoop() {
    loop_.stop();
    thread_.join();
  }
  session::Loop& loop() { return loop_; }
  session::Speaker& speaker() { return *speaker_; }
  // Since the last call. On the loop.
  std::chrono::nanoseconds take_longest() { return std::exchange(longest_, {}); }

 private:
  void turn(Clock::time_point before) {
    const auto now = Clock::now();
    longest_ = std::max<std::chrono::nanoseconds>(longest_, now - before);
    loop_.post([this, now] { turn(now); });
  }

  session::Loop loop_;
  std::unique_ptr<session::Speaker> speaker_;
  std::chrono::nanoseconds longest_{};
  std::thread thread_;
};

class StoredBench {
 public:
  StoredBench()
      : thread_(
            [this](auto table, auto changed) {
              loop_.loop().post(
                  [this, table = std::move(table), changed = std::move(changed)]() mutable {
                    loop_.speaker().set_registrations(std::move(table), std::move(changed));
                  });
            },
            {folder_.path("registrations.db")}) {
    thread_.reconfigure({});
    (void)import(csv(kWritten, kOthers, "others"));
  }

  // The longest turn of the loop meanwhile.
  std::chrono::nanoseconds import(std::string text) {
    Write write;
    write.import = Import{{std::move(text)}, "bench.csv"};
    return carry_out(std::move(write));
  }
  std::chrono::nanoseconds carry_out(Write write) {
    std::promise<std::chrono::nanoseconds> done;
    write.user = "bench";
    (void)thread_.write(std::move(write), [&](const WriteResult& result) {
      if (!result.errors.empty()) std::abort();
      loop_.loop().post([&] { done.set_value(loop_.take_longest()); });
    });
    return done.get_future().get();
  }

 private:
  const Folder folder_;
  BusyLoop loop_;
  RegistrationThread thread_;
};

double milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

void stored_import(benchmark::State& state) {
  StoredBench bench;
  const std::string texts[] = {csv(0, kWritten, "a"), csv(0, kWritten, "b")};
  std::chrono::nanoseconds longest{};
  std::size_t next = 0;
  for (auto _ : state) longest = std::max(longest, bench.import(texts[next++ % 2]));
  state.counters["loop_stall_ms"] = milliseconds(longest);
}
BENCHMARK(stored_import)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(8);

void stored_add(benchmark::State& state) {
  StoredBench bench;
  std::chrono::nanoseconds longest{};
  std::uint32_t next = 0;
  for (auto _ : state) {
    Write write;
    write.changes.push_back({registrations::Change::Action::Add,
                             Prefix::v4(kFirst + (next++ << 8U), 24).to_string(),
                             {{"owner", "a"}, {"customer_as", "3333"}}});
    longest = std::max(longest, bench.carry_out(std::move(write)));
  }
  state.counters["loop_stall_ms"] = milliseconds(longest);
}
BENCHMARK(stored_add)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(32);

}  // namespace
}  // namespace tern
