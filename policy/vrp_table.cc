#include "policy/vrp_table.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "policy/vrp_walks.h"

namespace tern::policy {
namespace {

// A VRP of one IP version. Sorts in the order of Vrp, and faster.
template <typename Address>
struct Record {
  Address address{};
  std::uint8_t length = 0;
  std::uint8_t max_length = 0;
  Asn asn = 0;
  friend auto operator<=>(const Record&, const Record&) = default;

  [[nodiscard]] typename VrpLayer<Address>::Entry entry() const { return {max_length, asn}; }
  [[nodiscard]] std::pair<Address, std::uint8_t> place() const { return {address, length}; }
};

template <typename Address>
Record<Address> record_of(const Vrp& vrp) {
  return {address_of<Address>(vrp.prefix.address()), vrp.prefix.length(), vrp.max_length, vrp.asn};
}

constexpr IpVersion version_of(Address4) { return IpVersion::V4; }
constexpr IpVersion version_of(const Address6&) { return IpVersion::V6; }

template <typename Address>
std::vector<Record<Address>> records_of(std::span<const Vrp> vrps) {
  const auto ours = [](const Vrp& vrp) {
    return vrp.prefix.address().version() == version_of(Address{});
  };
  std::vector<Record<Address>> records;
  records.reserve(static_cast<std::size_t>(std::count_if(vrps.begin(), vrps.end(), ours)));
  for (const Vrp& vrp : vrps) {
    if (ours(vrp)) records.push_back(record_of<Address>(vrp));
  }
  if (!std::is_sorted(records.begin(), records.end())) std::sort(records.begin(), records.end());
  records.erase(std::unique(records.begin(), records.end()), records.end());
  return records;
}

template <typename Address>
std::shared_ptr<const VrpLayer<Address>> layer_of(const std::vector<Record<Address>>& records) {
  auto layer = std::make_shared<VrpLayer<Address>>();
  layer->reserve(records.size());
  std::vector<typename VrpLayer<Address>::Entry> entries;
  for (auto at = records.begin(); at != records.end();) {
    const auto place = at->place();
    entries.clear();
    for (; at != records.end() && at->place() == place; ++at) entries.push_back(at->entry());
    layer->add(place.first, place.second, std::span(std::as_const(entries)));
  }
  layer->finish();
  return layer;
}

template <typename Address>
std::shared_ptr<const VrpLayer<Address>> empty_layer() {
  static const std::shared_ptr<const VrpLayer<Address>> empty = layer_of<Address>({});
  return empty;
}

template <typename Address>
std::shared_ptr<const VrpStretches<Address>> stretches_of(const VrpLayer<Address>& layer) {
  return std::make_shared<const VrpStretches<Address>>(layer);
}

}  // namespace

// Makes the parts of new tables.
struct VrpTable::Build {
  template <typename Address>
  static Part<Address> part(std::span<const Vrp> vrps) {
    const auto records = records_of<Address>(vrps);
    const auto layer = layer_of(records);
    return {layer, stretches_of(*layer), empty_layer<Address>(), records.size()};
  }

  template <typename Address>
  static Part<Address> merged(const Part<Address>& from) {
    if (from.overlay->size() == 0) return from;
    auto layer = std::make_shared<VrpLayer<Address>>();
    layer->reserve(from.base->size() + from.overlay->size());
    for (Walk<Address> walk(from); !walk.at_end(); walk.next()) {
      layer->add(walk.address(), walk.length(), walk.entries());
    }
    layer->finish();
    return {layer, stretches_of(*layer), empty_layer<Address>(), from.records};
  }

  // The entries of the records at `at` that have the prefix; `at` goes behind them.
  template <typename Iterator, typename Place, typename Entry>
  static void take(Iterator& at, Iterator end, const Place& place, std::vector<Entry>& into) {
    into.clear();
    for (; at != end && at->place() == place; ++at) into.push_back(at->entry());
  }
  template <typename Entries, typename Entry>
  static std::vector<Entry> after(const Entries& before, const std::vector<Entry>& come,
                                  const std::vector<Entry>& gone) {
    std::vector<Entry> kept;
    std::set_difference(before.begin(), before.end(), gone.begin(), gone.end(),
                        std::back_inserter(kept));
    std::vector<Entry> now;
    std::set_union(kept.begin(), kept.end(), come.begin(), come.end(), std::back_inserter(now));
    return now;
  }

