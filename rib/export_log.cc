#include "rib/export_log.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>
#include <utility>

namespace tern::rib {
namespace {

// RFC 4271 section 4.1
constexpr std::size_t kHeaderOctets = 19;
constexpr std::size_t kLengthOffset = 16;

// Of the message that begins there.
std::size_t message_length(std::span<const std::byte> octets) {
  assert(octets.size() >= kHeaderOctets);
  const auto length = (std::to_integer<std::size_t>(octets[kLengthOffset]) << 8U) |
                      std::to_integer<std::size_t>(octets[kLengthOffset + 1]);
  assert(length >= kHeaderOctets && length <= octets.size());
  return length;
}

[[maybe_unused]] bool whole_messages(std::span<const std::byte> octets, std::size_t messages) {
  for (; !octets.empty() && messages > 0; --messages) {
    octets = octets.subspan(message_length(octets));
  }
  return octets.empty() && messages == 0;
}

void count(const ExportLog::Entry& entry, ExportLog::Progress& progress) {
  if (entry.read_time != 0 &&
      (progress.oldest_read == 0 || entry.read_time < progress.oldest_read)) {
    progress.oldest_read = entry.read_time;
  }
  progress.updates += entry.messages;
  auto& prefixes =
      entry.kind == ExportLog::Kind::Announce ? progress.announced : progress.withdrawn;
  prefixes[index(entry.family)] += entry.prefixes;
}

}  // namespace

ExportLog::Segment::Segment(AudienceTable& table, std::shared_ptr<std::size_t> all_bytes,
                            std::size_t octets_wanted, std::uint64_t at)
    : audiences(table),
      bytes(std::move(all_bytes)),
      octets(std::make_unique_for_overwrite<std::byte[]>(octets_wanted)),
      capacity(octets_wanted),
      first(at) {
  *bytes += capacity;
}

ExportLog::Segment::~Segment() {
  *bytes -= capacity;
  AudienceRef counted = AudienceRef::Nobody;
  for (const Entry& entry : entries) {
    if (entry.audience != counted) audiences.release(entry.audience);
    counted = entry.audience;
  }
  // One after the other instead of each inside the one before: a chain may be longer than a stack.
  std::shared_ptr<Segment> rest = std::move(next);
  while (rest != nullptr && rest.use_count() == 1) {
    std::shared_ptr<Segment> after = std::move(rest->next);
    rest = std::move(after);
  }
}

ExportLog::ExportLog(AudienceTable& audiences)
    : audiences_(audiences),
      bytes_(std::make_shared<std::size_t>(0)),
      last_(std::make_shared<Segment>(audiences, bytes_, 0, 0)) {}

ExportLog::~ExportLog() = default;

ExportLog::Cursor ExportLog::end() const { return {last_, last_->entries.size()}; }

void ExportLog::append(std::span<const std::byte> octets, const Entry& meta) {
  assert(octets.size() <= std::numeric_limits<std::uint32_t>::max());
  assert(whole_messages(octets, meta.messages));
  assert(!octets.empty());
  if (octets.size() > last_->capacity - last_->used) {
    auto added = std::make_shared<Segment>(
        audiences_, bytes_, std::max(kSegmentOctets, octets.size()), last_->first + last_->used);
    last_->next = added;
    last_ = std::move(added);
  }
  Segment& segment = *last_;
  Entry entry = meta;
  entry.begin = static_cast<std::uint32_t>(segment.used);
  entry.length = static_cast<std::uint32_t>(octets.size());
  const AudienceRef counted =
      segment.entries.empty() ? AudienceRef::Nobody : segment.entries.back().audience;
  if (entry.audience != counted) audiences_.retain(entry.audience);
  segment.entries.push_back(entry);
  std::memcpy(segment.octets.get() + segment.used, octets.data(), octets.size());
  segment.used += octets.size();
}

bool ExportLog::has_more(const Cursor& cursor) {
  return cursor.entry_ < cursor.segment_->entries.size() || cursor.segment_->next != nullptr;
}

std::uint64_t ExportLog::lag(const Cursor& cursor) const {
  const Segment& segment = *cursor.segment_;
  const std::size_t begin = cursor.entry_ < segment.entries.size()
                                ? segment.entries[cursor.entry_].begin + cursor.taken_
                                : segment.used;
  return written() - (segment.first + begin);
}

const ExportLog::Entry* ExportLog::entry_at(Cursor& cursor) {
  if (cursor.entry_ == cursor.segment_->entries.size()) {
    if (cursor.segment_->next == nullptr) return nullptr;
    // A copy first: the assignment may free the segment that owns it.
    std::shared_ptr<const Segment> next = cursor.segment_->next;
    cursor.segment_ = std::move(next);
    cursor.entry_ = 0;
  }
  return &cursor.segment_->entries[cursor.entry_];
}

void ExportLog::skip(Cursor& cursor, Filter& is_for) {
  for (const Entry* entry = entry_at(cursor); entry != nullptr; entry = entry_at(cursor)) {
    if (is_for(*entry)) return;
    ++cursor.entry_;
  }
}

std::size_t ExportLog::gather(Cursor& cursor, PeerSlot client,
                              std::span<std::span<const std::byte>> runs,
                              std::size_t max_octets) const {
  Filter is_for(audiences_, client);
  if (cursor.taken_ == 0) skip(cursor, is_for);
  std::size_t filled = 0;
  std::size_t total = 0;
  std::size_t taken = cursor.taken_;  // of the first entry
  std::size_t i = cursor.entry_;
  for (const Segment* segment = cursor.segment_.get(); segment != nullptr;
       segment = segment->next.get(), i = 0) {
    bool begins = true;  // runs do not cross segments
    for (; i < segment->entries.size(); ++i) {
      const Entry& entry = segment->entries[i];
      if (!is_for(entry)) continue;
      const std::span<const std::byte> octets =
          octets_of(*segment, entry).subspan(std::exchange(taken, 0));
      if (filled > 0 && total + octets.size() > max_octets) return filled;
      total += octets.size();
      if (!begins && runs[filled - 1].data() + runs[filled - 1].size() == octets.data()) {
        runs[filled - 1] = {runs[filled - 1].data(), runs[filled - 1].size() + octets.size()};
        continue;
      }
      if (filled == runs.size()) return filled;
      runs[filled++] = octets;
      begins = false;
    }
  }
  return filled;
}

ExportLog::Progress ExportLog::advance(Cursor& cursor, PeerSlot client, std::size_t octets) const {
  Progress progress;
  Filter is_for(audiences_, client);
  for (const Entry* entry = entry_at(cursor); entry != nullptr; entry = entry_at(cursor)) {
    if (is_for(*entry)) {
      const std::size_t rest = entry->length - cursor.taken_;
      if (octets < rest) {
        cursor.taken_ += octets;
        return progress;
      }
      octets -= rest;
      count(*entry, progress);
    }
    cursor.taken_ = 0;
    ++cursor.entry_;
  }
  assert(octets == 0);
  return progress;
}

std::size_t ExportLog::message_end(const Cursor& cursor) {
  if (cursor.taken_ == 0) return 0;
  const Segment& segment = *cursor.segment_;
  const std::span<const std::byte> octets = octets_of(segment, segment.entries[cursor.entry_]);
  std::size_t end = 0;
  while (end < cursor.taken_) end += message_length(octets.subspan(end));
  return end;
}

std::span<const std::byte> ExportLog::partial(const Cursor& cursor) {
  if (cursor.taken_ == 0) return {};
  const Segment& segment = *cursor.segment_;
  return octets_of(segment, segment.entries[cursor.entry_])
      .subspan(cursor.taken_, message_end(cursor) - cursor.taken_);
}

}  // namespace tern::rib
