// Faults that tests switch on. A function that asks happens() fails or does less, as the system
// could make it do. The CMake option TERN_FAULT_POINTS compiles them in: on in trees with tests,
// off in releases, where happens() is a constant.
//
//   if (fault::happens(fault::Point::PartialWrite)) octets = 1;
#pragma once

#include <chrono>
#include <cstdint>

#include "rib/base/fault_points_config.h"

namespace tern::fault {

enum class Point : std::uint8_t {
  Allocation,    // there is no memory for an attribute set
  PartialWrite,  // a socket takes one octet and no more
  SlowDisk,      // a write to the log takes kSlowDisk longer
};

inline constexpr std::chrono::milliseconds kSlowDisk{50};

#ifdef TERN_FAULT_POINTS

// Any thread.
[[nodiscard]] bool happens(Point point);

// While an Armed exists, every n-th call of happens(point) is true; n = 1: each call. A point has
// one Armed at a time, which any thread makes and destroys.
class Armed {
 public:
  Armed(Point point, std::uint32_t n);
  ~Armed();
  Armed(const Armed&) = delete;
  Armed& operator=(const Armed&) = delete;

  // Times that the fault happened.
  [[nodiscard]] std::uint64_t count() const;

 private:
  const Point point_;
  const std::uint64_t before_;
};

#else

[[nodiscard]] constexpr bool happens(Point) { return false; }

#endif

}  // namespace tern::fault
