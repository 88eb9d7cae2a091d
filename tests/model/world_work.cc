// Storing and work in slices, by all shards at once or by each shard alone.
#include <algorithm>
#include <utility>

#include "tests/model/own_routes.h"
#include "tests/model/world.h"

namespace tern::model {
namespace {

constexpr std::uint32_t kNow = 1000;  // Unix seconds

}  // namespace

// ---- Bulk reads

void World::read_in_bulk(Session& session) {
  store(session, true);
  session.in_bulk = session.import.judge_for_reader();
}

// Ends the bulk read: new rules get another Judge.
void World::store(Session& session, bool apart) {
  if (!session.in_bulk) return;
  const bool announces = std::ranges::any_of(
      session.routes.shards, [](const auto& part) { return !part.announced.empty(); });
  if (announces && session.routes.rules.get() != &session.import.rules()) ++seen_.outdated;
  store(session.import, session.routes, apart);
  session.in_bulk.reset();
}

// apart: each shard stores its batch at its own time, if Import::admit() allows that. Else all
// shards store now, behind the batches that wait.
void World::store(pipeline::Import& import, pipeline::JudgedRoutes& routes, bool apart) {
  if (apart && import.admit(routes)) {
    for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
      pipeline::RouteBatch& part = routes.shards[shard];
      if (part.empty()) continue;
      parts_[shard].push_back({import.facts().slot, std::exchange(part, {})});
    }
    routes.clear();
    return;
  }
  const bool waits = std::ranges::any_of(parts_, [](const auto& parts) { return !parts.empty(); });
  if (apart && waits) ++seen_.refused;
  store_all_parts();
  obey(import.facts().slot, import.store(routes, kNow));
}

// Begins a walk for blocked routes if the limit has room.
void World::obey(PeerSlot slot, const pipeline::Stored& stored) {
  if (stored.unblock) {
    unblocking_.insert_or_assign(slot, Round(shards_.size()));
    ++seen_.unblocked;
  }
}

void World::store_first_part(std::size_t shard) {
  Part part = std::move(parts_[shard].front());
  parts_[shard].pop_front();
  pipeline::Import::store_in_shard(shards_[shard], part.slot, part.routes, kNow);
}

void World::store_parts(std::size_t shard, std::size_t most) {
  for (; most > 0 && !parts_[shard].empty(); --most) {
    store_first_part(shard);
    ++seen_.parts;
  }
}

void World::store_all_parts() {
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
    while (!parts_[shard].empty()) store_first_part(shard);
  }
}

// Stores for the next session, from `slot` on and round, that has a bulk read.
void World::store_next(PeerSlot slot, bool apart) {
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    Session* const next = session(clients_[(slot - 1 + i) % clients_.size()].slot);
    if (next != nullptr && next->in_bulk) return store(*next, apart);
  }
}

// ---- Work in slices

// False: the shard had no work.
bool World::work(std::size_t shard, std::size_t budget) {
  rib::Rib& rib = shards_[shard];
  bool worked = false;
  if (rib.expired_paths() > 0) {
    worked = true;
    for (std::size_t i = 0; i < budget && rib.expired_paths() > 0; ++i) {
      if (sweeps_[shard] >= rib.end()) sweeps_[shard] = 0;
      rib.sweep(sweeps_[shard]++);
    }
  }
  for (auto& [slot, round] : unblocking_) {
    pipeline::Import& import = sessions_.at(slot)->import;
    const auto unblock = [&](rib::DestId id) { import.unblock(rib, id); };
    worked |= round.step(shard, rib, budget, unblock);
    if (round.done()) (void)import.end_reevaluation();
  }
  for (auto& [slot, round] : reevaluating_) {
    pipeline::Import& import = sessions_.at(slot)->import;
    const auto reevaluate = [&](rib::DestId id) { import.reevaluate(rib, id); };
    worked |= round.step(shard, rib, budget, reevaluate);
    if (round.done()) (void)import.end_reevaluation();
  }
  for (ChangedSet& changed : changed_sets_) worked |= work_on(changed, shard, budget);
  for (auto& [slot, round] : ranking_) {
    rib::ClientSet peers;
    peers.insert(slot);
    const auto rank = [&](rib::DestId id) { rib.rank(id, peers); };
    worked |= round.step(shard, rib, budget, rank);
  }
  if (ranking_all_) {
    worked |= ranking_all_->step(shard, rib, budget, [&](rib::DestId id) { rib.rank(id); });
    if (ranking_all_->done()) ranking_all_.reset();
  }
  const auto done = [](const auto& each) { return each.second.done(); };
  std::erase_if(changed_sets_, [](const ChangedSet& changed) {
    return std::ranges::find(changed.done, false) == changed.done.end();
  });
  std::erase_if(unblocking_, done);
  std::erase_if(reevaluating_, done);
  std::erase_if(ranking_, done);
  return worked;
}

