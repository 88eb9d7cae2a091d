#include "conf/condition_checks.h"

#include <set>
#include <string>
#include <tuple>
#include <utility>

namespace tern::conf {
namespace {

class ConditionRules {
 public:
  ConditionRules(const YamlDocument& document, const proto::Configuration& file, Report& report)
      : document_(document), file_(file), report_(report) {}

  void check() {
    if (file_.conditions().size() > kMostConditions) {
      report(Path() / "conditions", "at most " + std::to_string(kMostConditions) +
                                        " conditions may stand here, these are " +
                                        std::to_string(file_.conditions().size()));
    }
    for (const auto& [name, condition] : file_.conditions()) {
      check(Path() / "conditions" / name, condition);
    }
    if (routes_.size() > kMostRouteQuestions) {
      report(Path() / "conditions", "conditions ask for " + std::to_string(routes_.size()) +
                                        " different routes, and may ask for " +
                                        std::to_string(kMostRouteQuestions));
    }
    if (interfaces_.size() > kMostInterfaces) {
      report(Path() / "conditions", "conditions ask for " + std::to_string(interfaces_.size()) +
                                        " different interfaces, and may ask for " +
                                        std::to_string(kMostInterfaces));
    }
  }

 private:
  void report(const Path& at, std::string message) {
    report_.add(document_.place(at), at.to_string(), std::move(message));
  }

  void check(const Path& at, const proto::Condition& condition) {
    if ((condition.all_size() != 0) == (condition.any_size() != 0)) {
      report(at, "expected a list in either 'all' or 'any'");
    }
    check(at / "all", condition.all());
    check(at / "any", condition.any());
  }

  template <typename Requirements>
  void check(const Path& at, const Requirements& requirements) {
    const auto size = static_cast<std::size_t>(requirements.size());
    if (size > kMostRequirements) {
      report(at / kMostRequirements, "at most " + std::to_string(kMostRequirements) +
                                         " may stand here, these are " + std::to_string(size));
      return;
    }
    for (std::size_t i = 0; i < size; ++i) check(at / i, requirements[static_cast<int>(i)]);
  }

  void check(const Path& at, const proto::Requirement& requirement) {
    const int fields = (requirement.has_pop_drained() ? 1 : 0) +
                       (requirement.has_sessions() ? 1 : 0) + (requirement.has_route() ? 1 : 0) +
                       (requirement.interface().empty() ? 0 : 1) +
                       (requirement.next_hop().empty() ? 0 : 1);
    if (fields != 1 && !report_.has_below(at.to_string())) {
      report(at, "expected one of pop_drained, sessions, route, interface and next_hop, found " +
                     std::to_string(fields));
    }
    if (!requirement.next_hop().empty() && !file_.has_next_hops()) {
      report(at / "next_hop", "no next hop is resolved without the section next_hops");
    }
    if (!requirement.interface().empty()) interfaces_.insert(requirement.interface());
    if (!requirement.has_route()) return;
    const proto::RoutePresent& route = requirement.route();
    if (route.prefix().empty() == route.covered_by().empty() &&
        !report_.has_below((at / "route").to_string())) {
      report(at / "route", "expected either 'prefix' or 'covered_by'");
    }
    routes_.emplace(route.prefix(), route.covered_by(), route.group());
  }

  const YamlDocument& document_;
  const proto::Configuration& file_;
  Report& report_;
  std::set<std::tuple<std::string, std::string, std::string>> routes_;
  std::set<std::string> interfaces_;
};

}  // namespace

void check_conditions(const YamlDocument& document, const proto::Configuration& file,
                      Report& report) {
  ConditionRules(document, file, report).check();
}

}  // namespace tern::conf
