#include "conf/prefix_rtt_file.h"

#include <set>
#include <utility>

#include "rib/types/prefix.h"

namespace tern::conf {
namespace {

// A line with an error adds nothing.
class PrefixRttReader {
 public:
  PrefixRttReader(const std::string& name, const policy::EgressSource& configured, Report& report)
      : lines_(name, configured, report) {}

  std::vector<policy::PrefixRttSource> read(std::string_view text) {
    lines_.for_each(text, "pop,prefix,milliseconds",
                    [this](int number, const RttLines::Fields& fields) { add(number, fields); });
    return std::move(rtts_);
  }

 private:
  void add(int number, const RttLines::Fields& fields) {
    if (rtts_.size() > policy::PrefixRtts::kMost) return;
    const auto& [pop, to, figure] = fields;
    const std::size_t before = lines_.errors();
    const auto time = lines_.microseconds(number, figure);
    lines_.check_pop(number, pop);
    const auto prefix = Prefix::parse(to);
    if (!prefix) {
      lines_.report(number, "expected a prefix, found " + in_quotes(to));
    } else if (seen_.contains({pop, *prefix})) {
      lines_.report(number, "a second time from " + in_quotes(pop) + " to " + prefix->to_string());
    }
    if (lines_.errors() != before) return;
    seen_.emplace(pop, *prefix);
    rtts_.push_back({std::string(pop), *prefix, *time});
    if (rtts_.size() == policy::PrefixRtts::kMost + 1) {
      lines_.report(number,
                    "more than " + std::to_string(policy::PrefixRtts::kMost) + " round trips");
    }
  }

  RttLines lines_;
  std::set<std::pair<std::string_view, Prefix>> seen_;  // in rtts_
  std::vector<policy::PrefixRttSource> rtts_;
};

}  // namespace

Result<PrefixRttFile, RttFault> read_prefix_rtt_file(const std::string& name,
                                                     const policy::EgressSource& configured) {
  return read_rtts<PrefixRttReader, policy::PrefixRttSource>(name, configured);
}

std::vector<policy::PrefixRttSource> read_kept_prefix_rtts(std::string_view text,
                                                           const policy::EgressSource& configured) {
  return read_kept<PrefixRttReader>(text, configured);
}

}  // namespace tern::conf
