#include "bgpd/engine/engine.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include "rib/base/named_thread.h"

namespace tern::engine {
namespace {

constexpr std::size_t kSlice = 16384;   // changed destinations advertised in one turn, all shards
constexpr std::size_t kMostSpare = 32;  // tasks kept for their memory
// Routes that a runner stores before it looks at other strands; a task without routes counts as
// kSliceCost routes.
constexpr std::size_t kTurnRoutes = 1024;
constexpr std::size_t kSliceCost = kTurnRoutes / 4;
constexpr std::size_t kNone = ~std::size_t{0};

template <typename Fn>
void for_each_bit(ShardBits bits, Fn&& fn) {
  for (; bits != 0; bits &= bits - 1) fn(static_cast<std::size_t>(std::countr_zero(bits)));
}

}  // namespace

struct Engine::VisitTask final : Task {
  VisitTask(Engine& of, Visit& what, std::size_t routes) : Task(routes), engine(of), visit(what) {}
  // The last strand has the visit run. Acquire and release: the loop sees what all strands did.
  Then run(std::unique_ptr<Task>&) override {
    if (visit.left.fetch_sub(1, std::memory_order_acq_rel) != 1) return Then::Keep;
    engine.on_loop([&to = engine, &what = visit] { to.run_visit(what); });
    return Then::Keep;
  }
  Engine& engine;
  Visit& visit;
};

struct Engine::StoreTask final : Task {
  StoreTask(Engine& of, Shard* in) : engine(of), shard(in) {}
  void take(pipeline::RouteBatch& from) {
    std::swap(routes, from);
    routes_ = routes.size();
  }
  Then run(std::unique_ptr<Task>& self) override {
    const std::uint64_t read_time = routes.read_time;
    pipeline::Import::store_in_shard(shard->rib, peer, routes, now);
    shard->note_read(read_time);
    std::uint64_t none = 0;
    engine.stored_read_.compare_exchange_strong(none, read_time);
    engine.spend(std::move(self));
    return Then::GoOn;
  }
  Engine& engine;
  Shard* shard;
  PeerSlot peer = kNoPeerSlot;
  std::uint32_t now = 0;        // Unix seconds
  pipeline::RouteBatch routes;  // empty afterwards, with its memory
  StoreTask* next_spent = nullptr;
};

Engine::Engine(rib::Shards& shards, pipeline::Advertisers& advertisers, std::size_t threads,
               PostToLoop post, Sink& sink)
    : shards_(shards),
      advertisers_(advertisers),
      post_(std::move(post)),
      sink_(sink),
      slice_(kSlice / shards.size()),
      most_waiting_(kMostWaiting / shards.size()) {
  for (std::size_t i = 0; i < shards.size(); ++i) {
    states_.push_back(std::make_unique<ShardState>(i, shards[i], advertisers[i]));
  }
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.push_back(rib::start_thread<std::thread>(
        "tern-shard", [this, i, threads] { work(i * states_.size() / threads); }));
  }
}

Engine::~Engine() {
  stopping_.store(true, std::memory_order_release);
  work_.ring_all();
  for (std::thread& thread : threads_) thread.join();
  for (StoreTask* spent = spent_.load(std::memory_order_acquire); spent != nullptr;) {
    delete std::exchange(spent, spent->next_spent);
  }
}

// ---- The runner of a strand

// Whether the loop, which calls, runs a task at once. dispatch() finds a runner for other tasks.
bool Engine::takes(ShardState& state, Load load) {
  return load == Load::Light && state.strand.enter();
}

// The strand has tasks, and the caller is its runner.
void Engine::dispatch(std::size_t shard) {
  if (threads_.empty()) return on_loop([this, shard] { run_on_loop(shard); });
  hand_overs_.fetch_add(1, std::memory_order_relaxed);
  ready_.fetch_or(bit(shard), std::memory_order_release);
  work_.ring();
}

void Engine::resume(std::size_t shard) {
  if (!states_[shard]->strand.leave()) dispatch(shard);
}

void Engine::push_behind(std::size_t shard, std::unique_ptr<Task> task) {
  states_[shard]->advertise_waits.store(false);
  states_[shard]->walk_waits.store(false);
  push(shard, std::move(task));
}

void Engine::push(std::size_t shard, std::unique_ptr<Task> task) {
  ShardState& state = *states_[shard];
  state.waiting.fetch_add(task->routes());
  if (state.strand.push(std::move(task))) dispatch(shard);
}

// False: the strand is idle, or a visit keeps it. The loop learns of stored routes once, when no
// more of them wait.
bool Engine::run_some(ShardState& state) {
  const bool more = run_turn(state);
  if (!more && stored_read_.load(std::memory_order_relaxed) != 0) notify_loop();
  return more;
}

bool Engine::run_turn(ShardState& state) {
  // A turn of the loop is short, because sockets and timers wait.
  const std::size_t turn = threads_.empty() ? kSliceCost : kTurnRoutes;
  for (std::size_t cost = 0; cost < turn;) {
    std::unique_ptr<Task> task = state.strand.next();
    assert(task != nullptr);
    const std::size_t routes = task->routes();
    cost += routes != 0 ? routes : kSliceCost;
    state.waiting.fetch_sub(routes);
    if (was_full_.load() && !over_bound() && was_full_.exchange(false)) notify_loop();
    if (task->run(task) == Task::Then::Keep || state.strand.leave()) return false;
  }
  return true;
}

void Engine::run_on_loop(std::size_t shard) {
  if (run_some(*states_[shard])) dispatch(shard);
}

// ---- Visits

ShardBits Engine::enter(ShardBits shards) {
  ShardBits entered = 0;
  for_each_bit(shards, [&](std::size_t shard) {
    if (states_[shard]->strand.enter()) entered |= bit(shard);
  });
  entered_ |= entered;
  return entered;
}

