#include "tests/model/listener.h"

#include <algorithm>
#include <array>
#include <variant>

#include "tests/model/naive_rib.h"

namespace tern::model {

Listener::Listener(const pipeline::SessionFacts& facts)
    : families_(facts.families), max_message_(facts.max_message), context_(facts.receive) {
  context_.add_path = facts.add_path_send;
  context_.four_octet_as = facts.four_octet_as;
  context_.extended_next_hop = facts.extended_next_hop;
  context_.reject_as_sets = false;
}

std::size_t Listener::take(pipeline::AdjRibOut& from, std::size_t octets) {
  const auto kept = static_cast<std::ptrdiff_t>(std::min(kept_.size(), octets));
  bytes_.insert(bytes_.end(), kept_.begin(), kept_.begin() + kept);
  kept_.erase(kept_.begin(), kept_.begin() + kept);
  octets -= static_cast<std::size_t>(kept);
  const std::size_t most = octets;
  std::array<std::span<const std::byte>, 4> runs;
  while (octets > 0) {
    const std::size_t count = from.collect(runs, octets);
    std::size_t taken = 0;
    for (std::size_t i = 0; i < count && taken < octets; ++i) {
      const auto some = runs[i].first(std::min(runs[i].size(), octets - taken));
      bytes_.insert(bytes_.end(), some.begin(), some.end());
      taken += some.size();
    }
    if (taken == 0) break;
    octets -= taken;
    (void)from.took(taken, [this](wire::Bytes rest) { kept_.assign(rest.begin(), rest.end()); });
  }
  read();
  return most - octets;
}

void Listener::interject() {
  bytes_.insert(bytes_.end(), kept_.begin(), kept_.end());
  kept_.clear();
  wire::encode_keepalive(bytes_);
  read();
  if (!bytes_.empty()) misunderstood_ = "a KEEPALIVE in the middle of a message";
}

void Listener::ask(Family family, bool enhanced) {
  if (!families_.contains(family)) return;
  for (auto& [nlri, route] : table_) route.awaited |= nlri.family == family;
  asked_[index(family)] |= enhanced;
}

std::optional<std::string> Listener::missing() const {
  if (!bytes_.empty() || !kept_.empty()) return "the rest of a message";
  for (const Family family : kFamilies) {
    if (!families_.contains(family)) continue;
    const std::size_t i = index(family);
    if (!ended_[i]) return "End-of-RIB";
    if (refreshing_[i]) return "an End-of-Refresh";
    if (asked_[i]) return "a Beginning-of-Refresh";
  }
  for (const auto& [nlri, route] : table_) {
    if (route.awaited) return nlri.prefix.to_string() + ", which was asked for";
  }
  return std::nullopt;
}

bool Listener::holds(const Nlri& destination) const {
  const auto found = table_.lower_bound(destination);
  return found != table_.end() && same_destination(found->first, destination);
}

std::size_t Listener::size(Family family) const {
  const auto count = std::count_if(table_.begin(), table_.end(),
                                   [&](const auto& each) { return each.first.family == family; });
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
    if (frame->type == wire::MessageType::Update) hear_update(frame->body);
    if (frame->type == wire::MessageType::RouteRefresh) {
      hear_refresh(*wire::decode_route_refresh(frame->body, true));
    }
    rest = rest.subspan(frame->message.size());
  }
  bytes_.erase(bytes_.begin(), bytes_.end() - static_cast<std::ptrdiff_t>(rest.size()));
}

void Listener::hear_refresh(const wire::RouteRefresh& refresh) {
  const auto family = family_of(refresh.family);
  if (!family || !families_.contains(*family)) {
    misunderstood_ = "a demarcation of a family that it does not have";
    return;
  }
  using Subtype = wire::RouteRefresh::Subtype;
  const bool begin = refresh.subtype == static_cast<std::uint8_t>(Subtype::Begin);
  begin ? begin_refresh(*family) : end_refresh(*family);
}

void Listener::begin_refresh(Family family) {
  if (!ended_[index(family)]) misunderstood_ = "a Beginning-of-Refresh before End-of-RIB";
  if (refreshing_[index(family)]) misunderstood_ = "a Beginning-of-Refresh within another refresh";
  refreshing_[index(family)] = true;
  asked_[index(family)] = false;
  for (auto& [nlri, route] : table_) route.stale |= nlri.family == family;
}

// RFC 7313 section 4: EoRR removes routes that were not advertised again since BoRR. But Tern
// withdraws such routes before, so none may be left.
void Listener::end_refresh(Family family) {
  if (!refreshing_[index(family)]) misunderstood_ = "an End-of-Refresh without a beginning";
  refreshing_[index(family)] = false;
  const auto gone = std::erase_if(
      table_, [&](const auto& each) { return each.second.stale && each.first.family == family; });
  if (gone > 0) misunderstood_ = "an End-of-Refresh before everything was told again";
}

void Listener::end_table(Family family) {
  if (ended_[index(family)]) misunderstood_ = "End-of-RIB a second time";
  ended_[index(family)] = true;
  for (const auto& [nlri, route] : table_) {
    if (nlri.family == family) first_table_.insert({nlri.prefix, family});
  }
}

void Listener::hear_update(wire::Bytes body) {
  wire::UpdateContext context = context_;
  for (const Family family : kFamilies) context.families.insert(family);  // so that none is skipped
  if (wire::decode_update(body, context, update_) || !update_.faults.empty()) {
    misunderstood_ = "an UPDATE with a fault";
    return;
  }
  const bool unspoken =
      (update_.has_mp_reach && !families_.contains(update_.mp_reach.family)) ||
      (update_.has_mp_unreach && !families_.contains(update_.mp_unreach.family)) ||
      (update_.end_of_rib && !families_.contains(*update_.end_of_rib));
  if (unspoken) {
    misunderstood_ = "an UPDATE of a family that it does not have";
    return;
  }
  if (update_.end_of_rib) end_table(*update_.end_of_rib);
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
  for (const Nlri& nlri : prefixes) table_[nlri] = {text, false, false};
}

}  // namespace tern::model
