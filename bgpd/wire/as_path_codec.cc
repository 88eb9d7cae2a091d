#include "bgpd/wire/as_path_codec.h"

#include <algorithm>
#include <iterator>
#include <type_traits>

namespace tern::wire {
namespace {

using Type = AsSegment::Type;

constexpr std::size_t kMaxSegment = 255;  // the count is one octet
constexpr Asn kMaxTwoOctet = 0xFFFF;

bool is_confederation(Type type) { return type == Type::ConfedSequence || type == Type::ConfedSet; }
bool is_set(Type type) { return type == Type::Set || type == Type::ConfedSet; }

// Reads octets.size() / width AS numbers; true when one of them is AS 0.
template <std::size_t kWidth>
bool read_asns(Bytes octets, std::vector<Asn>& asns) {
  using Number = std::conditional_t<kWidth == 4, std::uint32_t, std::uint16_t>;
  asns.resize(octets.size() / kWidth);
  const std::byte* at = octets.data();
  bool zero = false;
  for (Asn& asn : asns) {
    asn = load<Number>(at);
    at += kWidth;
    zero |= asn == kAsZero;
  }
  return zero;
}

void write_asns(std::span<const Asn> asns, AsWidth width, RawWriter& writer) {
  RawWriter numbers = writer;  // a copy, which no octet written can alias
  if (width == AsWidth::Four) {
    for (const Asn asn : asns) numbers.u32(asn);
  } else {
    for (const Asn asn : asns) {
      numbers.u16(static_cast<std::uint16_t>(asn > kMaxTwoOctet ? kAsTrans : asn));
    }
  }
  writer = numbers;
}

void write_segment(const AsSegment& segment, AsWidth width, RawWriter& writer) {
  std::span<const Asn> rest(segment.asns);
  while (!rest.empty()) {
    const std::span<const Asn> part = rest.first(std::min(rest.size(), kMaxSegment));
    writer.u8(static_cast<std::uint8_t>(segment.type));
    writer.u8(static_cast<std::uint8_t>(part.size()));
    write_asns(part, width, writer);
    rest = rest.subspan(part.size());
  }
}

// The leading segments of `path` that hold `count` AS numbers, an AS_SET counting one. A
// confederation segment counts nothing and comes along when it leads or follows a segment taken.
std::vector<AsSegment> leading(const AsPath& path, std::uint32_t count) {
  std::vector<AsSegment> taken;
  for (const AsSegment& segment : path.segments()) {
    if (is_confederation(segment.type)) {
      taken.push_back(segment);
    } else if (count == 0) {
      break;
    } else if (segment.type == Type::Set) {
      taken.push_back(segment);
      --count;
    } else if (segment.asns.size() <= count) {
      taken.push_back(segment);
      count -= static_cast<std::uint32_t>(segment.asns.size());
    } else {
      taken.push_back({segment.type, {segment.asns.begin(), segment.asns.begin() + count}});
      break;
    }
  }
  return taken;
}

}  // namespace

AsPathTraits decode_as_path(Bytes value, AsWidth width, std::vector<AsSegment>& segments) {
  AsPathTraits traits;
  std::size_t used = 0;
  Cursor cursor(value);
  while (!cursor.at_end()) {
    const std::uint8_t number = cursor.u8();
    const std::size_t count = cursor.u8();
    if (!cursor.ok()) {
      traits.fault = AsPathFault::Length;
      return traits;
    }
    if (number < 1 || number > 4) {
      traits.fault = AsPathFault::SegmentType;
      return traits;
    }
    if (count == 0) {
      traits.fault = AsPathFault::EmptySegment;
      return traits;
    }
    const Bytes octets = cursor.take(count * static_cast<std::size_t>(width));
    if (!cursor.ok()) {
      traits.fault = AsPathFault::Length;
      return traits;
    }
    if (used == segments.size()) segments.emplace_back();
    AsSegment& segment = segments[used++];
    segment.type = static_cast<Type>(number);
    traits.has_zero |= width == AsWidth::Four ? read_asns<4>(octets, segment.asns)
                                              : read_asns<2>(octets, segment.asns);
    traits.has_set |= is_set(segment.type);
    traits.has_confederation |= is_confederation(segment.type);
  }
  segments.resize(used);
  return traits;
}

void encode_as_path(const AsPath& path, AsWidth width, RawWriter& writer) {
  for (const AsSegment& segment : path.segments()) write_segment(segment, width, writer);
}

bool needs_as4_path(const AsPath& path) {
  const auto& segments = path.segments();
  return std::any_of(segments.begin(), segments.end(), [](const AsSegment& segment) {
    return !is_confederation(segment.type) &&
           std::any_of(segment.asns.begin(), segment.asns.end(),
                       [](Asn asn) { return asn > kMaxTwoOctet; });
  });
}

void encode_as4_path(const AsPath& path, RawWriter& writer) {
  for (const AsSegment& segment : path.segments()) {
    if (!is_confederation(segment.type)) write_segment(segment, AsWidth::Four, writer);
  }
}

void merge_as4_path(AsPath& path, const AsPath& as4_path) {
  const std::uint32_t length = path.length();
  const std::uint32_t as4_length = as4_path.length();
  if (length < as4_length) return;

  std::vector<AsSegment> merged = leading(path, length - as4_length);
  auto rest = as4_path.segments().begin();
  // What was one AS_SEQUENCE before the old speaker split it between two attributes is one again.
  if (rest != as4_path.segments().end() && !merged.empty() &&
      merged.back().type == Type::Sequence && rest->type == Type::Sequence &&
      merged.back().asns.size() + rest->asns.size() <= kMaxSegment) {
    merged.back().asns.insert(merged.back().asns.end(), rest->asns.begin(), rest->asns.end());
    ++rest;
  }
  merged.insert(merged.end(), rest, as4_path.segments().end());
  path.mutable_segments() = std::move(merged);
}

}  // namespace tern::wire
