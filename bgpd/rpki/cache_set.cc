#include "bgpd/rpki/cache_set.h"

#include <utility>

namespace tern::rpki {

bool CacheSet::set_preference(CacheId id, std::uint32_t preference) {
  caches_[id].preference = preference;
  return select();
}

bool CacheSet::remove(CacheId id) {
  caches_.erase(id);
  return select();
}

bool CacheSet::set_data(CacheId id, CacheData data) {
  const auto cache = caches_.find(id);
  if (cache == caches_.end()) return false;
  cache->second.data = std::move(data);
  return select();
}

bool CacheSet::select() {
  std::optional<CacheId> best;
  std::uint32_t lowest = 0;
  for (const auto& [id, cache] : caches_) {
    if (!cache.data) continue;
    const bool lower = !best || cache.preference < lowest;
    if (!lower && !(cache.preference == lowest && id == selected_)) continue;
    best = id;
    lowest = cache.preference;
  }
  selected_ = best;
  CacheData data = best ? caches_[*best].data : CacheData{};
  if (data == data_) return false;
  data_ = std::move(data);
  return true;
}

}  // namespace tern::rpki
