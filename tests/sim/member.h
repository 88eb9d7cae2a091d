// A neighbor of the router: announces routes that it is told to, hears what it is advertised, and
// knows what the router has to hold of it once all that it said has arrived.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "rib/types/path_attributes.h"
#include "tests/model/listener.h"
#include "tests/model/naive_rib.h"
#include "tests/sim/link.h"

namespace tern::sim {

class Member final : public Link {
 public:
  Member(Network& network, const model::Client& client, bool passive);
  ~Member() override;

  [[nodiscard]] const model::Client& client() const { return client_; }
  [[nodiscard]] PeerSlot slot() const { return client_.slot; }

  // ---- What it says; without a session as soon as there is one

  // Prefixes of the model from `which` on, and attributes by `bits`: see model::attributes_of().
  void announce(std::uint32_t which, std::uint32_t bits);
  void withdraw(std::uint32_t which, std::uint32_t bits);
  // BoRR or EoRR (RFC 7313), whether it makes sense or not.
  void demarcate(Family family, bool begin);
  void ask_for_refresh(Family family);
  // An UPDATE that ends the session.
  void say_garbage();

  // What the router holds of it when all that was said has arrived.
  [[nodiscard]] const std::map<Nlri, PathAttributes>& said() const { return at_router_; }
  [[nodiscard]] bool said_all() const { return to_say_.empty() && waiting() == 0; }
  // While a session stands.
  [[nodiscard]] const model::Listener* heard() const { return listener_.get(); }

 private:
  void session_up(const fsm::Negotiated& negotiated) override;
  void session_down() override;
  void update(wire::Bytes body) override { listener_->hear_update(body); }
  void refresh(const wire::RouteRefresh& refresh) override;
  void room() override;

  [[nodiscard]] std::vector<Nlri> nlri_of(std::uint32_t which, std::uint32_t path_id) const;
  void say(std::vector<std::byte> message);
  void say_route(const std::vector<Nlri>& nlri, const PathAttributes& attributes);
  void say_table(Family family);

  const model::Client client_;
  std::map<Nlri, PathAttributes> routes_;  // that it announces
  // Of the session:
  std::unique_ptr<model::Listener> listener_;
  std::deque<std::vector<std::byte>> to_say_;  // whole messages
  std::map<Nlri, PathAttributes> at_router_;
  std::set<Nlri> unheard_;                       // of these, not repeated since BoRR
  std::array<bool, kFamilyCount> refreshing_{};  // between BoRR and EoRR of its own
};

}  // namespace tern::sim
