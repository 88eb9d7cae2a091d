// The routing information base: every path every peer sent, ranked per prefix.
//
// One shard: owned by one thread, which alone calls anything here. The RIB knows neither sockets
// nor policy. A path comes in with the verdict import policy gave it; what changed for the outside
// is collected and fetched with take_changes(). Walks go by DestId in slices of the caller's
// choice, so that a table of a million prefixes is never walked in one breath.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rib/attr_table.h"
#include "rib/destination.h"
#include "rib/types/family.h"
#include "rib/types/prefix.h"

namespace tern::rib {

// Which hearing of a peer's table a path belongs to, by family; wraps, compared by distance.
using Generations = std::array<std::uint8_t, kFamilyCount>;

// Verdict of the import pipeline on one path.
struct Import {
  AttrRef received = AttrRef::None;   // the RIB takes its own counts of both
  AttrRef effective = AttrRef::None;  // None: rejected, for `reason`
  Reason reason = Reason::None;
  std::uint16_t detail = 0;
};

struct PeerCounts {
  struct PerFamily {
    std::uint64_t received = 0;
    std::uint64_t accepted = 0;
    std::uint64_t without_location = 0;  // accepted, egress cost unknown
  };
  std::array<PerFamily, kFamilyCount> families{};
  std::array<std::uint64_t, kReasonCount> rejected{};
};

struct TableCounts {
  std::uint64_t prefixes = 0;  // with at least one accepted path
  std::uint64_t paths = 0;     // accepted
  std::uint64_t best_changes = 0;
};

class Rib {
 public:
  explicit Rib(DecisionConfig config = {});
  ~Rib();
  Rib(const Rib&) = delete;
  Rib& operator=(const Rib&) = delete;

  [[nodiscard]] AttrTable& attributes() { return attributes_; }
  [[nodiscard]] const AttrTable& attributes() const { return attributes_; }
  [[nodiscard]] const DecisionConfig& config() const { return config_; }
  // Takes effect on the next change of each destination; rank() applies it.
  void set_config(const DecisionConfig& config) { config_ = config; }

  // ---- Peers. Ranks stay until the slot is set anew, so that leftover paths can be compared.

  void set_peer(PeerSlot peer, const PeerRank& rank);
  [[nodiscard]] const PeerRank& peer(PeerSlot peer) const { return peers_[peer].rank; }
  [[nodiscard]] const PeerCounts& counts(PeerSlot peer) const { return peers_[peer].counts; }
  // Paths heard from now on carry a new generation; sweep() takes what still has an older one. Used
  // when a session ends and by the demarcations of RFC 7313.
  void next_generation(PeerSlot peer) {
    for (const Family family : kFamilies) next_generation(peer, family);
  }
  void next_generation(PeerSlot peer, Family family) { ++peers_[peer].generations[index(family)]; }
  [[nodiscard]] const Generations& generations(PeerSlot peer) const {
    return peers_[peer].generations;
  }

  // ---- Paths

  // Adds or replaces. Replacing by an equal path changes nothing but its generation.
  void announce(PeerSlot peer, const Nlri& nlri, const Import& import, std::uint32_t now);
  void withdraw(PeerSlot peer, const Nlri& nlri);
  // The path as the peer sent it before, or nullptr (for prefix limits).
  [[nodiscard]] const Path* find(PeerSlot peer, const Nlri& nlri) const;
  [[nodiscard]] bool has(PeerSlot peer, const Nlri& nlri) const {
    return find(peer, nlri) != nullptr;
  }
  // New verdict on a path that is in the table. `path` is an index into destination(id).paths.
  void revise(DestId id, std::size_t path, const Import& import);
  // Drops the paths of `peer` in `id` that are older than `fresh`, of one family or of both.
  void sweep(DestId id, PeerSlot peer, const Generations& fresh,
             std::optional<Family> family = std::nullopt);
  // Ranks the paths anew, after set_config() or set_peer().
  void rank(DestId id);

  // Destinations whose accepted paths or their order changed since the last call, each once.
  [[nodiscard]] std::vector<DestId> take_changes();

  // ---- Destinations

