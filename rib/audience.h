// Audiences: interned sets of clients. The clients of an audience hold the same path of a prefix,
// or are to be sent the same message.
//
// A route server advertises most of its prefixes to the same few sets of clients. So hundreds of
// sets serve a million prefixes times thousands of clients, and a prefix names its set in four
// octets. References are counted by hand as in rib/attr_table.h: intern(), without() and retain()
// add a count, release() removes one, and a set without references is removed and its number used
// again. Used by one thread; while the table is shared, other threads may look up counted sets.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "rib/base/chunk_list.h"
#include "rib/base/retired.h"
#include "rib/types/family.h"
#include "rib/types/peer.h"

namespace tern::rib {

// A set of peers, a value: a bit per slot, as long as the highest slot needs.
class ClientSet {
 public:
  void insert(PeerSlot slot);
  void erase(PeerSlot slot);
  [[nodiscard]] bool contains(PeerSlot slot) const {
    const std::size_t word = slot / kBitsPerWord;
    return word < words_.size() && ((words_[word] >> (slot % kBitsPerWord)) & 1U) != 0;
  }
  [[nodiscard]] bool empty() const { return words_.empty(); }
  // Whether the set is this slot alone.
  [[nodiscard]] bool is(PeerSlot slot) const {
    const std::size_t word = slot / kBitsPerWord;
    return words_.size() == word + 1 && words_[word] == std::uint64_t{1} << (slot % kBitsPerWord) &&
           first() == slot;
  }
  [[nodiscard]] std::size_t size() const;
  // The lowest slot; kNoPeerSlot of the empty set.
  [[nodiscard]] PeerSlot first() const;
  [[nodiscard]] bool intersects(const ClientSet& other) const;

  ClientSet& operator|=(const ClientSet& other);
  ClientSet& operator&=(const ClientSet& other);
  ClientSet& operator-=(const ClientSet& other);  // difference
  friend bool operator==(const ClientSet&, const ClientSet&) = default;

  // In ascending order.
  template <typename Fn>
  void for_each(Fn&& fn) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      for (std::uint64_t rest = words_[i]; rest != 0; rest &= rest - 1) {
        fn(static_cast<PeerSlot>(i * kBitsPerWord + static_cast<unsigned>(std::countr_zero(rest))));
      }
    }
  }

  // Keeps the memory.
  void clear() { words_.clear(); }

  // Slot 0 is the lowest bit of the first word; the last word is not zero.
  [[nodiscard]] std::span<const std::uint64_t> words() const { return words_; }

  static constexpr std::size_t kBitsPerWord = 64;

 private:
  void trim() {
    while (!words_.empty() && words_.back() == 0) words_.pop_back();
  }

  std::vector<std::uint64_t> words_;
};

[[nodiscard]] std::size_t hash_value(const ClientSet& set);

// An immutable set of clients, shared by the table and by the export logs that name it. hold() and
// release() count its holders from any thread; the last release() deletes it. The caller of hold()
// is a holder already, or owns the table.
class Audience {
 public:
  // The caller is the first holder.
  explicit Audience(const ClientSet& clients) : clients_(clients) {}
  Audience(const Audience&) = delete;
  Audience& operator=(const Audience&) = delete;

