#include "bgpd/baseline/learner.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace tern::baseline {
namespace {

constexpr std::uint32_t kDaySeconds = 86'400;
constexpr std::uint64_t kNanoseconds = 1'000'000'000;

}  // namespace

const char* to_string(Phase phase) {
  switch (phase) {
    case Phase::Off:
      return "off";
    case Phase::Reading:
      return "reading";
    case Phase::Waiting:
      return "waiting";
    case Phase::Learning:
      return "learning";
  }
  return "off";
}

void Learner::apply(const Rules& rules) {
  const bool has_learnt = detector_.book().counts().learnt != 0;
  if (!detector_.apply(rules)) return;
  keeping_ = false;
  usual_.clear();
  if (!has_learnt) return;
  spdlog::warn("baseline: a day is {} s now: learning begins anew", rules.day_seconds());
}

void Learner::clear() {
  keeping_ = false;
  has_file_ = false;
  usual_.clear();
  detector_.clear();
  publish();
}

void Learner::restore(const std::vector<Record>& records) {
  for (const Record& record : records) {
    if (!detector_.book().restore(record)) ++not_restored_;
  }
}

void Learner::restored(const std::optional<KeptClock>& clock) {
  const Rules rules = detector_.book().rules();
  if (clock && clock->day_seconds == rules.day_seconds()) {
    clock_.set(clock->milliseconds);
    const PrefixBook::Counts counts = detector_.book().counts();
    spdlog::info("baseline: {} prefixes are learnt, {} of them ripe", counts.learnt, counts.ripe);
    const std::uint64_t lost = not_restored_ + counts.displaced;
    if (lost != 0) spdlog::warn("baseline: {} prefixes of the file found no room", lost);
  } else {
    if (clock) {
      spdlog::warn("baseline: a day was {} s, and is {} s now: learning begins anew",
                   clock->day_seconds, rules.day_seconds());
    }
    detector_.clear();  // a part of a file counts for nothing
  }
  has_file_ = true;
  not_restored_ = 0;
  kept_at_ = clock_.milliseconds();
  publish();
}

Now Learner::now(std::uint64_t steady) {
  clock_.advance(steady);
  day_ = clock_.day(detector_.book().rules().day_seconds());
  return {day_, static_cast<std::uint16_t>(session::unix_seconds() / kDaySeconds),
          static_cast<std::uint32_t>(steady / kNanoseconds)};
}

void Learner::take(const Batch& batch, const Surroundings& around, std::uint64_t steady) {
  detector_.take(batch, around, now(steady));
}

void Learner::tick(std::uint64_t steady, bool learning,
                   const policy::RegistrationTable* registrations) {
  const Now at = now(steady);
  if (learning) {
    detector_.tick(at);
    keep_some();
  }
  if (has_file_) usual_.look(detector_.book(), registrations, steady);
  publish();
}

// Records that change meanwhile are in the file as of before or after.
void Learner::keep_some() {
  const PrefixBook& book = detector_.book();
  const std::uint32_t day = book.rules().day_seconds();
  const std::uint64_t every = std::uint64_t{std::min(day, kMostKeepEvery)} * 1000;
  if (!keeping_) {
    if (clock_.milliseconds() - kept_at_ < every) return;
    keeping_ = true;
    next_kept_ = 0;
    records_kept_ = 0;
    std::string head;
    add_head(head);
    keeper_.begin_file();
    keeper_.add(std::move(head));
  }
  for (std::size_t i = 0; i < kBlocksOfTick && keeper_.has_room(); ++i) {
    std::vector<Record> records;
    while (records.size() < kBlock && next_kept_ < book.end()) {
      const Record* const of = book.at(next_kept_++);
      if (of != nullptr) records.push_back(*of);
    }
    std::string piece;
    if (!records.empty()) add_block(records, piece);
    records_kept_ += records.size();
    const bool last = next_kept_ >= book.end();
    if (last) add_end({day, clock_.milliseconds()}, records_kept_, piece);
    keeper_.add(std::move(piece));
    if (!last) continue;
    keeper_.end_file();
    keeping_ = false;
    kept_at_ = clock_.milliseconds();
    return;
  }
}

void Learner::publish() {
  const PrefixBook::Counts book = detector_.book().counts();
  const Rules& rules = detector_.book().rules();
  KeeperStatus kept = keeper_.status();
  const std::lock_guard lock(mutex_);
  counts_.learnt = book.learnt;
  counts_.ripe = book.ripe;
  counts_.most = rules.most_prefixes;
  counts_.left_out = book.left_out;
  counts_.displaced = book.displaced;
  counts_.open = detector_.open();
  counts_.unreported = detector_.unreported();
  counts_.octets = detector_.book().octets();
  counts_.day_seconds = rules.day_seconds();
  counts_.day = day_;
  counts_.kept = kept.kept;
  counts_.failures = kept.failures;
  counts_.error = std::move(kept.error);
}

WatchCounts Learner::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::vector<LearntPrefix> Learner::look(const Prefix& prefix) const {
  std::vector<LearntPrefix> shown;
  const PrefixBook& book = detector_.book();
  if (const Record* const of = book.find(prefix)) shown.push_back(show(*of, false));
  if (const Record* const of = book.covering(prefix)) shown.push_back(show(*of, true));
  return shown;
}

LearntPrefix Learner::show(const Record& of, bool covering) const {
  LearntPrefix shown;
  shown.prefix = of.prefix;
  shown.ripe = of.ripe();
  shown.covering = covering;
  shown.many_origins = of.is(Record::kManyOrigins);
  shown.many_upstreams = of.is(Record::kManyUpstreams);
  shown.shortest = of.shortest;
  shown.longest = of.longest;
  for (std::size_t i = 0; i < of.asns.size(); ++i) {
    if (of.days[i] == 0) continue;
    LearntPrefix::Seen seen;
    seen.asn = of.asns[i];
    seen.usual = of.usual(i);
    seen.days = of.days[i];
    seen.days_ago = static_cast<Day>(static_cast<Day>(day_) - of.last[i]);
    if (i < kOrigins) seen.first = std::uint64_t{of.first_day[i]} * kDaySeconds;
    (i < kOrigins ? shown.origins : shown.upstreams).push_back(seen);
  }
  return shown;
}

}  // namespace tern::baseline
