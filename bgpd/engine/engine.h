// The shards of the table as strands (bgpd/engine/strand.h), and the threads that run them.
//
// Tasks of its strand alone change a shard; wait-free readers (rib/table_reader.h) read beside
// them. A light task of an idle strand runs at once on the loop, so a lone UPDATE wakes no thread
// and allocates nothing. Other tasks run on a thread of the pool, or, without a pool, on the loop
// in a later turn. A long job is a task that posts its next slice behind the tasks that wait.
//
// A visit is a task of the loop that needs several shards. Each strand stops when it comes to the
// visit, and the loop runs the visit when the last strand has come. Neither the loop nor a thread
// of the pool waits for a visit: the threads go on with other strands.
//
// The number of routes that wait for a strand is bounded (full()). The caller then reads no more
// from its neighbors until Sink::worked(), so TCP slows them down; no route is dropped.
//
// Construction, destruction and every function belong to the loop's thread unless a comment names
// another.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "bgpd/engine/bell.h"
#include "bgpd/engine/shard.h"
#include "bgpd/engine/strand.h"
#include "bgpd/pipeline/import.h"

namespace tern::engine {

using pipeline::ShardBits;

// Heavy work goes to the pool, if there is one, even when the strand is idle.
enum class Load : bool { Light, Heavy };

class Engine {
 public:
  // Runs a function on the loop in a later turn; any thread.
  using PostToLoop = std::function<void(std::function<void()>)>;

  class Sink {
   public:
    virtual ~Sink() = default;
    // On the loop, behind an advertise_later() or walk_later(): take_advertised() may have more.
    virtual void advertised() = 0;
    // On the loop, in a turn of its own, after threads of the pool worked: take_advertised() may
    // have more, and full() may be over.
    virtual void worked() = 0;
    // On the loop, in a turn of its own: a resync() that did not run at once is done.
    virtual void resynced(PeerSlot client) = 0;
  };

  // threads: of the pool; 0: everything runs on the loop.
  Engine(rib::Shards& shards, pipeline::Advertisers& advertisers, std::size_t threads,
         PostToLoop post, Sink& sink);
  // Drops the tasks and visits that wait.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // For use in tasks and visits.
  [[nodiscard]] rib::Shards& shards() { return shards_; }
  [[nodiscard]] pipeline::Advertisers& advertisers() { return advertisers_; }

  // ---- Tasks

  // Runs task(Shard&) on the strand of the shard.
  template <typename Fn>
  void post(std::size_t shard, Load load, Fn&& task);
  // The same for every shard; each gets a copy of the task.
  template <typename Fn>
  void post_each(Load load, const Fn& task) {
    for (std::size_t shard = 0; shard < states_.size(); ++shard) post(shard, load, task);
  }
  // Posts a task behind all tasks that wait, for a job that does not depend on them. Any thread.
  template <typename Fn>
  void post_next(Shard& shard, Fn&& task);
  // Runs a function on the loop in a later turn; does nothing if the engine is destroyed by then.
  // Any thread.
  template <typename Fn>
  void on_loop(Fn fn);
  // By the runner of the shard's strand, behind a slice of a job: advertises what the slice
  // changed.
  void advertise_changes(Shard& shard);
  // Runs visitor() on the loop with these shards, a bit each; at once if all are idle. routes: the
  // number of routes that wait with it.
  template <typename Fn>
  void visit(ShardBits shards, std::size_t routes, Fn&& visitor);
  template <typename Fn>
  void visit_all(Fn&& visitor) {
    visit(all(), 0, std::forward<Fn>(visitor));
  }
  [[nodiscard]] ShardBits all() const { return (ShardBits{1} << states_.size()) - 1; }

  // ---- Routes

