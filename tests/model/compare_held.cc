#include "tests/model/compare_held.h"

namespace tern::model {

std::optional<std::string> compare_held(const Listener& listener, const NaiveRib& naive,
                                        const Client& client, const NaiveRib::Ranked& paths) {
  std::map<Nlri, std::multiset<std::string>> holds;
  for (const auto& [nlri, route] : listener.table()) {
    holds[{nlri.prefix, nlri.family}].insert(route.text);
  }
  auto should = naive.held_by(client, paths);
  if (holds == should) return std::nullopt;
  std::string text = "\n";
  for (const Nlri& nlri : destinations()) {
    if (holds[nlri] == should[nlri]) continue;
    text += "  " + nlri.prefix.to_string() + " " + std::string(to_string(nlri.family)) + "\n";
    for (const std::string& path : holds[nlri]) text += "    holds  " + path + "\n";
    for (const std::string& path : should[nlri]) text += "    should " + path + "\n";
  }
  return text;
}

}  // namespace tern::model
