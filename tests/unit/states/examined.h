// Examinations of routes for a registered prefix, for tests of what they find.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "registered.h"

namespace tern::states {

inline constexpr char kPrefix[] = "203.0.113.0/24";

[[nodiscard]] inline policy::EgressSource two_pops() {
  policy::EgressSource source;
  source.pops = {{"ams", "", 1, {52, 4}}, {"iad", "", 2, {39, -77}}};
  source.pop = "ams";
  source.community_asn = 65000;
  source.location_function = 10;
  source.egress_function = 11;
  return source;
}

class ExaminationTest : public testing::Test {
 protected:
  Findings examined() {
    table_ = table_of({registration_});
    inputs_.registrations = table_;
    Examination examination((*table_)[0], inputs_, before_);
    for (const auto& [prefix, path, received] : routes_) examination.add(prefix, path, received);
    return examination.finish();
  }

  // The best route, from a neighbor, as three_peers() has them.
  SeenPath& best_route(PeerSlot slot, std::string_view as_path, PinRank pin) {
    SeenPath& path = route(slot, as_path);
    path.best = true;
    path.pin = pin;
    return path;
  }
  // Two PoPs, of which ams is the primary one of the registration.
  void use_pops() {
    const auto egress = policy::Egress::build(two_pops());
    ASSERT_TRUE(egress.ok()) << egress.error().front();
    inputs_.egress = std::make_shared<const policy::Egress>(*egress);
    registration_.primary_pop = "ams";
    registration_.backup_pops = {"iad"};
  }
  [[nodiscard]] EgressInfo at(std::string_view pop, EgressCost cost) const {
    return {kNoPlace, *inputs_.egress->find_pop(pop), cost};
  }
  // An accepted route, with the rank that registration_ gives the neighbors.
  SeenPath& route(PeerSlot slot, std::string_view as_path, std::string_view prefix = kPrefix) {
    Route& one = routes_.emplace_back();
    one.path.pin = pin_rank(slot == kEdge1 ? 0 : slot == kEdge2 ? 1 : kOtherPartner, 0);
    one.prefix = prefix_of(prefix);
    one.path.slot = slot;
    one.path.accepted = true;
    one.received.as_path = AsPath::parse(as_path).value();
    return one.path;
  }

  static std::string names(const Findings& findings) {
    std::string text;
    for (std::size_t i = 0; i < kStates; ++i) {
      const auto state = static_cast<State>(i);
      if (findings.states.has(state))
        text += (text.empty() ? "" : " ") + std::string(to_string(state));
    }
    return text;
  }
  static std::string why(const Findings& findings, State state) {
    for (const StateEvidence& one : findings.evidence) {
      if (one.state == state) return one.text;
    }
    return {};
  }

  struct Route {
    Prefix prefix;
    SeenPath path;
    PathAttributes received;
  };
  policy::Registration registration_ = registered_prefix(kPrefix);
  PeerTable peers_ = three_peers();
  std::shared_ptr<const policy::RegistrationTable> table_;
  Inputs inputs_{&peers_, nullptr, std::make_shared<const policy::Egress>()};
  StateSet before_;
  std::vector<Route> routes_;
};

}  // namespace tern::states
