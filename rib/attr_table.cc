#include "rib/attr_table.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "rib/attr_arena.h"
#include "rib/base/fault_point.h"
#include "rib/base/rcu.h"
#include "rib/types/hash.h"

namespace tern::rib {
namespace {

static_assert(AttrTable::kSpace == std::size_t{8} << 31U);  // 31 bits, units of 8 octets
// Sets that wait for the end of a migration; with more, a thread hurries it.
constexpr std::size_t kMostDeferred = 1024;
// Blocks that one tidy() takes back from other threads: about 100 us of cache misses.
constexpr int kReturnsOfTidy = 1024;

std::uint32_t hash_of(std::span<const std::byte> octets, const EgressInfo& egress,
                      InteriorCost interior_cost, PinRank pin) {
  Hasher hasher;
  hasher.add(octets);
  if (interior_cost != 0) hasher.add(std::uint64_t{interior_cost});
  hasher.add((std::uint64_t{egress.metro} << 48U) ^ (std::uint64_t{egress.pop} << 32U) ^
             egress.cost);
  if (egress.added != 0) hasher.add(std::uint64_t{egress.added});
  if (pin != kNoPin) hasher.add(std::uint64_t{pin} << 32U);
  return static_cast<std::uint32_t>(hasher.result());
}

}  // namespace

DecisionKey decision_key(const PathAttributes& attributes, const EgressInfo& egress,
                         InteriorCost interior_cost, PinRank pin) {
  constexpr std::size_t kLongest = std::numeric_limits<std::uint16_t>::max();
  constexpr std::size_t kMostClusters = std::numeric_limits<std::uint8_t>::max();
  DecisionKey key;
  key.local_pref = attributes.local_pref.value_or(key.local_pref);
  key.egress_cost = egress.cost;
  key.interior_cost = interior_cost;
  key.pin = pin;
  key.aigp = attributes.aigp.value_or(key.aigp);
  key.as_path_length =
      static_cast<std::uint16_t>(std::min<std::size_t>(attributes.as_path.length(), kLongest));
  key.med = attributes.med.value_or(key.med);
  key.neighbour = attributes.as_path.neighbour().value_or(key.neighbour);
  key.origin = attributes.origin;
  if (attributes.originator_id) key.originator = attributes.originator_id->v4_value();
  key.cluster_list_length = static_cast<std::uint8_t>(
      std::min<std::size_t>(attributes.cluster_list.size(), kMostClusters));
  return key;
}

bool InternedSet::extends(const DecisionKey& key, const EgressInfo& egress) {
  constexpr DecisionKey kPlain;
  return egress != EgressInfo{} || key.interior_cost != 0 || key.pin != kNoPin ||
         key.aigp != kPlain.aigp || key.local_pref != kPlain.local_pref ||
         key.originator != kPlain.originator || key.as_path_length > kLongestPath ||
         key.cluster_list_length != kPlain.cluster_list_length;
}

InternedSet::InternedSet(const DecisionKey& key, const EgressInfo& egress, unsigned arena,
                         std::span<const std::byte> octets)
    : length_(static_cast<std::uint32_t>(octets.size()) & kLongest),
      extended_(extends(key, egress) ? 1 : 0),
      arena_(arena & kArenas),
      origin_(static_cast<std::uint32_t>(key.origin) & kOrigins),
      as_path_length_(key.as_path_length & kLongestPath),
      med_(key.med),
      neighbour_(key.neighbour) {
  static_assert(kMostThreads <= kArenas + 1);
  auto* to = reinterpret_cast<std::byte*>(this + 1);
  if (extended_ != 0) {
    const std::uint8_t facts = behind(key.interior_cost, key.pin);
    const auto append = [&to](const auto& value) {
      std::memcpy(to, &value, sizeof value);
      to += sizeof value;
    };
    append(Extension{key.aigp, key.local_pref, key.originator, egress, key.as_path_length,
                     key.cluster_list_length, facts});
    if ((facts & kInteriorCost) != 0) append(key.interior_cost);
    if ((facts & kPin) != 0) append(key.pin);
  }
  std::copy(octets.begin(), octets.end(), to);
}

// The set that intern() searches for.
struct AttrTable::Wanted {
  std::span<const std::byte> octets;
  const EgressInfo& egress;
  InteriorCost interior_cost;
  PinRank pin;
  std::uint32_t hash;
};

AttrTable::AttrTable(std::size_t space) : space_(space), base_(space_.base()) {}

AttrTable::~AttrTable() {
  bool waiting = index_.is_waiting();
  for (const auto& slot : arenas_) {
    const Arena* const arena = slot.load(std::memory_order_relaxed);
    waiting = waiting || (arena != nullptr && arena->retired.is_waiting());
  }
  if (waiting) rcu::wait_for_deferred();
  for (const auto& slot : arenas_) delete slot.load(std::memory_order_relaxed);
}

// The arena of the calling thread, for one addition, removal or tidy(). When threads share the
// arena, ArenaUse locks it.
class AttrTable::ArenaUse {
 public:
  explicit ArenaUse(AttrTable& table) : number_(thread_index()), arena_(table.arenas_[number_]) {
    if (number_ != kSharedThread) return;
    used_ = &table.shared_arena_used_;
    while (used_->test_and_set(std::memory_order_acquire)) {
      used_->wait(true, std::memory_order_relaxed);
    }
  }
  ~ArenaUse() {
    if (used_ == nullptr) return;
    used_->clear(std::memory_order_release);
    used_->notify_one();
  }
  ArenaUse(const ArenaUse&) = delete;
  ArenaUse& operator=(const ArenaUse&) = delete;

