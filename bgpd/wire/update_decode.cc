// How an UPDATE is read.
//
// The two fields of prefixes come first, for RFC 7606 section 3 j: only when every prefix of the
// message is known can a faulty attribute be answered by withdrawing them. Then each attribute goes
// through its table row; a fault is noted with its treatment and reading goes on, because a later
// one may ask for more. At the end stand the rules that need the whole: the AS4 merge, missing
// mandatory attributes, and section 5.2, which makes a withdraw of nothing a session reset.
#include <algorithm>
#include <bitset>

#include "bgpd/wire/as_path_codec.h"
#include "bgpd/wire/attribute_decode.h"
#include "bgpd/wire/attributes.h"
#include "bgpd/wire/nlri.h"
#include "bgpd/wire/update.h"

namespace tern::wire {
namespace {

struct Fields {
  Bytes withdrawn;
  Bytes attributes;
  Bytes announced;
};

// One attribute of the list, cut but not yet understood.
struct RawAttribute {
  std::uint8_t flags = 0;
  std::uint8_t type = 0;
  Bytes value;
  Bytes whole;  // from the flags on: the data of a NOTIFICATION
};

class UpdateDecoder {
 public:
  UpdateDecoder(const UpdateContext& context, UpdateMessage& out)
      : context_(context), out_(out), decoding_{context, out.attributes, &out} {}

  std::optional<Notification> decode(Bytes body);

 private:
  std::optional<Notification> decode_attributes(Bytes list);
  std::optional<Notification> decode_attribute(const RawAttribute& attribute);
  std::optional<Notification> decode_known(const AttributeRow& row, const RawAttribute& attribute);
  void decode_unknown(const RawAttribute& attribute);
  std::optional<Notification> truncated(std::uint8_t type, Bytes rest);

  void skip_unspoken_families();
  void merge_as4();
  void ignore_next_hop_of_mp_reach();
  void require_mandatory();
  void find_end_of_rib(std::size_t body_size);
  std::optional<Notification> judge();

  std::optional<Notification> fault(const AttributeFault& fault, Bytes whole);
  void discard(std::uint8_t type, std::uint8_t subcode, const char* what,
               Reason reason = Reason::AttributeError) {
    out_.faults.push_back({type, subcode, Treatment::AttributeDiscard, what, reason});
  }

