#include "conf/next_hop_checks.h"

#include <map>
#include <string>
#include <utility>

#include "conf/scalars.h"
#include "rib/types/prefix_text.h"

namespace tern::conf {
namespace {

class NextHopRules {
 public:
  NextHopRules(const YamlDocument& document, const proto::Configuration& file, Report& report)
      : document_(document), file_(file), next_hops_(file.next_hops()), report_(report) {}

  void check() {
    if (!file_.has_next_hops()) return without_section();
    const auto size = static_cast<std::size_t>(next_hops_.static__size());
    if (size > kMostStaticNextHops) {
      return report(path_to(kMostStaticNextHops), "at most " + std::to_string(kMostStaticNextHops) +
                                                      " entries may stand here, these are " +
                                                      std::to_string(size));
    }
    for (std::size_t i = 0; i < size; ++i) check(i, next_hops_.static_(static_cast<int>(i)));
    const proto::NextHopDamping& damping = next_hops_.damping();
    if (damping.first_hold() <= damping.longest_hold()) return;
    const Path section = Path() / "next_hops" / "damping";
    const bool first_is_written = document_.find(section / "first_hold") != nullptr;
    report(section / (first_is_written ? "first_hold" : "longest_hold"),
           "the first hold time, " + std::to_string(damping.first_hold()) +
               " s, is longer than longest_hold, " + std::to_string(damping.longest_hold()) + " s");
  }

 private:
  static Path path_to(std::size_t i) { return Path() / "next_hops" / "static" / i; }

  void report(const Path& at, std::string message) {
    report_.add(document_.place(at), at.to_string(), std::move(message));
  }

  void check(std::size_t i, const proto::StaticNextHop& entry) {
    if (const auto prefix = parse_prefix_or_address(entry.prefix())) {
      const auto [first, is_new] = seen_.emplace(*prefix, i);
      if (!is_new) {
        report(path_to(i) / "prefix", entry.prefix() + " is the prefix of static[" +
                                          std::to_string(first->second) + "], too");
      }
    }
    if (!entry.unreachable()) return;
    for (const auto& [given, name] : {std::pair{!entry.via().empty(), "via"},
                                      std::pair{!entry.interface().empty(), "interface"},
                                      std::pair{entry.has_metric(), "metric"}}) {
      if (given) report(path_to(i) / name, std::string("an unreachable entry has no ") + name);
    }
  }

  void without_section() {
    for (const auto& [name, group] : file_.groups()) {
      resolves_nothing(Path() / "groups" / name, group);
    }
    for (int i = 0; i < file_.peers_size(); ++i) {
      resolves_nothing(Path() / "peers" / static_cast<std::size_t>(i), file_.peers(i));
    }
  }

  void resolves_nothing(const Path& at, const proto::Peer& peer) {
    const Path path = at / "resolve_next_hop";
    if (!peer.resolve_next_hop() || document_.find(path) == nullptr) return;
    report_.warn(document_.place(path), path.to_string(),
                 "no next hop is resolved without the section next_hops");
  }

  const YamlDocument& document_;
  const proto::Configuration& file_;
  const proto::NextHops& next_hops_;
  Report& report_;
  std::map<Prefix, std::size_t> seen_;  // by prefix, the index of its first entry
};

}  // namespace

void check_next_hops(const YamlDocument& document, const proto::Configuration& file,
                     Report& report) {
  NextHopRules(document, file, report).check();
}

}  // namespace tern::conf
