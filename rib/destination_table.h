// The memory of destinations: records of 32 octets by DestId, their blocks of paths and of
// advertised routes, the index from prefix to DestId, and DestIds in the order of their prefixes.
// The Rib (rib/rib.h) knows the meaning of the paths, and counts attribute sets and audiences.
//
// Used by one thread. While the table is shared, other threads may read destinations
// (docs/adr/0015). Then a block that they can find is replaced instead of changed, and freed when
// no thread is reading.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "rib/base/block_pool.h"
#include "rib/base/chunk_list.h"
#include "rib/destination.h"
#include "rib/ordered_index.h"
#include "rib/prefix_index.h"

namespace tern::rib {

class DestinationTable {
 public:
  // The block of a destination and a description of its content. Other threads load it with one
  // atomic load.
  struct alignas(8) Contents {
    BlockPool::Ref block = 0;
    std::uint16_t advertised = 0;
    std::uint16_t paths : 13 = 0;  // the accepted ones first
    std::uint16_t has_path_ids : 1 = 0;
    std::uint16_t has_received : 1 = 0;  // sets as received
    std::uint16_t has_advertised_ids : 1 = 0;
  };
  static_assert(sizeof(Contents) == 8 && std::atomic_ref<Contents>::is_always_lock_free);

  struct Record : Contents {
    Prefix prefix;
    std::uint16_t accepted = 0;  // of the paths
    Step step = Step::OnlyPath;
    std::uint8_t flags = 0;
    Family family = Family::Ipv4Unicast;

    [[nodiscard]] Nlri nlri() const { return {prefix, family}; }
    [[nodiscard]] bool is(std::uint8_t flag) const { return (flags & flag) != 0; }
    void set(std::uint8_t flag, bool on) {
      flags = static_cast<std::uint8_t>(on ? flags | flag : flags & ~flag);
    }
  };
  static_assert(sizeof(Record) == 32);

  static constexpr std::uint8_t kInUse = 1;
  static constexpr std::uint8_t kChanged = 2;    // noted for Rib::take_changes()
  static constexpr std::uint8_t kMed = 4;        // an accepted path may carry a MED
  static constexpr std::uint8_t kPlaced = 8;     // an accepted path may have a place
  static constexpr std::uint8_t kIdle = 16;      // listed as idle while pinned
  static constexpr std::uint8_t kRows = 32;      // two of one neighbor may differ in their MED
  static constexpr std::uint8_t kInterior = 64;  // an accepted path may have an interior cost
  // Most paths of one destination, and most entries of its partition: as many as the counts hold.
  static constexpr std::size_t kMostPaths = 0x1FFF;
  static constexpr std::size_t kMostAdvertised = 0xFFFF;

  // A change of one destination, of any number of steps: other threads see the old state until its
  // end, and then the new state. One Edit at a time. The caller releases the sets that the change
  // removed only after its end.
  class Edit {
   public:
    Edit(DestinationTable& table, DestId id) : table_(table), record_(&table.record(id)) {
      if (table.shared_) [[unlikely]]
        record_ = table.begin_edit(*record_);
    }
    ~Edit() {
      if (table_.shared_) [[unlikely]]
        table_.end_edit();
    }
    Edit(const Edit&) = delete;
    Edit& operator=(const Edit&) = delete;
    // A copy of the table's record while the table is shared.
    [[nodiscard]] Record& record() const { return *record_; }

   private:
    DestinationTable& table_;
    Record* record_;
  };

  // space: octets of address space for paths; a multiple of BlockSpace::kSpanOctets.
  explicit DestinationTable(std::size_t space = BlockPool::kReserve)
      : pool_(space), index_(Keys{this}), ordered_(Ordered{this}) {}
  ~DestinationTable();
  DestinationTable(const DestinationTable&) = delete;
  DestinationTable& operator=(const DestinationTable&) = delete;

  // ---- Prefixes