  // Stores the routes of a neighbor, which Import::admit() allowed, and leaves them empty, with
  // memory. now: Unix seconds. True: some shard has stored its batch already.
  bool store(PeerSlot peer, pipeline::JudgedRoutes& routes, std::uint32_t now, Load load);
  // In a visit of the shards: the caller stored routes in them, read at `time`.
  void note_read(std::uint64_t time);
  // Advertises changes.
  void advertise(Load load);
  // Advertises the table to clients that wait for it.
  void walk(Load load);
  // The same in a later turn of the loop, once for all calls until then, and then
  // Sink::advertised(). The turn comes after all sockets that are ready to be read: changes of a
  // flood coalesce, and a lone UPDATE waits for nothing else.
  void advertise_later();
  void walk_later();
  // The shard makes messages for a client that left its log (pipeline::Advertiser::resync()).
  void resync(std::size_t shard, PeerSlot client, Load load);
  // Goes on with the advertising that waited until a client takes what its log has. True: some did.
  bool go_on();
  // Removes expired paths.
  void sweep();
  // Frees ids of prefixes that are gone.
  void free_idle();
  // In a flood, each call of advertise() advertises one slice of changes. Changes that wait
  // coalesce: a prefix is advertised once instead of with each of its paths.
  void set_flooded(bool flooded) { flooded_.store(flooded, std::memory_order_relaxed); }
  // For work in all shards: heavy in a flood.
  [[nodiscard]] Load load() const {
    return flooded_.load(std::memory_order_relaxed) ? Load::Heavy : Load::Light;
  }

  // Some log got messages since the last call.
  [[nodiscard]] bool take_advertised() { return advertised_.exchange(false); }
  // The read time of the first route that a thread stored since the last call; 0: none was stored.
  [[nodiscard]] std::uint64_t take_stored_read() { return stored_read_.exchange(0); }

  // ---- State

  // Too many routes wait for some shard: the caller should add none before Sink::worked(), which
  // this call requests.
  [[nodiscard]] bool full();
  // No task waits or runs, except the visit that asks. A hint while threads work.
  [[nodiscard]] bool idle() const;
  // Whether threads of a pool run the strands. If not, the loop does.
  [[nodiscard]] bool has_pool() const { return !threads_.empty(); }
  // How often a strand was handed over to the pool.
  [[nodiscard]] std::uint64_t hand_overs() const {
    return hand_overs_.load(std::memory_order_relaxed);
  }
  // Prefixes that are gone and still have their ids, as of the last tasks.
  [[nodiscard]] std::size_t idle_prefixes() const;

 private:
  static constexpr std::size_t kMostWaiting = 32768;  // routes, of all shards

  // A shard with its strand and its counters.
  struct ShardState {
    ShardState(std::size_t number, rib::Rib& rib, pipeline::Advertiser& advertiser)
        : shard{number, rib, advertiser} {}
    Strand strand;
    Shard shard;
    std::atomic<std::size_t> waiting{0};  // routes
    std::atomic<std::size_t> idle_prefixes{0};
    // A task of that job waits, and behind it no task that could give the job more to do.
    std::atomic<bool> advertise_waits{false};
    std::atomic<bool> walk_waits{false};
  };
  static constexpr ShardBits bit(std::size_t shard) { return ShardBits{1} << shard; }
  struct StoreTask;
  template <typename Fn>
  struct TaskOf;
  struct Visit {
    Visit() = default;
    virtual ~Visit() = default;
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;
    virtual void run() = 0;
    ShardBits shards = 0;
    std::atomic<std::size_t> left{0};  // strands that have not come to the visit yet
    std::list<std::unique_ptr<Visit>>::iterator self;
  };
  template <typename Fn>
  struct VisitOf;
  struct VisitTask;

  [[nodiscard]] bool takes(ShardState& state, Load load);
  void dispatch(std::size_t shard);
  void resume(std::size_t shard);
  void push(std::size_t shard, std::unique_ptr<Task> task);
  // Like push(), and the next advertise() or walk() is posted behind the task, even if one waits
  // already: that one runs before the task and does not see its changes.
  void push_behind(std::size_t shard, std::unique_ptr<Task> task);
  // Makes the loop the runner of those shards that are idle, until leave(). The code in between
  // must not block.
  [[nodiscard]] ShardBits enter(ShardBits shards);
  void leave(ShardBits entered);
  void begin_visit(std::unique_ptr<Visit> visit, ShardBits entered, std::size_t routes);
  void run_visit(Visit& visit);
  bool run_some(ShardState& state);
  bool run_turn(ShardState& state);
  void run_on_loop(std::size_t shard);
  void notify_loop();
  [[nodiscard]] bool over_bound() const;

