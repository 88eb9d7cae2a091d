// The Advertiser of each shard, and the AdjRibOut of each client.
//
// The Advertiser of a shard is used by the thread that runs the strand of the shard. The functions
// require a caller that has all shards, where they do not name a thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "bgpd/pipeline/adj_rib_out.h"
#include "bgpd/pipeline/advertiser.h"
#include "rib/shards.h"

namespace tern::pipeline {

class Advertisers {
 public:
  // most_lag: octets that a client may be behind; see Advertiser. Each shard gets an equal share.
  explicit Advertisers(rib::Shards& shards, std::uint64_t most_lag = ExportClient::kMostLag);
  Advertisers(const Advertisers&) = delete;
  Advertisers& operator=(const Advertisers&) = delete;

  [[nodiscard]] Advertiser& operator[](std::size_t shard) { return *advertisers_[shard]; }

  // ---- Clients, by slot

  // A session came up: the client is advertised the table, and then End-of-RIB (RFC 4724 section
  // 2).
  void open(const SessionFacts& facts, const ExportRules& rules);
  void close(PeerSlot slot);
  // The shards make more octets for the client, as its AdjRibOut wishes.
  void resync(PeerSlot slot);
  // New rules; see Advertiser::set_rules().
  void set_rules(PeerSlot slot, const ExportRules& rules, bool walks = true);
  // Advertiser::set_summaries(), sorted.
  void set_summaries(const std::vector<Prefix>& prefixes);
  [[nodiscard]] const std::vector<Prefix>& summaries() const { return summaries_; }
  // Asks the shards for the next table that the client waits for (AdjRibOut::next_waits()).
  void begin_table(PeerSlot slot);
  // Null where there is no open session. On the loop's thread.
  [[nodiscard]] AdjRibOut* adj_rib_out(PeerSlot slot) const {
    return slot < adj_ribs_out_.size() ? adj_ribs_out_[slot].get() : nullptr;
  }

  // ---- Of all shards: see pipeline/advertiser.h

  [[nodiscard]] bool walking() const;
  [[nodiscard]] std::size_t log_bytes() const;
  [[nodiscard]] std::size_t group_count() const { return advertisers_.front()->group_count(); }
  // Clients that left a log and are advertised the present state.
  [[nodiscard]] std::size_t lagging_count() const;

 private:
  void note_default_routes(bool originated);

  rib::Shards& shards_;
  std::vector<Prefix> summaries_;
  std::vector<std::unique_ptr<Advertiser>> advertisers_;
  std::vector<std::unique_ptr<AdjRibOut>> adj_ribs_out_;  // by slot
};

}  // namespace tern::pipeline
