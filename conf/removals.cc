#include "conf/removals.h"

#include <set>
#include <string_view>

#include "conf/config.h"

namespace tern::conf {

std::string Removals::to_string() const {
  return "removes " + std::to_string(removed) + " of " + std::to_string(of) + " neighbors";
}

Removals removals(const Config& from, const Config& to) {
  std::set<std::string_view> left;
  for (const proto::Peer& peer : to.file.peers()) left.insert(peer.address());
  Removals found;
  for (const proto::Peer& peer : from.file.peers()) {
    ++found.of;
    if (left.count(peer.address()) == 0) ++found.removed;
  }
  return found;
}

}  // namespace tern::conf