bool World::work_on(ChangedSet& changed, std::size_t shard, std::size_t budget) {
  if (changed.done[shard]) return false;
  rib::Rib& rib = shards_[shard];
  const auto visit = [&](rib::DestId id) {
    if (!changed.program->touches(rib.prefix(id))) return;
    if (!changed.imports) {
      ++seen_.touched;
      return rib.note_changed(id);
    }
    const auto found = sessions_.find(changed.slot);
    if (found == sessions_.end()) return;
    seen_.touched += found->second->import.reevaluate(rib, id);
    (void)found->second->import.end_reevaluation();
  };
  pipeline::RangeWalk::Work left{budget, budget};
  changed.done[shard] = changed.walks[shard].slice(rib, changed.program->ranges(), left, visit);
  return true;
}

// ---- Prefixes whose paths did not change since a session came up

// Called before changes are advertised.
void World::note_changes() {
  if (!shards_.has_changes()) return;
  for (std::size_t i = 0; i < destinations().size(); ++i) {
    std::vector<std::uint64_t> now;
    if (const auto found = shards_.find(destinations()[i])) {
      const rib::Destination destination = shards_.destination(*found);
      for (std::size_t k = 0; k < destination.accepted; ++k) {
        const rib::Path& path = destination.paths[k];
        now.push_back(path.peer());
        now.push_back(destination.path_id(k));
        now.push_back(static_cast<std::uint64_t>(path.effective()));
      }
    }
    if (now == paths_[i]) continue;
    paths_[i] = std::move(now);
    changed_[i] = ++clock_;
  }
}

void World::forget_what_lasts() { std::ranges::fill(changed_, ++clock_); }

// ---- Routes of our own

void World::originate(const Operation& operation) {
  const OwnChange change = own_change(operation.a, operation.b);
  note(change, naive_.own);
  model::store(change, shards_, kNow);
}

void World::end_own_routes() {
  for (const auto& [nlri, attributes] : std::exchange(naive_.own, {})) {
    model::store({{nlri}, std::nullopt}, shards_, kNow);
  }
}

// ---- The end

std::optional<std::string> World::end() {
  for (const Client& client : clients_) {
    if (session(client.slot) != nullptr) down(client.slot);
  }
  end_own_routes();
  if (auto wrong = settle()) return wrong;
  if (auto wrong = look_again()) return wrong;
  mirrors_.clear();
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
    while (readers_[shard] > 0) unshare(shard);
    shards_[shard].free_idle(destinations().size());
  }
  if (auto wrong = nothing_left()) return wrong;
  advertisers_.reset();
  if (shards_.audiences() != 0) return "audiences are left";
  return std::nullopt;
}

std::optional<std::string> World::nothing_left() const {
  if (advertisers_->log_bytes() != 0) return "messages are left";
  if (shards_.attributes().size() != 0) return "attribute sets are left";
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
    if ((*advertisers_)[shard].group_count() != 0) return "classes are left";
    const rib::Rib& rib = shards_[shard];
    for (rib::DestId id = 0; id < rib.end(); ++id) {
      if (rib.destination(id).in_use) return "a destination is left";
    }
  }
  if (shards_.memory().blocks != 0) return "paths are left";
  const rib::HeldPrefixes held = shards_.held();
  for (const Client& client : clients_) {
    for (const Family family : kFamilies) {
      if (held.of(client.slot, family) != 0) return "an audience holds a prefix";
    }
  }
  return std::nullopt;
}

}  // namespace tern::model
