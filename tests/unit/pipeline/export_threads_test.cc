// The loop writes to sockets while a shard works: two threads, one Advertiser. Run under the thread
// sanitizer, this holds pipeline/export_cursor.h to its word.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "bgpd/wire/framer.h"
#include "tests/unit/pipeline/speaker.h"
#include "tests/unit/types/random_values.h"

namespace tern::pipeline {
namespace {

// What the loop asks the shard's thread for.
class Wishes {
 public:
  void add(PeerSlot client) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(client);
  }
  std::vector<PeerSlot> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(waiting_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<PeerSlot> waiting_;
};

// A client whose socket takes something now and then. Used by the loop's thread.
class Socket {
 public:
  Socket(Neighbour& neighbour, std::uint32_t seed, std::uint32_t pace)
      : neighbour_(neighbour), random_(seed), pace_(pace) {}

  void pump(Wishes& wishes, bool all) {
    if (!all && !random_.one_in(pace_)) return;
    std::array<std::span<const std::byte>, 4> runs;
    AdjRibOut& adj_rib_out = neighbour_.adj_rib_out();
    if (random_.one_in(50)) adj_rib_out.leave_logs();
    const std::size_t count = adj_rib_out.collect(runs, 1 + random_.below(20'000));
    if (adj_rib_out.take_resync_requests() != 0) wishes.add(neighbour_.slot());
    if (count == 0) return;
    std::size_t taken = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const auto some =
          runs[i].first(random_.one_in(3) ? random_.below(90) % runs[i].size() : runs[i].size());
      octets.insert(octets.end(), some.begin(), some.end());
      taken += some.size();
      if (some.size() < runs[i].size()) break;
    }
    (void)adj_rib_out.took(
        taken, [this](wire::Bytes rest) { octets.insert(octets.end(), rest.begin(), rest.end()); });
  }
  [[nodiscard]] bool done() { return !neighbour_.adj_rib_out().has_more(); }

  std::vector<std::byte> octets;  // all that it was sent

 private:
  Neighbour& neighbour_;
  RandomValues random_;
  const std::uint32_t pace_;
};

// The prefixes that the messages leave a client with, and the last MED of each.
std::map<Prefix, std::uint32_t> table_of(wire::Bytes octets) {
  std::map<Prefix, std::uint32_t> table;
  wire::UpdateContext context;
  context.four_octet_as = true;
  context.families = {Family::Ipv4Unicast, Family::Ipv6Unicast};
  wire::UpdateMessage update;
  while (!octets.empty()) {
    const auto next = wire::next_message(octets, wire::kMaxMessage);
    const auto* frame = std::get_if<wire::Frame>(&next);
    if (frame == nullptr) {
      ADD_FAILURE() << "no message";
      return table;
    }
    EXPECT_FALSE(wire::decode_update(frame->body, context, update));
    for (const Nlri& nlri : update.withdrawn) table.erase(nlri.prefix);
    for (const Nlri& nlri : update.announced) {
      table[nlri.prefix] = update.attributes.med.value_or(0);
    }
    octets = octets.subspan(frame->message.size());
  }
  return table;
}

TEST(ExportThreads, SocketsAreWrittenWhileTheShardWorks) {
  constexpr std::uint32_t kSteps = 6000;
  constexpr std::uint32_t kPrefixes = 200;
  constexpr std::uint64_t kMostLag = 32768;  // octets
  Speaker tern({}, 1, {}, kMostLag);
  Neighbour& source = tern.add(route_server_client(65001, 1));
  std::vector<Socket> sockets;
  for (std::uint32_t n = 2; n < 8; ++n) {
    sockets.emplace_back(tern.add(route_server_client(65000 + n, n)), n, n < 5 ? 2 : 40 * n);
  }
  Wishes wishes;
  std::atomic<bool> finished{false};
  std::map<Prefix, std::uint32_t> expected;
  const auto resync = [&] {
    for (const PeerSlot client : wishes.take()) tern.advertiser.resync(client);
  };
  std::thread shard([&] {
    RandomValues random(7);
    for (std::uint32_t step = 0; step < kSteps; ++step) {
      const Prefix where = Prefix::v4(0x0A000000U + (random.below(kPrefixes) << 8U), 24);
      if (random.one_in(3)) {
        source.withdraw(where.to_string());
        expected.erase(where);
      } else {
        route(where.to_string()).med(step).via(source);
        expected[where] = step;
      }
      if (random.one_in(4)) tern.spread();
      resync();
    }
    tern.spread();
    finished.store(true, std::memory_order_release);
  });
  while (!finished.load(std::memory_order_acquire)) {
    for (Socket& socket : sockets) socket.pump(wishes, false);
  }
  shard.join();
  for (Socket& socket : sockets) {
    for (int turn = 0; turn < 100'000 && !(socket.done() && turn > 100); ++turn) {
      socket.pump(wishes, true);
      resync();
    }
    EXPECT_TRUE(table_of(socket.octets) == expected);
  }
  EXPECT_LE(tern.advertiser.log_bytes(), 65536U + 2 * 65536U);
}

}  // namespace
}  // namespace tern::pipeline
