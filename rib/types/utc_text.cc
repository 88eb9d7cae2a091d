#include "rib/types/utc_text.h"

#include <array>
#include <ctime>

namespace tern {

std::string utc_text(std::int64_t unix_seconds, const char* format) {
  const auto time = static_cast<std::time_t>(unix_seconds);
  std::tm parts{};
  std::array<char, 64> text{};
  if (::gmtime_r(&time, &parts) == nullptr) return {};
  return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

}  // namespace tern
