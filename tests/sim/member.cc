#include "tests/sim/member.h"

#include <algorithm>
#include <utility>

#include "bgpd/wire/route_refresh.h"
#include "tests/model/sessions.h"
#include "tests/sim/router.h"
#include "tests/sim/sessions.h"

namespace tern::sim {

Member::Member(Network& network, const model::Client& client, bool passive)
    : ScriptedLink(network, client.slot, Router::kHost,
                   member_config(client, passive, network.dice().next())),
      client_(client) {
  network.listen(slot(), [this](const std::shared_ptr<Socket>& socket) { accept(socket); });
}

Member::~Member() { network().listen(slot(), nullptr); }

// ---- Commands

// Empty for a family that the member does not have.
std::vector<Nlri> Member::nlri_of(std::uint32_t which, std::uint32_t path_id) const {
  std::vector<Nlri> nlri = model::nlri_of(client_, which, path_id);
  if (!model::families_of(client_).contains(nlri.front().family)) return {};
  return nlri;
}

void Member::announce(std::uint32_t which, std::uint32_t bits) {
  const std::vector<Nlri> nlri = nlri_of(which, bits);
  if (nlri.empty()) return;
  const PathAttributes attributes = model::attributes_of(client_, nlri.front().family, bits / 3);
  for (const Nlri& each : nlri) routes_[each] = attributes;
  if (established()) send_route(nlri, attributes);
}

void Member::send_route(const std::vector<Nlri>& nlri, const PathAttributes& attributes) {
  const fsm::Negotiated& negotiated = driver().negotiated();
  const bool ids = negotiated.add_path_send.contains(nlri.front().family);
  std::vector<std::byte> message;
  (void)wire::encode_announcements(
      attributes, nlri, {negotiated.four_octet_as, ids, wire::kMaxExtendedMessage}, message);
  for (const Nlri& each : nlri) {
    at_router_[each] = attributes;
    unheard_.erase(each);
  }
  queue(std::move(message));
}

void Member::withdraw(std::uint32_t which, std::uint32_t bits) {
  const std::vector<Nlri> nlri = nlri_of(which, bits);
  for (const Nlri& each : nlri) routes_.erase(each);
  if (!established() || nlri.empty()) return;
  const fsm::Negotiated& negotiated = driver().negotiated();
  const bool ids = negotiated.add_path_send.contains(nlri.front().family);
  std::vector<std::byte> message;
  (void)wire::encode_withdrawals(nlri, {negotiated.four_octet_as, ids, wire::kMaxExtendedMessage},
                                 message);
  for (const Nlri& each : nlri) {
    at_router_.erase(each);
    unheard_.erase(each);
  }
  queue(std::move(message));
}

void Member::demarcate(Family family, bool begin) {
  if (!established() || !driver().negotiated().families.contains(family)) return;
  using Subtype = wire::RouteRefresh::Subtype;
  std::vector<std::byte> message;
  wire::encode_route_refresh(
      {afi_safi(family), static_cast<std::uint8_t>(begin ? Subtype::Begin : Subtype::End)},
      message);
  queue(std::move(message));
  const bool was_refreshing = std::exchange(refreshing_[index(family)], begin);
  const auto of_family = [family](const Nlri& nlri) { return nlri.family == family; };
  if (begin && !was_refreshing) {
    for (const auto& [nlri, attributes] : at_router_) {
      if (of_family(nlri)) unheard_.insert(nlri);
    }
  } else if (!begin && was_refreshing) {
    // RFC 7313 section 4: EoRR withdraws the routes that were not repeated.
    std::erase_if(unheard_, [&](const Nlri& nlri) {
      if (!of_family(nlri)) return false;
      at_router_.erase(nlri);
      routes_.erase(nlri);
      return true;
    });
  }
}

void Member::send_table(Family family) {
  for (const auto& [nlri, attributes] : std::map(routes_)) {
    if (nlri.family == family) send_route({nlri}, attributes);
  }
}

void Member::ask_for_refresh(Family family) {
  if (!established() || !driver().negotiated().families.contains(family)) return;
  driver().request_refresh(family);
  listener_->ask(family, driver().negotiated().enhanced_route_refresh);
}

void Member::send_garbage() {
  if (!established()) return;
  std::vector<std::byte> message;
  const std::size_t start = wire::begin_message(wire::MessageType::Update, message);
  message.resize(message.size() + 4, std::byte{0xFF});
  wire::end_message(start, message);
  queue(std::move(message));
}

// ---- The session

void Member::session_up(const fsm::Negotiated& negotiated) {
  listener_ = std::make_unique<model::Listener>(model::facts_of(client_));
  for (const Family family : kFamilies) {
    if (!negotiated.families.contains(family)) continue;
    send_table(family);
    std::vector<std::byte> message;
    wire::encode_end_of_rib(family, message);
    queue(std::move(message));
  }
}

void Member::session_down() {
  listener_.reset();
  drop_queue();
  at_router_.clear();
  unheard_.clear();
  refreshing_ = {};
}

void Member::refresh(const wire::RouteRefresh& refresh) {
  const auto family = family_of(refresh.family);
  if (refresh.subtype != static_cast<std::uint8_t>(wire::RouteRefresh::Subtype::Request)) {
    return listener_->hear_refresh(refresh);
  }
  if (!family || !driver().negotiated().families.contains(*family)) return;
  demarcate(*family, true);
  send_table(*family);
  demarcate(*family, false);
}

}  // namespace tern::sim