  // Goes through the old overlay and the delta together, in the order of prefixes.
  template <typename Address>
  static Part<Address> changed(const Part<Address>& from, const VrpDelta& delta) {
    const auto announced = records_of<Address>(delta.announced);
    const auto withdrawn = records_of<Address>(delta.withdrawn);
    if (announced.empty() && withdrawn.empty()) return from;
    using Entry = typename VrpLayer<Address>::Entry;
    using Entries = typename VrpLayer<Address>::Entries;
    Part<Address> to{from.base, from.stretches, nullptr, from.records};
    auto overlay = std::make_shared<VrpLayer<Address>>();
    Walk<Address> old(from, true);
    std::vector<Entry> come;
    std::vector<Entry> gone;
    auto plus = announced.begin();
    auto minus = withdrawn.begin();
    while (plus != announced.end() || minus != withdrawn.end()) {
      const bool in_plus =
          minus == withdrawn.end() || (plus != announced.end() && plus->place() <= minus->place());
      const std::pair here = in_plus ? plus->place() : minus->place();
      take(plus, announced.end(), here, come);
      take(minus, withdrawn.end(), here, gone);
      for (; !old.at_end() && old.place() < here; old.next()) {
        overlay->add(old.address(), old.length(), old.entries());
      }
      if (!old.at_end() && old.place() == here) old.next();
      const Entries before = entries_of(from, here.first, here.second);
      const std::vector<Entry> now = after(before, come, gone);
      to.records += now.size();
      to.records -= before.size();
      // Where the base says the same, the overlay need not.
      const std::uint32_t in_base = from.base->find(here.first, here.second);
      const Entries of_base =
          in_base == VrpLayer<Address>::kNone ? Entries() : from.base->entries(in_base);
      const Entries all = std::span<const Entry>(now);
      if (!(of_base == all)) overlay->add(here.first, here.second, all);
    }
    for (; !old.at_end(); old.next()) overlay->add(old.address(), old.length(), old.entries());
    overlay->finish();
    to.overlay = std::move(overlay);
    return to.overlay->size() > kMostOverlaid ? merged(to) : to;
  }

  template <typename Address>
  static typename VrpLayer<Address>::Entries entries_of(const Part<Address>& part,
                                                        const Address& address,
                                                        std::uint8_t length) {
    for (const VrpLayer<Address>* layer : {part.overlay.get(), part.base.get()}) {
      const std::uint32_t at = layer->find(address, length);
      if (at != VrpLayer<Address>::kNone) return layer->entries(at);
    }
    return {};
  }

  template <typename Address>
  static bool contains(const Part<Address>& part, const Record<Address>& record) {
    const auto entries = entries_of(part, record.address, record.length);
    return std::binary_search(entries.begin(), entries.end(), record.entry());
  }

  // AS 0 matches nothing.
  template <typename Entries>
  static bool matches(const Entries& entries, std::uint8_t length, Asn origin) {
    for (const auto& entry : entries) {
      if (entry.asn == origin && entry.max_length >= length && origin != kAsZero) return true;
    }
    return false;
  }

  template <typename Address>
  static OriginState validate(const Part<Address>& part, const Address& address,
                              std::uint8_t length, Asn origin) {
    const VrpLayer<Address>& overlay = *part.overlay;
    if (!overlay.touches(address) ||
        overlay.covering(address, length) == VrpLayer<Address>::kNone) {  // nearly always
      const auto found = part.stretches->validate(address, length, origin);
      if (found) return *found;
    }
    return walk_covers(part, address, length, origin);
  }
  // Not inline, so that validate() saves no registers for it.
  template <typename Address>
  [[gnu::noinline]] static OriginState walk_covers(const Part<Address>& part,
                                                   const Address& address, std::uint8_t length,
                                                   Asn origin) {
    OriginState state = OriginState::NotFound;
    for (Cover<Address> cover(part, address, length); !cover.at_end(); cover.next()) {
      if (!cover.entries().empty()) state = OriginState::Invalid;
      if (matches(cover.entries(), length, origin)) return OriginState::Valid;
    }
    return state;
  }

