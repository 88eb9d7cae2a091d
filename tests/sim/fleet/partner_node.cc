#include "tests/sim/fleet/partner_node.h"

#include <array>
#include <utility>

#include "tests/sim/fleet/rules.h"

namespace tern::sim::fleet {
namespace {

constexpr wire::Encoding kEncoding{true, false, wire::kMaxMessage};

}  // namespace

// ---- The router

PartnerNode::PartnerNode(Network& network, const Plan& plan, Watch& watch, Partner partner,
                         Routes routes, const std::set<Pop>& passive)
    : network_(network), plan_(plan), partner_(partner), routes_(std::move(routes)) {
  for (const Pop pop : plan.partners[partner].pops) {
    sessions_[pop] = std::make_unique<Session>(network, plan, watch, partner, pop,
                                               passive.contains(pop), routes_);
  }
  network.listen(plan.host_of(partner), [this](const std::shared_ptr<Socket>& socket) {
    const auto found = sessions_.find(socket->remote());
    if (found != sessions_.end()) found->second->accept(socket);
  });
  for (const auto& each : sessions_) each.second->start();
}

PartnerNode::~PartnerNode() { network_.listen(plan_.host_of(partner_), nullptr); }

void PartnerNode::announce(const Prefix& prefix, const Announced& route) {
  routes_[prefix] = route;
  for (const auto& each : sessions_) each.second->announce(prefix, route);
}

void PartnerNode::withdraw(const Prefix& prefix) {
  if (routes_.erase(prefix) == 0) return;
  for (const auto& each : sessions_) each.second->withdraw(prefix);
}

void PartnerNode::lose_power() {
  for (const auto& each : sessions_) each.second->lose_power();
}

// ---- A session

PartnerNode::Session::Session(Network& network, const Plan& plan, Watch& watch, Partner partner,
                              Pop pop, bool passive, const Routes& routes)
    : ScriptedLink(network, plan.host_of(partner), pop,
                   fsm_of(plan, plan.host_of(partner), pop, passive, network.dice().next())),
      plan_(plan),
      watch_(watch),
      partner_(partner),
      pop_(pop),
      routes_(routes) {}

void PartnerNode::Session::announce(const Prefix& prefix, const Announced& route) {
  if (!established()) return;
  sent_[prefix] = route;
  std::vector<std::byte> message;
  const std::array nlri{Nlri{prefix, Family::Ipv4Unicast}};
  (void)wire::encode_announcements(attributes_of(plan_, partner_, route), nlri, kEncoding, message);
  watch_.note_activity();
  queue(std::move(message));
}

void PartnerNode::Session::withdraw(const Prefix& prefix) {
  if (!established() || sent_.erase(prefix) == 0) return;
  std::vector<std::byte> message;
  const std::array nlri{Nlri{prefix, Family::Ipv4Unicast}};
  (void)wire::encode_withdrawals(nlri, kEncoding, message);
  watch_.note_activity();
  queue(std::move(message));
}

void PartnerNode::Session::session_up(const fsm::Negotiated&) {
  for (const auto& [prefix, route] : routes_) announce(prefix, route);
  std::vector<std::byte> message;
  wire::encode_end_of_rib(Family::Ipv4Unicast, message);
  watch_.note_activity();
  queue(std::move(message));
}

void PartnerNode::Session::session_down() {
  watch_.note_activity();
  drop_queue();
  sent_.clear();
  told_.clear();
  ended_ = false;
}

void PartnerNode::Session::update(wire::Bytes body) {
  watch_.note_activity();
  wire::UpdateContext context;
  (void)wire::decode_update(body, context, update_);
  watch_.read(update_, pop_, plan_.host_of(partner_));
  for (const Nlri& nlri : update_.withdrawn) told_.erase(nlri.prefix);
  for (const Nlri& nlri : update_.announced) {
    told_[nlri.prefix] = from_partner(update_.attributes.as_path);
  }
  if (update_.end_of_rib) ended_ = true;
}

}  // namespace tern::sim::fleet
