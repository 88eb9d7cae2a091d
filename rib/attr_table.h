// The table of attribute sets: one immutable object per distinct set, however many routes share it.
//
// A set is a route's path attributes together with what Tern knows of its location (EgressInfo).
// References are counted by hand, because a route holds them by the million and four octets each:
// intern() and retain() add one, release() takes one away, and a set without references is gone.
// Owned by one RIB shard and touched only on its thread.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "rib/types/location.h"
#include "rib/types/path_attributes.h"

namespace tern::rib {

// Names a set of the table; None names nothing.
enum class AttrRef : std::uint32_t { None = 0 };

// The parts of a set that the decision process compares, computed once (rib/decision.h).
struct DecisionKey {
  std::uint32_t local_pref = 100;  // RFC 4271 leaves the default to us; 100 everywhere
  EgressCost egress_cost = kUnknownCost;
  std::uint64_t aigp = ~std::uint64_t{0};
  std::uint32_t as_path_length = 0;
  std::uint32_t med = 0;  // RFC 4271 section 9.1.2.2 c: a missing MED is the lowest
  Asn neighbour = 0;      // 0: originated inside our own AS
  Origin origin = Origin::Incomplete;
};

struct AttributeSet {
  PathAttributes attributes;
  EgressInfo egress;
  DecisionKey key;
};

class AttrTable {
 public:
  AttrTable();
  AttrTable(const AttrTable&) = delete;
  AttrTable& operator=(const AttrTable&) = delete;

  // The reference of an equal set, added when there is none. The caller owns one count.
  [[nodiscard]] AttrRef intern(const PathAttributes& attributes, const EgressInfo& egress);

  void retain(AttrRef ref);
  // None is allowed and does nothing.
  void release(AttrRef ref);

  // Requires a live reference; the address is stable as long as one is held.
  [[nodiscard]] const AttributeSet& operator[](AttrRef ref) const { return slot(ref).set; }

  [[nodiscard]] std::size_t size() const { return index_.size(); }
  // Of all sets, their lists and text included; an estimate to the nearest allocation.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  struct Slot {
    AttributeSet set;
    std::size_t hash = 0;
    std::uint32_t references = 0;
    std::uint32_t bytes = 0;
  };
  static constexpr std::size_t kChunk = 1024;
  using Chunk = std::array<Slot, kChunk>;

  // What index_ is searched with: a set not (yet) in the table.
  struct Wanted {
    const PathAttributes& attributes;
    const EgressInfo& egress;
    std::size_t hash;
  };
  struct Hash {
    using is_transparent = void;
    const AttrTable* table;
    std::size_t operator()(AttrRef ref) const { return table->slot(ref).hash; }
    std::size_t operator()(const Wanted& wanted) const { return wanted.hash; }
  };
  struct Equal {
    using is_transparent = void;
    const AttrTable* table;
    bool operator()(AttrRef a, AttrRef b) const { return a == b; }
    bool operator()(const Wanted& wanted, AttrRef ref) const;
    bool operator()(AttrRef ref, const Wanted& wanted) const { return (*this)(wanted, ref); }
  };

  [[nodiscard]] Slot& slot(AttrRef ref) {
    const auto i = static_cast<std::size_t>(ref);
    return (*chunks_[i / kChunk])[i % kChunk];
  }
  [[nodiscard]] const Slot& slot(AttrRef ref) const {
    const auto i = static_cast<std::size_t>(ref);
    return (*chunks_[i / kChunk])[i % kChunk];
  }
  [[nodiscard]] AttrRef allocate();

  std::vector<std::unique_ptr<Chunk>> chunks_;
  std::vector<AttrRef> free_;
  boost::unordered_flat_set<AttrRef, Hash, Equal> index_;
  std::size_t bytes_ = 0;
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
