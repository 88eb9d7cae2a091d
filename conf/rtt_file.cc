#include "conf/rtt_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>
#include <system_error>
#include <utility>

#include "policy/suggest.h"

namespace tern::conf {
namespace {

constexpr double kMostMilliseconds = 10000;  // as rtts[].milliseconds in the schema

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

class RttReader {
 public:
  RttReader(const std::string& name, const std::vector<std::string>& pops,
            const std::vector<std::string>& metros, std::vector<policy::RttSource>& rtts,
            Report& report)
      : name_(name), pops_(pops), places_(metros), rtts_(rtts), report_(report) {
    places_.insert(places_.end(), pops.begin(), pops.end());
    known_pops_.insert(pops_.begin(), pops_.end());
    known_places_.insert(places_.begin(), places_.end());
    known_metros_.insert(metros.begin(), metros.end());
    for (const policy::RttSource& rtt : rtts) in_configuration_.emplace(rtt.pop, rtt.to);
  }

  void line(int number, std::string_view text) {
    text = trimmed(text);
    if (text.empty() || text.front() == '#') return;
    std::array<std::string_view, 3> fields;
    std::size_t count = 0;
    for (;;) {
      const auto comma = text.find(',');
      if (count < fields.size()) fields[count] = trimmed(text.substr(0, comma));
      ++count;
      if (comma == std::string_view::npos) break;
      text.remove_prefix(comma + 1);
    }
    if (count != fields.size()) {
      report_.add_in(name_, number, "expected pop,metro-or-pop,milliseconds");
      return;
    }
    add(number, fields);
  }

 private:
  void add(int number, const std::array<std::string_view, 3>& fields) {
    const auto& [pop, to, figure] = fields;
    double milliseconds = 0;
    const auto [stop, error] =
        std::from_chars(figure.data(), figure.data() + figure.size(), milliseconds);
    const auto time = error == std::errc{} && stop == figure.data() + figure.size()
                          ? microseconds_of(milliseconds)
                          : std::nullopt;
    const std::size_t before = report_.size();
    if (!time) {
      report_.add_in(name_, number,
                     "expected milliseconds from 0.001 to 10000, found " + quoted(figure));
    }
    if (known_pops_.count(pop) == 0) {
      report_.add_in(name_, number, "there is no PoP " + quoted(pop) + suggestion(pop, pops_));
    }
    if (known_places_.count(to) == 0) {
      report_.add_in(name_, number,
                     "there is no metro or PoP " + quoted(to) + suggestion(to, places_));
    }
    if (pop == to && known_metros_.count(to) == 0) {
      report_.add_in(name_, number, "a PoP has no round trip to itself");
    }
    const std::string pair = "from " + quoted(pop) + " to " + quoted(to);
    if (!seen_.emplace(pop, to).second) {
      report_.add_in(name_, number, "a second time " + pair);
    } else if (in_configuration_.count({std::string(pop), std::string(to)}) != 0) {
      report_.add_in(name_, number, "a second time " + pair + "; egress.rtts has it too");
    }
    if (report_.size() == before) rtts_.push_back({std::string(pop), std::string(to), *time});
  }

  // A suggestion compares the text with every known name. Behind the last error that Report keeps,
  // a line therefore gets no suggestion.
  [[nodiscard]] std::string suggestion(std::string_view typed,
                                       const std::vector<std::string>& known) const {
    return report_.size() < Report::kMostErrors ? policy::did_you_mean(typed, known) : "";
  }

  const std::string& name_;
  const std::vector<std::string>& pops_;
  std::vector<std::string> places_;
  std::set<std::string_view> known_pops_;
  std::set<std::string_view> known_places_;
  std::set<std::string_view> known_metros_;
  std::set<std::pair<std::string, std::string>> in_configuration_;
  std::set<std::pair<std::string_view, std::string_view>> seen_;
  std::vector<policy::RttSource>& rtts_;
  Report& report_;
};

}  // namespace

std::optional<std::uint32_t> microseconds_of(double milliseconds) {
  if (!(milliseconds >= 0.001 && milliseconds <= kMostMilliseconds)) return std::nullopt;
  return static_cast<std::uint32_t>(std::lround(milliseconds * 1000));
}

void read_rtts(std::string_view text, const std::string& name, const std::vector<std::string>& pops,
               const std::vector<std::string>& metros, std::vector<policy::RttSource>& rtts,
               Report& report) {
  RttReader reader(name, pops, metros, rtts, report);
  int number = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    reader.line(++number, text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

}  // namespace tern::conf
