// Watches whether the table has a route that its owner asks for: to a prefix, or to any prefix in
// it. Looks when it is asked to, once a second: first at the route that it found the last time,
// then, for covered prefixes, in the ordered index. A look is a row of tasks of the shards'
// strands, of engine::kSliceDestinations each, and no two looks are under way at once. After a walk
// that found nothing the watch rests for kRest times the time of the walk, so that a watch takes a
// twentieth of a thread at most. Internal to bgpd/session; loop thread only.
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

  enum class Scope : std::uint8_t {
    Exact,
    Covered,       // any route in the prefix, itself included
    MoreSpecific,  // any route in the prefix but itself
  };
  // Whether a destination has the route that is asked for. Runs on the strands, and outlives the
  // watch by a look.
  using Filter = std::function<bool(const rib::Rib&, rib::DestId)>;

  // prefix: of its unicast family. answered() is called on the loop when present() changed.
  RouteWatch(Loop& loop, engine::Engine& engine, const Prefix& prefix, Scope scope,
             std::function<void()> answered);
  ~RouteWatch();
  RouteWatch(const RouteWatch&) = delete;
  RouteWatch& operator=(const RouteWatch&) = delete;

  void look(std::shared_ptr<const Filter> filter);
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
