// Releases and blocks in the table: released routes are used as their registration ranks them, and
// blocked ones are not.
#include "policy/guard_orders.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "policy/registrations.h"
#include "tests/unit/pipeline/speaker.h"

namespace tern::pipeline {
namespace {

using policy::GuardOrder;
using policy::GuardOrderKind;

class GuardOrdered : public testing::Test {
 protected:
  static constexpr Asn kCustomer = 65010;

  static GuardOrder order_of(GuardOrderKind kind, policy::OrderedFrom from = {},
                             const std::string& text = kWhere) {
    GuardOrder order;
    order.kind = kind;
    order.prefix = prefix(text);
    order.from = std::move(from);
    return order;
  }
  Session guarded(Session session, const std::vector<GuardOrder>& orders = {}) {
    policy::Registration one;
    one.prefix = prefix(kWhere);
    one.max_length = one.prefix.length();
    one.customer = kCustomer;
    one.origins = {kCustomer};
    one.partners = {65001};
    one.fallback = fallback;
    const auto source = std::make_shared<const policy::Registrations>(policy::Registrations{one});
    session.import.registrations = std::make_shared<const policy::RegistrationTable>(
        std::vector{source}, policy::kQuarantineAll);
    std::vector<std::shared_ptr<const GuardOrder>> all;
    for (const GuardOrder& order : orders) {
      all.push_back(std::make_shared<const GuardOrder>(order));
    }
    if (!all.empty()) {
      session.import.guard_orders = std::make_shared<const policy::GuardOrderTable>(std::move(all));
      session.import.order_name = session.facts.peer_address.to_string();
    }
    return session;
  }
  const rib::Path& only_path(const std::string& text = kWhere) {
    destination_ = *tern.rib.find(unicast(prefix(text)));
    return destination_.paths[0];
  }
  std::string detail(const std::string& text = kWhere) {
    return std::string(tern.shards.details()[only_path(text).detail()]);
  }
  void order(Neighbour& neighbor, const Session& session) {
    neighbor.import.set_rules(session.import);
    for (rib::DestId id = 0; id < tern.rib.end(); ++id) neighbor.import.reevaluate(tern.rib, id);
  }

  std::optional<policy::Fallback> fallback;
  Speaker tern;

 private:
  rib::Destination destination_;
};

TEST_F(GuardOrdered, AReleaseUsesTheRouteBehindThePartners) {
  const Session plain = ebgp(65009, 9);
  Neighbour& other = tern.add(guarded(plain));
  Neighbour& partner = tern.add(guarded(ebgp(65001, 1)));
  route(kWhere).as_path({65009, 65666}).via(other);
  EXPECT_EQ(detail(), "other-origin");
  order(other, guarded(plain, {order_of(GuardOrderKind::Release)}));
  EXPECT_EQ(only_path().reason(), Reason::None);
  route(kWhere).as_path({65001, 64999, kCustomer}).via(partner);
  EXPECT_EQ(only_path().peer(), partner.slot());
  EXPECT_EQ(tern.rib.find(unicast(prefix(kWhere)))->step, rib::Step::Pin);
  partner.withdraw(kWhere);
  order(other, guarded(plain));
  EXPECT_EQ(detail(), "other-origin");
}

// The operator vouches for the route: the last resort becomes a path as any other.
TEST_F(GuardOrdered, AReleasedLastResortIsNoneAnyMore) {
  fallback = policy::Fallback::Any;
  const Session plain = ebgp(65009, 9);
  Neighbour& other = tern.add(guarded(plain));
  route(kWhere).as_path({65009, 65666}).via(other);
  EXPECT_TRUE(is_last_resort(rib::pin_of(only_path().digest())));
  order(other, guarded(plain, {order_of(GuardOrderKind::Release)}));
  EXPECT_FALSE(is_last_resort(rib::pin_of(only_path().digest())));
}

TEST_F(GuardOrdered, AReleaseIsAboutItsPrefixAndItsNeighbor) {
  const Session plain = ebgp(65009, 9);
  Neighbour& other = tern.add(guarded(plain));
  route(kWhere).as_path({65009, kCustomer}).via(other);
  order(other, guarded(plain, {order_of(GuardOrderKind::Release, {{}, 65008})}));
  EXPECT_EQ(detail(), "unregistered-partner");
  order(other, guarded(plain, {order_of(GuardOrderKind::Release, {}, "203.0.113.0/25")}));
  EXPECT_EQ(detail(), "unregistered-partner");
  order(other, guarded(plain, {order_of(GuardOrderKind::Release, {{}, 65009})}));
  EXPECT_EQ(only_path().reason(), Reason::None);
  const std::string address = v4_of(9).to_string();
  order(other, guarded(plain, {order_of(GuardOrderKind::Block, {}),
                               order_of(GuardOrderKind::Release, {address, {}})}));
  EXPECT_EQ(only_path().reason(), Reason::None);
}

TEST_F(GuardOrdered, ABlockRejectsAnyPrefix) {
  const std::string elsewhere = "198.51.100.0/24";
  const auto block = order_of(GuardOrderKind::Block, {}, elsewhere);
  Session plain = ebgp(65009, 9);
  Neighbour& other = tern.add(plain);
  const auto orders = guarded(plain, {block}).import.guard_orders;
  plain.import.guard_orders = orders;
  route(elsewhere).as_path({65009}).via(other);
  EXPECT_EQ(only_path(elsewhere).reason(), Reason::None);
  order(other, plain);
  EXPECT_EQ(only_path(elsewhere).reason(), Reason::GuardBlock);
  // A block also rejects routes of another router of ours, without an AS_PATH.
  Session inside = ibgp(3);
  inside.import.guard_orders = orders;
  Neighbour& ours = tern.add(inside);
  other.withdraw(elsewhere);
  route(elsewhere).as_path({}).via(ours);
  EXPECT_EQ(only_path(elsewhere).reason(), Reason::GuardBlock);
}

// A block is no suspicion of the guard: the counters that the alert reads stay.
TEST_F(GuardOrdered, ABlockCountsAsNoQuarantine) {
  const auto block = order_of(GuardOrderKind::Block);
  Neighbour& other = tern.add(guarded(ebgp(65009, 9), {block}));
  route(kWhere).as_path({65009, 65666}).via(other);
  const auto& counters = other.import.counters();
  EXPECT_EQ(counters.quarantined, GuardCounts{});
  EXPECT_EQ(counters.rejected[static_cast<std::size_t>(Reason::Quarantined)], 0U);
  EXPECT_EQ(counters.rejected[static_cast<std::size_t>(Reason::GuardBlock)], 1U);
  const rib::PeerCounts counts = tern.rib.counts(other.slot());
  EXPECT_EQ(counts.rejected[static_cast<std::size_t>(Reason::Quarantined)], 0U);
}

TEST_F(GuardOrdered, ABlockBeatsAPartner) {
  const auto block = order_of(GuardOrderKind::Block, {{}, 65001});
  Neighbour& partner = tern.add(guarded(ebgp(65001, 1), {block}));
  route(kWhere).as_path({65001, kCustomer}).via(partner);
  EXPECT_EQ(only_path().reason(), Reason::GuardBlock);
}

}  // namespace
}  // namespace tern::pipeline
