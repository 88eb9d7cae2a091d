#include "conf/function_checks.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "conf/defaults.h"
#include "conf/sources.h"
#include "policy/policy.h"
#include "rib/types/asn.h"

namespace tern::conf {
namespace {

class FunctionRules {
 public:
  FunctionRules(const YamlDocument& document, const proto::Configuration& file, Report& report)
      : document_(document),
        file_(file),
        report_(report),
        asn_(parse_asn(file.router().asn()).value_or(kAsZero)) {
    const proto::Egress& egress = file_.egress();
    used_ = {{"location_function", egress.location_function()},
             {"egress_function", egress.egress_function()}};
    if (egress.has_country_function()) {
      used_.emplace_back("country_function", egress.country_function());
    }
    if (egress.has_region_function()) {
      used_.emplace_back("region_function", egress.region_function());
    }
    if (egress.has_pop_function()) used_.emplace_back("pop_function", egress.pop_function());
    if (egress.added_cost_function() != 0) {
      used_.emplace_back("added_cost_function", egress.added_cost_function());
    }
  }

  void check() {
    differ();
    control_functions();
    if (file_.egress().pop().empty() || asn_ == kAsZero) return;
    added_costs();
    for (const auto& [name, set] : file_.community_sets()) {
      other_uses(Path() / "community_sets" / name / "communities", set.communities());
    }
    for (const auto& [name, policy] : file_.policies()) {
      for (int i = 0; i < policy.terms_size(); ++i) {
        term(Path() / "policies" / name / "terms" / static_cast<std::size_t>(i), policy.terms(i));
      }
    }
    for (const auto& [name, dictionary] : file_.egress().dictionaries()) {
      for (int i = 0; i < dictionary.tags_size(); ++i) {
        const Path tags = Path() / "egress" / "dictionaries" / name / "tags";
        other_use(tags / static_cast<std::size_t>(i) / "community", dictionary.tags(i).community());
      }
    }
  }

 private:
  using Texts = google::protobuf::RepeatedPtrField<std::string>;
  using Function = std::pair<std::string_view, std::uint32_t>;  // field of egress, number

  void report(const Path& at, std::string message) {
    report_.add(document_.place(at), at.to_string(), std::move(message));
  }
  void warn(const Path& at, const std::string& message) {
    report_.warn(document_.place(at), at.to_string(), message);
  }
  [[nodiscard]] bool is_written(std::string_view field) const {
    return document_.find(Path() / "egress" / field) != nullptr;
  }

  void differ() {
    const Path path = Path() / "egress";
    std::map<std::uint32_t, std::string_view> owners;
    for (const auto& [field, number] : used_) {
      const auto [owner, is_new] = owners.emplace(number, field);
      if (is_new) continue;
      report(path / (is_written(field) ? field : owner->second),
             std::string(owner->second) + " and " + std::string(field) + " are both " +
                 std::to_string(number) + "; they must differ");
    }
  }

  // Warns if the default number of added_cost_function is the number of another function.
  void added_costs() {
    if (is_written("added_cost_function") || file_.egress().added_cost_function() != 0) return;
    const auto found = std::ranges::find(used_, kAddedCostFunction, &Function::second);
    if (found == used_.end()) return;
    warn(Path() / "egress" / found->first,
         "12 is the default of added_cost_function, which has no number: other PoPs do not learn "
         "what 'ternctl pop degrade' and health add to costs; write added_cost_function");
  }

  [[nodiscard]] bool has_large_control(const proto::Peer& peer) const {
    const auto source = control_source(peer, file_.router());
    return source && source->large && source->asn == asn_;
  }

  // Places that clients set are removed on import, so such a word of theirs would never be read.
  void control_functions() {
    const auto& peers = file_.peers();
    const auto has_one = [this](const auto& named) { return has_large_control(named.second); };
    if (std::none_of(file_.groups().begin(), file_.groups().end(), has_one) &&
        std::none_of(peers.begin(), peers.end(),
                     [this](const proto::Peer& peer) { return has_large_control(peer); })) {
      return;
    }
    for (const auto& [field, number] : used_) {
      if (!policy::is_control_function(number)) continue;
      report(Path() / "egress" / field,
             std::to_string(number) + " is a function of control_communities, which are in use");
    }
  }

  // The function whose communities the pattern matches, and no others. Null: none.
  [[nodiscard]] const Function* function_of(const std::string& community) const {
    const auto pattern = policy::parse_community_pattern(community);
    if (!pattern) return nullptr;
    const auto* const large = std::get_if<policy::LargeCommunityPattern>(&*pattern);
    if (large == nullptr) return nullptr;
    const auto& [asn, function, value] = large->fields;
    if (asn.low != asn_ || asn.high != asn_ || function.low != function.high) return nullptr;
    const auto found = std::ranges::find(used_, function.low, &Function::second);
    return found == used_.end() ? nullptr : &*found;
  }

  void term(const Path& path, const proto::Term& term) {
    other_uses(path / "match" / "communities", term.match().communities());
    other_uses(path / "match" / "all_communities", term.match().all_communities());
    other_uses(path / "match" / "no_communities", term.match().no_communities());
    const Texts& added = term.set().add_communities();
    for (int i = 0; i < added.size(); ++i) {
      const Function* const function = function_of(added[i]);
      if (function == nullptr) continue;
      warn(path / "set" / "add_communities" / static_cast<std::size_t>(i),
           "no neighbor gets this community: " + name_of(*function) +
               ", and the daemon itself writes and removes such communities");
    }
  }

  void other_uses(const Path& list, const Texts& communities) {
    for (int i = 0; i < communities.size(); ++i) {
      other_use(list / static_cast<std::size_t>(i), communities[i]);
    }
  }

  // A function that the file writes is known to whoever wrote the file.
  void other_use(const Path& at, const std::string& community) {
    const Function* const function = function_of(community);
    if (function == nullptr || is_written(function->first)) return;
    warn(at, name_of(*function) +
                 " by default, and such communities are removed from routes of partners; write the "
                 "field, with another number where yours mean something else");
  }

  [[nodiscard]] static std::string name_of(const Function& function) {
    return "egress." + std::string(function.first) + " is " + std::to_string(function.second);
  }

  const YamlDocument& document_;
  const proto::Configuration& file_;
  Report& report_;
  const Asn asn_;
  std::vector<Function> used_;  // the functions in use, in the order of the schema
};

}  // namespace

void check_functions(const YamlDocument& document, const proto::Configuration& file,
                     Report& report) {
  FunctionRules(document, file, report).check();
}

}  // namespace tern::conf
