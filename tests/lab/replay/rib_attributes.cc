// How it is done: the entry is rewritten as the UPDATE it came from, with its one prefix, and given
// to the decoder of the speaker. So there is one reading of attributes in this house.
#include "tests/lab/replay/rib_attributes.h"

#include <optional>
#include <vector>

#include "bgpd/wire/attributes.h"
#include "bgpd/wire/nlri.h"

namespace tern::mrt {
namespace {

using wire::Bytes;
using wire::Cursor;

constexpr auto kMpReach = static_cast<std::uint8_t>(wire::AttributeType::MpReachNlri);
constexpr auto kMpUnreach = static_cast<std::uint8_t>(wire::AttributeType::MpUnreachNlri);

// The next hop of either form of MP_REACH_NLRI. The whole one begins with an AFI, whose first octet
// is 0; the short one with a length that is not.
std::optional<Bytes> mp_next_hop(Bytes value) {
  Cursor cursor(value);
  if (!value.empty() && value.front() == std::byte{0}) (void)cursor.take(3);
  const Bytes next_hop = cursor.take(cursor.u8());
  return cursor.ok() ? std::optional(next_hop) : std::nullopt;
}

struct Split {
  std::vector<std::byte> attributes;  // without the MP ones
  std::optional<Bytes> mp_next_hop;
  bool has_next_hop = false;
};

std::optional<Split> split(Bytes list) {
  Split split;
  Cursor cursor(list);
  while (!cursor.at_end()) {
    const Bytes rest = cursor.rest();
    const std::uint8_t flags = cursor.u8();
    const std::uint8_t type = cursor.u8();
    const bool extended = (flags & wire::attribute_flag::kExtendedLength) != 0;
    const std::size_t length = extended ? cursor.u16() : cursor.u8();
    const Bytes value = cursor.take(length);
    if (!cursor.ok()) return std::nullopt;
    const Bytes whole = rest.first(rest.size() - cursor.remaining());
    if (type == kMpReach) {
      split.mp_next_hop = mp_next_hop(value);
      if (!split.mp_next_hop) return std::nullopt;
    } else if (type != kMpUnreach) {
      if (type == static_cast<std::uint8_t>(wire::AttributeType::NextHop)) {
        split.has_next_hop = true;
      }
      split.attributes.insert(split.attributes.end(), whole.begin(), whole.end());
    }
  }
  return split;
}

std::vector<std::byte> mp_reach(Bytes next_hop, const Prefix& prefix) {
  std::vector<std::byte> attribute;
  wire::Writer writer(attribute);
  writer.u8(wire::attribute_flag::kOptional | wire::attribute_flag::kExtendedLength);
  writer.u8(kMpReach);
  const Nlri nlri = unicast(prefix);
  const AfiSafi family = afi_safi(nlri.family);
  writer.u16(static_cast<std::uint16_t>(5 + next_hop.size() + wire::nlri_size(nlri, false)));
  writer.u16(family.afi);
  writer.u8(family.safi);
  writer.u8(static_cast<std::uint8_t>(next_hop.size()));
  writer.bytes(next_hop);
  writer.u8(0);  // reserved
  wire::encode_nlri(nlri, false, writer);
  return attribute;
}

// Length of the withdrawn routes, length of the attributes, attributes, prefixes.
std::vector<std::byte> update_body(const Split& parts, const Prefix& prefix) {
  std::vector<std::byte> reach;
  const bool classic = prefix.address().is_v4() && parts.has_next_hop;
  if (!classic && parts.mp_next_hop) reach = mp_reach(*parts.mp_next_hop, prefix);
  std::vector<std::byte> body;
  wire::Writer writer(body);
  writer.u16(0);
  writer.u16(static_cast<std::uint16_t>(reach.size() + parts.attributes.size()));
  writer.bytes(reach);
  writer.bytes(parts.attributes);
  if (reach.empty() && prefix.address().is_v4()) {
    wire::encode_nlri(unicast(prefix), false, writer);
  }
  return body;
}

}  // namespace

Result<PathAttributes, Error> decode_rib_attributes(Bytes attributes, bool four_octet_as,
                                                    const Prefix& prefix) {
  if (attributes.empty()) return Error{"no attributes"};
  const auto parts = split(attributes);
  if (!parts) return Error{"attributes reach past the entry"};
  wire::UpdateContext context;
  context.four_octet_as = four_octet_as;
  context.reject_as_sets = false;
  context.families = {Family::Ipv4Unicast, Family::Ipv6Unicast};
  context.extended_next_hop = context.families;
  wire::UpdateMessage update;
  const auto reset = wire::decode_update(update_body(*parts, prefix), context, update);
  if (reset || update.treatment >= wire::Treatment::TreatAsWithdraw) {
    for (const wire::AttributeFault& fault : update.faults) {
      if (fault.treatment < wire::Treatment::TreatAsWithdraw) continue;
      return Error{wire::field_name(fault) + ": " + fault.what};
    }
  }
  if (update.has_mp_reach) {
    update.attributes.next_hop = update.mp_reach.next_hop;
  } else if (!update.has_next_hop) {
    return Error{"no next hop"};
  }
  return std::move(update.attributes);
}

}  // namespace tern::mrt
