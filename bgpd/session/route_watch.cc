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
  Look(RouteWatch& of, std::shared_ptr<const rib::ClientSet> neighbors)
      : watch(&of),
        loop(of.loop_),
        engine(of.engine_),
        question(of.question_),
        from(std::move(neighbors)),
        began(steady_nanoseconds()),
        found(of.found_) {
    ranges = {{question.prefix, question.prefix.length(),
               static_cast<std::uint8_t>(question.prefix.address().bits())}};
  }

  void begin() {
    if (!question.covered) return look_at(question.prefix);
    if (found) return look_at(*found);
    walk_shard();
  }

  // Whether a neighbor that counts has an accepted path of the destination.
  [[nodiscard]] bool counts(const rib::Rib& rib, rib::DestId id) const {
    const rib::Destination destination = rib.destination(id);
    for (std::size_t i = 0; i < destination.accepted; ++i) {
      const PeerSlot slot = destination.paths[i].peer();
      if (slot == kOwnSlot || rib.is_expired(id, i)) continue;
      if (from == nullptr || from->contains(slot)) return true;
    }
    return false;
  }

  void look_at(const Prefix& prefix) {
    const Nlri nlri = unicast(prefix);
    engine.post(engine.shards().index_of(nlri), engine::Load::Light,
                [self = shared_from_this(), nlri](engine::Shard& of) {
                  const auto id = of.rib.find_id(nlri);
                  const bool there = id && self->counts(of.rib, *id);
                  self->loop.post([self, nlri, there] { self->looked_at(nlri.prefix, there); });
                });
  }

  void looked_at(const Prefix& prefix, bool there) {
    found = there ? std::optional(prefix) : std::nullopt;
    if (there || !question.covered) return end();
    walk_shard();
  }

  void walk_shard() {
    walked = true;
    engine.post(shard, engine::Load::Light,
                [self = shared_from_this()](engine::Shard& of) { self->slice(of); });
  }

  // On the strand.
  void slice(engine::Shard& of) {
    const Family family = unicast(question.prefix.address().version());
    const std::size_t looks =
        walk.slice(of.rib, ranges, engine::kSliceDestinations, [&](rib::DestId id) {
          const rib::Destination destination = of.rib.destination(id);
          if (!found && destination.family == family && counts(of.rib, id)) {
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
  const RouteQuestion question;
  const std::shared_ptr<const rib::ClientSet> from;
  const std::uint64_t began;  // steady nanoseconds
  pipeline::RangeWalk::Ranges ranges;
  std::optional<Prefix> found;
  std::size_t shard = 0;
  pipeline::RangeWalk walk;
  bool walked = false;
};

RouteWatch::RouteWatch(Loop& loop, engine::Engine& engine, RouteQuestion question,
                       std::function<void()> answered)
    : loop_(loop),
      engine_(engine),
      question_(std::move(question)),
      answered_(std::move(answered)) {}

RouteWatch::~RouteWatch() {
  if (look_) look_->watch = nullptr;
}

void RouteWatch::look(std::shared_ptr<const rib::ClientSet> from) {
  if (look_ || steady_nanoseconds() < rests_until_) return;
  look_ = std::make_shared<Look>(*this, std::move(from));
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