  [[nodiscard]] static std::size_t hash(const Nlri& nlri) { return Index::hash(nlri); }
  // Index::kNone: unknown.
  [[nodiscard]] DestId find(const Nlri& nlri, std::size_t hash) const {
    return index_.find(nlri, hash);
  }
  [[gnu::always_inline]] void prefetch(std::size_t hash) const { index_.prefetch(hash); }
  [[gnu::always_inline]] void prefetch_record(std::size_t hash) const {
    if (const DestId id = index_.hint(hash); id != kNone) prefetch(id);
  }
  [[nodiscard]] DestId add(const Nlri& nlri, std::size_t hash);
  // Requires a destination without paths and advertised routes.
  void remove(DestId id);

  static constexpr DestId kNone = 0xFFFFFFFF;
  [[nodiscard]] DestId end() const { return end_.load(std::memory_order_relaxed); }
  // For its flags alone: an Edit changes the fields that other threads read.
  [[nodiscard]] Record& record(DestId id) { return chunks_[id / kChunk][id % kChunk]; }
  [[nodiscard]] const Record& record(DestId id) const { return chunks_[id / kChunk][id % kChunk]; }
  [[gnu::always_inline]] void prefetch(DestId id) const { __builtin_prefetch(&record(id)); }
  [[gnu::always_inline]] void prefetch_block(DestId id) const {
    const Record& from = record(id);
    if (from.block == 0) return;
    constexpr std::size_t kLine = 64;
    const std::byte* at = pool_.at(from.block);
    const std::size_t octets = std::min<std::size_t>(shape(from).octets(), 4 * kLine);
    for (std::size_t i = 0; i < octets; i += kLine) __builtin_prefetch(at + i);
  }

  // ---- Blocks. A function that changes a record requires the record of an Edit.

  [[nodiscard]] const Path* paths(const Record& record) const {
    return reinterpret_cast<const Path*>(pool_.at(record.block));
  }
  // Requires has_path_ids.
  [[nodiscard]] const PathIds* path_ids(const Record& record) const {
    return reinterpret_cast<const PathIds*>(pool_.at(record.block) + shape(record).path_ids_at());
  }
  [[nodiscard]] const Advertised* advertised(const Record& record) const {
    return reinterpret_cast<const Advertised*>(pool_.at(record.block) +
                                               shape(record).advertised_at());
  }
  // The same, writable until the next call for the record.
  [[nodiscard]] Path* edit_paths(Record& record) {
    own(record);
    return reinterpret_cast<Path*>(pool_.at(record.block));
  }
  [[nodiscard]] PathIds* edit_path_ids(Record& record) {
    own(record);
    return reinterpret_cast<PathIds*>(pool_.at(record.block) + shape(record).path_ids_at());
  }
  [[nodiscard]] Advertised* edit_advertised(Record& record) {
    own(record);
    return reinterpret_cast<Advertised*>(pool_.at(record.block) + shape(record).advertised_at());
  }
  // Requires has_received.
  [[nodiscard]] AttrRef* edit_received(Record& record) {
    own(record);
    return reinterpret_cast<AttrRef*>(pool_.at(record.block) + shape(record).received_at());
  }
  // Requires has_advertised_ids.
  [[nodiscard]] std::uint32_t* edit_advertised_ids(Record& record) {
    own(record);
    return reinterpret_cast<std::uint32_t*>(pool_.at(record.block) +
                                            shape(record).advertised_ids_at());
  }
  // The epoch of a path, which only the owner reads.
  void set_epoch(const Record& record, std::size_t path, std::uint8_t epoch) {
    reinterpret_cast<Path*>(pool_.at(record.block))[path].epoch = epoch;
  }

  // The set of a path as received: of an accepted path where has_received; else the path has it.
  [[nodiscard]] AttrRef received(const Record& record, std::size_t path) const {
    const Path& of = paths(record)[path];
    if (!of.accepted()) return of.rejected_set();
    if (!record.has_received) return of.effective();
    return reinterpret_cast<const AttrRef*>(pool_.at(record.block) +
                                            shape(record).received_at())[path];
  }
  // After the path got its verdict.
  void set_received(Record& record, std::size_t path, AttrRef received);
  // Adds a path as the last one. Requires fewer than kMostPaths.
  void push_path(Record& record, const Path& path, const PathIds& ids, AttrRef received);
  // at: ascending, at least one. The other paths keep their order.
  void remove_paths(Record& record, std::span<const std::size_t> at);
  void remove_path(Record& record, std::size_t at) { remove_paths(record, std::span(&at, 1)); }
  // Moves one path to another place; the paths in between move up by one.
  void move_path(Record& record, std::size_t from, std::size_t to);
  // Makes space for `count` advertised entries, at most kMostAdvertised. The caller writes their
  // content.
  void resize_advertised(Record& record, std::size_t count, bool ids);

