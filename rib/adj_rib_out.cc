#include "rib/adj_rib_out.h"

#include <algorithm>
#include <cassert>

namespace tern::rib {

AdjRibOut::AdjRibOut(Rib& rib, FamilySet add_path) : rib_(rib), add_path_(add_path) {}

AdjRibOut::~AdjRibOut() {
  while (!clear(kUnboundedSlice)) {
  }
}

void AdjRibOut::list(DestId id, std::vector<Advertised>& out) const {
  out.clear();
  if (several(id)) {
    if (const auto found = several_.find(id); found != several_.end()) out = found->second;
  } else if (id < single_.size() && single_[id] != AttrRef::None) {
    out.push_back({0, single_[id]});
  }
}

void AdjRibOut::set(DestId id, const Advertised& advertised) {
  AttrRef* held = nullptr;
  if (several(id)) {
    auto& paths = several_[id];
    auto path = std::find_if(paths.begin(), paths.end(),
                             [&](const Advertised& a) { return a.path_id == advertised.path_id; });
    if (path == paths.end()) path = paths.insert(path, {advertised.path_id, AttrRef::None});
    held = &path->attributes;
  } else {
    if (id >= single_.size()) single_.resize(std::max<std::size_t>(id + 1, rib_.end()));
    held = &single_[id];
  }
  rib_.attributes().retain(advertised.attributes);
  if (*held == AttrRef::None) {
    rib_.add_advertised(id);
    ++sizes_[index(rib_.destination(id).prefix.family())];
  } else {
    rib_.attributes().release(*held);
  }
  *held = advertised.attributes;
}

void AdjRibOut::erase(DestId id, std::uint32_t path_id) {
  const Family family = rib_.destination(id).prefix.family();
  AttrRef removed = AttrRef::None;
  if (several(id)) {
    const auto found = several_.find(id);
    if (found == several_.end()) return;
    auto& paths = found->second;
    const auto path = std::find_if(paths.begin(), paths.end(),
                                   [&](const Advertised& a) { return a.path_id == path_id; });
    if (path == paths.end()) return;
    removed = path->attributes;
    paths.erase(path);
    if (paths.empty()) several_.erase(found);
  } else if (id < single_.size()) {
    removed = std::exchange(single_[id], AttrRef::None);
  }
  if (removed == AttrRef::None) return;
  rib_.attributes().release(removed);
  --sizes_[index(family)];
  rib_.drop_advertised(id);
}

bool AdjRibOut::clear(std::size_t budget) {
  const auto left = [this] {
    return std::any_of(sizes_.begin(), sizes_.end(), [](std::uint64_t size) { return size > 0; });
  };
  std::vector<Advertised> held;
  // By id, not by the map's own order: its begin() looks for the first entry from the start again.
  for (; left() && budget > 0; ++cleared_, --budget) {
    assert(cleared_ < rib_.end());
    list(cleared_, held);
    for (const Advertised& path : held) erase(cleared_, path.path_id);
  }
  return !left();
}

}  // namespace tern::rib
