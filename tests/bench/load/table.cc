#include "tests/bench/load/table.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tern::load {
namespace {

constexpr std::uint32_t kLargestSet = 80;  // fits a message beside the longest attributes
constexpr std::uint32_t kTag = 64'900U << 16U;

std::uint32_t community(std::uint32_t high, std::uint32_t low) { return (high << 16U) | low; }

// AS numbers behind the sender's own: 1 to 5, so that paths have 2 to 6.
std::uint32_t draw_tail(const TableSettings& settings, Random& random) {
  if (settings.best) return 1;
  static constexpr std::array<std::uint32_t, 4> kPercent{38, 37, 18, 7};  // of 2, 3, 4 and 5
  std::uint32_t at = random.below(100);
  for (std::uint32_t i = 0; i < kPercent.size(); ++i) {
    if (at < kPercent[i]) return 2 + i;
    at -= kPercent[i];
  }
  return 2;
}

Attributes draw_attributes(const Speaker& speaker, std::uint32_t origin, std::uint32_t session,
                           const TableSettings& settings, Random& random) {
  Attributes drawn;
  drawn.as_path.push_back(speaker.asn);
  const std::uint32_t tail = draw_tail(settings, random);
  for (std::uint32_t i = 1; i < tail; ++i) drawn.as_path.push_back(public_asn(random));
  drawn.as_path.push_back(origin);
  drawn.next_hop = speaker.address;
  drawn.med = random.below(1000);
  const std::uint32_t communities = random.below(5);
  for (std::uint32_t i = 0; i < communities; ++i) {
    drawn.communities.push_back(community(1000 + random.below(50'000), random.below(5000)));
  }
  if (settings.tag) drawn.communities.push_back(kTag | session);
  if (random.chance(0.25)) {
    const std::uint32_t count = 1 + random.below(2);
    for (std::uint32_t i = 0; i < count; ++i) {
      drawn.large_communities.push_back(
          {public_asn(random), random.below(100), random.below(1000)});
    }
  }
  return drawn;
}

std::vector<std::uint32_t> draw_sessions(std::uint32_t count, std::uint32_t all, Random& random) {
  std::vector<std::uint32_t> drawn;
  for (std::uint32_t i = 0; i < count; ++i) drawn.push_back(random.below(all));
  std::sort(drawn.begin(), drawn.end());
  drawn.erase(std::unique(drawn.begin(), drawn.end()), drawn.end());
  return drawn;
}

// A third each: not to some (0:PEER), only to some (0:RS and RS:PEER), prepended to some
// (65501:PEER).
Control draw_control(const TableSettings& settings, Attributes& attributes, Random& random) {
  Control control;
  control.kind = static_cast<Control::Kind>(random.below(3));
  const bool only = control.kind == Control::Kind::OnlyTo;
  const std::uint32_t most = only ? std::max(4U, settings.sessions / 10) : 8;
  control.sessions = draw_sessions(1 + random.below(most), settings.sessions, random);
  const std::uint32_t high = only ? kServerAsn : control.kind == Control::Kind::NotTo ? 0 : 65'501;
  if (only) attributes.communities.push_back(community(0, kServerAsn));
  for (const std::uint32_t session : control.sessions) {
    attributes.communities.push_back(community(high, kFirstAsn + session));
  }
  return control;
}

void shuffle(std::vector<Run>& runs, Random& random) {
  for (std::size_t i = runs.size(); i > 1; --i) {
    std::swap(runs[i - 1], runs[random.below(static_cast<std::uint32_t>(i))]);
  }
}

void encode(const Universe& universe, bool ipv6, Table& table) {
  std::vector<Prefix> prefixes;
  for (const AttributeSet& set : table.sets) {
    prefixes.clear();
    for (std::uint32_t i = 0; i < set.count; ++i) {
      prefixes.push_back(universe.prefixes[table.prefixes[set.first + i]]);
    }
    append_update(set.attributes, prefixes, table.announcement);
  }
  for (const bool family : {false, true}) {
    if (family && !ipv6) continue;
    const Octets end = end_of_rib(family);
    table.announcement.insert(table.announcement.end(), end.begin(), end.end());
  }
}

}  // namespace

bool Control::permits(std::uint32_t session) const {
  if (kind == Kind::Prepend) return true;
  return std::binary_search(sessions.begin(), sessions.end(), session) == (kind == Kind::OnlyTo);
}

Table make_table(const Universe& universe, std::vector<Run> runs, const Speaker& speaker,
                 std::uint32_t session, const TableSettings& settings, Random& random) {
  Table table;
  shuffle(runs, random);
  std::uint32_t room = 0;  // of the set at hand
  for (const Run& run : runs) {
    for (std::uint32_t index = run.first; index < run.first + run.count; ++index) {
      const bool other_family =
          !table.prefixes.empty() &&
          universe.prefixes[index].ipv6 != universe.prefixes[table.prefixes.back()].ipv6;
      const bool other_origin = settings.own_origins && index == run.first;
      if (room == 0 || other_family || other_origin) {
        AttributeSet set;
        set.first = static_cast<std::uint32_t>(table.prefixes.size());
        set.attributes = draw_attributes(speaker, run.origin, session, settings, random);
        if (random.chance(settings.control_share)) {
          set.control = static_cast<std::uint32_t>(table.controls.size());
          table.controls.push_back(draw_control(settings, set.attributes, random));
        }
        table.sets.push_back(std::move(set));
        room = random.geometric(settings.prefixes_per_set, kLargestSet);
      }
      table.prefixes.push_back(index);
      ++table.sets.back().count;
      --room;
    }
  }
  encode(universe, speaker.ipv6, table);
  return table;
}

}  // namespace tern::load