  // Null when the thread has added and removed nothing yet. Relaxed: the pointer was written by
  // this thread, by a thread that gave its number back before, or under the lock.
  [[nodiscard]] Arena* find() const { return arena_.load(std::memory_order_relaxed); }
  [[nodiscard]] Arena& make(BlockSpace& space) {
    Arena* mine = find();
    if (mine == nullptr) {
      mine = new Arena(space, static_cast<unsigned>(number_));
      arena_.store(mine, std::memory_order_release);  // for give_back() and size()
    }
    return *mine;
  }

 private:
  const std::size_t number_;
  std::atomic<Arena*>& arena_;
  std::atomic_flag* used_ = nullptr;
};

AttrRef AttrTable::intern(std::span<const std::byte> octets, const EgressInfo& egress,
                          const DecisionKey& key) {
  if (fault::happens(fault::Point::Allocation)) return AttrRef::None;
  const Wanted wanted{octets, egress, key.interior_cost, key.pin,
                      hash_of(octets, egress, key.interior_cost, key.pin)};
  const rcu::Section section;
  InterningIndex::Place place = index_.begin(wanted.hash);
  std::uint32_t found =
      index_.find(place, [&](std::uint32_t block) { return take(block, wanted); });
  if (found == 0) found = add(place, wanted, key);
  return static_cast<AttrRef>(found);
}

// Takes a count of the set at the block if it is the wanted set and still has references. A set
// found within a section is not freed before the end of the section, so it may be read without a
// count.
bool AttrTable::take(std::uint32_t block, const Wanted& wanted) {
  auto& found = *reinterpret_cast<InternedSet*>(at(block));
  if (found.length_ != wanted.octets.size() || found.egress() != wanted.egress ||
      found.interior_cost() != wanted.interior_cost || found.pin() != wanted.pin ||
      std::memcmp(found.octets().data(), wanted.octets.data(), wanted.octets.size()) != 0) {
    return false;
  }
  // A count of 0 stays 0: the thread that reached it removes the set. Relaxed: the load of the slot
  // orders earlier reads of the set, and our release() orders later ones.
  std::uint32_t count = found.references_.load(std::memory_order_relaxed);
  while (count != 0) {
    if (found.references_.compare_exchange_weak(count, count + 1, std::memory_order_relaxed)) {
      return true;
    }
  }
  return false;
}

[[gnu::noinline]] std::uint32_t AttrTable::add(InterningIndex::Place& place, const Wanted& wanted,
                                               const DecisionKey& key) {
  ArenaUse use(*this);
  Arena& mine = use.make(space_);
  tend(mine);
  index_.make_room();
  const std::uint32_t made = make_set(mine, wanted, key);
  if (made == 0) return 0;
  const std::size_t octets = set(static_cast<AttrRef>(made)).size();
  do {
    // Searches again, because make_room() may have begun to close this array.
    const std::uint32_t found =
        index_.find(place, [&](std::uint32_t block) { return take(block, wanted); });
    if (found != 0) {
      mine.free(made, octets);  // no other thread has seen it
      return found;
    }
  } while (!index_.add(place, made, mine.tally));
  mine.count_added(octets);
  return made;
}

std::uint32_t AttrTable::make_set(Arena& mine, const Wanted& wanted, const DecisionKey& key) {
  const bool extended = InternedSet::extends(key, wanted.egress);
  const std::uint8_t behind = InternedSet::behind(wanted.interior_cost, wanted.pin);
  const std::uint32_t block =
      mine.allocate(InternedSet::size(extended, behind, wanted.octets.size()));
  if (block == 0) return 0;
  new (at(block)) InternedSet(key, wanted.egress, mine.number(), wanted.octets);
  return block;
}

// Called by the thread that released the last reference.
[[gnu::noinline]] void AttrTable::erase(AttrRef ref) {
  ArenaUse use(*this);
  Arena& mine = use.make(space_);
  mine.count_removed(set(ref).size());
  const rcu::Section section;
  index_.help();
  remove(mine, ref);
  tend(mine);
}

// Reads the generation first: when the index has another one later, tend() tries again.
void AttrTable::remove(Arena& mine, AttrRef ref) {
  const std::uint64_t generation = index_.generation();
  const InternedSet& gone = set(ref);
  if (index_.remove(hash_of(gone.octets(), gone.egress(), gone.interior_cost(), gone.pin()),
                    static_cast<std::uint32_t>(ref), mine.tally)) {
    mine.retired.add(ref);
  } else {
    if (mine.deferred.empty()) mine.deferred_at = generation;
    mine.deferred.push_back(ref);
  }
}

// Work left from earlier calls: removals that waited for a migration, memory that waited for a
// grace period. Within a section.
void AttrTable::tend(Arena& mine) {
  if (mine.deferred.size() >= kMostDeferred) index_.hurry();
  if (!mine.deferred.empty() && index_.generation() != mine.deferred_at) {
    const std::vector<AttrRef> again = std::exchange(mine.deferred, {});
    for (const AttrRef ref : again) remove(mine, ref);
  }
  mine.retired.free_ripe([&](AttrRef ref) { give_back(mine, ref); });
}

bool AttrTable::tidy() {
  const ArenaUse use(*this);
  Arena* const mine = use.find();
  if (mine == nullptr) return false;
  const rcu::Section section;
  if (!mine->deferred.empty()) index_.hurry();
  tend(*mine);
  const bool more = mine->take_returns(kReturnsOfTidy);
  return more || mine->retired.has_ripe() || !mine->deferred.empty();
}

void AttrTable::give_back(Arena& mine, AttrRef ref) {
  const InternedSet& gone = set(ref);
  const auto block = static_cast<std::uint32_t>(ref);
  const std::size_t octets = gone.size();
  if (gone.arena_ == mine.number()) return mine.free(block, octets);
  arenas_[gone.arena_].load(std::memory_order_acquire)->give(block, octets);
}

std::size_t AttrTable::size() const {
  std::int64_t sum = 0;
  for (const auto& slot : arenas_) {
    const Arena* const arena = slot.load(std::memory_order_acquire);
    if (arena != nullptr) sum += arena->size();
  }
  return static_cast<std::size_t>(std::max<std::int64_t>(sum, 0));
}

std::size_t AttrTable::bytes() const {
  std::int64_t sum = 0;
  for (const auto& slot : arenas_) {
    const Arena* const arena = slot.load(std::memory_order_acquire);
    if (arena != nullptr) sum += arena->octets();
  }
  const rcu::Section section;
  return static_cast<std::size_t>(std::max<std::int64_t>(sum, 0)) + index_.bytes();
}

std::size_t AttrTable::octets_left() const {
  std::size_t sum = space_.octets_left();
  for (const auto& slot : arenas_) {
    const Arena* const arena = slot.load(std::memory_order_acquire);
    if (arena != nullptr) sum += arena->octets_free();
  }
  return sum;
}

}  // namespace tern::rib
