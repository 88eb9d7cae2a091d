#include "tests/model/listener.h"

#include <algorithm>
#include <array>
#include <variant>

#include "bgpd/wire/route_refresh.h"
#include "tests/model/naive_rib.h"

namespace tern::model {

Listener::Listener(const pipeline::SessionFacts& facts)
    : families_(facts.families), max_message_(facts.max_message), context_(facts.receive) {
  context_.add_path = facts.add_path_send;
  context_.four_octet_as = facts.four_octet_as;
  context_.extended_next_hop = facts.extended_next_hop;
  context_.reject_as_sets = false;
}

void Listener::take(pipeline::ExportClient& from, std::size_t octets) {
  std::array<std::span<const std::byte>, 4> runs;
  while (octets > 0) {
    const std::size_t count = from.gather(runs, octets);
    std::size_t taken = 0;
    for (std::size_t i = 0; i < count && taken < octets; ++i) {
      const auto some = runs[i].first(std::min(runs[i].size(), octets - taken));
      bytes_.insert(bytes_.end(), some.begin(), some.end());
      taken += some.size();
    }
    if (taken == 0) break;
    octets -= taken;
    (void)from.advance(taken);
  }
  read();
}

void Listener::interject(pipeline::ExportClient& from) {
  const std::span<const std::byte> rest = from.partial();
  bytes_.insert(bytes_.end(), rest.begin(), rest.end());
  if (!rest.empty()) (void)from.advance(rest.size());
  wire::encode_keepalive(bytes_);
  read();
  if (!bytes_.empty()) misunderstood_ = "a KEEPALIVE in the middle of a message";
}

std::size_t Listener::size(Family family) const {
  const auto count = std::count_if(table_.begin(), table_.end(), [&](const auto& each) {
    return each.first.prefix.family() == family;
  });
  return static_cast<std::size_t>(count);
}

void Listener::read() {
  wire::Bytes rest(bytes_);
  while (!rest.empty() && !misunderstood_) {
    const auto next = wire::next_message(rest, max_message_);
    if (std::holds_alternative<wire::NeedMore>(next)) break;
    const auto* frame = std::get_if<wire::Frame>(&next);
    if (frame == nullptr) {
      misunderstood_ = "what is no message";
      return;
    }
    if (frame->type == wire::MessageType::Update) read_update(frame->body);
    if (frame->type == wire::MessageType::RouteRefresh) read_refresh(frame->body);
    rest = rest.subspan(frame->message.size());
  }
  bytes_.erase(bytes_.begin(), bytes_.end() - static_cast<std::ptrdiff_t>(rest.size()));
}

// RFC 7313 section 4: what was not heard again between BoRR and EoRR is gone.
void Listener::read_refresh(wire::Bytes body) {
  const auto refresh = wire::decode_route_refresh(body, true);
  const auto family = family_of(refresh->family);
  if (!family || !families_.contains(*family)) {
    misunderstood_ = "a demarcation of a family that it does not have";
    return;
  }
  using Subtype = wire::RouteRefresh::Subtype;
  const bool begin = refresh->subtype == static_cast<std::uint8_t>(Subtype::Begin);
  for (auto& [nlri, route] : table_) {
    if (begin && nlri.prefix.family() == *family) route.stale = true;
  }
  if (begin) return;
  std::erase_if(table_, [&](const auto& each) {
    return each.second.stale && each.first.prefix.family() == *family;
  });
}

void Listener::read_update(wire::Bytes body) {
  wire::UpdateContext context = context_;
  context.families = {Family::Ipv4Unicast, Family::Ipv6Unicast};  // so that none is skipped
  if (wire::decode_update(body, context, update_) || !update_.faults.empty()) {
    misunderstood_ = "an UPDATE with a fault";
    return;
  }
  if (update_.end_of_rib) end_of_rib_[index(*update_.end_of_rib)] = true;
  const bool ipv6 =
      update_.has_mp_reach || update_.has_mp_unreach || update_.end_of_rib == Family::Ipv6Unicast;
  if (ipv6 && !families_.contains(Family::Ipv6Unicast)) {
    misunderstood_ = "an UPDATE of a family that it does not have";
    return;
  }
  for (const Nlri& nlri : update_.withdrawn) table_.erase(nlri);
  for (const Nlri& nlri : update_.mp_unreach.prefixes) table_.erase(nlri);
  learn(update_.announced, update_.attributes.next_hop);
  learn(update_.mp_reach.prefixes, update_.mp_reach.next_hop);
}

void Listener::learn(const std::vector<Nlri>& prefixes, const NextHop& next_hop) {
  if (prefixes.empty()) return;
  PathAttributes attributes = update_.attributes;
  attributes.next_hop = next_hop;
  const std::string text = describe(attributes);
  for (const Nlri& nlri : prefixes) table_[nlri] = {text, false};
}

}  // namespace tern::model
