// UPDATE (RFC 4271 section 4.3, RFC 4760): decoding with the treatments of RFC 7606, encoding.
//
// Decoding is structural and says every fault with its treatment; whether a sound route is wanted
// is the import pipeline's question. Encoding packs prefixes that share attributes into as few
// messages as the size limit allows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/wire/cursor.h"
#include "bgpd/wire/notification.h"
#include "rib/types/family.h"
#include "rib/types/path_attributes.h"
#include "rib/types/prefix.h"
#include "rib/types/reason.h"

namespace tern::wire {

enum class AttributeType : std::uint8_t {
  Origin = 1,
  AsPath = 2,
  NextHop = 3,
  MultiExitDisc = 4,
  LocalPref = 5,
  AtomicAggregate = 6,
  Aggregator = 7,
  Communities = 8,               // RFC 1997
  OriginatorId = 9,              // RFC 4456
  ClusterList = 10,              // RFC 4456
  MpReachNlri = 14,              // RFC 4760
  MpUnreachNlri = 15,            // RFC 4760
  ExtendedCommunities = 16,      // RFC 4360
  As4Path = 17,                  // RFC 6793
  As4Aggregator = 18,            // RFC 6793
  Ipv6ExtendedCommunities = 25,  // RFC 5701
  Aigp = 26,                     // RFC 7311
  LargeCommunities = 32,         // RFC 8092
  OnlyToCustomer = 35,           // RFC 9234
};

[[nodiscard]] std::string attribute_name(std::uint8_t type);

// RFC 7606 section 2, weakest first: the strongest of an UPDATE's faults applies to it.
enum class Treatment : std::uint8_t {
  None = 0,
  AttributeDiscard = 1,
  TreatAsWithdraw = 2,
  SessionReset = 3
};
[[nodiscard]] std::string_view to_string(Treatment treatment);

// The part of an UPDATE that a fault is in.
enum class UpdateField : std::uint8_t { Attribute, PathAttributes, WithdrawnRoutes, Nlri };

struct AttributeFault {
  std::uint8_t type = 0;     // attribute type code; 0 unless `field` is Attribute
  std::uint8_t subcode = 0;  // update_error::*
  Treatment treatment = Treatment::None;
  const char* what = "";  // a sentence without a period; static storage
  // AttributeError, or the more telling AsSet, AsZero, ConfederationSegment.
  Reason reason = Reason::AttributeError;
  UpdateField field = UpdateField::Attribute;
};
// The place of the fault: "ORIGIN (attribute 1)", "attribute 99", "withdrawn routes", "NLRI".
[[nodiscard]] std::string field_name(const AttributeFault& fault);

// What the session negotiated and was configured to, as far as an UPDATE's bytes depend on it.
struct UpdateContext {
  bool four_octet_as = true;
  bool ibgp = false;           // LOCAL_PREF, ORIGINATOR_ID, CLUSTER_LIST are for iBGP only
  bool aigp = false;           // session configured for AIGP (RFC 7311 section 3.4)
  bool reject_as_sets = true;  // RFC 9774: treat-as-withdraw
  FamilySet families{kClassicFamily};
  FamilySet add_path;           // families whose NLRI carry a path id in this direction
  FamilySet extended_next_hop;  // families whose next hop may be IPv6 (RFC 8950)
};

// One UPDATE. Reused between messages: decode_update clears it and keeps its capacity.
struct UpdateMessage {
  struct Reach {
    Family family{};
    NextHop next_hop;
    std::vector<Nlri> prefixes;
  };
  struct Unreach {
    Family family{};
    std::vector<Nlri> prefixes;
  };

  std::vector<Nlri> withdrawn;  // the IPv4 fields of the message itself
  std::vector<Nlri> announced;
  bool has_mp_reach = false;  // for a family the session negotiated; others are skipped
  Reach mp_reach;
  bool has_mp_unreach = false;
  Unreach mp_unreach;

  // Of `announced` and `mp_reach`. AS4_PATH and AS4_AGGREGATOR are already merged (RFC 6793 section
  // 4.2.3). attributes.next_hop is NEXT_HOP, for `announced`; mp_reach has its own.
  PathAttributes attributes;
  bool has_next_hop = false;

  std::vector<AttributeFault> faults;
  Treatment treatment = Treatment::None;  // the strongest of faults

  // RFC 4724 section 2: the End-of-RIB marker of a family.
  std::optional<Family> end_of_rib;
};

// Decodes the body of an UPDATE. A returned NOTIFICATION is the session reset of RFC 7606; `out` is
// then meaningless but for its faults. With TreatAsWithdraw the prefixes in announced and mp_reach
// are to be withdrawn.
[[nodiscard]] std::optional<Notification> decode_update(Bytes body, const UpdateContext& context,
                                                        UpdateMessage& out);

// What an encoding depends on: peers alike in this get identical bytes.
struct Encoding {
  bool four_octet_as = true;
  bool add_path = false;  // of the family being encoded
  std::size_t max_message = 4096;
  friend bool operator==(const Encoding&, const Encoding&) = default;
};

// Appends UPDATE messages that announce `prefixes` (all of one family) with `attributes`, the next
// hop included; MP_REACH_NLRI is used for IPv6 and for IPv4 with an IPv6 next hop. Returns the
// number of messages; 0, and nothing appended, when the attributes leave no room for the longest of
// the prefixes (RFC 4271 section 9.2, RFC 8654 section 4) or an IPv6 prefix has an IPv4 next hop:
// the caller withdraws instead.
std::size_t encode_announcements(const PathAttributes& attributes, std::span<const Nlri> prefixes,
                                 const Encoding& encoding, std::vector<std::byte>& out);

// Appends UPDATE messages that withdraw `prefixes` (all of one family). Returns their number.
// Requires max_message of at least 64, the smallest that holds any one prefix.
std::size_t encode_withdrawals(std::span<const Nlri> prefixes, const Encoding& encoding,
                               std::vector<std::byte>& out);

void encode_end_of_rib(Family family, std::vector<std::byte>& out);

}  // namespace tern::wire
