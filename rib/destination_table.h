// Where destinations are kept: records of 32 octets by DestId, their blocks of paths and of what
// was told, and the index from prefix to DestId. Keeps memory in order; what the paths mean is the
// Rib's business (rib/rib.h), and so are the counts of attribute sets and audiences.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "rib/block_pool.h"
#include "rib/destination.h"
#include "rib/prefix_index.h"

namespace tern::rib {

class DestinationTable {
 public:
  struct Record {
    Prefix prefix;
    std::uint16_t paths = 0;     // the accepted ones first
    std::uint16_t accepted = 0;  // of them
    std::uint16_t told = 0;
    Step step = Step::OnlyPath;
    std::uint16_t flags = 0;
    BlockPool::Ref block = 0;

    [[nodiscard]] bool is(std::uint16_t flag) const { return (flags & flag) != 0; }
    void set(std::uint16_t flag, bool on) {
      flags = static_cast<std::uint16_t>(on ? flags | flag : flags & ~flag);
    }
  };
  static_assert(sizeof(Record) == 32);

  static constexpr std::uint16_t kInUse = 1;
  static constexpr std::uint16_t kChanged = 2;     // waits in Rib::take_changes()
  static constexpr std::uint16_t kPathIds = 4;     // the block holds PathIds
  static constexpr std::uint16_t kToldIds = 8;     // the block holds path ids of what was told
  static constexpr std::uint16_t kMed = 16;        // an accepted path may carry a MED
  static constexpr std::uint16_t kPlaced = 32;     // an accepted path may have a place
  static constexpr std::uint16_t kIdle = 64;       // listed as idle while pinned
  static constexpr std::uint16_t kRows = 128;      // two of one neighbour may differ in their MED
  static constexpr std::uint16_t kReceived = 256;  // the block holds the sets as received
  // Paths of one destination, and entries told of it: what their counts hold.
  static constexpr std::size_t kMostPaths = 0xFFFF;
  static constexpr std::size_t kMostTold = 0xFFFF;

  DestinationTable() : index_(Keys{this}) {}
  ~DestinationTable();
  DestinationTable(const DestinationTable&) = delete;
  DestinationTable& operator=(const DestinationTable&) = delete;

  // ---- Prefixes

  [[nodiscard]] static std::size_t hash(const Prefix& prefix) { return Index::hash(prefix); }
  // Index::kNone: unknown.
  [[nodiscard]] DestId find(const Prefix& prefix, std::size_t hash) const {
    return index_.find(prefix, hash);
  }
  [[gnu::always_inline]] void prefetch(std::size_t hash) const { index_.prefetch(hash); }
  [[gnu::always_inline]] void prefetch_record(std::size_t hash) const {
    if (const DestId id = index_.hint(hash); id != kNone) prefetch(id);
  }
  [[nodiscard]] DestId add(const Prefix& prefix, std::size_t hash);
  // Requires a destination without paths and with nothing told.
  void remove(DestId id);

  static constexpr DestId kNone = 0xFFFFFFFF;
  [[nodiscard]] DestId end() const { return end_; }
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

  // ---- Blocks

  [[nodiscard]] Path* paths(const Record& record) {
    return reinterpret_cast<Path*>(pool_.at(record.block));
  }
  [[nodiscard]] const Path* paths(const Record& record) const {
    return reinterpret_cast<const Path*>(pool_.at(record.block));
  }
  // Requires kPathIds.
  [[nodiscard]] PathIds* path_ids(const Record& record) {
    return reinterpret_cast<PathIds*>(pool_.at(record.block) + shape(record).path_ids_at());
  }
  [[nodiscard]] const PathIds* path_ids(const Record& record) const {
    return reinterpret_cast<const PathIds*>(pool_.at(record.block) + shape(record).path_ids_at());
  }
  [[nodiscard]] Told* told(const Record& record) {
    return reinterpret_cast<Told*>(pool_.at(record.block) + shape(record).told_at());
  }
  // Requires kReceived.
  [[nodiscard]] AttrRef* received(const Record& record) {
    return reinterpret_cast<AttrRef*>(pool_.at(record.block) + shape(record).received_at());
  }
  // Requires kToldIds.
  [[nodiscard]] std::uint32_t* told_ids(const Record& record) {
    return reinterpret_cast<std::uint32_t*>(pool_.at(record.block) + shape(record).told_ids_at());
  }

