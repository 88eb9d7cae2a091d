// The table of attribute sets: one immutable object per distinct set, however many routes share it.
//
// A set is the path attributes of a route, as canonical octets that only bgpd/wire reads and writes
// (wire/attribute_set.h), together with its location, the interior cost to its next hop, the rank
// of its registration, and the numbers that the decision process compares. References are counted
// by hand, because routes hold millions of them, each in four octets. intern() and retain() add a
// count, release() removes one, and a set without references is removed.
//
// Any number of threads may use a table at once. Counts are atomic, the index is an InterningIndex,
// each thread takes memory from a pool of its own, and a removed set is freed when no thread can be
// reading it any more (rib/base/rcu.h). kMostThreads - 1 threads work without locks; further
// threads share a pool and a lock, which they hold while they add or remove
// (rib/base/thread_index.h). Like a pointer, a reference may pass between threads by any means that
// orders memory. Equal sets that two threads intern at once get one reference.
// docs/adr/0011-attribute-table-without-locks.md has the reasons.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

#include "rib/base/block_space.h"
#include "rib/base/interning_index.h"
#include "rib/base/thread_index.h"
#include "rib/types/location.h"
#include "rib/types/path_attributes.h"
#include "rib/types/pin.h"

namespace tern::rib {

// Names a set of the table; None names nothing. Below 2^31.
enum class AttrRef : std::uint32_t { None = 0 };

// The parts of a set that the decision process compares, computed once (rib/decision.h).
struct DecisionKey {
  std::uint64_t aigp = ~std::uint64_t{0};  // as received; all ones: none
  std::uint32_t local_pref = 100;          // RFC 4271 leaves the default to us; 100 everywhere
  EgressCost egress_cost = kUnknownCost;
  std::uint32_t med = 0;         // RFC 4271 section 9.1.2.2 c: a missing MED is the lowest
  Asn neighbour = 0;             // 0: originated inside our own AS
  std::uint32_t originator = 0;  // ORIGINATOR_ID (RFC 4456); 0: none
  // Metric of the route to the next hop (RFC 4271 section 9.1.2.2 e); 0: connected, or none.
  InteriorCost interior_cost = 0;
  PinRank pin = kNoPin;  // by the registration of the prefix
  std::uint16_t as_path_length = 0;
  std::uint8_t cluster_list_length = 0;  // 255: that long or longer
  Origin origin = Origin::Incomplete;
};

[[nodiscard]] DecisionKey decision_key(const PathAttributes& attributes, const EgressInfo& egress,
                                       InteriorCost interior_cost = 0, PinRank pin = kNoPin);

// The AIGP with the way to the next hop added, which the decision process compares and a router
// sends that sets the next hop to itself (RFC 7311 sections 4.1 and 3.4). All ones without AIGP; a
// path that has AIGP is below that, however long its way is.
[[nodiscard]] constexpr std::uint64_t accumulated_aigp(std::uint64_t aigp, InteriorCost cost) {
  constexpr std::uint64_t kNone = DecisionKey{}.aigp;
  if (aigp == kNone) return kNone;
  return aigp < kNone - 1 - cost ? aigp + cost : kNone - 1;
}

// A set in decoded form, for policy and listings; the table keeps an InternedSet.
struct AttributeSet {
  PathAttributes attributes;
  EgressInfo egress;
  DecisionKey key;
};

// A set as the table keeps it, with its octets behind it. There are millions of them, so the fields
// that most sets lack (a place, a LOCAL_PREF of its own, attributes of iBGP) are in an Extension
// between the two, which exists only where the set has such a field. An interior cost and a
// PinRank stand behind the Extension, in this order, if the set has them.
class InternedSet {
 public:
  [[nodiscard]] DecisionKey key() const;
  [[nodiscard]] EgressInfo egress() const {
    return extended_ != 0 ? extension().egress : EgressInfo{};
  }
  [[nodiscard]] InteriorCost interior_cost() const {
    return has(kInteriorCost) ? read<InteriorCost>(0) : 0;
  }
  [[nodiscard]] PinRank pin() const {
    if (!has(kPin)) return kNoPin;
    return read<PinRank>(has(kInteriorCost) ? sizeof(InteriorCost) : 0);
  }
  [[nodiscard]] std::uint32_t med() const { return med_; }  // of the key
  [[nodiscard]] std::span<const std::byte> octets() const { return {end() - length_, length_}; }

