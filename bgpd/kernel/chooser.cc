#include "bgpd/kernel/chooser.h"

#include <algorithm>
#include <utility>

#include "bgpd/wire/attribute_set.h"

namespace tern::kernel {
namespace {

using fib::Failure;
using fib::Target;

// The next hop for the kernel: the global address (RFC 2545 section 3), else the link-local one.
fib::NextHop next_hop_of(const PathAttributes& attributes, const PathRow& path) {
  const IpAddress& address = attributes.next_hop.global;
  return {address, address.is_link_local() ? path.interface : 0};
}

// None: the kernel can use it.
Failure fault_of(const fib::NextHop& next_hop, const Prefix& prefix) {
  if (next_hop.address.is_v4() && prefix.address().is_v6()) return Failure::WrongVersion;
  const bool link_local = next_hop.address.is_v6() && next_hop.address.is_link_local();
  return link_local && next_hop.interface == 0 ? Failure::NoInterface : Failure::None;
}

const policy::PeerFacts& peer_of(const Batch& batch, const PathRow& path) {
  static const policy::PeerFacts kNobody;
  const bool known = batch.peers != nullptr && path.peer < batch.peers->size();
  return known ? (*batch.peers)[path.peer] : kNobody;
}

}  // namespace

bool Chooser::accept(const Batch& batch, const Prefix& prefix, const PathRow& path,
                     const rib::AttrTable& attributes) {
  const rib::InternedSet& set = attributes[path.set.ref()];
  wire::decode_set(set.octets(), decoded_);
  if (settings_.policies.empty()) {
    std::swap(decoded_, judged_);
    return true;
  }
  judged_ = decoded_;
  policy::Route route{prefix, decoded_, set.egress()};
  route.own = path.own;
  return settings_.policies.evaluate(route, peer_of(batch, path), judged_).accept;
}

bool Chooser::is_blackhole(const Batch& batch, const Prefix& prefix, const PathRow& path,
                           const rib::AttrTable& attributes) {
  if (path.own) return true;
  if (settings_.blackholes.empty() || !carries(judged_, kBlackhole)) return false;
  unused_ = judged_;
  const policy::Route route{prefix, judged_, attributes[path.set.ref()].egress()};
  return settings_.blackholes.evaluate(route, peer_of(batch, path), unused_).accept;
}

std::optional<Target> Chooser::choose(const Batch& batch, const PrefixRow& row,
                                      const rib::AttrTable& attributes) {
  Target target;
  for (std::uint32_t i = 0; i < row.paths; ++i) {
    const PathRow& path = batch.paths[row.first_path + i];
    if (path.own && !settings_.own_blackhole) return std::nullopt;
    if (!accept(batch, row.prefix, path, attributes)) {
      if (i == 0) return std::nullopt;
      continue;
    }
    if (i == 0 && is_blackhole(batch, row.prefix, path, attributes)) {
      return Target{Target::Kind::Blackhole, Failure::None, {}};
    }
    const fib::NextHop next_hop = next_hop_of(judged_, path);
    const Failure fault = fault_of(next_hop, row.prefix);
    if (fault == Failure::None) {
      target.next_hops.push_back(next_hop);
    } else if (target.why == Failure::None) {
      target.why = fault;
    }
  }
  if (row.paths == 0) return std::nullopt;
  if (target.next_hops.empty()) return Target{Target::Kind::Unusable, target.why, {}};
  target.why = Failure::None;
  std::ranges::sort(target.next_hops);
  const auto repeats = std::unique(target.next_hops.begin(), target.next_hops.end());
  target.next_hops.erase(repeats, target.next_hops.end());
  return target;
}

}  // namespace tern::kernel
