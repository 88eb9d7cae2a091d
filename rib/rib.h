// One shard of the routing information base: the paths of every peer (Adj-RIB-In), ranked per
// prefix (Loc-RIB), and what every client is advertised (Adj-RIB-Out).
//
// Used by one thread at a time, except where a comment names other threads (rib/shards.h). The RIB
// knows neither sockets nor policy. A path comes in with its verdict of import policy. The journal
// (rib/journal.h) keeps changes for the Advertiser, which takes them with take_changes(), and for
// subscribers. Walks go by DestId in slices of the caller's choice, so that the table is never
// walked in one piece.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "rib/attr_table.h"
#include "rib/audience.h"
#include "rib/base/block_pool.h"
#include "rib/destination.h"
#include "rib/destination_table.h"
#include "rib/egress_moves.h"
#include "rib/epochs.h"
#include "rib/journal.h"
#include "rib/types/family.h"
#include "rib/types/prefix.h"
#include "rib/types/reason_counts.h"

namespace tern::rib {

struct PeerCounts {
  struct PerFamily {
    std::uint64_t received = 0;  // paths in the table, expired ones included
    std::uint64_t accepted = 0;
    std::uint64_t without_location = 0;  // accepted, egress cost unknown
    std::uint64_t best = 0;              // the best path of their prefix
  };
  std::array<PerFamily, kFamilyCount> families{};
  ReasonCounts rejected;
  std::uint64_t last_resorts = 0;       // accepted, of that rank (rib/types/pin.h)
  std::uint64_t best_last_resorts = 0;  // of these, the best path of their prefix
  std::uint64_t paths_refused = 0;      // ever: not stored, the prefix had too many paths
};

struct TableCounts {
  std::uint64_t prefixes = 0;  // with at least one accepted path
  std::uint64_t paths = 0;     // accepted
  std::uint64_t best_changes = 0;
};

// Memory of the table, in octets.
struct RibMemory {
  std::size_t records = 0;  // 32 a destination
  std::size_t blocks = 0;   // paths and advertised entries
  std::size_t index = 0;    // prefix to destination
  std::size_t ordered = 0;  // destinations in the order of their prefixes
};

class Rib {
 public:
  // attributes: several Ribs may share it; it outlives them.
  // path_space: octets of address space for paths.
  explicit Rib(AttrTable& attributes, const DecisionConfig& config = {},
               std::size_t path_space = BlockPool::kReserve);
  ~Rib();
  Rib(const Rib&) = delete;
  Rib& operator=(const Rib&) = delete;

  [[nodiscard]] AttrTable& attributes() { return attributes_; }
  [[nodiscard]] const AttrTable& attributes() const { return attributes_; }
  [[nodiscard]] AudienceTable& audiences() { return audiences_; }
  [[nodiscard]] const AudienceTable& audiences() const { return audiences_; }
  [[nodiscard]] const DecisionConfig& config() const { return config_; }
  // Takes effect on the next change of each destination; rank() applies it.
  void set_config(const DecisionConfig& config) { config_ = config; }

  // ---- Peers. A rank stays until the slot is set again, so that expired paths can be compared.

  // slot < kMostPeerSlots
  void set_peer(PeerSlot peer, const PeerRank& rank);
  // The slot is free for another peer. Requires that the peer has no paths.
  void forget_peer(PeerSlot peer);
  [[nodiscard]] const PeerRank& peer(PeerSlot peer) const { return peers_[peer].rank; }
  [[nodiscard]] const PeerCounts& counts(PeerSlot peer) const { return peers_[peer].counts; }
  // Most paths of one prefix that are stored for the peer; kMostPaths - 1 for all neighbors
  // together.
  void set_most_paths(PeerSlot peer, std::size_t most) { peers_[peer].most_paths = most; }
  // Decides which paths of the peer expire (rib/epochs.h).
  void change_epoch(PeerSlot peer, Family family, EpochChange change);
  [[nodiscard]] const Epochs& epochs(PeerSlot peer, Family family) const {
    return peers_[peer].epochs[index(family)];
  }
  // Of a path in the table: sweep() will remove it.
  [[nodiscard]] bool is_expired(DestId id, std::size_t path) const {
    const Record& record = table_.record(id);
    const Path& of = table_.paths(record)[path];
    return epochs(of.peer(), record.family).is_expired(of.epoch);
  }
  // Paths that sweep() will remove, of all peers.
  [[nodiscard]] std::uint64_t expired_paths() const { return expired_paths_; }

