#include "rib/base/fault_point.h"

#ifdef TERN_FAULT_POINTS

#include <array>
#include <atomic>
#include <cstddef>

namespace tern::fault {
namespace {

// Relaxed: a test that arms a point starts or joins the threads that it concerns.
struct State {
  std::atomic<std::uint32_t> every{0};  // 0: never
  std::atomic<std::uint32_t> asked{0};
  std::atomic<std::uint64_t> happened{0};
};
std::array<State, 3> states;

State& of(Point point) { return states[static_cast<std::size_t>(point)]; }

}  // namespace

bool happens(Point point) {
  State& state = of(point);
  const std::uint32_t every = state.every.load(std::memory_order_relaxed);
  if (every == 0) return false;
  if ((state.asked.fetch_add(1, std::memory_order_relaxed) + 1) % every != 0) return false;
  state.happened.fetch_add(1, std::memory_order_relaxed);
  return true;
}

Armed::Armed(Point point, std::uint32_t n)
    : point_(point), before_(of(point).happened.load(std::memory_order_relaxed)) {
  of(point).asked.store(0, std::memory_order_relaxed);
  of(point).every.store(n, std::memory_order_relaxed);
}

Armed::~Armed() { of(point_).every.store(0, std::memory_order_relaxed); }

std::uint64_t Armed::count() const {
  return of(point_).happened.load(std::memory_order_relaxed) - before_;
}

}  // namespace tern::fault

#endif
