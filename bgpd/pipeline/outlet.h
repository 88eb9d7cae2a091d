// All that one client is told: what each shard has for it, and when it was told the table.
//
// The octets of the shards come in whole messages, in any order among the shards; a prefix is of
// one shard, so its messages keep their order. The marks of a table that the client was promised
// (End-of-RIB, RFC 4724 section 2; BoRR and EoRR, RFC 7313) are the Outlet's own, because only here
// it is known that all shards told theirs. One table at a time: what is asked for meanwhile waits.
//
// Used by the thread that has the sessions. `away` names the shards that are in use elsewhere, a
// bit each: they are not looked at.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bgpd/pipeline/export_client.h"

namespace tern::pipeline {

using ShardBits = std::uint32_t;

class Outlet {
 public:
  // clients: of the session, in each shard; they wait for their first table.
  Outlet(const SessionFacts& facts, std::vector<ExportClient*> clients);

  // ---- Tables

  // Everything of the family once more (RFC 2918), demarcated when `enhanced` (RFC 7313); nothing
  // where the session does not have the family.
  void ask(Family family, bool enhanced);
  // Another table can begin: all shards are to be asked for take_next()'s families.
  [[nodiscard]] bool next_waits() const { return !telling_ && !waiting_.empty(); }
  FamilySet take_next();
  // A table is being told.
  [[nodiscard]] bool telling() const { return telling_; }

  // ---- What the socket takes

  // Something waits to be written.
  [[nodiscard]] bool has_more(ShardBits away);
  // Fills `runs` with what comes next, about max_octets; returns how many.
  std::size_t gather(std::span<std::span<const std::byte>> runs, std::size_t max_octets,
                     ShardBits away);
  // The socket took so many octets of what gather() gave last. Returns the oldest read time of what
  // left whole, steady nanoseconds; 0: none. Where a message was left in the middle, keep() is
  // given its rest, and must see that it is written next.
  template <typename Keep>
  std::uint64_t took(std::size_t octets, Keep&& keep);

  // Left the log of some shard, and is told the present state.
  [[nodiscard]] bool lagging(ShardBits away) const;

  // ---- For people; with no shard away

  // Octets before the socket, as far as they are known.
  [[nodiscard]] std::uint64_t waiting() const;
  [[nodiscard]] ExportCounters counters() const;
  [[nodiscard]] bool lagging() const { return lagging(0); }

 private:
  struct Table {
    FamilySet families;
    bool refresh = false;  // closed by EoRR where demarcated; else by End-of-RIB
    bool demarcate = false;
    friend bool operator==(const Table&, const Table&) = default;
  };
  static constexpr std::size_t kOwn = ~std::size_t{0};

  void look_for_end(ShardBits away);
  void mark_refresh(bool begin);
  std::uint64_t advance(std::size_t octets);
  [[nodiscard]] std::span<const std::byte> partial() const;

  const FamilySet families_;
  const std::vector<ExportClient*> clients_;
  Table table_;          // being told, or the last one
  bool telling_ = true;  // the first table, from the beginning
  ShardBits told_ = 0;   // shards that told it
  std::vector<Table> waiting_;
  ExportCounters counters_;  // of own_
  std::vector<std::byte> own_;
  std::size_t own_taken_ = 0;
  std::size_t from_ = 0;  // what gather() gave last: a shard's, or kOwn
};

template <typename Keep>
std::uint64_t Outlet::took(std::size_t octets, Keep&& keep) {
  const std::uint64_t read_time = advance(octets);
  if (const std::span<const std::byte> rest = partial(); !rest.empty()) {
    keep(rest);
    const std::uint64_t more = advance(rest.size());
    return read_time == 0 ? more : read_time;
  }
  return read_time;
}

}  // namespace tern::pipeline
