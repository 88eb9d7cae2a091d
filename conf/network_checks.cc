#include "conf/network_checks.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conf/by_name.h"
#include "conf/function_checks.h"
#include "conf/rtt_file.h"
#include "conf/scalars.h"
#include "conf/sources.h"
#include "policy/policy.h"
#include "rib/types/asn.h"
#include "rib/types/community_names.h"
#include "rib/types/peer.h"
#include "rib/types/prefix.h"
#include "rib/types/special_space.h"

namespace tern::conf {
namespace {

std::size_t index_of(int i) { return static_cast<std::size_t>(i); }

class NetworkRules {
 public:
  NetworkRules(const YamlDocument& document, const proto::Configuration& file, Report& report)
      : document_(document), file_(file), report_(report) {}

  void check() {
    endpoints(Path() / "router" / "listen");
    endpoints(Path() / "metrics" / "listen");
    api_sockets();
    end_marker();
    set_names();
    peers();
    names();
    ranges();
    import_policies();
    if (!file_.has_egress()) return;
    own_pop();
    codes(file_.egress().pops(), "pops");
    codes(file_.egress().metros(), "metros");
    codes(file_.egress().countries(), "countries");
    codes(file_.egress().regions(), "regions");
    check_functions(document_, file_, report_);
    costs();
    backbone_percent();
    round_trips();
  }

 private:
  void report(const Path& at, std::string message) {
    report_.add(document_.place(at), at.to_string(), std::move(message));
  }

  void api_sockets() {
    if (file_.api().socket() != file_.api().read_only_socket()) return;
    report(Path() / "api" / "read_only_socket",
           "is the path of api.socket, too: each socket needs its own");
  }

  void end_marker() {
    const YamlNode& root = *document_.root();
    const auto key = std::find_if(root.entries.begin(), root.entries.end(),
                                  [](const auto& entry) { return entry.first->text == "end"; });
    if (key == root.entries.end()) return;
    const Path path = Path() / "end";
    if (file_.has_end() && !file_.end()) report(path, "'end' is true, or not there");
    if (key + 1 == root.entries.end()) return;
    const YamlNode& next = *(key + 1)->first;
    report(path, "'end' is the last key of a file; " + in_quotes(next.text) + " follows in line " +
                     std::to_string(next.place.line));
  }

  void endpoints(const Path& path) {
    const YamlNode* const list = document_.find(path);
    if (list == nullptr) return;
    std::set<Endpoint> seen;
    for (std::size_t i = 0; i < list->items.size(); ++i) {
      const auto endpoint = parse_endpoint(list->items[i]->text);
      if (!endpoint || seen.insert(*endpoint).second) continue;
      report(path / i, in_quotes(list->items[i]->text) + " given twice");
    }
  }

  void set_names() {
    for (const auto& [name, set] : file_.as_sets()) {
      if (name.empty() || name.front() < '0' || name.front() > '9') continue;
      report(Path() / "as_sets" / name,
             "a name that starts with a digit would be taken for an AS "
             "number");
    }
    const auto communities = community_names();
    for (const auto& [name, set] : file_.community_sets()) {
      const Path path = Path() / "community_sets" / name;
      if (policy::parse_community_pattern(name)) {
        report(path, "a well-known community has this name");
      } else if (const auto same = same_word(name, communities); !same.empty()) {
        report_.warn(document_.place(path), path.to_string(),
                     "this is nearly the well-known community " + in_quotes(same));
      }
    }
  }

