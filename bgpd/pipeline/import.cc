#include "bgpd/pipeline/import.h"

#include <utility>

#include "bgpd/pipeline/attribute_sets.h"
#include "rib/types/hash.h"

namespace tern::pipeline {

Import::Import(rib::Rib& rib, SessionFacts facts, ImportRules rules)
    : rib_(rib), facts_(std::move(facts)) {
  set_rules(std::move(rules));
}

void Import::set_rules(ImportRules rules) {
  judge_ = std::make_unique<Judge>(rib_.attributes(), rib_.details(), facts_,
                                   std::make_shared<const ImportRules>(std::move(rules)));
  lent_.reset();
  memo_.clear();
  limit_passed_ = {};
}

std::shared_ptr<Judge> Import::lend() {
  if (!lent_) {
    lent_ = std::make_shared<Judge>(rib_.attributes(), rib_.details(), facts_, judge_->rules());
  }
  return lent_;
}

// ---- Storing

Received Import::receive(wire::Bytes body, std::uint32_t now) {
  Received received;
  static_cast<Judgement&>(received) = take(body);
  Stored stored = flush(now);
  received.limit_warning = stored.limit_warning;
  if (stored.reset) received.reset = std::move(stored.reset);
  return received;
}

Stored Import::flush(std::uint32_t now) { return store(pending_, now); }

Stored Import::store(RouteBatch& batch, std::uint32_t now) {
  Stored stored;
  counters_ += batch.counters;
  std::span<const rib::Rib::Announcement> announced(batch.announced);
  std::span<const Nlri> withdrawn(batch.withdrawn);
  for (const RouteBatch::Run& run : batch.runs) {
    if (run.withdraw) {
      rib_.withdraw(facts_.slot, withdrawn.first(run.count));
      withdrawn = withdrawn.subspan(run.count);
      continue;
    }
    const auto some = announced.first(run.count);
    announced = announced.subspan(run.count);
    if (!may_pass_limit(run.count)) {
      limit_passed_ = {};
      rib_.announce(facts_.slot, some, now);
      continue;
    }
    const Stored limited = store_limited(some, now);
    if (limited.limit_warning) stored.limit_warning = limited.limit_warning;
    stored.reset = limited.reset;
    if (stored.reset) break;
  }
  // Lent before a reload whose re-evaluation may have passed these prefixes already.
  if (!batch.empty() && batch.rules != judge_->rules()) {
    for (const rib::Rib::Announcement& one : batch.announced) {
      if (const auto id = rib_.find_id(one.nlri.prefix)) reevaluate(*id);
    }
    end_reevaluation();
  }
  batch.clear();
  return stored;
}

// ---- Prefix limits

bool Import::may_pass_limit(std::size_t more) const {
  for (const Family family : kFamilies) {
    const std::uint64_t limit = rules().prefix_limit[index(family)];
    if (limit == 0) continue;
    if (rib_.counts(facts_.slot).families[index(family)].received + more > limit) return true;
  }
  return false;
}

Stored Import::store_limited(std::span<const rib::Rib::Announcement> announced, std::uint32_t now) {
  Stored stored;
  for (const auto& [nlri, import] : announced) {
    rib::Import verdict = import;
    if (over_limit(nlri, nlri.prefix.family(), stored)) {
      if (rules().limit_action == LimitAction::Shutdown) {
        stored.reset = wire::Notification{wire::ErrorCode::Cease, wire::cease::kMaxPrefixes, {}};
        return stored;
      }
      if (rules().limit_action == LimitAction::Block) {
        verdict = {import.received, rib::AttrRef::None, Reason::PrefixLimit, 0};
        if (import.reason != Reason::None)
          --counters_.rejected[static_cast<std::size_t>(import.reason)];
        ++counters_.rejected[static_cast<std::size_t>(Reason::PrefixLimit)];
      }
    }
    rib_.announce(facts_.slot, nlri, verdict, now);
  }
  return stored;
}

// Counts before policy: a peer that leaks a table is stopped whatever the filters would have
// dropped.
bool Import::over_limit(const Nlri& nlri, Family family, Stored& stored) {
  const std::uint64_t limit = rules().prefix_limit[index(family)];
  if (limit == 0) return false;
  const rib::Path* held = rib_.find(facts_.slot, nlri);
  if (held != nullptr && held->reason() != Reason::PrefixLimit) return false;
  // A blocked path that comes again stands in line like a new one.
  const std::uint64_t others =
      rib_.counts(facts_.slot).families[index(family)].received - (held != nullptr ? 1 : 0);
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
         limit != 0 && rib_.counts(facts_.slot).families[index(family)].received > limit;
}

// Where policy does not read the prefix, the verdict on an attribute set is kept for the routes
// that follow: a table has far fewer sets than routes.
Judge::Verdict Import::judge_again(const Prefix& prefix, rib::AttrRef received) {
  rib::AttrTable& table = rib_.attributes();
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

void Import::reevaluate(rib::DestId id) {
  // revise() reorders the paths: find ours again by path id each time.
  ours_.clear();
  const rib::Destination before = rib_.destination(id);
  for (std::size_t i = 0; i < before.paths.size(); ++i) {
    if (before.paths[i].peer() == facts_.slot) ours_.push_back(before.path_id(i));
  }
  for (const std::uint32_t path_id : ours_) {
    const rib::Destination destination = rib_.destination(id);
    for (std::size_t i = 0; i < destination.paths.size(); ++i) {
      const rib::Path& path = destination.paths[i];
      if (path.peer() != facts_.slot || destination.path_id(i) != path_id) continue;
      if (stays_blocked(path, destination.prefix.family())) break;
      const Judge::Verdict judged = judge_again(destination.prefix, destination.received(i));
      rib_.revise(id, i,
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
