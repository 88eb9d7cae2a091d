#include "tests/model/own_routes.h"

#include <memory>
#include <utility>

#include "bgpd/pipeline/own_path.h"
#include "tests/model/sessions.h"
#include "tests/unit/pipeline/exchange_lan.h"

namespace tern::model {

OwnChange own_change(std::uint32_t a, std::uint32_t b) {
  OwnChange change{nlri_of(own_router(), a, 0), std::nullopt};
  if (b % 2 == 0) return change;
  const Family family = change.nlri.front().family;
  PathAttributes attributes = attributes_of(own_router(), family, b / 3);
  const PathAttributes plain = pipeline::own_attributes(family);
  attributes.next_hop = plain.next_hop;
  attributes.as_path = plain.as_path;
  attributes.extended_communities.clear();  // a state of origin validation is that of a neighbor
  if (b % 5 == 0) attributes.as_path.prepend(pipeline::kOurAsn, 2);
  if (b % 7 == 0) attributes.local_pref = 50;
  std::erase_if(attributes.large_communities, [](const LargeCommunity& each) {
    return each.local1 == kMetroFunction || each.local1 == kPopFunction ||
           each.local1 == kLandFunction;
  });
  change.attributes = std::move(attributes);
  return change;
}

void note(const OwnChange& change, OwnRoutes& routes) {
  for (const Nlri& nlri : change.nlri) {
    if (change.attributes) {
      routes[nlri] = *change.attributes;
    } else {
      routes.erase(nlri);
    }
  }
}

void store(const OwnChange& change, rib::Shards& shards, std::uint32_t now) {
  pipeline::ImportRules rules;
  rules.egress = std::make_shared<const policy::Egress>();
  pipeline::Judge judge(shards, pipeline::own_facts(pipeline::kOurAsn),
                        std::make_shared<const pipeline::ImportRules>(std::move(rules)));
  pipeline::JudgedRoutes routes(shards.size());
  if (change.attributes) {
    judge.originate(change.nlri, *change.attributes, {}, routes);
  } else {
    judge.withdraw(change.nlri.front().family, change.nlri, routes);
  }
  for (std::size_t shard = 0; shard < shards.size(); ++shard) {
    pipeline::Import::store_in_shard(shards[shard], kOwnSlot, routes.shards[shard], now);
  }
}

}  // namespace tern::model
