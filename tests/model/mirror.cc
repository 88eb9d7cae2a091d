#include "tests/model/mirror.h"

#include <algorithm>
#include <limits>

namespace tern::model {

using What = rib::Journal::What;

Mirror::Mirror(rib::Rib& rib, const rib::Journal::Interest& interest, bool snapshot)
    : rib_(rib), subscriber_(std::make_shared<rib::Journal::Subscriber>(interest)) {
  rib_.subscribe(subscriber_, snapshot);
  if (!snapshot) copy_ = table();
}

Mirror::~Mirror() { rib_.unsubscribe(*subscriber_); }

void Mirror::read(std::size_t most) {
  (void)rib_.read(*subscriber_, [&](const rib::Journal::Change& change) {
    take(change);
    return --most > 0;
  });
}

void Mirror::take(const rib::Journal::Change& change) {
  const rib::Destination destination = rib_.destination(change.id);
  if (!destination.in_use) return;  // a snapshot has all ids
  const auto first = copy_.lower_bound({destination.prefix, destination.family, 0, 0});
  for (auto held = first; held != copy_.end();) {
    const auto& [prefix, family, peer, path_id] = held->first;
    if (prefix != destination.prefix || family != destination.family) break;
    const bool same_peer = change.peer == kNoPeerSlot || change.peer == peer;
    const bool gone = change.whole || (same_peer && path_id == change.path_id);
    gone ? (void)(held = copy_.erase(held)) : (void)++held;
  }
  if (!subscriber_->interest().wants(destination.nlri())) return;
  show(destination, change.peer,
       change.whole ? std::nullopt : std::optional<std::uint32_t>(change.path_id), copy_);
}

// Adds the paths of the destination that the subscriber wants to `copy`.
void Mirror::show(const rib::Destination& destination, PeerSlot peer,
                  const std::optional<std::uint32_t>& path_id, Copy& copy) const {
  if (!destination.in_use) return;
  const auto is_asked_for = [&](std::uint32_t id) { return !path_id || *path_id == id; };
  switch (subscriber_->interest().what) {
    case What::Best:
      if (destination.best() == nullptr) return;
      copy[{destination.prefix, destination.family, destination.best()->peer(), 0}] = {
          destination.best()->effective(), Reason::None};
      return;
    case What::Received:
      for (std::size_t i = 0; i < destination.paths.size(); ++i) {
        const rib::Path& path = destination.paths[i];
        if (peer != kNoPeerSlot && path.peer() != peer) continue;
        if (!is_asked_for(destination.path_id(i))) continue;
        copy[{destination.prefix, destination.family, path.peer(), destination.path_id(i)}] = {
            destination.received(i), path.reason()};
      }
      return;
    case What::Advertised:
      for (std::size_t i = 0; i < destination.advertised.size(); ++i) {
        if (!is_asked_for(destination.advertised_id(i))) continue;
        if (!rib_.audiences().contains(destination.advertised[i].audience, peer)) continue;
        copy[{destination.prefix, destination.family, peer, destination.advertised_id(i)}] = {
            destination.advertised[i].set, Reason::None};
      }
  }
}

Mirror::Copy Mirror::table() const {
  Copy copy;
  const rib::Journal::Interest& interest = subscriber_->interest();
  for (rib::DestId id = 0; id < rib_.end(); ++id) {
    const rib::Destination destination = rib_.destination(id);
    if (interest.wants(destination.nlri())) show(destination, interest.peer, std::nullopt, copy);
  }
  return copy;
}

std::optional<std::string> Mirror::wrong() {
  while (subscriber_->has_unread()) read(std::numeric_limits<std::size_t>::max());
  const Copy expected = table();
  if (copy_ == expected) return std::nullopt;
  const auto differ = std::ranges::mismatch(copy_, expected);
  const Prefix prefix =
      std::get<0>(differ.in1 != copy_.end() ? differ.in1->first : differ.in2->first);
  return "a subscriber has another " + prefix.to_string();
}

}  // namespace tern::model
