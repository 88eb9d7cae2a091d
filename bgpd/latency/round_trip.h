// Where round trips come from, and why one is refused. Plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tern::latency {

enum class Source : std::uint8_t {
  Report,   // of the control API
  Probe,    // of our own
  Session,  // TCP_INFO
};
inline constexpr std::size_t kSources = 3;

[[nodiscard]] inline std::string_view to_string(Source source) {
  switch (source) {
    case Source::Report:
      return "report";
    case Source::Probe:
      return "probe";
    case Source::Session:
      return "session";
  }
  return "";
}

enum class Refusal : std::uint8_t {
  Value,    // not from 1 to kMostRoundTrip
  Unknown,  // of nothing that is registered or a metro
  Full,     // the latency of as many subjects is kept as may be
};
inline constexpr std::size_t kRefusals = 3;

[[nodiscard]] inline std::string_view to_string(Refusal refusal) {
  switch (refusal) {
    case Refusal::Value:
      return "value";
    case Refusal::Unknown:
      return "unknown";
    case Refusal::Full:
      return "full";
  }
  return "";
}

}  // namespace tern::latency
