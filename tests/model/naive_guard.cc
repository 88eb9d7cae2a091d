#include "tests/model/naive_guard.h"

#include <algorithm>
#include <array>
#include <string>

namespace tern::model {
namespace {

constexpr Asn kFarAs = 4200000001U;

Prefix to(const char* text) { return *Prefix::parse(text); }

std::vector<Registered> list_of(int number) {
  if (number == 1) {
    return {{to("203.0.113.0/24"), 24, {65101}, {65003, 65101, 65001}, {1, 0}, 1},
            {to("100.64.0.0/10"), 23, {65101, kFarAs}, {65009, kFarAs}, {}, 2},
            {to("10.1.0.0/16"), 16, {65101}, {65101}, {}, 2, false, 2},
            {to("2001:db8:1::/48"), 48, {65101, kFarAs, 65001}, {}, {0, 2, 1}, 0}};
  }
  if (number == 2) {
    return {{to("203.0.113.0/24"), 24, {65101}, {65001, 65003}, {}, 2, true},
            {to("10.0.0.0/8"), 16, {65101, 65102}, {}, {}, 2},
            {to("198.51.100.0/25"), 32, {65101}, {65101, 65004}, {2}, 1},
            {to("2001:db8::/32"), 64, {65101, kFarAs}, {kFarAs, 65101}, {2, 0}, 1}};
  }
  if (number == 3) {
    return {{to("203.0.113.0/24"), 24, {65101}, {65101, 65003, 65001}, {0, 1}, 2},
            {to("100.64.0.0/10"), 23, {65101, kFarAs}, {kFarAs, 65009}, {}, 1},
            {to("2001:db8:1::/48"), 48, {65101, kFarAs}, {}, {1}, 2}};
  }
  return {};
}

// With the second list.
std::vector<Asn> transit_free(int number) {
  return number == 2 ? std::vector<Asn>{65001, 65003, 65102} : std::vector<Asn>{};
}

std::shared_ptr<const policy::RegistrationTable> table_of(int number) {
  if (list_of(number).empty()) return nullptr;
  auto all = std::make_shared<policy::Registrations>();
  for (const Registered& each : list_of(number)) {
    policy::Registration one;
    one.prefix = each.prefix;
    one.max_length = each.max_length;
    one.origins = each.origins;
    one.partners = each.partners;
    if (each.fallback > 0) one.fallback = static_cast<policy::Fallback>(each.fallback);
    one.path.max_length = each.longest_path;
    if (each.strict_origin) {
      one.guard[static_cast<std::size_t>(policy::Suspicion::OtherOrigin)] =
          policy::GuardAction::Quarantine;
    }
    for (std::size_t i = 0; i < each.pops.size(); ++i) {
      const std::string name = "pop" + std::to_string(each.pops[i]);
      if (i == 0) one.primary_pop = name;
      if (i > 0) one.backup_pops.push_back(name);
    }
    all->push_back(std::move(one));
  }
  const std::shared_ptr<const policy::Registrations> source = all;
  return std::make_shared<const policy::RegistrationTable>(
      std::vector{source}, policy::kQuarantineAll, policy::Fallback::None,
      policy::TransitFree(transit_free(number)));
}

template <typename T>
std::size_t place_in(const std::vector<T>& list, const T& value) {
  return static_cast<std::size_t>(std::find(list.begin(), list.end(), value) - list.begin());
}

// The AS numbers from the neighbor of our network on. Paths of the model have no sets.
std::vector<Asn> behind_us(const NaiveRib::Path& path) {
  std::vector<Asn> all;
  for (const AsSegment& segment : path.attributes.as_path.segments()) {
    all.insert(all.end(), segment.asns.begin(), segment.asns.end());
  }
  if (path.from->between_pops && !is_ibgp(path.from->kind)) {
    while (!all.empty() && all.front() == path.from->asn) all.erase(all.begin());
  }
  return all;
}

// Whether two transit-free ASes have another AS between. Paths of the model have no roles.
bool is_leaked(int number, const std::vector<Asn>& path) {
  const std::vector<Asn> free = transit_free(number);
  const auto is_free = [&](Asn asn) { return place_in(free, asn) != free.size(); };
  for (std::size_t near = 0; near < path.size(); ++near) {
    for (std::size_t far = near + 2; far < path.size(); ++far) {
      if (is_free(path[near]) && is_free(path[far])) return true;
    }
  }
  return false;
}

}  // namespace

const std::vector<Registered>& registered(int number) {
  static const std::array<std::vector<Registered>, kRegistrations> kAll{list_of(0), list_of(1),
                                                                        list_of(2), list_of(3)};
  return kAll[static_cast<std::size_t>(number)];
}

const std::shared_ptr<const policy::RegistrationTable>& registration_table(int number) {
  static const std::array<std::shared_ptr<const policy::RegistrationTable>, kRegistrations> kAll{
      table_of(0), table_of(1), table_of(2), table_of(3)};
  return kAll[static_cast<std::size_t>(number)];
}

bool passes_guard(int number, const Prefix& prefix, NaiveRib::Path& path) {
  const auto& all = registered(number);
  const auto of = std::find_if(all.begin(), all.end(),
                               [&](const Registered& each) { return each.prefix.covers(prefix); });
  const std::vector<Asn> asns = behind_us(path);
  if (of == all.end() || asns.empty()) return true;
  const bool inside = prefix != of->prefix;
  const std::size_t partner = place_in(of->partners, asns.front());
  const bool other_partner = !of->partners.empty() && partner == of->partners.size();
  const bool other_origin = place_in(of->origins, asns.back()) == of->origins.size();
  const bool too_long = of->longest_path != 0 && asns.size() > of->longest_path;
  const bool leaked = is_leaked(number, asns);
  const bool wrong =
      other_origin || too_long || leaked || (inside && prefix.length() > of->max_length);
  if (other_partner || wrong) {
    if (inside || of->fallback == 0) return false;
    if (other_origin && of->strict_origin) return false;
    if (wrong && of->fallback != 2) return false;
  }
  path.last_resort = wrong;
  if (of->partners.empty() && of->pops.empty() && !wrong) return true;
  path.rank = 1 + (wrong ? 100000 : 0);
  if (!of->partners.empty()) path.rank += 100 * partner;
  if (!of->pops.empty()) path.rank += place_in(of->pops, path.pop);
  return true;
}

}  // namespace tern::model