  // By the runner. True: the loop should be notified.
  bool advertise(Shard& shard);
  bool walk(Shard& shard);
  // A job of slices, for which one task at most waits in a strand.
  struct Job {
    bool Engine::*posted;  // by later()
    std::atomic<bool> ShardState::*waits;
    bool (Engine::*slice)(Shard&);
  };
  static const Job kAdvertise;
  static const Job kWalk;
  void later(const Job& job);
  void run(const Job& job, Load load);
  void post_slice(const Job& job, Shard& shard);
  void sweep(Shard& shard);
  void free_idle(Shard& shard);
  bool note(Shard& shard, bool advertised);
  [[nodiscard]] std::unique_ptr<StoreTask> store_task();
  void spend(std::unique_ptr<Task> task);

  // The pool's threads
  void work(std::size_t first);
  [[nodiscard]] std::size_t claim(std::size_t first);

  bool store(std::size_t shard, PeerSlot peer, pipeline::RouteBatch& routes, std::uint32_t now,
             Load load);

  // Constant after construction
  rib::Shards& shards_;
  pipeline::Advertisers& advertisers_;
  PostToLoop post_;
  Sink& sink_;
  const std::size_t slice_;         // changed destinations advertised in one task
  const std::size_t most_waiting_;  // routes for a shard
  std::vector<std::unique_ptr<ShardState>> states_;

  // The loop's thread
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
  std::list<std::unique_ptr<Visit>> visits_;
  ShardBits entered_ = 0;  // strands that the loop runs
  bool advertise_posted_ = false;
  bool walk_posted_ = false;
  std::vector<std::unique_ptr<StoreTask>> spare_;

  // Any thread
  std::atomic<ShardBits> ready_{0};  // strands without a runner that have tasks
  Bell work_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> flooded_{false};
  std::atomic<bool> loop_notified_{false};  // Sink::worked() is posted
  std::atomic<bool> was_full_{false};
  std::atomic<bool> advertised_{false};
  std::atomic<ShardBits> held_back_{0};       // changes of these wait for a client
  std::atomic<ShardBits> walk_held_back_{0};  // and walks
  std::atomic<std::uint64_t> stored_read_{0};
  std::atomic<std::uint64_t> hand_overs_{0};
  std::atomic<StoreTask*> spent_{nullptr};

  std::vector<std::thread> threads_;  // the last member: they use all the others
};

// ---- Tasks

template <typename Fn>
struct Engine::TaskOf final : Task {
  TaskOf(Shard& of, Fn what) : shard(of), fn(std::move(what)) {}
  Then run(std::unique_ptr<Task>&) override {
    fn(shard);
    return Then::GoOn;
  }
  Shard& shard;
  Fn fn;
};

template <typename Fn>
struct Engine::VisitOf final : Visit {
  explicit VisitOf(Fn what) : fn(std::move(what)) {}
  void run() override { fn(); }
  Fn fn;
};

template <typename Fn>
void Engine::post(std::size_t shard, Load load, Fn&& task) {
  ShardState& state = *states_[shard];
  if (takes(state, load)) {
    task(state.shard);
    return resume(shard);
  }
  push_behind(shard,
              std::make_unique<TaskOf<std::decay_t<Fn>>>(state.shard, std::forward<Fn>(task)));
}

template <typename Fn>
void Engine::post_next(Shard& shard, Fn&& task) {
  push(shard.number, std::make_unique<TaskOf<std::decay_t<Fn>>>(shard, std::forward<Fn>(task)));
}

template <typename Fn>
void Engine::visit(ShardBits shards, std::size_t routes, Fn&& visitor) {
  const ShardBits entered = enter(shards);
  if (entered == shards) {
    visitor();
    return leave(entered);
  }
  auto later = std::make_unique<VisitOf<std::decay_t<Fn>>>(std::forward<Fn>(visitor));
  later->shards = shards;
  begin_visit(std::move(later), entered, routes);
}

// The loop's thread destroys the engine.
template <typename Fn>
void Engine::on_loop(Fn fn) {
  post_([alive = std::weak_ptr(alive_), fn = std::move(fn)]() mutable {
    if (!alive.expired()) fn();
  });
}

}  // namespace tern::engine
