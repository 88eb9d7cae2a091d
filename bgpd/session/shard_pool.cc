#include "bgpd/session/shard_pool.h"

#include <pthread.h>

#include <algorithm>
#include <boost/asio.hpp>
#include <iterator>
#include <utility>

#include "rib/base/signals_blocked.h"

namespace tern::session {
namespace {

constexpr std::size_t kSlice = 16384;  // changed destinations told of in one turn, of all shards

}  // namespace

ShardPool::ShardPool(boost::asio::io_context& context, rib::Shards& shards,
                     pipeline::Fanouts& fanouts, std::size_t threads, Sink& sink)
    : sink_(sink), slice_(kSlice / shards.size()), most_waiting_(kMostWaiting / shards.size()) {
  for (std::size_t i = 0; i < shards.size(); ++i) {
    desks_.push_back(std::make_unique<Desk>(shards[i], fanouts[i]));
    desks_.back()->number = i;
  }
  while (workers_.size() < threads)
    workers_.push_back(std::make_unique<Worker>(context, *this, shards.attributes()));
}

ShardPool::~ShardPool() = default;

bool ShardPool::idle() const {
  return away_ == 0 &&
         std::ranges::all_of(desks_, [](const auto& desk) { return desk->waiting.empty(); });
}

bool ShardPool::full() const {
  return std::ranges::any_of(
      desks_, [this](const auto& desk) { return desk->waiting_routes >= most_waiting_; });
}

// ---- Tasks

// What waits goes first: of a shard on loan, and of one that is about to go out again.
bool ShardPool::wait_in_line(const Desk& desk, Where where) const {
  return away(desk.number) || !desk.waiting.empty() || (where == Where::There && !workers_.empty());
}

void ShardPool::store(std::size_t shard, PeerSlot peer, pipeline::RouteBatch& routes,
                      std::uint64_t read_time, std::uint32_t now, Where where) {
  Desk& desk = *desks_[shard];
  if (where == Where::Here && desk.waiting_routes >= most_waiting_) recall(shard);
  ShardTask task;
  task.kind = ShardTask::Kind::Store;
  task.peer = peer;
  task.now = now;
  task.read_time = read_time;
  std::swap(task.routes, routes);
  if (!wait_in_line(desk, where)) {
    do_here(desk, task);
    std::swap(task.routes, routes);
    return;
  }
  desk.waiting_routes += task.routes.size();
  if (!spare_.empty()) {
    routes = std::move(spare_.back());
    spare_.pop_back();
  }
  desk.waiting.push_back(std::move(task));
  if (!away(shard)) lend(desk);
}

// One that waits already will do.
void ShardPool::slice(ShardTask::Kind kind, std::size_t shard, Where where) {
  Desk& desk = *desks_[shard];
  ShardTask task;
  task.kind = kind;
  if (!wait_in_line(desk, where)) return do_here(desk, task);
  if (!desk.waiting.empty() && desk.waiting.back().kind == kind) return;
  desk.waiting.push_back(std::move(task));
  if (!away(shard)) lend(desk);
}

void ShardPool::do_here(Desk& desk, ShardTask& task) {
  sink_.shard_worked(desk.number, perform(task, desk.shard, slice_));
}

// ---- Loans

void ShardPool::lend(Desk& desk) {
  desk.tasks.swap(desk.waiting);
  desk.waiting_routes = 0;
  desk.done = 0;
  desk.outcome = {};
  desk.wanted.store(false, std::memory_order_relaxed);  // the ring publishes it
  away_ |= pipeline::ShardBits{1} << desk.number;
  ++loans_;
  Worker& worker = worker_of(desk);
  worker.out.push(&desk);  // has room for all shards
  worker.work.ring();
}

void ShardPool::take_back(Worker& worker) {
  Desk* desk = nullptr;
  while (worker.back.pop(desk)) {
    away_ &= ~(pipeline::ShardBits{1} << desk->number);
    const auto rest = desk->tasks.begin() + static_cast<std::ptrdiff_t>(desk->done);
    for (auto undone = rest; undone != desk->tasks.end(); ++undone) {
      desk->waiting_routes += undone->routes.size();
    }
    desk->waiting.insert(desk->waiting.begin(), std::make_move_iterator(rest),
                         std::make_move_iterator(desk->tasks.end()));
    std::for_each(desk->tasks.begin(), rest, [this](ShardTask& done) { keep_memory(done); });
    desk->tasks.clear();
    sink_.shard_worked(desk->number, desk->outcome);
  }
}

void ShardPool::come_back(Worker& worker) {
  take_back(worker);
  sink_.shards_back();
  for (const auto& desk : desks_) {
    if (!away(desk->number) && !desk->waiting.empty()) lend(*desk);
  }
}

// All that the thread has: the one that is waited for may stand behind the others. Seen soon, and
// nothing hangs on it.
void ShardPool::want(const Worker& worker) {
  for (const auto& desk : desks_) {
    if (!away(desk->number) || &worker_of(*desk) != &worker) continue;
    desk->wanted.store(true, std::memory_order_relaxed);
  }
}

void ShardPool::fetch(std::size_t shard) {
  if (!away(shard)) return;
  Worker& worker = worker_of(*desks_[shard]);
  want(worker);
  for (;;) {
    const std::uint32_t seen = worker.returned.count();
    take_back(worker);
    if (!away(shard)) return;
    worker.returned.wait(seen);
  }
}

// The bell rang for each that came back, so what waits goes out again in a turn to come.
void ShardPool::gather() {
  for (const auto& worker : workers_) want(*worker);
  for (const auto& desk : desks_) fetch(desk->number);
}

void ShardPool::recall(std::size_t shard) {
  fetch(shard);
  finish_here(*desks_[shard]);
}

void ShardPool::recall() {
  gather();
  for (const auto& desk : desks_) finish_here(*desk);
}

void ShardPool::finish_here(Desk& desk) {
  std::vector<ShardTask> tasks;
  tasks.swap(desk.waiting);
  desk.waiting_routes = 0;
  for (ShardTask& task : tasks) {
    do_here(desk, task);
    keep_memory(task);
  }
}

void ShardPool::keep_memory(ShardTask& done) {
  const bool some = done.kind == ShardTask::Kind::Store;
  if (some && spare_.size() < kMostSpare) spare_.push_back(std::move(done.routes));
}

// ---- The threads

ShardPool::Worker::Worker(boost::asio::io_context& context, ShardPool& pool,
                          rib::AttrTable& attributes_of_all)
    : slice(pool.slice_),
      attributes(attributes_of_all),
      loop(context, [this, &pool] { pool.come_back(*this); }) {
  const rib::SignalsBlocked while_it_starts;
  thread = std::thread([this] { run(); });
  (void)::pthread_setname_np(thread.native_handle(), "tern-shard");  // for top
}

ShardPool::Worker::~Worker() {
  stopping.store(true, std::memory_order_release);
  work.ring();
  thread.join();
}

void ShardPool::Worker::run() {
  while (!stopping.load(std::memory_order_acquire)) {
    const std::uint32_t seen = work.count();
    Desk* desk = nullptr;
    if (!out.pop(desk)) {
      if (!attributes.tidy()) work.wait(seen);
      continue;
    }
    while (desk->done < desk->tasks.size() && !desk->wanted.load(std::memory_order_relaxed)) {
      desk->outcome |= perform(desk->tasks[desk->done++], desk->shard, slice);
    }
    back.push(desk);
    returned.ring();
    loop.ring();
  }
}

}  // namespace tern::session
