#include "policy/vrp.h"

#include <array>
#include <bit>

namespace tern::policy {
namespace {

// The address as two numbers, which compare as the octets do.
std::array<std::uint64_t, 2> words(const IpAddress& address) {
  std::array<std::uint64_t, 2> words{};
  if (address.is_v4()) {
    words[0] = address.v4_value();
    return words;
  }
  std::memcpy(words.data(), address.bytes().data(), sizeof words);
  if constexpr (std::endian::native == std::endian::little) {
    for (std::uint64_t& word : words) word = __builtin_bswap64(word);
  }
  return words;
}

}  // namespace

std::strong_ordering operator<=>(const Vrp& a, const Vrp& b) {
  const IpAddress& one = a.prefix.address();
  const IpAddress& other = b.prefix.address();
  if (const auto c = one.version() <=> other.version(); c != 0) return c;
  if (const auto c = words(one) <=> words(other); c != 0) return c;
  if (const auto c = a.prefix.length() <=> b.prefix.length(); c != 0) return c;
  if (const auto c = a.max_length <=> b.max_length; c != 0) return c;
  return a.asn <=> b.asn;
}

std::string Vrp::to_string() const {
  std::string text = prefix.to_string();
  if (max_length != prefix.length()) text += '-' + std::to_string(max_length);
  return text + " AS" + std::to_string(asn);
}

std::string_view to_string(OriginState state) {
  switch (state) {
    case OriginState::Valid:
      return "valid";
    case OriginState::NotFound:
      return "not-found";
    case OriginState::Invalid:
      return "invalid";
    case OriginState::NotValidated:
      return "not-validated";
  }
  return "";
}

std::optional<OriginState> parse_origin_state(std::string_view text) {
  for (const OriginState state : {OriginState::Valid, OriginState::NotFound, OriginState::Invalid,
                                  OriginState::NotValidated}) {
    if (text == to_string(state)) return state;
  }
  return std::nullopt;
}

std::optional<Asn> validated_origin(const AsPath& path, Asn own) {
  if (path.empty()) return own;
  const AsSegment& last = path.segments().back();
  switch (last.type) {
    case AsSegment::Type::Sequence:
      return last.asns.back();
    case AsSegment::Type::Set:
      return std::nullopt;
    case AsSegment::Type::ConfedSequence:
    case AsSegment::Type::ConfedSet:
      return own;
  }
  return std::nullopt;
}

}  // namespace tern::policy
