// A PartnerNode is the router of a partner: a node that advertises routes on command at all PoPs of
// its connections, and keeps the routes that our PoPs advertise.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "bgpd/wire/update.h"
#include "tests/sim/fleet/plan.h"
#include "tests/sim/fleet/watch.h"
#include "tests/sim/scripted_link.h"

namespace tern::sim::fleet {

class PartnerNode {
 public:
  class Session;
  using Routes = std::map<Prefix, Announced>;

  // The plan and the watch outlive the node. routes: to advertise from the start on. passive: the
  // PoPs to which the partner does not connect.
  PartnerNode(Network& network, const Plan& plan, Watch& watch, Partner partner, Routes routes,
              const std::set<Pop>& passive);
  ~PartnerNode();
  PartnerNode(const PartnerNode&) = delete;
  PartnerNode& operator=(const PartnerNode&) = delete;

  void announce(const Prefix& prefix, const Announced& route);
  void withdraw(const Prefix& prefix);
  void lose_power();

  [[nodiscard]] const Routes& routes() const { return routes_; }
  // Requires a PoP where the partner is connected.
  [[nodiscard]] Session& session(Pop pop) { return *sessions_.at(pop); }

 private:
  Network& network_;
  const Plan& plan_;
  const Partner partner_;
  Routes routes_;
  std::map<Pop, std::unique_ptr<Session>> sessions_;
};

class PartnerNode::Session final : public ScriptedLink {
 public:
  Session(Network& network, const Plan& plan, Watch& watch, Partner partner, Pop pop, bool passive,
          const Routes& routes);

  void announce(const Prefix& prefix, const Announced& route);
  void withdraw(const Prefix& prefix);
  // The routes at the PoP once all sent messages have arrived.
  [[nodiscard]] const Routes& sent() const { return sent_; }
  // The PoP advertises the path from the other partner on.
  [[nodiscard]] const std::map<Prefix, std::vector<Asn>>& told() const { return told_; }
  [[nodiscard]] bool has_all() const { return ended_; }  // End-of-RIB was received

 private:
  void session_up(const fsm::Negotiated& negotiated) override;
  void session_down() override;
  void update(wire::Bytes body) override;
  void refresh(const wire::RouteRefresh&) override {}

  const Plan& plan_;
  Watch& watch_;
  const Partner partner_;
  const Pop pop_;
  const Routes& routes_;
  Routes sent_;
  std::map<Prefix, std::vector<Asn>> told_;
  bool ended_ = false;
  wire::UpdateMessage update_;  // scratch
};

}  // namespace tern::sim::fleet
