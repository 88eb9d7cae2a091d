// The table of attribute sets: one immutable object per distinct set, however many routes share it.
//
// A set is a route's path attributes, as canonical octets that only bgpd/wire reads and writes
// (attribute_set.h there), together with what Tern knows of its location and with the numbers the
// decision process compares. References are counted by hand, because a route holds them by the
// million and four octets each: intern() and retain() add one, release() takes one away, and a set
// without references is gone. Owned by one RIB and touched only on its thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "rib/block_pool.h"
#include "rib/huge_memory.h"
#include "rib/types/location.h"
#include "rib/types/path_attributes.h"

namespace tern::rib {

// Names a set of the table; None names nothing. Below 2^31.
enum class AttrRef : std::uint32_t { None = 0 };

// The parts of a set that the decision process compares, computed once (rib/decision.h).
struct DecisionKey {
  std::uint64_t aigp = ~std::uint64_t{0};
  std::uint32_t local_pref = 100;  // RFC 4271 leaves the default to us; 100 everywhere
  EgressCost egress_cost = kUnknownCost;
  std::uint32_t med = 0;         // RFC 4271 section 9.1.2.2 c: a missing MED is the lowest
  Asn neighbour = 0;             // 0: originated inside our own AS
  std::uint32_t originator = 0;  // ORIGINATOR_ID (RFC 4456); 0: none
  std::uint16_t as_path_length = 0;
  std::uint8_t cluster_list_length = 0;  // 255: that long or longer
  Origin origin = Origin::Incomplete;
};

[[nodiscard]] DecisionKey decision_key(const PathAttributes& attributes, const EgressInfo& egress);

// A set as routes are judged and shown with it; the table keeps it as InternedSet.
struct AttributeSet {
  PathAttributes attributes;
  EgressInfo egress;
  DecisionKey key;
};

// As it stands in the table, its octets behind it.
class InternedSet {
 public:
  [[nodiscard]] const DecisionKey& key() const { return key_; }
  [[nodiscard]] EgressInfo egress() const { return {metro_, pop_, key_.egress_cost}; }
  [[nodiscard]] std::span<const std::byte> octets() const {
    return {reinterpret_cast<const std::byte*>(this) + sizeof(InternedSet), length_};
  }

 private:
  friend class AttrTable;
  DecisionKey key_;
  std::uint32_t references_ = 0;
  std::uint32_t hash_ = 0;
  MetroId metro_ = kNoPlace;
  PopId pop_ = kNoPlace;
  std::uint32_t length_ = 0;
};

class AttrTable {
 public:
  AttrTable();
  ~AttrTable();
  AttrTable(const AttrTable&) = delete;
  AttrTable& operator=(const AttrTable&) = delete;

  // The reference of an equal set (octets and place), added when there is none. The caller owns one
  // count. `key` must follow from the two.
  [[nodiscard]] AttrRef intern(std::span<const std::byte> octets, const EgressInfo& egress,
                               const DecisionKey& key);

  void retain(AttrRef ref) { ++set(ref).references_; }
  // None is allowed and does nothing.
  void release(AttrRef ref) {
    if (ref != AttrRef::None && --set(ref).references_ == 0) erase(ref);
  }

  // Requires a live reference; the address is stable as long as one is held.
  [[nodiscard]] const InternedSet& operator[](AttrRef ref) const {
    return *reinterpret_cast<const InternedSet*>(pool_.at(static_cast<BlockPool::Ref>(ref)));
  }
  [[gnu::always_inline]] void prefetch(AttrRef ref) const {
    __builtin_prefetch(pool_.at(static_cast<BlockPool::Ref>(ref)));
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  // Of all sets and of the index.
  [[nodiscard]] std::size_t bytes() const {
    return pool_.bytes_used() + slots_.size() * sizeof(Slot);
  }

 private:
  struct Slot {
    std::uint32_t hash = 0;
    AttrRef ref = AttrRef::None;  // None: free
  };

  [[nodiscard]] InternedSet& set(AttrRef ref) {
    return *reinterpret_cast<InternedSet*>(pool_.at(static_cast<BlockPool::Ref>(ref)));
  }
  void erase(AttrRef ref);
  void grow();

  BlockPool pool_;
  std::vector<Slot, HugeAllocator<Slot>> slots_;  // open addressing, linear probing; a power of two
  std::size_t size_ = 0;
};

// One counted reference, released at the end of the scope: for code that holds a set only briefly.
class AttrHandle {
 public:
  AttrHandle() = default;
  // Takes over a count the caller owns.
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
  // Gives the count to the caller.
  [[nodiscard]] AttrRef take() { return std::exchange(ref_, AttrRef::None); }
  void reset() {
    if (ref_ != AttrRef::None) table_->release(std::exchange(ref_, AttrRef::None));
  }

 private:
  AttrTable* table_ = nullptr;
  AttrRef ref_ = AttrRef::None;
};

}  // namespace tern::rib