  [[nodiscard]] Destination view(DestId id) const;

  // The caller calls it after so many announcements or withdrawals. Goes on with a growth of the
  // index. Blocks that grow leave the pages of their old size nearly empty: if much memory is lost
  // to that, compacts some blocks of any destinations.
  void tidy_up(std::size_t changes) {
    index_.move_ahead(changes * Index::kMostMoved);
    compact_blocks(changes);
  }

  // ---- Other threads

  // From share() until unshare() other threads may use the functions below. Meanwhile no
  // destination is removed from the index, and ids keep their prefixes. unshare() requires that the
  // other threads have finished.
  void share() { shared_ = true; }
  void unshare();
  // Any thread while the table is shared: end(), with the records below it.
  [[nodiscard]] DestId end_now() const { return end_.load(std::memory_order_acquire); }
  // Requires an id that the thread has found.
  [[nodiscard]] const Prefix& prefix_of(DestId id) const { return found(id).prefix; }
  // Whether the destination has paths or advertised routes.
  [[nodiscard]] bool is_found(DestId id) const { return load(id).block != 0; }
  // Any thread while the table is shared: blocks that it finds between enter() and leave() stay.
  // Meant for few threads and short times: replaced blocks are freed when no thread is in between.
  // Sequentially consistent, as the owner's store of a word and its load of readers_: either the
  // owner sees the reader, or the reader sees the new word.
  void enter() const { readers_.fetch_add(1, std::memory_order_seq_cst); }
  // Release: the reads come before the block is freed.
  void leave() const { readers_.fetch_sub(1, std::memory_order_release); }
  // In between: the destinations of the next addresses (rib/ordered_index.h).
  [[nodiscard]] std::optional<IpAddress> next(Family family, const IpAddress& from,
                                              std::vector<DestId>& out) const {
    return ordered_.next(family, from, out);
  }
  // In between. Like view(), but without the step; a destination without paths and without
  // advertised routes is not in_use.
  [[nodiscard]] Destination look_up(DestId id) const;

  // Octets that are free for paths. Any thread may call.
  [[nodiscard]] std::size_t octets_left() const {
    return pool_.octets_left() + pool_.octets_free();
  }
  // The paths in the table may need the memory that is left: the caller should refuse new paths.
  [[nodiscard]] bool nearly_full() const { return pool_.nearly_full(); }
  // Any thread: gets memory from the system for the next paths.
  void prepare_memory() { pool_.prepare(); }
  [[nodiscard]] bool asks_for_memory() const { return pool_.asks_for_memory(); }

  [[nodiscard]] std::size_t record_bytes() const { return end() * sizeof(Record); }
  [[nodiscard]] std::size_t block_bytes() const { return pool_.bytes_used() - ordered_.bytes(); }
  [[nodiscard]] std::size_t index_bytes() const { return index_.bytes(); }
  [[nodiscard]] std::size_t ordered_bytes() const { return ordered_.bytes(); }

