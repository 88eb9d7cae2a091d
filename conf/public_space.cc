#include "conf/public_space.h"

#include "rib/types/special_space.h"

namespace tern::conf {

std::optional<std::string> special_block(const Prefix& prefix) {
  for (const SpecialBlock& block : special_space()) {
    const Prefix special = block.prefix();
    if (special.covers(prefix) || prefix.covers(special)) return block.to_string();
  }
  static const Prefix kGlobal = *Prefix::parse("2000::/3");
  if (prefix.address().is_v6() && !kGlobal.covers(prefix)) {
    return "the space outside of 2000::/3 (RFC 4291)";
  }
  return std::nullopt;
}

}  // namespace tern::conf
