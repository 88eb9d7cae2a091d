#include "bgpd/pipeline/outlet.h"

#include <algorithm>
#include <utility>

#include "bgpd/wire/route_refresh.h"

namespace tern::pipeline {
namespace {

constexpr ShardBits bit(std::size_t shard) { return ShardBits{1} << shard; }

}  // namespace

Outlet::Outlet(const SessionFacts& facts, std::vector<std::shared_ptr<ExportCursor>> shards)
    : families_(facts.families), shards_(std::move(shards)), table_{facts.families, false, false} {
  expect_table();
}

void Outlet::expect_table() {
  for (const auto& shard : shards_) shard->expect_table();
}

// ---- Tables

// A table that has not begun answers everybody who asked for it: a client that repeats its request
// gets one.
void Outlet::ask(Family family, bool enhanced) {
  if (!families_.contains(family)) return;
  const Table table{FamilySet{family}, true, enhanced};
  if (std::ranges::find(waiting_, table) == waiting_.end()) waiting_.push_back(table);
}

FamilySet Outlet::take_next() {
  table_ = waiting_.front();
  waiting_.erase(waiting_.begin());
  telling_ = true;
  told_ = 0;
  expect_table();
  if (table_.demarcate) mark_refresh(true);
  return table_.families;
}

void Outlet::mark_refresh(bool begin) {
  using Subtype = wire::RouteRefresh::Subtype;
  for (const Family family : kFamilies) {
    if (!table_.families.contains(family)) continue;
    wire::encode_route_refresh(
        {afi_safi(family), static_cast<std::uint8_t>(begin ? Subtype::Begin : Subtype::End)}, own_);
    ++counters_.refresh_marks;
  }
}

void Outlet::look_for_end() {
  if (!telling_) return;
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
    if (shards_[shard]->told_table()) told_ |= bit(shard);
  }
  if (told_ != bit(shards_.size()) - 1) return;
  telling_ = false;
  if (table_.demarcate) mark_refresh(false);
  if (table_.refresh) return;
  for (const Family family : kFamilies) {
    if (!table_.families.contains(family)) continue;
    wire::encode_end_of_rib(family, own_);
    ++counters_.updates;
  }
}

// ---- What the socket takes

bool Outlet::has_more() {
  look_for_end();
  return !own_.empty() ||
         std::ranges::any_of(shards_, [](const auto& shard) { return shard->has_more(); });
}

std::size_t Outlet::gather(std::span<std::span<const std::byte>> runs, std::size_t max_octets) {
  if (own_.empty()) {
    if (from_ == kOwn) from_ = 0;
    for (std::size_t i = 0; i < shards_.size(); ++i, from_ = (from_ + 1) % shards_.size()) {
      if (const std::size_t count = shards_[from_]->gather(runs, max_octets)) return count;
    }
    look_for_end();
    if (own_.empty()) return 0;
  }
  from_ = kOwn;
  runs[0] = own_;
  return 1;
}

ShardBits Outlet::take_wishes() {
  ShardBits wishes = 0;
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
    if (shards_[shard]->take_wish()) wishes |= bit(shard);
  }
  return wishes;
}

void Outlet::leave_logs() {
  for (const auto& shard : shards_) (void)shard->leave_log();
}

// ---- For people

std::uint64_t Outlet::waiting() const {
  std::uint64_t octets = own_.size();
  for (const auto& shard : shards_) octets += shard->waiting();
  return octets;
}

ExportCounters Outlet::counters() const {
  ExportCounters total = counters_;
  for (const auto& shard : shards_) total += shard->counters();
  return total;
}

bool Outlet::lagging() const {
  return std::ranges::any_of(shards_, [](const auto& shard) { return shard->lagging(); });
}

}  // namespace tern::pipeline
