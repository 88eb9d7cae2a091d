#include "bgpd/baseline/batch.h"

#include <algorithm>
#include <array>

#include "bgpd/wire/attribute_set.h"
#include "rib/types/path_attributes.h"

namespace tern::baseline {

class Batch::Memo {
 public:
  explicit Memo(const rib::Rib& rib) : rib_(rib) {}
  [[nodiscard]] const std::optional<PathFacts>& facts(rib::AttrRef set) {
    Entry& entry = entries_[static_cast<std::uint32_t>(set) % kEntries];
    if (entry.set != set) {
      entry.set = set;
      entry.facts = path_facts(wire::as_path_of(rib_.attributes()[set].octets()));
    }
    return entry.facts;
  }

 private:
  static constexpr std::size_t kEntries = 64;
  struct Entry {
    rib::AttrRef set = rib::AttrRef::None;
    std::optional<PathFacts> facts;
  };
  const rib::Rib& rib_;
  std::array<Entry, kEntries> entries_;
};

namespace {

bool is_unicast(const rib::Destination& destination) {
  return destination.in_use &&
         destination.family == unicast(destination.prefix.address().version());
}

std::string path_text(const rib::Rib& rib, rib::AttrRef set) {
  PathAttributes attributes;
  wire::decode_set(rib.attributes()[set].octets(), attributes);
  return attributes.as_path.to_string();
}

}  // namespace

void Batch::read(rib::Rib& rib, rib::Journal::Subscriber& from) {
  Memo memo(rib);
  while (asked_read < asked.size() && paths_ < kMostPaths / 2) {
    const Prefix& prefix = asked[asked_read++];
    const auto id = rib.find_id(unicast(prefix));
    if (id) {
      add_whole(rib, memo, *id, true);
    } else {
      wholes.push_back({prefix, 0, 0});
    }
  }
  skipped = paths_ >= kMostPaths;
  if (skipped) return;
  std::size_t seen = 0;
  const auto read = rib.read(from, [&](const rib::Journal::Change& change) {
    if (change.whole || change.peer == kNoPeerSlot) {
      add_whole(rib, memo, change.id, false);
    } else {
      add_change(rib, memo, change);
    }
    return ++seen < kMostChanges && paths_ < kMostPaths;
  });
  caught_up = read.caught_up;
}

void Batch::add_whole(rib::Rib& rib, Memo& memo, rib::DestId id, bool texts) {
  const rib::Destination destination = rib.destination(id);
  if (!is_unicast(destination)) return;
  const std::size_t begin = routes.size();
  paths_ += destination.paths.size();
  for (std::size_t i = 0; i < destination.paths.size(); ++i) {
    const rib::Path& path = destination.paths[i];
    if (path.peer() == kOwnSlot || rib.is_expired(id, i)) continue;
    const rib::AttrRef set = destination.received(i);
    const auto& facts = memo.facts(set);
    if (!facts) continue;
    const auto same = std::find_if(
        routes.begin() + static_cast<std::ptrdiff_t>(begin), routes.end(), [&](const Route& one) {
          return one.path.origin == facts->origin && one.path.upstream == facts->upstream &&
                 one.accepted == path.accepted();
        });
    if (same != routes.end()) {
      same->path.length = std::min(same->path.length, facts->length);
    } else if (routes.size() - begin < kMostRoutes) {
      routes.push_back({*facts, path.peer(), path.accepted(), path.reason(),
                        texts ? path_text(rib, set) : std::string()});
    }
  }
  wholes.push_back({destination.prefix, static_cast<std::uint32_t>(begin),
                    static_cast<std::uint32_t>(routes.size())});
}

void Batch::add_change(rib::Rib& rib, Memo& memo, const rib::Journal::Change& change) {
  const rib::Destination destination = rib.destination(change.id);
  paths_ += destination.paths.size();
  if (!is_unicast(destination) || change.peer == kOwnSlot) return;
  Change& added = changes.emplace_back();
  added.prefix = destination.prefix;
  added.from = change.peer;
  for (std::size_t i = 0; i < destination.paths.size(); ++i) {
    const rib::Path& path = destination.paths[i];
    if (path.peer() != change.peer || destination.path_id(i) != change.path_id) continue;
    if (rib.is_expired(change.id, i)) continue;
    added.path = memo.facts(destination.received(i));
    added.accepted = path.accepted();
    return;
  }
}

}  // namespace tern::baseline
