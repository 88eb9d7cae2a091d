#include "conf/defaults.h"

#include <cstdint>

namespace tern::conf {
namespace {

constexpr std::uint32_t kDynamicLimit = 1000;
constexpr std::uint32_t kLocationFunction = 10;
constexpr std::uint32_t kEgressFunction = 11;
constexpr std::uint32_t kCountryFunction = 13;
constexpr std::uint32_t kRegionFunction = 14;
constexpr std::uint32_t kPopFunction = 15;
constexpr std::uint32_t kFirstHold = 1;     // seconds
constexpr std::uint32_t kLongestHold = 60;  // seconds
constexpr std::uint32_t kHoldWindow = 600;  // seconds

void fill_limits(proto::Peer& peer) {
  if (peer.has_prefix_limits() &&
      peer.prefix_limits().action() == proto::PrefixLimits::LIMIT_ACTION_UNSPECIFIED) {
    peer.mutable_prefix_limits()->set_action(proto::PrefixLimits::SHUTDOWN);
  }
}

void fill_egress(proto::Egress& egress) {
  if (egress.mode() == proto::Egress::MODE_UNSPECIFIED) egress.set_mode(proto::Egress::LAST_MILE);
  if (egress.position() == proto::Egress::POSITION_UNSPECIFIED) {
    egress.set_position(proto::Egress::AFTER_LOCAL_PREF);
  }
  if (!egress.has_location_function()) egress.set_location_function(kLocationFunction);
  if (!egress.has_egress_function()) egress.set_egress_function(kEgressFunction);
  const auto taken = [&egress](std::uint32_t number) {
    return egress.location_function() == number || egress.egress_function() == number ||
           egress.added_cost_function() == number || egress.pop_function() == number ||
           egress.country_function() == number || egress.region_function() == number;
  };
  // Where another function has the number, no added cost and no PoP is carried. The functions of
  // countries and regions count without such places, too: other PoPs may have them, and would
  // believe a stranger's communities that are not removed here.
  if (!egress.has_added_cost_function()) {
    egress.set_added_cost_function(taken(kAddedCostFunction) ? 0 : kAddedCostFunction);
  }
  if (!egress.has_country_function() && !(egress.countries().empty() && taken(kCountryFunction))) {
    egress.set_country_function(kCountryFunction);
  }
  if (!egress.has_region_function() && !(egress.regions().empty() && taken(kRegionFunction))) {
    egress.set_region_function(kRegionFunction);
  }
  if (!egress.has_pop_function() && !taken(kPopFunction)) egress.set_pop_function(kPopFunction);
}

void fill_damping(proto::NextHopDamping& damping) {
  if (!damping.has_first_hold()) damping.set_first_hold(kFirstHold);
  if (!damping.has_longest_hold()) damping.set_longest_hold(kLongestHold);
  if (!damping.has_window()) damping.set_window(kHoldWindow);
}

}  // namespace

void fill_defaults(const YamlNode& root, proto::Configuration& file) {
  proto::Router& router = *file.mutable_router();
  const YamlNode* const written = root.find("router");
  if (written == nullptr || written->find("listen") == nullptr) {
    router.add_listen("0.0.0.0:179");
    router.add_listen("[::]:179");
  }
  if (router.cluster_id().empty()) router.set_cluster_id(router.id());
  proto::Api& api = *file.mutable_api();
  if (api.socket().empty()) api.set_socket("/run/tern/ternd.sock");
  if (api.mode().empty()) api.set_mode("0660");
  if (api.read_only_mode().empty()) api.set_read_only_mode("0666");
  proto::Log& log = *file.mutable_log();
  if (log.format() == proto::Log::FORMAT_UNSPECIFIED) log.set_format(proto::Log::TEXT);
  if (log.level() == proto::Log::LEVEL_UNSPECIFIED) log.set_level(proto::Log::INFO);
  for (auto& [name, policy] : *file.mutable_policies()) {
    for (proto::Term& term : *policy.mutable_terms()) {
      if (!term.set().has_prepend() || term.set().prepend().times() != 0) continue;
      term.mutable_set()->mutable_prepend()->set_times(1);
    }
  }
  for (auto& [name, group] : *file.mutable_groups()) fill_limits(group);
  for (proto::Peer& peer : *file.mutable_peers()) fill_limits(peer);
  for (proto::DynamicPeers& range : *file.mutable_dynamic_peers()) {
    if (!range.has_limit()) range.set_limit(kDynamicLimit);
  }
  if (file.has_egress()) fill_egress(*file.mutable_egress());
  if (file.has_next_hops()) fill_damping(*file.mutable_next_hops()->mutable_damping());
  if (file.has_kernel() && file.kernel().own() == proto::Kernel::OWN_UNSPECIFIED) {
    file.mutable_kernel()->set_own(proto::Kernel::NONE);
  }
}

}  // namespace tern::conf
