// AS_PATH (RFC 4271 section 5.1.2; RFC 5065 for the confederation segments that we only recognize).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rib/types/asn.h"

namespace tern {

struct AsSegment {
  enum class Type : std::uint8_t { Set = 1, Sequence = 2, ConfedSequence = 3, ConfedSet = 4 };

  Type type = Type::Sequence;
  std::vector<Asn> asns;  // 1..255 on the wire

  friend bool operator==(const AsSegment&, const AsSegment&) = default;
};

class AsPath {
 public:
  AsPath() = default;
  explicit AsPath(std::vector<AsSegment> segments) : segments_(std::move(segments)) {}
  // One AS_SEQUENCE (none when empty, several where 255 would be passed).
  [[nodiscard]] static AsPath sequence(std::vector<Asn> asns);
  // "65001 64999 {65010 65011}", the form of to_string(); confederation segments stand in () and
  // [sets]. Text does not show where one AS_SEQUENCE ends and the next begins: it reads as segments
  // of 255, the first one taking the rest.
  [[nodiscard]] static std::optional<AsPath> parse(std::string_view text);

  [[nodiscard]] const std::vector<AsSegment>& segments() const { return segments_; }
  // For the codec, which refills a path in place and so keeps its memory.
  [[nodiscard]] std::vector<AsSegment>& mutable_segments() { return segments_; }
  [[nodiscard]] bool empty() const { return segments_.empty(); }

  // RFC 4271 section 9.1.2.2 a: an AS_SET counts one; confederation segments count nothing
  // (RFC 5065 section 5.3).
  [[nodiscard]] std::uint32_t length() const;
  // The AS that the path came from: the first of a leading AS_SEQUENCE.
  [[nodiscard]] std::optional<Asn> neighbour() const;
  // The AS that originated the prefix: the last of a closing AS_SEQUENCE; nothing for an AS_SET.
  [[nodiscard]] std::optional<Asn> origin() const;
  [[nodiscard]] bool contains(Asn asn) const;
  [[nodiscard]] std::uint32_t count(Asn asn) const;
  [[nodiscard]] bool has_set() const;
  [[nodiscard]] bool has_confederation_segment() const;

  // Puts asn in front `times` times, and opens a new AS_SEQUENCE where one would exceed 255 ASes
  // (RFC 4271 section 5.1.2 b).
  void prepend(Asn asn, std::uint32_t times = 1);
  // Removes asn from the front of a leading AS_SEQUENCE, as often as it stands there.
  void drop_leading(Asn asn);

  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const AsPath&, const AsPath&) = default;

 private:
  std::vector<AsSegment> segments_;
};

}  // namespace tern
