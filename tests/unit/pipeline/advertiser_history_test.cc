// Any history: what a neighbour holds is what the same client is told when it joins now.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "policy/route_filter.h"
#include "tests/unit/pipeline/speaker.h"
#include "tests/unit/types/random_values.h"

namespace tern::pipeline {
namespace {

// No filter, one that passes what `unless_tagged` rejects, or one that passes nothing.
std::shared_ptr<const policy::RouteFilter> some_filter(RandomValues& random) {
  if (random.one_in(3)) return nullptr;
  policy::FilterCommunities communities;
  if (random.one_in(2)) communities.push_back(*policy::parse_filter_community("65000:4"));
  return std::make_shared<const policy::RouteFilter>(std::move(communities));
}

TEST(AdvertiserHistory, EverybodyHoldsWhatANewcomerIsTold) {
  RandomValues random(7947);
  Speaker tern;
  std::vector<Session> sessions;
  for (std::uint32_t n = 1; n <= 3; ++n) sessions.push_back(route_server_client(65000 + n, n));
  sessions.push_back(route_server_client(65004, 4));
  sessions.back().export_.policies = unless_tagged(4);
  sessions.push_back(route_server_client(65005, 5));
  sessions.back().export_.path_hiding_mitigation = false;
  sessions.back().export_.policies = unless_tagged(4);
  sessions.push_back(ebgp(65006, 6));
  sessions.push_back(ibgp(7));
  sessions.back().facts.add_path_send = {Family::Ipv4Unicast};
  sessions.back().export_.add_path_send = 2;
  std::vector<Neighbour*> all;
  for (const Session& session : sessions) all.push_back(&tern.add(session));
  for (int step = 0; step < 4000; ++step) {
    Neighbour& sender = *all[random.below(7)];
    const std::string where = random.one_in(4)
                                  ? "2001:db8:" + std::to_string(1 + random.below(3)) + "::/48"
                                  : "10." + std::to_string(random.below(8)) + ".0.0/16";
    if (random.one_in(3)) {
      sender.withdraw(where);
    } else {
      RouteBuilder built = route(where);
      const SessionFacts& facts = sender.import.facts();
      const Asn first = is_ibgp(facts.kind) ? 65099 : facts.peer_asn;
      built.as_path(std::vector<Asn>(1 + random.below(3), first));
      if (random.one_in(3)) built.community(Community::of(65000, 4));
      built.via(sender);
    }
    if (random.one_in(3)) tern.spread();
    if (random.one_in(2)) (void)all[random.below(7)]->read(random.below(90));
    if (random.one_in(60)) all[random.below(7)]->refresh(Family::Ipv4Unicast, random.one_in(2));
    if (random.one_in(30)) {
      const std::size_t i = random.below(7);
      sessions[i].export_.filter = some_filter(random);
      all[i]->set_rules(sessions[i].export_);
    }
    if (random.one_in(20)) tern.advertiser.walk(random.below(6));
    if (step % 100 != 99) continue;
    tern.settle();
    for (std::size_t i = 0; i < all.size(); ++i) {
      (void)all[i]->read();
      ASSERT_FALSE(all[i]->misunderstood);
      // Without its own routes it would not be the same client: only its session is repeated.
      const std::map<Nlri, PathAttributes> held = all[i]->table();
      tern.advertisers.close(sessions[i].facts.slot);
      const auto again = std::make_unique<Neighbour>(tern, sessions[i]);
      (void)again->listen();
      ASSERT_EQ(again->table(), held) << "step " << step << ", neighbour " << i + 1;
      tern.advertisers.close(sessions[i].facts.slot);
      tern.advertisers.open(sessions[i].facts, sessions[i].export_);
      (void)all[i]->listen();
      ASSERT_EQ(all[i]->table(), held);
    }
  }
}

}  // namespace
}  // namespace tern::pipeline
