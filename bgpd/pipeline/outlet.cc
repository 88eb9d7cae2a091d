#include "bgpd/pipeline/outlet.h"

#include <algorithm>
#include <utility>

#include "bgpd/wire/route_refresh.h"

namespace tern::pipeline {
namespace {

constexpr ShardBits bit(std::size_t shard) { return ShardBits{1} << shard; }

}  // namespace

Outlet::Outlet(const SessionFacts& facts, std::vector<ExportClient*> clients)
    : families_(facts.families),
      clients_(std::move(clients)),
      table_{facts.families, false, false} {}

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

void Outlet::look_for_end(ShardBits away) {
  if (!telling_) return;
  for (std::size_t shard = 0; shard < clients_.size(); ++shard) {
    if ((away & bit(shard)) == 0 && clients_[shard]->told_table()) told_ |= bit(shard);
  }
  if (told_ != bit(clients_.size()) - 1) return;
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

bool Outlet::has_more(ShardBits away) {
  look_for_end(away);
  if (own_taken_ < own_.size()) return true;
  for (std::size_t shard = 0; shard < clients_.size(); ++shard) {
    if ((away & bit(shard)) == 0 && clients_[shard]->has_more()) return true;
  }
  return false;
}

std::size_t Outlet::gather(std::span<std::span<const std::byte>> runs, std::size_t max_octets,
                           ShardBits away) {
  const auto from_shards = [&]() -> std::size_t {
    if (from_ == kOwn) from_ = 0;
    for (std::size_t i = 0; i < clients_.size(); ++i, from_ = (from_ + 1) % clients_.size()) {
      if ((away & bit(from_)) != 0) continue;
      if (const std::size_t count = clients_[from_]->gather(runs, max_octets)) return count;
    }
    return 0;
  };
  if (own_taken_ == own_.size()) {
    if (const std::size_t count = from_shards()) return count;
    look_for_end(away);
    if (own_.empty()) return 0;
  }
  from_ = kOwn;
  runs[0] = std::span<const std::byte>(own_).subspan(own_taken_);
  return 1;
}

std::uint64_t Outlet::advance(std::size_t octets) {
  if (from_ != kOwn) return clients_[from_]->advance(octets);
  own_taken_ += octets;
  if (own_taken_ == own_.size()) {
    own_.clear();
    own_taken_ = 0;
  }
  return 0;
}

// The few octets of our own are all one message, as far as the others are concerned.
std::span<const std::byte> Outlet::partial() const {
  if (from_ != kOwn) return clients_[from_]->partial();
  return own_taken_ == 0 ? std::span<const std::byte>{}
                         : std::span<const std::byte>(own_).subspan(own_taken_);
}

// ---- For people

std::uint64_t Outlet::waiting() const {
  std::uint64_t octets = own_.size() - own_taken_;
  for (const ExportClient* client : clients_) octets += client->waiting();
  return octets;
}

ExportCounters Outlet::counters() const {
  ExportCounters total = counters_;
  for (const ExportClient* client : clients_) total += client->counters();
  return total;
}

bool Outlet::lagging(ShardBits away) const {
  for (std::size_t shard = 0; shard < clients_.size(); ++shard) {
    if ((away & bit(shard)) == 0 && clients_[shard]->lagging()) return true;
  }
  return false;
}

}  // namespace tern::pipeline
