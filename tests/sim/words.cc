// Operations in words.
#include "tests/model/naive_guard.h"
#include "tests/model/sessions.h"
#include "tests/sim/amounts.h"
#include "tests/sim/world.h"

namespace tern::sim {
namespace {

using namespace std::chrono_literals;
using Kind = Operation::Kind;

constexpr std::array<const char*, static_cast<std::size_t>(Kind::kCount)> kNames{
    "Announce",      "Withdraw",   "Garbage",   "Ask",       "RouterAsks",   "Demarcate",
    "Slow",          "RouterSlow", "Lose",      "CutOff",    "Restart",      "PowerOff",
    "RouterRestart", "Disable",    "Enable",    "Reset",     "StepClock",    "PartialWrites",
    "Policy",        "Vrps",       "Register",  "Drain",     "DefaultRoute", "NextHop",
    "Interface",     "Resolution", "Originate", "Aggregate", "DrainPop",     "Costs",
    "Degrade",       "Wait",       "Settle"};

// Of Announce and Withdraw: the first destination.
std::string text_of(const Operation& operation) {
  const std::vector<Nlri>& all = model::destinations();
  const Nlri& nlri = all[operation.a % all.size()];
  return nlri.prefix.to_string() + " " + std::string(to_string(nlri.family));
}

}  // namespace

std::string to_string(const Operation& operation) {
  return operation.code(kNames[static_cast<std::size_t>(operation.kind)]);
}

std::string World::words(const Operation& operation) const {
  const std::string who = "neighbor " + std::to_string(operation.slot);
  const auto found = parties_.find(operation.slot);
  const bool away = found == parties_.end() || !found->second.member;
  const auto for_time = [&](std::uint32_t most) {
    return " for " + std::to_string(milliseconds(operation.a, most) / 1ms) + " ms";
  };
  const std::string family(to_string(kFamilies[operation.a % kFamilyCount]));
  const std::string end = operation.b % 2 == 0 ? " at the router's end" : " at its end";
  switch (operation.kind) {
    case Kind::Announce:
    case Kind::Withdraw:
      return who + (operation.kind == Kind::Announce ? " announces " : " withdraws ") +
             text_of(operation) + " and maybe more" + (away ? ", but is away" : "");
    case Kind::Garbage:
      return who + " sends an UPDATE that cannot be read";
    case Kind::Ask:
      return who + " asks for " + family;
    case Kind::RouterAsks:
      return "the router asks " + who + " for its routes";
    case Kind::Demarcate:
      return who + (operation.b % 2 == 0 ? " sends BoRR of " : " sends EoRR of ") + family;
    case Kind::Slow:
      return who + " reads nothing" + for_time(kMostSlow);
    case Kind::RouterSlow:
      return "the router reads nothing of " + who + for_time(kMostSlow);
    case Kind::Lose:
      return who + ": the connection is lost after " + std::to_string(operation.a % kMostLeft) +
             " more octets" + end;
    case Kind::CutOff:
      return who + " is cut off" + for_time(kMostCutOff);
    case Kind::Restart:
      return who + "'s process ends" + for_time(kMostAway);
    case Kind::PowerOff:
      return who + " loses power" + for_time(kMostAway);
    case Kind::RouterRestart:
      return std::string(operation.b % 2 == 0 ? "the router loses power"
                                              : "the router's process ends") +
             for_time(kMostRouterAway);
    case Kind::Disable:
      return who + " is disabled";
    case Kind::Enable:
      return who + " is enabled";
    case Kind::Reset:
      return who + " is reset" + end;
    case Kind::StepClock:
      return (operation.b % 3 == 0 ? std::string("the router") : who) + ": the clock steps by " +
             std::to_string(1 + operation.a % kMostStep) + " minutes";
    case Kind::PartialWrites:
      return operation.a % 2 == 1 ? "sockets take parts of what they are given"
                                  : "sockets take what they have room for";
    case Kind::Policy:
      return who + " gets import policy " + std::to_string(operation.a % model::kPolicies) +
             " and export policy " + std::to_string(operation.b % model::kPolicies);
    case Kind::Vrps:
      return operation.b % 4 == 0 ? "the router has no VRPs" : "the router has other VRPs";
    case Kind::Register:
      return "the router has registrations " + std::to_string(operation.a % model::kRegistrations);
    case Kind::Drain:
      return found != parties_.end() && found->second.neighbor.policies.drained
                 ? who + " is not drained any more"
                 : who + " is drained";
    case Kind::DefaultRoute:
      return who + " gets default route " + std::to_string(operation.a % model::kDefaultRoutes) +
             describe_condition(condition_of(operation.b));
    case Kind::NextHop: {
      model::Host then = host_;
      const IpAddress next_hop = model::change_next_hop(operation.a, operation.b, then);
      return "the next hop " + model::describe(then, next_hop);
    }
    case Kind::Interface:
      return std::string("the router's interface goes ") + (host_.link ? "down" : "up");
    case Kind::Resolution: {
      model::Host then = host_;
      configure_next_hops(operation.a, then);
      return "by a reload, " + describe_settings(then);
    }
    case Kind::Originate:
      return std::string("the router ") + (operation.b % 2 == 0 ? "ends" : "originates") +
             " its own at " + text_of(operation) +
             (operation.b % 2 == 0 ? "" : describe_condition(condition_of(operation.b / 2)));
    case Kind::Aggregate: {
      const auto aggregate = aggregate_of(operation);
      const std::string prefix = aggregate_prefix(operation.a).to_string();
      if (!aggregate) return "the router has no aggregate " + prefix;
      return "the router has aggregate " + prefix + (aggregate->summary_only ? " alone" : "") +
             (aggregate->tagged ? " for tagged routes" : "") + describe_condition(aggregate->when);
    }
    case Kind::DrainPop:
      return own_.pop_drained ? "the PoP is not drained any more" : "the PoP is drained";
    case Kind::Costs:
      return "the network has costs " + std::to_string(operation.a % model::kNetworks);
    case Kind::Degrade:
      return who + "'s paths cost " + std::to_string(added_cost(operation.a)) + " more";
    case Kind::Wait:
      return "wait";
    case Kind::Settle:
    case Kind::kCount:
      break;
  }
  return "every fault is over, and all comes to rest";
}

}  // namespace tern::sim
