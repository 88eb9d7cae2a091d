#include "tests/bench/load/update_counter.h"

#include <algorithm>
#include <cstring>

#include "tests/bench/load/messages.h"

namespace tern::load {
namespace {

struct Field {
  const std::uint8_t* at = nullptr;
  std::size_t length = 0;
};

// What the attributes of an UPDATE say to a Watch.
struct Seen {
  Field mp_reach;  // prefixes only
  Field mp_unreach;
  bool marked = false;
};

// Slots of IPv4 prefixes; kNoSlot for those that no table has.
constexpr std::uint32_t kNoSlot = ~0U;

std::uint32_t ipv4_slot(const std::uint8_t* at, std::uint32_t length) {
  if (length - 8 > 16) return kNoSlot;
  return (1U << length) + (read_u32(at) >> (32U - length));
}

std::uint32_t ipv6_slot(const std::uint8_t* at, std::uint32_t length) {
  if (length - 32 > 16 || read_u32(at) >> 8U != kIpv6Block) return kNoSlot;
  const std::uint32_t bits = read_u32(at + 3) >> (56U - length);
  return kSlotsPerFamily + (1U << (length - 24U)) + bits;
}

// How many prefixes a field had, and whether it ended where a prefix does.
struct Walk {
  std::uint64_t prefixes = 0;
  std::uint64_t foreign = 0;
  bool sound = false;
};

// Of the lengths that take most prefixes' number of octets, the shortest.
template <bool kIpv6>
constexpr std::uint32_t kUsual = kIpv6 ? 41 : 17;

// Calls what(slot) for each prefix of a field.
template <bool kIpv6, typename What>
Walk each(Field field, What what) {
  Walk walk;
  const std::uint8_t* at = field.at;
  const std::uint8_t* const end = at + field.length;
  while (at < end) {
    const std::uint32_t length = *at;
    ++walk.prefixes;
    // Nearly all prefixes take as many octets. Guessing so, the processor begins with the next one
    // before it knows the length of this.
    if (length - kUsual<kIpv6> < 8) [[likely]] {
      const std::uint32_t slot = kIpv6 ? ipv6_slot(at + 1, length) : ipv4_slot(at + 1, length);
      at += 1 + kUsual<kIpv6> / 8 + 1;
      if (!kIpv6 || slot != kNoSlot) [[likely]] {
        what(slot);
        continue;
      }
    } else {
      const std::uint32_t slot = kIpv6 ? ipv6_slot(at + 1, length) : ipv4_slot(at + 1, length);
      at += 1 + ((length + 7) >> 3U);
      if (slot != kNoSlot) {
        what(slot);
        continue;
      }
    }
    ++walk.foreign;
  }
  walk.sound = at == end;
  return walk;
}

template <bool kIpv6>
bool announce(Field field, bool marked, Received& received) {
  Held& marks = received.marked;
  Walk walk;
  if (!marked && marks.size() == 0) {
    walk = received.held.insert_all([field](auto insert) { return each<kIpv6>(field, insert); });
  } else if (marked) {
    walk = received.held.insert_all([field, &marks](auto insert) {
      return marks.insert_all([field, insert](auto mark) {
        return each<kIpv6>(field, [insert, mark](std::uint32_t slot) {
          insert(slot);
          mark(slot);
        });
      });
    });
  } else {
    walk = each<kIpv6>(field, [&](std::uint32_t slot) {
      received.held.insert(slot);
      marks.erase(slot);
    });
  }
  received.announced += walk.prefixes - walk.foreign;
  received.foreign += walk.foreign;
  return walk.sound;
}

template <bool kIpv6>
bool withdraw(Field field, Received& received) {
  const Walk walk = each<kIpv6>(field, [&](std::uint32_t slot) {
    received.held.erase(slot);
    received.marked.erase(slot);
  });
  received.foreign += walk.foreign;
  return walk.sound;
}

bool has_all(Field communities, const std::vector<std::uint32_t>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](std::uint32_t one) {
    for (std::size_t i = 0; i + 4 <= communities.length; i += 4) {
      if (read_u32(communities.at + i) == one) return true;
    }
    return false;
  });
}

bool read_attribute(std::uint8_t type, Field value, const Watch& watch, Received& received,
                    Seen& seen) {
  switch (type) {
    case 4:  // MULTI_EXIT_DISC
      if (watch.stamps && value.length == 4 && read_u32(value.at) >= kFirstStamp) {
        received.stamps.push_back(read_u32(value.at));
      }
      return true;
    case 8:  // COMMUNITIES
      seen.marked = !watch.communities.empty() && has_all(value, watch.communities);
      return true;
    case 14: {  // MP_REACH_NLRI: AFI, SAFI, length of next hop, next hop, reserved, prefixes
      if (value.length < 5 || value.length < 5U + value.at[3]) return false;
      const std::size_t before = 5U + value.at[3];
      if (read_u16(value.at) == 2) seen.mp_reach = {value.at + before, value.length - before};
      return true;
    }
    case 15:  // MP_UNREACH_NLRI
      if (value.length < 3) return false;
      if (read_u16(value.at) == 2) seen.mp_unreach = {value.at + 3, value.length - 3};
      return true;
    default:
      return true;
  }
}

bool read_attributes(Field all, const Watch& watch, Received& received, Seen& seen) {
  const std::uint8_t* at = all.at;
  const std::uint8_t* const end = at + all.length;
  while (end - at >= 3) {
    const bool extended = (at[0] & 0x10U) != 0;
    const std::size_t length = extended ? read_u16(at + 2) : at[2];
    const std::uint8_t type = at[1];
    at += extended ? 4 : 3;
    if (static_cast<std::size_t>(end - at) < length) return false;
    if (!read_attribute(type, {at, length}, watch, received, seen)) return false;
    at += length;
  }
  return at == end;
}

}  // namespace

bool count_update(const std::uint8_t* body, std::size_t length, const Watch& watch,
                  Received& received) {
  ++received.updates;
  if (length < 4) return false;
  const Field withdrawn{body + 2, read_u16(body)};
  if (withdrawn.length + 4 > length) return false;
  const std::uint8_t* const at = withdrawn.at + withdrawn.length;
  const Field attributes{at + 2, read_u16(at)};
  if (4 + withdrawn.length + attributes.length > length) return false;
  Seen seen;
  if (watch.needs_attributes() && !read_attributes(attributes, watch, received, seen)) return false;
  const Field announced{attributes.at + attributes.length,
                        length - 4 - withdrawn.length - attributes.length};
  return (withdrawn.length == 0 || withdraw<false>(withdrawn, received)) &&
         (seen.mp_unreach.length == 0 || withdraw<true>(seen.mp_unreach, received)) &&
         announce<false>(announced, seen.marked, received) &&
         (seen.mp_reach.length == 0 || announce<true>(seen.mp_reach, seen.marked, received));
}

}  // namespace tern::load
