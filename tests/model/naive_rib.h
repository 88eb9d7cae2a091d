// The RIB as one would explain it on a blackboard: what each neighbour sent, one std::map, and from
// it what each neighbour should hold, computed anew for every question. It shares the value types
// with the real one and nothing else: no attribute table, no ranking, no policy program.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "rib/types/path_attributes.h"
#include "rib/types/peer.h"
#include "rib/types/prefix.h"

namespace tern::model {

// The neighbours of the model; see clients() for who they are.
struct Client {
  PeerSlot slot = 0;
  PeerKind kind = PeerKind::Ebgp;
  Asn asn = 0;
  bool ipv4 = true, ipv6 = true;
  bool add_path = false;  // in both directions, IPv4
  std::uint32_t add_path_send = 0;
  bool path_hiding_mitigation = true;
  bool four_octet_as = true;
  std::uint32_t router_id = 0;
};

// Policies by number, the same for the real thing in world.cc:
//   import 0  accept all
//          1  reject tag 666; LOCAL_PREF 200 with tag 200
//          2  reject the second prefix of each family
//   export 0  accept all
//          1  reject tag <slot>
//          2  reject tag <slot> and the third prefix of each family; MED 50; one more AS in front
// A tag n is the community 65000:n.
struct Policies {
  int import = 0;
  int export_ = 0;
};

class NaiveRib {
 public:
  // (sender, prefix and path id) to attributes as sent
  std::map<std::pair<PeerSlot, Nlri>, PathAttributes> routes;
  std::map<PeerSlot, Client> up;
  std::map<PeerSlot, Policies> policies;

  // Per prefix, the paths as they look at the client. A multiset: our path ids are ours to choose.
  [[nodiscard]] std::map<Prefix, std::multiset<std::string>> held_by(const Client& client) const;
  [[nodiscard]] std::uint64_t accepted() const;

 private:
  struct Path {
    const Client* from = nullptr;
    std::uint32_t path_id = 0;
    PathAttributes attributes;  // after import
  };
  [[nodiscard]] std::vector<Path> candidates(const Prefix& prefix) const;
  [[nodiscard]] bool import(const Client& from, const Prefix& prefix, PathAttributes& out) const;
  [[nodiscard]] bool tell(const Path& path, const Client& to, const Prefix& prefix,
                          PathAttributes& out) const;
  static std::size_t best_of(const std::vector<Path>& paths);
};

// The prefixes of the model: five of IPv4, then three of IPv6.
[[nodiscard]] const std::vector<Prefix>& prefixes();
[[nodiscard]] std::vector<Client> clients();
// All of a path in one line.
[[nodiscard]] std::string describe(const PathAttributes& attributes);

}  // namespace tern::model
