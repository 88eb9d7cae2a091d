// originate, withdraw and show originated: the routes of this router.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/api/answer.h"
#include "bgpd/api/route_view.h"
#include "bgpd/pipeline/attribute_sets.h"
#include "rib/types/prefix_text.h"
#include "rib/types/quoted.h"

namespace tern::api {
namespace {

constexpr int kEntriesPerMessage = 256;

// The configured networks and the injected routes, in slices. Networks that a reload changes
// meanwhile are shown as they were.
class OriginatedAnswer final : public Answer {
 public:
  explicit OriginatedAnswer(session::Speaker& speaker)
      : speaker_(speaker), shards_(speaker.shards()), settings_(speaker.running()) {
    for (const auto& [prefix, route] : speaker.injected()) injected_.push_back(route);
  }

  Progress next(proto::Response& response) override {
    proto::Originated& out = *response.mutable_originated();
    while (out.routes_size() < kEntriesPerMessage) {
      if (network_ < settings_->networks.size()) {
        const session::OwnNetwork& network = settings_->networks[network_++];
        proto::Originated::Route& shown = *out.add_routes();
        shown.set_source(network.aggregate == nullptr ? "configured" : "aggregate");
        show_wanted(network, shown);
        show(network.prefix, shown);
      } else if (next_injected_ < injected_.size()) {
        const session::InjectedRoute& route = injected_[next_injected_++];
        proto::Originated::Route& shown = *out.add_routes();
        shown.set_source("injected");
        shown.set_expires_seconds(route.expires);
        shown.set_kept(route.kept);
        show(route.prefix, shown);
      } else {
        return Progress::Done;
      }
    }
    return Progress::Send;
  }

 private:
  // Whether the network is to be originated. Without an answer yet, the state is that of the table.
  void show_wanted(const session::OwnNetwork& network, proto::Originated::Route& shown) const {
    if (speaker_.condition_holds(network.when) == std::optional(false)) {
      shown.set_state("withheld");
      shown.set_reason(network.when);
    } else if (speaker_.is_wanted(network) == std::optional(false)) {
      shown.set_state("inactive");
    }
    if (const auto route = speaker_.contributor(network.prefix)) {
      shown.set_contributor(route->to_string());
    }
  }

  void show(const Prefix& prefix, proto::Originated::Route& shown) {
    const Nlri nlri = unicast(prefix);
    shown.set_prefix(prefix.to_string());
    shown.set_family(std::string(to_string(nlri.family)));
    if (!shown.state().empty()) return;  // withheld, or inactive
    const auto found = shards_.find(nlri);
    if (!found) return shown.set_state("waiting");
    const rib::Destination destination = shards_.destination(*found);
    std::size_t at = 0;
    while (at < destination.paths.size() && destination.paths[at].peer() != kOwnSlot) ++at;
    if (at == destination.paths.size()) return shown.set_state("waiting");
    const rib::Path& path = destination.paths[at];
    shown.set_since_seconds(path.since);
    if (!path.accepted()) {
      shown.set_state("rejected");
      shown.set_reason(std::string(shards_.reasons().name(path.reason())));
      shown.set_reason_detail(shards_.details()[path.detail()]);
      return;
    }
    shown.set_state("originated");
    const auto [attributes, place, key] = pipeline::read(shards_.attributes()[path.effective()]);
    const policy::Egress& egress = *speaker_.settings().egress;
    if (place.metro < egress.metro_count()) shown.set_metro(egress.metro(place.metro).name);
    if (attributes.med) shown.set_med(*attributes.med);
    if (attributes.local_pref) shown.set_local_pref(*attributes.local_pref);
    for (std::string& text : session::community_texts(attributes)) {
      shown.add_communities(std::move(text));
    }
    shown.set_held_by(holders(found->shard, destination));
  }

  // Neighbors that hold a route of the prefix from us.
  [[nodiscard]] std::uint64_t holders(std::size_t shard,
                                      const rib::Destination& destination) const {
    rib::ClientSet holders;
    for (const rib::Advertised& advertised : destination.advertised) {
      holders |= shards_[shard].audiences()[advertised.audience];
    }
    return holders.size();
  }

  const session::Speaker& speaker_;
  const rib::Shards& shards_;
  const std::shared_ptr<const session::SpeakerSettings> settings_;
  std::vector<session::InjectedRoute> injected_;
  std::size_t network_ = 0;
  std::size_t next_injected_ = 0;
};

std::optional<std::string> parse(const proto::OriginateRequest& request,
                                 session::InjectedRoute& route) {
  const auto prefix = Prefix::parse(request.prefix());
  if (!prefix) return not_a_prefix(request.prefix());
  route.prefix = *prefix;
  if (request.communities_size() > session::InjectedRoute::kMostCommunities) {
    return "a route has at most " + std::to_string(session::InjectedRoute::kMostCommunities) +
           " communities";
  }
  for (const std::string& text : request.communities()) {
    if (!session::add_community(text, route.attributes)) return quoted(text) + " is no community";
  }
  if (request.has_med()) route.attributes.med = request.med();
  if (request.has_local_pref()) route.attributes.local_pref = request.local_pref();
  route.since = session::unix_seconds();
  if (request.for_seconds() != 0) {
    const std::uint64_t expires = std::uint64_t{route.since} + request.for_seconds();
    if (expires > 0xFFFFFFFFU) return "the time is too long";
    route.expires = static_cast<std::uint32_t>(expires);
  }
  route.kept = request.keep();
  route.metro = request.metro();
  return std::nullopt;
}

}  // namespace

std::unique_ptr<Answer> list_originated(session::Speaker& speaker) {
  return std::make_unique<OriginatedAnswer>(speaker);
}

void originate(session::Speaker& speaker, const proto::OriginateRequest& request,
               proto::Response& response) {
  session::InjectedRoute route;
  auto refused = parse(request, route);
  const std::string prefix = route.prefix.to_string();
  if (!refused) refused = speaker.originate(std::move(route));
  if (refused) return response.set_error(*refused);
  response.mutable_originate()->set_prefix(prefix);
}

void withdraw(session::Speaker& speaker, const proto::WithdrawRequest& request,
              proto::Response& response) {
  const auto prefix = Prefix::parse(request.prefix());
  if (!prefix) return response.set_error(not_a_prefix(request.prefix()));
  if (const auto refused = speaker.withdraw(*prefix)) return response.set_error(*refused);
  response.mutable_originate()->set_prefix(prefix->to_string());
}

}  // namespace tern::api
