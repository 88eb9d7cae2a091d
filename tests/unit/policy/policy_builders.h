// Short words for policies and routes, so that a test reads like the rule it checks.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/policy.h"

namespace tern::policy {

// A mistyped text in a test is a mistake of the test: value() of nothing ends the program.
inline Prefix prefix(std::string_view text) { return Prefix::parse(text).value(); }
inline IpAddress address(std::string_view text) { return IpAddress::parse(text).value(); }
inline AnyCommunityPattern pattern(std::string_view text) {
  return parse_community_pattern(text).value();
}
inline AnyCommunity community(std::string_view text) { return parse_any_community(text).value(); }

inline PrefixRange exactly(std::string_view text) {
  const Prefix p = prefix(text);
  return {p, p.length(), p.length()};
}
inline PrefixRange ranging(std::string_view text, std::uint8_t ge, std::uint8_t le) {
  return {prefix(text), ge, le};
}

// Adds communities of any kind, as the codec leaves them: in order.
inline PathAttributes& tagged(PathAttributes& attributes,
                              const std::vector<std::string>& communities) {
  for (const std::string& text : communities) {
    const AnyCommunity any = community(text);
    if (const auto* standard = std::get_if<Community>(&any)) {
      attributes.communities.push_back(*standard);
    } else if (const auto* extended = std::get_if<ExtendedCommunity>(&any)) {
      attributes.extended_communities.push_back(*extended);
    } else if (const auto* large = std::get_if<LargeCommunity>(&any)) {
      attributes.large_communities.push_back(*large);
    }
  }
  attributes.normalise();
  return attributes;
}

inline PathAttributes path_of(std::string_view as_path) {
  PathAttributes attributes;
  attributes.as_path = AsPath::parse(as_path).value();
  attributes.next_hop.global = IpAddress::v4(0xC0000201);
  return attributes;
}
inline PathAttributes with_communities(const std::vector<std::string>& communities) {
  PathAttributes attributes = path_of("65001 65010");
  return tagged(attributes, communities);
}

inline PeerFacts partner() {
  return {"isp-a", "partners", IpAddress::v4(0xC0000201), {},
          65001,   65000,      IpAddress::v4(0xC00002FE), {}};
}

// One term that accepts what matches.
inline PolicySource accepting(MatchSource match, ActionSource actions = {}) {
  PolicySource policy;
  policy.name = "test";
  TermSource term;
  term.match = std::move(match);
  term.actions = std::move(actions);
  term.then = TermSource::Then::Accept;
  policy.terms.push_back(std::move(term));
  return policy;
}

inline Sources sources_of(PolicySource policy) {
  Sources sources;
  sources.policies.push_back(std::move(policy));
  return sources;
}

// The chain of all policies of the sources, by the order they stand in.
inline Chain chain_of(const Sources& sources) {
  const auto set = compile(sources);
  if (!set.ok()) {
    for (const CompileError& error : set.error()) {
      ADD_FAILURE() << error.policy << " " << error.term << " " << error.field << ": "
                    << error.message;
    }
    return {};
  }
  std::vector<std::shared_ptr<const Program>> programs;
  for (const PolicySource& policy : sources.policies) programs.push_back(set->find(policy.name));
  return Chain(std::move(programs));
}

// What a chain makes of a route.
struct Outcome {
  Verdict verdict;
  PathAttributes attributes;
};
inline Outcome evaluate(const Chain& chain, const PathAttributes& attributes,
                        std::string_view destination = "203.0.113.0/24", EgressInfo egress = {},
                        const PeerFacts& peer = partner()) {
  const Prefix target = prefix(destination);
  Outcome outcome{{}, attributes};
  outcome.verdict = chain.evaluate({target, attributes, egress}, peer, outcome.attributes);
  return outcome;
}

// Whether a term with just this match takes the route.
inline bool takes(const MatchSource& match, const PathAttributes& attributes,
                  std::string_view destination = "203.0.113.0/24") {
  return evaluate(chain_of(sources_of(accepting(match))), attributes, destination).verdict.accept;
}

// The attributes after a term with just these actions.
inline PathAttributes after(const ActionSource& actions, const PathAttributes& attributes,
                            std::string_view destination = "203.0.113.0/24") {
  const Outcome outcome =
      evaluate(chain_of(sources_of(accepting({}, actions))), attributes, destination);
  EXPECT_TRUE(outcome.verdict.accept);
  return outcome.attributes;
}

}  // namespace tern::policy
