#include "bgpd/pipeline/advertisers.h"

#include <algorithm>
#include <utility>

#include "bgpd/pipeline/own_path.h"

namespace tern::pipeline {

Advertisers::Advertisers(rib::Shards& shards, std::uint64_t most_lag) : shards_(shards) {
  for (std::size_t i = 0; i < shards.size(); ++i) {
    advertisers_.push_back(std::make_unique<Advertiser>(shards[i], most_lag / shards.size()));
  }
}

// Has the default routes advertised anew. originated: for a client, so that their destinations are
// there also without a path.
void Advertisers::note_default_routes(bool originated) {
  for (const Family family : kDefaultRouteFamilies) {
    const Nlri nlri = default_route(family);
    rib::Rib& rib = shards_[shards_.index_of(nlri)];
    if (originated || rib.find_id(nlri)) rib.note_changed(nlri);
  }
}

// The walk of a new client finds the destinations of default routes, so they come first.
void Advertisers::open(const SessionFacts& facts, const ExportRules& rules) {
  if (rules.default_route != nullptr) note_default_routes(true);
  std::vector<std::shared_ptr<ExportCursor>> cursors;
  for (const auto& advertiser : advertisers_) {
    cursors.push_back(std::make_shared<ExportCursor>(facts.slot));
    advertiser->open(facts, rules, cursors.back());
  }
  if (facts.slot >= adj_ribs_out_.size()) adj_ribs_out_.resize(facts.slot + 1);
  adj_ribs_out_[facts.slot] = std::make_unique<AdjRibOut>(facts, std::move(cursors));
}

void Advertisers::close(PeerSlot slot) {
  if (adj_rib_out(slot) == nullptr) return;
  adj_ribs_out_[slot].reset();
  for (const auto& advertiser : advertisers_) advertiser->close(slot);
  note_default_routes(false);  // without this client nothing may be left of them
}

void Advertisers::resync(PeerSlot slot) {
  const ShardBits wishes = adj_ribs_out_[slot]->take_resync_requests();
  for (std::size_t shard = 0; shard < advertisers_.size(); ++shard) {
    if (((wishes >> shard) & 1U) != 0) advertisers_[shard]->resync(slot);
  }
}

void Advertisers::set_rules(PeerSlot slot, const ExportRules& rules, bool walks) {
  note_default_routes(rules.default_route != nullptr);
  for (const auto& advertiser : advertisers_) advertiser->set_rules(slot, rules, walks);
}

void Advertisers::set_summaries(const std::vector<Prefix>& prefixes) {
  summaries_ = prefixes;
  for (const auto& advertiser : advertisers_) advertiser->set_summaries(prefixes);
}

void Advertisers::begin_table(PeerSlot slot) {
  const FamilySet families = adj_ribs_out_[slot]->take_next();
  for (const auto& advertiser : advertisers_) advertiser->advertise_table(slot, families);
}

bool Advertisers::walking() const {
  return std::ranges::any_of(advertisers_,
                             [](const auto& advertiser) { return advertiser->walking(); });
}

std::size_t Advertisers::log_bytes() const {
  std::size_t bytes = 0;
  for (const auto& advertiser : advertisers_) bytes += advertiser->log_bytes();
  return bytes;
}

std::size_t Advertisers::lagging_count() const {
  return static_cast<std::size_t>(std::ranges::count_if(adj_ribs_out_, [](const auto& adj_rib_out) {
    return adj_rib_out && adj_rib_out->lagging();
  }));
}

}  // namespace tern::pipeline
