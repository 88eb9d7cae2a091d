#include "bgpd/pipeline/export.h"

#include <algorithm>
#include <cassert>
#include <tuple>
#include <utility>

#include "bgpd/wire/route_refresh.h"

namespace tern::pipeline {

Export::Export(rib::Rib& rib, SessionFacts facts, ExportRules rules)
    : rib_(rib),
      facts_(std::move(facts)),
      rules_(std::move(rules)),
      out_(std::make_unique<rib::AdjRibOut>(rib, facts_.add_path_send)),
      memo_(kMemoSize) {}

Export::~Export() { forget_memo(); }

// ---- What is to be said

void Export::mark(rib::DestId id, std::uint64_t read_time) {
  if (!walks_.empty() && !walks_.back().demarcate && walks_.size() == 1 &&
      walks_.front().next <= id && walks_.front().families == facts_.families) {
    return;  // the walk comes by
  }
  if (id >= marked_.size()) marked_.resize(std::max<std::size_t>(id + 1, rib_.end()));
  if (marked_[id]) return;
  marked_[id] = true;
  if (oldest_read_ == 0) oldest_read_ = read_time;
  queue_.push_back(id);
}

// A walk that has not begun answers everybody who asked for it: a peer that repeats its request
// gets one table.
void Export::add_walk(const Walk& walk) {
  const bool waits = std::any_of(walks_.begin(), walks_.end(), [&](const Walk& w) {
    return w.next == 0 && w.families == walk.families && w.force == walk.force &&
           w.end_of_rib == walk.end_of_rib && w.demarcate == walk.demarcate;
  });
  if (!waits) walks_.push_back(walk);
}

void Export::walk_initial() { add_walk({facts_.families, false, true, false, 0}); }

void Export::walk_refresh(Family family, bool enhanced) {
  if (!facts_.families.contains(family)) return;
  add_walk({FamilySet{family}, true, false, enhanced, 0});
}

void Export::set_rules(ExportRules rules) {
  rules_ = std::move(rules);
  forget_memo();
  add_walk({facts_.families, false, false, false, 0});
}

std::unique_ptr<rib::AdjRibOut> Export::release() {
  forget_memo();
  queue_.clear();
  queue_head_ = 0;
  walks_.clear();
  return std::move(out_);
}

// ---- Which paths the neighbour should hold

void Export::forget_memo() {
  for (Memo& memo : memo_) {
    rib_.attributes().release(memo.set);
    rib_.attributes().release(memo.result);
    memo = Memo{};
  }
}

// The caller owns the count of the result.
rib::AttrRef Export::evaluate(const rib::Destination& destination, const rib::Path& path) {
  const rib::AttributeSet& set = rib_.attributes()[path.effective];
  PathAttributes attributes;
  const ExportVerdict verdict = export_path(destination.prefix, set, path.peer,
                                            rib_.peer(path.peer), facts_, rules_, attributes);
  if (verdict.withheld != Withheld::No) return rib::AttrRef::None;
  return rib_.attributes().intern(attributes, EgressInfo{});
}

rib::AttrHandle Export::exported(const rib::Destination& destination, const rib::Path& path) {
  rib::AttrTable& table = rib_.attributes();
  if (path.peer == facts_.slot) return {};  // split horizon, before anything is looked up
  if (rules_.policies.reads_prefix()) return {table, evaluate(destination, path)};
  const Family family = destination.prefix.family();
  Memo& memo = memo_[(static_cast<std::size_t>(path.effective) * 31U + path.peer) % kMemoSize];
  const rib::PeerRank& source = rib_.peer(path.peer);
  if (memo.set != path.effective || memo.source != path.peer || memo.family != family ||
      memo.source_kind != source.kind || memo.source_router_id != source.router_id) {
    const rib::AttrRef result = evaluate(destination, path);
    table.retain(path.effective);
    table.release(memo.set);
    table.release(memo.result);
    memo = {path.effective, path.peer, source.kind, family, source.router_id, result};
  }
  if (memo.result == rib::AttrRef::None) return {};
  table.retain(memo.result);
  return {table, memo.result};
}

// Fills wanted_ and wanted_handles_.
void Export::wanted(rib::DestId id, std::vector<rib::Advertised>& out) {
  out.clear();
  wanted_handles_.clear();
  const rib::Destination& destination = rib_.destination(id);
  if (!destination.in_use || !facts_.families.contains(destination.prefix.family())) return;
  const bool several = facts_.add_path_send.contains(destination.prefix.family());
  // RFC 7947 section 2.3.2: a route-server client gets the best of what it may have.
  const bool look_further =
      several || (facts_.kind == PeerKind::RouteServerClient && rules_.path_hiding_mitigation);
  const std::size_t most = several ? std::max(rules_.add_path_send, 1U) : 1;
  for (std::uint32_t i = 0; i < destination.accepted && out.size() < most; ++i) {
    const rib::Path& path = destination.paths[i];
    rib::AttrHandle handle = exported(destination, path);
    if (handle.ref() != rib::AttrRef::None) {
      out.push_back({several ? std::uint32_t{path.local_id} : 0, handle.ref()});
      wanted_handles_.push_back(std::move(handle));
    }
    if (!look_further) break;
  }
}

// Compares what should be with what is held, and notes the difference.
void Export::update(rib::DestId id, bool force) {
  const rib::Destination& destination = rib_.destination(id);
  if (!destination.in_use) return;
  const Prefix prefix = destination.prefix;
  const Family family = prefix.family();
  wanted(id, wanted_);
  out_->list(id, held_);
  for (const rib::Advertised& path : wanted_) {
    const bool known = std::find(held_.begin(), held_.end(), path) != held_.end();
    if (known && !force) continue;
    announcements_.push_back({path.attributes, family, {prefix, path.path_id}});
    out_->set(id, path);
  }
  for (const rib::Advertised& path : held_) {
    const bool stays = std::any_of(wanted_.begin(), wanted_.end(), [&](const rib::Advertised& w) {
      return w.path_id == path.path_id;
    });
    if (stays) continue;
    withdrawals_[index(family)].push_back({prefix, path.path_id});
    out_->erase(id, path.path_id);
  }
  wanted_handles_.clear();
}

// ---- Messages

Export::Filled Export::fill(std::vector<std::byte>& out, std::size_t limit, std::size_t budget) {
  constexpr std::size_t kSlice = 512;  // destinations between looks at the buffer
  Filled filled;
  while (budget > 0 && out.size() < limit && !idle()) {
    std::size_t slice = std::min(budget, kSlice);
    budget -= slice;
    serve_marks(slice);
    if (queue_.empty() && oldest_read_ != 0) {
      filled.oldest_read = std::exchange(oldest_read_, 0);
    }
    // Messages that open or close a walk stand between the routes, so routes go out first.
    if (slice > 0 && !walks_.empty()) {
      encode(out);
      walk_some(out, slice);
    }
    encode(out);
  }
  filled.more = !idle();
  return filled;
}

void Export::serve_marks(std::size_t& budget) {
  for (; budget > 0 && queue_head_ < queue_.size(); --budget) {
    const rib::DestId id = queue_[queue_head_++];
    marked_[id] = false;
    update(id, false);
  }
  // What was served goes when it is the greater part, so that the queue of a neighbour that never
  // quite catches up does not grow.
  if (queue_head_ * 2 >= queue_.size()) {
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(queue_head_));
    queue_head_ = 0;
  }
}

