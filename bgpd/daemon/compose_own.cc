#include "bgpd/daemon/compose_own.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "bgpd/daemon/compose_parts.h"

namespace tern::daemon {
namespace {

// Makes networks and aggregates. Those with the same list of policies share a chain.
class NetworkComposer {
 public:
  NetworkComposer(const conf::Config& config, const policy::Egress& egress)
      : config_(config), egress_(egress) {}

  // In the order of their prefixes.
  std::vector<session::OwnNetwork> compose() {
    std::vector<session::OwnNetwork> all;
    for (const conf::proto::Network& network : config_.file.networks()) {
      all.push_back(compose(network));
    }
    for (const conf::proto::Aggregate& aggregate : config_.file.aggregates()) {
      session::OwnNetwork& made = all.emplace_back(compose(aggregate));
      made.aggregate = std::make_shared<const session::AggregateSettings>(
          session::AggregateSettings{chain(config_, aggregate.match()), aggregate.summary_only()});
    }
    std::ranges::sort(all, std::less{}, &session::OwnNetwork::prefix);
    return all;
  }

 private:
  template <typename Written>
  session::OwnNetwork compose(const Written& written) {
    const auto& names = written.policies();
    auto& policies = chains_[{names.begin(), names.end()}];
    if (policies == nullptr) {
      policies = std::make_shared<const policy::Chain>(chain(config_, names));
    }
    return {*Prefix::parse(written.prefix()),
            policies,
            written.when(),
            egress_.place_of(written.metro()),
            {}};
  }

  const conf::Config& config_;
  const policy::Egress& egress_;
  std::map<std::vector<std::string>, std::shared_ptr<const policy::Chain>> chains_;
};

session::Requirement requirement(const conf::proto::Requirement& written) {
  using Kind = session::Requirement::Kind;
  session::Requirement made;
  if (written.has_pop_drained()) {
    made.drained = written.pop_drained();
  } else if (written.has_sessions()) {
    made.kind = Kind::Sessions;
    made.group = written.sessions().group();
    if (written.sessions().has_at_least()) made.at_least = written.sessions().at_least();
  } else if (written.has_route()) {
    const conf::proto::RoutePresent& route = written.route();
    made.kind = Kind::Route;
    made.route.covered = !route.covered_by().empty();
    made.route.prefix = *Prefix::parse(made.route.covered ? route.covered_by() : route.prefix());
    made.route.group = route.group();
  } else if (!written.next_hop().empty()) {
    made.kind = Kind::NextHop;
    made.next_hop = *IpAddress::parse(written.next_hop());
  } else {
    made.kind = Kind::Interface;
    made.interface = written.interface();
  }
  return made;
}

}  // namespace

std::vector<session::ConditionSettings> compose_conditions(const conf::Config& config) {
  std::vector<session::ConditionSettings> all;
  for (const auto& [name, condition] : config.file.conditions()) {
    session::ConditionSettings& made = all.emplace_back();
    made.name = name;
    made.any = condition.any_size() != 0;
    made.times = {std::chrono::seconds(condition.up_after()),
                  std::chrono::seconds(condition.down_after())};
    for (const auto& one : made.any ? condition.any() : condition.all()) {
      made.requirements.push_back(requirement(one));
    }
  }
  return all;
}

std::vector<session::OwnNetwork> compose_networks(const conf::Config& config,
                                                  const policy::Egress& egress) {
  return NetworkComposer(config, egress).compose();
}

}  // namespace tern::daemon
