// All that one client is told: what each shard has for it, and when it was told the table.
//
// The octets of the shards come in whole messages, in any order among the shards; a prefix is of
// one shard, so its messages keep their order. The marks of a table that the client was promised
// (End-of-RIB, RFC 4724 section 2; BoRR and EoRR, RFC 7313) are the AdjRibOut's own, because only
// here it is known that all shards told theirs. One table at a time: what is asked for meanwhile
// waits.
//
// Used by the thread that has the sessions, while the shards work (pipeline/export_cursor.h).
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
  // shards: the session's cursor in each of them; they wait for their first table.
  AdjRibOut(const SessionFacts& facts, std::vector<std::shared_ptr<ExportCursor>> shards);

  // ---- Tables

  // Everything of the family once more (RFC 2918), demarcated when `enhanced` (RFC 7313); nothing
  // where the session does not have the family.
  void ask(Family family, bool enhanced);
  // Another table can begin: all shards are to be asked for take_next()'s families.
  [[nodiscard]] bool next_waits() const { return !in_table_ && !waiting_.empty(); }
  FamilySet take_next();
  // A table is being told.
  [[nodiscard]] bool in_table() const { return in_table_; }

  // ---- What the socket takes

  // Something waits to be written.
  [[nodiscard]] bool has_more();
  // Fills `runs` with what comes next, about max_octets; returns how many. Unless that is 0, the
  // next call is took().
  std::size_t collect(std::span<std::span<const std::byte>> runs, std::size_t max_octets);
  // The socket took so many octets of what gather() gave last, perhaps none. Returns the oldest
  // read time of what left whole, steady nanoseconds; 0: none. Where a message was left in the
  // middle, keep() is given its rest, and must see that it is written next.
  template <typename Keep>
  std::uint64_t took(std::size_t octets, Keep&& keep);

  // Shards that are to make more octets for the client (Advertiser::resync()), a bit each;
  // forgotten by the call.
  [[nodiscard]] ShardBits take_wishes();
  // Of what waits in the logs the client is told the latest state alone: leaves all logs.
  void leave_logs();

  // ---- For people

  // Octets before the socket, as far as they are known.
  [[nodiscard]] std::uint64_t waiting() const;
  [[nodiscard]] ExportCounters counters() const;
  // Left the log of some shard, and is told the present state.
  [[nodiscard]] bool lagging() const;

 private:
  struct Table {
    FamilySet families;
    bool refresh = false;  // closed by EoRR where demarcated; else by End-of-RIB
    bool demarcate = false;
    friend bool operator==(const Table&, const Table&) = default;
  };
  static constexpr std::size_t kOwn = ~std::size_t{0};

  void look_for_end();
  void expect_table();
  void mark_refresh(bool begin);
  template <typename Keep>
  void took_own(std::size_t octets, Keep&& keep);

  const FamilySet families_;
  const std::vector<std::shared_ptr<ExportCursor>> shards_;
  Table table_;                // being told, or the last one
  bool in_table_ = true;       // the first table, from the beginning
  ShardBits shards_done_ = 0;  // shards that told it
  std::vector<Table> waiting_;
  ExportCounters counters_;  // of own_
  std::vector<std::byte> own_;
  std::size_t from_ = 0;  // what gather() gave last: a shard's, or kOwn
};

template <typename Keep>
std::uint64_t AdjRibOut::took(std::size_t octets, Keep&& keep) {
  if (from_ != kOwn) return shards_[from_]->advance(octets, keep);
  took_own(octets, keep);
  return 0;
}

// The few octets of our own are all one message, as far as the others are concerned.
template <typename Keep>
void AdjRibOut::took_own(std::size_t octets, Keep&& keep) {
  if (octets == 0) return;
  if (octets < own_.size()) keep(std::span<const std::byte>(own_).subspan(octets));
  own_.clear();
}

}  // namespace tern::pipeline