bool Export::walk_some(std::vector<std::byte>& out, std::size_t& budget) {
  Walk& walk = walks_.front();
  const auto refresh_mark = [&](wire::RouteRefresh::Subtype subtype) {
    for (const Family family : kFamilies) {
      if (!walk.families.contains(family)) continue;
      wire::encode_route_refresh({afi_safi(family), static_cast<std::uint8_t>(subtype)}, out);
      ++counters_.refresh_marks;
    }
  };
  if (walk.demarcate && walk.next == 0) refresh_mark(wire::RouteRefresh::Subtype::Begin);
  for (; budget > 0 && walk.next < rib_.end(); --budget) {
    const rib::DestId id = walk.next++;
    const rib::Destination& destination = rib_.destination(id);
    if (!destination.in_use || !walk.families.contains(destination.prefix.family())) continue;
    update(id, walk.force);
  }
  if (walk.next < rib_.end()) return false;
  encode(out);
  if (walk.demarcate) refresh_mark(wire::RouteRefresh::Subtype::End);
  if (walk.end_of_rib) {
    for (const Family family : kFamilies) {
      if (!walk.families.contains(family)) continue;
      wire::encode_end_of_rib(family, out);
      ++counters_.updates;
    }
  }
  walks_.pop_front();
  return true;
}

wire::Encoding Export::encoding(Family family) const {
  return {facts_.four_octet_as, facts_.add_path_send.contains(family), facts_.max_message};
}

void Export::encode(std::vector<std::byte>& out) {
  for (const Family family : kFamilies) {
    std::vector<Nlri>& gone = withdrawals_[index(family)];
    if (gone.empty()) continue;
    counters_.updates += wire::encode_withdrawals(gone, encoding(family), out);
    counters_.withdrawn[index(family)] += gone.size();
    gone.clear();
  }
  // Prefixes of one attribute set share messages.
  std::sort(announcements_.begin(), announcements_.end(),
            [](const Announcement& a, const Announcement& b) {
              return std::tie(a.family, a.attributes, a.nlri) <
                     std::tie(b.family, b.attributes, b.nlri);
            });
  for (auto group = announcements_.begin(); group != announcements_.end();) {
    const auto end = std::find_if(group, announcements_.end(), [&](const Announcement& a) {
      return a.attributes != group->attributes || a.family != group->family;
    });
    encode_group({group, end}, out);
    group = end;
  }
  announcements_.clear();
}

void Export::encode_group(std::span<const Announcement> group, std::vector<std::byte>& out) {
  const Family family = group.front().family;
  nlri_.clear();
  for (const Announcement& announcement : group) nlri_.push_back(announcement.nlri);
  const PathAttributes& attributes = rib_.attributes()[group.front().attributes].attributes;
  const std::size_t messages = wire::encode_announcements(attributes, nlri_, encoding(family), out);
  counters_.updates += messages;
  if (messages > 0) {
    counters_.announced[index(family)] += nlri_.size();
    return;
  }
  // RFC 8654 section 4: what fits no message is not announced, and what it replaced must go.
  counters_.too_large += nlri_.size();
  counters_.withdrawn[index(family)] += nlri_.size();
  counters_.updates += wire::encode_withdrawals(nlri_, encoding(family), out);
  for (const Nlri& nlri : nlri_) {
    if (const auto id = rib_.find_id(nlri.prefix)) out_->erase(*id, nlri.path_id);
  }
}

}  // namespace tern::pipeline