void Engine::leave(ShardBits entered) {
  entered_ &= ~entered;
  for_each_bit(entered, [this](std::size_t shard) { resume(shard); });
}

// The loop's thread begins all visits, so all strands come to the visits in the same order, and no
// two visits wait for each other.
void Engine::begin_visit(std::unique_ptr<Visit> visit, ShardBits entered, std::size_t routes) {
  Visit& begun = *visit;
  visits_.push_back(std::move(visit));
  begun.self = std::prev(visits_.end());
  const ShardBits others = begun.shards & ~entered;
  begun.left.store(static_cast<std::size_t>(std::popcount(others)), std::memory_order_relaxed);
  for_each_bit(others, [&](std::size_t shard) {
    push_behind(shard, std::make_unique<VisitTask>(*this, begun, routes));
  });
}

void Engine::run_visit(Visit& visit) {
  entered_ |= visit.shards;
  visit.run();
  const ShardBits shards = visit.shards;
  visits_.erase(visit.self);
  leave(shards);
}

// ---- The pool

std::size_t Engine::claim(std::size_t first) {
  for (;;) {
    const ShardBits ready = ready_.load(std::memory_order_relaxed);
    if (ready == 0) return kNone;
    const ShardBits from_first = ready & ~(bit(first) - 1);
    const auto shard =
        static_cast<std::size_t>(std::countr_zero(from_first != 0 ? from_first : ready));
    // Acquire: the strand's last runner may have been another thread (dispatch()).
    const ShardBits before = ready_.fetch_and(~bit(shard), std::memory_order_acquire);
    if ((before & bit(shard)) != 0) return shard;
  }
}

// Each thread begins with a different shard, and goes on with the next ones.
void Engine::work(std::size_t first) {
  std::size_t at = first;
  while (!stopping_.load(std::memory_order_acquire)) {
    const std::uint32_t seen = work_.count();
    const std::size_t shard = claim(at);
    if (shard == kNone) {
      if (!shards_.attributes().tidy()) work_.wait(seen);
      continue;
    }
    at = (shard + 1) % states_.size();
    if (run_some(*states_[shard])) ready_.fetch_or(bit(shard), std::memory_order_release);
  }
}

// The worked() that follows sees what the caller noted before: the exchanges have one order.
void Engine::notify_loop() {
  if (loop_notified_.exchange(true)) return;
  on_loop([this] {
    loop_notified_.store(false);
    sink_.worked();
  });
}

// ---- Routes

std::unique_ptr<Engine::StoreTask> Engine::store_task() {
  if (spare_.empty()) {
    StoreTask* spent = spent_.exchange(nullptr, std::memory_order_acquire);
    while (spent != nullptr) {
      std::unique_ptr<StoreTask> task(std::exchange(spent, spent->next_spent));
      if (spare_.size() < kMostSpare) spare_.push_back(std::move(task));
    }
  }
  if (spare_.empty()) return std::make_unique<StoreTask>(*this, nullptr);
  std::unique_ptr<StoreTask> task = std::move(spare_.back());
  spare_.pop_back();
  return task;
}

// The loop takes all spent tasks at once, so a task that is taken and spent again does no harm.
void Engine::spend(std::unique_ptr<Task> task) {
  auto* const spent = static_cast<StoreTask*>(task.release());
  spent->next_spent = spent_.load(std::memory_order_relaxed);
  while (!spent_.compare_exchange_weak(spent->next_spent, spent, std::memory_order_release,
                                       std::memory_order_relaxed)) {
  }
}

bool Engine::store(PeerSlot peer, pipeline::JudgedRoutes& routes, std::uint32_t now, Load load) {
  bool done = false;
  for (std::size_t shard = 0; shard < states_.size(); ++shard) {
    pipeline::RouteBatch& part = routes.shards[shard];
    if (part.empty()) continue;
    part.read_time = routes.read_time;
    done |= store(shard, peer, part, now, load);
  }
  routes.clear();
  return done;
}

bool Engine::store(std::size_t shard, PeerSlot peer, pipeline::RouteBatch& routes,
                   std::uint32_t now, Load load) {
  ShardState& state = *states_[shard];
  if (takes(state, load)) {
    const std::uint64_t read_time = routes.read_time;
    pipeline::Import::store_in_shard(state.shard.rib, peer, routes, now);
    state.shard.note_read(read_time);
    resume(shard);
    return true;
  }
  std::unique_ptr<StoreTask> task = store_task();
  task->shard = &state.shard;
  task->peer = peer;
  task->now = now;
  task->take(routes);
  push_behind(shard, std::move(task));
  return false;
}

void Engine::note_read(std::uint64_t time) {
  for (const auto& state : states_) state->shard.note_read(time);
}

// ---- State

bool Engine::over_bound() const {
  return std::ranges::any_of(
      states_, [this](const auto& state) { return state->waiting.load() >= most_waiting_; });
}

// The loop sets was_full_ before its second look, and a runner subtracts its routes before it reads
// was_full_. All four are in one order, so the loop sees the routes gone or the runner the flag.
bool Engine::full() {
  if (!over_bound()) return false;
  was_full_.store(true);
  return over_bound();
}

bool Engine::idle() const {
  return std::ranges::all_of(states_, [this](const auto& state) {
    return (entered_ & bit(state->shard.number)) != 0 ? !state->strand.waits()
                                                      : state->strand.idle();
  });
}

std::size_t Engine::idle_prefixes() const {
  std::size_t sum = 0;
  for (const auto& state : states_) sum += state->idle_prefixes.load(std::memory_order_relaxed);
  return sum;
}

}  // namespace tern::engine
