// A Member is a neighbor of the router. A Member advertises routes on command, keeps the routes
// that the router advertises to it, and knows the routes that the router must hold of it once all
// its messages have arrived.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "rib/types/path_attributes.h"
#include "tests/model/listener.h"
#include "tests/model/naive_rib.h"
#include "tests/sim/scripted_link.h"

namespace tern::sim {

class Member final : public ScriptedLink {
 public:
  Member(Network& network, const model::Client& client, bool passive);
  ~Member() override;

  [[nodiscard]] const model::Client& client() const { return client_; }
  [[nodiscard]] PeerSlot slot() const { return client_.slot; }

  // ---- Commands. Without a session, routes wait for the next one.

  // Prefixes by `which`: see model::nlri_of(). Attributes by `bits`: see model::attributes_of().
  void announce(std::uint32_t which, std::uint32_t bits);
  void withdraw(std::uint32_t which, std::uint32_t bits);
  // Sends BoRR or EoRR (RFC 7313), also where RFC 7313 expects none.
  void demarcate(Family family, bool begin);
  void ask_for_refresh(Family family);
  // An UPDATE that ends the session.
  void send_garbage();

  // The member's routes at the router once all sent messages have arrived.
  [[nodiscard]] const std::map<Nlri, PathAttributes>& sent() const { return at_router_; }
  // The received routes; null without a session.
  [[nodiscard]] const model::Listener* received() const { return listener_.get(); }

 private:
  void session_up(const fsm::Negotiated& negotiated) override;
  void session_down() override;
  void update(wire::Bytes body) override { listener_->hear_update(body); }
  void refresh(const wire::RouteRefresh& refresh) override;

  [[nodiscard]] std::vector<Nlri> nlri_of(std::uint32_t which, std::uint32_t path_id) const;
  void send_route(const std::vector<Nlri>& nlri, const PathAttributes& attributes);
  void send_table(Family family);

  const model::Client client_;
  std::map<Nlri, PathAttributes> routes_;  // to advertise in every session
  // Of the session:
  std::unique_ptr<model::Listener> listener_;
  std::map<Nlri, PathAttributes> at_router_;
  std::set<Nlri> unheard_;                       // of these, not repeated since BoRR
  std::array<bool, kFamilyCount> refreshing_{};  // between the member's BoRR and its EoRR
};

}  // namespace tern::sim