 private:
  struct Keys {
    const DestinationTable* table;
    Nlri operator()(DestId id) const { return table->record(id).nlri(); }
    bool is(DestId id, const Nlri& nlri) const {
      const Record& record = table->record(id);
      return record.prefix == nlri.prefix && record.family == nlri.family;
    }
    [[gnu::always_inline]] void prefetch(DestId id) const { table->prefetch(id); }
  };
  using Index = PrefixIndex<Keys>;
  // The Table of OrderedIndex.
  struct Ordered {
    DestinationTable* table;
    const Prefix& prefix(DestId id) const { return table->record(id).prefix; }
    [[gnu::always_inline]] void prefetch(DestId id) const { table->prefetch(id); }
    BlockPool::Ref allocate(std::size_t octets) const {
      return table->allocate(octets, BlockPool::Kind::Fixed);
    }
    std::byte* at(BlockPool::Ref ref) const { return table->pool_.at(ref); }
    void give_up(BlockPool::Ref ref, std::size_t octets) const {
      const Block block{ref, static_cast<std::uint32_t>(octets)};
      table->shared_ ? table->retire(block) : table->free(block);
    }
  };
  static constexpr std::size_t kChunk = 65536;  // records: 2 MiB
  // The layout of a block, in octets: the paths at 0, then the other lists in this order.
  struct Shape {
    std::size_t paths, advertised;
    bool path_ids, received, advertised_ids;
    [[nodiscard]] std::size_t path_ids_at() const { return paths * sizeof(Path); }
    [[nodiscard]] std::size_t advertised_at() const {
      return path_ids_at() + (path_ids ? paths * sizeof(PathIds) : 0);
    }
    // With two paths, the source of the best one is mostly advertised the second, which takes two
    // entries. A block with space for both need not be replaced when they are advertised.
    [[nodiscard]] std::size_t advertised_places() const {
      return std::max(advertised, std::min<std::size_t>(paths, 2));
    }
    [[nodiscard]] std::size_t received_at() const {
      return advertised_at() + advertised_places() * sizeof(Advertised);
    }
    [[nodiscard]] std::size_t advertised_ids_at() const {
      return received_at() + (received ? paths * sizeof(AttrRef) : 0);
    }
    [[nodiscard]] std::size_t octets() const {
      return advertised_ids_at() + (advertised_ids ? advertised * sizeof(std::uint32_t) : 0);
    }
  };

  struct Block {
    BlockPool::Ref ref;
    std::uint32_t octets;
  };

  // The load of the word makes the block and the prefix visible.
  [[nodiscard]] Contents load(DestId id) const {
    return std::atomic_ref<Contents>(found(id)).load(std::memory_order_seq_cst);
  }
  // For other threads.
  [[nodiscard]] Record& found(DestId id) const { return chunks_.look_up(id / kChunk)[id % kChunk]; }
  [[nodiscard]] static Shape shape(const Contents& contents) {
    return {contents.paths, contents.advertised, contents.has_path_ids != 0,
            contents.has_received != 0, contents.has_advertised_ids != 0};
  }
  void compact_blocks(std::size_t changes);
  // Gives the record a new block that keeps as much of the old content as fits.
  void reshape(Record& record, const Shape& to);
  void keep_received(Record& record, std::size_t count);
  void show(const Contents& contents, Destination& to) const;

  Record* begin_edit(Record& record);
  void end_edit();
  // Afterwards no other thread can find the record's block, so the owner may write to it.
  void own(Record& record) {
    if (shared_ && record.block != 0 && record.block == edited_->block) [[unlikely]]
      copy(record);
  }
  void copy(Record& record);
  void give_up(const Block& block);
  // Ends the process when there is no memory (rib/base/exhausted.h).
  [[nodiscard]] BlockPool::Ref allocate(std::size_t octets,
                                        BlockPool::Kind kind = BlockPool::Kind::Movable);
  void free(const Block& block) { pool_.free(block.ref, block.octets); }
  void retire(const Block& block);
  void free_retired(std::size_t most);

  BlockPool pool_;
  ChunkList<Record> chunks_;  // of kChunk each, zeroed: an empty record is all zeros
  std::deque<DestId> free_;   // a deque grows without moving its elements
  std::atomic<DestId> end_{0};
  DestId compact_at_ = 0;  // where compact_blocks() goes on
  Index index_;
  OrderedIndex<Ordered> ordered_;
  bool shared_ = false;
  Record* edited_ = nullptr;  // while the table is shared: of the Edit, as other threads see it
  Record edit_;               // and the new state
  // Blocks replaced while a thread was reading. The first freed_ are free; for those up to ripe_,
  // no thread was reading at some moment since.
  std::deque<Block> retired_;
  std::size_t freed_ = 0;
  std::size_t ripe_ = 0;
  alignas(64) mutable std::atomic<std::uint32_t> readers_{0};  // threads in between
};

}  // namespace tern::rib
