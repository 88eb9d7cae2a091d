#include "conf/route_filter_checks.h"

#include <map>
#include <string>
#include <string_view>

#include "policy/route_filter.h"

namespace tern::conf {
namespace {

constexpr std::string_view kFilter = "route_filter";
constexpr std::string_view kCommunities = "communities";

class FilterRules {
 public:
  FilterRules(const YamlDocument& document, Report& report)
      : document_(document), report_(report) {}

  // at: of the peer or group.
  void check(const Path& at, const proto::Peer& settings) {
    const Path filter = at / kFilter;
    const YamlNode* const written = document_.find(filter);
    if (written == nullptr || written->kind != YamlNode::Kind::Map) return;
    if (const YamlNode* const list = written->find(kCommunities)) {
      if (list->kind == YamlNode::Kind::List) check_list(filter / kCommunities, *list);
      return;
    }
    const proto::RouteFilter& said = settings.route_filter();
    const bool is_off = said.has_enabled() && !said.enabled();
    if (is_off || inherits(settings)) return;
    report(filter, "'communities' is missing: the list of those that pass; [] passes no route");
  }

 private:
  // A group has no group.
  [[nodiscard]] bool inherits(const proto::Peer& settings) const {
    if (settings.group().empty()) return false;
    const Path group = Path() / "groups" / settings.group();
    return document_.find(group / kFilter / kCommunities) != nullptr;
  }

  void check_list(const Path& at, const YamlNode& list) {
    constexpr std::size_t kMost = policy::RouteFilter::kMost;
    if (list.items.size() > kMost) {
      report(at / kMost, "at most " + std::to_string(kMost) +
                             " communities may stand here, these are " +
                             std::to_string(list.items.size()));
      return;
    }
    std::map<std::string_view, std::size_t> seen;
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      const std::string_view text = list.items[i]->text;
      if (text.empty() || seen.emplace(text, i).second) continue;
      report(at / i, std::string(text) + " given twice");
    }
  }

  void report(const Path& at, std::string message) {
    report_.add(document_.place(at), at.to_string(), std::move(message));
  }

  const YamlDocument& document_;
  Report& report_;
};

}  // namespace

void check_route_filters(const YamlDocument& document, const proto::Configuration& file,
                         Report& report) {
  FilterRules rules(document, report);
  for (const auto& [name, group] : file.groups()) {
    rules.check(Path() / "groups" / name, group);
  }
  for (int i = 0; i < file.peers_size(); ++i) {
    rules.check(Path() / "peers" / static_cast<std::size_t>(i), file.peers(i));
  }
}

}  // namespace tern::conf
