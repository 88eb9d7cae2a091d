#include "bgpd/session/route_watch.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "bgpd/engine/shard_work.h"
#include "bgpd/pipeline/range_walk.h"
#include "bgpd/session/loop.h"

namespace tern::session {

// One task at a time uses it, or the loop between two tasks.
struct RouteWatch::Look : std::enable_shared_from_this<Look> {
  Look(RouteWatch& of, std::shared_ptr<const Filter> wanted)
      : watch(&of),
        loop(of.loop_),
        engine(of.engine_),
        prefix(of.prefix_),
        exact(of.scope_ == Scope::Exact),
        filter(std::move(wanted)),
        began(steady_nanoseconds()),
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
    const Family family = unicast(prefix.address().version());
    const std::size_t looks =
        walk.slice(of.rib, ranges, engine::kSliceDestinations, [&](rib::DestId id) {
          const rib::Destination destination = of.rib.destination(id);
          if (!found && destination.family == family && (*filter)(of.rib, id)) {
            found = destination.prefix;
          }
        });
    if (!found && looks >= engine::kSliceDestinations) {
      engine.post_next(of, [self = shared_from_this()](engine::Shard& same) { self->slice(same); });
      return;
    }
    loop.post([self = shared_from_this()] { self->walked_shard(); });
  }

  void walked_shard() {
    walk = {};
    if (found || ++shard == engine.shards().size()) return end();
    walk_shard();
  }

  void end() {
    if (watch != nullptr) watch->take(*this);
  }

  RouteWatch* watch;  // null: it is gone
  Loop& loop;
  engine::Engine& engine;
  const Prefix prefix;
  const bool exact;
  const std::shared_ptr<const Filter> filter;
  const std::uint64_t began;  // steady nanoseconds
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
  if (look_) look_->watch = nullptr;
}

void RouteWatch::look(std::shared_ptr<const Filter> filter) {
  if (look_ || steady_nanoseconds() < rests_until_) return;
  look_ = std::make_shared<Look>(*this, std::move(filter));
  const std::shared_ptr<Look> kept = look_;  // begin() may end the look
  kept->begin();
}

void RouteWatch::take(const Look& look) {
  const std::uint64_t now = steady_nanoseconds();
  found_ = look.found;
  rests_until_ = look.walked && !found_ ? now + kRest * (now - look.began) : 0;
  const bool there = found_.has_value();
  look_.reset();  // `look` is gone with it, or with the task that ends
  if (std::exchange(present_, there) != there) answered_();
}

}  // namespace tern::session
