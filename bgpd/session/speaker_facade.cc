// Speaker passes what it is asked on to its objects (bgpd/session/speaker_impl.h).
#include <boost/asio.hpp>
#include <utility>

#include "bgpd/session/speaker.h"
#include "bgpd/session/speaker_impl.h"

namespace tern::session {
namespace {

std::vector<std::string> names_of(const std::vector<Peer*>& peers) {
  std::vector<std::string> names;
  for (const Peer* peer : peers) names.push_back(peer->settings().name);
  return names;
}

}  // namespace

Speaker::Speaker(Loop& loop, const SpeakerThreads& threads)
    : impl_(std::make_unique<Impl>(loop, threads)) {}
Speaker::~Speaker() = default;

Speaker::Applied Speaker::apply(std::shared_ptr<const SettingsPlan> plan,
                                std::function<void()> done) {
  return impl_->apply(std::move(plan), std::move(done));
}
void Speaker::set_vrps(std::shared_ptr<const policy::VrpTable> vrps,
                       std::vector<policy::PrefixRange> changed) {
  impl_->set_vrps(std::move(vrps), std::move(changed));
}
const std::shared_ptr<const policy::VrpTable>& Speaker::vrps() const { return impl_->vrps_; }
Costs& Speaker::costs() { return impl_->costs_; }
const Costs& Speaker::costs() const { return impl_->costs_; }
const Health& Speaker::health() const { return impl_->health_; }
const Moves& Speaker::moves() const { return impl_->moves_; }
const std::shared_ptr<const policy::EgressCosts>& Speaker::egress_costs() const {
  return impl_->egress_costs_;
}
void Speaker::set_geofeed(std::shared_ptr<const policy::Geofeed> geofeed,
                          std::vector<policy::PrefixRange> changed) {
  impl_->set_geofeed(std::move(geofeed), std::move(changed));
}
const std::shared_ptr<const policy::Geofeed>& Speaker::geofeed() const { return impl_->geofeed_; }
void Speaker::set_registrations(std::shared_ptr<const policy::RegistrationTable> registrations,
                                std::vector<policy::PrefixRange> changed) {
  impl_->set_registrations(std::move(registrations), std::move(changed));
}
const std::shared_ptr<const policy::RegistrationTable>& Speaker::registrations() const {
  return impl_->registrations_;
}
void Speaker::set_usual_paths(std::shared_ptr<const policy::UsualPaths> usual,
                              std::vector<policy::PrefixRange> changed) {
  impl_->set_usual_paths(std::move(usual), std::move(changed));
}
const std::shared_ptr<const policy::UsualPaths>& Speaker::usual_paths() const {
  return impl_->usual_paths_;
}
GuardOrders& Speaker::guard_orders() { return impl_->guard_orders_; }
const GuardOrders& Speaker::guard_orders() const { return impl_->guard_orders_; }
RouteFilters& Speaker::route_filters() { return impl_->route_filters_; }
const RouteFilters& Speaker::route_filters() const { return impl_->route_filters_; }
void Speaker::set_next_hop_finder(std::shared_ptr<pipeline::NextHopFinder> finder) {
  impl_->next_hops_ = std::move(finder);
}
void Speaker::next_hops_changed(const pipeline::HostAddresses& changed) {
  impl_->next_hop_rules_.changed(changed);
}
void Speaker::renew_next_hop_rules(std::function<void()> done) {
  impl_->next_hop_rules_.renew(std::move(done));
}
void Speaker::next_hops_forgotten() { impl_->next_hop_rules_.forgotten(); }
void Speaker::count_next_hop_routes(const std::vector<IpAddress>& of, CountedNextHops done) {
  impl_->next_hop_census_.count(of, std::move(done));
}
std::shared_ptr<const SpeakerSettings> Speaker::running() const {
  return impl_->started_ ? impl_->settings_ : nullptr;
}
std::optional<std::string> Speaker::originate(InjectedRoute route) {
  return impl_->own_routes_.inject(std::move(route));
}
std::optional<std::string> Speaker::withdraw(const Prefix& prefix) {
  return impl_->own_routes_.withdraw(prefix);
}
const std::map<Prefix, InjectedRoute>& Speaker::injected() const {
  return impl_->own_routes_.injected().all();
}
void Speaker::on_kept_changed(std::function<void()> call) {
  impl_->own_routes_.on_kept_changed(std::move(call));
}
std::vector<ConditionStatus> Speaker::conditions() const { return impl_->conditions_.list(); }
std::optional<bool> Speaker::condition_holds(const std::string& name) const {
  return impl_->conditions_.holds(name);
}
std::optional<bool> Speaker::is_wanted(const OwnNetwork& network) const {
  return impl_->aggregates_.is_wanted(network);
}
std::optional<Prefix> Speaker::contributor(const Prefix& prefix) const {
  return impl_->aggregates_.contributor(prefix);
}
void Speaker::shutdown(const std::string& text, std::function<void()> done) {
  impl_->shutdown(text, std::move(done));
}
std::vector<std::string> Speaker::command(std::string_view neighbor, NeighborAction action,
                                          const std::string& text) {
  return impl_->command(neighbor, action, text);
}
std::vector<std::string> Speaker::drain(std::string_view neighbor,
                                        const ShutDownWithin& shut_down_within) {
  const std::vector<Peer*> peers = impl_->meant(neighbor);
  if (!peers.empty()) impl_->drains_.drain(peers, shut_down_within);
  return names_of(peers);
}
std::vector<std::string> Speaker::undrain(std::string_view neighbor) {
  const std::vector<Peer*> peers = impl_->meant(neighbor);
  if (!peers.empty()) impl_->drains_.undrain(peers);
  return names_of(peers);
}
std::vector<std::string> Speaker::drain_pop(const ShutDownWithin& shut_down_within) {
  return names_of(impl_->drains_.drain_pop(shut_down_within));
}
std::vector<std::string> Speaker::undrain_pop() { return names_of(impl_->drains_.undrain_pop()); }
std::vector<std::string> Speaker::degrade(std::string_view neighbor, EgressCost added) {
  const std::vector<Peer*> peers = impl_->meant(neighbor);
  if (!peers.empty()) impl_->drains_.degrade(peers, added);
  return names_of(peers);
}
std::vector<std::string> Speaker::degrade_pop(EgressCost added) {
  return names_of(impl_->drains_.degrade_pop(added));
}
EgressCost Speaker::pop_added_cost() const { return impl_->pop_added_cost_; }
bool Speaker::pop_drained() const { return impl_->pop_drained_; }
DrainList Speaker::drain_list() const {
  DrainList list = impl_->drains_.list();
  list.demoted = impl_->health_.kept();
  return list;
}
void Speaker::restore_pop_drain(bool drained) { impl_->drains_.restore_pop(drained); }
std::vector<std::string> Speaker::restore_drains(const DrainList& list) {
  impl_->health_.restore(list.demoted);
  return impl_->drains_.restore(list);
}
void Speaker::on_drains_changed(std::function<void()> call) {
  impl_->drains_.on_change(std::move(call));
}
std::uint64_t Speaker::membership() const { return impl_->neighbors_.membership(); }
bool Speaker::busy() const { return impl_->busy(); }
bool Speaker::reevaluating() const {
  return impl_->reevaluation_.running() || impl_->next_hop_rules_.running();
}
void Speaker::look(std::function<void()> at) { impl_->engine_.visit_all(std::move(at)); }
const rib::Shards& Speaker::shards() const { return impl_->shards_; }
const pipeline::Advertisers& Speaker::advertisers() const { return impl_->advertisers_; }
const SpeakerSettings& Speaker::settings() const { return *impl_->settings_; }
const SpeakerTimes& Speaker::times() const { return impl_->times_; }
void Speaker::record_reload(double seconds) { impl_->times_.reload_stall.add(seconds); }
bool Speaker::ready() const { return impl_->started_ && impl_->announcing_; }
std::uint64_t Speaker::strangers() const { return impl_->admission_.strangers(); }
std::uint64_t Speaker::bulk_reads() const { return impl_->intake_.bulk_reads(); }
std::uint64_t Speaker::hand_overs() const { return impl_->engine_.hand_overs(); }
void Speaker::on_revoked(std::function<void()> call) {
  impl_->kept_prefixes_.on_revoked(std::move(call));
}
std::vector<Peer*> Speaker::peers() const { return impl_->neighbors_.sorted(); }
Peer* Speaker::find(std::string_view neighbor) const { return impl_->neighbors_.find(neighbor); }
Peer* Speaker::peer(PeerSlot slot) const { return impl_->neighbors_.at(slot); }

TableShare::TableShare(Speaker& speaker) : speaker_(speaker) {
  speaker_.impl_->kept_prefixes_.add(*this);
}

TableShare::~TableShare() { speaker_.impl_->kept_prefixes_.remove(*this); }

}  // namespace tern::session
