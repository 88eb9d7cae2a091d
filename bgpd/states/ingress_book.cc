#include "bgpd/states/ingress_book.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace tern::states {
namespace {

std::uint64_t sum_of_octets(std::uint64_t a, std::uint64_t b) {
  return b > std::numeric_limits<std::uint64_t>::max() - a
             ? std::numeric_limits<std::uint64_t>::max()
             : a + b;
}

}  // namespace

// A clock that is set back by a little does not begin a half anew.
void IngressBook::turn(Totals& totals, std::uint32_t half) {
  if (totals.half == half || totals.half == half + 1) return;
  totals.past = totals.half + 1 == half ? totals.present : 0;
  totals.present = 0;
  totals.half = half;
}

std::uint64_t IngressBook::Totals::octets() const { return sum_of_octets(present, past); }

bool IngressBook::add(const IngressReport& report, std::uint32_t now) {
  const std::lock_guard lock(mutex_);
  const Key key{report.registered, report.pop};
  auto at = totals_.find(key);
  if (at == totals_.end()) {
    if (totals_.size() >= kMost) {
      ++counts_.refused;
      return false;
    }
    at = totals_.emplace(key, Totals{0, 0, now / kHalf}).first;
  }
  turn(at->second, now / kHalf);
  at->second.present = sum_of_octets(at->second.present, report.octets);
  ++counts_.taken;
  return true;
}

std::vector<IngressBook::Share> IngressBook::find(const Prefix& registered) const {
  std::vector<Share> shares;
  const std::lock_guard lock(mutex_);
  for (auto at = totals_.lower_bound({registered, std::string()});
       at != totals_.end() && at->first.first == registered; ++at) {
    const std::uint64_t octets = at->second.octets();
    if (octets != 0) shares.push_back({at->first.second, octets});
  }
  std::ranges::stable_sort(shares, std::ranges::greater{}, &Share::octets);
  return shares;
}

IngressBook::Aged IngressBook::age(std::uint32_t now, std::size_t most) {
  const std::uint32_t half = now / kHalf;
  Aged aged;
  const std::lock_guard lock(mutex_);
  if (aged_ == half) return aged;
  auto at = totals_.lower_bound(next_);
  for (std::size_t i = 0; i < most && at != totals_.end(); ++i) {
    const auto entry = at++;
    Totals& totals = entry->second;
    const Totals before = totals;
    turn(totals, half);
    const bool differs = totals.half != before.half && totals.past != before.octets();
    const Prefix& prefix = entry->first.first;
    const bool is_new = aged.changed.empty() || aged.changed.back() != prefix;
    if (differs && is_new) aged.changed.push_back(prefix);
    if (totals.present == 0 && totals.past == 0) totals_.erase(entry);
  }
  aged.more = at != totals_.end();
  next_ = aged.more ? at->first : Key();
  if (!aged.more) aged_ = half;
  return aged;
}

void IngressBook::list_again() {
  const std::lock_guard lock(mutex_);
  list_again_ = true;
}

std::vector<Prefix> IngressBook::list(std::size_t most) {
  std::vector<Prefix> prefixes;
  const std::lock_guard lock(mutex_);
  if (!next_listed_ && std::exchange(list_again_, false)) next_listed_ = Prefix();
  if (!next_listed_) return prefixes;
  auto at = totals_.lower_bound({*next_listed_, std::string()});
  next_listed_.reset();
  for (std::size_t i = 0; at != totals_.end(); ++i, ++at) {
    const Prefix& prefix = at->first.first;
    if (!prefixes.empty() && prefixes.back() == prefix) continue;
    if (i >= most) {
      next_listed_ = prefix;
      break;
    }
    prefixes.push_back(prefix);
  }
  return prefixes;
}

IngressBook::Counts IngressBook::counts() const {
  const std::lock_guard lock(mutex_);
  Counts counts = counts_;
  counts.entries = totals_.size();
  return counts;
}

}  // namespace tern::states
