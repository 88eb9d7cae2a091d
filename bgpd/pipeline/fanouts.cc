#include "bgpd/pipeline/fanouts.h"

#include <algorithm>
#include <utility>

namespace tern::pipeline {

Fanouts::Fanouts(rib::Shards& shards, std::uint64_t most_lag) {
  for (std::size_t i = 0; i < shards.size(); ++i) {
    fanouts_.push_back(std::make_unique<Fanout>(shards[i], most_lag / shards.size()));
  }
}

void Fanouts::open(const SessionFacts& facts, const ExportRules& rules) {
  std::vector<std::shared_ptr<ExportCursor>> cursors;
  for (const auto& fanout : fanouts_) {
    cursors.push_back(std::make_shared<ExportCursor>(facts.slot));
    fanout->open(facts, rules, cursors.back());
  }
  if (facts.slot >= outlets_.size()) outlets_.resize(facts.slot + 1);
  outlets_[facts.slot] = std::make_unique<Outlet>(facts, std::move(cursors));
}

void Fanouts::close(PeerSlot slot) {
  if (outlet(slot) == nullptr) return;
  outlets_[slot].reset();
  for (const auto& fanout : fanouts_) fanout->close(slot);
}

void Fanouts::resync(PeerSlot slot) {
  const ShardBits wishes = outlets_[slot]->take_wishes();
  for (std::size_t shard = 0; shard < fanouts_.size(); ++shard) {
    if (((wishes >> shard) & 1U) != 0) fanouts_[shard]->resync(slot);
  }
}

void Fanouts::set_rules(PeerSlot slot, const ExportRules& rules, bool walks) {
  for (const auto& fanout : fanouts_) fanout->set_rules(slot, rules, walks);
}

void Fanouts::begin_table(PeerSlot slot) {
  const FamilySet families = outlets_[slot]->take_next();
  for (const auto& fanout : fanouts_) fanout->tell_table(slot, families);
}

bool Fanouts::walking() const {
  return std::ranges::any_of(fanouts_, [](const auto& fanout) { return fanout->walking(); });
}

std::size_t Fanouts::log_bytes() const {
  std::size_t bytes = 0;
  for (const auto& fanout : fanouts_) bytes += fanout->log_bytes();
  return bytes;
}

std::size_t Fanouts::lagging_count() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      outlets_, [](const auto& outlet) { return outlet && outlet->lagging(); }));
}

}  // namespace tern::pipeline
