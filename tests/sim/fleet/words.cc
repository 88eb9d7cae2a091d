// Operations of a fleet in words.
#include "tests/sim/amounts.h"
#include "tests/sim/fleet/fleet.h"

namespace tern::sim::fleet {
namespace {

using namespace std::chrono_literals;
using Kind = Operation::Kind;

std::string route_text(const std::pair<Prefix, Announced>& route) {
  return route.first.to_string() + " by " + to_string(route.second);
}

}  // namespace

std::string Fleet::words(const Operation& operation) const {
  const Partner partner = partner_of(operation);
  const std::string who = plan_.name_of(plan_.host_of(partner));
  const std::string pop = plan_.name_of(pop_of(operation));
  const Host neighbor = neighbor_of(pop_of(operation), operation.a);
  const std::string pair = pop + " and " + plan_.name_of(neighbor);
  const std::string how = operation.b % 2 == 0 ? " loses power" : "'s process ends";
  switch (operation.kind) {
    case Kind::Announce: {
      const auto route = route_of(partner, operation);
      return who + (route ? " announces " + route_text(*route) : " has nothing to announce");
    }
    case Kind::Withdraw:
      return who + " withdraws a route";
    case Kind::Hijack:
      return who + " hijacks " + route_text(hijack_of(partner, operation));
    case Kind::Leak:
      return who + " leaks " + route_text(leak_of(partner, operation));
    case Kind::EndHijacks:
      return who + " withdraws what it hijacked and leaked";
    case Kind::Lose:
      return pair + ": the connection is lost after " + std::to_string(operation.b % kMostLeft) +
             " more octets";
    case Kind::Reset:
      return pair + ": the session is reset";
    case Kind::Cut:
      return pair + (cuts_.contains(std::minmax<Host>(pop_of(operation), neighbor))
                         ? " reach each other again"
                         : " do not reach each other any more");
    case Kind::Partition: {
      std::string side;
      for (Host router = 0; router < plan_.routers(); ++router) {
        if ((operation.a >> router % 31U & 1U) != 0) side += " " + plan_.name_of(router);
      }
      return "the network is cut around" + side;
    }
    case Kind::Rejoin:
      return "all cuts are over";
    case Kind::LosePop:
      return plan_.name_of(operation.slot % plan_.routers()) + how;
    case Kind::ReturnPop:
      return "the first PoP returns that does not run";
    case Kind::LosePartner:
      return who + how;
    case Kind::ReturnPartner:
      return "the first partner returns that does not run";
    case Kind::PartialWrites:
      return operation.a % 2 == 1 ? "sockets take parts of what they are given"
                                  : "sockets take what they have room for";
    case Kind::Wait:
      return "wait";
    case Kind::Settle:
    case Kind::kCount:
      return "all comes to rest";
    default:
      return words_of_orders(operation);
  }
}

std::string Fleet::words_of_orders(const Operation& operation) const {
  const std::string pop = plan_.name_of(pop_of(operation));
  const Session session = session_of(operation);
  const std::string at =
      plan_.name_of(plan_.host_of(session.first)) + " at " + plan_.name_of(session.second);
  switch (operation.kind) {
    case Kind::Drain:
      return at + (orders_.drained.contains(session) ? " is not drained any more" : " is drained");
    case Kind::DrainPop:
      return pop + (orders_.drained_pops.contains(pop_of(operation)) ? " is not drained any more"
                                                                     : " is drained");
    case Kind::Degrade:
      return "the paths of " + at + " cost more, or no more";
    case Kind::DegradePop:
      return "the paths of all partners at " + pop + " cost more, or no more";
    case Kind::Reorder:
      return plan_.registered[operation.a % plan_.registered.size()].prefix.to_string() +
             " has another order of partners and PoPs";
    default:
      break;
  }
  const std::uint32_t number = operation.a / 2;
  return "the round trip from " + pop + " to " +
         (operation.a % 2 == 0 ? "metro" + std::to_string(number % plan_.size.metros)
                               : plan_.name_of(number % plan_.size.pops)) +
         " is another";
}

}  // namespace tern::sim::fleet