  // The set of a path as received, where kReceived; else it is the effective one.
  [[nodiscard]] AttrRef received(const Record& record, std::size_t path) const {
    if (!record.is(kReceived)) return paths(record)[path].effective();
    return reinterpret_cast<const AttrRef*>(pool_.at(record.block) +
                                            shape(record).received_at())[path];
  }
  void set_received(Record& record, std::size_t path, AttrRef received);
  // Adds a path behind the others. Requires fewer than kMostPaths.
  void push_path(Record& record, const Path& path, const PathIds& ids, AttrRef received);
  void remove_path(Record& record, std::size_t at);
  // Moves one path to another place, the ones between closing up.
  void move_path(Record& record, std::size_t from, std::size_t to);
  // Makes room for `count` told entries, kMostTold at most; their content is the caller's to write.
  void resize_told(Record& record, std::size_t count, bool ids);

  [[nodiscard]] Destination view(DestId id) const { return view_of(record(id)); }
  [[nodiscard]] Destination view_of(const Record& record) const;

  // To be called after so many paths came or went. Blocks that grow leave the pages of their old
  // size nearly empty: where much is lost to that, moves some blocks together, of whichever
  // destinations.
  void gather_blocks(std::size_t changes);

  // Any thread: gets memory from the system that paths will need next.
  void prepare_memory() { pool_.prepare(); }

  [[nodiscard]] std::size_t record_bytes() const { return end_ * sizeof(Record); }
  [[nodiscard]] std::size_t block_bytes() const { return pool_.bytes_used(); }
  [[nodiscard]] std::size_t index_bytes() const { return index_.bytes(); }

 private:
  struct Keys {
    const DestinationTable* table;
    const Prefix& operator()(DestId id) const { return table->record(id).prefix; }
    [[gnu::always_inline]] void prefetch(DestId id) const { table->prefetch(id); }
  };
  using Index = PrefixIndex<Keys>;
  static constexpr std::size_t kChunk = 65536;  // records: 2 MiB
  // What a block holds, and where, in octets: the paths at 0, then one part behind the other.
  struct Shape {
    std::size_t paths, told;
    bool path_ids, received, told_ids;
    [[nodiscard]] std::size_t path_ids_at() const { return paths * sizeof(Path); }
    [[nodiscard]] std::size_t told_at() const {
      return path_ids_at() + (path_ids ? paths * sizeof(PathIds) : 0);
    }
    // Where there are two paths, their source is mostly told the second: a block that has room for
    // both need not be made anew when they are told.
    [[nodiscard]] std::size_t told_room() const {
      return std::max(told, std::min<std::size_t>(paths, 2));
    }
    [[nodiscard]] std::size_t received_at() const { return told_at() + told_room() * sizeof(Told); }
    [[nodiscard]] std::size_t told_ids_at() const {
      return received_at() + (received ? paths * sizeof(AttrRef) : 0);
    }
    [[nodiscard]] std::size_t octets() const {
      return told_ids_at() + (told_ids ? told * sizeof(std::uint32_t) : 0);
    }
  };

  [[nodiscard]] static Shape shape(const Record& record) {
    return {record.paths, record.told, record.is(kPathIds), record.is(kReceived),
            record.is(kToldIds)};
  }
  // A new block that keeps as much of the old content as fits.
  void reshape(Record& record, const Shape& to);
  void move_block(Record& record);
  void keep_received(const Record& record, std::size_t count);

  BlockPool pool_;
  std::vector<Record*> chunks_;  // of kChunk each, zeroed: an empty record is all zeros
  std::vector<DestId> free_;
  DestId end_ = 0;
  DestId gather_at_ = 0;  // where gather_blocks() goes on
  Index index_;
};

}  // namespace tern::rib
