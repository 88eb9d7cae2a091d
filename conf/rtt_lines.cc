#include "conf/rtt_lines.h"

#include <charconv>
#include <cmath>
#include <system_error>
#include <utility>

#include "conf/comma_fields.h"
#include "conf/small_file.h"
#include "policy/suggest.h"
#include "rib/types/location.h"
#include "rib/types/trimmed.h"

namespace tern::conf {
namespace {

constexpr double kMostMilliseconds = kMostRoundTrip / 1000.0;  // as in the schema

}  // namespace

std::optional<std::uint32_t> microseconds_of(double milliseconds) {
  if (!(milliseconds >= 0.001 && milliseconds <= kMostMilliseconds)) return std::nullopt;
  return static_cast<std::uint32_t>(std::lround(milliseconds * 1000));
}

Result<std::string, RttFault> read_rtt_text(const std::string& name) {
  auto text = read_file(name, kMostRttBytes);
  if (text) return *std::move(text);
  return RttFault{"cannot read " + in_quotes(name) + ": " + text.error().message, {}};
}

std::optional<RttFault> rtt_fault(Report& faults) {
  if (faults.empty()) return std::nullopt;
  RttFault fault{{}, faults.take()};
  fault.summary = fault.errors.front().to_string();
  if (fault.errors.size() > 1) {
    fault.summary += "; " + std::to_string(fault.errors.size()) + " errors in all";
  }
  return fault;
}

RttLines::RttLines(const std::string& name, const policy::EgressSource& configured, Report& report)
    : name_(name), report_(report) {
  for (const policy::PopSource& pop : configured.pops) pops_.push_back(pop.name);
  known_pops_.insert(pops_.begin(), pops_.end());
}

void RttLines::for_each(std::string_view text, const std::string& form,
                        const std::function<void(int, const Fields&)>& take) {
  for (int number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    const std::string_view row = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (row.empty() || row.front() == '#') continue;
    Fields fields;
    if (split_at_commas(row, fields) == fields.size()) {
      take(number, fields);
    } else {
      report(number, "expected " + form);
    }
  }
}

std::optional<std::uint32_t> RttLines::microseconds(int number, std::string_view figure) {
  double milliseconds = 0;
  const char* const end = figure.data() + figure.size();
  const auto [stop, error] = std::from_chars(figure.data(), end, milliseconds);
  const auto time =
      error == std::errc{} && stop == end ? microseconds_of(milliseconds) : std::nullopt;
  if (!time) {
    report(number, "expected milliseconds from 0.001 to 10000, found " + in_quotes(figure));
  }
  return time;
}

void RttLines::check_pop(int number, std::string_view pop) {
  if (known_pops_.contains(pop)) return;
  report(number, "there is no PoP " + in_quotes(pop) + suggestion(pop, pops_));
}

std::string RttLines::suggestion(std::string_view typed,
                                 const std::vector<std::string>& known) const {
  return report_.size() < Report::kMostErrors ? policy::did_you_mean(typed, known) : "";
}

}  // namespace tern::conf
