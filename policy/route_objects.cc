#include "policy/route_objects.h"

#include <algorithm>
#include <functional>
#include <tuple>

#include "rib/types/trim_to_size.h"

namespace tern::policy {
namespace {

std::size_t version_index(const Prefix& prefix) { return prefix.address().is_v6() ? 1 : 0; }

// The object of the origin among those of one prefix.
const RouteObject* find_origin(std::span<const RouteObject> objects, Asn origin) {
  const auto found = std::ranges::lower_bound(objects, origin, std::less{}, &RouteObject::origin);
  return found != objects.end() && found->origin == origin ? &*found : nullptr;
}

}  // namespace

std::string RouteObject::to_string() const {
  std::string text = prefix.to_string();
  if (max_length != prefix.length()) text += '-' + std::to_string(max_length);
  return text + " AS" + std::to_string(origin);
}

RouteObjectTable::RouteObjectTable(std::vector<RouteObject> objects)
    : objects_(std::move(objects)) {
  std::ranges::sort(objects_, [](const RouteObject& a, const RouteObject& b) {
    return std::tie(a.prefix, a.origin, b.max_length) < std::tie(b.prefix, b.origin, a.max_length);
  });
  const auto same = [](const RouteObject& a, const RouteObject& b) {
    return a.prefix == b.prefix && a.origin == b.origin;
  };
  objects_.erase(std::unique(objects_.begin(), objects_.end(), same), objects_.end());
  trim_to_size(objects_);
  for (const RouteObject& one : objects_) {
    lengths_[version_index(one.prefix)].set(one.prefix.length());
  }
}

std::span<const RouteObject> RouteObjectTable::at(const Prefix& prefix, std::uint8_t length) const {
  if (!lengths_[version_index(prefix)].test(length)) return {};
  const Prefix wide(prefix.address(), length);
  const auto begin = std::ranges::lower_bound(objects_, wide, std::less{}, &RouteObject::prefix);
  const auto end =
      std::ranges::upper_bound(begin, objects_.end(), wide, std::less{}, &RouteObject::prefix);
  return {begin, end};
}

// Calls take(objects of one prefix) from the longest covering prefix on, until it returns true.
template <typename Take>
bool RouteObjects::any_covering(const Prefix& prefix, Take take) const {
  for (int length = prefix.length(); length >= 0; --length) {
    for (const Table& table : tables_) {
      const auto objects = table->at(prefix, static_cast<std::uint8_t>(length));
      if (!objects.empty() && take(objects)) return true;
    }
  }
  return false;
}

bool RouteObjects::authorizes(const Prefix& prefix, Asn origin) const {
  return any_covering(prefix, [&](std::span<const RouteObject> objects) {
    const RouteObject* const one = find_origin(objects, origin);
    return one != nullptr && prefix.length() <= one->max_length;
  });
}

std::optional<RouteObject> RouteObjects::covering(const Prefix& prefix, Asn origin) const {
  std::optional<RouteObject> found;
  (void)any_covering(prefix, [&](std::span<const RouteObject> objects) {
    if (const RouteObject* const one = find_origin(objects, origin)) found = *one;
    return found.has_value();
  });
  return found;
}

std::optional<RouteObject> RouteObjects::covering(const Prefix& prefix) const {
  std::optional<RouteObject> found;
  (void)any_covering(prefix, [&](std::span<const RouteObject> objects) {
    found = objects.front();
    return true;
  });
  return found;
}

}  // namespace tern::policy
