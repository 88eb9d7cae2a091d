// The memory of destinations: records of 32 octets by DestId, their blocks of paths and of
// advertised routes, the index from prefix to DestId, and DestIds in the order of their prefixes.
// The Rib (rib/rib.h) knows the meaning of the paths, and counts attribute sets and audiences.
//
// One thread owns it. While it is shared, others may look at destinations (docs/adr/0015): then a
// block that they can find is not changed any more but replaced, and freed at a moment when nobody
// is reading.
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
  // What a destination has, as other threads load it in one piece: its block, and what is in it.
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
  static constexpr std::uint8_t kChanged = 2;  // noted for Rib::take_changes()
  static constexpr std::uint8_t kMed = 4;      // an accepted path may carry a MED
  static constexpr std::uint8_t kPlaced = 8;   // an accepted path may have a place
  static constexpr std::uint8_t kIdle = 16;    // listed as idle while pinned
  static constexpr std::uint8_t kRows = 32;    // two of one neighbour may differ in their MED
  // Paths of one destination, and entries told of it: what their counts hold.
  static constexpr std::size_t kMostPaths = 0x1FFF;
  static constexpr std::size_t kMostAdvertised = 0xFFFF;

  // A change of one destination, of whatever number of steps: other threads see what was before
  // until its end, and then what is now. Others have to be finished. What the change removed must
  // not be given up (sets released) before its end.
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
    // Not the one in the table while that is shared.
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
  // Requires a destination without paths and with nothing told.
  void remove(DestId id);

  static constexpr DestId kNone = 0xFFFFFFFF;
  [[nodiscard]] DestId end() const { return end_.load(std::memory_order_relaxed); }
  // For its flags alone: what other threads see is changed by an Edit.
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

  // ---- Blocks. Records that change are of an Edit.

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
  // The same to be written to, until something else is done with the record.
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
  // The epoch of a path, which only the owner looks at.
  void set_epoch(const Record& record, std::size_t path, std::uint8_t epoch) {
    reinterpret_cast<Path*>(pool_.at(record.block))[path].epoch = epoch;
  }

  // The set of a path as received, where has_received; else it is the effective one.
  [[nodiscard]] AttrRef received(const Record& record, std::size_t path) const {
    if (!record.has_received) return paths(record)[path].effective();
    return reinterpret_cast<const AttrRef*>(pool_.at(record.block) +
                                            shape(record).received_at())[path];
  }
  void set_received(Record& record, std::size_t path, AttrRef received);
  // Adds a path behind the others. Requires fewer than kMostPaths.
  void push_path(Record& record, const Path& path, const PathIds& ids, AttrRef received);
  // at: ascending, at least one. The others keep their order.
  void remove_paths(Record& record, std::span<const std::size_t> at);
  void remove_path(Record& record, std::size_t at) { remove_paths(record, std::span(&at, 1)); }
  // Moves one path to another place, the ones between closing up.
  void move_path(Record& record, std::size_t from, std::size_t to);
  // Makes room for `count` told entries, kMostAdvertised at most; their content is the caller's to
  // write.
  void resize_advertised(Record& record, std::size_t count, bool ids);

  [[nodiscard]] Destination view(DestId id) const;

  // To be called after so many announcements or withdrawals. Goes on with a growth of the index.
  // Blocks that grow leave the pages of their old size nearly empty: where much is lost to that,
  // moves some blocks together, of whichever destinations.
  void tidy_up(std::size_t changes) {
    index_.move_ahead(changes * Index::kMostMoved);
    compact_blocks(changes);
  }

  // ---- Other threads

  // From now on they may use what follows; nothing of it is removed from the index, and ids
  // keep their prefixes, until the owner says unshare(), which requires that they have finished.
  void share() { shared_ = true; }
  void unshare();
  // Any thread while it is shared: end(), with its record.
  [[nodiscard]] DestId end_now() const { return end_.load(std::memory_order_acquire); }
  // Of one that was found.
  [[nodiscard]] const Prefix& prefix_of(DestId id) const { return found(id).prefix; }
  // Whether it has paths, or somebody is told of it.
  [[nodiscard]] bool is_found(DestId id) const { return load(id).block != 0; }
  // Any thread while it is shared: between the two, what it finds stays. Meant for few threads that
  // are out again soon: what is replaced is freed when nobody is in.
  // Sequentially consistent, as the owner's store of a word and look at the readers: either it sees
  // who came, or who came sees the new word.
  void enter() const { readers_.fetch_add(1, std::memory_order_seq_cst); }
  // Release: what was read was read before it is freed.
  void leave() const { readers_.fetch_sub(1, std::memory_order_release); }
  // In between: the destinations of the next addresses (rib/ordered_index.h).
  [[nodiscard]] std::optional<IpAddress> next(Family family, const IpAddress& from,
                                              std::vector<DestId>& out) const {
    return ordered_.next(family, from, out);
  }
  // In between. As view(), but without the step; a destination without paths and without advertised
  // routes is not in_use.
  [[nodiscard]] Destination look_up(DestId id) const;

  // Octets that are free for paths. Any thread may call.
  [[nodiscard]] std::size_t octets_left() const {
    return pool_.octets_left() + pool_.octets_free();
  }
  // The paths in the table need the little that is left: the caller should refuse new paths.
  [[nodiscard]] bool nearly_full() const { return pool_.nearly_full(); }
  // Any thread: gets memory from the system that paths will need next.
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
    [[gnu::always_inline]] void prefetch(DestId id) const { table->prefetch(id); }
  };
  using Index = PrefixIndex<Keys>;
  // The Table of OrderedIndex.
  struct Ordered {
    DestinationTable* table;
    const Prefix& prefix(DestId id) const { return table->record(id).prefix; }
    [[gnu::always_inline]] void prefetch(DestId id) const { table->prefetch(id); }
    BlockPool::Ref allocate(std::size_t octets) const { return table->allocate(octets); }
    std::byte* at(BlockPool::Ref ref) const { return table->pool_.at(ref); }
    void give_up(BlockPool::Ref ref, std::size_t octets) const {
      const Block block{ref, static_cast<std::uint32_t>(octets)};
      table->shared_ ? table->retire(block) : table->free(block);
    }
  };
  static constexpr std::size_t kChunk = 65536;  // records: 2 MiB
  // What a block holds, and where, in octets: the paths at 0, then one part behind the other.
  struct Shape {
    std::size_t paths, advertised;
    bool path_ids, received, advertised_ids;
    [[nodiscard]] std::size_t path_ids_at() const { return paths * sizeof(Path); }
    [[nodiscard]] std::size_t advertised_at() const {
      return path_ids_at() + (path_ids ? paths * sizeof(PathIds) : 0);
    }
    // Where there are two paths, their source is mostly told the second: a block that has room for
    // both need not be made anew when they are told.
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

  // Behind the word are the block and the prefix.
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
  // A new block that keeps as much of the old content as fits.
  void reshape(Record& record, const Shape& to);
  void keep_received(Record& record, std::size_t count);
  void show(const Contents& contents, Destination& to) const;

  Record* begin_edit(Record& record);
  void end_edit();
  // From here on no other thread can find the record's block.
  void own(Record& record) {
    if (shared_ && record.block != 0 && record.block == edited_->block) [[unlikely]]
      copy(record);
  }
  void copy(Record& record);
  void give_up(const Block& block);
  // Ends the process when there is no memory (rib/base/exhausted.h).
  [[nodiscard]] BlockPool::Ref allocate(std::size_t octets);
  void free(const Block& block) { pool_.free(block.ref, block.octets); }
  void retire(const Block& block);
  void free_retired(std::size_t most);

  BlockPool pool_;
  ChunkList<Record> chunks_;  // of kChunk each, zeroed: an empty record is all zeros
  std::deque<DestId> free_;   // which grows without a move of what it has
  std::atomic<DestId> end_{0};
  DestId compact_at_ = 0;  // where gather_blocks() goes on
  Index index_;
  OrderedIndex<Ordered> ordered_;
  bool shared_ = false;
  Record* edited_ = nullptr;  // while it is shared: of the Edit, as others see it
  Record edit_;               // and as it will be
  // Replaced while somebody was reading; since then up to the second number nobody was, once.
  std::deque<Block> retired_;
  std::size_t freed_ = 0;
  std::size_t ripe_ = 0;
  alignas(64) mutable std::atomic<std::uint32_t> readers_{0};  // that are in
};

}  // namespace tern::rib
