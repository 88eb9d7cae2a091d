// One writer and many readers of an ExportLog, each on a thread of its own. Run under the thread
// sanitizer, this holds the memory orders of docs/adr/0017 to their word.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "rib/export_log.h"

namespace tern::rib {
namespace {

constexpr std::uint32_t kMessages = 20'000;
constexpr std::uint32_t kClients = 24;
constexpr std::size_t kHead = 8;  // octets: the message's number, and its length

// A body that the reader can check: the number in front, octets that follow from it behind.
std::vector<std::byte> message(std::uint32_t number, std::uint32_t length) {
  std::vector<std::byte> octets(length, static_cast<std::byte>(number * 31));
  std::memcpy(octets.data(), &number, sizeof number);
  std::memcpy(octets.data() + sizeof number, &length, sizeof length);
  return octets;
}

// Which clients a message is for follows from its number, so readers know what they must see.
bool is_for(std::uint32_t number, PeerSlot client) {
  if (number % 5 == 0) return true;
  if (number % 5 == 1) return client != number % kClients;
  return (number * 2654435761U >> 9U) % kClients == client;
}

ClientSet clients_of(std::uint32_t number) {
  ClientSet set;
  for (PeerSlot client = 0; client < kClients; ++client) {
    if (is_for(number, client)) set.insert(client);
  }
  return set;
}

// A mailbox of one cursor: the writer makes cursors, readers take them.
struct Mailbox {
  ExportLog::Cursor cursor;
  std::uint32_t from = 0;     // the first message after the cursor
  std::atomic<int> state{0};  // 0: nothing; 1: wanted; 2: there
};

class Reader {
 public:
  Reader(PeerSlot client, std::uint32_t seed) : client_(client), random_(seed) {}

  void begin(ExportLog::Cursor cursor, std::uint32_t next) {
    cursor_ = std::move(cursor);
    next_ = next;
  }
  [[nodiscard]] bool done() const { return expected() == kMessages; }
  void leave() { cursor_ = {}; }

  // Takes some of what there is, as a socket would; false: there was nothing.
  bool take() {
    std::array<std::span<const std::byte>, 4> runs;
    if (!ExportLog::has_more(cursor_)) return false;
    const std::size_t filled = ExportLog::collect(cursor_, client_, runs, 1 + random_() % 30'000);
    if (filled == 0) return false;
    std::size_t taken = 0;
    for (std::size_t i = 0; i < filled; ++i) {
      std::size_t some = runs[i].size();
      if (i + 1 == filled && random_() % 2 == 0) some = random_() % (some + 1);
      unread_.insert(unread_.end(), runs[i].begin(), runs[i].begin() + static_cast<long>(some));
      taken += some;
    }
    updates_ += ExportLog::advance(cursor_, client_, taken).updates;
    read();
    return true;
  }

  std::uint64_t seen_ = 0;
  std::uint64_t updates_ = 0;
  bool wrong_ = false;

 private:
  // The number of the next message for this client.
  [[nodiscard]] std::uint32_t expected() const {
    std::uint32_t number = next_;
    while (number < kMessages && !is_for(number, client_)) ++number;
    return number;
  }
  void read() {
    std::size_t at = 0;
    while (unread_.size() - at >= kHead) {
      std::uint32_t number = 0;
      std::uint32_t length = 0;
      std::memcpy(&number, unread_.data() + at, sizeof number);
      std::memcpy(&length, unread_.data() + at + sizeof number, sizeof length);
      if (unread_.size() - at < length) break;
      wrong_ |= number != expected();
      for (std::size_t i = kHead; i < length; ++i) {
        wrong_ |= unread_[at + i] != static_cast<std::byte>(number * 31);
      }
      next_ = number + 1;
      ++seen_;
      at += length;
    }
    unread_.erase(unread_.begin(), unread_.begin() + static_cast<long>(at));
  }

  const PeerSlot client_;
  std::mt19937 random_;
  ExportLog::Cursor cursor_;
  std::uint32_t next_ = 0;
  std::vector<std::byte> unread_;
};

// Appends everything at a random pace, and serves those who join on the way.
void write(ExportLog& log, AudienceTable& table, Mailbox& joins, std::atomic<bool>& finished) {
  std::mt19937 random(1);
  for (std::uint32_t number = 0; number < kMessages; ++number) {
    if (joins.state.load(std::memory_order_acquire) == 1) {
      joins.cursor = log.end();
      joins.from = number;
      joins.state.store(2, std::memory_order_release);
    }
    const std::size_t most = number % 97 == 0 ? 60'000 : 200;
    const auto length = static_cast<std::uint32_t>(kHead + random() % most);
    ExportLog::Entry meta;
    meta.audience = table.intern(clients_of(number));
    meta.prefixes = 1;
    log.append(message(number, length), meta);
    table.release(meta.audience);  // the log alone holds most of the sets
    if (random() % 512 == 0) std::this_thread::yield();
  }
  finished.store(true, std::memory_order_release);
}

TEST(ExportLogThreads, EveryReaderGetsItsMessagesInOrderBesideTheWriter) {
  AudienceTable table;
  ExportLog log(table);
  Mailbox joins;
  std::atomic<bool> finished{false};
  std::vector<Reader> readers;
  for (PeerSlot client = 0; client < 4; ++client) {
    readers.emplace_back(client, client + 10);
    readers.back().begin(log.end(), 0);
  }
  std::vector<std::thread> threads;
  for (Reader& reader : readers) {
    threads.emplace_back([&reader, &finished, slow = &reader == &readers[3]] {
      std::uint32_t turn = 0;
      while (!reader.done()) {
        if (slow && !finished.load(std::memory_order_acquire) && ++turn % 4 != 0) {
          std::this_thread::yield();
          continue;
        }
        if (!reader.take()) std::this_thread::yield();
      }
    });
  }
  // Joins, reads a little, and leaves with all that it has not read.
  Reader guest(5, 99);
  threads.emplace_back([&] {
    while (!finished.load(std::memory_order_acquire)) {
      joins.state.store(1, std::memory_order_release);
      while (joins.state.load(std::memory_order_acquire) != 2) {
        if (finished.load(std::memory_order_acquire)) return;
        std::this_thread::yield();
      }
      Reader visit(5, 99);
      visit.begin(std::move(joins.cursor), joins.from);
      for (int turn = 0; turn < 20; ++turn) (void)visit.take();
      visit.leave();
      guest.wrong_ |= visit.wrong_;
      guest.seen_ += visit.seen_;
    }
  });
  write(log, table, joins, finished);
  for (std::thread& thread : threads) thread.join();
  joins.cursor = {};
  for (Reader& reader : readers) {
    EXPECT_FALSE(reader.wrong_);
    EXPECT_EQ(reader.seen_, reader.updates_);
    EXPECT_GT(reader.seen_, kMessages / 5);
    reader.leave();
  }
  EXPECT_FALSE(guest.wrong_);
  EXPECT_LE(log.bytes(), 65536U);
}

}  // namespace
}  // namespace tern::rib
