#include "rib/base/interning_index.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>

#include "rib/base/thread_index.h"

namespace tern::rib {
namespace {

// An eighth of the slots must hold an addition by every thread at once (Array::crowded()).
constexpr std::size_t kFirstSlots = 8 * kMostThreads;
// Slots that are frozen and copied at once: about four microseconds.
constexpr std::size_t kChunk = 256;
// Chunks of one hurry().
constexpr std::size_t kHurry = 16;
// A new array has twice as many slots as there are live references, and is replaced when it is 3/4
// full: 10.7 to 16 octets of index per set.
constexpr std::size_t kRoom = 2;
// A thread adds to an array's counters when it has counted this share of the slots.
constexpr std::size_t kTallyShare = 1024;

}  // namespace

InterningIndex::Array::Array(InterningIndex& owner_, std::uint64_t generation_, std::size_t slots_,
                             std::size_t reserved_)
    : owner(owner_),
      generation(generation_),
      slots(slots_),
      reserved(reserved_),
      chunks((slots_ + kChunk - 1) / kChunk),
      most_pending(slots_ / kTallyShare),
      cells_(slots_),
      moved(std::make_unique<std::atomic<bool>[]>(chunks)),
      used(reserved_) {}

InterningIndex::InterningIndex() : current_(new Array(*this, 1, kFirstSlots, 0)) {}

InterningIndex::~InterningIndex() {
  const Array* const current = current_.load(std::memory_order_relaxed);
  delete current->next.load(std::memory_order_relaxed);
  delete current;
}

std::uint64_t InterningIndex::generation() const {
  return current_.load(std::memory_order_acquire)->generation;
}

std::size_t InterningIndex::bytes() const {
  const Array* const current = current_.load(std::memory_order_acquire);
  const Array* const next = current->next.load(std::memory_order_acquire);
  return (current->slots + (next != nullptr ? next->slots : 0)) * sizeof(std::uint64_t);
}

// Release: start() reads `dead` with acquire, so the `used` that it reads next is not older than
// the removals in `dead`.
void InterningIndex::count(Tally::Count& mine, const Array& array, std::atomic<std::size_t>& all) {
  if (mine.generation != array.generation) mine = {array.generation, 0};
  if (++mine.pending <= array.most_pending) return;
  all.fetch_add(mine.pending, std::memory_order_release);
  mine.pending = 0;
}

bool InterningIndex::add(Place& place, std::uint32_t ref, Tally& tally) {
  assert(ref != 0 && ref <= kRefMask);
  std::uint64_t empty = 0;
  // Release: the set was written before. Relaxed on failure, because find() reads the slot again.
  if (!place.array_->slot(place.at_).compare_exchange_strong(
          empty, entry(place.hash_, ref), std::memory_order_release, std::memory_order_relaxed)) {
    return false;
  }
  count(tally.used, *place.array_, place.array_->used);
  return true;
}

bool InterningIndex::remove(std::uint32_t hash, std::uint32_t ref, Tally& tally) {
  Place place = begin(hash);
  for (;;) {
    Array& array = *place.array_;
    // Relaxed: the addition happened before the removal, so the slot has the reference, or it was
    // copied from there.
    std::uint64_t slot = array.slot(place.at_).load(std::memory_order_relaxed);
    if (is_empty(slot) || place.probed_ == array.slots) {
      // The reference was added to the next array, which the acquire in next_of() makes visible.
      place.go_to(next_of(&array));
      continue;
    }
    if (ref_of(slot) != ref || (slot & kDead) != 0) {
      place.advance();
      continue;
    }
    // Another thread may be about to copy the slot: only the copy can be removed, after the
    // migration.
    if ((slot & kFrozen) != 0) return false;
    if (array.slot(place.at_).compare_exchange_strong(slot, slot | kDead,
                                                      std::memory_order_relaxed)) {
      count(tally.dead, array, array.dead);
      return true;
    }
  }
}

void InterningIndex::make_room() {
  for (;;) {
    Array& current = *current_.load(std::memory_order_acquire);
    Array* next = current.next.load(std::memory_order_acquire);
    if (next == nullptr) {
      if (!current.full()) return;
      next = start(current);
    }
    migrate_one(current, *next);
    if (!next->crowded()) return;
    migrate_rest(current, *next);
  }
}

void InterningIndex::help() {
  Array& current = *current_.load(std::memory_order_acquire);
  Array* const next = current.next.load(std::memory_order_acquire);
  if (next != nullptr) migrate_one(current, *next);
}

void InterningIndex::hurry() {
  Array& current = *current_.load(std::memory_order_acquire);
  Array* const next = current.next.load(std::memory_order_acquire);
  if (next == nullptr) return;
  for (std::size_t i = 0; i < kHurry; ++i) {
    if (!migrate_one(current, *next)) return migrate_rest(current, *next);
  }
}

// An array with a frozen slot has a next array. A full array may have none yet: it is the current
// array, or becomes it when the migration to it is over; make_room() handles both cases.
InterningIndex::Array* InterningIndex::next_of(Array* array) {
  Array* next = array->next.load(std::memory_order_acquire);
  if (next == nullptr) {
    make_room();
    next = array->next.load(std::memory_order_acquire);
  }
  assert(next != nullptr);
  return next;
}

// Computes an upper bound of the copies, because an array that is too small for them could not be
// left again. `dead` is read first: compared with the `used` that is read next it may be too low,
// never too high. `used` lacks the pending counts of the threads, and one addition of each thread
// that has not seen `next`.
InterningIndex::Array* InterningIndex::start(Array& from) {
  const std::size_t dead = from.dead.load(std::memory_order_acquire);
  const std::size_t used = from.used.load(std::memory_order_relaxed);
  const std::size_t most =
      std::min(from.slots, used - dead + kMostThreads * (from.most_pending + 1));
  auto* const made =
      new Array(*this, from.generation + 1, std::max(kFirstSlots, most * kRoom), most);
  Array* next = nullptr;
  // Release: publishes the members of our array. Acquire: sees the members of another thread's
  // array.
  if (from.next.compare_exchange_strong(next, made, std::memory_order_acq_rel,
                                        std::memory_order_acquire)) {
    return made;
  }
  delete made;
  return next;
}

bool InterningIndex::migrate_one(Array& from, Array& to) {
  if (from.cursor.load(std::memory_order_relaxed) >= from.chunks) return false;
  // Relaxed: only divides the work; a chunk that is migrated twice does no harm.
  const std::size_t chunk = from.cursor.fetch_add(1, std::memory_order_relaxed);
  if (chunk >= from.chunks) return false;
  migrate(from, to, chunk);
  return true;
}

void InterningIndex::migrate(Array& from, Array& to, std::size_t chunk) {
  const std::size_t end = std::min((chunk + 1) * kChunk, from.slots);
  std::size_t copies = 0;
  for (std::size_t at = chunk * kChunk; at < end; ++at) {
    // A dead slot does not change any more, frozen or not.
    if ((from.slot(at).load(std::memory_order_relaxed) & kDead) != 0) continue;
    // Acquire: the copy passes on the release of the thread that added the reference. Release:
    // `next`.
    const std::uint64_t slot = from.slot(at).fetch_or(kFrozen, std::memory_order_acq_rel);
    if (is_empty(slot) || (slot & kDead) != 0) continue;
    copy(to, slot & ~kFrozen);
    ++copies;  // the same number for each thread that migrates this chunk
  }
  // Acquire and release: the thread that counts the last chunk sees all copies.
  if (from.moved[chunk].exchange(true, std::memory_order_acq_rel)) return;
  from.copies.fetch_add(copies, std::memory_order_relaxed);
  if (from.moved_count.fetch_add(1, std::memory_order_acq_rel) + 1 < from.chunks) return;
  // Happens once, when all copies are counted: slots reserved for more copies are free again.
  to.used.fetch_sub(to.reserved - from.copies.load(std::memory_order_relaxed),
                    std::memory_order_relaxed);
  switch_over(from, to);
}

void InterningIndex::migrate_rest(Array& from, Array& to) {
  for (std::size_t chunk = 0; chunk < from.chunks; ++chunk) {
    if (!from.moved[chunk].load(std::memory_order_acquire)) migrate(from, to, chunk);
  }
  // The thread that marked the last chunk may not have counted it yet.
  switch_over(from, to);
}

// Another thread may have copied the slot, perhaps long ago: the copy is found by its reference,
// also when it was removed since, because a dead slot keeps its reference.
void InterningIndex::copy(Array& to, std::uint64_t slot) {
  std::size_t at = to.home(hash_of(slot));
  for (std::size_t probed = 0; probed < to.slots;) {
    std::uint64_t present = to.slot(at).load(std::memory_order_relaxed);
    if (present == 0 && to.slot(at).compare_exchange_strong(
                            present, slot, std::memory_order_release, std::memory_order_relaxed)) {
      return;
    }
    if (present == kFrozen) return;  // `to` itself is being replaced: all was copied long ago
    if (ref_of(present) == ref_of(slot)) return;
    if (++at == to.slots) at = 0;
    ++probed;
  }
  std::abort();  // start() has counted wrong
}

void InterningIndex::switch_over(Array& from, Array& to) {
  Array* expected = &from;
  // Release: the copies. One of the threads that find the migration complete succeeds.
  if (!current_.compare_exchange_strong(expected, &to, std::memory_order_release,
                                        std::memory_order_relaxed)) {
    return;
  }
  waiting_.fetch_add(1, std::memory_order_relaxed);
  // Readers that came before may still walk through the array. The thread of the grace periods
  // frees it, so that no other thread waits for the unmapping of a large one.
  rcu::defer(from, [](rcu::Deferred& deferred) {
    auto* const array = static_cast<Array*>(&deferred);
    std::atomic<std::size_t>& waiting = array->owner.waiting_;
    delete array;
    waiting.fetch_sub(1, std::memory_order_release);  // for is_waiting(); may be the index's end
  });
}

}  // namespace tern::rib
