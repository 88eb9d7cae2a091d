#include "bgpd/latency/history_text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "rib/types/decimal.h"

namespace tern::latency {
namespace {

constexpr char kBetween = '\t';
constexpr char kDegraded = 'd';
constexpr std::uint32_t kMostHour = UINT32_MAX / Track::kHourSeconds - 1;

// The text up to the character, which is taken away with it; the whole text where there is none.
std::string_view take_until(char end, std::string_view& text) {
  const std::string_view part = text.substr(0, text.find(end));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

std::optional<Subject> parse_subject(std::string_view kind, std::string_view name) {
  if (name.empty()) return std::nullopt;
  if (kind == to_string(Subject::Kind::Prefix)) {
    const auto prefix = Prefix::parse(name);
    if (!prefix) return std::nullopt;
    return Subject{.kind = Subject::Kind::Prefix, .prefix = *prefix};
  }
  for (const auto one : {Subject::Kind::Metro, Subject::Kind::Neighbor}) {
    if (kind == to_string(one)) return Subject{.kind = one, .name = std::string(name)};
  }
  return std::nullopt;
}

std::optional<Track::Hour> parse_hour(std::string_view text) {
  constexpr std::size_t kFields = 5;
  std::array<std::uint32_t, kFields> numbers{};
  const bool degraded = !text.empty() && text.back() == kDegraded;
  if (degraded) text.remove_suffix(1);
  for (std::uint32_t& number : numbers) {
    const auto parsed = parse_decimal<std::uint32_t>(take_until(':', text));
    if (!parsed) return std::nullopt;
    number = *parsed;
  }
  const auto& [number, count, p50, p95, p99] = numbers;
  if (!text.empty() || number > kMostHour || count == 0) return std::nullopt;
  return Track::Hour{number, count, bucket_of(p50), bucket_of(p95), bucket_of(p99), degraded};
}

}  // namespace

std::string history_line(const SubjectHistory& history) {
  std::string text(to_string(history.subject.kind));
  text += kBetween + history.subject.text() + kBetween;
  for (const Track::Hour& hour : *history.hours) {
    text += std::to_string(hour.number) + ':' + std::to_string(hour.count) + ':' +
            std::to_string(value_of(hour.p50)) + ':' + std::to_string(value_of(hour.p95)) + ':' +
            std::to_string(value_of(hour.p99));
    if (hour.degraded) text += kDegraded;
    text += ',';
  }
  if (text.back() == ',') text.pop_back();
  if (history.degraded_since != 0) text += kBetween + std::to_string(history.degraded_since);
  return text;
}

std::optional<SubjectHistory> parse_history_line(std::string_view line) {
  const std::string_view kind = take_until(kBetween, line);
  auto subject = parse_subject(kind, take_until(kBetween, line));
  if (!subject || line.empty()) return std::nullopt;
  auto hours = std::make_shared<Track::Hours>();
  std::string_view text = take_until(kBetween, line);
  while (!text.empty()) {
    const auto hour = parse_hour(take_until(',', text));
    const bool fits = hour && hours->size() < Track::kHistory &&
                      (hours->empty() || hours->back().number < hour->number);
    if (!fits) return std::nullopt;
    hours->push_back(*hour);
  }
  std::uint32_t degraded_since = 0;
  if (!line.empty()) {
    const auto parsed = parse_decimal<std::uint32_t>(line);
    if (!parsed) return std::nullopt;
    degraded_since = *parsed;
  }
  return SubjectHistory{*std::move(subject), std::move(hours), degraded_since};
}

}  // namespace tern::latency
