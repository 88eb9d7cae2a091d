#include "bgpd/baseline/record.h"

#include <algorithm>

namespace tern::baseline {
namespace {

constexpr std::uint8_t kMostDays = 255;

// The origins of a record, or its upstreams.
struct Part {
  std::size_t begin;
  std::size_t end;
  Day Record::*other_last;
  std::uint8_t Record::*other_days;
  Record::Flag many;
};
constexpr Part kOfOrigins{0, kOrigins, &Record::other_origin_last, &Record::other_origin_days,
                          Record::kManyOrigins};
constexpr Part kOfUpstreams{kOrigins, kOrigins + kUpstreams, &Record::other_upstream_last,
                            &Record::other_upstream_days, Record::kManyUpstreams};

Day days_since(Day last, const Now& now) {
  return static_cast<Day>(static_cast<Day>(now.day) - last);
}

// Counts the day, once.
void count_day(Day& last, std::uint8_t& count, const Now& now) {
  const Day today = static_cast<Day>(now.day);
  if (count != 0 && last == today) return;
  last = today;
  if (count < kMostDays) ++count;
}

// True: the AS is new.
bool see(Record& in, const Part& part, Asn asn, const Now& now) {
  std::size_t into = part.end;
  for (std::size_t i = part.begin; i < part.end; ++i) {
    if (in.days[i] != 0 && in.asns[i] == asn) {
      count_day(in.last[i], in.days[i], now);
      return false;
    }
    const bool may_go =
        in.days[i] == 0 || (!in.usual(i) && in.last[i] != static_cast<Day>(now.day));
    if (may_go && (into == part.end || in.days[i] < in.days[into])) into = i;
  }
  if (into == part.end) {
    Day& last = in.*part.other_last;
    std::uint8_t& days = in.*part.other_days;
    // Strays with a week between them are not many.
    if (!in.is(part.many) && days_since(last, now) > kDays) days = 0;
    count_day(last, days, now);
    if (days >= kDays) in.set(part.many);
    return true;
  }
  in.asns[into] = asn;
  in.days[into] = 0;
  if (into < kOrigins) in.first_day[into] = now.unix_day;
  count_day(in.last[into], in.days[into], now);
  return true;
}

}  // namespace

bool see_origin(Record& in, Asn origin, const Now& now) { return see(in, kOfOrigins, origin, now); }

void see_upstream(Record& in, Asn upstream, const Now& now) {
  (void)see(in, kOfUpstreams, upstream, now);
}

void see_length(Record& in, std::uint8_t shortest, std::uint32_t longer_by, const Now& now) {
  if (in.shortest == 0 || shortest < in.shortest) in.shortest = shortest;
  if (!in.ripe() || in.longest == 0) {
    in.longest = std::max(in.longest, shortest);
    return;
  }
  if (shortest <= in.longest + longer_by) {
    in.longer_days = 0;
    return;
  }
  in.longer = in.longer_days == 0 ? shortest : std::min(in.longer, shortest);
  count_day(in.longer_last, in.longer_days, now);
  if (in.longer_days < kDays) return;
  in.longest = in.longer;
  in.longer_days = 0;
}

policy::UsualPath usual_of(const Record& of, std::uint32_t longer_by) {
  policy::UsualPath usual;
  usual.prefix = of.prefix;
  usual.many_upstreams = of.is(Record::kManyUpstreams);
  usual.longest = of.longest;
  usual.longer_by = static_cast<std::uint8_t>(longer_by);
  for (std::size_t i = 0; i < of.asns.size(); ++i) {
    if (!of.usual(i)) continue;
    if (i < kOrigins) {
      usual.origins[usual.origin_count++] = of.asns[i];
    } else {
      usual.upstreams[usual.upstream_count++] = of.asns[i];
    }
  }
  return usual;
}

void forget_others(Record& in, std::uint32_t forget_days, const Now& now) {
  for (const Part* const part : {&kOfOrigins, &kOfUpstreams}) {
    const std::uint32_t most =
        in.is(part->many) ? forget_days : std::min<std::uint32_t>(kDays, forget_days);
    if (in.*part->other_days == 0 || days_since(in.*part->other_last, now) <= most) continue;
    in.*part->other_days = 0;
    in.clear(part->many);
  }
}

}  // namespace tern::baseline
