// The entries of a map of the schema in the order of their names, as Protobuf's maps have no order.
#pragma once

#include <map>
#include <string>

namespace tern::conf {

// The values are those of the map, which must outlive the result.
template <typename Map>
std::map<std::string, const typename Map::mapped_type*> by_name(const Map& map) {
  std::map<std::string, const typename Map::mapped_type*> sorted;
  for (const auto& [name, value] : map) sorted.emplace(name, &value);
  return sorted;
}

}  // namespace tern::conf
