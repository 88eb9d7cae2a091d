#include "conf/circuit_checks.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "conf/by_name.h"

namespace tern::conf {
namespace {

class CircuitChecks {
 public:
  CircuitChecks(const YamlDocument& document, const proto::Configuration& file, Report& report)
      : document_(document), file_(file), report_(report) {}

  void check() {
    std::map<std::string, Connections> circuits;
    for (int i = 0; i < file_.peers_size(); ++i) {
      const proto::Peer& peer = file_.peers(i);
      if (!peer.circuit().empty()) add(static_cast<std::size_t>(i), peer, circuits);
    }
    for (const auto& [name, of] : circuits) check(name, of);
    for (int i = 0; i < file_.dynamic_peers_size(); ++i) check(static_cast<std::size_t>(i));
  }

 private:
  // The neighbors of a circuit, by their places in `peers`.
  struct Connections {
    std::size_t first = 0;
    std::string asn;
    std::array<int, 2> count{};  // of IPv4, of IPv6
  };

  void add_error(const Path& path, std::string message) {
    report_.add(document_.place(path), path.to_string(), std::move(message));
  }

  [[nodiscard]] bool is_ours(const proto::Peer& peer) const {
    const std::string& ours = peer.local_asn().empty() ? file_.router().asn() : peer.local_asn();
    return !ours.empty() && peer.asn() == ours;
  }

  static Path path_of(std::size_t peer) { return Path() / "peers" / peer / "circuit"; }

  // `show circuits` takes these words for an AS number, or for its word `state`.
  void check_name(std::size_t index, const std::string& name) {
    constexpr std::size_t kShortest = 3;  // of the beginnings of `state`
    const bool is_number = name.find_first_not_of("0123456789") == std::string::npos;
    const bool is_keyword =
        name == "AS" || name == "as" ||
        (name.size() >= kShortest && std::string_view("state").starts_with(name));
    if (!is_number && !is_keyword) return;
    add_error(path_of(index),
              in_quotes(name) + " cannot be the name of a circuit: `ternctl show circuits` takes " +
                  (is_number ? "numbers for AS numbers" : "this word for a keyword"));
  }

  void add(std::size_t index, const proto::Peer& peer,
           std::map<std::string, Connections>& circuits) {
    const auto [at, is_first] = circuits.try_emplace(peer.circuit());
    Connections& of = at->second;
    if (is_first) check_name(index, peer.circuit());
    if (is_first) {
      of.first = index;
      of.asn = peer.asn();
      if (is_ours(peer)) {
        add_error(path_of(index),
                  "a circuit is one of a partner, and equal AS numbers make this session iBGP");
      }
    } else if (peer.asn() != of.asn) {
      add_error(path_of(index), "the circuit " + in_quotes(peer.circuit()) + " is one of AS " +
                                    of.asn + ", by peers[" + std::to_string(of.first) +
                                    "]; a circuit has one partner");
    }
    const auto& families = peer.families();
    const auto speaks = [&](proto::Family family) {
      return std::find(families.begin(), families.end(), family) != families.end();
    };
    of.count[0] += families.empty() || speaks(proto::IPV4_UNICAST) ? 1 : 0;
    of.count[1] += speaks(proto::IPV6_UNICAST) ? 1 : 0;
  }

  void check(const std::string& name, const Connections& of) {
    constexpr std::array kVersions{"IPv4", "IPv6"};
    for (std::size_t i = 0; i < of.count.size(); ++i) {
      if (of.count[i] != 1) continue;
      const Path path = path_of(of.first);
      report_.warn(document_.place(path), path.to_string(),
                   "the circuit " + in_quotes(name) + " has a single connection for " +
                       kVersions[i] + ": it is single-homed");
    }
  }

  // Neighbors of a range are forgotten soon after they are down, so they cannot be missed.
  void check(std::size_t range) {
    const auto group = file_.groups().find(file_.dynamic_peers(static_cast<int>(range)).group());
    if (group == file_.groups().end() || group->second.circuit().empty()) return;
    add_error(Path() / "dynamic_peers" / range / "group",
              "the group has a circuit, and neighbors of dynamic_peers belong to none");
  }

  const YamlDocument& document_;
  const proto::Configuration& file_;
  Report& report_;
};

}  // namespace

void check_circuits(const YamlDocument& document, const proto::Configuration& file,
                    Report& report) {
  CircuitChecks(document, file, report).check();
}

}  // namespace tern::conf
