// Compiles the actions of a term: resolves names, reports contradictions.

#include <algorithm>

#include "policy/compiler.h"
#include "rib/types/special_space.h"

namespace tern::policy {
namespace {

// More prepends are a mistake, and one segment holds 255 ASes (RFC 4271 section 4.3).
constexpr std::uint32_t kMostPrepends = 255;

void add(const AnyCommunity& community, Actions& actions) {
  if (const auto* standard = std::get_if<Community>(&community)) {
    actions.add_standard.push_back(*standard);
  } else if (const auto* extended = std::get_if<ExtendedCommunity>(&community)) {
    actions.add_extended.push_back(*extended);
  } else if (const auto* large = std::get_if<LargeCommunity>(&community)) {
    actions.add_large.push_back(*large);
  }
}

}  // namespace

Actions Compiler::compile_actions(const ActionSource& source) {
  check_actions(source);
  Actions actions;
  actions.local_pref = source.local_pref;
  actions.med = source.med;
  actions.clear_med = source.clear_med;
  actions.aigp = source.aigp;
  actions.origin = source.origin;
  actions.next_hop = source.next_hop;
  actions.next_hop_self = source.next_hop_self;
  actions.prepend = source.prepend;
  actions.remove = resolve(source.remove_community_sets, community_sets_, "remove_community_sets",
                           "community set");
  if (!source.remove_communities.empty()) {
    actions.remove.sets.push_back(
        std::make_shared<const CommunityMatcher>(source.remove_communities));
  }
  actions.clear_communities = source.clear_communities;
  for (const AnyCommunity& community : source.add_communities) add(community, actions);
  sort_unique(actions.add_standard);
  sort_unique(actions.add_extended);
  sort_unique(actions.add_large);
  return actions;
}

void Compiler::check_actions(const ActionSource& source) {
  if (source.med && source.clear_med) fail("clear_med", "the MED is both changed and cleared");
  if (source.next_hop && source.next_hop_self) {
    fail("next_hop_self", "the next hop is given and set to self");
  }
  if (const SpecialBlock* const block =
          source.next_hop ? forbids(Use::Host, *source.next_hop) : nullptr) {
    fail("next_hop",
         source.next_hop->to_string() + " leads nowhere: it is in " + block->to_string());
  }
  if (source.prepend) {
    if (source.prepend->times == 0 || source.prepend->times > kMostPrepends) {
      fail("prepend", std::to_string(source.prepend->times) + " times; from 1 to " +
                          std::to_string(kMostPrepends));
    }
    if (source.prepend->asn == kAsZero) fail("prepend", "AS 0 is on no path (RFC 7607)");
  }
  for (const AnyCommunityPattern& pattern : source.remove_communities) {
    check_pattern(pattern, "remove_communities", "");
  }
}

}  // namespace tern::policy
