#include "bgpd/pipeline/packer.h"

namespace tern::pipeline {

void Packer::add(rib::AttrRef set, rib::AudienceRef audience, const Nlri& nlri) {
  const Family family = nlri.family;
  std::uint32_t at = 0;
  const bool as_before = !groups_.empty() && groups_.back().set == set &&
                         groups_.back().audience == audience && groups_.back().family == family;
  if (as_before) {
    at = static_cast<std::uint32_t>(groups_.size() - 1);
  } else {
    const auto [found, added] =
        index_.try_emplace(key(set, audience, family), static_cast<std::uint32_t>(groups_.size()));
    at = found->second;
    if (added) {
      if (set != rib::AttrRef::None) rib_.attributes().retain(set);
      rib_.audiences().retain(audience);
      groups_.push_back({set, audience, family, 0, 0, 0});
    }
  }
  Group& group = groups_[at];
  const auto item = static_cast<std::uint32_t>(items_.size());
  if (group.count++ == 0) {
    group.first = item;
  } else {
    items_[group.last].next = item;
  }
  group.last = item;
  items_.push_back({nlri, 0});
}

void Packer::prefixes(const Group& group, std::vector<Nlri>& out) const {
  out.clear();
  std::uint32_t item = group.first;
  for (std::uint32_t i = 0; i < group.count; ++i, item = items_[item].next) {
    out.push_back(items_[item].nlri);
  }
}

void Packer::clear() {
  for (const Group& group : groups_) {
    rib_.attributes().release(group.set);
    rib_.audiences().release(group.audience);
  }
  groups_.clear();
  items_.clear();
  index_.clear();
}

}  // namespace tern::pipeline
