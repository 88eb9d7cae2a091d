#include "conf/policy_check.h"

#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "conf/file_mark.h"
#include "conf/last_good.h"
#include "conf/prefix_rtt_file.h"
#include "conf/rtt_file.h"
#include "conf/small_file.h"
#include "conf/sources.h"

namespace tern::conf {
namespace {

// Members of the policy sources that the schema keeps under another name.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kSchemaNames{{
    {"as_path_regex", "as_path"},
    {"origin_as_sets", "origin_as"},
    {"neighbour_as_sets", "neighbour_as"},
    {"as_path_contains_sets", "as_path_contains"},
    {"next_hops", "next_hop"},
    {"next_hop_self", "next_hop"},
    {"clear_med", "med"},
    {"remove_community_sets", "remove_communities"},
}};

std::string_view schema_name(std::string_view field) {
  for (const auto& [member, name] : kSchemaNames) {
    if (member == field) return name;
  }
  return field;
}

// The entry of a set that `error.term` numbers, or the field of a term; the nearest that is
// written.
Path path_of(const policy::CompileError& error, const policy::Sources& sources,
             const YamlDocument& document) {
  if (error.policy.empty()) {
    const auto named = [&](const auto& list, std::string_view field) {
      return error.term < list.size() ? Path() / field / list[error.term].name : Path() / field;
    };
    if (error.field == "prefix_sets") return named(sources.prefix_sets, "prefix_sets");
    if (error.field == "community_sets") return named(sources.community_sets, "community_sets");
    if (error.field == "as_sets") return named(sources.as_sets, "as_sets");
    return named(sources.policies, "policies");
  }
  const Path policy = Path() / "policies" / error.policy;
  if (error.field == "terms") return policy;
  const Path term = policy / "terms" / error.term;
  if (error.field == "reject_reason") return term / "reject" / "reason";
  if (error.field == "name") return term / "name";
  const std::string_view field = schema_name(error.field);
  for (const std::string_view part : {"match", "set"}) {
    if (document.find(term / part / field) != nullptr) return term / part / field;
  }
  return term;
}

// A term without conditions that accepts or rejects is the last one that is ever tried.
void warn_of_dead_terms(const YamlDocument& document, const proto::Configuration& file,
                        Report& report) {
  for (const auto& [name, policy] : file.policies()) {
    for (int i = 0; i + 1 < policy.terms_size(); ++i) {
      const proto::Term& term = policy.terms(i);
      if (term.match().ByteSizeLong() != 0 || !(term.has_accept() || term.has_reject())) continue;
      const Path terms = Path() / "policies" / name / "terms";
      const Path next = terms / static_cast<std::size_t>(i + 1);
      const Place place = document.place(terms / static_cast<std::size_t>(i));
      report.warn(document.place(next), next.to_string(),
                  "never tried: the term before it, in line " + std::to_string(place.line) +
                      ", decides every route");
      break;
    }
  }
}

// Reads the files of measurements that `egress` names.
class MeasuredFiles {
 public:
  MeasuredFiles(const YamlDocument& document, const LoadOptions& options, Config& config,
                const policy::EgressSource& source, Report& report)
      : document_(document), options_(options), config_(config), source_(source), report_(report) {}

  void read() {
    const proto::Egress& egress = config_.file.egress();
    read("rtt_file", egress.rtt_file(), read_rtt_file, LastGood::Content::RoundTrips,
         read_kept_rtts, config_.rtt_file);
    read("prefix_rtt_file", egress.prefix_rtt_file(), read_prefix_rtt_file,
         LastGood::Content::PrefixRoundTrips, read_kept_prefix_rtts, config_.prefix_rtt_file);
  }

 private:
  // Takes what the file says, or what it said last.
  template <typename Read, typename ReadKept, typename Rtt>
  void read(std::string_view field, const std::string& written, Read read_file,
            LastGood::Content content, ReadKept read_kept, Config::MeasuredFile<Rtt>& to) {
    if (written.empty()) return;
    const Path path = Path() / "egress" / field;
    const std::string name = relative_to(config_.path, written);
    to.mark = mark_of(name);
    to.written = to.mark.written();
    auto file = read_file(name, source_);
    if (file) {
      if (file->rtts.empty()) {
        report_.warn(document_.place(path), path.to_string(), in_quotes(name) + " is empty");
      }
      to.rtts = std::move(file->rtts);
      to.name = name;
      to.text = std::move(file->text);
      return;
    }
    const RttFault& fault = file.error();
    if (options_.last_good != nullptr) {
      if (const auto kept = options_.last_good->kept(content)) {
        to.rtts = read_kept(kept->text, source_);
        to.written = kept->time;
        config_.stale.push_back(
            {name, fault.summary + "; its last good content, of " + kept->date + ", is used"});
        return;
      }
    }
    if (fault.errors.empty()) report_.add(document_.place(path), path.to_string(), fault.summary);
    for (const Error& error : fault.errors) report_.add_in(error.file, error.line, error.message);
  }

  const YamlDocument& document_;
  const LoadOptions& options_;
  Config& config_;
  const policy::EgressSource& source_;
  Report& report_;
};

}  // namespace

policy::PolicySet compile_policies(const YamlDocument& document, const proto::Configuration& file,
                                   Report& report) {
  const policy::Sources sources = policy_sources(file);
  auto compiled = policy::compile(sources);
  if (compiled) {
    warn_of_dead_terms(document, file, report);
    return std::move(compiled).value();
  }
  std::vector<std::pair<Path, std::string>> news;
  for (const policy::CompileError& error : compiled.error()) {
    Path path = path_of(error, sources, document);
    // What the loader had to leave out must not look like a mistake of the term as a whole.
    const Path whole = error.policy.empty() || error.field == "terms"
                           ? path
                           : Path() / "policies" / error.policy / "terms" / error.term;
    if (!report.has_below(whole.to_string())) news.emplace_back(std::move(path), error.message);
  }
  for (auto& [path, message] : news) {
    report.add(document.place(path), path.to_string(), std::move(message));
  }
  return {};
}

void build_egress(const YamlDocument& document, const LoadOptions& options, Config& config,
                  Report& report) {
  policy::EgressSource source = egress_source(config.file);
  const Path path = Path() / "egress";
  const std::size_t before = report.size();
  const bool was_clean = !report.has_below("egress") && !report.has_below("router.asn");
  MeasuredFiles(document, options, config, source, report).read();
  auto built = policy::Egress::build(source);
  if (built) {
    config.egress = std::move(built).value();
    config.place_names = PlaceNames(config.file.egress(), config.egress.places());
    return;
  }
  if (!was_clean || report.size() != before) return;  // the same faults in other words
  for (const std::string& message : built.error()) {
    report.add(document.place(path), path.to_string(), message);
  }
}

}  // namespace tern::conf
