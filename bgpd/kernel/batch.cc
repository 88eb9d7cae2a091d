#include "bgpd/kernel/batch.h"

#include <algorithm>

namespace tern::kernel {
namespace {

constexpr std::size_t kMostChanges = 1024;  // read at once: some 100 microseconds

rib::Candidate candidate(const rib::Rib& rib, const rib::Destination& destination,
                         std::size_t path) {
  const rib::Path& of = destination.paths[path];
  return {rib.attributes()[of.effective()].key(), &rib.peer(of.peer()), destination.path_id(path),
          0};
}

// Whether the path is equal to each of the better paths until the router id decides. The best path
// alone is not enough: MEDs are compared between paths from one AS (RFC 4271 section 9.1.2.2 c).
bool ties(const rib::Rib& rib, const rib::Destination& destination,
          const std::vector<std::size_t>& better, std::size_t path) {
  const rib::Candidate last = candidate(rib, destination, path);
  return std::ranges::all_of(better, [&](std::size_t each) {
    const rib::Comparison compared =
        rib::compare(candidate(rib, destination, each), last, rib.config());
    return compared.step >= rib::Step::RouterId;
  });
}

// Whether some better path, also one that does not tie, comes before this one by its MED. A path
// behind it may tie all the same.
bool is_ruled_out(const rib::Rib& rib, const rib::Destination& destination, std::size_t path) {
  const rib::Candidate last = candidate(rib, destination, path);
  for (std::size_t i = 0; i < path; ++i) {
    const rib::Candidate better = candidate(rib, destination, i);
    if (rib::compare(better, last, rib.config()).step == rib::Step::Med) return true;
  }
  return false;
}

}  // namespace

void Batch::fill(rib::Rib& rib, rib::Journal::Subscriber& from, FamilySet families,
                 std::uint32_t most_paths) {
  prefixes.clear();
  paths.clear();
  attributes = &rib.attributes();
  std::size_t changes = 0;
  std::vector<std::size_t> added;  // paths of a destination
  const auto add = [&](const rib::Destination& destination, std::size_t i) {
    const rib::Path& path = destination.paths[i];
    const rib::PeerRank& peer = rib.peer(path.peer());
    rib.attributes().retain(path.effective());
    paths.push_back({path.peer(), peer.kind == PeerKind::Own, peer.zone,
                     rib::AttrHandle(rib.attributes(), path.effective())});
    ++prefixes.back().paths;
    added.push_back(i);
  };
  read = rib.read(from, [&](const rib::Journal::Change& change) {
    const rib::Destination destination = rib.destination(change.id);
    if (destination.in_use && families.contains(destination.family)) {
      prefixes.push_back({destination.prefix, static_cast<std::uint32_t>(paths.size()), 0});
      added.clear();
      for (std::size_t i = 0; i < destination.accepted && added.size() < most_paths; ++i) {
        if (is_ruled_out(rib, destination, i)) continue;
        if (!ties(rib, destination, added, i)) break;
        add(destination, i);
      }
    }
    return ++changes < kMostChanges;
  });
}

}  // namespace tern::kernel
