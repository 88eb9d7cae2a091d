#include "bgpd/baseline/kept_records.h"

#include <array>
#include <cstring>
#include <type_traits>

namespace tern::baseline {
namespace {

constexpr std::string_view kMagic = "TERN-BASELINE\n";
constexpr std::uint16_t kVersion = 1;
constexpr std::size_t kCountOctets = 4;
constexpr std::uint8_t kV4 = 4;
constexpr std::uint8_t kV6 = 6;
constexpr std::size_t kAddressOctets = 16;
constexpr std::uint8_t kKeptFlags = Record::kManyOrigins | Record::kManyUpstreams | Record::kApart;

static_assert(kHeadOctets == kMagic.size() + 4);

template <typename Number>
void put(Number value, std::string& out) {
  for (std::size_t i = sizeof(Number); i-- > 0;) {
    out += static_cast<char>(static_cast<std::uint8_t>(value >> (8 * i)));
  }
}

template <typename Number>
Number get(std::string_view& octets) {
  Number value = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    const auto octet = static_cast<std::uint8_t>(octets[i]);
    value = static_cast<Number>(static_cast<std::uint64_t>(value) << 8U | octet);
  }
  octets.remove_prefix(sizeof(Number));
  return value;
}

std::uint64_t checksum(std::string_view octets) {
  std::uint64_t sum = 0xCBF29CE484222325ULL;
  for (const char octet : octets) {
    sum = (sum ^ static_cast<std::uint8_t>(octet)) * 0x100000001B3ULL;
  }
  return sum;
}

void put_prefix(const Prefix& prefix, std::string& out) {
  const auto bytes = prefix.address().bytes();
  put(prefix.address().version() == IpVersion::V4 ? kV4 : kV6, out);
  put(prefix.length(), out);
  for (std::size_t i = 0; i < kAddressOctets; ++i) {
    out += i < bytes.size() ? static_cast<char>(bytes[i]) : '\0';
  }
}

std::optional<Prefix> get_prefix(std::string_view& octets) {
  const auto version = get<std::uint8_t>(octets);
  const auto length = get<std::uint8_t>(octets);
  std::array<std::byte, kAddressOctets> bytes{};
  std::memcpy(bytes.data(), octets.data(), bytes.size());
  octets.remove_prefix(bytes.size());
  if (version != kV4 && version != kV6) return std::nullopt;
  const auto size = version == kV4 ? std::size_t{4} : kAddressOctets;
  for (std::size_t i = size; i < bytes.size(); ++i) {
    if (bytes[i] != std::byte{}) return std::nullopt;
  }
  const IpAddress address = IpAddress::from_bytes(std::span(bytes).first(size));
  if (length > address.bits()) return std::nullopt;
  const Prefix prefix(address, length);
  return prefix.address() == address ? std::optional(prefix) : std::nullopt;
}

// The fields of a record in the order of the file, behind the prefix. Fields about neighbors and
// flaps are of one run.
template <typename Of, typename Fn>
void for_each_field(Of& of, Fn&& fn) {
  for (auto& asn : of.asns) fn(asn);
  for (auto& last : of.last) fn(last);
  for (auto& day : of.first_day) fn(day);
  fn(of.other_origin_last);
  fn(of.other_upstream_last);
  fn(of.longer_last);
  for (auto& days : of.days) fn(days);
  fn(of.other_origin_days);
  fn(of.other_upstream_days);
  fn(of.longer_days);
  fn(of.longer);
  fn(of.shortest);
  fn(of.longest);
}

void put_record(const Record& of, std::string& out) {
  put_prefix(of.prefix, out);
  for_each_field(of, [&out](auto field) { put(field, out); });
  put(static_cast<std::uint8_t>(of.flags & kKeptFlags), out);
  put(std::uint8_t{0}, out);
}

}  // namespace

