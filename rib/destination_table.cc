#include "rib/destination_table.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <utility>

#include "rib/base/exhausted.h"
#include "rib/base/huge_memory.h"

namespace tern::rib {

DestinationTable::~DestinationTable() {
  for (std::size_t i = 0; i < chunks_.size(); ++i) {
    unmap_huge(chunks_[i], kChunk * sizeof(Record));
  }
}

// ---- Prefixes

DestId DestinationTable::add(const Nlri& nlri, std::size_t hash) {
  DestId id = end();
  if (free_.empty()) {
    if (id % kChunk == 0) {
      const bool huge = chunks_.size() > 0;  // a small table stays small
      chunks_.push_back(static_cast<Record*>(map_huge(kChunk * sizeof(Record), huge)));
    }
    end_.store(id + 1, std::memory_order_release);
  } else {
    id = free_.back();
    free_.pop_back();
  }
  Record& added = record(id);
  added.prefix = nlri.prefix;
  added.family = nlri.family;
  added.flags = kInUse;
  index_.insert(id, hash);
  ordered_.insert(id, nlri);
  return id;
}

void DestinationTable::remove(DestId id) {
  Record& gone = record(id);
  assert(!shared_);
  assert(gone.paths == 0 && gone.advertised == 0 && gone.block == 0);
  index_.erase(gone.nlri());
  ordered_.erase(id, gone.nlri());
  gone = Record{};
  free_.push_back(id);
}

// ---- Blocks

BlockPool::Ref DestinationTable::allocate(std::size_t octets, BlockPool::Kind kind) {
  const BlockPool::Ref block = pool_.allocate(octets, kind);
  if (block == 0) end_exhausted("memory for paths", octets);
  return block;
}

void DestinationTable::reshape(Record& record, const Shape& to) {
  const Shape from = shape(record);
  const BlockPool::Ref old_block = record.block;
  const BlockPool::Ref block = to.octets() == 0 ? 0 : allocate(to.octets());
  if (block != 0 && old_block != 0) {
    const std::byte* source = pool_.at(old_block);
    std::byte* target = pool_.at(block);
    const auto copy = [&](std::size_t from_at, std::size_t to_at, std::size_t octets) {
      std::memcpy(target + to_at, source + from_at, octets);
    };
    const std::size_t paths = std::min(from.paths, to.paths);
    const std::size_t advertised = std::min(from.advertised, to.advertised);
    copy(0, 0, paths * sizeof(Path));
    if (from.path_ids && to.path_ids) {
      copy(from.path_ids_at(), to.path_ids_at(), paths * sizeof(PathIds));
    }
    copy(from.advertised_at(), to.advertised_at(), advertised * sizeof(Advertised));
    if (from.received && to.received) {
      copy(from.received_at(), to.received_at(), paths * sizeof(AttrRef));
    }
    if (from.advertised_ids && to.advertised_ids) {
      copy(from.advertised_ids_at(), to.advertised_ids_at(), advertised * sizeof(std::uint32_t));
    }
  }
  if (old_block != 0) give_up({old_block, static_cast<std::uint32_t>(from.octets())});
  record.block = block;
  record.paths = static_cast<std::uint16_t>(to.paths & kMostPaths);
  record.advertised = static_cast<std::uint16_t>(to.advertised);
  record.has_path_ids = to.path_ids ? 1 : 0;
  record.has_received = to.received ? 1 : 0;
  record.has_advertised_ids = to.advertised_ids ? 1 : 0;
}

void DestinationTable::compact_blocks(std::size_t changes) {
  constexpr std::size_t kLeast = std::size_t{1} << 20U;  // octets lost
  constexpr std::size_t kMost = 16;                      // destinations looked at for a change
  constexpr std::size_t kAtOnce = 64;                    // their cache misses overlap
  const std::size_t lost = pool_.bytes_scattered();
  if (lost < kLeast) return;
  // Two for a change where a sixteenth is lost, eight where it is an eighth.
  const std::size_t share = lost * 256 / (lost + pool_.bytes_used());
  std::size_t looks = std::min(changes * share * share / 128, changes * kMost);
  std::array<DestId, kAtOnce> found;
  while (looks > 0) {
    std::size_t count = 0;
    for (; looks > 0 && count < kAtOnce; --looks) {
      if (compact_at_ >= end()) compact_at_ = 0;
      const Record& record = this->record(compact_at_);
      if (record.block != 0 && pool_.worth_moving(record.block)) {
        prefetch_block(compact_at_);
        found[count++] = compact_at_;
      }
      ++compact_at_;
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (!pool_.worth_moving(record(found[i]).block)) continue;  // its page got other blocks
      const Edit edit(*this, found[i]);
      copy(edit.record());
    }
  }
}

// Fills new space for the sets as received: so far these are the effective sets of accepted paths.
void DestinationTable::keep_received(Record& record, std::size_t count) {
  AttrRef* sets = edit_received(record);
  for (std::size_t i = 0; i < count; ++i) sets[i] = paths(record)[i].effective();
}

void DestinationTable::set_received(Record& record, std::size_t path, AttrRef set) {
  const Path& of = paths(record)[path];
  if (!of.accepted()) return;
  if (!record.has_received) {
    if (set == of.effective()) return;
    Shape to = shape(record);
    to.received = true;
    reshape(record, to);
    keep_received(record, record.paths);
  }
  edit_received(record)[path] = set;
}

void DestinationTable::push_path(Record& record, const Path& path, const PathIds& ids,
                                 AttrRef received_set) {
  assert(record.paths < kMostPaths);
  const bool had_ids = record.has_path_ids != 0;
  const bool had_received = record.has_received != 0;
  Shape to = shape(record);
  ++to.paths;
  to.path_ids |= ids.received != 0;
  to.received |= path.accepted() && received_set != path.effective();
  reshape(record, to);
  const std::size_t last = to.paths - 1;
  edit_paths(record)[last] = path;
  if (to.path_ids) {
    if (!had_ids) std::fill_n(edit_path_ids(record), last, PathIds{});
    edit_path_ids(record)[last] = ids;
  }
  if (to.received) {
    if (!had_received) keep_received(record, last);
    edit_received(record)[last] = received_set;
  }
}

void DestinationTable::remove_paths(Record& record, std::span<const std::size_t> at) {
  const auto close_up = [&](auto* items) {
    std::size_t left = at.front();
    std::size_t gone = 0;
    for (std::size_t i = left; i < record.paths; ++i) {
      if (gone < at.size() && at[gone] == i) {
        ++gone;
      } else {
        items[left++] = items[i];
      }
    }
  };
  close_up(edit_paths(record));
  if (record.has_path_ids) close_up(edit_path_ids(record));
  if (record.has_received) close_up(edit_received(record));
  Shape to = shape(record);
  to.paths -= at.size();
  if (to.paths == 0) to.path_ids = to.received = false;
  reshape(record, to);
}

void DestinationTable::move_path(Record& record, std::size_t from, std::size_t to) {
  if (from == to) return;
  const auto move = [&](auto* items) {
    const auto moved = items[from];
    if (from < to) {
      std::copy(items + from + 1, items + to + 1, items + from);
    } else {
      std::copy_backward(items + to, items + from, items + from + 1);
    }
    items[to] = moved;
  };
  move(edit_paths(record));
  if (record.has_path_ids) move(edit_path_ids(record));
  if (record.has_received) move(edit_received(record));
}

void DestinationTable::resize_advertised(Record& record, std::size_t count, bool ids) {
  assert(count <= kMostAdvertised);
  Shape to = shape(record);
  if (to.advertised == count && to.advertised_ids == ids) return;
  to.advertised = count;
  to.advertised_ids = ids && count > 0;
  const Shape from = shape(record);
  if (from.advertised_places() == to.advertised_places() && !from.advertised_ids &&
      !to.advertised_ids) {
    record.advertised = static_cast<std::uint16_t>(count);
    return;
  }
  reshape(record, to);
}

Destination DestinationTable::view(DestId id) const {
  const Record& from = record(id);
  Destination to;
  to.family = from.family;
  to.prefix = from.prefix;
  to.accepted = from.accepted;
  to.step = from.step;
  to.in_use = from.is(kInUse);
  if (from.block != 0) show(from, to);
  return to;
}

void DestinationTable::show(const Contents& contents, Destination& to) const {
  const std::byte* block = pool_.at(contents.block);
  const Shape of = shape(contents);
  to.paths = {reinterpret_cast<const Path*>(block), of.paths};
  if (of.path_ids) {
    to.path_ids = {reinterpret_cast<const PathIds*>(block + of.path_ids_at()), of.paths};
  }
  to.advertised = {reinterpret_cast<const Advertised*>(block + of.advertised_at()), of.advertised};
  if (of.received) {
    to.received_sets = {reinterpret_cast<const AttrRef*>(block + of.received_at()), of.paths};
  }
  if (of.advertised_ids) {
    to.advertised_ids = {reinterpret_cast<const std::uint32_t*>(block + of.advertised_ids_at()),
                         of.advertised};
  }
}

// ---- Other threads

DestinationTable::Record* DestinationTable::begin_edit(Record& record) {
  assert(edited_ == nullptr);
  edited_ = &record;
  edit_ = record;
  return &edit_;
}

// The store of the word publishes the block, and the prefix of a new destination.
void DestinationTable::end_edit() {
  Record& record = *std::exchange(edited_, nullptr);
  const Block before{record.block, static_cast<std::uint32_t>(shape(record).octets())};
  record.accepted = edit_.accepted;
  record.step = edit_.step;
  record.flags = edit_.flags;
  std::atomic_ref<Contents>(record).store(edit_, std::memory_order_seq_cst);
  if (before.ref != 0 && before.ref != edit_.block) retire(before);
}

// Mostly no thread is reading, and the block is freed at once, while its memory is in the cache.
void DestinationTable::retire(const Block& block) {
  constexpr std::size_t kMost = 64;  // waiting blocks freed at once, so that no change takes long
  const bool nobody = readers_.load(std::memory_order_seq_cst) == 0;
  if (nobody) ripe_ = retired_.size();
  free_retired(kMost);
  nobody ? free(block) : retired_.push_back(block);
}

void DestinationTable::free_retired(std::size_t most) {
  for (; most > 0 && freed_ < ripe_; --most) free(retired_[freed_++]);
  if (freed_ < retired_.size()) return;
  retired_.clear();
  freed_ = ripe_ = 0;
}

void DestinationTable::copy(Record& record) { reshape(record, shape(record)); }

// A block that other threads may have found is given up at the end of the edit.
void DestinationTable::give_up(const Block& block) {
  if (shared_ && block.ref == edited_->block) return;
  free(block);
}

void DestinationTable::unshare() {
  shared_ = false;
  ripe_ = retired_.size();
  free_retired(ripe_);
}

// Loads the word once; the block that it names does not change.
Destination DestinationTable::look_up(DestId id) const {
  const Contents contents = load(id);
  Destination to;
  if (contents.block == 0) return to;
  to.family = found(id).family;
  to.prefix = prefix_of(id);
  to.in_use = true;
  show(contents, to);
  const auto rejected =
      std::ranges::find_if(to.paths, [](const Path& path) { return !path.accepted(); });
  to.accepted = static_cast<std::uint32_t>(rejected - to.paths.begin());
  return to;
}

}  // namespace tern::rib
