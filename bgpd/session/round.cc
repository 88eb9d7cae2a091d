#include "bgpd/session/round.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "bgpd/engine/shard_work.h"
#include "bgpd/pipeline/attribute_sets.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/speaker_times.h"

namespace tern::session {
namespace {

bool is_of(const pipeline::HostAddresses& addresses, const rib::Rib& rib, rib::AttrRef received) {
  return !addresses.empty() &&
         addresses.contains(pipeline::next_hop_of(rib.attributes()[received]));
}

PopId new_number(const std::vector<PopId>& pops, PopId pop) {
  return pop < pops.size() ? pops[pop] : PopId{kNoPlace};
}

// The numbers after two reloads.
std::shared_ptr<const std::vector<PopId>> composed(const std::vector<PopId>& first,
                                                   const std::vector<PopId>& second) {
  auto both = std::make_shared<std::vector<PopId>>();
  for (const PopId pop : first) both->push_back(new_number(second, pop));
  return both;
}

bool blocks(const pipeline::ImportRules& rules, Family family) {
  return rules.limit_action == pipeline::LimitAction::Block &&
         rules.prefix_limit[index(family)] != 0;
}

}  // namespace

// ---- Requests

void RulesChange::add(PeerSlot slot, const SettingsChange& change) {
  if (change.imports.everything) judge.insert(slot);
  walk |= change.exports.everything;
  const auto of = [this](const std::shared_ptr<const policy::PrefixChange>& program) -> auto& {
    const auto known = std::ranges::find(sets, program, &ChangedPrefixes::prefixes);
    return known != sets.end() ? *known : sets.emplace_back(ChangedPrefixes{program, {}, {}});
  };
  for (const auto& program : change.imports.programs) of(program).imports.insert(slot);
  for (const auto& program : change.exports.programs) of(program).exports.insert(slot);
}

void RulesChange::add(RulesChange&& other) {
  by_reload |= other.by_reload && !other.empty();
  if (empty()) cause = other.cause;
  if (other.pops != nullptr) pops = pops == nullptr ? other.pops : composed(*pops, *other.pops);
  holds += other.holds;
  std::ranges::move(other.sets, std::back_inserter(sets));
  judge |= other.judge;
  rank_all |= other.rank_all;
  walk |= other.walk;
}

void Round::judge_once() {
  if (costs) costs->readers -= rules.judge;
}

void Round::free(PeerSlot slot) {
  const auto free_of = [slot](ChangedPrefixes& changed) {
    changed.imports.erase(slot);
    changed.exports.erase(slot);
  };
  std::ranges::for_each(rules.sets, free_of);
  rules.judge.erase(slot);
  if (ranges) free_of(*ranges);
  if (costs) costs->readers.erase(slot);
  if (next_hops) next_hops->resolving.erase(slot);
  if (next_hops) next_hops->setting.erase(slot);
  unblock.erase(slot);
  rank.erase(slot);
}

rib::ClientSet Round::judged(std::size_t slots) const {
  rib::ClientSet judged = rules.judge;
  judged |= unblock;
  for (std::size_t i = 0; i < changed(); ++i) judged |= changed(i).imports;
  if (costs) judged |= costs->readers;
  if (next_hops) judged |= next_hops->resolving;
  if (!host_addresses.empty()) {
    for (PeerSlot slot = 0; slot < slots; ++slot) judged.insert(slot);
  }
  return judged;
}

// ---- A part

RoundPart::RoundPart(rib::Shards& shards, std::size_t shard, const Round& round,
                     const std::vector<JudgedBy>& judged_by,
                     std::shared_ptr<const policy::EgressCosts> costs)
    : shards_(shards),
      rib_(shards[shard]),
      round_(round),
      judged_by_(judged_by),
      costs_(std::move(costs)),
      rejudges_(judged_by.size()) {}

bool RoundPart::take_pause(bool behind, std::uint64_t now) {
  if (pause_began_ != 0) paused_ += std::chrono::nanoseconds(now - pause_began_);
  pause_began_ = 0;
  if (!behind || paused_ >= kMostPaused) return false;
  pause_began_ = now;
  return true;
}

bool RoundPart::slice() {
  const std::uint64_t began = steady_nanoseconds();
  for_visit_.clear();
  exits_before_.clear();
  next_hop_revision_.forget();
  const bool in_changes = change_ < round_.changed();
  const bool over = in_changes ? slice_of_changes() && !round_.visits_all() : slice_of_table();
  if (over) {
    for (PeerSlot slot = 0; slot < rejudges_.size(); ++slot) give_up(rejudges_[slot], slot);
  }
  longest_ = std::max(longest_, seconds_since(began));
  return over;
}

// The destinations that changed prefixes concern. True when they are done.
bool RoundPart::slice_of_changes() {
  pipeline::RangeWalk::Work left{engine::kSliceDestinations, engine::kSlicePaths};
  for (; change_ < round_.changed(); ++change_, walk_ = {}) {
    const ChangedPrefixes& changed = round_.changed(change_);
    const bool over = walk_.slice(rib_, changed.prefixes->ranges(), left,
                                  [&](rib::DestId id) { visit(id, changed); });
    if (!over) return false;
  }
  return true;
}

// All destinations. True when they are done.
bool RoundPart::slice_of_table() {
  next_ += engine::for_slice(rib_, next_, engine::kSliceDestinations,
                             [this](rib::DestId id) { visit(id); });
  return next_ >= rib_.end();
}

void RoundPart::visit(rib::DestId id) {
  round_.rules.pops == nullptr ? judge_and_rank(id) : visit_renumbered(id);
}

// Compares the exits before and after all paths of the destination have their new numbers.
void RoundPart::visit_renumbered(rib::DestId id) {
  const auto before = rib_.exit(id);
  const std::size_t for_visit = for_visit_.size();
  judge_and_rank(id);
  if (!before) return;
  if (for_visit_.size() > for_visit) {
    exits_before_.emplace_back(id, *before);
  } else {
    note_move(id, *before);
  }
}

void RoundPart::visited() {
  for (const auto& [id, before] : exits_before_) note_move(id, before);
}

void RoundPart::free(PeerSlot slot) {
  starved_.erase(slot);
  if (slot < rejudges_.size()) rejudges_[slot].reset();
}

// A path that was judged by the new rules before the round has its new numbers already. A later
// reload that holds the moves has given the paths numbers that this round does not know. The round
// of that reload notes its moves. In a round of several reloads, a path may have the numbers of an
// earlier one of these reloads, so only a change of the neighbor counts as a move.
void RoundPart::note_move(rib::DestId id, const rib::Rib::Exit& before) {
  if (rib_.moves().holds() > round_.rules.holds) return;
  const auto after = rib_.exit(id);
  if (!after) return;
  const bool of_same = before.peer == after->peer;
  if (of_same && round_.rules.holds > 1) return;
  const PopId from = new_number(*round_.rules.pops, before.pop);
  const bool judged_before = of_same && before.pop == after->pop;
  if (from == after->pop || judged_before) return;
  rib_.note_move({after->metro, from, after->pop, rib::MoveCause::Reload});
}

void RoundPart::judge_and_rank(rib::DestId id) {
  if (round_.judges()) judge_all(id);
  if (round_.next_hops) revise(id, *round_.next_hops);
  if (round_.rules.rank_all) {
    const rib::Rib::Because because(rib_, rib::MoveCause::Reload);
    rib_.rank(id);
  }
  if (!round_.rank.empty()) rib_.rank(id, round_.rank);
  if (round_.costs) price(id, *round_.costs);
}

void RoundPart::judge_all(rib::DestId id) {
  concerned_.clear();
  const rib::Destination destination = rib_.destination(id);
  for (std::size_t i = 0; i < destination.paths.size(); ++i) {
    const rib::Path& path = destination.paths[i];
    const PeerSlot slot = path.peer();
    if (round_.rules.judge.contains(slot) ||
        is_of(round_.host_addresses, rib_, destination.received(i))) {
      concerned_.emplace_back(slot, i);
    } else if (path.blocked() && round_.unblock.contains(slot)) {
      for_visit_.push_back({id, slot, true});
    }
  }
  judge_concerned(id, round_.rules.judge.empty() ? rib::MoveCause::Routes : round_.rules.cause);
}

// The clients have their new rules already.
void RoundPart::visit(rib::DestId id, const ChangedPrefixes& changed) {
  if (!changed.prefixes->touches(rib_.prefix(id))) return;
  if (!changed.exports.empty() && rib_.destination(id).accepted > 0) {
    rib_.note_changed(id);
    evaluated_.exports += changed.exports.size();
  }
  find_concerned(id, changed.imports);
  judge_concerned(id, changed.cause);
}

void RoundPart::find_concerned(rib::DestId id, const rib::ClientSet& neighbors) {
  concerned_.clear();
  if (neighbors.empty()) return;
  const auto paths = rib_.destination(id).paths;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (neighbors.contains(paths[i].peer())) concerned_.emplace_back(paths[i].peer(), i);
  }
}

