#include "bgpd/baseline/detector.h"

#include <utility>

namespace tern::baseline {
namespace {

const PeerNames& names_of(const Surroundings& around) {
  static const PeerNames kNone;
  return around.peers == nullptr ? kNone : *around.peers;
}

}  // namespace

bool Detector::apply(const Rules& rules) {
  const bool other_days = rules.day_seconds() != book_->rules().day_seconds();
  if (other_days) clear();
  book_->apply(rules);
  return other_days;
}

void Detector::clear() {
  while (!open_.empty()) end(open_.begin()->first);
  asked_ = {};
  flapping_.clear();
  book_ = std::make_unique<PrefixBook>(book_->rules());
}

void Detector::take(const Batch& batch, const Surroundings& around, const Now& now) {
  for (const Batch::Change& change : batch.changes) take_change(change, now);
  for (const Batch::Whole& whole : batch.wholes) {
    take_whole(whole, std::span(batch.routes).subspan(whole.begin, whole.end - whole.begin), around,
               now);
  }
}

void Detector::take_change(const Batch::Change& change, const Now& now) {
  bool odd = false;
  if (change.path) {
    if (change.accepted) book_->learn(change.prefix, *change.path, change.from, now);
    odd = may_be_odd(*book_, change.prefix, *change.path, change.accepted);
  }
  const bool flaps = book_->note_change(change.prefix, now);
  const auto open = find_open(change.prefix);
  if (!odd && !flaps && !open) return;
  const bool accepted = change.path ? change.accepted : !open;
  const bool asked = ask(change.prefix, accepted || open.value_or(false));
  if (!flaps) return;
  if (asked && flapping_.size() < kMostAsked) {
    flapping_[change.prefix] = change.from;
  } else {
    flapping_.erase(change.prefix);
  }
}

// A new finding is reported with the AS_PATH, which a whole prefix of a snapshot lacks.
void Detector::take_whole(const Batch::Whole& whole, std::span<const Route> routes,
                          const Surroundings& around, const Now& now) {
  std::uint8_t shortest = 0;
  bool has_texts = routes.empty();
  bool has_room = true;  // in the book
  for (const Route& route : routes) {
    has_texts |= !route.as_path.empty();
    if (!route.accepted) continue;
    has_room = has_room && book_->learn(whole.prefix, route.path, route.from, now);
    if (shortest == 0 || route.path.length < shortest) shortest = route.path.length;
  }
  const Inputs inputs{around.registrations.get(), around.vrps.get()};
  const Findings found = find_odd(*book_, whole.prefix, routes, inputs);
  if (shortest != 0) book_->learn_length(whole.prefix, shortest, now);
  for (std::size_t i = 0; i < kOddities; ++i) {
    const Key key(whole.prefix, static_cast<Oddity>(i));
    if (key.second == Oddity::Flapping) continue;
    if (!found[i]) {
      end(key);
    } else if (!has_texts) {
      ask(whole.prefix, found[i]->route->accepted);
    } else {
      begin(key.second, whole.prefix, *found[i], names_of(around));
    }
  }
  look_at_flaps(whole.prefix, names_of(around), now);
}

void Detector::begin(Oddity odd, const Prefix& prefix, const Finding& finding,
                     const PeerNames& peers) {
  const Record* const usual = book_->find(finding.covering ? *finding.covering : prefix);
  events::Report report = begin_of(odd, prefix, finding, usual, peers);
  const Open open{severity_of(report), finding.route->accepted};
  if (note_open({prefix, odd}, open)) sink_(std::move(report));
}

void Detector::look_at_flaps(const Prefix& prefix, const PeerNames& peers, const Now& now) {
  const Key key(prefix, Oddity::Flapping);
  const auto began = flapping_.extract(prefix);
  if (!book_->is_restless(prefix, now)) return end(key);
  if (began.empty()) return;
  const Record& of = *book_->find(prefix);
  events::Report report = flapping(prefix, of.flaps, book_->rules(), began.mapped(), peers);
  if (note_open(key, {severity_of(report), true})) sink_(std::move(report));
}

// A finding that is worse than before is an event that begins: an open event takes another severity
// in silence. False: there is no room, and the finding is not open.
bool Detector::note_open(const Key& key, const Open& open) {
  const auto known = open_.find(key);
  const bool is_known = known != open_.end();
  if (!is_known || known->second.accepted != open.accepted) {
    std::size_t& count = count_of(key, open);
    if (count >= (open.accepted ? kMostOpen : kMostRejected)) {
      ++unreported_;
      end(key);
      return false;
    }
    ++count;
  }
  if (!is_known) {
    open_.emplace(key, open);
    return true;
  }
  Open& former = known->second;
  if (former.accepted != open.accepted) --count_of(key, former);
  if (open.severity > former.severity) sink_(end_of(key.second, key.first));
  former = open;
  return true;
}

void Detector::end(const Key& key) {
  const auto found = open_.find(key);
  if (found == open_.end()) return;
  events::Report report = end_of(key.second, key.first);  // `key` may be that of `found`
  --count_of(key, found->second);
  open_.erase(found);
  sink_(std::move(report));
}

std::optional<bool> Detector::find_open(const Prefix& prefix) const {
  std::optional<bool> accepted;
  auto at = open_.lower_bound({prefix, Oddity{}});
  for (; at != open_.end() && at->first.first == prefix; ++at) {
    accepted = accepted.value_or(false) || at->second.accepted;
  }
  return accepted;
}

bool Detector::ask(const Prefix& prefix, bool accepted) {
  const Record* const known = book_->find(prefix);
  const Place place = known != nullptr && known->ripe() ? kRipe : kOther;
  Queue& queue = asked_[accepted ? place : kRejected];
  if (queue.all.contains(prefix)) return true;
  if (queue.all.size() >= kMostAsked) {
    ++unreported_;
    return false;
  }
  queue.all.insert(prefix);
  queue.order.push_back(prefix);
  return true;
}

std::vector<Prefix> Detector::asks(std::size_t most) {
  std::vector<Prefix> taken;
  for (Queue& queue : asked_) {
    while (taken.size() < most && !queue.order.empty()) {
      taken.push_back(queue.order.front());
      queue.all.erase(queue.order.front());
      queue.order.pop_front();
    }
  }
  return taken;
}

void Detector::tick(const Now& now) {
  book_->sweep(kSwept, now);
  auto at = open_.lower_bound({next_, Oddity{}});
  for (std::size_t i = 0; i < kAgain && !open_.empty(); ++i) {
    if (at == open_.end()) at = open_.begin();
    const Prefix& prefix = at->first.first;
    ask(prefix, find_open(prefix).value_or(false));
    while (at != open_.end() && at->first.first == prefix) ++at;
    if (at == open_.end()) break;
  }
  next_ = at == open_.end() ? Prefix() : at->first.first;
}

}  // namespace tern::baseline
