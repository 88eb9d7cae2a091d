// The RIB as one would explain it on a blackboard: what each neighbour sent, one std::map, and from
// it what each neighbour should hold, computed anew for every question. It shares the value types
// with the real one and nothing else: no attribute table, no ranking, no policy program.
#pragma once

#include <array>
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

// PoPs and metros by number; kNowhere is none.
inline constexpr int kNowhere = -1;
inline constexpr int kPops = 3;  // the first is ours
inline constexpr int kMetros = 2;
// In communities.
inline constexpr std::uint32_t kMetroFunction = 10;
inline constexpr std::uint32_t kPopFunction = 11;
inline constexpr std::uint32_t kFirstMetroCode = 20;
inline constexpr std::uint32_t kFirstPopCode = 1;

// What was measured, microseconds; a reload goes from one to another.
struct Network {
  bool total = false;  // our own costs count the backbone from our PoP
  std::uint32_t last_mile[kPops][kMetros];
  std::uint32_t backbone[kPops][kPops];
};
inline constexpr int kNetworks = 3;
[[nodiscard]] const Network& network(int number);

// By family.
inline constexpr std::array<std::uint64_t, kFamilyCount> kPrefixLimit{4, 2, 3, 2};

// A neighbour of the model; clients() says who they are, vary() how they come back.
struct Client {
  PeerSlot slot = 0;
  PeerKind kind = PeerKind::Ebgp;
  Asn asn = 0;
  std::uint32_t router_id = 0;
  bool ipv6 = true;                 // beside IPv4
  bool multicast = false;           // beside unicast
  bool add_path_receive = false;    // it sends path ids, IPv4
  std::uint32_t add_path_send = 0;  // most IPv4 paths it is told, with path ids; 0: one, without
  bool path_hiding_mitigation = true;
  bool four_octet_as = true;
  bool extended_messages = false;
  bool control = false;       // obeys control communities, standard and large ones of 65000
  bool limited = false;       // to kPrefixLimit paths, or there is a warning
  bool blocked = false;       // so many of its paths are held, and the others are not
  bool between_pops = false;  // places travel as 65000:10:metro and 65000:11:pop
  int vantage = kNowhere;     // PoP where its traffic enters the network
  friend bool operator==(const Client&, const Client&) = default;
};

// The prefixes of the model: kIpv4Prefixes of IPv4, then those of IPv6. Two shards or three all
// have some of each family.
inline constexpr std::size_t kIpv4Prefixes = 10;
[[nodiscard]] const std::vector<Prefix>& prefixes();
// Each of the prefixes in its unicast family, in that order, then each in its multicast family.
[[nodiscard]] const std::vector<Nlri>& destinations();
[[nodiscard]] FamilySet families_of(const Client& client);
[[nodiscard]] std::vector<Client> clients();
// How the client of clients() is this time; 0: as it stands there.
[[nodiscard]] Client vary(Client client, std::uint32_t bits);
// More communities than this are more than a message of 4096 octets holds.
inline constexpr std::size_t kManyCommunities = 1000;
// All of a path in one line.
[[nodiscard]] std::string describe(const PathAttributes& attributes);
[[nodiscard]] std::string describe(const Client& client);

// A prefix set: a bit for each of prefixes(), and the topmost for all of IPv4 with 20 to 24 bits.
using PrefixBits = std::uint32_t;
inline constexpr PrefixBits kMiddleBit = PrefixBits{1} << 31U;
inline constexpr std::uint8_t kMiddleFrom = 20;
inline constexpr std::uint8_t kMiddleTo = 24;
// The n-th prefix of each family.
[[nodiscard]] constexpr PrefixBits nth_bits(std::size_t n) {
  return PrefixBits{1} << n | PrefixBits{1} << (kIpv4Prefixes + n);
}

// Policies by number, the same for the real thing in sessions.cc:
//   import 0  accept all
//          1  reject tag 666; LOCAL_PREF 200 with tag 200
//          2  reject the prefixes of import_set
//   export 0  accept all
//          1  reject tag <slot>
//          2  reject tag <slot> and the prefixes of export_set; MED 50; one more AS in front
// A tag n is the community 65000:n. Partners tag with 1 what is for the first metro, with 7 for the
// second.
struct Policies {
  int import = 0;
  int export_ = 0;
  PrefixBits import_set = nth_bits(1);
  PrefixBits export_set = nth_bits(2);
};

class NaiveRib {
 public:
  struct Path {
    const Client* from = nullptr;
    std::uint32_t path_id = 0;
    PathAttributes attributes;  // after import
    int metro = kNowhere;
    int pop = kNowhere;
    std::uint64_t cost = 0;  // from where the paths are ranked
  };
  // Accepted paths of all destinations, the best first. A key has no path id.
  using Ranked = std::map<Nlri, std::vector<Path>>;

  // (sender, prefix and path id) to attributes as sent
  std::map<std::pair<PeerSlot, Nlri>, PathAttributes> routes;
  // Of these, what was not repeated since the sender began a refresh; and what a limit keeps out,
  // which is the real one's to choose.
  std::set<std::pair<PeerSlot, Nlri>> unheard;
  std::set<std::pair<PeerSlot, Nlri>> blocked;
  std::map<PeerSlot, Client> up;
  std::map<PeerSlot, Policies> policies;
  bool always_compare_med = false;
  int egress_position = 1;  // the cost is compared at the first, second or third step
  int network = 0;

  // As preferred by clients of a vantage, or by ourselves.
  [[nodiscard]] Ranked ranked(int vantage = kNowhere) const;
  // By destination, the paths as they look at the client. A multiset: path ids are the router's to
  // choose.
  [[nodiscard]] std::map<Nlri, std::multiset<std::string>> held_by(const Client& client,
                                                                   const Ranked& paths) const;

 private:
  [[nodiscard]] bool import(const Prefix& prefix, Path& path) const;
  [[nodiscard]] std::uint64_t cost(const Path& path, int vantage) const;
  [[nodiscard]] bool tell(const Path& path, const Client& to, const Prefix& prefix,
                          PathAttributes& out) const;
  [[nodiscard]] std::size_t best_of(const std::vector<Path>& paths) const;
};

}  // namespace tern::model
