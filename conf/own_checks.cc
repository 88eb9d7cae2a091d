#include "conf/own_checks.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "rib/types/prefix.h"
#include "rib/types/special_space.h"

namespace tern::conf {
namespace {

class OwnRules {
 public:
  OwnRules(const YamlDocument& document, const proto::Configuration& file, Report& report)
      : document_(document), file_(file), report_(report) {}

  void check() {
    find_policies_with_next_hop();
    check("networks", file_.networks(), kMostNetworks);
    check("aggregates", file_.aggregates(), kMostAggregates);
    for (int i = 0; i < file_.aggregates_size(); ++i) {
      const auto prefix = Prefix::parse(file_.aggregates(i).prefix());
      if (!prefix || prefix->length() < prefix->address().bits()) continue;
      report(Path() / "aggregates" / static_cast<std::size_t>(i) / "prefix",
             prefix->to_string() + " has no more specific prefixes");
    }
  }

 private:
  // A list of networks or aggregates.
  template <typename List>
  void check(std::string_view name, const List& list, std::size_t most) {
    const Path at = Path() / name;
    const auto size = static_cast<std::size_t>(list.size());
    if (size > most) {
      report(at / most, "at most " + std::to_string(most) + ' ' + std::string(name) +
                            " may stand here, these are " + std::to_string(size));
      return;
    }
    for (std::size_t i = 0; i < size; ++i) check(at / i, list[static_cast<int>(i)]);
  }

  void report(const Path& at, std::string message) {
    report_.add(document_.place(at), at.to_string(), std::move(message));
  }

  void find_policies_with_next_hop() {
    for (const auto& [name, policy] : file_.policies()) {
      const bool sets = std::ranges::any_of(
          policy.terms(), [](const proto::Term& term) { return !term.set().next_hop().empty(); });
      if (sets) with_next_hop_.insert(name);
    }
  }

  template <typename Route>
  void check(const Path& at, const Route& route) {
    if (const auto prefix = Prefix::parse(route.prefix())) {
      const auto [first, is_new] = seen_.emplace(route.prefix(), at);
      if (!is_new) {
        report(at / "prefix",
               route.prefix() + " is the prefix of " + first->second.to_string() + ", too");
      }
      if (const SpecialBlock* const block = forbids(Use::Prefix, *prefix)) {
        report(at / "prefix",
               "no routing table has " + route.prefix() + ": it is in " + block->to_string());
      }
    }
    if (!route.metro().empty() && file_.egress().pop().empty()) {
      report(at / "metro", "a metro needs egress.pop, the PoP where this router is");
    }
    for (int p = 0; p < route.policies_size(); ++p) {
      if (with_next_hop_.count(route.policies(p)) == 0) continue;
      report(at / "policies" / static_cast<std::size_t>(p),
             "policy " + in_quotes(route.policies(p)) +
                 " sets a next hop, and the next hop of a network is always this router");
    }
  }

  const YamlDocument& document_;
  const proto::Configuration& file_;
  Report& report_;
  std::set<std::string_view> with_next_hop_;
  std::unordered_map<std::string_view, Path> seen_;  // the first of each prefix
};

}  // namespace

void check_networks(const YamlDocument& document, const proto::Configuration& file,
                    Report& report) {
  OwnRules(document, file, report).check();
}

}  // namespace tern::conf
