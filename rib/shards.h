// The routing table in shards: each is a Rib for a part of the prefix space, so that several
// threads can store and advertise at once. All shards share the attribute sets.
//
// One thread at a time uses a shard. Any thread may call index_of(), attributes(), details() and
// reasons() at any time. The sums read all shards: their caller owns all shards. The owner of all
// shards sets the values that all have in common (config(), peer()), and may read them at any time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "rib/attr_table.h"
#include "rib/details.h"
#include "rib/reason_words.h"
#include "rib/rib.h"

namespace tern::rib {

// A destination and the shard that it is in.
struct Found {
  std::uint32_t shard = 0;
  DestId id = 0;
};

// Octets of address space: the limits to which all attribute sets, and the paths of each shard, can
// grow. The tables reserve the addresses, which count for RLIMIT_AS, but take no memory for them.
struct TableSpaces {
  std::size_t attributes = AttrTable::kSpace;
  std::size_t paths = BlockPool::kReserve;
  friend bool operator==(const TableSpaces&, const TableSpaces&) = default;
};

class Shards {
 public:
  static constexpr std::size_t kMost = 16;

  // count: 1 to kMost
  explicit Shards(std::size_t count = 1, const DecisionConfig& config = {},
                  const TableSpaces& spaces = {});
  Shards(const Shards&) = delete;
  Shards& operator=(const Shards&) = delete;

  [[nodiscard]] std::size_t size() const { return ribs_.size(); }
  [[nodiscard]] Rib& operator[](std::size_t shard) { return *ribs_[shard]; }
  [[nodiscard]] const Rib& operator[](std::size_t shard) const { return *ribs_[shard]; }
  // Adjacent prefixes mostly have the same attributes: prefixes that agree in the first 12 bits (28
  // of IPv6) are in one shard, so that they can share messages.
  [[nodiscard]] std::size_t index_of(const Nlri& nlri) const;

  [[nodiscard]] AttrTable& attributes() { return attributes_; }
  [[nodiscard]] const AttrTable& attributes() const { return attributes_; }
  [[nodiscard]] DetailTable& details() { return details_; }
  [[nodiscard]] const DetailTable& details() const { return details_; }
  [[nodiscard]] ReasonWords& reasons() { return reasons_; }
  [[nodiscard]] const ReasonWords& reasons() const { return reasons_; }

  // ---- Of all shards: see rib/rib.h

  [[nodiscard]] const DecisionConfig& config() const { return ribs_.front()->config(); }
  void set_config(const DecisionConfig& config);
  void set_peer(PeerSlot peer, const PeerRank& rank);
  [[nodiscard]] const PeerRank& peer(PeerSlot peer) const { return ribs_.front()->peer(peer); }
  void forget_peer(PeerSlot peer);
  void set_most_paths(PeerSlot peer, std::size_t most);
  void change_epoch(PeerSlot peer, Family family, EpochChange change);

  [[nodiscard]] PeerCounts counts(PeerSlot peer) const;
  [[nodiscard]] std::uint64_t received(PeerSlot peer, Family family) const;
  // The received paths that have not expired, and those of them that a prefix limit blocks.
  [[nodiscard]] std::uint64_t live(PeerSlot peer, Family family) const;
  [[nodiscard]] std::uint64_t blocked(PeerSlot peer, Family family) const;
  // Whether a path of the peer is in the table, of any session.
  [[nodiscard]] bool has_paths(PeerSlot peer) const;
  [[nodiscard]] TableCounts table(Family family) const;
  [[nodiscard]] std::array<std::uint64_t, kStepCount> decisions() const;
  [[nodiscard]] std::uint64_t paths_refused() const;
  [[nodiscard]] bool has_starved() const;
  [[nodiscard]] std::vector<PeerSlot> take_starved();
  // Best paths that moved to another PoP: ever, by cause, and since the last call of take_moves().
  [[nodiscard]] std::array<std::uint64_t, kMoveCauses> move_counts() const;
  [[nodiscard]] EgressMoves::Taken take_moves();
  void hold_moves();
  void release_moves(std::uint32_t holds);
  [[nodiscard]] std::uint64_t egress_suboptimal() const;
  [[nodiscard]] std::uint64_t egress_prefixes(MetroId metro, PopId pop) const;
  [[nodiscard]] RibMemory memory() const;
  // The sum of all shards: an audience that two shards have counts twice.
  [[nodiscard]] std::size_t audiences() const;
  [[nodiscard]] HeldPrefixes held() const;
  [[nodiscard]] bool has_changes() const;

  [[nodiscard]] std::optional<Found> find(const Nlri& nlri) const;
  // The most specific prefix with an accepted path that contains the address (covers the prefix).
  [[nodiscard]] std::optional<Found> longest_match(const IpAddress& address) const;
  [[nodiscard]] std::optional<Found> longest_match(const Nlri& nlri) const;
  [[nodiscard]] Destination destination(const Found& found) const {
    return ribs_[found.shard]->destination(found.id);
  }

  // Rib::share() and unshare().
  void share();
  void unshare();

  // The octets that are free in the spaces; for paths, of the shard with the least. Any thread may
  // call at any time.
  [[nodiscard]] TableSpaces spaces_left() const;
  [[nodiscard]] const TableSpaces& spaces() const { return spaces_; }

  // prepare_memory() gets memory from the system that growing tables will need next, which can take
  // ten milliseconds. asks_for_memory(): a table will need it soon. Any thread, at any time.
  void prepare_memory();
  [[nodiscard]] bool asks_for_memory() const;

 private:
  const TableSpaces spaces_;
  AttrTable attributes_;
  DetailTable details_;
  ReasonWords reasons_;
  std::vector<std::unique_ptr<Rib>> ribs_;  // after the tables that they use
};

}  // namespace tern::rib