  // The known word that differs in case or '_' for '-' alone; empty where there is none.
  static std::string same_word(std::string name, const std::vector<std::string>& known) {
    for (char& c : name) {
      if (c == '_') c = '-';
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return std::find(known.begin(), known.end(), name) == known.end() ? std::string() : name;
  }

  void peers() {
    if (static_cast<std::size_t>(file_.peers_size()) > kMostNeighbors) {
      report(Path() / "peers", std::to_string(file_.peers_size()) + " neighbours; " +
                                   std::to_string(kMostNeighbors) +
                                   " is the most, dynamic ones "
                                   "included");
    }
    std::map<std::string_view, int> addresses;
    std::map<std::string_view, int> names;
    for (int i = 0; i < file_.peers_size(); ++i) {
      const proto::Peer& peer = file_.peers(i);
      unique(addresses, peer.address(), i, "address");
      unique(names, peer.name(), i, "name");
    }
    link_local_keys();
  }

  // Linux keeps MD5 keys by address, whatever the link.
  void link_local_keys() {
    std::map<IpAddress, int> first;
    for (int i = 0; i < file_.peers_size(); ++i) {
      const auto address = parse_peer_address(file_.peers(i).address());
      if (!address || address->zone.empty()) continue;
      const int other = first.emplace(address->address, i).first->second;
      if (file_.peers(other).md5_password() == file_.peers(i).md5_password()) continue;
      report(Path() / "peers" / index_of(i) / "address",
             address->address.to_string() + " is on another link at peers[" +
                 std::to_string(other) + "]: both need the same md5_password");
    }
  }

  void unique(std::map<std::string_view, int>& seen, const std::string& value, int i,
              std::string_view field) {
    if (value.empty()) return;
    const auto [first, is_new] = seen.emplace(value, i);
    if (is_new) return;
    report(Path() / "peers" / index_of(i) / field, in_quotes(value) + " is the " +
                                                       std::string(field) + " of peers[" +
                                                       std::to_string(first->second) + "] too");
  }

  // Commands take the name or the address of a neighbour, a group, or `all`: each word means one of
  // them. A neighbour without a name is called by its address.
  void names() {
    std::map<std::string, int> addresses;
    for (int i = 0; i < file_.peers_size(); ++i) addresses.emplace(file_.peers(i).address(), i);
    for (int i = 0; i < file_.peers_size(); ++i) {
      const proto::Peer& peer = file_.peers(i);
      if (peer.name().empty()) continue;
      const Path path = Path() / "peers" / index_of(i) / "name";
      ambiguous_word(peer.name(), path);
      if (file_.groups().count(peer.name()) != 0) {
        report(path, in_quotes(peer.name()) + " is the name of a group too");
      }
      const auto address = IpAddress::parse(peer.name());
      if (!address || address->to_string() == peer.address()) continue;
      const auto owner = addresses.find(address->to_string());
      report(path, owner != addresses.end()
                       ? in_quotes(peer.name()) + " is the address of peers[" +
                             std::to_string(owner->second) + "]"
                       : in_quotes(peer.name()) + " is the address of another host");
    }
    for (const auto& [name, group] : file_.groups()) {
      const Path path = Path() / "groups" / name;
      ambiguous_word(name, path);
      if (IpAddress::parse(name)) report(path, in_quotes(name) + " is the address of a host");
    }
  }

  void ambiguous_word(const std::string& name, const Path& path) {
    constexpr std::string_view kDetail = "detail";
    if (name == "all") {
      report(path, "'all' means every neighbor in commands");
    } else if (name == kOwnName) {
      report(path, "'own' means this router in commands");
    } else if (name.size() >= 3 && name == kDetail.substr(0, name.size())) {
      // So much of the word is enough for `ternctl show neighbors`.
      report(path, in_quotes(name) + " means 'detail' in commands");
    }
  }

  // Two ranges overlap exactly when one covers the other. In the order of prefixes a covering one
  // comes first, and whatever stands between it and the covered one is covered as well.
  void ranges() {
    std::vector<std::pair<Prefix, int>> sorted;
    for (int i = 0; i < file_.dynamic_peers_size(); ++i) {
      const auto prefix = Prefix::parse(file_.dynamic_peers(i).prefix());
      if (!prefix) continue;
      sorted.emplace_back(*prefix, i);
      if (const SpecialBlock* const block = forbids(Use::Host, *prefix)) {
        report(Path() / "dynamic_peers" / index_of(i) / "prefix",
               "no neighbor comes from there: it is in " + block->to_string());
      }
    }
    std::sort(sorted.begin(), sorted.end());
    std::optional<std::pair<Prefix, int>> cover;
    for (const auto& entry : sorted) {
      if (!cover || !cover->first.covers(entry.first)) {
        cover = entry;
        continue;
      }
      const auto& [first, second] = std::minmax(cover->second, entry.second);
      report(Path() / "dynamic_peers" / index_of(second) / "prefix",
             in_quotes(file_.dynamic_peers(second).prefix()) + " overlaps " +
                 in_quotes(file_.dynamic_peers(first).prefix()) + " of dynamic_peers[" +
                 std::to_string(first) + "]");
    }
  }

  // On import there is no session of ours to take an address from.
  void import_policies() {
    std::set<std::string_view> with_self;
    for (const auto& [name, policy] : file_.policies()) {
      for (const proto::Term& term : policy.terms()) {
        if (term.set().next_hop() == "self") with_self.insert(name);
      }
    }
    if (with_self.empty()) return;
    const auto check = [&](const proto::Peer& peer, const Path& path) {
      const YamlNode* const written = document_.find(path / "import");
      if (written == nullptr) return;  // the group's, said there
      for (int i = 0; i < peer.import_size(); ++i) {
        if (with_self.count(peer.import(i)) == 0) continue;
        report(path / "import" / index_of(i),
               "policy " + in_quotes(peer.import(i)) +
                   " sets the next hop to self, which is for export");
      }
    };
    for (const auto& [name, group] : file_.groups()) check(group, Path() / "groups" / name);
    for (int i = 0; i < file_.peers_size(); ++i) {
      check(file_.peers(i), Path() / "peers" / index_of(i));
    }
  }

  void own_pop() {
    const proto::Egress& egress = file_.egress();
    const bool unused = egress.pops().empty() && egress.metros().empty() &&
                        egress.countries().empty() && egress.regions().empty() &&
                        egress.dictionaries().empty() && egress.rtts().empty() &&
                        egress.rtt_file().empty() && egress.prefix_rtt_file().empty();
    if (unused || document_.find(Path() / "egress" / "pop") != nullptr) return;
    report(Path() / "egress", "'pop' is missing: the name of the PoP that this daemon runs in");
  }

  template <typename Places>
  void codes(const Places& places, std::string_view field) {
    std::map<std::uint32_t, std::string_view> owners;
    const auto sorted = by_name(places);
    for (const auto& [name, place] : sorted) {
      if (place->code() == 0) continue;  // missing or out of range, which is reported
      const auto [owner, is_new] = owners.emplace(place->code(), name);
      if (is_new) continue;
      report(Path() / "egress" / field / name / "code", "code " + std::to_string(place->code()) +
                                                            " is that of " +
                                                            in_quotes(owner->second) + " too");
    }
  }

  void backbone_percent() {
    const proto::Egress& egress = file_.egress();
    if (!egress.has_backbone_percent() || egress.mode() == proto::Egress::WEIGHTED) return;
    report(Path() / "egress" / "backbone_percent", "it counts in mode weighted alone");
  }

  // An average without new measurements would never move.
  void costs() {
    const proto::Costs& costs = file_.egress().costs();
    if (costs.has_weight() && costs.weight() == 0) {
      report(Path() / "egress" / "costs" / "weight", "expected more than 0");
    }
  }

  void round_trips() {
    const proto::Egress& egress = file_.egress();
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (int i = 0; i < egress.rtts_size(); ++i) {
      const proto::Rtt& rtt = egress.rtts(i);
      const Path path = Path() / "egress" / "rtts" / index_of(i);
      if (rtt.pop().empty() || rtt.to().empty()) continue;
      if (!seen.emplace(rtt.pop(), rtt.to()).second) {
        report(path, "a second time from " + in_quotes(rtt.pop()) + " to " + in_quotes(rtt.to()));
      }
      if (rtt.pop() == rtt.to() && egress.metros().count(rtt.to()) == 0) {
        report(path / "to", "a PoP has no round trip to itself");
      }
      const bool written = document_.find(path / "milliseconds") != nullptr;
      if (written && !microseconds_of(rtt.milliseconds()) &&
          !report_.has_below((path / "milliseconds").to_string())) {
        report(path / "milliseconds", "less than a microsecond is no round trip");
      }
    }
  }

  const YamlDocument& document_;
  const proto::Configuration& file_;
  Report& report_;
};

}  // namespace

void check_network(const YamlDocument& document, const proto::Configuration& file, Report& report) {
  NetworkRules(document, file, report).check();
}

}  // namespace tern::conf
