#include "bgpd/kernel/batch.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace tern::kernel {
namespace {

// Read at once, like other slices of work over a table: some 100 microseconds, a millisecond where
// prefixes have many paths.
constexpr std::size_t kMostChanges = 1024;
constexpr std::size_t kMostPaths = 16 * 1024;  // and those of one prefix more

rib::Candidate candidate(const rib::Rib& rib, const rib::Destination& destination,
                         std::size_t path) {
  const rib::Path& of = destination.paths[path];
  return {rib.attributes()[of.effective()].key(), &rib.peer(of.peer()), destination.path_id(path),
          0};
}

// The paths of a destination that tie, while the caller goes through the accepted ones, best first,
// up to the first that is Behind.
//
// Paths of one neighboring AS that differ in their MEDs alone come in the order of their MEDs
// (rib/decision.h), so a path is compared with the first one of its AS to see whether its MED rules
// it out. All other steps compare any two paths, so a path that is not ruled out and ties with the
// best one ties with all that tie.
class Ties {
 public:
  enum class Verdict : std::uint8_t {
    Ties,      // equal to each of the better ones that tie, until the router id decides
    RuledOut,  // by the MED of a better path; a path behind this one may tie all the same
    Behind,    // as all further ones
  };

  explicit Ties(const rib::DecisionConfig& config) : config_(config) {}

  [[nodiscard]] Verdict next(const rib::Candidate& path) {
    if (!best_) {  // most prefixes have one path: no memory is allocated for it
      best_ = path;
      return Verdict::Ties;
    }
    if (first_of_.empty()) first_of_.try_emplace(row(*best_), *best_);
    const auto [first, added] = first_of_.try_emplace(row(path), path);
    if (!added && step(first->second, path) == rib::Step::Med) return Verdict::RuledOut;
    return step(*best_, path) >= rib::Step::RouterId ? Verdict::Ties : Verdict::Behind;
  }

 private:
  // MEDs are compared between paths from one AS (RFC 4271 section 9.1.2.2 c), or between all.
  [[nodiscard]] Asn row(const rib::Candidate& path) const {
    return config_.always_compare_med ? Asn{0} : path.key.neighbour;
  }
  [[nodiscard]] rib::Step step(const rib::Candidate& better, const rib::Candidate& path) const {
    return rib::compare(better, path, config_).step;
  }

  const rib::DecisionConfig& config_;
  std::optional<rib::Candidate> best_;
  boost::unordered_flat_map<Asn, rib::Candidate> first_of_;  // by neighboring AS
};

}  // namespace

void Batch::fill(rib::Rib& rib, rib::Journal::Subscriber& from, FamilySet families,
                 std::uint32_t most_paths) {
  prefixes.clear();
  paths.clear();
  attributes = &rib.attributes();
  std::size_t changes = 0;
  std::size_t looked_at = 0;  // paths
  const auto add = [&](const rib::Destination& destination, std::size_t i) {
    const rib::Path& path = destination.paths[i];
    const rib::PeerRank& peer = rib.peer(path.peer());
    rib.attributes().retain(path.effective());
    paths.push_back({path.peer(), peer.kind == PeerKind::Own, peer.zone,
                     rib::AttrHandle(rib.attributes(), path.effective())});
    ++prefixes.back().paths;
  };
  read = rib.read(from, [&](const rib::Journal::Change& change) {
    const rib::Destination destination = rib.destination(change.id);
    if (destination.in_use && families.contains(destination.family)) {
      prefixes.push_back({destination.prefix, static_cast<std::uint32_t>(paths.size()), 0});
      Ties ties(rib.config());
      const PrefixRow& row = prefixes.back();
      for (std::size_t i = 0; i < destination.accepted && row.paths < most_paths; ++i) {
        const Ties::Verdict verdict = ties.next(candidate(rib, destination, i));
        if (verdict == Ties::Verdict::Behind) break;
        if (verdict == Ties::Verdict::Ties) add(destination, i);
        ++looked_at;
      }
    }
    return ++changes < kMostChanges && looked_at < kMostPaths;
  });
}

}  // namespace tern::kernel
