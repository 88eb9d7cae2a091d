#include "policy/prefix_rtts.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "policy/egress.h"
#include "policy/live_costs.h"
#include "rib/types/hash.h"
#include "rib/types/trim_to_size.h"

namespace tern::policy {
namespace {

auto key_of(const PrefixRtts::Measured& one) { return std::tie(one.prefix, one.pop); }

std::vector<PrefixRtts::Measured> numbered(const std::vector<PrefixRttSource>& sources,
                                           const Egress& egress) {
  std::unordered_map<std::string_view, std::optional<PopId>> pops;
  std::vector<PrefixRtts::Measured> measured;
  measured.reserve(sources.size());
  for (const auto& [pop, prefix, microseconds] : sources) {
    const auto [known, is_new] = pops.try_emplace(pop);
    if (is_new) known->second = egress.find_pop(pop);
    if (known->second) measured.push_back({prefix, *known->second, microseconds});
  }
  return measured;
}

}  // namespace

PrefixRtts::PrefixRtts(std::vector<Measured> measured) : measured_(std::move(measured)) {
  std::ranges::stable_sort(measured_,
                           [](const auto& a, const auto& b) { return key_of(a) < key_of(b); });
  const auto same = [](const auto& a, const auto& b) { return key_of(a) == key_of(b); };
  measured_.erase(std::unique(measured_.begin(), measured_.end(), same), measured_.end());
  trim_to_size(measured_);
  index();
}

PrefixRtts::PrefixRtts(const std::vector<PrefixRttSource>& measured, const Egress& egress)
    : PrefixRtts(numbered(measured, egress)) {}

void PrefixRtts::index() {
  std::vector<Entry> entries;
  for (std::uint32_t i = 0; i < measured_.size(); ++i) {
    if (entries.empty() || entries.back().prefix != measured_[i].prefix) {
      entries.push_back({measured_[i].prefix, i, 0});
    }
    ++entries.back().count;
    Hasher hasher;
    hasher.add(hash_value(measured_[i].prefix));
    hasher.add(measured_[i].microseconds);
    const PopId pop = measured_[i].pop;
    if (pop >= digests_.size()) digests_.resize(std::size_t{pop} + 1);
    digests_[pop] += static_cast<std::uint32_t>(hasher.result());
  }
  entries_ = CoveringTable<Entry>(std::move(entries));
  note_content();
}

void PrefixRtts::note_content() {
  Hasher hasher;
  for (const Measured& one : measured_) {
    hasher.add(hash_value(one.prefix));
    hasher.add((std::uint64_t{one.pop} << 32U) | one.microseconds);
  }
  content_ = measured_.empty() ? 0 : hasher.result();
}

const PrefixRtts::Measured* PrefixRtts::find(const Prefix& prefix, PopId pop) const {
  const Entry* entry = entries_.find(prefix);
  for (; entry != nullptr; entry = entries_.covering(*entry)) {
    const auto measured = of(*entry);
    const auto found = std::ranges::find(measured, pop, &Measured::pop);
    if (found != measured.end()) return &*found;
  }
  return nullptr;
}

const PrefixRtts::Measured* PrefixRtts::find_exactly(const Prefix& prefix, PopId pop) const {
  const Measured* const found = find(prefix, pop);
  return found != nullptr && found->prefix == prefix ? found : nullptr;
}

PrefixRtts PrefixRtts::settled(const PrefixRtts& used, const CostRules& rules) const {
  PrefixRtts settled = *this;
  for (Measured& one : settled.measured_) {
    const Measured* const before = used.find_exactly(one.prefix, one.pop);
    if (before != nullptr && rules.is_small(before->microseconds, one.microseconds)) {
      one.microseconds = before->microseconds;
    }
  }
  settled.note_content();
  return settled;
}

std::vector<PrefixRange> PrefixRtts::ranges() const {
  return CoveringTable<Entry>::difference(entries_, {}, [](const auto&...) { return true; });
}

std::vector<PrefixRange> PrefixRtts::difference(const PrefixRtts& a, const PrefixRtts& b) {
  return CoveringTable<Entry>::difference(
      a.entries_, b.entries_, [&](const Prefix&, const Entry* of_a, const Entry* of_b) {
        const auto measured_a = of_a != nullptr ? a.of(*of_a) : std::span<const Measured>();
        const auto measured_b = of_b != nullptr ? b.of(*of_b) : std::span<const Measured>();
        return !std::ranges::equal(measured_a, measured_b);
      });
}

}  // namespace tern::policy
