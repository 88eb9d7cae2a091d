#include "conf/rtt_file.h"

#include <set>
#include <utility>

#include "policy/live_costs.h"

namespace tern::conf {
namespace {

// A line with an error adds nothing.
class RttReader {
 public:
  RttReader(const std::string& name, const policy::EgressSource& configured, Report& report)
      : lines_(name, configured, report) {
    for (const policy::MetroSource& metro : configured.metros) {
      places_.push_back(metro.name);
      known_metros_.insert(metro.name);
    }
    known_pops_.insert(lines_.pops().begin(), lines_.pops().end());
    places_.insert(places_.end(), lines_.pops().begin(), lines_.pops().end());
    known_places_.insert(places_.begin(), places_.end());
    for (const auto& rtt : configured.rtts) in_configuration_.emplace(rtt.pop, rtt.to);
  }

  std::vector<policy::RttSource> read(std::string_view text) {
    lines_.for_each(text, "pop,metro-or-pop,milliseconds",
                    [this](int number, const RttLines::Fields& fields) { add(number, fields); });
    return std::move(rtts_);
  }

 private:
  void add(int number, const RttLines::Fields& fields) {
    if (pairs_ > policy::LiveCosts::kMostPairs) return;
    const auto& [pop, to, figure] = fields;
    const std::size_t before = lines_.errors();
    const auto time = lines_.microseconds(number, figure);
    lines_.check_pop(number, pop);
    if (known_places_.count(to) == 0) {
      lines_.report(number,
                    "there is no metro or PoP " + in_quotes(to) + lines_.suggestion(to, places_));
    }
    if (pop == to && known_metros_.count(to) == 0) {
      lines_.report(number, "a PoP has no round trip to itself");
    }
    const std::string pair = "from " + in_quotes(pop) + " to " + in_quotes(to);
    if (seen_.contains({pop, to})) {
      lines_.report(number, "a second time " + pair);
    } else if (in_configuration_.count({std::string(pop), std::string(to)}) != 0) {
      lines_.report(number, "a second time " + pair + "; egress.rtts has it too");
    }
    if (lines_.errors() != before) return;
    seen_.emplace(pop, to);
    rtts_.push_back({std::string(pop), std::string(to), *time});
    // A metro and a PoP may have the same name (Egress::pairs_of()).
    pairs_ += known_metros_.count(to) + (pop == to ? 0 : known_pops_.count(to));
    if (pairs_ > policy::LiveCosts::kMostPairs) {
      lines_.report(number,
                    "more than " + std::to_string(policy::LiveCosts::kMostPairs) + " round trips");
    }
  }

  RttLines lines_;
  std::vector<std::string> places_;
  std::set<std::string_view> known_pops_;
  std::set<std::string_view> known_places_;
  std::set<std::string_view> known_metros_;
  std::set<std::pair<std::string, std::string>> in_configuration_;
  std::set<std::pair<std::string_view, std::string_view>> seen_;  // in rtts_
  std::vector<policy::RttSource> rtts_;
  std::size_t pairs_ = 0;  // pairs of places in rtts_
};

}  // namespace

Result<RttFile, RttFault> read_rtt_file(const std::string& name,
                                        const policy::EgressSource& configured) {
  return read_rtts<RttReader, policy::RttSource>(name, configured);
}

std::vector<policy::RttSource> read_kept_rtts(std::string_view text,
                                              const policy::EgressSource& configured) {
  return read_kept<RttReader>(text, configured);
}

}  // namespace tern::conf
