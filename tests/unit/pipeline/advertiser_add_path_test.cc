// Add-Path towards clients (RFC 7911).
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/pipeline/speaker.h"

namespace tern::pipeline {
namespace {

constexpr std::uint32_t kAllPaths = 0xFFFF;

Session with_add_path(Session session, std::uint32_t most) {
  session.facts.add_path_send = {Family::Ipv4Unicast};
  session.export_.add_path_send = most;
  return session;
}

// Four neighbours send paths of one to four AS numbers.
class AdvertiserAddPath : public testing::Test {
 protected:
  AdvertiserAddPath() {
    for (std::uint32_t n = 1; n <= 4; ++n) sources.push_back(&tern.add(ebgp(65000 + n, n)));
  }
  void announce_all() {
    for (std::uint32_t n = 4; n >= 1; --n) announce(n, n);
  }
  void announce(std::uint32_t source, std::uint32_t length) {
    route(kWhere).as_path(std::vector<Asn>(length, 65000 + source)).via(*sources[source - 1]);
  }
  // Lengths of the AS paths that it holds.
  static std::vector<std::uint32_t> lengths(const Neighbour& of) {
    std::vector<std::uint32_t> found;
    for (const auto& [nlri, attributes] : of.table()) {
      found.push_back(attributes.as_path.length());
      EXPECT_NE(nlri.path_id, 0U);
    }
    std::sort(found.begin(), found.end());
    EXPECT_FALSE(of.misunderstood);
    return found;
  }
  using Lengths = std::vector<std::uint32_t>;

  Speaker tern;
  std::vector<Neighbour*> sources;
};

TEST_F(AdvertiserAddPath, SendsTheBestFew) {
  Neighbour& c = tern.add(with_add_path(ibgp(9), 2));
  announce_all();
  (void)c.listen();
  EXPECT_EQ(lengths(c), (Lengths{1, 2}));
  sources[0]->withdraw(kWhere);
  EXPECT_EQ(c.listen().size(), 2U);  // one goes, the next comes
  EXPECT_EQ(lengths(c), (Lengths{2, 3}));
  for (Neighbour* source : sources) source->withdraw(kWhere);
  (void)c.listen();
  EXPECT_TRUE(c.table().empty());
}

TEST_F(AdvertiserAddPath, SendsAllWithTheirNames) {
  Neighbour& c = tern.add(with_add_path(ibgp(9), kAllPaths));
  announce_all();
  EXPECT_EQ(c.listen().size(), 4U);
  EXPECT_EQ(lengths(c), (Lengths{1, 2, 3, 4}));
  // One path goes, and only it.
  sources[2]->withdraw(kWhere);
  EXPECT_EQ(c.listen(), Heard{"withdraw " + kWhere + " id 4"});  // slot 3
  EXPECT_EQ(lengths(c), (Lengths{1, 2, 4}));
  // One changes, and keeps its name though the order changes.
  announce(4, 1);
  EXPECT_EQ(c.listen(), Heard{"announce " + kWhere + " id 5"});
  EXPECT_EQ(lengths(c), (Lengths{1, 1, 2}));
  EXPECT_EQ(tern.rib.audiences().held().of(9, Family::Ipv4Unicast), 3U);
}

TEST_F(AdvertiserAddPath, ASourceDoesNotGetItsOwn) {
  Neighbour& c = tern.add(with_add_path(ebgp(65009, 9), 2));
  announce_all();
  route(kWhere).via(c);  // among the best
  (void)c.listen();
  EXPECT_EQ(lengths(c), (Lengths{2, 3}));  // with our own AS; two of the others
}

TEST_F(AdvertiserAddPath, IdentifiersOfASourceAreTheirOwnPaths) {
  Session many = ebgp(65005, 5);
  many.facts.receive.add_path = {Family::Ipv4Unicast};
  Neighbour& source = tern.add(many);
  Neighbour& c = tern.add(with_add_path(ibgp(9), kAllPaths));
  for (std::uint32_t id = 1; id <= 3; ++id) {
    route(kWhere).path_id(id * 1000).as_path(std::vector<Asn>(id, 65005)).via(source);
  }
  announce(1, 4);
  (void)c.listen();
  EXPECT_EQ(lengths(c), (Lengths{1, 2, 3, 4}));
  source.withdraw(kWhere, 2000);
  EXPECT_EQ(c.listen().size(), 1U);
  EXPECT_EQ(lengths(c), (Lengths{1, 3, 4}));
  // Its name is free for the next, which may come at once.
  source.withdraw(kWhere, 1000);
  route(kWhere).path_id(4000).as_path(std::vector<Asn>(5, 65005)).via(source);
  const Heard heard = c.listen();
  EXPECT_EQ(heard.size(), 1U) << "replaced under the same name";
  EXPECT_EQ(lengths(c), (Lengths{3, 4, 5}));
}

TEST_F(AdvertiserAddPath, IsPerFamilyAndPerClient) {
  Neighbour& plain = tern.add(ibgp(8));
  Neighbour& c = tern.add(with_add_path(ebgp(65009, 9), 4));
  route("2001:db8:1::/48").via(*sources[0]);
  announce_all();
  (void)c.listen();
  (void)plain.listen();
  EXPECT_EQ(c.table().size(), 5U);
  EXPECT_TRUE(c.holds("2001:db8:1::/48"));
  EXPECT_TRUE(c.holds(kWhere, 2));  // of slot 1
  EXPECT_EQ(plain.table().size(), 2U);
  EXPECT_EQ(plain.holds(kWhere)->as_path.length(), 1U);
  EXPECT_FALSE(plain.misunderstood);
  EXPECT_FALSE(c.misunderstood);
}

TEST_F(AdvertiserAddPath, AnotherNumberOfPathsIsADifference) {
  Neighbour& c = tern.add(with_add_path(ibgp(9), kAllPaths));
  announce_all();
  (void)c.listen();
  ExportRules rules = c.rules();
  rules.add_path_send = 3;
  c.set_rules(rules);
  EXPECT_EQ(c.listen(), Heard{"withdraw " + kWhere + " id 5"});
  rules.add_path_send = kAllPaths;
  c.set_rules(rules);
  EXPECT_EQ(c.listen(), Heard{"announce " + kWhere + " id 5"});
}

TEST_F(AdvertiserAddPath, ControlCommunitiesHoldHereToo) {
  const auto control =
      std::make_shared<const policy::ControlCommunities>(policy::ControlSource{kOurAsn});
  std::vector<Neighbour*> clients;
  for (std::uint32_t n = 11; n <= 12; ++n) {
    Session session = with_add_path(route_server_client(65000 + n, n), 2);
    session.export_.control = control;
    clients.push_back(&tern.add(session));
  }
  announce(2, 2);
  announce(3, 3);
  route(kWhere).community(Community::of(0, 65011)).via(*sources[0]);
  tern.settle();
  for (Neighbour* client : clients) (void)client->read();
  EXPECT_EQ(lengths(*clients[0]), (Lengths{2, 3}));
  EXPECT_EQ(lengths(*clients[1]), (Lengths{1, 2}));
}

}  // namespace
}  // namespace tern::pipeline
