// diff(): what a reload changes, by subject.

#include <algorithm>
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conf/config.h"
#include "conf/render.h"

namespace tern::conf {
namespace {

class Diff {
 public:
  Diff(const Config& from, const Config& to) : from_(from), to_(to) {}

  std::vector<Change> run() {
    router();
    section("api", from_.file.api(), to_.file.api());
    section("metrics", from_.file.metrics(), to_.file.metrics());
    section("log", from_.file.log(), to_.file.log());
    section("events", from_.file.events(), to_.file.events());
    section("circuits", from_.file.circuits(), to_.file.circuits());
    section("latency", from_.file.latency(), to_.file.latency());
    named("prefix_set", from_.file.prefix_sets(), to_.file.prefix_sets());
    named("community_set", from_.file.community_sets(), to_.file.community_sets());
    named("as_set", from_.file.as_sets(), to_.file.as_sets());
    policies();
    peers();
    ranges();
    egress();
    networks();
    named("health", from_.file.health(), to_.file.health());
    section("rpki", from_.file.rpki(), to_.file.rpki());
    section("registrations", from_.file.registrations(), to_.file.registrations());
    optional_section("baseline", from_.file.has_baseline(), from_.file.baseline(),
                     to_.file.has_baseline(), to_.file.baseline());
    optional_section("kernel", from_.file.has_kernel(), from_.file.kernel(), to_.file.has_kernel(),
                     to_.file.kernel());
    optional_section("next_hops", from_.file.has_next_hops(), from_.file.next_hops(),
                     to_.file.has_next_hops(), to_.file.next_hops());
    domains();
    if (from_.file.end() != to_.file.end()) {
      add(to_.file.end() ? Change::Kind::Added : Change::Kind::Removed, "end");
    }
    return std::move(changes_);
  }

 private:
  Change& add(Change::Kind kind, std::string subject) {
    Change& change = changes_.emplace_back();
    change.kind = kind;
    change.subject = std::move(subject);
    return change;
  }

  static void describe(const std::vector<Difference>& differences, Change& change) {
    for (const Difference& difference : differences) {
      change.details.push_back(difference.line);
      change.resets_session = change.resets_session || difference.resets;
    }
  }

  static bool has_field(const std::vector<Difference>& found,
                        std::initializer_list<std::string_view> fields) {
    return std::ranges::any_of(found, [&](const Difference& difference) {
      return std::ranges::find(
                 fields, std::string_view(difference.line).substr(0, difference.line.find(':'))) !=
             fields.end();
    });
  }

  // Compares a section that has a meaning even when it is empty.
  template <typename Section>
  void optional_section(const std::string& name, bool was, const Section& from, bool is,
                        const Section& to) {
    if (was == is) return section(name, from, to);
    add(is ? Change::Kind::Added : Change::Kind::Removed, name);
  }

  // Every session speaks with the AS number and identifier of the router.
  void router() {
    const auto found = differences(from_.file.router(), to_.file.router());
    if (found.empty()) return;
    Change& change = add(Change::Kind::Changed, "router");
    describe(found, change);
    change.needs_restart = has_field(found, {"reader_threads", "table_threads", "vrf"});
    for (const Difference& difference : found) {
      if (difference.resets) all_sessions_.push_back("router." + difference.line);
    }
  }

  void section(const std::string& name, const google::protobuf::Message& from,
               const google::protobuf::Message& to) {
    const auto found = differences(from, to);
    if (found.empty()) return;
    Change& change = add(Change::Kind::Changed, name);
    describe(found, change);
    // The sockets are opened once.
    change.needs_restart = name == "api" && has_field(found, {"socket", "read_only_socket"});
  }

  void networks() {
    proto::Configuration from;
    proto::Configuration to;
    *from.mutable_networks() = from_.file.networks();
    *to.mutable_networks() = to_.file.networks();
    section("networks", from, to);
  }

  void domains() {
    proto::Configuration from;
    proto::Configuration to;
    *from.mutable_domains() = from_.file.domains();
    *to.mutable_domains() = to_.file.domains();
    section("domains", from, to);
  }

  template <typename Map>
  void named(const std::string& noun, const Map& from, const Map& to) {
    for (const auto& name : names(from, to)) {
      const auto was = from.find(name);
      const auto is = to.find(name);
      const std::string subject = noun + ' ' + name;
      if (was == from.end()) {
        add(Change::Kind::Added, subject);
      } else if (is == to.end()) {
        add(Change::Kind::Removed, subject);
      } else if (const auto found = differences(was->second, is->second); !found.empty()) {
        describe(found, add(Change::Kind::Changed, subject));
      }
    }
  }

