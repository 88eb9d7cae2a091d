// The text forms of communities of any kind and of patterns for them.

#include <limits>

#include "policy/community_match.h"
#include "policy/policy.h"
#include "rib/types/decimal.h"

namespace tern::policy {
namespace {

constexpr std::string_view kExtendedMark = "ext:";
constexpr std::uint32_t kMaxTwoOctets = 0xFFFF;

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

// "100", "100-199" or "*", of numbers up to `most`.
std::optional<NumberPattern> parse_field(std::string_view text, std::uint32_t most) {
  if (text == "*") return NumberPattern{};
  const std::size_t dash = text.find('-');
  const auto low = parse_decimal<std::uint32_t>(text.substr(0, dash));
  const auto high =
      dash == std::string_view::npos ? low : parse_decimal<std::uint32_t>(text.substr(dash + 1));
  if (!low || !high || *low > *high || *high > most) return std::nullopt;
  return NumberPattern{*low, *high};
}

template <std::size_t kFields>
std::optional<std::array<NumberPattern, kFields>> parse_fields(std::string_view text,
                                                               std::uint32_t most) {
  std::array<NumberPattern, kFields> fields;
  for (std::size_t i = 0; i < kFields; ++i) {
    const std::size_t colon = text.find(':');
    const bool last = i + 1 == kFields;
    if (last != (colon == std::string_view::npos)) return std::nullopt;
    const auto field = parse_field(text.substr(0, colon), most);
    if (!field) return std::nullopt;
    fields[i] = *field;
    if (!last) text.remove_prefix(colon + 1);
  }
  return fields;
}

// The text behind "ext:" in a form that is valid without it.
std::string without_mark(std::string_view text) {
  if (!starts_with(text, kExtendedMark)) return std::string(text);
  text.remove_prefix(kExtendedMark.size());
  if (starts_with(text, "0x")) return "generic:" + std::string(text);
  return std::string(text);
}

// "rt:*": every route target or origin of the three layouts that have one, either transitivity.
std::optional<ExtendedCommunityPattern> parse_whole_subtype(std::string_view text) {
  constexpr std::uint64_t kLayoutsAndSubtype = 0xBCFF000000000000;  // types 0 to 3, bit T free
  if (text == "rt:*") return ExtendedCommunityPattern{0x0002000000000000, kLayoutsAndSubtype, {}};
  if (text == "ro:*") return ExtendedCommunityPattern{0x0003000000000000, kLayoutsAndSubtype, {}};
  return std::nullopt;
}

std::optional<ExtendedCommunityPattern> parse_extended_pattern(std::string_view marked) {
  const std::string text = without_mark(marked);
  if (const auto exact = parse_extended_community(text)) {
    return ExtendedCommunityPattern{exact->value, ~std::uint64_t{0}, {}};
  }
  if (const auto whole = parse_whole_subtype(text)) return whole;
  // The last field is a pattern: the rest is parsed as a community with a zero in that field.
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  const bool words = starts_with(text, "generic:");
  const auto frame =
      parse_extended_community(text.substr(0, colon) + (words ? ":0x00000000" : ":0"));
  if (!frame) return std::nullopt;
  // "generic:" splits the eight octets in the middle, whatever the type is.
  const std::uint32_t local =
      words ? std::numeric_limits<std::uint32_t>::max() : local_part_mask(*frame);
  const auto field = parse_field(std::string_view(text).substr(colon + 1), local);
  if (!field || (words && *field != NumberPattern{})) return std::nullopt;
  return ExtendedCommunityPattern{frame->value, ~std::uint64_t{local}, *field};
}

}  // namespace

std::optional<AnyCommunityPattern> parse_community_pattern(std::string_view text) {
  // A name of the RFCs or two numbers.
  if (const auto exact = parse_community(text)) {
    return CommunityPattern{
        {NumberPattern{exact->high(), exact->high()}, NumberPattern{exact->low(), exact->low()}}};
  }
  if (const auto fields = parse_fields<2>(text, kMaxTwoOctets)) return CommunityPattern{*fields};
  if (const auto fields = parse_fields<3>(text, std::numeric_limits<std::uint32_t>::max())) {
    return LargeCommunityPattern{*fields};
  }
  if (const auto extended = parse_extended_pattern(text)) return *extended;
  return std::nullopt;
}

std::optional<AnyCommunity> parse_any_community(std::string_view text) {
  if (const auto standard = parse_community(text)) return *standard;
  if (const auto large = parse_large_community(text)) return *large;
  if (const auto extended = parse_extended_community(without_mark(text))) return *extended;
  return std::nullopt;
}

}  // namespace tern::policy
