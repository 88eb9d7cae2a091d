#include "bgpd/pipeline/table_walk.h"

#include <limits>
#include <utility>

namespace tern::pipeline {

void TableWalk::add(PeerSlot slot, FamilySet families, Kind kind, rib::DestId end) {
  Request request;
  request.slot = slot;
  request.families = families;
  request.kind = kind;
  if (kind != Kind::Rules) {
    place(request, end);
  } else if (std::ranges::any_of(requests_, [slot](const Request& other) {
               return other.slot == slot && !other.begun;
             })) {
    return;
  }
  requests_.push_back(request);
  ahead_of_ = {};
}

void TableWalk::place(Request& request, rib::DestId end) const {
  request.begun = true;
  request.end = end;
  request.from = std::min(position_, end);
}

void TableWalk::remove(PeerSlot slot) {
  std::erase_if(requests_, [slot](const Request& request) { return request.slot == slot; });
  std::erase(served_, slot);
  ahead_of_ = {};
}

// ---- A slice

void TableWalk::begin(rib::DestId end) {
  for (Request& request : requests_) {
    if (!request.begun) place(request, end);
  }
  end_those_served();
}

rib::DestId TableWalk::reach() const {
  rib::DestId reach = 0;
  for (const Request& request : requests_) {
    if (request.begun) reach = std::max(reach, request.turned ? request.from : request.end);
  }
  return reach;
}

bool TableWalk::has_before_it(const Request& request, rib::DestId id) const {
  if (id >= request.end) return false;
  return request.turned ? position_ <= id && id < request.from
                        : position_ <= id || id < request.from;
}

TableWalk::Stretch TableWalk::next(std::size_t most) {
  rib::DestId far = reach();
  if (far == 0) return {};
  if (position_ >= far) {
    position_ = 0;
    for (Request& request : requests_) request.turned = request.begun;
    ahead_of_ = {};
    far = reach();
  }
  const rib::DestId left = far - position_;
  auto last = position_ + static_cast<rib::DestId>(std::min<std::size_t>(most, left));
  for (const Request& request : requests_) {
    for (const rib::DestId border : {request.from, request.end}) {
      if (request.begun && border > position_) last = std::min(last, border);
    }
    if (!has_before_it(request, position_)) continue;
    serves_.insert(request.slot);
    if (request.kind == Kind::Rules) continue;
    for (const Family family : kFamilies) {
      if (request.families.contains(family)) forced_[index(family)].insert(request.slot);
    }
  }
  return {position_, last};
}

void TableWalk::advance(const Stretch& walked) {
  for (rib::ClientSet& forced : forced_) forced.clear();
  serves_.clear();
  position_ = walked.last;
  end_those_served();
}

void TableWalk::end_those_served() {
  ahead_of_ = {};
  std::erase_if(requests_, [this](const Request& request) {
    if (!request.begun) return false;
    const bool served =
        request.turned ? position_ >= request.from : position_ >= request.end && request.from == 0;
    if (served && request.kind != Kind::Rules) served_.push_back(request.slot);
    return served;
  });
}

std::vector<PeerSlot> TableWalk::take_served() { return std::exchange(served_, {}); }

// ---- Changes

const rib::ClientSet& TableWalk::ahead(rib::DestId id) {
  if (ahead_of_.first <= id && id < ahead_of_.last) return ahead_;
  ahead_.clear();
  ahead_of_ = {0, std::numeric_limits<rib::DestId>::max()};
  const auto cut = [&](rib::DestId border) {
    rib::DestId& side = border <= id ? ahead_of_.first : ahead_of_.last;
    side = border <= id ? std::max(side, border) : std::min(side, border);
  };
  for (const Request& request : requests_) {
    if (request.kind != Kind::First) continue;
    for (const rib::DestId border : {position_, request.from, request.end}) cut(border);
    if (has_before_it(request, id)) ahead_.insert(request.slot);
  }
  return ahead_;
}

}  // namespace tern::pipeline