  // Ids run from 0 to end(); those not in_use are empty.
  [[nodiscard]] DestId end() const { return size_; }
  [[nodiscard]] const Destination& destination(DestId id) const { return at(id); }
  [[nodiscard]] const Destination* find(const Prefix& prefix) const;
  [[nodiscard]] std::optional<DestId> find_id(const Prefix& prefix) const;
  // The most specific prefix with an accepted path that contains the address (covers the prefix).
  [[nodiscard]] const Destination* longest_match(const IpAddress& address) const;
  [[nodiscard]] const Destination* longest_match(const Prefix& prefix) const;
  // One more (fewer) of our clients holds a path of the destination.
  void add_advertised(DestId id) { ++at(id).advertised; }
  void drop_advertised(DestId id);

  [[nodiscard]] const TableCounts& table(Family family) const { return tables_[index(family)]; }
  // How often each step set a new best before the next path.
  [[nodiscard]] const std::array<std::uint64_t, kStepCount>& decisions() const {
    return decisions_;
  }
  // Best paths that moved to another PoP.
  [[nodiscard]] std::uint64_t egress_changes() const { return egress_changes_; }
  // Prefixes whose best path is not the nearest edge among their accepted paths.
  [[nodiscard]] std::uint64_t egress_suboptimal() const { return egress_suboptimal_; }
  // Prefixes by the place of their best path; [metro][pop], kNoPlace as the last of each.
  [[nodiscard]] std::uint64_t egress_prefixes(MetroId metro, PopId pop) const;

  // ---- Words for rejections ("policy clients, term 3"), few and shared.

  [[nodiscard]] std::uint16_t intern_detail(std::string_view text);
  [[nodiscard]] const std::string& detail(std::uint16_t index) const { return details_[index]; }

 private:
  struct Peer {
    PeerRank rank;
    PeerCounts counts;
    Generations generations{};
  };
  // What the outside sees of a destination, to tell whether a change is one.
  struct Seen {
    AttrRef best = AttrRef::None;
    PeerSlot peer = kNoPeerSlot;
    EgressInfo egress;
    bool any = false;
    bool suboptimal = false;  // another accepted path leaves nearer
  };

  static constexpr std::size_t kChunk = 1024;
  using Chunk = std::array<Destination, kChunk>;

  [[nodiscard]] Destination& at(DestId id) { return (*chunks_[id / kChunk])[id % kChunk]; }
  [[nodiscard]] const Destination& at(DestId id) const {
    return (*chunks_[id / kChunk])[id % kChunk];
  }
  [[nodiscard]] DestId find_or_add(const Prefix& prefix);
  void free_if_idle(DestId id);
  [[nodiscard]] Seen seen(const Destination& destination) const;
  void settle(DestId id, const Seen& before);
  void sort(Destination& destination);
  void mark_changed(DestId id);
  void count(const Path& path, Family family, std::int64_t sign);
  void count_egress(const EgressInfo& egress, std::int64_t sign);
  void fill(Path& path, const Import& import);
  void erase_path(DestId id, std::size_t path);
  [[nodiscard]] std::uint32_t free_local_id(const Destination& destination);

  DecisionConfig config_;
  AttrTable attributes_;
  std::vector<Peer> peers_;
  std::vector<std::unique_ptr<Chunk>> chunks_;
  std::vector<DestId> free_;
  DestId size_ = 0;
  boost::unordered_flat_map<Prefix, DestId, std::hash<Prefix>> index_;
  // Destinations in use of each prefix length: what longest_match has to try.
  std::array<std::array<std::uint32_t, 129>, kFamilyCount> lengths_{};
  std::vector<DestId> changes_;
  std::array<TableCounts, kFamilyCount> tables_{};
  std::array<std::uint64_t, kStepCount> decisions_{};
  std::uint64_t egress_changes_ = 0;
  std::uint64_t egress_suboptimal_ = 0;
  boost::unordered_flat_map<std::uint32_t, std::uint64_t> egress_prefixes_;
  std::vector<std::string> details_{""};
  boost::unordered_flat_map<std::string, std::uint16_t> detail_index_;
  std::vector<Candidate> ranked_;  // scratch of sort()
  std::vector<Path> sorted_;       // scratch of sort()
  std::vector<bool> taken_ids_;    // scratch of free_local_id()
};

}  // namespace tern::rib
