#include "conf/registration_checks.h"

#include <algorithm>
#include <set>
#include <string>

#include "conf/registration_file.h"
#include "conf/schema.h"
#include "conf/small_file.h"

namespace tern::conf {
namespace {

constexpr char kSection[] = "registrations";

// The order of the fields of the schema is that of Suspicion.
policy::GuardActions actions_of(const proto::Guard& guard) {
  policy::GuardActions actions = policy::kQuarantineAll;
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
    config_.guard = actions_of(section_.guard());
    config_.fallback = fallback_of(section_.fallback());
    config_.registrations =
        report_.has_below(kSection)
            ? std::make_shared<const policy::Registrations>()
            : read_registration_list(document_, Path() / kSection / "prefixes", report_file(),
                                     config_.registration_names, report_);
    unvalidated();
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

  void files() {
    const auto& paths = section_.files();
    const Path list = Path() / kSection / "files";
    if (static_cast<std::size_t>(paths.size()) > kMostRegistrationFiles) {
      report(list, "at most " + std::to_string(kMostRegistrationFiles) +
                       " files may stand here, these are " + std::to_string(paths.size()));
    }
    std::set<std::string> seen;
    for (int i = 0; i < paths.size(); ++i) {
      const Path path = list / static_cast<std::size_t>(i);
      if (!seen.insert(normal_path(paths[i])).second) {
        report(path, in_quotes(paths[i]) + " given twice");
      }
      if (!registration_format(paths[i])) {
        report(path,
               "expected a file of the name .csv, .yaml or .yml, found " + in_quotes(paths[i]));
      }
    }
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
