#include "conf/references.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "conf/scalars.h"
#include "conf/schema.h"
#include "policy/suggest.h"
#include "rib/types/community_names.h"

namespace tern::conf {
namespace {

constexpr std::size_t kFewNames = 8;

struct Target {
  std::string_view name;  // Check.references
  std::string_view noun;
  std::vector<std::vector<std::string_view>> paths;  // of the maps whose keys are the names
};

const std::vector<Target>& targets() {
  static const std::vector<Target> kTargets{
      {"policies", "policy", {{"policies"}}},
      {"groups", "group", {{"groups"}}},
      {"prefix_sets", "prefix_set", {{"prefix_sets"}}},
      {"community_sets", "community_set", {{"community_sets"}}},
      {"as_sets", "as_set", {{"as_sets"}}},
      {"dictionaries", "dictionary", {{"egress", "dictionaries"}}},
      {"conditions", "condition", {{"conditions"}}},
      {"partners", "partner", {{"registrations", "partners"}}},
      {"pops", "PoP", {{"egress", "pops"}}},
      {"metros", "metro", {{"egress", "metros"}}},
      {"countries", "country", {{"egress", "countries"}}},
      {"regions", "region", {{"egress", "regions"}}},
      {"metros-or-pops", "metro or PoP", {{"egress", "metros"}, {"egress", "pops"}}},
  };
  return kTargets;
}

const Target* target_of(std::string_view name) {
  for (const Target& target : targets()) {
    if (target.name == name) return &target;
  }
  return nullptr;
}

struct Names {
  std::vector<std::string> in_order;
  std::unordered_set<std::string_view> all;  // views of the tree
};

Names defined_names(const YamlNode& root, const Target& target) {
  Names names;
  for (const auto& path : target.paths) {
    const YamlNode* node = &root;
    for (const std::string_view step : path) {
      if (node != nullptr) node = node->find(step);
    }
    if (node == nullptr) continue;
    for (const auto& [key, value] : node->entries) {
      if (key->kind != YamlNode::Kind::Scalar) continue;
      if (names.all.insert(key->text).second) names.in_order.emplace_back(key->text);
    }
  }
  return names;
}

// `values`: what is no name and may be meant all the same.
std::string unknown(std::string_view noun, std::string_view name,
                    const std::vector<std::string>& known,
                    const std::vector<std::string>& values = {}) {
  std::string text = "there is no " + std::string(noun) + ' ' + in_quotes(name);
  std::string suggestion = policy::did_you_mean(name, known);
  if (suggestion.empty()) suggestion = policy::did_you_mean(name, values);
  if (!suggestion.empty()) return text + suggestion;
  if (known.empty()) return text + "; none is defined";
  if (known.size() <= kFewNames) text += "; defined: " + one_of(known);
  return text;
}

}  // namespace

std::string reference_noun(std::string_view target) {
  const Target* const found = target_of(target);
  return std::string(found == nullptr ? target : found->noun);
}

void check_references(const YamlNode& root, const std::vector<Reference>& references,
                      Report& report) {
  std::map<std::string_view, Names> known;
  for (const Reference& reference : references) {
    const Target* const target = target_of(reference.target);
    if (target == nullptr) continue;  // the schema's test holds every target to the table
    auto found = known.find(target->name);
    if (found == known.end()) {
      found = known.emplace(target->name, defined_names(root, *target)).first;
    }
    if (found->second.all.count(reference.node->text) != 0) continue;
    const bool or_community = reference.or_value && target->name == "community_sets";
    report.add(reference.node->place, reference.path.to_string(),
               unknown(target->noun, reference.node->text, found->second.in_order,
                       or_community ? community_names() : std::vector<std::string>()));
  }
}

void check_matched_peers(const YamlDocument& document, const proto::Configuration& file,
                         Report& report) {
  std::vector<std::string> known;
  std::vector<Prefix> ranges;
  for (const proto::Peer& peer : file.peers()) {
    if (!peer.name().empty()) known.push_back(peer.name());
    if (!peer.address().empty()) known.push_back(peer.address());
  }
  for (const proto::DynamicPeers& range : file.dynamic_peers()) {
    if (const auto prefix = Prefix::parse(range.prefix())) ranges.push_back(*prefix);
  }
  const std::set<std::string_view> names(known.begin(), known.end());
  const auto is_known = [&](const std::string& text) {
    if (names.count(text) != 0) return true;
    const auto peer = parse_peer_address(text);
    if (!peer) return false;
    if (names.count(peer->to_string()) != 0) return true;
    return std::any_of(ranges.begin(), ranges.end(),
                       [&](const Prefix& range) { return range.contains(peer->address); });
  };
  for (const auto& [name, policy] : file.policies()) {
    for (int t = 0; t < policy.terms_size(); ++t) {
      const auto& peers = policy.terms(t).match().peers();
      for (int i = 0; i < peers.size(); ++i) {
        if (is_known(peers[i])) continue;
        const Path path = Path() / "policies" / name / "terms" / static_cast<std::size_t>(t) /
                          "match" / "peers" / static_cast<std::size_t>(i);
        report.add(document.place(path), path.to_string(), unknown("peer", peers[i], known));
      }
    }
  }
}

}  // namespace tern::conf
