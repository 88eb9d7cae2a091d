// The shards of the table, and the threads that work on them in a flood.
//
// The loop has all shards while little happens: what is to be done is done at once, and a lone
// UPDATE pays for nobody. In a flood it hands tasks in, lends the shard with them to a thread, and
// writes meanwhile to the sockets what others have told. Tasks of one shard are done in the order
// in which they came, wherever. gather() is for a look at the table: the loop waits until its
// shards are back, which takes as long as the task under way. recall() is for all else that is not
// a task: it does what is left of the others, too.
//
// Loans go out and come back through rings without locks, one at a time for each shard. Owned by
// the loop's thread. Internal to bgpd/session.
#pragma once

#include <atomic>
#include <boost/lockfree/spsc_queue.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "bgpd/session/bell.h"
#include "bgpd/session/shard_work.h"

namespace tern::session {

class ShardPool {
 public:
  class Sink {
   public:
    virtual ~Sink() = default;
    // Tasks were done, here or there.
    virtual void shard_worked(std::size_t shard, const ShardOutcome& outcome) = 0;
    // Shards came back and will go out again after this, when more was handed in.
    virtual void shards_back() = 0;
  };

  // threads: 0 is everything on the loop.
  ShardPool(boost::asio::io_context& context, rib::Shards& shards, pipeline::Fanouts& fanouts,
            std::size_t threads, Sink& sink);
  // What was not done is dropped.
  ~ShardPool();
  ShardPool(const ShardPool&) = delete;
  ShardPool& operator=(const ShardPool&) = delete;

  // Shards on loan, a bit each.
  [[nodiscard]] pipeline::ShardBits away() const { return away_; }
  [[nodiscard]] bool away(std::size_t shard) const { return ((away_ >> shard) & 1U) != 0; }
  // All shards are here, and nothing that was handed in waits.
  [[nodiscard]] bool idle() const;
  // So much waits that no more should be handed in to be done There.
  [[nodiscard]] bool full() const;
  // Loans since the start.
  [[nodiscard]] std::uint64_t loans() const { return loans_; }

  // Whether a thread should do it if there is one; else it is done at once where the shard is here.
  enum class Where : std::uint8_t { Here, There };
  // Takes the routes; gives empty ones with memory. Where so much waits for the shard already that
  // it is full(), it is recalled for what is to be done Here.
  void store(std::size_t shard, PeerSlot peer, pipeline::RouteBatch& routes,
             std::uint64_t read_time, std::uint32_t now, Where where);
  void tell(std::size_t shard, Where where) { slice(ShardTask::Kind::Tell, shard, where); }
  void walk(std::size_t shard, Where where) { slice(ShardTask::Kind::Walk, shard, where); }

  // The caller itself stored in the shard, which is here.
  void note_read(std::size_t shard, std::uint64_t time) { desks_[shard]->shard.note_read(time); }

  // All shards are here, until the next turn of the loop. What was handed in may wait yet.
  void gather();
  // The shard is here, and all that was handed in is done; all of them.
  void recall(std::size_t shard);
  void recall();

 private:
  // A shard and its tasks: the loop's, or on loan.
  struct Desk {
    Desk(rib::Rib& rib, pipeline::Fanout& fanout) : shard{rib, fanout} {}

    Shard shard;
    std::vector<ShardTask> tasks;  // of the loan
    std::size_t done = 0;
    ShardOutcome outcome;
    std::atomic<bool> wanted{false};  // by the loop: come back before the next task

    // The loop's at any time:
    std::vector<ShardTask> waiting;
    std::size_t waiting_routes = 0;
    std::size_t number = 0;
  };
  static constexpr std::size_t kMostWaiting = 32768;  // routes
  static constexpr std::size_t kMostSpare = 32;
  using Ring = boost::lockfree::spsc_queue<Desk*, boost::lockfree::capacity<rib::Shards::kMost>>;

  struct Worker {
    Worker(boost::asio::io_context& context, ShardPool& pool, rib::AttrTable& attributes_of_all);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    void run();

    const std::size_t slice;
    rib::AttrTable& attributes;
    Ring out;
    Ring back;
    Bell work;      // a loan, or the end
    Bell returned;  // for fetch()
    LoopBell loop;
    std::atomic<bool> stopping{false};
    std::thread thread;  // the last member: it uses all the others
  };

  void slice(ShardTask::Kind kind, std::size_t shard, Where where);
  [[nodiscard]] bool wait_in_line(const Desk& desk, Where where) const;
  void do_here(Desk& desk, ShardTask& task);
  void lend(Desk& desk);
  [[nodiscard]] Worker& worker_of(const Desk& desk) const {
    return *workers_[desk.number % workers_.size()];
  }
  void want(const Worker& worker);
  void fetch(std::size_t shard);
  void take_back(Worker& worker);
  void come_back(Worker& worker);
  void finish_here(Desk& desk);
  void keep_memory(ShardTask& done);

  Sink& sink_;
  const std::size_t slice_;         // changed destinations told of in one turn
  const std::size_t most_waiting_;  // routes for a shard
  std::vector<std::unique_ptr<Desk>> desks_;
  pipeline::ShardBits away_ = 0;
  std::uint64_t loans_ = 0;
  std::vector<pipeline::RouteBatch> spare_;  // memory for what is handed in
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace tern::session
