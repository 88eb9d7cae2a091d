#include "conf/peer_checks.h"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "conf/config.h"
#include "conf/groups.h"
#include "conf/scalars.h"
#include "conf/schema.h"
#include "conf/sources.h"

namespace tern::conf {
namespace {

constexpr std::uint32_t kDefaultHoldTime = 90;  // as in the schema

using Fields = std::initializer_list<std::string_view>;

// The rules over one set of settings.
class PeerRules {
 public:
  enum class Whose { Peer, Group, Range };

  // `written` is the map that holds the settings themselves; null for a range, which has none.
  PeerRules(Whose whose, const proto::Peer& settings, const YamlNode* written, Path path,
            const YamlDocument& document, const proto::Configuration& file, Report& report)
      : whose_(whose),
        settings_(settings),
        written_(written),
        path_(std::move(path)),
        document_(document),
        file_(file),
        router_(file.router()),
        report_(report) {}

  void check() {
    identity();
    kind();
    route_server();
    control_communities();
    timers();
    families();
    next_hops();
    ways_of_transport();
    policies();
  }

 private:
  [[nodiscard]] bool writes(std::string_view field) const {
    return written_ != nullptr && written_->find(field) != nullptr;
  }
  void report(const Path& at, std::string message) {
    report_.add(document_.place(at), at.to_string(), std::move(message));
  }

  // `fields` contradict each other: said at the first that is written here. Where none is, all come
  // from the group and are said there.
  void conflict(Fields fields, const std::string& message) {
    for (const std::string_view field : fields) {
      if (!writes(field)) continue;
      report(path_ / field, message + inherited(fields));
      return;
    }
  }

  // `fields` do not go with what the whole of the settings, defaults included, says. Not asked of a
  // group, whose peers may say more.
  void unfit(Fields fields, const std::string& message) {
    if (whose_ == Whose::Group) return;
    for (const std::string_view field : fields) {
      if (!writes(field)) continue;
      report(path_ / field, message + inherited(fields));
      return;
    }
    report(path_ / "group", message + inherited(fields));
  }

  // " (route_server_client is from group 'clients')"
  [[nodiscard]] std::string inherited(Fields fields) const {
    if (whose_ == Whose::Group || settings_.group().empty()) return {};
    std::string names;
    int count = 0;
    for (const std::string_view field : fields) {
      const auto* const descriptor = proto::Peer::descriptor()->FindFieldByName(std::string(field));
      if (writes(field) || !has(*descriptor)) continue;
      if (count++ != 0) names += " and ";
      names += field;
    }
    if (count == 0) return {};
    return " (" + names + (count == 1 ? " is" : " are") + " from group " +
           in_quotes(settings_.group()) + ")";
  }

  [[nodiscard]] bool has(const google::protobuf::FieldDescriptor& field) const {
    const auto& reflection = *settings_.GetReflection();
    if (field.is_repeated()) return reflection.FieldSize(settings_, &field) != 0;
    return reflection.HasField(settings_, &field);
  }

  // Nothing where the AS number of the neighbour is not known yet (a group without asn).
  [[nodiscard]] std::optional<bool> is_ibgp() const {
    const std::string& ours = settings_.local_asn().empty() ? router_.asn() : settings_.local_asn();
    if (ours.empty()) return std::nullopt;
    // A range without an AS number welcomes any but ours.
    if (settings_.asn().empty()) {
      return whose_ == Whose::Range ? std::optional(false) : std::nullopt;
    }
    return settings_.asn() == ours;
  }

  // The kind of session follows from asn, which may stand at the peer while the setting is the
  // group's.
  void wrong_kind(std::string_view field, const std::string& message) {
    if (whose_ == Whose::Range && settings_.asn().empty()) {
      unfit({field}, message);
    } else {
      conflict({field, "asn", "local_asn"}, message);
    }
  }

  void identity();
  void kind();
  void route_server();
  void control_communities();
  void timers();
  void families();
  void next_hops();
  [[nodiscard]] bool writes_own_next_hop() const;
  [[nodiscard]] bool policy_sets_next_hop(bool v6) const;
  [[nodiscard]] bool speaks_without_next_hop(IpVersion version) const;
  void ways_of_transport();
  void policies();

