#include "conf/scalars.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>
#include <vector>

#include "rib/types/decimal.h"

namespace tern::conf {
namespace {

constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestZone = 15;  // IFNAMSIZ without its zero

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> found;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end != 0) found.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return found;
}

}  // namespace

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_decimal<std::uint16_t>(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = IpAddress::parse(host);
  if (!port || !address || address->is_v6() != bracketed) return std::nullopt;
  return Endpoint{*address, *port};
}

std::string PeerAddress::to_string() const {
  return zone.empty() ? address.to_string() : address.to_string() + '%' + zone;
}

std::optional<PeerAddress> parse_peer_address(std::string_view text) {
  const auto percent = text.find('%');
  const auto address = IpAddress::parse(text.substr(0, percent));
  if (!address) return std::nullopt;
  if (percent == std::string_view::npos) return PeerAddress{*address, {}};
  const std::string_view zone = text.substr(percent + 1);
  if (!address->is_v6() || !address->is_link_local() || zone.empty() ||
      zone.size() > kLongestZone || !std::all_of(zone.begin(), zone.end(), [](char c) {
        return c > ' ' && c < 0x7F && c != '/';
      })) {
    return std::nullopt;
  }
  return PeerAddress{*address, std::string(zone)};
}

std::optional<std::pair<Asn, Asn>> parse_asn_range(std::string_view text) {
  const auto dash = text.find('-');
  const auto low = parse_asn(text.substr(0, dash));
  const auto high = dash == std::string_view::npos ? low : parse_asn(text.substr(dash + 1));
  if (!low || !high || *low > *high) return std::nullopt;
  return std::pair{*low, *high};
}

std::optional<policy::PrefixRange> parse_prefix_range(std::string_view text) {
  const auto parts = words(text);
  if (parts.empty() || parts.size() % 2 == 0) return std::nullopt;
  const auto prefix = Prefix::parse(parts.front());
  if (!prefix) return std::nullopt;
  std::optional<std::uint8_t> ge;
  std::optional<std::uint8_t> le;
  for (std::size_t i = 1; i < parts.size(); i += 2) {
    auto& bound = parts[i] == "ge" ? ge : le;
    if ((parts[i] != "ge" && parts[i] != "le") || bound) return std::nullopt;
    bound = parse_decimal<std::uint8_t>(parts[i + 1]);
    if (!bound) return std::nullopt;
  }
  policy::PrefixRange range{*prefix, prefix->length(), prefix->length()};
  if (ge) range.ge = *ge;
  if (le) {
    range.le = *le;
  } else if (ge) {
    range.le = static_cast<std::uint8_t>(prefix->address().bits());
  }
  if (range.ge < prefix->length() || range.le < range.ge || range.le > prefix->address().bits()) {
    return std::nullopt;
  }
  return range;
}

std::optional<std::pair<std::uint32_t, std::uint32_t>> parse_number_range(std::string_view text) {
  constexpr std::uint32_t kMost = std::numeric_limits<std::uint32_t>::max();
  const auto number = [](std::string_view digits) { return parse_decimal<std::uint32_t>(digits); };
  const std::string_view bound = text.substr(0, 2);
  if (bound == ">=" || bound == "<=") {
    text.remove_prefix(2);
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    const auto value = number(text);
    if (!value) return std::nullopt;
    return bound == ">=" ? std::pair{*value, kMost} : std::pair{std::uint32_t{0}, *value};
  }
  const auto dash = text.find('-');
  const auto low = number(text.substr(0, dash));
  const auto high = dash == std::string_view::npos ? low : number(text.substr(dash + 1));
  if (!low || !high || *low > *high) return std::nullopt;
  return std::pair{*low, *high};
}

std::optional<policy::SetNumber> parse_set_number(std::string_view text) {
  policy::SetNumber set;
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    set.op = text.front() == '+' ? policy::SetNumber::Op::Add : policy::SetNumber::Op::Subtract;
    text.remove_prefix(1);
  }
  const auto value = parse_decimal<std::uint32_t>(text);
  if (!value) return std::nullopt;
  set.value = *value;
  return set;
}

std::optional<policy::SetNumber> parse_metric(std::string_view text) {
  constexpr std::string_view kCost = "egress-cost";
  if (text.substr(0, kCost.size()) != kCost) return parse_set_number(text);
  policy::SetNumber set{policy::SetNumber::Op::EgressCost, 1};
  text.remove_prefix(kCost.size());
  if (text.empty()) return set;
  if (text.front() != '/') return std::nullopt;
  const auto divisor = parse_decimal<std::uint32_t>(text.substr(1));
  if (!divisor || *divisor == 0) return std::nullopt;
  set.value = *divisor;
  return set;
}

std::optional<std::uint32_t> parse_mode(std::string_view text) {
  if (text.size() < 3 || text.size() > 4) return std::nullopt;
  std::uint32_t mode = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (error != std::errc{} || stop != text.data() + text.size() || mode > 0777) return std::nullopt;
  return mode;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.';
         });
}

}  // namespace tern::conf
