// The RIB as on a blackboard: one std::map of the routes that each neighbor sent. From it the naive
// RIB computes the routes that each neighbor should hold, again for every question. It shares only
// the value types with the real one: no attribute table, no ranking, no policy program.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "rib/types/path_attributes.h"
#include "rib/types/peer.h"
#include "rib/types/prefix.h"
#include "tests/model/naive_next_hops.h"
#include "tests/model/naive_vrps.h"
#include "tests/model/next_hops.h"

namespace tern::model {

inline constexpr Asn kOurAsn = 65000;

// PoPs and metros by number; kNowhere is none.
inline constexpr int kNowhere = -1;
inline constexpr int kPops = 3;  // the first is ours
inline constexpr int kMetros = 2;
inline constexpr int kLand = kMetros + kPops;  // the country of both metros, as a place of users
// In communities.
inline constexpr std::uint32_t kMetroFunction = 10;
inline constexpr std::uint32_t kPopFunction = 11;
inline constexpr std::uint32_t kLandFunction = 13;
inline constexpr std::uint32_t kLandCode = 40;
inline constexpr std::uint32_t kFirstMetroCode = 20;
inline constexpr std::uint32_t kFirstPopCode = 1;

// Measurements in microseconds; a reload changes from one Network to another.
struct Network {
  bool total = false;  // our own costs count the backbone from our PoP
  std::uint32_t last_mile[kPops][kMetros];
  std::uint32_t backbone[kPops][kPops];
  // Round trips to prefixes, which count before last_mile.
  struct ToPrefix {
    Prefix prefix;
    int pop = kNowhere;
    std::uint32_t microseconds = 0;
  };
  std::vector<ToPrefix> to_prefixes = {};
};
inline constexpr int kNetworks = 3;
[[nodiscard]] const Network& network(int number);

// By family.
inline constexpr std::array<std::uint64_t, kFamilyCount> kPrefixLimit{4, 2, 3, 2};

// A neighbor of the model; clients() lists them, and vary() changes them when they come back.
struct Client {
  PeerSlot slot = 0;
  PeerKind kind = PeerKind::Ebgp;
  Asn asn = 0;
  std::uint32_t router_id = 0;
  bool ipv6 = true;                 // beside IPv4
  bool multicast = false;           // beside unicast
  bool add_path_receive = false;    // the neighbor sends path ids, IPv4
  std::uint32_t add_path_send = 0;  // most IPv4 paths advertised, with path ids; 0: one, without
  bool path_hiding_mitigation = true;
  bool four_octet_as = true;
  bool extended_messages = false;
  bool control = false;       // control communities apply, standard and large ones of 65000
  bool limited = false;       // more than kPrefixLimit paths cause a warning
  bool blocked = false;       // paths beyond kPrefixLimit are blocked
  bool between_pops = false;  // 65000:10:metro and 65000:11:pop carry places (kLandFunction, too)
  int vantage = kNowhere;     // PoP where its traffic enters the network
  friend bool operator==(const Client&, const Client&) = default;
};

// The prefixes of the model: kIpv4Prefixes of IPv4, then the IPv6 ones. With two or three shards,
// each shard has some of each family.
inline constexpr std::size_t kIpv4Prefixes = 11;
[[nodiscard]] const std::vector<Prefix>& prefixes();
// Each of the prefixes in its unicast family, in that order, then each in its multicast family.
[[nodiscard]] const std::vector<Nlri>& destinations();
[[nodiscard]] FamilySet families_of(const Client& client);
[[nodiscard]] std::vector<Client> clients();
// The router itself, as the source of the routes that it originates.
[[nodiscard]] const Client& own_router();
// A variation of a client of clients() for its next session; 0: unchanged.
[[nodiscard]] Client vary(Client client, std::uint32_t bits);
// The state of origin validation that the neighbor's routes bring counts while there are no VRPs.
[[nodiscard]] inline bool is_believed(const Client& client) {
  return is_ibgp(client.kind) && client.slot % 2 == 0;
}
// Routes of the neighbor need a resolved next hop.
[[nodiscard]] inline bool resolves(const Client& client) {
  return client.kind != PeerKind::RouteServerClient && client.slot % 4 != 3;
}
// More communities than this do not fit a message of 4096 octets.
inline constexpr std::size_t kManyCommunities = 1000;
// All attributes of a path in one line.
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

inline constexpr std::uint32_t kPolicies = 4;  // of each direction, see Policies

// Policies by number; sessions.cc has the same for the real pipeline:
//   import 0  accept all
//          1  reject tag 666; LOCAL_PREF 200 with tag 200
//          2  reject the prefixes of import_set
//          3  reject routes whose origin is invalid
//   export 0  accept all
//          1  reject tag <slot>
//          2  reject tag <slot> and the prefixes of export_set; MED 50; one more AS in front
//          3  to iBGP neighbors the state of the origin, from others reject what is not-found
// A tag n is the community 65000:n. Partners tag routes for the first metro with 1, routes for the
// second with 7.
struct Policies {
  int import = 0;
  int export_ = 0;
  PrefixBits import_set = nth_bits(1);
  PrefixBits export_set = nth_bits(2);
  bool drained = false;  // RFC 8326 section 4.2
  // The default route that the router originates for the neighbor: 0 none, 1 plain, 2 with MED 70,
  // 3 rejected by its policy.
  int default_route = 0;
  std::uint32_t added = 0;  // microseconds that the neighbor's paths cost more
};
inline constexpr std::uint32_t kDefaultRoutes = 4;

class NaiveRib {
 public:
  struct Path {
    const Client* from = nullptr;
    std::uint32_t path_id = 0;
    PathAttributes attributes;  // after import
    int metro = kNowhere;
    int pop = kNowhere;
    std::uint64_t interior_cost = 0;
    std::uint64_t cost = 0;  // from the vantage at which the paths are ranked
    std::uint64_t rank = 0;  // by the registration of the prefix; 0: none
    bool last_resort = false;
  };
  // Accepted paths of all destinations, the best first. A key has no path id.
  using Ranked = std::map<Nlri, std::vector<Path>>;

