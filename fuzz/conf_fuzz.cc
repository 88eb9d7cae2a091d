// The text of a configuration: whatever it says, an answer; what loads differs from itself in
// nothing.
#include <cstdint>
#include <string_view>

#include "conf/config.h"
#include "fuzz/check.h"

using tern::fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto result = tern::conf::load_text(text, "fuzz.yml");
  if (result) {
    check(tern::conf::diff(**result, **result).empty());
    return 0;
  }
  check(!result.error().empty());
  for (const tern::conf::Error& error : result.error()) {
    check(error.to_string().find('\n') == std::string::npos);
    check(!error.message.empty());
  }
  return 0;
}