std::optional<Record> parse_record(std::string_view octets) {
  Record of;
  const auto prefix = get_prefix(octets);
  if (!prefix) return std::nullopt;
  of.prefix = *prefix;
  for_each_field(of, [&octets](auto& field) {
    field = get<std::remove_reference_t<decltype(field)>>(octets);
  });
  of.flags = get<std::uint8_t>(octets);
  bool has_origin = false;
  for (std::size_t i = 0; i < kOrigins; ++i) has_origin |= of.days[i] != 0;
  const bool good =
      has_origin && (of.flags & ~kKeptFlags) == 0 && octets == std::string_view("", 1);
  return good ? std::optional(of) : std::nullopt;
}

void add_head(std::string& out) {
  out += kMagic;
  put(kVersion, out);
  put(static_cast<std::uint16_t>(kRecordOctets), out);
}

void add_block(std::span<const Record> records, std::string& out) {
  put(static_cast<std::uint32_t>(records.size()), out);
  const std::size_t begin = out.size();
  for (const Record& of : records) put_record(of, out);
  put(checksum(std::string_view(out).substr(begin)), out);
}

void add_end(const KeptClock& clock, std::uint64_t records, std::string& out) {
  put(std::uint32_t{0}, out);
  const std::size_t begin = out.size();
  put(clock.day_seconds, out);
  put(clock.milliseconds, out);
  put(records, out);
  put(checksum(std::string_view(out).substr(begin)), out);
}

void KeptReader::expect(Part part, std::size_t octets) {
  part_ = part;
  wants_ = octets;
}

std::optional<std::string> KeptReader::take(std::string_view octets, std::vector<Record>& records) {
  records.clear();
  switch (part_) {
    case Part::Head:
      return take_head(octets);
    case Part::Count: {
      const auto count = get<std::uint32_t>(octets);
      if (count > kBlock) return "a block of " + std::to_string(count) + " records";
      if (count == 0) {
        expect(Part::End, kEndOctets);
      } else {
        expect(Part::Block, count * kRecordOctets + kChecksumOctets);
      }
      return std::nullopt;
    }
    case Part::Block:
      return take_block(octets, records);
    case Part::End:
      return take_end(octets);
  }
  return std::nullopt;
}

std::optional<std::string> KeptReader::take_head(std::string_view octets) {
  if (octets.substr(0, kMagic.size()) != kMagic) return "no baseline of Tern";
  octets.remove_prefix(kMagic.size());
  const auto version = get<std::uint16_t>(octets);
  const auto size = get<std::uint16_t>(octets);
  if (version != kVersion || size != kRecordOctets) {
    return "version " + std::to_string(version) + " of the file, which is not known";
  }
  expect(Part::Count, kCountOctets);
  return std::nullopt;
}

std::optional<std::string> KeptReader::take_block(std::string_view octets,
                                                  std::vector<Record>& records) {
  std::string_view content = octets.substr(0, octets.size() - kChecksumOctets);
  octets.remove_prefix(content.size());
  if (checksum(content) != get<std::uint64_t>(octets)) return "a block with a wrong checksum";
  while (!content.empty()) {
    const auto record = parse_record(content.substr(0, kRecordOctets));
    if (!record) return "a record that is none";
    records.push_back(*record);
    content.remove_prefix(kRecordOctets);
  }
  records_ += records.size();
  expect(Part::Count, kCountOctets);
  return std::nullopt;
}

std::optional<std::string> KeptReader::take_end(std::string_view octets) {
  const std::string_view content = octets.substr(0, kEndOctets - kChecksumOctets);
  clock_.day_seconds = get<std::uint32_t>(octets);
  clock_.milliseconds = get<std::uint64_t>(octets);
  const auto records = get<std::uint64_t>(octets);
  if (checksum(content) != get<std::uint64_t>(octets)) return "an end with a wrong checksum";
  if (records != records_) return "other records than its end counts";
  if (clock_.day_seconds == 0) return "days without a length";
  expect(Part::End, 0);
  return std::nullopt;
}

}  // namespace tern::baseline
