// The result of sending a probe. A plain value.
#pragma once

#include <cstdint>
#include <string>

namespace tern::probes {

struct SendResult {
  enum class Kind : std::uint8_t {
    Sent,
    Lost,    // this host or the network has no route to the target, or one that forbids it
    Failed,  // for a reason on this host, which says nothing about the target
  };
  Kind kind = Kind::Sent;
  std::string error;  // for people; empty where it was sent
};

// The result for an error of the system (errno).
[[nodiscard]] SendResult result_of(int error);

}  // namespace tern::probes
