// Paths for the tests of this folder, written as an operator would describe them:
//
//   path().local_pref(200).as_path({65001, 65010}).med(5)
//
// and the peers they come from.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "bgpd/wire/attribute_set.h"
#include "rib/attr_table.h"
#include "rib/decision.h"
#include "rib/rib.h"
#include "rib/types/path_attributes.h"

namespace tern::rib {

inline constexpr std::size_t kMostChanges = ~std::size_t{0};

class PathBuilder {
 public:
  PathBuilder() {
    attributes_.origin = Origin::Igp;
    attributes_.as_path = AsPath::sequence({65001});
    attributes_.next_hop.global = *IpAddress::parse("192.0.2.1");
  }

  PathBuilder& local_pref(std::uint32_t value) {
    attributes_.local_pref = value;
    return *this;
  }
  PathBuilder& med(std::uint32_t value) {
    attributes_.med = value;
    return *this;
  }
  PathBuilder& as_path(std::vector<Asn> asns) {
    attributes_.as_path = AsPath::sequence(std::move(asns));
    return *this;
  }
  PathBuilder& segments(AsPath value) {
    attributes_.as_path = std::move(value);
    return *this;
  }
  PathBuilder& origin(Origin value) {
    attributes_.origin = value;
    return *this;
  }
  PathBuilder& aigp(std::uint64_t value) {
    attributes_.aigp = value;
    return *this;
  }
  PathBuilder& originator_id(std::uint32_t value) {
    attributes_.originator_id = IpAddress::v4(value);
    return *this;
  }
  PathBuilder& cluster_list(std::vector<std::uint32_t> value) {
    attributes_.cluster_list = std::move(value);
    return *this;
  }
  PathBuilder& communities(std::vector<Community> value) {
    attributes_.communities = std::move(value);
    return *this;
  }
  PathBuilder& next_hop(const IpAddress& value) {
    attributes_.next_hop.global = value;
    return *this;
  }
  PathBuilder& egress_cost(EgressCost cost) {
    egress_.cost = cost;
    return *this;
  }
  PathBuilder& interior_cost(InteriorCost cost) {
    interior_cost_ = cost;
    return *this;
  }
  PathBuilder& pin(PinRank rank) {
    pin_ = rank;
    return *this;
  }
  PathBuilder& place(MetroId metro, PopId pop, EgressCost cost) {
    egress_ = {metro, pop, cost};
    return *this;
  }

  [[nodiscard]] const PathAttributes& attributes() const { return attributes_; }
  [[nodiscard]] const EgressInfo& egress() const { return egress_; }
  [[nodiscard]] AttrHandle intern(AttrTable& table) const {
    std::vector<std::byte> octets;
    if (!wire::encode_set(attributes_, octets)) return {};
    return {table, table.intern(octets, egress_,
                                decision_key(attributes_, egress_, interior_cost_, pin_))};
  }

 private:
  PathAttributes attributes_;
  EgressInfo egress_;
  InteriorCost interior_cost_ = 0;
  PinRank pin_ = kNoPin;
};

inline PathBuilder path() { return {}; }

inline PeerRank ebgp_peer(std::uint32_t router_id, std::uint32_t address) {
  return {PeerKind::Ebgp, router_id, IpAddress::v4(address)};
}
inline PeerRank ibgp_peer(std::uint32_t router_id, std::uint32_t address) {
  return {PeerKind::Ibgp, router_id, IpAddress::v4(address)};
}

// Takes the changes as one who tells nobody of them.
inline std::vector<DestId> take_changes(Rib& rib) {
  std::vector<DestId> changes;
  rib.take_changes(kMostChanges, changes);
  for (const DestId id : changes) rib.free_if_idle(id);
  return changes;
}

}  // namespace tern::rib
