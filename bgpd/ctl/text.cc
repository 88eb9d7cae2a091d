#include "bgpd/ctl/text.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace tern::ctl {
namespace {

constexpr std::uint64_t kMinute = 60;
constexpr std::uint64_t kHour = 60 * kMinute;
constexpr std::uint64_t kDay = 24 * kHour;

std::string one_decimal(double value, std::string_view unit) {
  std::array<char, 32> digits{};
  const int length = std::snprintf(digits.data(), digits.size(), "%.1f ", value);
  return std::string(digits.data(), static_cast<std::size_t>(length)).append(unit);
}

std::string two_units(std::uint64_t seconds, std::uint64_t large, char large_unit,
                      std::uint64_t small, char small_unit) {
  std::string text = std::to_string(seconds / large) + large_unit;
  const std::uint64_t rest = seconds % large / small;
  if (rest != 0) text.append(" ").append(std::to_string(rest)).push_back(small_unit);
  return text;
}

bool starts_code_point(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }

}  // namespace

std::string count_text(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string count_of(std::uint64_t count, std::string_view noun) {
  std::string text = count_text(count).append(" ").append(noun);
  if (count != 1) text.push_back('s');
  return text;
}

std::string duration_text(std::uint64_t seconds) {
  if (seconds < kMinute) return std::to_string(seconds) + 's';
  if (seconds < kHour) return two_units(seconds, kMinute, 'm', 1, 's');
  if (seconds < kDay) return two_units(seconds, kHour, 'h', kMinute, 'm');
  if (seconds < 100 * kDay) return two_units(seconds, kDay, 'd', kHour, 'h');
  return std::to_string(seconds / kDay) + 'd';
}

std::string age_text(std::uint64_t since_seconds, std::uint64_t now_seconds) {
  if (since_seconds == 0) return {};
  return duration_text(now_seconds > since_seconds ? now_seconds - since_seconds : 0);
}

std::string cost_text(std::uint64_t microseconds) {
  if (microseconds < 1000) return std::to_string(microseconds) + " us";
  if (microseconds < 100'000) return one_decimal(static_cast<double>(microseconds) / 1000, "ms");
  return count_text((microseconds + 500) / 1000) + " ms";
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits{"KiB", "MiB", "GiB", "TiB", "PiB"};
  if (bytes < 1024) return std::to_string(bytes) + " B";
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return one_decimal(value, kUnits[unit]);
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

std::string join(const std::vector<std::string>& parts, std::string_view between) {
  std::string joined;
  for (const std::string& part : parts) {
    if (!joined.empty()) joined.append(between);
    joined.append(part);
  }
  return joined;
}

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_code_point));
}

std::string cut_to(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::size_t end = 0;
  std::size_t columns = 0;
  for (; end < text.size(); ++end) {
    if (!starts_code_point(text[end])) continue;
    if (columns + 1 == width) break;
    ++columns;
  }
  return std::string(text.substr(0, end)).append("…");
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  std::size_t used = 0;  // of the last line
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    if (word.empty()) continue;
    const std::size_t needed = display_width(word);
    if (!lines.empty() && used + 1 + needed <= width) {
      lines.back().append(" ").append(word);
      used += 1 + needed;
    } else {
      lines.emplace_back(word);
      used = needed;
    }
  }
  return lines;
}

}  // namespace tern::ctl