  template <typename Map>
  static std::set<std::string> names(const Map& from, const Map& to) {
    std::set<std::string> all;
    for (const auto& [name, value] : from) all.insert(name);
    for (const auto& [name, value] : to) all.insert(name);
    return all;
  }

  // A policy also changes with the sets it names.
  void policies() {
    const auto& from = from_.file.policies();
    const auto& to = to_.file.policies();
    for (const auto& name : names(from, to)) {
      const std::string subject = "policy " + name;
      if (from.count(name) == 0) {
        add(Change::Kind::Added, subject);
        continue;
      }
      if (to.count(name) == 0) {
        add(Change::Kind::Removed, subject);
        continue;
      }
      const auto found = differences(from.at(name), to.at(name));
      const auto was = from_.policies.find(name);
      const auto is = to_.policies.find(name);
      const bool same = was != nullptr && is != nullptr && policy::PolicySet::same(*was, *is);
      if (same && found.empty()) continue;
      Change& change = add(Change::Kind::Changed, subject);
      describe(found, change);
      if (found.empty()) change.details.emplace_back("a set it uses has changed");
    }
  }

  void peers() {
    std::map<std::string_view, const proto::Peer*> before;
    std::set<std::string_view> after;
    for (const proto::Peer& peer : from_.file.peers()) before.emplace(peer.address(), &peer);
    for (const proto::Peer& peer : to_.file.peers()) {
      after.insert(peer.address());
      const std::string subject = "peer " + peer.address();
      const auto old = before.find(peer.address());
      if (old == before.end()) {
        add(Change::Kind::Added, subject);
      } else {
        sessions(subject, differences(*old->second, peer));
      }
    }
    for (const proto::Peer& peer : from_.file.peers()) {
      if (after.count(peer.address()) == 0) {
        add(Change::Kind::Removed, "peer " + peer.address());
      }
    }
  }

  void sessions(const std::string& subject, const std::vector<Difference>& found) {
    if (found.empty() && all_sessions_.empty()) return;
    Change& change = add(Change::Kind::Changed, subject);
    change.details = all_sessions_;
    change.resets_session = !all_sessions_.empty();
    describe(found, change);
  }

  // A range has the settings of its group.
  void ranges() {
    std::map<std::string_view, const proto::DynamicPeers*> before;
    std::set<std::string_view> after;
    for (const auto& range : from_.file.dynamic_peers()) before.emplace(range.prefix(), &range);
    for (const proto::DynamicPeers& range : to_.file.dynamic_peers()) {
      after.insert(range.prefix());
      const std::string subject = "dynamic_peers " + range.prefix();
      const auto old = before.find(range.prefix());
      if (old == before.end()) {
        add(Change::Kind::Added, subject);
        continue;
      }
      auto found = differences(*old->second, range);
      const auto settings = differences(from_.settings(*old->second), to_.settings(range));
      found.insert(found.end(), settings.begin(), settings.end());
      sessions(subject, found);
    }
    for (const auto& range : from_.file.dynamic_peers()) {
      if (after.count(range.prefix()) == 0) {
        add(Change::Kind::Removed, "dynamic_peers " + range.prefix());
      }
    }
  }

  void egress() {
    const auto found = differences(from_.file.egress(), to_.file.egress());
    const bool same = from_.egress == to_.egress && from_.rtt_file.rtts == to_.rtt_file.rtts;
    const bool same_prefixes = from_.prefix_rtt_file.rtts == to_.prefix_rtt_file.rtts;
    if (found.empty() && same && same_prefixes) return;
    // An AS number of ours that changes is in the carried communities too; the router says so.
    const bool by_asn = found.empty() && from_.file.router().asn() != to_.file.router().asn();
    if (by_asn) return;
    Change& change = add(Change::Kind::Changed, "egress");
    describe(found, change);
    if (!found.empty()) return;
    if (!same_prefixes) change.details.emplace_back("prefix_rtt_file: its content has changed");
    if (same) return;
    change.details.emplace_back(to_.file.egress().rtt_file().empty()
                                    ? "rtts: another order"
                                    : "rtt_file: its content has changed");
  }

  const Config& from_;
  const Config& to_;
  std::vector<Change> changes_;
  std::vector<std::string> all_sessions_;
};

}  // namespace

std::vector<Change> diff(const Config& from, const Config& to) { return Diff(from, to).run(); }

}  // namespace tern::conf
