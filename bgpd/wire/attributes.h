// The path attributes Tern knows, one row each: what the RFCs say about an attribute is said in its
// row of attributes.cc and nowhere else. Decoding and encoding walk these rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "bgpd/wire/cursor.h"
#include "bgpd/wire/update.h"

namespace tern::wire {

namespace attribute_flag {  // RFC 4271 section 4.3
inline constexpr std::uint8_t kOptional = 0x80, kTransitive = 0x40, kPartial = 0x20,
                              kExtendedLength = 0x10;
}

// The attribute lengths that are not a syntax error (RFC 7606 sections 4 and 7).
struct LengthRule {
  enum class Kind : std::uint8_t { Exactly, NonZeroMultipleOf, AtLeast };
  Kind kind = Kind::AtLeast;
  std::uint8_t octets = 0;

  [[nodiscard]] constexpr bool allows(std::size_t length) const {
    switch (kind) {
      case Kind::Exactly:
        return length == octets;
      case Kind::NonZeroMultipleOf:
        return length != 0 && length % octets == 0;
      case Kind::AtLeast:
        return length >= octets;
    }
    return false;
  }
};

// The sessions an attribute is for; on others it is discarded unread.
enum class Sessions : std::uint8_t {
  All,
  Ibgp,         // RFC 7606 sections 7.5, 7.9, 7.10
  TwoOctetAs,   // RFC 6793 section 4.1: new speakers do not send AS4_* to each other
  AigpEnabled,  // RFC 7311 section 3.4
};

// What is wrong with an attribute's value; what == nullptr is a sound one.
struct ValueFault {
  const char* what = nullptr;
  std::uint8_t subcode = 0;
  Reason reason = Reason::AttributeError;
  [[nodiscard]] bool sound() const { return what == nullptr; }
};

// One UPDATE while its attributes are read, or the octets of a set (attribute_set.h).
struct Decoding {
  const UpdateContext& context;
  PathAttributes& attributes;
  UpdateMessage* message = nullptr;  // none of a set, which has neither NEXT_HOP nor MP attributes
  bool has_as_path = false;
  bool has_origin = false;
  bool skipped_mp_reach = false;               // MP_REACH_NLRI of a family we do not speak
  bool skipped_mp_unreach = false;             // likewise
  Bytes as4_path{};                            // merged when all attributes are known
  std::optional<Aggregator> as4_aggregator{};  // likewise
};

// What the bytes of an attribute depend on.
struct AttributeEncoding {
  bool four_octet_as = true;
  bool next_hop = false;  // write NEXT_HOP: the prefixes follow in the message's own field
};

struct AttributeRow {
  AttributeType type{};
  const char* name = "";
  std::uint8_t flags = 0;  // Optional and Transitive as the RFC has them; Partial is free
  LengthRule length;
  Sessions sessions = Sessions::All;
  Treatment malformed = Treatment::TreatAsWithdraw;
  Treatment wrong_flags = Treatment::TreatAsWithdraw;  // RFC 7606 section 3 c
  ValueFault (*decode)(Bytes value, Decoding& decoding) = nullptr;
  // Writes the value; false when the set has no such attribute. nullptr: not a part of the set.
  bool (*encode)(const PathAttributes& attributes, const AttributeEncoding& encoding,
                 RawWriter& value) = nullptr;
  // The most octets that encode() writes for a set. nullptr: `length` is exact and is the number.
  std::size_t (*most)(const PathAttributes& attributes,
                      const AttributeEncoding& encoding) = nullptr;

  [[nodiscard]] constexpr std::size_t most_octets(const PathAttributes& attributes,
                                                  const AttributeEncoding& encoding) const {
    return most == nullptr ? length.octets : most(attributes, encoding);
  }
};

// In ascending order of type.
[[nodiscard]] std::span<const AttributeRow> attribute_rows();
// The most octets that all rows write for a set, headers of four octets included.
[[nodiscard]] std::size_t most_octets(const PathAttributes& attributes,
                                      const AttributeEncoding& encoding);
// nullptr for a type without a row.
[[nodiscard]] const AttributeRow* attribute_row(std::uint8_t type);

}  // namespace tern::wire
