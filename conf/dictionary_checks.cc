#include "conf/dictionary_checks.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "policy/community_match.h"
#include "policy/policy.h"

namespace tern::conf {
namespace {

using policy::AnyCommunityPattern;
using policy::CommunityPattern;
using policy::ExtendedCommunityPattern;
using policy::LargeCommunityPattern;
using policy::NumberPattern;

constexpr std::uint64_t kAllBits = std::numeric_limits<std::uint64_t>::max();

// Kind, and every field but the last: what patterns with a single number in those have in common.
using Stem = std::tuple<int, std::uint64_t, std::uint64_t>;

bool is_single(const NumberPattern& field) { return field.low == field.high; }

bool covers(const NumberPattern& a, const NumberPattern& b) {
  return a.low <= b.low && a.high >= b.high;
}

// Stem and last field; nothing for a pattern with more than one value in front of the last field.
std::optional<std::pair<Stem, NumberPattern>> split(const AnyCommunityPattern& pattern) {
  if (const auto* standard = std::get_if<CommunityPattern>(&pattern)) {
    if (!is_single(standard->fields[0])) return std::nullopt;
    return std::pair{Stem{0, standard->fields[0].low, 0}, standard->fields[1]};
  }
  if (const auto* large = std::get_if<LargeCommunityPattern>(&pattern)) {
    if (!is_single(large->fields[0]) || !is_single(large->fields[1])) return std::nullopt;
    return std::pair{Stem{1, large->fields[0].low, large->fields[1].low}, large->fields[2]};
  }
  const auto& extended = std::get<ExtendedCommunityPattern>(pattern);
  const std::uint32_t local = policy::local_part_mask({extended.value});
  if (extended.mask != kAllBits && extended.mask != ~std::uint64_t{local}) return std::nullopt;
  const auto number = static_cast<std::uint32_t>(extended.value & local);
  NumberPattern last = extended.mask == kAllBits ? NumberPattern{number, number} : extended.local;
  last.high = std::min(last.high, local);
  return std::pair{Stem{2, extended.value & ~std::uint64_t{local}, 0}, last};
}

bool covers(const ExtendedCommunityPattern& a, const ExtendedCommunityPattern& b) {
  if ((a.mask & b.mask) != a.mask || ((a.value ^ b.value) & a.mask) != 0) return false;
  if (a.local == NumberPattern{}) return true;
  return a.mask == b.mask && covers(a.local, b.local);
}

bool covers(const AnyCommunityPattern& a, const AnyCommunityPattern& b) {
  if (a.index() != b.index()) return false;
  if (const auto* wide = std::get_if<CommunityPattern>(&a)) {
    const auto& narrow = std::get<CommunityPattern>(b);
    return covers(wide->fields[0], narrow.fields[0]) && covers(wide->fields[1], narrow.fields[1]);
  }
  if (const auto* wide = std::get_if<LargeCommunityPattern>(&a)) {
    const auto& narrow = std::get<LargeCommunityPattern>(b);
    return covers(wide->fields[0], narrow.fields[0]) && covers(wide->fields[1], narrow.fields[1]) &&
           covers(wide->fields[2], narrow.fields[2]);
  }
  return covers(std::get<ExtendedCommunityPattern>(a), std::get<ExtendedCommunityPattern>(b));
}

// The tags seen so far of one dictionary.
class Tags {
 public:
  // The tag that covers this one; nothing where it is the first of its kind, which is then kept.
  std::optional<std::size_t> add(const AnyCommunityPattern& pattern, std::size_t index) {
    for (const auto& [wide, owner] : wide_) {
      if (covers(wide, pattern)) return owner;
    }
    const auto parts = split(pattern);
    if (!parts) {
      wide_.emplace_back(pattern, index);
      return std::nullopt;
    }
    return add(ranges_[parts->first], parts->second, index);
  }

 private:
  struct Range {
    std::uint32_t high = 0;
    std::size_t index = 0;
  };
  using Ranges = std::map<std::uint32_t, Range>;  // by low; none covers another, so highs rise too

  static std::optional<std::size_t> add(Ranges& ranges, NumberPattern range, std::size_t index) {
    const auto behind = ranges.upper_bound(range.low);
    if (behind != ranges.begin() && std::prev(behind)->second.high >= range.high) {
      return std::prev(behind)->second.index;
    }
    auto at = ranges.lower_bound(range.low);
    while (at != ranges.end() && at->second.high <= range.high) at = ranges.erase(at);
    ranges[range.low] = {range.high, index};
    return std::nullopt;
  }

  std::map<Stem, Ranges> ranges_;
  std::vector<std::pair<AnyCommunityPattern, std::size_t>> wide_;
};

std::string text_of(Place place) {
  return std::to_string(place.line) + ':' + std::to_string(place.column);
}

}  // namespace

void check_dictionaries(const YamlDocument& document, const proto::Configuration& file,
                        Report& report) {
  for (const auto& [name, dictionary] : file.egress().dictionaries()) {
    const Path list = Path() / "egress" / "dictionaries" / name / "tags";
    Tags tags;
    for (int i = 0; i < dictionary.tags_size(); ++i) {
      const auto pattern = policy::parse_community_pattern(dictionary.tags(i).community());
      if (!pattern) continue;
      const auto owner = tags.add(*pattern, static_cast<std::size_t>(i));
      if (!owner) continue;
      const Path path = list / static_cast<std::size_t>(i) / "community";
      const std::string& covering = dictionary.tags(static_cast<int>(*owner)).community();
      report.add(document.place(path), path.to_string(),
                 "never decides: " + in_quotes(covering) + " in " +
                     text_of(document.place(list / *owner / "community")) +
                     " covers it and is tried first");
    }
  }
}

}  // namespace tern::conf
