#include "bgpd/baseline/prefix_book.h"

#include <algorithm>
#include <utility>

namespace tern::baseline {
namespace {

constexpr std::uint8_t kMostCount = 255;
// A neighbor with fewer unripe prefixes displaces none of another one.
constexpr std::size_t kDisplaceFrom = 16;

std::size_t version_of(const Prefix& prefix) {
  return prefix.address().version() == IpVersion::V4 ? 0 : 1;
}

std::uint16_t difference(std::uint64_t now, std::uint16_t then) {
  return static_cast<std::uint16_t>(static_cast<std::uint16_t>(now) - then);
}

}  // namespace

// ---- Records

std::uint32_t PrefixBook::find_number(const Prefix& prefix) const {
  const Nlri nlri = unicast(prefix);
  return index_.find(nlri, decltype(index_)::hash(nlri));
}

const Record* PrefixBook::find(const Prefix& prefix) const {
  const std::uint32_t number = find_number(prefix);
  return number == decltype(index_)::kNone ? nullptr : &record(number);
}

Record* PrefixBook::find_to_change(const Prefix& prefix) {
  const std::uint32_t number = find_number(prefix);
  return number == decltype(index_)::kNone ? nullptr : &record(number);
}

const Record* PrefixBook::at(std::size_t number) const {
  const Record& of = record(static_cast<std::uint32_t>(number));
  return of.is(Record::kUsed) ? &of : nullptr;
}

Record* PrefixBook::add(const Prefix& prefix, std::uint16_t slot) {
  if (counts_.learnt >= rules_.most_prefixes && !make_room(slot)) {
    ++counts_.left_out;
    return nullptr;
  }
  if (free_.empty()) {
    if (end_ == chunks_.size() * kChunk) {
      chunks_.push_back(std::make_unique<std::array<Record, kChunk>>());
    }
    free_.push_back(static_cast<std::uint32_t>(end_++));
  }
  const std::uint32_t number = free_.back();
  free_.pop_back();
  Record& added = record(number);
  added = {};
  added.prefix = prefix;
  added.slot = slot;
  added.set(Record::kUsed);
  index_.insert(number, decltype(index_)::hash(unicast(prefix)));
  ++counts_.learnt;
  note_unripe(number);
  return &added;
}

void PrefixBook::note_unripe(std::uint32_t number) {
  Brought& of = brought_[record(number).slot];
  ++of.count;
  of.numbers.push_back(number);
  trim(of, record(number).slot);
}

// Half of the numbers at least have left since the last time. A number that was free meanwhile, and
// is the neighbor's again, stands twice: the later place counts.
void PrefixBook::trim(Brought& of, std::uint16_t slot) {
  if (of.numbers.size() <= 2 * of.count + kChunk) return;
  std::vector<std::uint32_t> kept;
  kept.reserve(of.count);
  for (auto one = of.numbers.rbegin(); one != of.numbers.rend(); ++one) {
    Record& known = record(*one);
    if (!known.is(Record::kUsed) || known.slot != slot || known.ripe()) continue;
    if (known.is(Record::kListed)) continue;
    known.set(Record::kListed);
    kept.push_back(*one);
  }
  for (const std::uint32_t one : kept) record(one).clear(Record::kListed);
  std::ranges::reverse(kept);
  of.numbers = std::move(kept);
}

bool PrefixBook::make_room(std::uint16_t slot) {
  const auto mine = brought_.find(slot);
  const std::size_t count = mine == brought_.end() ? 0 : mine->second.count;
  const auto most =
      std::ranges::max_element(brought_, {}, [](const auto& one) { return one.second.count; });
  if (most == brought_.end() || most->second.count <= 2 * count + kDisplaceFrom) return false;
  return displace(most->second, most->first);
}

bool PrefixBook::displace(Brought& of, std::uint16_t slot) {
  while (!of.numbers.empty()) {
    const std::uint32_t number = of.numbers.back();
    of.numbers.pop_back();
    const Record& known = record(number);
    if (!known.is(Record::kUsed) || known.slot != slot || known.ripe()) continue;
    remove(number);
    ++counts_.displaced;
    return true;
  }
  return false;
}

void PrefixBook::remove(std::uint32_t number) {
  Record& of = record(number);
  const bool was_ripe = of.ripe();
  const std::uint16_t slot = of.slot;
  if (was_ripe) {
    --counts_.ripe;
    --ripe_lengths_[version_of(of.prefix)][of.prefix.length()];
  } else {
    --brought_[slot].count;
  }
  index_.erase(unicast(of.prefix));
  of = {};
  free_.push_back(number);
  --counts_.learnt;
  if (!was_ripe) trim(brought_[slot], slot);
}

void PrefixBook::count_ripe(Record& of, bool ripe) {
  std::uint32_t& length = ripe_lengths_[version_of(of.prefix)][of.prefix.length()];
  if (ripe) {
    ++counts_.ripe;
    ++length;
    Brought& brought = brought_[of.slot];
    --brought.count;
    trim(brought, of.slot);
    of.clear(Record::kApart);
    return;
  }
  --counts_.ripe;
  --length;
  of.slot = kNobody;
}

std::size_t PrefixBook::octets() const {
  std::size_t lists = free_.capacity() * sizeof(std::uint32_t);
  for (const auto& [slot, of] : brought_) lists += of.numbers.capacity() * sizeof(std::uint32_t);
  return chunks_.size() * sizeof(*chunks_.front()) + index_.bytes() + lists;
}

// ---- Learning

bool PrefixBook::learn(const Prefix& prefix, const PathFacts& path, PeerSlot from, const Now& now) {
  Record* into = find_to_change(prefix);
  if (into == nullptr) into = add(prefix, static_cast<std::uint16_t>(from));
  if (into == nullptr) return false;
  const bool was_ripe = into->ripe();
  const bool new_origin = see_origin(*into, path.origin, now);
  see_upstream(*into, path.upstream, now);
  if (was_ripe) return true;
  if (into->ripe()) {
    count_ripe(*into, true);
  } else if (new_origin) {
    const Record* const over = covering(prefix);
    if (over != nullptr && !over->is_usual_origin(path.origin)) into->set(Record::kApart);
  }
  return true;
}

void PrefixBook::learn_length(const Prefix& prefix, std::uint8_t shortest, const Now& now) {
  Record* const into = find_to_change(prefix);
  if (into != nullptr) see_length(*into, shortest, rules_.longer_by, now);
}

bool PrefixBook::note_change(const Prefix& prefix, const Now& now) {
  Record* const into = find_to_change(prefix);
  if (into == nullptr) return false;
  const auto second = static_cast<std::uint16_t>(now.seconds);
  if (into->flaps == 0 || difference(second, into->flap_start) >= rules_.flap_window) {
    into->flap_start = second;
    into->flaps = 1;
  } else if (into->flap_last != second && into->flaps < kMostCount) {
    ++into->flaps;
  }
  into->flap_last = second;
  return into->flaps >= rules_.flaps;
}

bool PrefixBook::is_restless(const Prefix& prefix, const Now& now) const {
  const Record* const of = find(prefix);
  return of != nullptr && of->flaps != 0 &&
         difference(now.seconds, of->flap_last) < rules_.flap_window;
}

const Record* PrefixBook::covering(const Prefix& prefix) const {
  const auto& lengths = ripe_lengths_[version_of(prefix)];
  for (std::uint8_t length = prefix.length(); length-- > 1;) {
    if (lengths[length] == 0) continue;
    const Record* const found = find(Prefix(prefix.address(), length));
    if (found != nullptr && found->ripe()) return found;
  }
  return nullptr;
}

// ---- Forgetting

void PrefixBook::sweep(std::size_t most, const Now& now) {
  for (std::size_t i = 0; i < std::min(most, end_); ++i) {
    if (next_ >= end_) next_ = 0;
    const auto number = static_cast<std::uint32_t>(next_++);
    if (record(number).is(Record::kUsed)) forget_old(number, now);
  }
}

// An entry that is not usual is forgotten sooner, so that a flood of prefixes leaves soon.
void PrefixBook::forget_old(std::uint32_t number, const Now& now) {
  Record& of = record(number);
  forget_others(of, rules_.forget_days(), now);
  const bool was_ripe = of.ripe();
  bool has_origin = false;
  for (std::size_t i = 0; i < of.days.size(); ++i) {
    if (of.days[i] == 0) continue;
    const std::uint32_t most =
        of.usual(i) ? rules_.forget_days() : std::min<std::uint32_t>(kDays, rules_.forget_days());
    if (difference(now.day, of.last[i]) > most) {
      of.days[i] = 0;
      // Behind a free entry there is room for what counts as many.
      of.clear(i < kOrigins ? Record::kManyOrigins : Record::kManyUpstreams);
      (i < kOrigins ? of.other_origin_days : of.other_upstream_days) = 0;
    }
    has_origin |= i < kOrigins && of.days[i] != 0;
  }
  if (of.flaps != 0 && difference(now.seconds, of.flap_last) >= rules_.flap_window) of.flaps = 0;
  if (was_ripe && !of.ripe()) {
    count_ripe(of, false);
    note_unripe(number);
  }
  if (!has_origin) remove(number);
}

// ---- Keeping

bool PrefixBook::restore(const Record& kept) {
  if (find(kept.prefix) != nullptr) return false;
  if (counts_.learnt >= rules_.most_prefixes &&
      !(kept.ripe() && displace(brought_[kNobody], kNobody))) {
    return false;
  }
  Record* const into = add(kept.prefix, kNobody);
  if (into == nullptr) return false;
  *into = kept;
  into->slot = kNobody;
  into->flaps = 0;
  into->set(Record::kUsed);
  if (into->ripe()) count_ripe(*into, true);
  return true;
}

}  // namespace tern::baseline
