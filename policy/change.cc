#include "policy/change.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "policy/program.h"

namespace tern::policy {
namespace {

// Whether the terms differ at most in prefix sets. Adds the questions that differ.
bool same_but_sets(const Term& a, const Term& b,
                   std::vector<std::pair<PrefixIn, PrefixIn>>& questions) {
  if (a.conditions.size() != b.conditions.size()) return false;
  Term other = b;
  for (std::size_t i = 0; i < a.conditions.size(); ++i) {
    const auto* const before = std::get_if<PrefixIn>(&a.conditions[i]);
    const auto* const after = std::get_if<PrefixIn>(&b.conditions[i]);
    if (before == nullptr || after == nullptr) continue;
    if (!(before->refs == after->refs)) questions.emplace_back(*before, *after);
    other.conditions[i] = a.conditions[i];
  }
  return a == other;
}

// Ranges that contain every prefix which is in one of the two unions of sets alone.
std::vector<PrefixRange> difference(const PrefixIn& before, const PrefixIn& after) {
  static const PrefixSet kEmpty;
  const auto& from = before.refs.sets;
  const auto& to = after.refs.sets;
  std::vector<PrefixRange> ranges;
  for (std::size_t i = 0; i < std::max(from.size(), to.size()); ++i) {
    const PrefixSet& one = i < from.size() ? *from[i] : kEmpty;
    const PrefixSet& other = i < to.size() ? *to[i] : kEmpty;
    if (&one == &other) continue;
    const auto some = PrefixSet::difference(one, other);
    ranges.insert(ranges.end(), some.begin(), some.end());
  }
  return ranges;
}

}  // namespace

std::vector<PrefixRange> PrefixChange::all_prefixes() {
  constexpr std::uint8_t kIpv4Bits = 32;
  constexpr std::uint8_t kIpv6Bits = 128;
  const std::array<std::byte, kIpv6Bits / 8> zeros{};
  return {{Prefix::v4(0, 0), 0, kIpv4Bits},
          {Prefix(IpAddress::from_bytes(zeros), 0), 0, kIpv6Bits}};
}

std::shared_ptr<const PrefixChange> PrefixChange::of(std::vector<PrefixRange> ranges) {
  auto change = std::make_shared<PrefixChange>();
  change->ranges_ = ranges.size() > kMostRanges ? all_prefixes() : std::move(ranges);
  return change;
}

bool PrefixChange::touches(const Prefix& prefix) const {
  return questions_.empty() || std::ranges::any_of(questions_, [&](const auto& question) {
           return question.first.contains(prefix) != question.second.contains(prefix);
         });
}

ChangeFinder::Found ChangeFinder::compare(const Program& from, const Program& to) {
  if (PolicySet::same(from, to)) return std::nullopt;
  if (from.name() != to.name() || from.terms().size() != to.terms().size()) return nullptr;
  auto change = std::make_shared<PrefixChange>();
  for (std::size_t i = 0; i < from.terms().size(); ++i) {
    if (!same_but_sets(from.terms()[i], to.terms()[i], change->questions_)) return nullptr;
  }
  for (const auto& [before, after] : change->questions_) {
    const auto some = difference(before, after);
    change->ranges_.insert(change->ranges_.end(), some.begin(), some.end());
    if (change->ranges_.size() > std::min(PrefixChange::kMostRanges, ranges_left_)) return nullptr;
  }
  ranges_left_ -= change->ranges_.size();
  return change;
}

ChainChange ChangeFinder::between(const Chain& from, const Chain& to) {
  if (from.programs().size() != to.programs().size()) return ChainChange::all();
  ChainChange change;
  for (std::size_t i = 0; i < from.programs().size(); ++i) {
    const Program& before = *from.programs()[i];
    const Program& after = *to.programs()[i];
    if (&before == &after) continue;
    const auto [found, added] = found_.try_emplace({&before, &after});
    if (added) found->second = compare(before, after);
    if (!found->second) continue;
    if (*found->second == nullptr) return ChainChange::all();
    change.programs.push_back(*found->second);
  }
  return change;
}

}  // namespace tern::policy
