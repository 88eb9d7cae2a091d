#include "conf/policy_check.h"

#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "conf/rtt_file.h"
#include "conf/small_file.h"
#include "conf/sources.h"

namespace tern::conf {
namespace {

constexpr std::size_t kMostRttBytes = std::size_t{64} << 20U;

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

policy::Egress build_egress(const YamlDocument& document, const std::string& file_name,
                            const proto::Configuration& file, Report& report) {
  policy::EgressSource source = egress_source(file);
  const Path path = Path() / "egress";
  bool is_clean = !report.has_below("egress") && !report.has_below("router.asn");
  if (!file.egress().rtt_file().empty()) {
    const Path at = path / "rtt_file";
    const std::string name = relative_to(file_name, file.egress().rtt_file());
    const auto text = read_file(name, kMostRttBytes);
    if (!text) {
      is_clean = false;
      report.add(document.place(at), at.to_string(),
                 "cannot read " + quoted(name) + ": " + text.error().message);
    } else {
      std::vector<std::string> pops;
      std::vector<std::string> metros;
      for (const auto& pop : source.pops) pops.push_back(pop.name);
      for (const auto& metro : source.metros) metros.push_back(metro.name);
      const std::size_t before = report.size();
      read_rtts(*text, name, pops, metros, source.rtts, report);
      is_clean = is_clean && report.size() == before;
    }
  }
  auto built = policy::Egress::build(source);
  if (built) return std::move(built).value();
  if (!is_clean) return {};  // these would be the same faults in other words
  for (const std::string& message : built.error()) {
    report.add(document.place(path), path.to_string(), message);
  }
  return {};
}

}  // namespace tern::conf
