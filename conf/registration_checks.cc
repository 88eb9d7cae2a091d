#include "conf/registration_checks.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "conf/registration_file.h"
#include "conf/schema.h"
#include "conf/small_file.h"

namespace tern::conf {
namespace {

constexpr char kSection[] = "registrations";

// The order of the fields of the schema is that of Suspicion.
policy::GuardActions actions_of(const proto::Guard& guard, bool allow_reserved) {
  policy::GuardActions actions = policy::kDefaultActions;
  if (allow_reserved) {
    actions[static_cast<std::size_t>(policy::Suspicion::BogonAs)] = policy::GuardAction::Ignore;
  }
  const auto& type = *proto::Guard::descriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const auto* const value = guard.GetReflection()->GetEnum(guard, type.field(i));
    const auto action = policy::parse_guard_action(spelling(*value));
    if (action) actions[static_cast<std::size_t>(i)] = *action;
  }
  return actions;
}

policy::Fallback fallback_of(proto::Fallback fallback) {
  if (fallback == proto::FALLBACK_UNSPECIFIED) return policy::Fallback::None;
  const auto& value = *proto::Fallback_descriptor()->FindValueByNumber(fallback);
  return policy::parse_fallback(spelling(value)).value_or(policy::Fallback::None);
}

class RegistrationRules {
 public:
  RegistrationRules(const YamlDocument& document, Config& config, Report& report)
      : document_(document),
        config_(config),
        section_(config.file.registrations()),
        report_(report) {}

  void build() {
    names();
    files();
    irr();
    transit_free();
    config_.guard = actions_of(section_.guard(), section_.allow_reserved());
    config_.fallback = fallback_of(section_.fallback());
    config_.registrations =
        report_.has_below(kSection)
            ? std::make_shared<const policy::Registrations>()
            : read_registration_list(document_, Path() / kSection / "prefixes", report_file(),
                                     config_.registration_names, report_);
    unvalidated();
    leaks();
    unlearnt(section_.guard().new_upstream(), "new_upstream");
    unlearnt(section_.guard().long_path(), "long_path");
  }

 private:
  [[nodiscard]] const std::string& report_file() const { return config_.path; }

  void report(const Path& at, std::string message) {
    report_.add(document_.place(at), at.to_string(), std::move(message));
  }

  void names() {
    RegistrationNames& names = config_.registration_names;
    names.allow_reserved = section_.allow_reserved();
    if (static_cast<std::size_t>(section_.partners().size()) > kMostNamedPartners) {
      report(Path() / kSection / "partners",
             "at most " + std::to_string(kMostNamedPartners) + " partners may stand here");
    }
    for (const auto& [name, partner] : section_.partners()) {
      if (parse_asn(name)) {
        report(Path() / kSection / "partners" / name, "the name of a partner is no AS number");
      }
      if (const auto asn = parse_asn(partner.asn())) names.partners.emplace(name, *asn);
    }
    for (const auto& [name, pop] : config_.file.egress().pops()) names.pops.push_back(name);
    std::ranges::sort(names.pops);
  }

  using Paths = google::protobuf::RepeatedPtrField<std::string>;
  void distinct(const Paths& paths, const Path& list, std::size_t most) {
    if (static_cast<std::size_t>(paths.size()) > most) {
      report(list, "at most " + std::to_string(most) + " files may stand here, these are " +
                       std::to_string(paths.size()));
    }
    std::set<std::string> seen;
    for (int i = 0; i < paths.size(); ++i) {
      if (seen.insert(normal_path(paths[i])).second) continue;
      report(list / static_cast<std::size_t>(i), in_quotes(paths[i]) + " given twice");
    }
  }

  // Route objects count in checks alone.
  void irr() {
    const Path list = Path() / kSection / "irr";
    distinct(section_.irr(), list, kMostIrrFiles);
    using Section = proto::Registrations;
    const bool reads =
        section_.require() == Section::IRR_VALID || section_.require() == Section::ROA_OR_IRR_VALID;
    if (reads && section_.irr().empty()) {
      const Path path = Path() / kSection / "require";
      report_.warn(document_.place(path), path.to_string(),
                   "asks for route objects, and no files of irr are given");
    }
    if (!reads && section_.session_address() != Section::OWNED && !section_.irr().empty()) {
      report_.warn(document_.place(list), list.to_string(),
                   "counts for nothing without require: irr-valid or roa-or-irr-valid, or "
                   "session_address: owned");
    }
  }

  void files() {
    const auto& paths = section_.files();
    const Path list = Path() / kSection / "files";
    distinct(paths, list, kMostRegistrationFiles);
    for (int i = 0; i < paths.size(); ++i) {
      const Path path = list / static_cast<std::size_t>(i);
      if (!registration_format(paths[i])) {
        report(path,
               "expected a file of the name .csv, .yaml or .yml, found " + in_quotes(paths[i]));
      }
    }
  }

  void transit_free() {
    const auto& listed = section_.transit_free();
    const Path list = Path() / kSection / "transit_free";
    if (static_cast<std::size_t>(listed.size()) > kMostTransitFree) {
      report(list, "at most " + std::to_string(kMostTransitFree) +
                       " ASes may stand here, these are " + std::to_string(listed.size()));
    }
    if (report_.has_below(list.to_string())) return;  // entries that are no AS number are left out
    std::vector<Asn> asns;
    for (int i = 0; i < listed.size(); ++i) {
      const auto asn = parse_asn(listed[i]);
      if (!asn) continue;
      const Path path = list / static_cast<std::size_t>(i);
      const std::string name = "AS " + std::to_string(*asn);
      if (std::ranges::find(asns, *asn) != asns.end()) report(path, name + " is given twice");
      if (is_reserved_asn(*asn) && !section_.allow_reserved()) {
        report(path, name + " is private or reserved, and passes nothing on");
      }
      asns.push_back(*asn);
    }
    config_.transit_free = policy::TransitFree(std::move(asns));
  }

  void leaks() {
    const auto action = section_.guard().leak();
    if (action == proto::Guard::ACTION_UNSPECIFIED || action == proto::Guard::IGNORE) return;
    if (section_.transit_free_size() > 0) return;
    const Path path = Path() / kSection / "guard" / "leak";
    report_.warn(document_.place(path), path.to_string(),
                 "finds no leak in an AS_PATH without transit_free");
  }

  void unlearnt(proto::Guard::Action action, const char* field) {
    if (action == proto::Guard::ACTION_UNSPECIFIED || action == proto::Guard::IGNORE) return;
    if (config_.file.has_baseline()) return;
    const Path path = Path() / kSection / "guard" / field;
    report_.warn(document_.place(path), path.to_string(),
                 "counts for nothing without the section baseline");
  }

  void unvalidated() {
    if (section_.guard().rpki_invalid() == proto::Guard::ACTION_UNSPECIFIED) return;
    const proto::Rpki& rpki = config_.file.rpki();
    if (rpki.caches_size() > 0 || rpki.files_size() > 0) return;
    const Path path = Path() / kSection / "guard" / "rpki_invalid";
    report_.warn(document_.place(path), path.to_string(),
                 "counts for nothing without caches or files in the section rpki");
  }

  const YamlDocument& document_;
  Config& config_;
  const proto::Registrations& section_;
  Report& report_;
};

}  // namespace

void build_registrations(const YamlDocument& document, Config& config, Report& report) {
  RegistrationRules(document, config, report).build();
}

}  // namespace tern::conf
