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
    const auto size = static_cast<std::size_t>(file_.networks_size());
    if (size > kMostNetworks) {
      report(path_to(kMostNetworks), "at most " + std::to_string(kMostNetworks) +
                                         " networks may stand here, these are " +
                                         std::to_string(size));
      return;
    }
    find_policies_with_next_hop();
    for (std::size_t i = 0; i < size; ++i) check(i, file_.networks(static_cast<int>(i)));
  }

 private:
  static Path path_to(std::size_t i) { return Path() / "networks" / i; }

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

  void check(std::size_t i, const proto::Network& network) {
    if (const auto prefix = Prefix::parse(network.prefix())) {
      const auto [first, is_new] = seen_.emplace(network.prefix(), i);
      if (!is_new) {
        report(path_to(i) / "prefix", network.prefix() + " is the prefix of networks[" +
                                          std::to_string(first->second) + "], too");
      }
      if (const SpecialBlock* const block = forbids(Use::Prefix, *prefix)) {
        report(path_to(i) / "prefix",
               "no routing table has " + network.prefix() + ": it is in " + block->to_string());
      }
    }
    if (!network.metro().empty() && file_.egress().pop().empty()) {
      report(path_to(i) / "metro", "a metro needs egress.pop, the PoP where this router is");
    }
    for (int p = 0; p < network.policies_size(); ++p) {
      if (with_next_hop_.count(network.policies(p)) == 0) continue;
      report(path_to(i) / "policies" / static_cast<std::size_t>(p),
             "policy " + quoted(network.policies(p)) +
                 " sets a next hop, and the next hop of a network is always this router");
    }
  }

  const YamlDocument& document_;
  const proto::Configuration& file_;
  Report& report_;
  std::set<std::string_view> with_next_hop_;
  std::unordered_map<std::string_view, std::size_t> seen_;  // the first of each prefix
};

}  // namespace

void check_networks(const YamlDocument& document, const proto::Configuration& file,
                    Report& report) {
  OwnRules(document, file, report).check();
}

}  // namespace tern::conf
