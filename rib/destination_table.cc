#include "rib/destination_table.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "rib/huge_memory.h"

namespace tern::rib {

DestinationTable::~DestinationTable() {
  for (Record* chunk : chunks_) unmap_huge(chunk, kChunk * sizeof(Record));
}

// ---- Prefixes

DestId DestinationTable::add(const Prefix& prefix, std::size_t hash) {
  DestId id = end_;
  if (free_.empty()) {
    if (end_ % kChunk == 0) {
      const bool huge = !chunks_.empty();  // a small table stays small
      chunks_.push_back(static_cast<Record*>(map_huge(kChunk * sizeof(Record), huge)));
    }
    ++end_;
  } else {
    id = free_.back();
    free_.pop_back();
  }
  Record& added = record(id);
  added.prefix = prefix;
  added.flags = kInUse;
  index_.insert(id, hash);
  return id;
}

void DestinationTable::remove(DestId id) {
  Record& gone = record(id);
  assert(gone.paths == 0 && gone.told == 0 && gone.block == 0);
  index_.erase(gone.prefix);
  gone = Record{};
  free_.push_back(id);
}

// ---- Blocks

Told* DestinationTable::told(const Record& record) {
  std::byte* at = pool_.at(record.block) + record.paths * sizeof(Path);
  if (record.is(kPathIds)) at += record.paths * sizeof(PathIds);
  return reinterpret_cast<Told*>(at);
}

AttrRef* DestinationTable::received(const Record& record) {
  std::byte* at = pool_.at(record.block) + record.paths * sizeof(Path);
  if (record.is(kPathIds)) at += record.paths * sizeof(PathIds);
  at += record.told * sizeof(Told);
  return reinterpret_cast<AttrRef*>(at);
}

void DestinationTable::reshape(Record& record, const Shape& to) {
  const Shape from = shape(record);
  const BlockPool::Ref old_block = record.block;
  const BlockPool::Ref block = to.octets() == 0 ? 0 : pool_.allocate(to.octets());
  if (block != 0 && old_block != 0) {
    const std::byte* source = pool_.at(old_block);
    std::byte* target = pool_.at(block);
    const auto copy = [&](std::size_t size, std::size_t had, bool had_any, std::size_t has,
                          bool has_any) {
      if (had_any && has_any) std::memcpy(target, source, std::min(had, has) * size);
      if (had_any) source += had * size;
      if (has_any) target += has * size;
    };
    copy(sizeof(Path), from.paths, true, to.paths, true);
    copy(sizeof(PathIds), from.paths, from.path_ids, to.paths, to.path_ids);
    copy(sizeof(Told), from.told, true, to.told, true);
    copy(sizeof(AttrRef), from.paths, from.received, to.paths, to.received);
    copy(sizeof(std::uint32_t), from.told, from.told_ids, to.told, to.told_ids);
  }
  if (old_block != 0) pool_.free(old_block, from.octets());
  record.block = block;
  record.paths = static_cast<std::uint16_t>(to.paths);
  record.told = static_cast<std::uint16_t>(to.told);
  record.set(kPathIds, to.path_ids);
  record.set(kReceived, to.received);
  record.set(kToldIds, to.told_ids);
}

AttrRef DestinationTable::received(const Record& record, std::size_t path) const {
  return view_of(record).received(path);
}

void DestinationTable::set_received(Record& record, std::size_t path, AttrRef set) {
  const bool had = record.is(kReceived);
  if (!had) {
    if (set == paths(record)[path].effective()) return;
    Shape to = shape(record);
    to.received = true;
    reshape(record, to);
    for (std::size_t i = 0; i < record.paths; ++i) {
      received(record)[i] = paths(record)[i].effective();
    }
  }
  received(record)[path] = set;
}

void DestinationTable::push_path(Record& record, const Path& path, const PathIds& ids,
                                 AttrRef received_set) {
  const bool had_ids = record.is(kPathIds);
  Shape to = shape(record);
  ++to.paths;
  to.path_ids |= ids.received != 0;
  reshape(record, to);
  const std::size_t last = to.paths - 1;
  paths(record)[last] = path;
  if (to.path_ids) {
    if (!had_ids) std::fill_n(path_ids(record), last, PathIds{});
    path_ids(record)[last] = ids;
  }
  set_received(record, last, received_set);
}

void DestinationTable::remove_path(Record& record, std::size_t at) {
  move_path(record, at, record.paths - 1U);
  Shape to = shape(record);
  --to.paths;
  if (to.paths == 0) to.path_ids = to.received = false;
  reshape(record, to);
}

void DestinationTable::move_path(Record& record, std::size_t from, std::size_t to) {
  const auto move = [&](auto* items) {
    if (from < to) {
      std::rotate(items + from, items + from + 1, items + to + 1);
    } else if (to < from) {
      std::rotate(items + to, items + from, items + from + 1);
    }
  };
  move(paths(record));
  if (record.is(kPathIds)) move(path_ids(record));
  if (record.is(kReceived)) move(received(record));
}

void DestinationTable::resize_told(Record& record, std::size_t count, bool ids) {
  assert(count <= 0xFFFF);
  Shape to = shape(record);
  if (to.told == count && to.told_ids == ids) return;
  to.told = count;
  to.told_ids = ids && count > 0;
  reshape(record, to);
}

Destination DestinationTable::view_of(const Record& from) const {
  Destination to;
  to.prefix = from.prefix;
  to.accepted = from.accepted;
  to.step = from.step;
  to.in_use = from.is(kInUse);
  if (from.block == 0) return to;
  const std::byte* at = pool_.at(from.block);
  to.paths = {reinterpret_cast<const Path*>(at), from.paths};
  at += from.paths * sizeof(Path);
  if (from.is(kPathIds)) {
    to.path_ids = {reinterpret_cast<const PathIds*>(at), from.paths};
    at += from.paths * sizeof(PathIds);
  }
  to.told = {reinterpret_cast<const Told*>(at), from.told};
  at += from.told * sizeof(Told);
  if (from.is(kReceived)) {
    to.received_sets = {reinterpret_cast<const AttrRef*>(at), from.paths};
    at += from.paths * sizeof(AttrRef);
  }
  if (from.is(kToldIds)) to.told_ids = {reinterpret_cast<const std::uint32_t*>(at), from.told};
  return to;
}

}  // namespace tern::rib
