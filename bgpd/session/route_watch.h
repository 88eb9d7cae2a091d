// A RouteWatch watches whether the table has a route that its owner asks for: to a prefix, or to
// any prefix in that prefix. The owner has the watch look once a second. A look begins at the route
// that the last look found; for covered prefixes a walk over the ordered index follows. Each slice
// of the walk is a task of a shard's strand, of engine::kSliceDestinations or engine::kSlicePaths.
// No two looks are under way at once. After a walk that found nothing the watch rests for kRest
// times the work of the walk, so that a watch takes a twentieth of a thread, but for kMostRest at
// most, because a route that comes meanwhile is found after the rest. Internal to bgpd/session;
// loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "bgpd/engine/engine.h"
#include "rib/types/prefix.h"

namespace tern::session {

class Loop;

class RouteWatch {
 public:
  static constexpr std::uint64_t kRest = 20;
  static constexpr std::uint64_t kMostRest = 10'000'000'000;  // nanoseconds

  enum class Scope : std::uint8_t {
    Exact,
    Covered,       // any route in the prefix, itself included
    MoreSpecific,  // any route in the prefix but itself
  };
  // Whether a destination has the route that is asked for. Runs on the strands, and outlives the
  // watch by a slice.
  using Filter = std::function<bool(const rib::Rib&, rib::DestId)>;

  // prefix: of its unicast family. answered() is called on the loop when present() changed.
  RouteWatch(Loop& loop, engine::Engine& engine, const Prefix& prefix, Scope scope,
             std::function<void()> answered);
  ~RouteWatch();
  RouteWatch(const RouteWatch&) = delete;
  RouteWatch& operator=(const RouteWatch&) = delete;

  // A look is under way, or the watch rests: look() would do nothing.
  [[nodiscard]] bool rests() const;
  void look(std::shared_ptr<const Filter> filter);
  // The next filter asks for other routes: a look under way does not count, and the watch does not
  // rest. present() stays until the next answer.
  void begin_anew();
  // The rest after a walk that found nothing; both in nanoseconds.
  [[nodiscard]] static std::uint64_t rest_after(std::uint64_t worked) {
    return worked < kMostRest / kRest ? kRest * worked : kMostRest;
  }
  // Nothing before the first answer.
  [[nodiscard]] std::optional<bool> present() const { return present_; }
  // The route that the last look found.
  [[nodiscard]] const std::optional<Prefix>& found() const { return found_; }

 private:
  struct Look;
  void take(const Look& look);

  Loop& loop_;
  engine::Engine& engine_;
  const Prefix prefix_;
  const Scope scope_;
  const std::function<void()> answered_;
  std::optional<bool> present_;
  std::optional<Prefix> found_;
  std::shared_ptr<Look> look_;     // under way
  std::uint64_t rests_until_ = 0;  // steady nanoseconds
};

}  // namespace tern::session