  template <typename Address>
  static void explain(const Part<Address>& part, const Prefix& prefix, Asn origin, std::size_t most,
                      Explanation& into) {
    const auto address = address_of<Address>(prefix.address());
    const auto pass = [&](bool matching) {
      for (Cover<Address> cover(part, address, prefix.length()); !cover.at_end(); cover.next()) {
        for (const auto& entry : cover.entries()) {
          Candidate candidate;
          candidate.asn_matches = entry.asn == origin && origin != kAsZero;
          candidate.length_matches = entry.max_length >= prefix.length();
          if (candidate.matches() != matching) continue;
          if (into.covering.size() == most) {
            ++into.left_out;
            continue;
          }
          candidate.vrp = {Prefix(prefix.address(), cover.length()), entry.max_length, entry.asn};
          into.covering.push_back(candidate);
        }
      }
    };
    pass(true);
    pass(false);
    into.state = validate(part, address, prefix.length(), origin);
  }

  template <typename Address>
  static bool for_each(const Part<Address>& part, const std::function<bool(const Vrp&)>& take) {
    for (Walk<Address> walk(part); !walk.at_end(); walk.next()) {
      const Prefix prefix = prefix_of(walk.address(), walk.length());
      for (const auto& entry : walk.entries()) {
        if (!take({prefix, entry.max_length, entry.asn})) return false;
      }
    }
    return true;
  }

  template <typename Address>
  static std::size_t memory(const Part<Address>& part) {
    return part.base->memory() + part.stretches->memory() + part.overlay->memory();
  }

  static Ptr table(Part<Address4> v4, Part<Address6> v6) {
    auto table = std::make_shared<VrpTable>();
    table->v4_ = std::move(v4);
    table->v6_ = std::move(v6);
    return table;
  }
};

VrpTable::VrpTable() : v4_(Build::part<Address4>({})), v6_(Build::part<Address6>({})) {}

VrpTable::Ptr VrpTable::build(std::vector<Vrp> vrps) {
  return Build::table(Build::part<Address4>(vrps), Build::part<Address6>(vrps));
}

VrpTable::Ptr VrpTable::changed(const VrpDelta& delta) const {
  return Build::table(Build::changed(v4_, delta), Build::changed(v6_, delta));
}

OriginState VrpTable::validate(const Prefix& prefix, std::optional<Asn> origin) const {
  const Asn asn = origin.value_or(kAsZero);  // neither matches a VRP
  const IpAddress& address = prefix.address();
  return address.is_v4()
             ? Build::validate(v4_, address_of<Address4>(address), prefix.length(), asn)
             : Build::validate(v6_, address_of<Address6>(address), prefix.length(), asn);
}

VrpTable::Explanation VrpTable::explain(const Prefix& prefix, std::optional<Asn> origin,
                                        std::size_t most) const {
  Explanation explanation;
  const Asn asn = origin.value_or(kAsZero);
  if (prefix.address().is_v4()) {
    Build::explain(v4_, prefix, asn, most, explanation);
  } else {
    Build::explain(v6_, prefix, asn, most, explanation);
  }
  return explanation;
}

bool VrpTable::contains(const Vrp& vrp) const {
  return vrp.prefix.address().is_v4() ? Build::contains(v4_, record_of<Address4>(vrp))
                                      : Build::contains(v6_, record_of<Address6>(vrp));
}

std::size_t VrpTable::size() const { return v4_.records + v6_.records; }

std::size_t VrpTable::size(IpVersion version) const {
  return version == IpVersion::V4 ? v4_.records : v6_.records;
}

std::size_t VrpTable::memory() const { return Build::memory(v4_) + Build::memory(v6_); }

void VrpTable::for_each(const std::function<bool(const Vrp&)>& take) const {
  if (Build::for_each(v4_, take)) Build::for_each(v6_, take);
}

}  // namespace tern::policy
