#include "bgpd/pipeline/import.h"

#include <algorithm>
#include <utility>

namespace tern::pipeline {
namespace {

// More paths than any limit allows.
constexpr std::uint64_t kManyPaths = std::uint64_t{1} << 60U;

// Passes on withdrawals and announcements, many at once, until `announce` returns false.
template <typename Withdraw, typename Announce>
void for_each_run(const RouteBatch& part, Withdraw&& withdraw, Announce&& announce) {
  std::span<const rib::Rib::Announcement> announced(part.announced);
  std::span<const Nlri> withdrawn(part.withdrawn);
  for (const RouteBatch::Run& run : part.runs) {
    if (run.withdraw) {
      withdraw(withdrawn.first(run.count));
      withdrawn = withdrawn.subspan(run.count);
    } else {
      if (!announce(announced.first(run.count))) return;
      announced = announced.subspan(run.count);
    }
  }
}

}  // namespace

Import::Import(rib::Shards& shards, AdjRibsIn& adj_ribs_in, SessionFacts facts, ImportRules rules)
    : shards_(shards),
      adj_ribs_in_(adj_ribs_in),
      facts_(std::move(facts)),
      received_(shards.size()) {
  for (const Family family : kFamilies) {
    limit_state(family) = {};
    // Paths of the last session may be kept, and only the shards know how many.
    const bool kept = adj_ribs_in_[family].state() == AdjRibIn::State::Refreshing;
    if (kept) limit_state(family).most_received = kManyPaths;
  }
  set_rules(std::move(rules));
}

void Import::set_rules(ImportRules rules) {
  const PrefixLimits& limits = rules;
  const bool same_limits = judge_ && limits == this->rules();
  judge_ = std::make_unique<Judge>(shards_, facts_,
                                   std::make_shared<const ImportRules>(std::move(rules)));
  if (reader_judge_) reader_judge_->retire();
  reader_judge_.reset();
  replace_session_rules();
  forget_judgements();
  if (!same_limits) forget_passed();
}

Import::~Import() { replace_session_rules(); }

std::shared_ptr<const SessionRules> Import::session_rules() {
  if (!session_rules_) session_rules_ = std::make_shared<SessionRules>(facts_, judge_->rules());
  return session_rules_;
}

// Relaxed: the tasks that have to see it are posted later.
void Import::replace_session_rules() {
  if (session_rules_) session_rules_->replaced.store(true, std::memory_order_relaxed);
  session_rules_.reset();
}

std::shared_ptr<Judge> Import::judge_for_reader() {
  if (!reader_judge_) reader_judge_ = std::make_shared<Judge>(shards_, facts_, judge_->rules());
  return reader_judge_;
}

// ---- Storing

void Import::store_in_shard(rib::Rib& rib, PeerSlot peer, RouteBatch& part, std::uint32_t now) {
  for_each_run(
      part, [&](std::span<const Nlri> some) { rib.withdraw(peer, some); },
      [&](std::span<const rib::Rib::Announcement> some) {
        rib.announce(peer, some, now);
        return true;
      });
  part.clear();
}

bool Import::admit(const JudgedRoutes& routes) {
  if (routes.rules != nullptr && routes.rules != judge_->rules()) return false;
  for (const Family family : kFamilies) {
    const std::uint64_t more = routes.counters.announced[index(family)];
    if (may_pass_limit(family, limit_state(family).most_received + more)) return false;
  }
  for (const Family family : kFamilies) {
    limit_state(family).most_received += routes.counters.announced[index(family)];
  }
  forget_passed();
  counters_ += routes.counters;
  return true;
}

Stored Import::store(JudgedRoutes& routes, std::uint32_t now) {
  Stored stored;
  counters_ += routes.counters;
  // Judged by the rules before a reload, whose re-evaluation may have passed these prefixes
  // already.
  const bool outdated = routes.rules != nullptr && routes.rules != judge_->rules();
  for (std::size_t shard = 0; shard < shards_.size() && !stored.reset; ++shard) {
    rib::Rib& rib = shards_[shard];
    store_checked(rib, routes.shards[shard], now, stored);
    if (!outdated) continue;
    for (const rib::Rib::Announcement& one : routes.shards[shard].announced) {
      if (const auto id = rib.find_id(one.nlri)) (void)reevaluate(rib, *id);
    }
  }
  if (outdated) forget_judgements();
  if (!stored.reset) let_in(stored);
  if (!stored.reset && take_no_memory()) stored.reset = out_of_resources();
  count_received();
  routes.clear();
  return stored;
}

void Import::drop_pending() {
  counters_ += received_.routes.counters;
  received_.clear();
}

void Import::count_received() {
  for (const Family family : kFamilies) {
    limit_state(family).most_received = shards_.live(facts_.slot, family);
  }
}

// Stores a run at a time; most runs pass no limit.
void Import::store_checked(rib::Rib& rib, const RouteBatch& part, std::uint32_t now,
                           Stored& stored) {
  for_each_run(
      part, [&](std::span<const Nlri> some) { rib.withdraw(facts_.slot, some); },
      [&](std::span<const rib::Rib::Announcement> some) {
        if (may_pass_limit(some.size())) {
          store_limited(rib, some, now, stored);
        } else {
          forget_passed();
          rib.announce(facts_.slot, some, now);
        }
        return !stored.reset;
      });
}

// ---- Prefix limits

bool Import::may_pass_limit(Family family, std::uint64_t received) const {
  return limit(family) != 0 && received > limit(family);
}

// Counts paths before policy: a neighbor that leaks a table is stopped whatever its filters reject.
// Where limits block, blocked paths do not count, because they are not used.
std::uint64_t Import::counted(Family family) const {
  const std::uint64_t live = shards_.live(facts_.slot, family);
  return blocks(family) ? live - shards_.blocked(facts_.slot, family) : live;
}

// The number of blocked paths that the limit would admit.
std::uint64_t Import::room(Family family) const {
  const std::uint64_t blocked = shards_.blocked(facts_.slot, family);
  if (blocked == 0 || !blocks(family)) return blocked;
  const std::uint64_t held = counted(family);
  return held < limit(family) ? std::min(blocked, limit(family) - held) : 0;
}

bool Import::may_pass_limit(std::size_t more) const {
  return std::ranges::any_of(kFamilies, [&](Family family) {
    return limit(family) != 0 && may_pass_limit(family, shards_.live(facts_.slot, family) + more);
  });
}

void Import::store_limited(rib::Rib& rib, std::span<const rib::Rib::Announcement> announced,
                           std::uint32_t now, Stored& stored) {
  for (const auto& [nlri, import] : announced) {
    rib::Import verdict = import;
    if (over_limit(rib, nlri, stored)) {
      if (rules().limit_action == LimitAction::Shutdown) {
        stored.reset = wire::Notification{wire::ErrorCode::Cease, wire::cease::kMaxPrefixes, {}};
        return;
      }
      if (rules().limit_action == LimitAction::Block) {
        verdict = {import.received, rib::AttrRef::None, Reason::PrefixLimit, 0};
        if (import.reason != Reason::None)
          --counters_.rejected[static_cast<std::size_t>(import.reason)];
        ++counters_.rejected[static_cast<std::size_t>(Reason::PrefixLimit)];
        note_blocked(nlri);
      }
    }
    rib.announce(facts_.slot, nlri, verdict, now);
  }
}

bool Import::over_limit(const rib::Rib& rib, const Nlri& nlri, Stored& stored) {
  const Family family = nlri.family;
  if (limit(family) == 0) return false;
  const rib::Path* held = rib.find(facts_.slot, nlri);
  if (held != nullptr && !held->blocked()) return false;
  // A blocked path that is announced again is treated like a new one.
  const bool counts = held != nullptr && !blocks(family);
  const std::uint64_t others = counted(family) - (counts ? 1 : 0);
  if (others < limit(family)) {
    limit_state(family).passed = false;
    return false;
  }
  note_passed(family, others + 1, stored);
  return true;
}

void Import::forget_passed() {
  for (const Family family : kFamilies) limit_state(family).passed = false;
}

void Import::note_passed(Family family, std::uint64_t count, Stored& stored) {
  stored.over = Stored::Over{family, limit(family), count};
  if (std::exchange(limit_state(family).passed, true)) return;
  stored.limit_warning = family;
  ++counters_.limit_hits[static_cast<std::size_t>(rules().limit_action)];
}

Stored Import::check_limits() {
  Stored stored;
  for (const Family family : kFamilies) {
    const std::uint64_t count = counted(family);
    if (!may_pass_limit(family, count)) continue;
    note_passed(family, count, stored);
    if (rules().limit_action != LimitAction::Shutdown) continue;
    stored.reset = wire::Notification{wire::ErrorCode::Cease, wire::cease::kMaxPrefixes, {}};
    return stored;
  }
  let_in(stored);
  count_received();
  return stored;
}

// ---- Blocked paths

void Import::note_blocked(const Nlri& nlri) {
  std::list<Nlri>& noted = limit_state(nlri.family).blocked;
  if (noted.size() < kMostNoted) noted.push_back(nlri);
}

// Admits the noted blocked paths, one after the other. When none is noted although the family has
// blocked paths, the caller has to scan the table: one scan notes up to kMostNoted paths.
void Import::let_in(Stored& stored) {
  const bool keeps_memo = rejudge_ != nullptr;  // a re-evaluation is under way and needs the memo
  for (const Family family : kFamilies) {
    std::list<Nlri>& noted = limit_state(family).blocked;
    while (!noted.empty() && room(family) > 0) {
      const Nlri nlri = noted.front();
      noted.pop_front();
      rib::Rib& rib = shards_[shards_.index_of(nlri)];
      if (const auto id = rib.find_id(nlri)) unblock(rib, *id);
    }
    stored.unblock |= room(family) > 0;
  }
  if (!keeps_memo) forget_judgements();
}

void Import::unblock(rib::Rib& rib, rib::DestId id) {
  const rib::Destination destination = rib.destination(id);
  if (!destination.in_use) return;
  std::uint64_t left = room(destination.family);
  for (std::size_t i = 0; i < destination.paths.size(); ++i) {
    const rib::Path& path = destination.paths[i];
    if (path.peer() != facts_.slot || !path.blocked() || rib.is_expired(id, i)) continue;
    if (left == 0) {
      note_blocked(destination.nlri(destination.path_id(i)));
      continue;
    }
    --left;
    rejudge().judge(destination, i, revisions_);
  }
  revisions_.apply(rib, id);
}

// ---- Judging again

Rejudge& Import::rejudge() {
  if (!rejudge_) rejudge_ = std::make_unique<Rejudge>(shards_, facts_, judge_->rules());
  return *rejudge_;
}

bool Import::near_blocking_limit() const {
  return std::ranges::any_of(kFamilies, [this](Family family) {
    return blocks(family) && may_pass_limit(family, adj_ribs_in_[family].limit().most_received);
  });
}

// A new policy does not unblock a path; a higher limit or fewer routes do. A lower limit blocks the
// paths beyond it.
std::size_t Import::reevaluate(rib::Rib& rib, rib::DestId id) {
  const rib::Destination destination = rib.destination(id);
  const Family family = destination.family;
  std::uint64_t held = counted(family);
  for (std::size_t i = 0; i < destination.paths.size(); ++i) {
    const rib::Path& path = destination.paths[i];
    if (path.peer() != facts_.slot || rib.is_expired(id, i)) continue;
    if (blocks(family)) {
      const bool fits = path.blocked() ? held < limit(family) : held <= limit(family);
      if (fits && path.blocked()) ++held;
      if (!fits) {
        if (path.blocked()) continue;
        --held;
        note_blocked(destination.nlri(destination.path_id(i)));
        revisions_.add(i, {destination.received(i), rib::AttrRef::None, Reason::PrefixLimit, 0},
                       {});
        continue;
      }
    }
    rejudge().judge(destination, i, revisions_);
  }
  return revisions_.apply(rib, id);
}

bool Import::end_reevaluation() {
  forget_judgements();
  return !take_no_memory();
}

bool Import::take_no_memory() {
  const bool now = rejudge_ && rejudge_->take_no_memory();
  return std::exchange(found_no_memory_, false) || now;
}

void Import::forget_judgements() {
  if (rejudge_) found_no_memory_ |= rejudge_->take_no_memory();
  rejudge_.reset();
}

}  // namespace tern::pipeline