 private:
  friend class AttrTable;
  struct Extension {
    std::uint64_t aigp;
    std::uint32_t local_pref;
    std::uint32_t originator;
    EgressInfo egress;
    std::uint16_t as_path_length;
    std::uint8_t cluster_list_length;
    std::uint8_t behind;  // kInteriorCost, kPin
  };
  static_assert(sizeof(Extension) == 32);
  static constexpr std::uint8_t kInteriorCost = 1;
  static constexpr std::uint8_t kPin = 2;
  // The facts behind the Extension.
  [[nodiscard]] static std::uint8_t behind(InteriorCost cost, PinRank pin) {
    return static_cast<std::uint8_t>((cost != 0 ? kInteriorCost : 0) | (pin != kNoPin ? kPin : 0));
  }
  // Memory of a set with its octets.
  [[nodiscard]] static std::size_t size(bool extended, std::uint8_t facts, std::size_t octets) {
    return sizeof(InternedSet) + (extended ? sizeof(Extension) : 0) +
           ((facts & kInteriorCost) != 0 ? sizeof(InteriorCost) : 0) +
           ((facts & kPin) != 0 ? sizeof(PinRank) : 0) + octets;
  }
  [[nodiscard]] static bool extends(const DecisionKey& key, const EgressInfo& egress);

  // Writes all size() octets.
  InternedSet(const DecisionKey& key, const EgressInfo& egress, unsigned arena,
              std::span<const std::byte> octets);
  [[nodiscard]] std::size_t size() const { return size(extended_ != 0, behind(), length_); }
  [[nodiscard]] const std::byte* end() const {
    return reinterpret_cast<const std::byte*>(this) + size();
  }
  [[nodiscard]] Extension extension() const {
    Extension copy;  // it is not aligned
    std::memcpy(&copy, after_this(0), sizeof copy);
    return copy;
  }
  [[nodiscard]] std::uint8_t behind() const {
    if (extended_ == 0) return 0;
    return std::to_integer<std::uint8_t>(*after_this(offsetof(Extension, behind)));
  }
  [[nodiscard]] bool has(std::uint8_t fact) const { return (behind() & fact) != 0; }
  // A fact at this octet behind the Extension.
  template <typename Fact>
  [[nodiscard]] Fact read(std::size_t at) const {
    Fact copy;
    std::memcpy(&copy, after_this(sizeof(Extension) + at), sizeof copy);
    return copy;
  }
  [[nodiscard]] const std::byte* after_this(std::size_t octets) const {
    return reinterpret_cast<const std::byte*>(this + 1) + octets;
  }
  static constexpr std::uint32_t kLongest = 0x1FFFF;
  static constexpr std::uint32_t kLongestPath = 0x3F;  // a longer one extends the set
  static constexpr std::uint32_t kArenas = 0x3F;
  static constexpr std::uint32_t kOrigins = 0x3;

  // Constant as long as any thread may read the set, except for the references.
  std::atomic<std::uint32_t> references_{1};  // 0: removed, for good
  const std::uint32_t length_ : 17;           // octets; less than a message has
  const std::uint32_t extended_ : 1;
  const std::uint32_t arena_ : 6;  // the number of the thread whose pool has the memory
  const std::uint32_t origin_ : 2;
  const std::uint32_t as_path_length_ : 6;
  const std::uint32_t med_;
  const Asn neighbour_;
};
static_assert(sizeof(InternedSet) == 16);

inline DecisionKey InternedSet::key() const {
  DecisionKey key;
  key.med = med_;
  key.neighbour = neighbour_;
  key.as_path_length = as_path_length_;
  key.origin = static_cast<Origin>(origin_);
  if (extended_ != 0) {
    const Extension rest = extension();
    key.aigp = rest.aigp;
    key.local_pref = rest.local_pref;
    key.originator = rest.originator;
    key.egress_cost = rest.egress.cost;
    key.interior_cost = interior_cost();
    key.pin = pin();
    key.as_path_length = rest.as_path_length;
    key.cluster_list_length = rest.cluster_list_length;
  }
  return key;
}

// Any thread may call any function at any time, except the destructor: at its call, no other thread
// may use the table, and no thread may be in an rcu::Section.
class AttrTable {
 public:
  static constexpr std::size_t kSpace = std::size_t{16} << 30U;  // octets a reference can name

  // space: octets of address space, a multiple of BlockSpace::kSpanOctets.
  explicit AttrTable(std::size_t space = kSpace);
  // Waits for the grace period of the sets removed last, a few milliseconds.
  ~AttrTable();
  AttrTable(const AttrTable&) = delete;
  AttrTable& operator=(const AttrTable&) = delete;