  // ---- Paths

  struct Announcement {
    Nlri nlri;
    Import import;
  };
  // Adds or replaces, in order. Replacing by an equal path changes its epoch alone. Consecutive
  // announcements of one prefix are ranked once. now: Unix seconds. The cache misses of many
  // announcements overlap: a hundred in one call cost a third of a hundred calls.
  void announce(PeerSlot peer, std::span<const Announcement> announcements, std::uint32_t now);
  void announce(PeerSlot peer, const Nlri& nlri, const Import& import, std::uint32_t now) {
    const Announcement one{nlri, import};
    announce(peer, std::span(&one, 1), now);
  }
  void withdraw(PeerSlot peer, std::span<const Nlri> prefixes);
  void withdraw(PeerSlot peer, const Nlri& nlri) { withdraw(peer, std::span(&nlri, 1)); }
  // The path that the peer sent before in this session, or nullptr (for prefix limits).
  [[nodiscard]] const Path* find(PeerSlot peer, const Nlri& nlri) const;
  // Paths that were not stored, because their prefixes had too many.
  [[nodiscard]] std::uint64_t paths_refused() const { return paths_refused_; }
  // take_starved() returns the peers whose new paths were refused because the space for paths is
  // nearly full, and forgets them. The caller ends their sessions, because these peers will not
  // announce the paths again. Any thread may call has_starved().
  [[nodiscard]] bool has_starved() const { return has_starved_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::vector<PeerSlot> take_starved();
  // New verdicts on paths that are in the table; each with its index into destination(id).paths.
  using Revision = std::pair<std::size_t, Import>;
  void revise(DestId id, std::span<const Revision> revisions);
  void revise(DestId id, std::size_t path, const Import& import) {
    const Revision one{path, import};
    revise(id, std::span(&one, 1));
  }
  // Drops the expired paths of `id`, of all peers.
  void sweep(DestId id);
  // Ranks the paths again after set_config(). It is no change if the order stays, also at vantages.
  void rank(DestId id);
  // The same after set_peer() of these peers. If one of them has a path, it is a change whatever
  // the order, because clients may be advertised the peer's identifier (RFC 4456 section 8).
  void rank(DestId id, const ClientSet& peers);

  // ---- Changes, and what is advertised

  // Takes up to `most` destinations whose accepted paths or their order changed since they were
  // taken last, each once, in the order of the changes.
  void take_changes(std::size_t most, std::vector<DestId>& out);
  // Has take_changes() return the destination although its paths are the same, because clients have
  // new rules.
  void note_changed(DestId id);
  // The same for a destination that may have no path yet: clients may be advertised a route of it
  // all the same. Adds the destination where the table lacks it.
  void note_changed(const Nlri& nlri);
  [[nodiscard]] bool has_changes() const { return journal_.has_due(); }
  // Replaces what is advertised; takes counts of its own. ids: path ids, empty where all are 0.
  void set_advertised(DestId id, std::span<const Advertised> advertised,
                      std::span<const std::uint32_t> ids);
  // The caller calls it for every change that it took and that needs no set_advertised(): the
  // destination may be unused.
  void free_if_idle(DestId id);
  // While pinned, and then until free_idle(), an id keeps its prefix even without paths and without
  // advertised routes.
  void pin() { ++pins_; }
  void unpin();
  [[nodiscard]] bool pinned() const { return pins_ > 0 || journal_.holds_ids(); }
  // Frees the ids of up to `most` prefixes that were kept for a pin, once there is none.
  void free_idle(std::size_t most);
  // The number of such prefixes.
  [[nodiscard]] std::size_t idle() const { return idle_.size(); }

  // ---- Subscribers to changes (rib/journal.h)

  // snapshot: read() passes all destinations first.
  void subscribe(std::shared_ptr<Journal::Subscriber> subscriber, bool snapshot) {
    journal_.subscribe(std::move(subscriber), snapshot, end());
  }
  void unsubscribe(Journal::Subscriber& subscriber) { journal_.unsubscribe(subscriber); }
  [[nodiscard]] bool subscribed() const { return journal_.subscribed(); }
  // See Journal::read(). An id keeps its prefix from a change until all subscribers have read it.
  template <typename Take>
  Journal::Read read(Journal::Subscriber& subscriber, Take&& take) {
    return journal_.read(subscriber, std::forward<Take>(take));
  }

  // ---- Other threads

  // From share() until the matching unshare() other threads may read by rib/table_reader.h. The
  // last unshare() requires that they have finished. Meanwhile changes cost more, and ids are
  // pinned.
  void share();
  void unshare();

  // ---- Destinations

  // Ids run from 0 to end(); those not in_use are empty.
  [[nodiscard]] DestId end() const { return table_.end(); }
  [[nodiscard]] Destination destination(DestId id) const { return table_.view(id); }
  [[nodiscard]] std::size_t path_count(DestId id) const { return table_.record(id).paths; }
  // Requires an id in use.
  [[nodiscard]] const Prefix& prefix(DestId id) const { return table_.record(id).prefix; }
  // Appends the ids of destinations at addresses from `from` on, in no order, and perhaps some
  // before it. Returns the address for the next call; nullopt at the end (rib/ordered_index.h).
  [[nodiscard]] std::optional<IpAddress> next(Family family, const IpAddress& from,
                                              std::vector<DestId>& out) const {
    return table_.next(family, from, out);
  }
  [[gnu::always_inline]] void prefetch(DestId id) const { table_.prefetch(id); }
  [[gnu::always_inline]] void prefetch_paths(DestId id) const { table_.prefetch_block(id); }
  // Prefetches the sets of the first paths and of the first advertised entries. Reads the memory
  // that the other two functions prefetch.
  [[gnu::always_inline]] void prefetch_sets(DestId id) const {
    constexpr std::size_t kMost = 2;
    const Record& record = table_.record(id);
    if (record.block == 0) return;
    for (std::size_t i = 0; i < std::min<std::size_t>(record.paths, kMost); ++i) {
      attributes_.prefetch(table_.paths(record)[i].effective());
    }
    for (std::size_t i = 0; i < std::min<std::size_t>(record.advertised, kMost); ++i) {
      attributes_.prefetch(table_.advertised(record)[i].set);
    }
  }
  // The path id of the Nlri is ignored.
  [[nodiscard]] std::optional<Destination> find(const Nlri& nlri) const;
  [[nodiscard]] std::optional<DestId> find_id(const Nlri& nlri) const;
  // The same, if the destination has an accepted path.
  [[nodiscard]] std::optional<DestId> find_accepted(const Nlri& nlri) const;

  [[nodiscard]] const TableCounts& table(Family family) const { return tables_[index(family)]; }
  // How often each step decided between a new best path and the next one.
  [[nodiscard]] const std::array<std::uint64_t, kStepCount>& decisions() const {
    return decisions_;
  }
  // Best paths that moved to another PoP. take_moves(): since it was called last.
  [[nodiscard]] const EgressMoves& moves() const { return moves_; }
  [[nodiscard]] EgressMoves::Taken take_moves() { return moves_.take(); }
  void hold_moves() { moves_.hold(); }
  void release_moves(std::uint32_t holds) { moves_.release(holds); }
  // While moves are held, the caller notes those of the destinations that it changes.
  void note_move(const EgressMove& move) { moves_.note(move); }
  struct Exit {
    PeerSlot peer = kNoPeerSlot;  // whose path is the best
    MetroId metro = kNoPlace;
    PopId pop = kNoPlace;
  };
  // Nothing where no accepted path leaves the network.
  [[nodiscard]] std::optional<Exit> exit(DestId id) const;
  // While a Because exists, changes of paths have this cause.
  class Because {
   public:
    Because(Rib& rib, MoveCause cause) : rib_(rib), before_(std::exchange(rib.cause_, cause)) {}
    ~Because() { rib_.cause_ = before_; }
    Because(const Because&) = delete;
    Because& operator=(const Because&) = delete;

   private:
    Rib& rib_;
    const MoveCause before_;
  };
  // Prefixes whose best path is not the nearest edge among their accepted paths with its PinRank.
  [[nodiscard]] std::uint64_t egress_suboptimal() const { return egress_suboptimal_; }
  // Prefixes by the place of their best path; [metro][pop], kNoPlace as the last of each.
  [[nodiscard]] std::uint64_t egress_prefixes(MetroId metro, PopId pop) const;
  [[nodiscard]] RibMemory memory() const;
  // Octets that are free for paths. Any thread may call at any time.
  [[nodiscard]] std::size_t path_octets_left() const { return table_.octets_left(); }
  // Gets memory from the system that a growing table will need next. Any thread, at any time.
  void prepare_memory() { table_.prepare_memory(); }
  [[nodiscard]] bool asks_for_memory() const { return table_.asks_for_memory(); }

 private:
  friend class TableReader;
  struct Peer {
    PeerRank rank;
    PeerCounts counts;
    std::array<Epochs, kFamilyCount> epochs;
    std::size_t most_paths = DestinationTable::kMostPaths;
  };
  // A path of a peer in a destination; if there is none, the number of its other paths in it.
  struct Search {
    std::size_t at = kNoPath;
    std::size_t others = 0;
    [[nodiscard]] bool found() const { return at != kNoPath; }
  };
  // The visible state of a destination, to detect whether it changed.
  struct Seen {
    AttrRef best = AttrRef::None;
    PeerSlot peer = kNoPeerSlot;
    EgressInfo egress;
    bool any = false;
    bool leaves = false;      // through an exit: the best path is not of this router
    bool suboptimal = false;  // another accepted path with the same PinRank leaves nearer
    bool last_resort = false;
  };
  using Record = DestinationTable::Record;
  static constexpr std::size_t kNoPath = ~std::size_t{0};

  [[nodiscard]] DestId find_or_add(const Nlri& nlri, std::size_t hash);

  // rib/paths.cc
  [[nodiscard]] Search find_path(const Record& record, PeerSlot peer, std::uint32_t path_id) const;
  void announce_known(PeerSlot peer, std::span<const Announcement> announcements,
                      std::uint32_t now);
  void announce_one(DestId id, PeerSlot peer, const Announcement& announcement, std::uint32_t now);
  void announce_several(DestId id, PeerSlot peer, std::span<const Announcement> announcements,
                        std::uint32_t now);
  void withdraw_several(DestId id, PeerSlot peer, std::span<const Nlri> prefixes);
  void make_room(DestId id, PeerSlot peer, std::size_t more);
  [[nodiscard]] bool has_room(const Record& record, PeerSlot peer, const Search& searched);
  void add_path(DestId id, const Path& path, const PathIds& ids, AttrRef received);
  void replace(DestId id, std::size_t path, const Import& import, std::uint32_t since);
  Import put(DestId id, Record& record, std::size_t path, const Import& import,
             std::uint32_t since);
  [[nodiscard]] Path new_path(PeerSlot peer, Family family, const Import& import,
                              std::uint32_t now) const;
  [[nodiscard]] PathIds new_ids(const Record& record, std::uint32_t received);
  void erase_paths(DestId id, std::span<const std::size_t> paths);
  bool drop_expired(DestId id);
  template <typename Fn>
  void change_epochs(PeerSlot peer, Family family, Fn&& change);
  void hear_again(const Record& record, std::size_t path);
  void count_new(const Path& path, Family family);
  void note_received(DestId id, const Record& record, PeerSlot peer, std::uint32_t path_id) {
    if (journal_.wanted(Journal::What::Received)) [[unlikely]] {
      journal_.note(Journal::What::Received, id, {record.prefix, record.family}, peer, path_id);
    }
  }
  void note_best(DestId id, const Record& record, const Seen& before, const Seen& after);
  void note_advertised(DestId id, std::span<const Advertised> advertised,
                       std::span<const std::uint32_t> ids);
  [[nodiscard]] std::uint32_t free_local_id(const Record& record);
  void take_counts(const Import& import);
  [[nodiscard]] Import change_counts(const Import& old, const Import& now);
  void give_counts(const Import& import);
  [[nodiscard]] Import import_of(const Record& record, std::size_t path) const;
  [[nodiscard]] DecisionKey key_of(const Import& import) const;

  // rib/ranking.cc
  [[nodiscard]] Candidate candidate(const Record& record, std::size_t path) const;
  [[nodiscard]] std::uint32_t path_id(const Record& record, std::size_t path) const;
  [[nodiscard]] Comparison compare_paths(const Record& record, std::size_t a, std::size_t b) const;
  // How MED, which compares only paths of one neighbor, affects the rank of a path.
  enum class Meds : std::uint8_t {
    Silent,     // MED ranks no path of the destination: pairs decide
    Elsewhere,  // MED ranked some other paths, but this path is the only one of its neighbor
    Speak,      // the path's neighbor has other paths that MED ranks
  };
  [[nodiscard]] Meds meds(const Record& record, std::size_t path) const;
  [[nodiscard]] std::size_t position(const Record& record, std::size_t path, Meds meds) const;
  [[nodiscard]] bool has_rows();
  void place(Record& record, std::size_t path, bool was_accepted);
  bool rank_all(Record& record);
  void reorder(Record& record);
  void decide_step(Record& record);
  [[nodiscard]] Seen seen(const Record& record) const;
  void settle(DestId id, Record& record, const Seen& before);
  void note_changed(DestId id, Record& record);
  [[nodiscard]] bool is_own(PeerSlot peer) const { return peers_[peer].rank.kind == PeerKind::Own; }
  // The paths that a prefix may have when a path of the peer has come. The last place is for a path
  // of this router, so that neighbors cannot take it.
  [[nodiscard]] std::size_t most_in_all(PeerSlot peer) const {
    return DestinationTable::kMostPaths - (is_own(peer) ? 0 : 1);
  }
  void count(const Path& path, Family family, std::int64_t sign);
  void count_egress(const EgressInfo& egress, std::int64_t sign);

  DecisionConfig config_;
  AttrTable& attributes_;
  AudienceTable audiences_;
  std::vector<Peer> peers_;
  DestinationTable table_;
  // Destinations in use of each prefix length: find_accepted() asks the index for no other length.
  std::array<std::array<std::uint32_t, 129>, kFamilyCount> lengths_{};
  Journal journal_;
  std::size_t pins_ = 0;
  std::deque<DestId> idle_;  // found idle while pinned
  std::size_t readers_ = 0;  // share() without unshare()
  std::array<TableCounts, kFamilyCount> tables_{};
  std::array<std::uint64_t, kStepCount> decisions_{};
  std::uint64_t paths_refused_ = 0;
  std::uint64_t expired_paths_ = 0;
  std::vector<PeerSlot> starved_;  // each once
  std::atomic<bool> has_starved_{false};
  MoveCause cause_ = MoveCause::Routes;
  EgressMoves moves_;
  std::uint64_t egress_suboptimal_ = 0;
  boost::unordered_flat_map<std::uint32_t, std::uint64_t> egress_prefixes_;
  std::vector<Candidate> ranked_;  // scratch of rank_all()
  std::vector<Path> sorted_;
  std::vector<PathIds> sorted_ids_;
  std::vector<AttrRef> sorted_received_;
  std::vector<Advertised> advertised_before_;        // scratch of set_advertised()
  std::vector<DestId> batch_;                        // scratch of announce()
  std::vector<std::size_t> hashes_;                  // scratch of announce()
  std::vector<std::uint64_t> taken_ids_;             // scratch of free_local_id()
  std::vector<Import> replaced_;                     // scratch: sets that a change removed
  std::vector<std::size_t> gone_;                    // scratch of sweep() and withdraw_several()
  std::vector<std::pair<Asn, std::uint32_t>> meds_;  // scratch of has_rows()
};

template <typename Fn>
void Rib::change_epochs(PeerSlot peer, Family family, Fn&& change) {
  Epochs& epochs = peers_[peer].epochs[index(family)];
  expired_paths_ -= epochs.expired();
  change(epochs);
  expired_paths_ += epochs.expired();
}

}  // namespace tern::rib