  // (sender, prefix and path id) to attributes as sent
  std::map<std::pair<PeerSlot, Nlri>, PathAttributes> routes;
  // The routes that the router originates, after policy.
  std::map<Nlri, PathAttributes> own;
  // Of the learned routes, those that were not repeated since the sender began a refresh; and the
  // routes that a prefix limit blocks, which the real RIB chooses.
  std::set<std::pair<PeerSlot, Nlri>> unheard;
  std::set<std::pair<PeerSlot, Nlri>> blocked;
  std::map<PeerSlot, Client> up;
  std::map<PeerSlot, Policies> policies;
  bool always_compare_med = false;
  int egress_position = 1;  // the cost is compared at the first, second or third step
  int network = 0;
  int registrations = 0;
  std::vector<Prefix> summaries;  // whose more specific unicast routes are suppressed
  Vrps vrps;
  Host host = first_host();
  std::set<IpAddress> asked_about;  // next hops that others than routes need
  Covers covers;                    // that the real RIB chooses; see wrong_cover()

  // In the order of clients at a vantage, or in our own order.
  [[nodiscard]] Ranked ranked(int vantage = kNowhere) const;
  // By destination, the paths with the attributes that the client gets. A multiset, because the
  // router chooses the path ids.
  [[nodiscard]] std::map<Nlri, std::multiset<std::string>> held_by(const Client& client,
                                                                   const Ranked& paths) const;
  // A cover that is not the one that a search finds, in words. paths: ranked in our own order.
  [[nodiscard]] std::optional<std::string> wrong_cover(const Ranked& paths) const;
  // Whether covers that are searched for one after the other, from none on, come to rest. If so,
  // those of the router have to.
  [[nodiscard]] bool has_resting_covers() const;

 private:
  [[nodiscard]] policy::OriginState state_of_origin(const Prefix& prefix, const Path& path,
                                                    bool believed) const;
  // All of import but the resolution of the next hop.
  [[nodiscard]] bool passes(const Prefix& prefix, Path& path) const;
  [[nodiscard]] bool import(const Prefix& prefix, Path& path) const;
  [[nodiscard]] std::set<IpAddress> needed_next_hops() const;
  struct OtherCover {
    IpAddress address;
    std::optional<Cover> instead;  // what a search finds
  };
  // backwards: the last one.
  [[nodiscard]] std::optional<OtherCover> first_other_cover(const Ranked& paths,
                                                            bool backwards) const;
  [[nodiscard]] std::uint64_t cost(const Prefix& prefix, const Path& path, int vantage) const;
  [[nodiscard]] bool export_to(const Path& path, const Client& to, const Prefix& prefix,
                               PathAttributes& out) const;
  [[nodiscard]] bool is_suppressed(const Nlri& destination) const;
  [[nodiscard]] std::string default_route(const Client& client, const Nlri& destination) const;
  [[nodiscard]] std::size_t best_of(const std::vector<Path>& paths) const;
};

}  // namespace tern::model