// Paths that wait for their next hop are judged, behind the revisions of the others.
void RoundPart::revise(rib::DestId id, const pipeline::ChangedNextHops& changed) {
  concerned_.clear();
  waiting_.clear();
  next_hop_revision_.look(rib_, id, changed, revisions_, waiting_, starved_);
  if (!waiting_.empty()) {
    const auto paths = rib_.destination(id).paths;
    for (const std::size_t i : waiting_) concerned_.emplace_back(paths[i].peer(), i);
  }
  judge_concerned(id, rib::MoveCause::NextHop);
}

// Where places have other numbers since, a reload has the routes judged again.
void RoundPart::price(rib::DestId id, const ChangedCosts& changed) {
  if (!changed.places->same_places(*costs_)) return;
  find_concerned(id, changed.readers);
  judge_concerned(id, changed.cause);
  const rib::Rib::Because because(rib_, changed.cause);
  const auto [priced, touched] = pricing_.price(rib_, id, changed.pairs, *costs_, starved_);
  if (touched && changed.for_vantages) rib_.note_changed(id);
  evaluated_.imports += priced;
}

// All neighbors together, so that the destination is ranked once.
void RoundPart::judge_concerned(rib::DestId id, rib::MoveCause cause) {
  if (concerned_.empty() && revisions_.empty()) return;
  std::ranges::sort(concerned_);
  for (auto first = concerned_.cbegin(); first != concerned_.cend();) {
    const auto end = std::find_if(first, concerned_.cend(), [slot = first->first](const auto& one) {
      return one.first != slot;
    });
    judge(id, std::span(first, end), cause);
    first = end;
  }
  const rib::Rib::Because because(rib_, cause);
  evaluated_.imports += revisions_.apply(rib_, id);
}

