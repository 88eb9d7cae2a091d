#include "rib/export_log.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>
#include <new>

namespace tern::rib {

// ---- Segments

ExportLog::Segment::Segment(std::shared_ptr<Totals> totals_of_log, std::size_t octets,
                            std::uint64_t at)
    : totals(std::move(totals_of_log)),
      capacity(octets),
      first(at),
      memory(std::make_unique_for_overwrite<std::byte[]>(octets)) {
  totals->bytes.fetch_add(capacity, std::memory_order_relaxed);
}

ExportLog::Segment::~Segment() {
  totals->bytes.fetch_sub(capacity, std::memory_order_relaxed);
  const Audience* held = nullptr;
  const std::uint32_t count = published.load(std::memory_order_relaxed);
  for (std::uint32_t i = 0; i < count; ++i) {
    const Audience* const audience = record(i).audience;
    if (audience != held) audience->release();
    held = audience;
  }
}

void ExportLog::hold(const Segment* segment) {
  segment->holders.fetch_add(1, std::memory_order_relaxed);
}

// Deletes segments in a loop instead of recursively: a chain may be too long for the stack.
void ExportLog::release(const Segment* segment) {
  while (segment != nullptr && segment->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    const Segment* const next = segment->next.load(std::memory_order_relaxed);
    delete segment;
    segment = next;
  }
}

// ---- Cursors

ExportLog::Cursor::Cursor(const Cursor& other)
    : segment_(other.segment_), entry_(other.entry_), taken_(other.taken_) {
  if (segment_ != nullptr) hold(segment_);
}

ExportLog::Cursor::~Cursor() { release(segment_); }

std::uint64_t ExportLog::Cursor::position() const {
  if (entry_ < segment_->published.load(std::memory_order_acquire)) {
    return segment_->first + segment_->record(entry_).begin + taken_;
  }
  if (entry_ == 0) return segment_->first;
  const Record& before = segment_->record(entry_ - 1);
  return segment_->first + before.begin + before.length;
}

// ---- The writer

ExportLog::ExportLog(AudienceTable& audiences)
    : audiences_(audiences),
      totals_(std::make_shared<Totals>()),
      last_(new Segment(totals_, 0, 0)) {}

ExportLog::~ExportLog() { release(last_); }

ExportLog::Cursor ExportLog::end() const {
  hold(last_);
  return {last_, last_->published.load(std::memory_order_relaxed)};
}

void ExportLog::append(std::span<const std::byte> message, const Entry& meta) {
  assert(!message.empty());
  assert(message.size() <= std::numeric_limits<std::uint32_t>::max());
  const std::size_t records =
      (last_->published.load(std::memory_order_relaxed) + std::size_t{1}) * sizeof(Record);
  const std::size_t free = last_->capacity - last_->used;
  if (records + message.size() <= free) return write(*last_, message, meta);
  const std::size_t least = message.size() + sizeof(Record);
  const std::size_t octets = (least + alignof(Record) - 1) / alignof(Record) * alignof(Record);
  auto* const added = new Segment(totals_, std::max(kSegmentOctets, octets), written());
  write(*added, message, meta);
  Segment* const full = last_;
  last_ = added;
  hold(added);  // by the log, and by the segment before
  full->next.store(added, std::memory_order_release);
  release(full);
}

void ExportLog::write(Segment& segment, std::span<const std::byte> message, const Entry& meta) {
  const std::uint32_t count = segment.published.load(std::memory_order_relaxed);
  const Audience& audience = audiences_.shared(meta.audience);
  if (count == 0 || segment.record(count - 1).audience != &audience) audience.hold();
  std::memcpy(segment.memory.get() + segment.used, message.data(), message.size());
  std::byte* const place = segment.memory.get() + segment.capacity - (count + 1) * sizeof(Record);
  new (place) Record{
      &audience,     meta.read_time, segment.used, static_cast<std::uint32_t>(message.size()),
      meta.prefixes, meta.family,    meta.kind};
  segment.used += static_cast<std::uint32_t>(message.size());
  // Before the record is published, so that no reader's position is beyond `written`.
  totals_->written.store(written() + message.size(), std::memory_order_relaxed);
  segment.published.store(count + 1, std::memory_order_release);
}

// ---- Readers

const ExportLog::Record* ExportLog::record_at(const Segment*& segment, std::uint32_t& entry) {
  if (entry < segment->published.load(std::memory_order_acquire)) return &segment->record(entry);
  const Segment* const next = segment->next.load(std::memory_order_acquire);
  if (next == nullptr) return nullptr;
  // The segment is full now, but the first load may be older than its last records.
  if (entry < segment->published.load(std::memory_order_relaxed)) return &segment->record(entry);
  segment = next;
  entry = 0;
  return &segment->record(0);
}

bool ExportLog::has_more(const Cursor& cursor) {
  return cursor.entry_ < cursor.segment_->published.load(std::memory_order_acquire) ||
         cursor.segment_->next.load(std::memory_order_acquire) != nullptr;
}

// Calls fn(segment, record) for the records from that place on until fn() returns false, which
// leaves the place at that record. Loads `published` once for many records.
template <typename Fn>
void ExportLog::for_each_record(const Segment*& segment, std::uint32_t& entry, Fn&& fn) {
  while (record_at(segment, entry) != nullptr) {
    const std::uint32_t end = segment->published.load(std::memory_order_acquire);
    for (std::uint32_t i = entry; i < end; ++i) {
      if (fn(*segment, segment->record(i))) continue;
      entry = i;
      return;
    }
    entry = end;
  }
}

template <typename Fn>
void ExportLog::move(Cursor& cursor, Fn&& fn) {
  const Segment* const from = cursor.segment_;
  for_each_record(cursor.segment_, cursor.entry_, std::forward<Fn>(fn));
  if (cursor.segment_ == from) return;
  hold(cursor.segment_);  // the segments before it, which hold it, are still held
  release(from);
}

std::size_t ExportLog::collect(Cursor& cursor, PeerSlot client,
                               std::span<std::span<const std::byte>> runs, std::size_t max_octets) {
  Filter is_for(client);
  if (cursor.taken_ == 0) {
    move(cursor,
         [&](const Segment& segment, const Record& record) { return !is_for(segment, record); });
  }
  std::size_t filled = 0;
  std::size_t total = 0;
  std::size_t taken = cursor.taken_;  // of the first message
  const std::byte* end = nullptr;     // of the last run; runs do not cross segments
  const Segment* segment = cursor.segment_;
  std::uint32_t entry = cursor.entry_;
  for_each_record(segment, entry, [&](const Segment& in, const Record& record) {
    if (!is_for(in, record)) return true;
    const std::span<const std::byte> octets = in.octets_of(record).subspan(std::exchange(taken, 0));
    if (filled > 0 && total + octets.size() > max_octets) return false;
    total += octets.size();
    if (octets.data() == end && record.begin > 0) {
      runs[filled - 1] = {runs[filled - 1].data(), runs[filled - 1].size() + octets.size()};
    } else {
      if (filled == runs.size()) return false;
      runs[filled++] = octets;
    }
    end = octets.data() + octets.size();
    return true;
  });
  return filled;
}

ExportLog::Progress ExportLog::advance(Cursor& cursor, PeerSlot client, std::size_t octets) {
  Progress progress;
  Filter is_for(client);
  std::size_t taken = cursor.taken_;
  move(cursor, [&](const Segment& segment, const Record& record) {
    if (!is_for(segment, record)) return true;
    const std::size_t rest = record.length - taken;
    if (octets < rest) {
      taken += std::exchange(octets, 0);
      return false;
    }
    octets -= rest;
    taken = 0;
    const std::uint64_t read = record.read_time;
    if (read != 0 && (progress.oldest_read == 0 || read < progress.oldest_read)) {
      progress.oldest_read = read;
    }
    ++progress.updates;
    auto& prefixes = record.kind == Kind::Announce ? progress.announced : progress.withdrawn;
    prefixes[index(record.family)] += record.prefixes;
    return true;
  });
  cursor.taken_ = static_cast<std::uint32_t>(taken);
  assert(octets == 0);
  return progress;
}

std::span<const std::byte> ExportLog::partial(const Cursor& cursor) {
  if (cursor.taken_ == 0) return {};
  return cursor.segment_->octets_of(cursor.segment_->record(cursor.entry_)).subspan(cursor.taken_);
}

}  // namespace tern::rib
