#include "bgpd/pipeline/table_walk.h"

#include <limits>
#include <utility>

namespace tern::pipeline {

void TableWalk::add(PeerSlot slot, FamilySet families, Kind kind, rib::DestId end) {
  Joiner joiner;
  joiner.slot = slot;
  joiner.families = families;
  joiner.kind = kind;
  if (kind != Kind::Rules) {
    place(joiner, end);
  } else if (std::ranges::any_of(joiners_, [slot](const Joiner& other) {
               return other.slot == slot && !other.begun;
             })) {
    return;
  }
  joiners_.push_back(joiner);
  ahead_of_ = {};
}

void TableWalk::place(Joiner& joiner, rib::DestId end) const {
  joiner.begun = true;
  joiner.end = end;
  joiner.from = std::min(position_, end);
}

void TableWalk::remove(PeerSlot slot) {
  std::erase_if(joiners_, [slot](const Joiner& joiner) { return joiner.slot == slot; });
  std::erase(told_, slot);
  ahead_of_ = {};
}

// ---- A slice

void TableWalk::begin(rib::DestId end) {
  for (Joiner& joiner : joiners_) {
    if (!joiner.begun) place(joiner, end);
  }
  end_those_served();
}

rib::DestId TableWalk::reach() const {
  rib::DestId reach = 0;
  for (const Joiner& joiner : joiners_) {
    if (joiner.begun) reach = std::max(reach, joiner.turned ? joiner.from : joiner.end);
  }
  return reach;
}

bool TableWalk::has_before_it(const Joiner& joiner, rib::DestId id) const {
  if (id >= joiner.end) return false;
  return joiner.turned ? position_ <= id && id < joiner.from : position_ <= id || id < joiner.from;
}

TableWalk::Stretch TableWalk::next(std::size_t most) {
  rib::DestId far = reach();
  if (far == 0) return {};
  if (position_ >= far) {
    position_ = 0;
    for (Joiner& joiner : joiners_) joiner.turned = joiner.begun;
    ahead_of_ = {};
    far = reach();
  }
  const rib::DestId left = far - position_;
  auto last = position_ + static_cast<rib::DestId>(std::min<std::size_t>(most, left));
  for (const Joiner& joiner : joiners_) {
    for (const rib::DestId border : {joiner.from, joiner.end}) {
      if (joiner.begun && border > position_) last = std::min(last, border);
    }
    if (joiner.kind == Kind::Rules || !has_before_it(joiner, position_)) continue;
    for (const Family family : kFamilies) {
      if (joiner.families.contains(family)) forced_[index(family)].insert(joiner.slot);
    }
  }
  return {position_, last};
}

void TableWalk::advance(const Stretch& walked) {
  for (rib::ClientSet& forced : forced_) forced.clear();
  position_ = walked.last;
  end_those_served();
}

void TableWalk::end_those_served() {
  ahead_of_ = {};
  std::erase_if(joiners_, [this](const Joiner& joiner) {
    if (!joiner.begun) return false;
    const bool served =
        joiner.turned ? position_ >= joiner.from : position_ >= joiner.end && joiner.from == 0;
    if (served && joiner.kind != Kind::Rules) told_.push_back(joiner.slot);
    return served;
  });
}

std::vector<PeerSlot> TableWalk::take_told() { return std::exchange(told_, {}); }

// ---- Changes

const rib::ClientSet& TableWalk::ahead(rib::DestId id) {
  if (ahead_of_.first <= id && id < ahead_of_.last) return ahead_;
  ahead_.clear();
  ahead_of_ = {0, std::numeric_limits<rib::DestId>::max()};
  const auto cut = [&](rib::DestId border) {
    rib::DestId& side = border <= id ? ahead_of_.first : ahead_of_.last;
    side = border <= id ? std::max(side, border) : std::min(side, border);
  };
  for (const Joiner& joiner : joiners_) {
    if (joiner.kind != Kind::First) continue;
    for (const rib::DestId border : {position_, joiner.from, joiner.end}) cut(border);
    if (has_before_it(joiner, id)) ahead_.insert(joiner.slot);
  }
  return ahead_;
}

}  // namespace tern::pipeline