  const UpdateContext& context_;
  UpdateMessage& out_;
  Decoding decoding_;
  std::bitset<256> seen_;
  bool other_than_mp_unreach_ = false;
  Bytes first_withdraw_;  // the attribute whose fault was the first to withdraw
};

// RFC 4271 section 6.3: the data of an attribute's fault is the attribute.
Notification update_notification(std::uint8_t subcode, Bytes data) {
  return {ErrorCode::UpdateMessage, subcode, {data.begin(), data.end()}};
}

void clear(UpdateMessage& message) {
  message.withdrawn.clear();
  message.announced.clear();
  message.has_mp_reach = false;
  message.mp_reach.next_hop = {};
  message.mp_reach.prefixes.clear();
  message.has_mp_unreach = false;
  message.mp_unreach.prefixes.clear();
  clear_values(message.attributes);
  message.has_next_hop = false;
  message.faults.clear();
  message.treatment = Treatment::None;
  message.end_of_rib.reset();
}

// RFC 4271 section 4.3. Nothing when the lengths do not fit the message.
std::optional<Fields> split(Bytes body) {
  Cursor cursor(body);
  Fields fields;
  fields.withdrawn = cursor.take(cursor.u16());
  fields.attributes = cursor.take(cursor.u16());
  fields.announced = cursor.rest();
  if (!cursor.ok()) return std::nullopt;
  return fields;
}

// The field that made split() fail.
UpdateField field_past_end(Bytes body) {
  Cursor cursor(body);
  cursor.take(cursor.u16());
  return cursor.ok() ? UpdateField::PathAttributes : UpdateField::WithdrawnRoutes;
}

// A fault in the message's own fields resets the session, because the prefixes of the message are
// in doubt (RFC 7606 section 3 j).
AttributeFault field_fault(UpdateField field, std::uint8_t subcode, const char* what) {
  return {0, subcode, Treatment::SessionReset, what, Reason::AttributeError, field};
}

bool is_mp(std::uint8_t type) {
  const auto attribute = static_cast<AttributeType>(type);
  return attribute == AttributeType::MpReachNlri || attribute == AttributeType::MpUnreachNlri;
}

bool is_for(Sessions sessions, const UpdateContext& context) {
  switch (sessions) {
    case Sessions::All:
      return true;
    case Sessions::Ibgp:
      return context.ibgp;
    case Sessions::TwoOctetAs:
      return !context.four_octet_as;
    case Sessions::AigpEnabled:
      return context.aigp;
  }
  return false;
}

std::optional<Notification> UpdateDecoder::decode(Bytes body) {
  clear(out_);
  const auto fields = split(body);
  if (!fields) {
    return fault(field_fault(field_past_end(body), update_error::kMalformedAttributeList,
                             "field reaches past the message"),
                 {});
  }
  const bool add_path = context_.add_path.contains(kClassicFamily);
  const auto malformed = [&](UpdateField field) {
    return fault(field_fault(field, update_error::kInvalidNetworkField, "malformed prefix"), {});
  };
  if (!decode_nlri(fields->withdrawn, kClassicFamily, add_path, out_.withdrawn)) {
    return malformed(UpdateField::WithdrawnRoutes);
  }
  if (!decode_nlri(fields->announced, kClassicFamily, add_path, out_.announced)) {
    return malformed(UpdateField::Nlri);
  }
  if (auto reset = decode_attributes(fields->attributes)) return reset;
  if (!decoding_.has_as_path) out_.attributes.as_path.mutable_segments().clear();

  skip_unspoken_families();
  merge_as4();
  ignore_next_hop_of_mp_reach();
  require_mandatory();
  out_.attributes.normalise();
  find_end_of_rib(body.size());
  return judge();
}

std::optional<Notification> UpdateDecoder::decode_attributes(Bytes list) {
  Cursor cursor(list);
  while (!cursor.at_end()) {
    const Bytes rest = cursor.rest();
    RawAttribute attribute;
    attribute.flags = cursor.u8();
    attribute.type = cursor.u8();
    const bool extended = (attribute.flags & attribute_flag::kExtendedLength) != 0;
    const std::size_t length = extended ? cursor.u16() : cursor.u8();
    attribute.value = cursor.take(length);
    // RFC 7606 section 4: the total length stands; what it cuts off is lost.
    if (!cursor.ok()) return truncated(attribute.type, rest);
    attribute.whole = rest.first(rest.size() - cursor.remaining());
    if (auto reset = decode_attribute(attribute)) return reset;
  }
  return std::nullopt;
}

// RFC 7606 section 4. With an MP attribute cut off, its prefixes are lost too (section 3 j).
std::optional<Notification> UpdateDecoder::truncated(std::uint8_t type, Bytes rest) {
  other_than_mp_unreach_ = true;
  const Treatment treatment = is_mp(type) ? Treatment::SessionReset : Treatment::TreatAsWithdraw;
  const std::uint8_t subcode =
      is_mp(type) ? update_error::kOptionalAttribute : update_error::kLength;
  return fault({type, subcode, treatment, "attribute reaches past the attribute list"}, rest);
}

std::optional<Notification> UpdateDecoder::decode_attribute(const RawAttribute& attribute) {
  const std::uint8_t type = attribute.type;
  if (static_cast<AttributeType>(type) != AttributeType::MpUnreachNlri) {
    other_than_mp_unreach_ = true;
  }
  if (seen_.test(type)) {  // RFC 7606 section 3 g
    if (is_mp(type)) {
      return fault({type, update_error::kMalformedAttributeList, Treatment::SessionReset,
                    "attribute appears twice"},
                   {});
    }
    discard(type, update_error::kMalformedAttributeList, "attribute appears twice");
    return std::nullopt;
  }
  seen_.set(type);
  if (const AttributeRow* row = attribute_row(type)) return decode_known(*row, attribute);
  // RFC 7606 has no word on unrecognised well-known attributes. All well-known ones have a row, so
  // what this peer calls one is by its registration optional: the flags conflict with their
  // specified value, which section 3 c answers with treat-as-withdraw.
  if ((attribute.flags & attribute_flag::kOptional) == 0) {
    return fault({type, update_error::kUnrecognisedWellKnown, Treatment::TreatAsWithdraw,
                  "unrecognised attribute with the flags of a well-known one"},
                 attribute.whole);
  }
  decode_unknown(attribute);
  return std::nullopt;
}

std::optional<Notification> UpdateDecoder::decode_known(const AttributeRow& row,
                                                        const RawAttribute& attribute) {
  if (!is_for(row.sessions, context_)) {
    discard(attribute.type, update_error::kOptionalAttribute,
            "attribute is not for this kind of session");
    return std::nullopt;
  }
  constexpr unsigned kCategory = attribute_flag::kOptional | attribute_flag::kTransitive;
  if ((attribute.flags & kCategory) != row.flags) {
    return fault({attribute.type, update_error::kFlags, row.wrong_flags,
                  "attribute flags are not those of the attribute"},
                 attribute.whole);
  }
  if (!row.length.allows(attribute.value.size())) {
    return fault({attribute.type, update_error::kLength, row.malformed,
                  "attribute length is not one the attribute can have"},
                 attribute.whole);
  }
  const ValueFault found = row.decode(attribute.value, decoding_);
  if (found.sound()) return std::nullopt;
  return fault({attribute.type, found.subcode, row.malformed, found.what, found.reason},
               attribute.whole);
}

// RFC 4271 section 9: unrecognised transitive attributes are passed on with Partial set, others
// "quietly ignored".
void UpdateDecoder::decode_unknown(const RawAttribute& attribute) {
  if ((attribute.flags & attribute_flag::kTransitive) == 0) return;
  UnknownAttribute unknown;
  // The length octets and the unused bits are no part of the attribute.
  unknown.flags =
      attribute_flag::kOptional | attribute_flag::kTransitive | attribute_flag::kPartial;
  unknown.type = attribute.type;
  unknown.value.assign(attribute.value.begin(), attribute.value.end());
  out_.attributes.unknown.push_back(std::move(unknown));
}

// What the session did not negotiate is skipped, in the message's own fields as in MP attributes.
void UpdateDecoder::skip_unspoken_families() {
  const auto skipped = [&](AttributeType type) {
    discard(static_cast<std::uint8_t>(type), update_error::kOptionalAttribute,
            "routes of a family that was not negotiated");
  };
  if (decoding_.skipped_mp_reach) skipped(AttributeType::MpReachNlri);
  if (decoding_.skipped_mp_unreach) skipped(AttributeType::MpUnreachNlri);
  if (context_.families.contains(kClassicFamily)) return;
  if (out_.announced.empty() && out_.withdrawn.empty()) return;
  if (!out_.announced.empty()) decoding_.skipped_mp_reach = true;
  AttributeFault unspoken{0, update_error::kInvalidNetworkField, Treatment::AttributeDiscard,
                          "IPv4 routes, which were not negotiated"};
  unspoken.field = out_.announced.empty() ? UpdateField::WithdrawnRoutes : UpdateField::Nlri;
  out_.faults.push_back(unspoken);
  out_.announced.clear();
  out_.withdrawn.clear();
}

// RFC 6793 section 4.2.3 and section 6.
void UpdateDecoder::merge_as4() {
  PathAttributes& attributes = out_.attributes;
  if (decoding_.as4_aggregator) {
    const bool stands_in = attributes.aggregator && attributes.aggregator->asn == kAsTrans;
    if (attributes.aggregator && !stands_in) {
      // An old speaker aggregated after a new one: both AS4 attributes are of the past.
      discard(static_cast<std::uint8_t>(AttributeType::As4Aggregator),
              update_error::kOptionalAttribute, "AGGREGATOR is newer than AS4_AGGREGATOR");
      return;
    }
    if (stands_in) attributes.aggregator = decoding_.as4_aggregator;
  }
  if (decoding_.as4_path.empty() || !decoding_.has_as_path) return;

  constexpr auto kType = static_cast<std::uint8_t>(AttributeType::As4Path);
  std::vector<AsSegment> segments;
  const AsPathTraits traits = decode_as_path(decoding_.as4_path, AsWidth::Four, segments);
  if (traits.fault != AsPathFault::None || traits.has_zero) {
    discard(kType, update_error::kMalformedAsPath, "malformed AS4_PATH",
            traits.has_zero ? Reason::AsZero : Reason::AttributeError);
    return;
  }
  // Section 6: confederation segments do not belong here; they go and the rest stays.
  segments.erase(std::remove_if(segments.begin(), segments.end(),
                                [](const AsSegment& segment) {
                                  return segment.type == AsSegment::Type::ConfedSequence ||
                                         segment.type == AsSegment::Type::ConfedSet;
                                }),
                 segments.end());
  if (segments.empty()) return;
  merge_as4_path(attributes.as_path, AsPath(std::move(segments)));
  if (context_.reject_as_sets && attributes.as_path.has_set()) {
    fault({kType, update_error::kMalformedAsPath, Treatment::TreatAsWithdraw, "AS_SET in the path",
           Reason::AsSet},
          {});
  }
}

// RFC 4760 section 3: NEXT_HOP beside MP_REACH_NLRI alone is ignored, and so are its faults.
void UpdateDecoder::ignore_next_hop_of_mp_reach() {
  const bool mp_reach = out_.has_mp_reach || decoding_.skipped_mp_reach;
  if (!out_.announced.empty() || !mp_reach) return;
  out_.has_next_hop = false;
  out_.attributes.next_hop = {};
  for (AttributeFault& fault : out_.faults) {
    if (fault.type == static_cast<std::uint8_t>(AttributeType::NextHop)) {
      fault.treatment = Treatment::AttributeDiscard;
    }
  }
}

// RFC 7606 section 3 d. An attribute that is there but malformed has its own fault already.
void UpdateDecoder::require_mandatory() {
  const auto require = [&](AttributeType type) {
    const auto number = static_cast<std::uint8_t>(type);
    if (seen_.test(number)) return;
    out_.faults.push_back({number, update_error::kMissingWellKnown, Treatment::TreatAsWithdraw,
                           "mandatory attribute is missing"});
  };
  if (out_.announced.empty() && out_.mp_reach.prefixes.empty()) return;
  require(AttributeType::Origin);
  require(AttributeType::AsPath);
  if (!out_.announced.empty()) require(AttributeType::NextHop);
  if (context_.ibgp) require(AttributeType::LocalPref);  // RFC 4271 section 5.1.5
}

// RFC 4724 section 2: an empty UPDATE for IPv4 unicast, else a lone MP_UNREACH_NLRI without routes.
void UpdateDecoder::find_end_of_rib(std::size_t body_size) {
  constexpr std::size_t kEmptyUpdate = 4;  // two lengths, both zero
  if (body_size == kEmptyUpdate && context_.families.contains(kClassicFamily)) {
    out_.end_of_rib = kClassicFamily;
  } else if (out_.has_mp_unreach && out_.mp_unreach.prefixes.empty() && !other_than_mp_unreach_ &&
             out_.withdrawn.empty() && out_.announced.empty()) {
    out_.end_of_rib = out_.mp_unreach.family;
  }
}

// RFC 7606 section 3 h: the strongest treatment wins. Section 5.2: with attributes but no reachable
// prefix we cannot be sure to have found what should be withdrawn.
std::optional<Notification> UpdateDecoder::judge() {
  for (const AttributeFault& fault : out_.faults) {
    out_.treatment = std::max(out_.treatment, fault.treatment);
  }
  const bool reachable =
      !out_.announced.empty() || !out_.mp_reach.prefixes.empty() || decoding_.skipped_mp_reach;
  if (out_.treatment < Treatment::TreatAsWithdraw || reachable) return std::nullopt;
  out_.treatment = Treatment::SessionReset;
  const auto first = std::find_if(
      out_.faults.begin(), out_.faults.end(),
      [](const AttributeFault& fault) { return fault.treatment == Treatment::TreatAsWithdraw; });
  return update_notification(first->subcode, first_withdraw_);
}

std::optional<Notification> UpdateDecoder::fault(const AttributeFault& fault, Bytes whole) {
  out_.faults.push_back(fault);
  if (fault.treatment == Treatment::SessionReset) {
    out_.treatment = Treatment::SessionReset;
    return update_notification(fault.subcode, whole);
  }
  if (fault.treatment == Treatment::TreatAsWithdraw && first_withdraw_.empty()) {
    first_withdraw_ = whole;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Notification> decode_update(Bytes body, const UpdateContext& context,
                                          UpdateMessage& out) {
  return UpdateDecoder(context, out).decode(body);
}

}  // namespace tern::wire
