// Lines of a file of round trips: three fields between commas, the first a PoP, the last
// milliseconds. Blank lines and those that start with # are skipped.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conf/report.h"
#include "policy/egress.h"
#include "rib/types/result.h"

namespace tern::conf {

// Nothing for a value that is no round trip: at most ten seconds, at least a microsecond.
[[nodiscard]] std::optional<std::uint32_t> microseconds_of(double milliseconds);

inline constexpr std::size_t kMostRttBytes = std::size_t{64} << 20U;  // of a file

struct RttFault {
  std::string summary;  // one line, with the number of the other errors
  // Of lines of the file. Empty: the file cannot be read.
  std::vector<Error> errors;
};
[[nodiscard]] Result<std::string, RttFault> read_rtt_text(const std::string& name);
// Nothing where the file has no errors.
[[nodiscard]] std::optional<RttFault> rtt_fault(Report& faults);

// The text of a file and its round trips.
template <typename Rtt>
struct RttContent {
  std::string text;
  std::vector<Rtt> rtts;
};
// A Reader is made of a name, the configured places and a Report; read(text) returns the round
// trips, and reports the errors.
template <typename Reader, typename Rtt>
Result<RttContent<Rtt>, RttFault> read_rtts(const std::string& name,
                                            const policy::EgressSource& configured) {
  auto text = read_rtt_text(name);
  if (!text) return text.error();
  Report faults(name);
  auto rtts = Reader(name, configured, faults).read(*text);
  if (auto fault = rtt_fault(faults)) return *std::move(fault);
  return RttContent<Rtt>{*std::move(text), std::move(rtts)};
}
// Lines with errors are left out.
template <typename Reader>
auto read_kept(std::string_view text, const policy::EgressSource& configured) {
  const std::string name;
  Report ignored(name);
  return Reader(name, configured, ignored).read(text);
}

// RttLines is the common part of the readers of such files. An error names the file and its line.
class RttLines {
 public:
  using Fields = std::array<std::string_view, 3>;

  RttLines(const std::string& name, const policy::EgressSource& configured, Report& report);

  // Calls take(number, fields) for each line with three fields. Another number of fields is an
  // error: "expected `form`".
  void for_each(std::string_view text, const std::string& form,
                const std::function<void(int, const Fields&)>& take);

  void report(int number, std::string message) { report_.add_in(name_, number, message); }
  // Reports a text that is no number of milliseconds, a name that no PoP has.
  [[nodiscard]] std::optional<std::uint32_t> microseconds(int number, std::string_view figure);
  void check_pop(int number, std::string_view pop);
  // "; did you mean 'ams'?", or "". A suggestion compares the text with every known name. Behind
  // the last error that Report keeps, a line therefore gets no suggestion.
  [[nodiscard]] std::string suggestion(std::string_view typed,
                                       const std::vector<std::string>& known) const;
  [[nodiscard]] std::size_t errors() const { return report_.size(); }
  [[nodiscard]] const std::vector<std::string>& pops() const { return pops_; }

 private:
  const std::string& name_;
  Report& report_;
  std::vector<std::string> pops_;  // names
  std::set<std::string_view> known_pops_;
};

}  // namespace tern::conf
