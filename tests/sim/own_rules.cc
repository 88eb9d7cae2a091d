#include "tests/sim/own_rules.h"

#include <array>
#include <vector>

#include "tests/model/next_hops.h"
#include "tests/unit/pipeline/exchange_lan.h"

namespace tern::sim {
namespace {

using RequirementKind = session::Requirement::Kind;

session::Requirement pop_drained(bool drained) {
  session::Requirement made;
  made.drained = drained;
  return made;
}

session::Requirement sessions(const char* group, std::uint32_t at_least) {
  session::Requirement made;
  made.kind = RequirementKind::Sessions;
  made.group = group;
  made.at_least = at_least;
  return made;
}

session::Requirement route(const char* prefix, bool covered, const char* group) {
  session::Requirement made;
  made.kind = RequirementKind::Route;
  made.route = {*Prefix::parse(prefix), covered, group};
  return made;
}

session::Requirement next_hop(const char* address) {
  session::Requirement made;
  made.kind = RequirementKind::NextHop;
  made.next_hop = *IpAddress::parse(address);
  return made;
}

session::Requirement interface_up() {
  session::Requirement made;
  made.kind = RequirementKind::Interface;
  made.interface = model::kInterface;
  return made;
}

session::ConditionSettings make(bool any, std::vector<session::Requirement> requirements,
                                unsigned up_after, unsigned down_after) {
  session::ConditionSettings made;
  made.any = any;
  made.requirements = std::move(requirements);
  made.times = {std::chrono::seconds(up_after), std::chrono::seconds(down_after)};
  return made;
}

std::vector<session::ConditionSettings> make_all() {
  std::vector<session::ConditionSettings> all{
      make(false, {pop_drained(false)}, 3, 0),
      make(false, {sessions("odd", 2)}, 5, 2),
      make(false, {route("100.64.0.0/10", true, "")}, 0, 10),
      make(false, {route("198.51.100.0/25", false, "even")}, 0, 0),
      make(true, {route("10.0.0.0/8", true, "odd"), sessions("even", 3)}, 20, 4),
      make(false, {next_hop("10.1.0.9"), pop_drained(false)}, 2, 1),
      make(true, {interface_up(), pop_drained(true)}, 0, 0),
      make(false, {route("2001:db8:1::/48", false, ""), interface_up()}, 1, 30)};
  for (std::size_t i = 0; i < all.size(); ++i) all[i].name = std::to_string(i + 1);
  return all;
}

std::string text_of(const session::Requirement& requirement) {
  switch (requirement.kind) {
    case RequirementKind::PopDrained:
      return requirement.drained ? "the PoP is drained" : "the PoP is not drained";
    case RequirementKind::Sessions:
      return std::to_string(requirement.at_least) + " sessions of " + requirement.group;
    case RequirementKind::Route: {
      const session::RouteQuestion& asked = requirement.route;
      const std::string who = asked.group.empty() ? "" : " of " + asked.group;
      return std::string(asked.covered ? "a route in " : "a route to ") + asked.prefix.to_string() +
             who;
    }
    case RequirementKind::Interface:
      return "the interface is up";
    case RequirementKind::NextHop:
      break;
  }
  return "next hop " + requirement.next_hop.to_string();
}

}  // namespace

const session::ConditionSettings& condition(int number) {
  static const std::vector<session::ConditionSettings> kAll = make_all();
  return kAll[static_cast<std::size_t>(number - 1)];
}

std::string describe_condition(int number) {
  if (number == 0) return "";
  const session::ConditionSettings& of = condition(number);
  std::string text;
  for (const session::Requirement& requirement : of.requirements) {
    text += (text.empty() ? " while " : of.any ? " or " : " and ") + text_of(requirement);
  }
  return text;
}

std::string group_of(PeerSlot slot) { return slot % 2 == 1 ? "odd" : "even"; }

const policy::Chain& match_of(const Aggregate& aggregate) {
  static const policy::Chain kAll;
  static const policy::Chain kTagged =
      pipeline::chain({pipeline::on_tag(kContributorTag, policy::TermSource::Then::Accept)});
  return aggregate.tagged ? kTagged : kAll;
}

// Half of the routes depend on no condition.
int condition_of(std::uint32_t bits) {
  return bits % 2 == 0 ? 0 : static_cast<int>(1 + bits / 2 % (kConditions - 1));
}

const Prefix& aggregate_prefix(std::uint32_t a) {
  static const std::array<Prefix, 6> kAll{
      *Prefix::parse("100.64.0.0/10"), *Prefix::parse("10.0.0.0/8"),
      *Prefix::parse("100.64.0.0/20"), *Prefix::parse("198.51.100.0/24"),
      *Prefix::parse("2001:db8::/32"), *Prefix::parse("3fff::/20")};
  return kAll[a % kAll.size()];
}

}  // namespace tern::sim
