#include "tests/sim/fleet/plan.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace tern::sim::fleet {
namespace {

constexpr std::uint32_t kMillisecond = 1000;  // microseconds
constexpr Asn kFirstPartnerAsn = 1001;
constexpr Asn kFirstCustomerAsn = 30001;

// `count` different numbers below `bound`, in random order.
std::vector<std::size_t> some_of(std::size_t bound, std::size_t count, Dice& dice) {
  std::vector<std::size_t> all(bound);
  std::iota(all.begin(), all.end(), std::size_t{0});
  for (std::size_t i = 0; i < std::min(bound, count); ++i) {
    std::swap(all[i], all[i + dice(bound - i)]);
  }
  all.resize(std::min(bound, count));
  return all;
}

Registered random_registration(const Prefix& prefix, Asn origin, const Plan& plan, Dice& dice) {
  Registered one;
  one.prefix = prefix;
  one.origin = origin;
  one.max_length = static_cast<std::uint8_t>(prefix.length() + (dice.one_in(4) ? 1 : 0));
  if (dice.one_in(3)) {
    one.emergency = dice.one_in(2) ? Emergency::OtherPartners : Emergency::Anything;
  }
  if (!dice.one_in(6)) one.partners = some_of(plan.partners.size(), 1 + dice(3), dice);
  return one;
}

}  // namespace

const char* to_string(Mode mode) {
  constexpr std::array<const char*, 4> kNames{"cold potato", "total", "weighted", "hot potato"};
  return kNames[static_cast<std::size_t>(mode)];
}

std::optional<std::size_t> Plan::registration(const Prefix& prefix) const {
  for (std::size_t i = 0; i < registered.size(); ++i) {
    if (registered[i].prefix.covers(prefix)) return i;
  }
  return std::nullopt;
}

std::string Plan::name_of(Host host) const {
  if (host < size.pops) return "pop" + std::to_string(host);
  if (host < routers()) return "reflector" + std::to_string(host - size.pops);
  return "partner" + std::to_string(host - routers());
}

std::uint32_t Orders::added_to(const Session& session) const {
  const auto own = added.find(session);
  const auto of_pop = added_at_pops.find(session.second);
  return (own == added.end() ? 0 : own->second) +
         (of_pop == added_at_pops.end() ? 0 : of_pop->second);
}

std::uint32_t trip_to_users(std::uint64_t bits) {
  return static_cast<std::uint32_t>(1 + bits % 8) * 5 * kMillisecond;
}

std::uint32_t trip_between_pops(std::uint64_t bits) {
  return static_cast<std::uint32_t>(1 + bits % 6) * 4 * kMillisecond;
}

Plan make_plan(const Size& size, Dice& dice) {
  Plan plan;
  plan.size = size;
  plan.mode = static_cast<Mode>(dice(4));
  plan.backbone_percent = 25 + 25 * dice(3);
  for (Partner partner = 0; partner < size.partners; ++partner) {
    PartnerPlan one;
    one.asn = kFirstPartnerAsn + static_cast<Asn>(partner);
    one.pops = some_of(size.pops, dice.one_in(3) ? 2 : 1, dice);
    if (dice.one_in(5)) one.local_pref = 200;
    if (dice.one_in(3)) one.place = dice(size.metros);
    plan.partners.push_back(std::move(one));
  }
  for (std::size_t i = 0; i < size.prefixes; ++i) {
    plan.prefixes.push_back(Prefix::v4(0x14000000U + (static_cast<std::uint32_t>(i) << 10U), 22));
    plan.customers.push_back(kFirstCustomerAsn + dice(1 + size.prefixes / 2));
    if (i >= size.registered) continue;
    plan.registered.push_back(random_registration(plan.prefixes[i], plan.customers[i], plan, dice));
  }
  return plan;
}

Orders first_orders(const Plan& plan, Dice& dice) {
  Orders orders;
  const std::size_t pops = plan.size.pops;
  orders.costs.last_mile.resize(pops);
  orders.costs.backbone.resize(pops);
  for (Pop from = 0; from < pops; ++from) {
    for (Metro to = 0; to < plan.size.metros; ++to) {
      orders.costs.last_mile[from].push_back(trip_to_users(dice.next()));
    }
    for (Pop to = 0; to < pops; ++to) {
      orders.costs.backbone[from].push_back(to == from ? 0 : trip_between_pops(dice.next()));
    }
  }
  for (const Registered& one : plan.registered) {
    orders.registered.push_back(
        {one.partners, some_of(pops, dice.one_in(4) ? 0 : 1 + dice(3), dice)});
  }
  return orders;
}

std::string to_string(const Announced& route) {
  std::string text;
  for (const Asn asn : route.path) text += (text.empty() ? "" : " ") + std::to_string(asn);
  if (route.metro) text += ", users in metro" + std::to_string(*route.metro);
  return text;
}

}  // namespace tern::sim::fleet