  // Returns the reference of an equal set (octets, place, interior cost and pin), and adds the set
  // when the table has none. The caller owns one count. `key` has the interior cost and the pin;
  // its other fields must follow from octets and place. None when the space or the system's memory
  // is used up.
  [[nodiscard]] AttrRef intern(std::span<const std::byte> octets, const EgressInfo& egress,
                               const DecisionKey& key);

  // Requires a count that the caller holds, or knows to be held.
  // Relaxed: the count cannot become 0 meanwhile, and orders no read.
  void retain(AttrRef ref) { set(ref).references_.fetch_add(1, std::memory_order_relaxed); }
  // None is allowed and does nothing.
  // Release and acquire: all reads of the set, by all threads, come before its removal.
  void release(AttrRef ref) {
    if (ref == AttrRef::None) return;
    if (set(ref).references_.fetch_sub(1, std::memory_order_acq_rel) == 1) erase(ref);
  }

  // For a thread before it sleeps: frees some sets that the thread removed and whose grace period
  // is over, and some that it added and other threads removed. Without the call they wait for its
  // next addition or removal. True: there are more, so call again. Some ten microseconds, at most a
  // few hundred.
  [[nodiscard]] bool tidy();

  // prepare_memory() gets memory from the system for the next sets. asks_for_memory(): a call would
  // save the threads that add sets a wait.
  void prepare_memory() { space_.prepare(); }
  [[nodiscard]] bool asks_for_memory() const { return space_.asked(); }

  // Requires a counted reference; the address is stable as long as a count is held.
  [[nodiscard]] const InternedSet& operator[](AttrRef ref) const {
    return *reinterpret_cast<const InternedSet*>(at(static_cast<std::uint32_t>(ref)));
  }

  // Prefetches for retain(), release(), key() and the first octets; any reference, also None.
  [[gnu::always_inline]] void prefetch(AttrRef ref) const {
    __builtin_prefetch(at(static_cast<std::uint32_t>(ref)), 1);
  }

  // Exact when no other thread changes the table meanwhile. Removed sets whose memory waits to be
  // freed do not count.
  [[nodiscard]] std::size_t size() const;
  // Of all sets and of the index.
  [[nodiscard]] std::size_t bytes() const;
  // Octets that are free for sets.
  [[nodiscard]] std::size_t octets_left() const;

 private:
  class Arena;
  class ArenaUse;
  struct Wanted;

  [[nodiscard]] std::byte* at(std::uint32_t block) const {
    return base_ + std::size_t{block} * kUnit;
  }
  [[nodiscard]] InternedSet& set(AttrRef ref) {
    return *reinterpret_cast<InternedSet*>(at(static_cast<std::uint32_t>(ref)));
  }
  [[nodiscard]] bool take(std::uint32_t block, const Wanted& wanted);
  [[nodiscard]] std::uint32_t add(InterningIndex::Place& place, const Wanted& wanted,
                                  const DecisionKey& key);
  [[nodiscard]] std::uint32_t make_set(Arena& mine, const Wanted& wanted, const DecisionKey& key);
  void erase(AttrRef ref);
  void remove(Arena& mine, AttrRef ref);
  void tend(Arena& mine);
  void give_back(Arena& mine, AttrRef ref);

  static constexpr std::size_t kUnit = 8;  // octets; a reference counts them from base_

  BlockSpace space_;
  std::byte* const base_;  // of space_
  InterningIndex index_;
  // By thread number; a thread's first addition or removal makes its arena, ~AttrTable() deletes
  // it.
  std::array<std::atomic<Arena*>, kMostThreads> arenas_{};
  std::atomic_flag shared_arena_used_;  // the lock of the arena of kSharedThread
};

// One counted reference, released at the end of the scope: for code that holds a set briefly.
class AttrHandle {
 public:
  AttrHandle() = default;
  // Takes over a count that the caller owns.
  AttrHandle(AttrTable& table, AttrRef owned) : table_(&table), ref_(owned) {}
  ~AttrHandle() { reset(); }
  AttrHandle(AttrHandle&& other) noexcept
      : table_(other.table_), ref_(std::exchange(other.ref_, AttrRef::None)) {}
  AttrHandle& operator=(AttrHandle&& other) noexcept {
    if (this != &other) {
      reset();
      table_ = other.table_;
      ref_ = std::exchange(other.ref_, AttrRef::None);
    }
    return *this;
  }

  [[nodiscard]] AttrRef ref() const { return ref_; }
  void reset() {
    if (ref_ != AttrRef::None) table_->release(std::exchange(ref_, AttrRef::None));
  }

 private:
  AttrTable* table_ = nullptr;
  AttrRef ref_ = AttrRef::None;
};

}  // namespace tern::rib