  [[nodiscard]] const ClientSet& clients() const { return clients_; }
  void hold() const { holders_.fetch_add(1, std::memory_order_relaxed); }
  // Release and acquire: all holders have read before the last one deletes it.
  void release() const {
    if (holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

 private:
  ~Audience() = default;

  const ClientSet clients_;
  mutable std::atomic<std::uint32_t> holders_{1};
};

// Names a set of the table; Nobody is the empty set, which is not counted.
enum class AudienceRef : std::uint32_t { Nobody = 0 };

// How many prefixes each client holds.
class HeldPrefixes {
 public:
  [[nodiscard]] std::uint64_t of(PeerSlot client, Family family) const {
    const auto& held = held_[index(family)];
    return client < held.size() ? held[client] : 0;
  }
  HeldPrefixes& operator+=(const HeldPrefixes& other);

 private:
  friend class AudienceTable;
  std::array<std::vector<std::uint64_t>, kFamilyCount> held_;  // by slot
};

class AudienceTable {
 public:
  AudienceTable();
  ~AudienceTable();
  AudienceTable(const AudienceTable&) = delete;
  AudienceTable& operator=(const AudienceTable&) = delete;

  // The reference of an equal set, added when there is none. The caller owns one count.
  [[nodiscard]] AudienceRef intern(const ClientSet& set);
  // The same without one client, which need not be in the set. The caller owns one count.
  [[nodiscard]] AudienceRef without(AudienceRef ref, PeerSlot slot);

  // AudienceRef::Nobody is allowed, and changes nothing.
  void retain(AudienceRef ref);
  void release(AudienceRef ref);
  // Like retain() and release(); they also count a prefix of the family that the audience holds
  // from now on, or no longer holds.
  void hold(AudienceRef ref, Family family);
  void drop(AudienceRef ref, Family family);

  // Requires a counted reference or Nobody; the address is stable as long as a count is held.
  [[nodiscard]] const ClientSet& operator[](AudienceRef ref) const {
    return slot(ref).audience->clients();
  }
  // The same as an object that may be held longer than the reference, and read on other threads.
  [[nodiscard]] const Audience& shared(AudienceRef ref) const { return *slot(ref).audience; }
  [[nodiscard]] bool contains(AudienceRef ref, PeerSlot client) const {
    const Words words = words_[static_cast<std::size_t>(ref)];
    const std::size_t word = client / ClientSet::kBitsPerWord;
    return word < words.count && ((words.first[word] >> (client % ClientSet::kBitsPerWord)) & 1U);
  }

  // From share() until unshare() other threads may use look_up(). unshare() requires that they have
  // finished.
  void share() { shared_ = true; }
  void unshare();
  // contains() for any thread while the table is shared, in the rcu::Section in which the thread
  // found the reference counted.
  [[nodiscard]] bool look_up(AudienceRef ref, PeerSlot client) const {
    const auto i = static_cast<std::size_t>(ref);
    return (*chunks_.look_up(i / kChunk))[i % kChunk].audience->clients().contains(client);
  }

  // Prefixes of all clients, summed over all audiences.
  [[nodiscard]] HeldPrefixes held() const;

  // Distinct audiences, without Nobody.
  [[nodiscard]] std::size_t size() const { return index_.size(); }

 private:
  struct Slot {
    const Audience* audience = nullptr;  // held; null: free
    std::size_t hash = 0;
    std::uint32_t references = 0;
    std::uint32_t generation = 0;  // how many sets had this number before
    std::array<std::uint32_t, kFamilyCount> held{};
  };
  static constexpr std::size_t kChunk = 64;
  using Chunk = std::array<Slot, kChunk>;

  // Copies of the pointers to each set's words, side by side: contains() is called for each entry
  // of a partition and client.
  struct Words {
    const std::uint64_t* first = nullptr;
    std::size_t count = 0;
  };

  // A result of without(). It counts neither set; equal generations show that the numbers still
  // name the same sets.
  struct Memo {
    AudienceRef base = AudienceRef::Nobody;
    PeerSlot slot = kNoPeerSlot;
    AudienceRef result = AudienceRef::Nobody;
    std::uint32_t base_generation = 0;
    std::uint32_t result_generation = 0;
  };
  static constexpr std::size_t kMemos = 1024;

  struct Wanted {
    const ClientSet& set;
    std::size_t hash;
  };
  struct Hash {
    using is_transparent = void;
    const AudienceTable* table;
    std::size_t operator()(AudienceRef ref) const { return table->slot(ref).hash; }
    std::size_t operator()(const Wanted& wanted) const { return wanted.hash; }
  };
  struct Equal {
    using is_transparent = void;
    const AudienceTable* table;
    bool operator()(AudienceRef a, AudienceRef b) const { return a == b; }
    bool operator()(const Wanted& wanted, AudienceRef ref) const;
    bool operator()(AudienceRef ref, const Wanted& wanted) const { return (*this)(wanted, ref); }
  };

  [[nodiscard]] Slot& slot(AudienceRef ref) {
    const auto i = static_cast<std::size_t>(ref);
    return (*chunks_[i / kChunk])[i % kChunk];
  }
  [[nodiscard]] const Slot& slot(AudienceRef ref) const {
    const auto i = static_cast<std::size_t>(ref);
    return (*chunks_[i / kChunk])[i % kChunk];
  }
  [[nodiscard]] AudienceRef allocate();
  void free(AudienceRef ref);
  [[nodiscard]] Memo& memo(AudienceRef base, PeerSlot client);

  ChunkList<Chunk> chunks_;
  std::vector<Words> words_;
  std::vector<AudienceRef> free_;
  boost::unordered_flat_set<AudienceRef, Hash, Equal> index_;
  std::vector<Memo> memos_;
  ClientSet scratch_;
  bool shared_ = false;
  Retired<AudienceRef> retired_;
};

}  // namespace tern::rib