// Without a limit that counts, a new policy decides about each path alone. Whether a blocked path
// stays blocked depends on the paths of all shards.
void RoundPart::judge(rib::DestId id, std::span<const Concerned> of_neighbor,
                      rib::MoveCause cause) {
  const PeerSlot slot = of_neighbor.front().first;
  if (slot >= judged_by_.size() || judged_by_[slot].session == nullptr) return;
  const JudgedBy& by = judged_by_[slot];
  const rib::Destination destination = rib_.destination(id);
  const bool limited = blocks(*by.session->rules, destination.family);
  const bool in_visit = by.near_limit || by.session->replaced.load(std::memory_order_relaxed) ||
                        std::ranges::any_of(of_neighbor, [&](const Concerned& one) {
                          return limited && destination.paths[one.second].blocked();
                        });
  if (in_visit) return for_visit_.push_back({id, slot, false, cause});
  pipeline::Rejudge& rejudge = this->rejudge(slot);
  for (const auto& [of, path] : of_neighbor) {
    if (!rib_.is_expired(id, path)) rejudge.judge(destination, path, revisions_);
  }
}

pipeline::Rejudge& RoundPart::rejudge(PeerSlot slot) {
  const pipeline::SessionRules& session = *judged_by_[slot].session;
  std::unique_ptr<pipeline::Rejudge>& rejudge = rejudges_[slot];
  if (rejudge && rejudge->rules() != session.rules) give_up(rejudge, slot);
  if (!rejudge) {
    rejudge = std::make_unique<pipeline::Rejudge>(shards_, session.facts, session.rules);
  }
  return *rejudge;
}

void RoundPart::give_up(std::unique_ptr<pipeline::Rejudge>& rejudge, PeerSlot slot) {
  if (rejudge && rejudge->take_no_memory()) starved_.insert(slot);
  rejudge.reset();
}

}  // namespace tern::session
