#include "bgpd/daemon/rtt_watch.h"

#include <string>
#include <utility>
#include <vector>

#include "bgpd/daemon/compose_costs.h"
#include "bgpd/session/costs.h"
#include "conf/prefix_rtt_file.h"
#include "conf/rtt_file.h"
#include "conf/small_file.h"
#include "conf/sources.h"

namespace tern::daemon {
namespace {

using Content = MeasuredFile::Content;
using Kind = conf::LastGood::Content;
using PrefixRtts = std::shared_ptr<const policy::PrefixRtts>;

// The table of the text, and the prefixes for which it differs from the table before.
struct NextPrefixes {
  PrefixRtts rtts;
  std::vector<policy::PrefixRange> changed;
};

NextPrefixes next_behind(const PrefixRtts& before, policy::PrefixRtts read,
                         const policy::CostRules& rules) {
  const policy::PrefixRtts none;
  const policy::PrefixRtts& used = before != nullptr ? *before : none;
  auto next = std::make_shared<const policy::PrefixRtts>(read.settled(used, rules));
  if (before != nullptr && *next == *before && next->has_digests_of(*before)) return {before, {}};
  auto changed = policy::PrefixRtts::difference(used, *next);
  return {std::move(next), std::move(changed)};
}

}  // namespace

RttWatch::RttWatch(ConfigThread& thread, session::Loop& loop, session::Speaker& speaker,
                   api::DaemonFacts& facts)
    : speaker_(speaker),
      pairs_(thread, loop, facts, facts.rtt_file, Kind::RoundTrips, "round trips"),
      prefixes_(thread, loop, facts, facts.prefix_rtt_file, Kind::PrefixRoundTrips,
                "round trips to prefixes") {}

void RttWatch::apply(const Config& config) {
  pairs_.apply(pairs(config));
  prefixes_.apply(prefixes(config));
}

std::optional<MeasuredFile::Source> RttWatch::pairs(const Config& config) const {
  const std::string& name = config->file.egress().rtt_file();
  if (name.empty()) return std::nullopt;
  MeasuredFile::Source source{conf::relative_to(config->path, name), config->path};
  // The content that was read with the configuration is not new.
  source.taken = config->rtt_file.mark;
  source.was_bad = config->rtt_file.name.empty();
  source.read = [config, path = source.path, egress = speaker_.settings().egress,
                 &speaker = speaker_](const conf::FileMark& mark) -> Result<Content, std::string> {
    auto file = conf::read_rtt_file(path, conf::egress_source(config->file));
    if (!file) return file.error().summary;
    auto values = file_values(*egress, file->rtts, mark.written(), mark.changed, path);
    const std::size_t count = values.pairs.size();
    return Content{std::move(file->text), count, [values = std::move(values), egress, &speaker] {
                     speaker.costs().take_file(values, egress);
                   }};
  };
  return source;
}

// The speaker has the content of the configuration where that brought other places. Otherwise the
// file is read again, and its difference found on ConfigThread.
std::optional<MeasuredFile::Source> RttWatch::prefixes(const Config& config) const {
  const std::string& name = config->file.egress().prefix_rtt_file();
  if (name.empty()) return std::nullopt;
  MeasuredFile::Source source{conf::relative_to(config->path, name), config->path};
  const PrefixRtts& present = speaker_.costs().prefix_rtts();
  if (present == speaker_.settings().costs.prefixes.rtts) {
    source.taken = config->prefix_rtt_file.mark;
  }
  source.was_bad = config->prefix_rtt_file.name.empty();
  source.read = [config, path = source.path, last = present, egress = speaker_.settings().egress,
                 rules = speaker_.settings().costs.rules, &speaker = speaker_](
                    const conf::FileMark& mark) mutable -> Result<Content, std::string> {
    auto file = conf::read_prefix_rtt_file(path, conf::egress_source(config->file));
    if (!file) return file.error().summary;
    auto next = next_behind(last, policy::PrefixRtts(file->rtts, *egress), rules);
    const PrefixRtts before = std::exchange(last, next.rtts);
    const session::PrefixMeasurements measured{next.rtts, age_of(mark.written())};
    return Content{std::move(file->text), next.rtts->size(),
                   [measured, before, changed = std::move(next.changed), egress, &speaker] {
                     speaker.costs().take_prefixes(measured, before, changed, egress);
                   }};
  };
  return source;
}

}  // namespace tern::daemon
