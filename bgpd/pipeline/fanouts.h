// The fan-outs of all shards, and the clients as the loop sees them: one Outlet each.
//
// The Fanout of a shard is used by whoever has the shard; all else here asks for a caller that has
// all of them, unless it says otherwise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "bgpd/pipeline/fanout.h"
#include "bgpd/pipeline/outlet.h"
#include "rib/shards.h"

namespace tern::pipeline {

class Fanouts {
 public:
  // most_lag: octets that a client may be behind; see Fanout. Each shard has its part of it.
  explicit Fanouts(rib::Shards& shards, std::uint64_t most_lag = ExportClient::kMostLag);
  Fanouts(const Fanouts&) = delete;
  Fanouts& operator=(const Fanouts&) = delete;

  [[nodiscard]] Fanout& operator[](std::size_t shard) { return *fanouts_[shard]; }

  // ---- Clients, by slot

  // A session came up: it is told the table, closed by End-of-RIB (RFC 4724 section 2).
  void open(const SessionFacts& facts, const ExportRules& rules);
  void close(PeerSlot slot);
  // The shards make more octets for the client, as its Outlet wishes.
  void resync(PeerSlot slot);
  // New rules. A walk, or else the caller (Fanout::set_rules()), has the routes evaluated again.
  void set_rules(PeerSlot slot, const ExportRules& rules, bool walks = true);
  // The shards are asked for the next table that the client waits for (Outlet::next_waits()).
  void begin_table(PeerSlot slot);
  // Null where there is no open session. On the thread that has the sessions.
  [[nodiscard]] Outlet* outlet(PeerSlot slot) const {
    return slot < outlets_.size() ? outlets_[slot].get() : nullptr;
  }

  // ---- Of all shards: see pipeline/fanout.h

  [[nodiscard]] bool walking() const;
  [[nodiscard]] std::size_t log_bytes() const;
  [[nodiscard]] std::size_t class_count() const { return fanouts_.front()->class_count(); }
  // Clients that left a log and are told the present state.
  [[nodiscard]] std::size_t lagging_count() const;

 private:
  std::vector<std::unique_ptr<Fanout>> fanouts_;
  std::vector<std::unique_ptr<Outlet>> outlets_;  // by slot
};

}  // namespace tern::pipeline
