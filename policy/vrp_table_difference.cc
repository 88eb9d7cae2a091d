// Where two tables differ: as ranges of prefixes for a re-evaluation, and as records.

#include <algorithm>
#include <utility>

#include "policy/vrp_walks.h"

namespace tern::policy {

namespace {

// Drops ranges that lie inside another one. Ranges in the order of their prefixes, one a prefix.
std::vector<PrefixRange> without_inner(std::vector<PrefixRange> ranges) {
  std::vector<PrefixRange> kept;
  std::vector<PrefixRange> above;  // ranges of `kept` whose prefixes cover the present one
  for (const PrefixRange& range : ranges) {
    while (!above.empty() && !above.back().prefix.covers(range.prefix)) above.pop_back();
    const bool inner = std::any_of(above.begin(), above.end(), [&](const PrefixRange& other) {
      return other.ge <= range.ge && range.le <= other.le;
    });
    if (inner) continue;
    kept.push_back(range);
    above.push_back(range);
  }
  return kept;
}

}  // namespace

// The parts of difference() and delta() that see the layers.
struct VrpTable::Compare {
  // take(address, length, entries of a, entries of b) for each prefix whose VRPs differ, in order.
  template <typename Address, typename Take>
  static void each(const Part<Address>& a, const Part<Address>& b, Take take) {
    using Layer = VrpLayer<Address>;
    using Entries = typename Layer::Entries;
    const bool shared = a.base == b.base;
    if (shared && a.overlay == b.overlay) return;
    // A prefix that only one overlay has is in the base for the other table.
    const auto entries = [&](const Walk<Address>& walk, bool in, const auto& place) -> Entries {
      if (in) return walk.entries();
      const std::uint32_t at =
          shared ? a.base->find(place.first, place.second) : VrpLayer<Address>::kNone;
      return at == Layer::kNone ? Entries() : a.base->entries(at);
    };
    Walk<Address> in_a(a, shared);
    Walk<Address> in_b(b, shared);
    while (!in_a.at_end() || !in_b.at_end()) {
      const bool at_a = !in_a.at_end() && (in_b.at_end() || in_a.place() <= in_b.place());
      const bool at_b = !in_b.at_end() && (in_a.at_end() || in_b.place() <= in_a.place());
      const auto place = at_a ? in_a.place() : in_b.place();
      const Entries of_a = entries(in_a, at_a, place);
      const Entries of_b = entries(in_b, at_b, place);
      if (!(of_a == of_b)) {
        take(place.first, place.second, of_a, of_b);
      }
      if (at_a) in_a.next();
      if (at_b) in_b.next();
    }
  }

  template <typename Address>
  static bool covered(const Part<Address>& part, const Address& address, std::uint8_t length) {
    for (Cover<Address> cover(part, address, length); !cover.at_end(); cover.next()) {
      if (!cover.entries().empty()) return true;
    }
    return false;
  }

  template <typename Address>
  static void ranges(const Part<Address>& a, const Part<Address>& b,
                     std::vector<PrefixRange>& found) {
    using Entry = typename VrpLayer<Address>::Entry;
    std::vector<Entry> other;
    each(a, b,
         [&](const Address& address, std::uint8_t length, const auto& of_a, const auto& of_b) {
           std::uint8_t le = VrpLayer<Address>::kBits;
           if (covered(a, address, length) && covered(b, address, length)) {
             // Every prefix inside stays covered. A VRP of another AS than 0 decides up to its
             // length.
             other.clear();
             std::set_symmetric_difference(of_a.begin(), of_a.end(), of_b.begin(), of_b.end(),
                                           std::back_inserter(other));
             bool any = false;
             le = length;
             for (const Entry& entry : other) {
               if (entry.asn == kAsZero) continue;
               any = true;
               le = std::max(le, entry.max_length);
             }
             if (!any) return;
           }
           found.push_back({prefix_of(address, length), length, le});
         });
  }

  template <typename Address>
  static void records(const Part<Address>& a, const Part<Address>& b, VrpDelta& found) {
    using Entry = typename VrpLayer<Address>::Entry;
    std::vector<Entry> some;
    each(a, b,
         [&](const Address& address, std::uint8_t length, const auto& of_a, const auto& of_b) {
           const Prefix prefix = prefix_of(address, length);
           some.clear();
           std::set_difference(of_b.begin(), of_b.end(), of_a.begin(), of_a.end(),
                               std::back_inserter(some));
           for (const Entry& entry : some) {
             found.announced.push_back({prefix, entry.max_length, entry.asn});
           }
           some.clear();
           std::set_difference(of_a.begin(), of_a.end(), of_b.begin(), of_b.end(),
                               std::back_inserter(some));
           for (const Entry& entry : some) {
             found.withdrawn.push_back({prefix, entry.max_length, entry.asn});
           }
         });
  }
};

std::vector<PrefixRange> VrpTable::difference(const VrpTable& a, const VrpTable& b) {
  std::vector<PrefixRange> found;
  Compare::ranges(a.v4_, b.v4_, found);
  Compare::ranges(a.v6_, b.v6_, found);
  return without_inner(std::move(found));
}

VrpDelta VrpTable::delta(const VrpTable& from, const VrpTable& to) {
  VrpDelta found;
  Compare::records(from.v4_, to.v4_, found);
  Compare::records(from.v6_, to.v6_, found);
  return found;
}

}  // namespace tern::policy
