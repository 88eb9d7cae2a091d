#include "tests/bench/load/churn.h"

#include <algorithm>
#include <cstdio>
#include <limits>

namespace tern::load {
namespace {

constexpr Nanoseconds kUnit = 100;

std::uint32_t units(Nanoseconds time) {
  return static_cast<std::uint32_t>(
      std::clamp<Nanoseconds>(time / kUnit, 0, std::numeric_limits<std::uint32_t>::max()));
}

// "name": {"p50": ...} in microseconds. Sorts.
std::string distribution(const char* name, std::vector<std::uint32_t>& values) {
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    if (values.empty()) return 0.0;
    const auto last = static_cast<double>(values.size() - 1);
    return values[static_cast<std::size_t>(share * last + 0.5)] / 10.0;
  };
  char text[200];
  std::snprintf(text, sizeof text,
                R"("%s": {"p50": %.1f, "p99": %.1f, "p99.9": %.1f, "max": %.1f})", name, at(0.5),
                at(0.99), at(0.999), at(1));
  return text;
}

}  // namespace

Churn::Churn(Session& sender, const Universe& universe, const Table& table, double rate,
             std::uint32_t sessions)
    : sender_(sender), rate_(rate), seen_(sessions), heard_(sessions), gaps_(sessions) {
  updates_.reserve(table.prefixes.size());
  for (const AttributeSet& set : table.sets) {
    for (std::uint32_t i = set.first; i < set.first + set.count; ++i) {
      const auto first = static_cast<std::uint32_t>(bytes_.size());
      const std::size_t med =
          append_update(set.attributes, {&universe.prefixes[table.prefixes[i]], 1}, bytes_);
      updates_.push_back({first, static_cast<std::uint32_t>(bytes_.size()) - first,
                          static_cast<std::uint32_t>(med) - first});
    }
  }
  const auto expected = static_cast<std::size_t>(rate * 60);
  sent_.reserve(expected);
  latencies_.reserve(expected);
}

void Churn::start(Nanoseconds time) {
  begin_ = time;
  std::fill(heard_.begin(), heard_.end(), time);
}

Nanoseconds Churn::due() const {
  return begin_ + static_cast<Nanoseconds>(static_cast<double>(sent_.size()) * kSecond / rate_);
}

void Churn::send(Nanoseconds time) {
  Octets together;
  while (due() <= time) {
    lateness_.push_back(units(time - due()));
    const Update& update = updates_[sent_.size() % updates_.size()];
    std::uint8_t* const bytes = bytes_.data() + update.first;
    write_u32(bytes + update.med, kFirstStamp + static_cast<std::uint32_t>(sent_.size()));
    together.insert(together.end(), bytes, bytes + update.length);
    sent_.push_back(time);
  }
  if (!together.empty()) sender_.send_copy(together);
}

void Churn::take(std::uint32_t session, const std::vector<std::uint32_t>& stamps,
                 Nanoseconds time) {
  std::vector<bool>& seen = seen_[session];
  gaps_[session] = std::max(gaps_[session], time - heard_[session]);
  heard_[session] = time;
  for (const std::uint32_t stamp : stamps) {
    const std::uint32_t number = stamp - kFirstStamp;
    if (number >= sent_.size()) continue;
    if (seen.size() <= number) seen.resize(sent_.size());
    if (seen[number]) continue;
    seen[number] = true;
    latencies_.push_back(units(time - sent_[number]));
  }
}

void Churn::count_missing(std::uint32_t session, std::uint64_t& lost,
                          std::uint64_t& superseded) const {
  const std::vector<bool>& seen = seen_[session];
  // From the last to the first: is there a later stamp of the same prefix that has arrived?
  std::vector<bool> later(updates_.size());
  for (std::size_t number = sent_.size(); number-- > 0;) {
    const std::size_t prefix = number % updates_.size();
    if (number < seen.size() && seen[number]) {
      later[prefix] = true;
    } else {
      ++(later[prefix] ? superseded : lost);
    }
  }
}

std::string Churn::report(const std::vector<std::uint32_t>& receivers) {
  std::uint64_t lost = 0;
  std::uint64_t superseded = 0;
  for (const std::uint32_t session : receivers) count_missing(session, lost, superseded);
  const Nanoseconds end = end_ != 0 ? end_ : now();
  char text[200];
  std::snprintf(text, sizeof text,
                R"("sent": %zu, "seconds": %.3f, "lost": %llu, "superseded": %llu, )", sent_.size(),
                seconds(end - begin_), static_cast<unsigned long long>(lost),
                static_cast<unsigned long long>(superseded));
  std::vector<std::uint32_t> gaps;
  for (const std::uint32_t session : receivers) {
    gaps.push_back(units(std::max(gaps_[session], running() ? end - heard_[session] : 0)));
    gaps_[session] = 0;
  }
  const std::string made = text + distribution("latency_us", latencies_) + ", " +
                           distribution("send_lateness_us", lateness_) + ", " +
                           distribution("gap_us", gaps);
  latencies_.clear();
  lateness_.clear();
  return made;
}

}  // namespace tern::load
