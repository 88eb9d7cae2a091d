// The Adj-RIB-Out of one client as octets (RFC 4271 section 3.2): the messages of all shards, and
// the marks at the beginning and the end of a table.
//
// A client receives the messages of the shards in any order among the shards. A prefix belongs to
// one shard, so its messages keep their order. AdjRibOut itself makes the marks of a table
// (End-of-RIB, RFC 4724 section 2; BoRR and EoRR, RFC 7313), because it alone knows when the client
// has received the table of every shard. AdjRibOut sends one table at a time; later requests wait.
//
// Used by the loop's thread, while other threads work on the shards (pipeline/export_cursor.h).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "bgpd/pipeline/export_cursor.h"
#include "bgpd/pipeline/session_facts.h"

namespace tern::pipeline {

using ShardBits = std::uint32_t;

class AdjRibOut {
 public:
  // shards: the client's cursor in each shard. The first table is under way from the beginning.
  AdjRibOut(const SessionFacts& facts, std::vector<std::shared_ptr<ExportCursor>> shards);

  // ---- Tables

  // Requests the whole family once more (RFC 2918), between BoRR and EoRR when `enhanced` (RFC
  // 7313). Does nothing when the session did not negotiate the family.
  void request_table(Family family, bool enhanced);
  // The next table can begin: the caller asks every shard for the families of take_next().
  [[nodiscard]] bool next_waits() const { return !in_table_ && !waiting_.empty(); }
  FamilySet take_next();
  // A table is under way.
  [[nodiscard]] bool in_table() const { return in_table_; }

  // ---- Octets for the socket

  // Something waits to be written.
  [[nodiscard]] bool has_more();
  // Fills `runs` with the next octets, about max_octets, and returns the number of runs. Unless it
  // is 0, the next call is took().
  std::size_t collect(std::span<std::span<const std::byte>> runs, std::size_t max_octets);
  // The socket took so many octets of the last collect(), perhaps none. Returns the oldest read
  // time of the messages that were taken whole, in steady nanoseconds; 0: none. If a message was
  // taken in part, keep() receives the rest of it and must have it written next.
  template <typename Keep>
  std::uint64_t took(std::size_t octets, Keep&& keep);

  // Shards that the caller asks for more octets (Advertiser::resync()), a bit each. The call
  // forgets them.
  [[nodiscard]] ShardBits take_resync_requests();
  // The client leaves all logs: of what waits there it is advertised the latest state alone.
  void leave_logs();

  // ---- For people

  // Octets that wait for the socket, as far as they are known.
  [[nodiscard]] std::uint64_t waiting() const;
  [[nodiscard]] ExportCounters counters() const;
  // The client left the log of some shard and is advertised the present state.
  [[nodiscard]] bool lagging() const;

 private:
  struct Table {
    FamilySet families;
    bool refresh = false;    // answers a ROUTE-REFRESH: ends without End-of-RIB
    bool demarcate = false;  // between BoRR and EoRR
    friend bool operator==(const Table&, const Table&) = default;
  };
  static constexpr std::size_t kOwn = ~std::size_t{0};

  void look_for_end();
  void note_walk_requested();
  void mark_refresh(bool begin);
  template <typename Keep>
  void took_own(std::size_t octets, Keep&& keep);

  const FamilySet families_;
  const std::vector<std::shared_ptr<ExportCursor>> shards_;
  Table table_;                // under way, or the last one
  bool in_table_ = true;       // true from the beginning, for the first table
  ShardBits shards_done_ = 0;  // shards whose table the client has
  std::vector<Table> waiting_;
  ExportCounters counters_;  // of own_
  std::vector<std::byte> own_;
  std::size_t from_ = kOwn;  // the last collect() gave octets of this shard, or of kOwn
};

template <typename Keep>
std::uint64_t AdjRibOut::took(std::size_t octets, Keep&& keep) {
  if (from_ != kOwn) return shards_[from_]->advance(octets, keep);
  took_own(octets, keep);
  return 0;
}

// The marks go out together: when some are taken in part, keep() receives all the rest.
template <typename Keep>
void AdjRibOut::took_own(std::size_t octets, Keep&& keep) {
  if (octets == 0) return;
  if (octets < own_.size()) keep(std::span<const std::byte>(own_).subspan(octets));
  own_.clear();
}

}  // namespace tern::pipeline
