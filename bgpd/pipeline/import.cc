#include "bgpd/pipeline/import.h"

#include <algorithm>
#include <utility>

#include "bgpd/pipeline/attribute_sets.h"
#include "rib/types/add_each.h"
#include "rib/types/hash.h"

namespace tern::pipeline {
namespace {

// Withdrawals and announcements, many at once, until `announce` says false.
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

Import::Import(rib::Shards& shards, SessionFacts facts, ImportRules rules)
    : shards_(shards), facts_(std::move(facts)), pending_(shards.size()) {
  set_rules(std::move(rules));
  count_received();
}

void Import::set_rules(ImportRules rules) {
  judge_ = std::make_unique<Judge>(shards_, facts_,
                                   std::make_shared<const ImportRules>(std::move(rules)));
  if (lent_) lent_->retire();
  lent_.reset();
  memo_.clear();
  limit_passed_ = {};
}

std::shared_ptr<Judge> Import::lend() {
  if (!lent_) lent_ = std::make_shared<Judge>(shards_, facts_, judge_->rules());
  return lent_;
}

// ---- Storing

void Import::store_part(rib::Rib& rib, PeerSlot peer, RouteBatch& part, std::uint32_t now) {
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
    if (may_pass_limit(family, most_received_[index(family)] + more)) return false;
  }
  add_each(most_received_, routes.counters.announced);
  limit_passed_ = {};
  counters_ += routes.counters;
  return true;
}

Stored Import::store(JudgedRoutes& routes, std::uint32_t now) {
  Stored stored;
  counters_ += routes.counters;
  // Lent before a reload whose re-evaluation may have passed these prefixes already.
  const bool outdated = routes.rules != nullptr && routes.rules != judge_->rules();
  for (std::size_t shard = 0; shard < shards_.size() && !stored.reset; ++shard) {
    rib::Rib& rib = shards_[shard];
    store_checked(rib, routes.shards[shard], now, stored);
    if (!outdated) continue;
    for (const rib::Rib::Announcement& one : routes.shards[shard].announced) {
      if (const auto id = rib.find_id(one.nlri.prefix)) reevaluate(rib, *id);
    }
  }
  if (outdated) end_reevaluation();
  count_received();
  routes.clear();
  return stored;
}

void Import::count_received() {
  for (const Family family : kFamilies) {
    most_received_[index(family)] = shards_.received(facts_.slot, family);
  }
}

// A run at a time, of which most pass no limit.
void Import::store_checked(rib::Rib& rib, const RouteBatch& part, std::uint32_t now,
                           Stored& stored) {
  for_each_run(
      part, [&](std::span<const Nlri> some) { rib.withdraw(facts_.slot, some); },
      [&](std::span<const rib::Rib::Announcement> some) {
        if (may_pass_limit(some.size())) {
          store_limited(rib, some, now, stored);
        } else {
          limit_passed_ = {};
          rib.announce(facts_.slot, some, now);
        }
        return !stored.reset;
      });
}

// ---- Prefix limits

bool Import::may_pass_limit(Family family, std::uint64_t received) const {
  const std::uint64_t limit = rules().prefix_limit[index(family)];
  return limit != 0 && received > limit;
}

bool Import::may_pass_limit(std::size_t more) const {
  return std::ranges::any_of(kFamilies, [&](Family family) {
    return rules().prefix_limit[index(family)] != 0 &&
           may_pass_limit(family, shards_.received(facts_.slot, family) + more);
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
      }
    }
    rib.announce(facts_.slot, nlri, verdict, now);
  }
}

// Counts before policy: a peer that leaks a table is stopped whatever the filters would have
// dropped.
bool Import::over_limit(const rib::Rib& rib, const Nlri& nlri, Stored& stored) {
  const Family family = nlri.prefix.family();
  const std::uint64_t limit = rules().prefix_limit[index(family)];
  if (limit == 0) return false;
  const rib::Path* held = rib.find(facts_.slot, nlri);
  if (held != nullptr && held->reason() != Reason::PrefixLimit) return false;
  // A blocked path that comes again stands in line like a new one.
  const std::uint64_t others = shards_.received(facts_.slot, family) - (held != nullptr ? 1 : 0);
  if (others < limit) {
    limit_passed_[index(family)] = false;
    return false;
  }
  if (!limit_passed_[index(family)]) {
    limit_passed_[index(family)] = true;
    stored.limit_warning = family;
    ++counters_.limit_hits[static_cast<std::size_t>(rules().limit_action)];
  }
  return true;
}

// ---- Judging again

// A new policy is no way around the limit; a higher limit, or fewer routes, is.
bool Import::stays_blocked(const rib::Path& path, Family family) const {
  const std::uint64_t limit = rules().prefix_limit[index(family)];
  return path.reason() == Reason::PrefixLimit && rules().limit_action == LimitAction::Block &&
         limit != 0 && shards_.received(facts_.slot, family) > limit;
}

// Where policy does not read the prefix, the verdict on an attribute set is kept for the routes
// that follow: a table has far fewer sets than routes.
Judge::Verdict Import::judge_again(const Prefix& prefix, rib::AttrRef received) {
  rib::AttrTable& table = shards_.attributes();
  const auto judge_now = [&] {
    read(table[received], stored_);
    return judge_->judge(prefix, stored_.attributes, received);
  };
  if (rules().policies.reads_prefix()) return judge_now();
  if (memo_.empty()) memo_.resize(kMemoSize);
  Memo& memo =
      memo_[static_cast<std::size_t>(mix_bits(static_cast<std::uint32_t>(received))) % kMemoSize];
  if (memo.received.ref() != received || memo.family != prefix.family()) {
    memo.verdict = judge_now();
    table.retain(received);
    memo.received = rib::AttrHandle(table, received);
    memo.family = prefix.family();
  }
  Judge::Verdict judged;
  judged.reason = memo.verdict.reason;
  judged.detail = memo.verdict.detail;
  if (memo.verdict.effective.ref() != rib::AttrRef::None) {
    table.retain(memo.verdict.effective.ref());
    judged.effective = rib::AttrHandle(table, memo.verdict.effective.ref());
  }
  return judged;
}

void Import::reevaluate(rib::Rib& rib, rib::DestId id) {
  // revise() reorders the paths: find ours again by path id each time.
  ours_.clear();
  const rib::Destination before = rib.destination(id);
  for (std::size_t i = 0; i < before.paths.size(); ++i) {
    if (before.paths[i].peer() == facts_.slot) ours_.push_back(before.path_id(i));
  }
  for (const std::uint32_t path_id : ours_) {
    const rib::Destination destination = rib.destination(id);
    for (std::size_t i = 0; i < destination.paths.size(); ++i) {
      const rib::Path& path = destination.paths[i];
      if (path.peer() != facts_.slot || destination.path_id(i) != path_id) continue;
      if (stays_blocked(path, destination.prefix.family())) break;
      const Judge::Verdict judged = judge_again(destination.prefix, destination.received(i));
      rib.revise(id, i,
                 {destination.received(i), judged.effective.ref(), judged.reason, judged.detail});
      break;
    }
  }
}

void Import::end_reevaluation() {
  memo_.clear();
  memo_.shrink_to_fit();
}

}  // namespace tern::pipeline