  Whose whose_;
  const proto::Peer& settings_;
  const YamlNode* written_;
  Path path_;
  const YamlDocument& document_;
  const proto::Configuration& file_;
  const proto::Router& router_;
  Report& report_;
};

void PeerRules::identity() {
  if (whose_ == Whose::Group) {
    if (written_ == nullptr) return;
    for (const auto& [key, value] : written_->entries) {
      if (key->kind != YamlNode::Kind::Scalar || !belongs_to_peer_alone(key->text)) continue;
      report_.add(key->place, (path_ / key->text).to_string(),
                  in_quotes(key->text) + " belongs to a peer, not to a group");
    }
    return;
  }
  if (whose_ != Whose::Peer) return;
  if (!writes("address")) report(path_, "'address' is missing: the IP address of the neighbour");
  if (settings_.asn().empty() && !writes("asn")) {
    report(path_, "'asn' is missing: the AS number of the neighbour, here or in its group");
  }
  const auto local = IpAddress::parse(settings_.local_address());
  const auto remote = parse_peer_address(settings_.address());
  if (local && remote && local->is_v4() != remote->address.is_v4()) {
    conflict({"local_address", "address"},
             "our end " + local->to_string() + " and the neighbour's " +
                 remote->address.to_string() + " are of different IP versions");
  }
}

void PeerRules::kind() {
  const auto ibgp = is_ibgp();
  if (!ibgp) return;
  if (*ibgp && settings_.route_server_client()) {
    wrong_kind("route_server_client",
               "route_server_client is for eBGP, and equal AS numbers make this session iBGP");
  }
  if (*ibgp && settings_.role() != proto::ROLE_UNSPECIFIED) {
    wrong_kind("role", "a role is for eBGP, and equal AS numbers make this session iBGP");
  }
  if (!*ibgp && settings_.route_reflector_client()) {
    wrong_kind(
        "route_reflector_client",
        "route_reflector_client is for iBGP, and different AS numbers make this session eBGP");
  }
  if (!*ibgp && settings_.rpki_community().send()) {
    wrong_kind("rpki_community",
               "the state of origin validation is sent to iBGP neighbors alone (RFC 8097), and "
               "different AS numbers make this session eBGP");
  }
}

void PeerRules::route_server() {
  const proto::Role role = settings_.role();
  if (settings_.role_strict() && role == proto::ROLE_UNSPECIFIED) {
    unfit({"role_strict"}, "role_strict needs a role");
  }
  const bool has_role = role != proto::ROLE_UNSPECIFIED;
  if (settings_.route_server_client() && has_role && role != proto::ROUTE_SERVER) {
    conflict({"role", "route_server_client"},
             "towards a route_server_client our role is route-server, not " +
                 spelling(*proto::Role_descriptor()->FindValueByNumber(role)));
  }
  if (role == proto::ROUTE_SERVER && !settings_.route_server_client()) {
    unfit({"role", "route_server_client"}, "the role route-server needs route_server_client: true");
  }
  if (!settings_.route_server_client()) return;
  if (settings_.next_hop_self()) {
    conflict({"next_hop_self", "route_server_client"},
             "next_hop_self changes what a route_server_client gets untouched (RFC 7947)");
  }
  if (settings_.remove_private_asns()) {
    conflict({"remove_private_asns", "route_server_client"},
             "remove_private_asns changes what a route_server_client gets untouched (RFC 7947)");
  }
}

void PeerRules::control_communities() {
  const auto source = control_source(settings_, router_);
  if (!source) return;
  if (!settings_.route_server_client()) {
    unfit({"control_communities", "route_server_client"},
          "control_communities need route_server_client: true");
    return;
  }
  if (source->ambiguous()) {
    conflict({"control_communities"}, "standard and extended control_communities of AS " +
                                          std::to_string(source->asn) +
                                          " could not be told from prepends, 65501 to 65503");
  }
}

void PeerRules::timers() {
  const std::uint32_t hold = settings_.has_hold_time() ? settings_.hold_time() : kDefaultHoldTime;
  const auto against_hold = [&](std::string_view field, const std::string& message) {
    if (settings_.has_hold_time()) {
      conflict({field, "hold_time"}, message);
    } else {
      unfit({field}, message);
    }
  };
  if (settings_.has_keepalive() && hold == 0) {
    against_hold("keepalive", "a hold_time of 0 switches KEEPALIVEs off");
  } else if (settings_.has_keepalive() && settings_.keepalive() >= hold) {
    against_hold("keepalive", "a keepalive of " + std::to_string(settings_.keepalive()) +
                                  " seconds is not below the hold time of " + std::to_string(hold));
  }
  if (settings_.send_hold() != 0 && settings_.send_hold() <= hold) {
    against_hold("send_hold", "a send_hold of " + std::to_string(settings_.send_hold()) +
                                  " seconds is not above the hold time of " + std::to_string(hold) +
                                  " (RFC 9687)");
  }
}

void PeerRules::families() {
  const YamlNode* const list = written_ == nullptr ? nullptr : written_->find("families");
  if (list != nullptr && list->kind == YamlNode::Kind::List && list->items.empty()) {
    report(path_ / "families", "a session has at least one family");
  }
  const auto repeated = [&](const google::protobuf::RepeatedField<int>& values,
                            std::string_view field) {
    for (int i = 0; i < values.size(); ++i) {
      if (std::find(values.begin(), values.begin() + i, values[i]) == values.begin() + i) continue;
      if (!writes(field)) continue;
      report(path_ / field / static_cast<std::size_t>(i),
             spelling(*proto::Family_descriptor()->FindValueByNumber(values[i])) + " given twice");
    }
  };
  repeated(settings_.families(), "families");
  repeated(settings_.extended_next_hop(), "extended_next_hop");
  const auto& families = settings_.families();
  for (const int family : settings_.extended_next_hop()) {
    const auto known = family_of(static_cast<proto::Family>(family));
    if (!known) continue;
    if (!row(*known).extended_next_hop) {
      conflict({"extended_next_hop"},
               std::string(to_string(*known)) +
                   " has IPv6 next hops anyway; only families of IPv4 stand here");
    } else if (!families.empty() &&
               std::find(families.begin(), families.end(), family) == families.end()) {
      conflict({"extended_next_hop", "families"},
               std::string(to_string(*known)) + " is not among the families");
    }
  }
}

// Whether routes whose next hop cannot stay leave with an address of ours.
bool PeerRules::writes_own_next_hop() const {
  if (settings_.route_server_client()) return false;
  return settings_.next_hop_self() || !is_ibgp().value_or(true);
}

bool PeerRules::policy_sets_next_hop(bool v6) const {
  return std::any_of(
      settings_.export_().begin(), settings_.export_().end(), [&](const std::string& name) {
        const auto policy = file_.policies().find(name);
        if (policy == file_.policies().end()) return false;
        const auto& terms = policy->second.terms();
        return std::any_of(terms.begin(), terms.end(), [v6](const proto::Term& term) {
          const auto address = IpAddress::parse(term.set().next_hop());
          return address && address->is_v6() == v6;
        });
      });
}

// Whether the session has a family of the version whose next hops must be of that version, too.
bool PeerRules::speaks_without_next_hop(IpVersion version) const {
  const auto& extended = settings_.extended_next_hop();
  const auto lacks_one = [&](int family) {
    const auto known = family_of(static_cast<proto::Family>(family));
    return known && row(*known).version == version &&
           std::find(extended.begin(), extended.end(), family) == extended.end();
  };
  const auto& families = settings_.families();
  if (families.empty()) return lacks_one(proto::IPV4_UNICAST);  // the default
  return std::any_of(families.begin(), families.end(), lacks_one);
}

// Addresses of interfaces are not known here: the session finds one, or withholds the routes.
void PeerRules::next_hops() {
  if (whose_ != Whose::Peer) return;
  const auto remote = parse_peer_address(settings_.address());
  if (!remote) return;
  const bool v6 = remote->address.is_v4();  // the version that the session does not run over
  const auto ours = IpAddress::parse(settings_.next_hop_address());
  if (ours && ours->is_v6() != v6) {
    conflict({"next_hop_address", "address"},
             ours->to_string() + " and the neighbor's " + remote->address.to_string() +
                 " are of one IP version: the session's own address is the next hop there");
  }
  if (ours || !speaks_without_next_hop(v6 ? IpVersion::V6 : IpVersion::V4)) return;
  if (!writes_own_next_hop() || policy_sets_next_hop(v6)) return;
  const std::string version = v6 ? "IPv6" : "IPv4";
  const Path at = path_ / "address";
  report_.warn(document_.place(at), at.to_string(),
               version + " routes leave this session with the lowest " + version +
                   " address of its interface as next hop, and are withheld where it has none; "
                   "next_hop_address names one");
}

void PeerRules::ways_of_transport() {
  if (settings_.has_gtsm_hops() && settings_.has_multihop()) {
    conflict({"gtsm_hops", "multihop"},
             "gtsm_hops and multihop exclude each other: GTSM sends with a TTL of 255");
  }
  if (writes("md5_password") && writes("md5_password_file")) {
    conflict({"md5_password_file"}, "md5_password is given too; one of them is the key");
  }
  if (settings_.between_pops() && !settings_.location_dictionary().empty()) {
    conflict({"location_dictionary", "between_pops"},
             "a location_dictionary translates a partner's tags, and between_pops says that the "
             "neighbour is ours");
  }
}

// RFC 8212. A list that is written and empty says that nothing is meant to pass. For peers of a
// group it is said at the group, once.
void PeerRules::policies() {
  if (whose_ == Whose::Group || is_ibgp().value_or(true)) return;
  const Path group = Path() / "groups" / settings_.group();
  const bool has_group = document_.find(group) != nullptr;
  const auto look = [&](std::string_view field, bool has_any, const std::string& effect) {
    if (has_any || writes(field) || document_.find(group / field) != nullptr) return;
    const Path& path = has_group ? group : path_;
    report_.warn(document_.place(path), path.to_string(),
                 "without an " + std::string(field) + " policy " + effect +
                     " an eBGP neighbor (RFC 8212); write '" + std::string(field) +
                     ": []' where that is meant");
  };
  look("import", settings_.import_size() != 0, "every route is rejected from");
  look("export", settings_.export__size() != 0, "nothing is sent to");
}

}  // namespace

void check_peers(const YamlDocument& document, const proto::Configuration& file, Report& report) {
  if (document.root() == nullptr) return;
  if (const YamlNode* const groups = document.root()->find("groups")) {
    for (const auto& [key, node] : groups->entries) {
      const auto group = file.groups().find(std::string(key->text));
      if (group == file.groups().end() || groups->find(key->text) != node) continue;
      PeerRules(PeerRules::Whose::Group, group->second, node, Path() / "groups" / key->text,
                document, file, report)
          .check();
    }
  }
  const YamlNode* const peers = document.root()->find("peers");
  for (std::size_t i = 0; i < static_cast<std::size_t>(file.peers_size()); ++i) {
    const YamlNode& node = *peers->items[i];
    if (node.kind != YamlNode::Kind::Map) continue;
    PeerRules(PeerRules::Whose::Peer, file.peers(static_cast<int>(i)), &node, Path() / "peers" / i,
              document, file, report)
        .check();
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(file.dynamic_peers_size()); ++i) {
    const proto::DynamicPeers& range = file.dynamic_peers(static_cast<int>(i));
    const auto group = file.groups().find(range.group());
    if (group == file.groups().end()) continue;
    const Path path = Path() / "dynamic_peers" / i;
    proto::Peer settings = group->second;
    settings.set_group(range.group());
    PeerRules(PeerRules::Whose::Range, settings, nullptr, path, document, file, report).check();
    if (range.asns().empty() || group->second.asn().empty()) continue;
    const Path asns = path / "asns";
    report.add(document.place(asns), asns.to_string(),
               "group " + in_quotes(range.group()) + " already says which AS number is welcome");
  }
}

}  // namespace tern::conf
