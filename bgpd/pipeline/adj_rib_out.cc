#include "bgpd/pipeline/adj_rib_out.h"

#include <algorithm>
#include <utility>

#include "bgpd/wire/route_refresh.h"

namespace tern::pipeline {
namespace {

constexpr ShardBits bit(std::size_t shard) { return ShardBits{1} << shard; }

}  // namespace

AdjRibOut::AdjRibOut(const SessionFacts& facts, std::vector<std::shared_ptr<ExportCursor>> shards)
    : families_(facts.families), shards_(std::move(shards)), table_{facts.families, false, false} {
  note_walk_requested();
}

void AdjRibOut::note_walk_requested() {
  for (const auto& shard : shards_) shard->note_walk_requested();
}

// ---- Tables

// A table that has not begun answers all requests for it: a client that repeats its request gets
// one table.
void AdjRibOut::request_table(Family family, bool enhanced) {
  if (!families_.contains(family)) return;
  const Table table{FamilySet{family}, true, enhanced};
  if (std::ranges::find(waiting_, table) == waiting_.end()) waiting_.push_back(table);
}

FamilySet AdjRibOut::take_next() {
  table_ = waiting_.front();
  waiting_.erase(waiting_.begin());
  in_table_ = true;
  shards_done_ = 0;
  note_walk_requested();
  if (table_.demarcate) mark_refresh(true);
  return table_.families;
}

void AdjRibOut::mark_refresh(bool begin) {
  using Subtype = wire::RouteRefresh::Subtype;
  for (const Family family : kFamilies) {
    if (!table_.families.contains(family)) continue;
    wire::encode_route_refresh(
        {afi_safi(family), static_cast<std::uint8_t>(begin ? Subtype::Begin : Subtype::End)}, own_);
    ++counters_.refresh_marks;
  }
}

void AdjRibOut::look_for_end() {
  if (!in_table_) return;
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
    if (shards_[shard]->has_whole_table()) shards_done_ |= bit(shard);
  }
  if (shards_done_ != bit(shards_.size()) - 1) return;
  in_table_ = false;
  if (table_.demarcate) mark_refresh(false);
  if (table_.refresh) return;
  for (const Family family : kFamilies) {
    if (!table_.families.contains(family)) continue;
    wire::encode_end_of_rib(family, own_);
    ++counters_.updates;
  }
}

// ---- Octets for the socket

bool AdjRibOut::has_more() {
  look_for_end();
  return !own_.empty() ||
         std::ranges::any_of(shards_, [](const auto& shard) { return shard->has_more(); });
}

std::size_t AdjRibOut::collect(std::span<std::span<const std::byte>> runs, std::size_t max_octets) {
  if (own_.empty()) {
    // In turn: a shard that always has more must not keep the client from the others.
    for (std::size_t i = 0; i < shards_.size(); ++i) {
      from_ = from_ == kOwn ? 0 : (from_ + 1) % shards_.size();
      if (const std::size_t count = shards_[from_]->collect(runs, max_octets)) return count;
    }
    look_for_end();
    if (own_.empty()) return 0;
  }
  from_ = kOwn;
  runs[0] = own_;
  return 1;
}

ShardBits AdjRibOut::take_resync_requests() {
  ShardBits wishes = 0;
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
    if (shards_[shard]->take_resync_request()) wishes |= bit(shard);
  }
  return wishes;
}

void AdjRibOut::leave_logs() {
  for (const auto& shard : shards_) (void)shard->leave_log();
}

// ---- For people

std::uint64_t AdjRibOut::waiting() const {
  std::uint64_t octets = own_.size();
  for (const auto& shard : shards_) octets += shard->waiting();
  return octets;
}

ExportCounters AdjRibOut::counters() const {
  ExportCounters total = counters_;
  for (const auto& shard : shards_) total += shard->counters();
  return total;
}

bool AdjRibOut::lagging() const {
  return std::ranges::any_of(shards_, [](const auto& shard) { return shard->lagging(); });
}

}  // namespace tern::pipeline
