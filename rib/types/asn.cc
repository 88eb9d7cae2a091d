#include "rib/types/asn.h"

#include "rib/types/decimal.h"

namespace tern {

std::optional<Asn> parse_asn(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) return parse_decimal<Asn>(text);

  const auto high = parse_decimal<std::uint16_t>(text.substr(0, dot));
  const auto low = parse_decimal<std::uint16_t>(text.substr(dot + 1));
  if (!high || !low) return std::nullopt;
  return (Asn{*high} << 16U) | *low;
}

}  // namespace tern
