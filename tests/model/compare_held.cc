#include "tests/model/compare_held.h"

namespace tern::model {

std::optional<std::string> compare_held(const Listener& listener, const NaiveRib& naive,
                                        const Client& client, const NaiveRib::Ranked& paths) {
  std::map<Prefix, std::multiset<std::string>> holds;
  for (const auto& [nlri, route] : listener.table()) holds[nlri.prefix].insert(route.text);
  auto should = naive.held_by(client, paths);
  if (holds == should) return std::nullopt;
  std::string text = "\n";
  for (const Prefix& prefix : prefixes()) {
    if (holds[prefix] == should[prefix]) continue;
    text += "  " + prefix.to_string() + "\n";
    for (const std::string& path : holds[prefix]) text += "    holds  " + path + "\n";
    for (const std::string& path : should[prefix]) text += "    should " + path + "\n";
  }
  return text;
}

}  // namespace tern::model
