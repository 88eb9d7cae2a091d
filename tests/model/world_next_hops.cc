// Next hops of received routes: the host's routes and the received routes that resolve them.
#include <utility>

#include "bgpd/pipeline/next_hop_covers.h"
#include "bgpd/pipeline/next_hop_revision.h"
#include "tests/model/world.h"

namespace tern::model {
namespace {

constexpr std::size_t kAllAddresses = 1000;  // more than the model has
constexpr int kMostPasses = 40;              // until covers that come and go count as restless

}  // namespace

// ---- Changes of the host and of the configuration

void World::change_next_hop(const Operation& operation) {
  const IpAddress next_hop = model::change_next_hop(operation.a, operation.b, naive_.host);
  ask_again(next_hops_->concerned(alone(next_hop)));
}

// Like kernel::NextHopWatch: after a change of a link, all next hops are asked about.
void World::change_link() {
  naive_.host.link = !naive_.host.link;
  ask_all_again();
}

void World::apply_resolution() {
  pipeline::NextHopSettings settings = settings_of(naive_.host);
  settings.damping.first_hold = 0;  // the model has no time
  next_hops_->set_settings(settings);
  if (!settings.via_bgp) (void)next_hops_->drop_covers();
  ask_all_again();
}

void World::ask_all_again() {
  Addresses all;
  for (const auto& shown : next_hops_->list(std::nullopt, kAllAddresses)) {
    all.push_back(shown.address);
  }
  ask_again(std::move(all));
}

void World::ask_again(Addresses asked) {
  Addresses changed;
  while (!asked.empty()) {
    for (const IpAddress& address : asked) {
      if (next_hops_->look_again(address, {})) changed.push_back(address);
    }
    asked = next_hops_->take_led();
  }
  if (!changed.empty()) revise(changed);
}

// Like the session layer: with another answer every session gets new rules, and stored paths are
// revised. Sessions with paths that wait for the next hop judge all their routes.
void World::revise(const Addresses& addresses) {
  store_all_parts();
  pipeline::ChangedNextHops changed{pipeline::HostAddresses(addresses), next_hops_, {}, {}};
  for (const auto& [slot, session] : sessions_) {
    if (!resolves(session->client)) continue;
    changed.resolving.insert(slot);
    session->import.set_rules(import_rules_of(session->client, naive_.policies[slot]));
    session->new_rules = true;
  }
  pipeline::NextHopRevision revision;
  pipeline::Revisions revisions;
  std::vector<std::size_t> judge;
  rib::ClientSet waiting;
  rib::ClientSet starved;
  for_each_destination(shards_, [&](rib::Rib& rib, rib::DestId id) {
    judge.clear();
    revision.look(rib, id, changed, revisions, judge, starved);
    for (const std::size_t i : judge) waiting.insert(rib.destination(id).paths[i].peer());
    (void)revisions.apply(rib, id);
  });
  waiting.for_each([this](PeerSlot slot) { apply_rules(slot, true, false); });
}

// ---- Covers

// Like kernel::CoverSearch.
bool World::search_covers() {
  bool changed = false;
  for (const IpAddress& address : next_hops_->open({}, kAllAddresses)) {
    const auto cover =
        pipeline::find_cover(shards_, next_hops_->covers(), address, naive_.host.via_default);
    if (!next_hops_->set_cover(address, cover)) continue;
    changed = true;
    ask_again(next_hops_->concerned(alone(address)));
  }
  return changed;
}

// Until a search finds nothing new. Routes may make each other come and go for ever (RFC 4271
// section 9.1.2.1): then the operator has only the host's routes resolve next hops.
std::optional<std::string> World::find_covers() {
  for (int pass = 0;; ++pass) {
    for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
      while (work(shard, kAllAddresses)) {
      }
    }
    if (!search_covers()) return std::nullopt;
    if (pass != kMostPasses) continue;
    ++seen_.restless;
    if (auto wrong = find_blocked()) return wrong;
    if (naive_.has_resting_covers()) return "covers do not come to rest, though some would";
    naive_.host.via_bgp = false;
    apply_resolution();
  }
}

}  // namespace tern::model
