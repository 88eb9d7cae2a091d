#include "bgpd/session/route_watch.h"

#include <atomic>
#include <utility>
#include <vector>

#include "bgpd/engine/shard_work.h"
#include "bgpd/pipeline/range_walk.h"
#include "bgpd/session/loop.h"

namespace tern::session {

// A look is used by one task at a time, or by the loop between two tasks. The loop may give up a
// look at any time.
struct RouteWatch::Look : std::enable_shared_from_this<Look> {
  Look(RouteWatch& of, std::shared_ptr<const Filter> wanted)
      : watch(&of),
        loop(of.loop_),
        engine(of.engine_),
        prefix(of.prefix_),
        exact(of.scope_ == Scope::Exact),
        filter(std::move(wanted)),
        found(of.found_) {
    const auto length = static_cast<unsigned>(prefix.length());
    const unsigned least = of.scope_ == Scope::MoreSpecific ? length + 1 : length;
    ranges = {{prefix, static_cast<std::uint8_t>(least),
               static_cast<std::uint8_t>(prefix.address().bits())}};
  }

  void begin() {
    if (exact) return look_at(prefix);
    if (found) return look_at(*found);
    walk_shard();
  }

  void look_at(const Prefix& at) {
    const Nlri nlri = unicast(at);
    engine.post(engine.shards().index_of(nlri), engine::Load::Light,
                [self = shared_from_this(), nlri](engine::Shard& of) {
                  const auto id = of.rib.find_id(nlri);
                  const bool there = id && (*self->filter)(of.rib, *id);
                  self->loop.post([self, nlri, there] { self->looked_at(nlri.prefix, there); });
                });
  }

  void looked_at(const Prefix& at, bool there) {
    if (watch == nullptr) return;
    found = there ? std::optional(at) : std::nullopt;
    if (there || exact) return end();
    walk_shard();
  }

  void walk_shard() {
    walked = true;
    engine.post(shard, engine::Load::Light,
                [self = shared_from_this()](engine::Shard& of) { self->slice(of); });
  }

  // On the strand.
  void slice(engine::Shard& of) {
    const std::uint64_t began = steady_nanoseconds();
    const bool over = step_through(of.rib);
    worked += steady_nanoseconds() - began;
    if (over) return loop.post([self = shared_from_this()] { self->walked_shard(); });
    engine.post_next(of, [self = shared_from_this()](engine::Shard& same) { self->slice(same); });
  }

  // True: the walk of the shard is over.
  bool step_through(const rib::Rib& rib) {
    const Family family = unicast(prefix.address().version());
    pipeline::RangeWalk::Work left{engine::kSliceDestinations, engine::kSlicePaths};
    const auto ended = [&] { return found || given_up.load(std::memory_order_relaxed); };
    const bool over = walk.slice(rib, ranges, left, [&](rib::DestId id) {
      const rib::Destination destination = rib.destination(id);
      if (!ended() && destination.family == family && (*filter)(rib, id)) {
        found = destination.prefix;
      }
      if (ended()) left = {};
    });
    return over || ended();
  }

  void walked_shard() {
    if (watch == nullptr) return;
    walk = {};
    if (found || ++shard == engine.shards().size()) return end();
    walk_shard();
  }

  void end() { watch->take(*this); }

  // By the loop.
  void give_up() {
    watch = nullptr;
    given_up.store(true, std::memory_order_relaxed);
  }

  RouteWatch* watch;  // of the loop; null: the look is given up
  std::atomic<bool> given_up{false};
  Loop& loop;
  engine::Engine& engine;
  const Prefix prefix;
  const bool exact;
  const std::shared_ptr<const Filter> filter;
  std::uint64_t worked = 0;  // nanoseconds of the slices
  pipeline::RangeWalk::Ranges ranges;
  std::optional<Prefix> found;
  std::size_t shard = 0;
  pipeline::RangeWalk walk;
  bool walked = false;
};

RouteWatch::RouteWatch(Loop& loop, engine::Engine& engine, const Prefix& prefix, Scope scope,
                       std::function<void()> answered)
    : loop_(loop),
      engine_(engine),
      prefix_(prefix),
      scope_(scope),
      answered_(std::move(answered)) {}

RouteWatch::~RouteWatch() {
  if (look_) look_->give_up();
}

void RouteWatch::begin_anew() {
  if (look_) std::exchange(look_, nullptr)->give_up();
  rests_until_ = 0;
}

bool RouteWatch::rests() const { return look_ || steady_nanoseconds() < rests_until_; }

void RouteWatch::look(std::shared_ptr<const Filter> filter) {
  if (rests()) return;
  look_ = std::make_shared<Look>(*this, std::move(filter));
  look_->begin();
}

void RouteWatch::take(const Look& look) {
  found_ = look.found;
  rests_until_ = look.walked && !found_ ? steady_nanoseconds() + rest_after(look.worked) : 0;
  const bool there = found_.has_value();
  look_.reset();  // `look` is gone with it, or with the task that ends
  if (std::exchange(present_, there) != there) answered_();
}

}  // namespace tern::session
