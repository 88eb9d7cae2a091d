// Advertises one shard of the RIB to all clients: decides which client gets which path, compares
// with what each client was advertised, and makes the messages for the difference. Advertisers
// (pipeline/advertisers.h) has one Advertiser for each shard.
//
// For each changed destination one sweep over its paths, best first, gives every client the first
// path that it may have. The result is the partition of the destination: a list of (attribute set
// as advertised, audience). Clients at a vantage may prefer another order of the paths, so each
// vantage has a sweep of its own. The difference to the partition that the RIB keeps from before is
// encoded once per encoding, and appended to the export log that all clients of the encoding read
// (pipeline/export_client.h). No memory grows with routes times clients. New clients, refreshes and
// new rules are served by one walk over the table, which all clients that wait for the table share.
//
// The default route that this router originates for some clients (ExportRules::default_route) is in
// the partition of 0.0.0.0/0 or ::/0 like a path, and in no table. Resync, refresh, listings and
// Add-Path treat it like any route.
//
// Used by the thread that runs the strand of the shard.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "bgpd/pipeline/export_client.h"
#include "bgpd/pipeline/export_group.h"
#include "bgpd/pipeline/packer.h"
#include "bgpd/pipeline/table_walk.h"
#include "bgpd/pipeline/vantage_order.h"
#include "rib/rib.h"

namespace tern::pipeline {

class Advertiser {
 public:
  // most_lag: octets that a client may be behind before it is advertised the present state instead.
  // The advertiser takes one client at a time out of the log, so several may be further behind.
  explicit Advertiser(rib::Rib& rib, std::uint64_t most_lag = ExportClient::kMostLag);
  ~Advertiser();
  Advertiser(const Advertiser&) = delete;
  Advertiser& operator=(const Advertiser&) = delete;

  // ---- Clients, by slot

  // A session came up: the client is advertised the table, and reads the messages by the cursor.
  void open(const SessionFacts& facts, const ExportRules& rules,
            std::shared_ptr<ExportCursor> cursor);
  void close(PeerSlot slot);
  // Null where there is no open session.
  [[nodiscard]] ExportClient* client(PeerSlot slot) {
    return slot < clients_.size() ? clients_[slot].get() : nullptr;
  }
  // The client's cursor wishes for more octets, or left the log: see
  // ExportCursor::take_resync_request(). Does nothing without an open session.
  void resync(PeerSlot slot);
  // New rules. walks: a walk evaluates all destinations again for this client, and for no other.
  // Without it, the caller notes the destinations that the rules change (Rib::note_changed()).
  void set_rules(PeerSlot slot, const ExportRules& rules, bool walks = true);
  // Advertises all routes of the families once more.
  void advertise_table(PeerSlot slot, FamilySet families);
  // Prefixes whose more specific unicast routes are advertised to nobody (aggregates with
  // `summary_only`). The caller notes the destinations that this changes.
  void set_summaries(std::vector<Prefix> prefixes) { summaries_ = std::move(prefixes); }

  // ---- Work, in slices

  // Advertises up to `budget` changed destinations. read_time: when the UPDATE that caused the
  // changes was read, nanoseconds of a steady clock; 0: no UPDATE did. True: more changes wait.
  bool advertise(std::size_t budget, std::uint64_t read_time);
  // Since the last call, some log got messages, or a client left its log. A change that leaves
  // every client with the same path is neither.
  [[nodiscard]] bool take_appended() { return std::exchange(appended_, false); }
  // Some clients wait for the table.
  [[nodiscard]] bool walking() const { return !walk_.idle(); }
  // Does a slice of that walk, up to `budget` destinations.
  void walk(std::size_t budget);
  // Every client that reads a log (walk_congested(): every client that the walk serves) has more
  // left to take than it should: 8 MiB divided by the clients, 16 KiB at least and 1 MiB at most,
  // and 1 MiB for the first table of a session. More messages would cost memory, and later changes
  // would come behind them, while changes that wait coalesce.
  [[nodiscard]] bool congested() const;
  [[nodiscard]] bool walk_congested() const;

  // ---- For people

  // Octets of the logs' segments: messages that wait for slow clients, and free space.
  [[nodiscard]] std::size_t log_bytes() const;
  [[nodiscard]] std::size_t group_count() const { return groups_.size(); }

 private:
  // Clients of a family that share an order of preference: export groups with members.
  struct Vantage {
    PopId pop = kNoPlace;                        // kNoPlace: the order that the RIB keeps
    const policy::EgressCosts* costs = nullptr;  // of the groups
    std::vector<ExportGroup*> plain;
    std::vector<ExportGroup*> several;  // with Add-Path
  };
  // An entry of a partition under construction.
  struct Part {
    rib::AttrRef set = rib::AttrRef::None;  // counted
    std::uint32_t path_id = 0;
    rib::ClientSet to;
  };

  // advertiser_clients.cc
  [[nodiscard]] ExportGroup& group_for(const SessionFacts& facts, const ExportRules& rules);
  [[nodiscard]] SharedEncoding& encoding_for(const MessageFormat& format);
  void sort_groups();
  [[nodiscard]] Vantage& vantage_of(const ExportGroup& of, Family family);
  void request_table(PeerSlot slot, FamilySet families, TableWalk::Kind kind);
  void walk_stretch(const TableWalk::Stretch& stretch);
  void serve_only(const rib::ClientSet& clients);

  // advertiser_partition.cc: fills advertised_ and ids_, which own a count of each set and
  // audience. only_for_: the entries of other clients stay as the destination has them.
  void partition(const rib::Destination& destination);
  void keep_others(const rib::Destination& destination);
  [[nodiscard]] const std::vector<Vantage>& vantages(Family family) const {
    return only_for_ == nullptr ? vantages_[index(family)] : concerned_[index(family)];
  }
  // The members that a partition is for. Valid until the next change of take_.
  [[nodiscard]] const rib::ClientSet& wanted(const ExportGroup& of, Family family);
  void partition_default(const rib::Destination& destination);
  [[nodiscard]] bool is_suppressed(const rib::Destination& destination) const;
  bool partition_one_group(const rib::Destination& destination, rib::PathOrder::Indices order,
                           ExportGroup& of);
  void partition_groups(const rib::Destination& destination, rib::PathOrder::Indices order,
                        std::span<ExportGroup* const> groups);
  void partition_several(const rib::Destination& destination, rib::PathOrder::Indices order,
                         ExportGroup& of);
  void give(rib::AttrRef set, const rib::ClientSet& take, std::uint32_t path_id);
  Part& add_part(rib::AttrRef set, std::uint32_t path_id);
  [[nodiscard]] Part* find_part(rib::AttrRef set, std::uint32_t path_id);
  void push(rib::AttrRef set, rib::AudienceRef counted, std::uint32_t path_id);
  void push_one(rib::AttrRef set, PeerSlot slot);
  void clear_partition();
  void clear_advertised();
  void clear_parts();
  [[nodiscard]] rib::AudienceRef only(PeerSlot slot);

  // advertiser.cc
  void update(rib::DestId id);
  void advertise_difference(const rib::Destination& before, const rib::ClientSet& ahead);
  void index_parts(const rib::Destination& before);
  [[nodiscard]] const rib::Advertised* held_before(const rib::Destination& before,
                                                   std::size_t entry, bool many) const;
  void remove_holders(std::uint32_t path_id, bool many, rib::ClientSet& from) const;
  [[nodiscard]] std::uint32_t path_id(std::size_t entry) const {  // of advertised_
    return ids_.empty() ? 0 : ids_[entry];
  }
  void advertise_forced(const Nlri& nlri);
  void pack(rib::AttrRef set, const rib::ClientSet& to, const Nlri& nlri);
  void append(std::uint64_t read_time);
  void append_group(const Packer::Group& group, std::uint64_t read_time);
  void append_messages(rib::ExportLog& log, std::size_t messages,
                       const rib::ExportLog::Entry& entry);
  void shed_laggard();
  void note_lagging(const ExportClient& client);
  [[nodiscard]] std::size_t slice(std::size_t budget) const;
  [[nodiscard]] std::uint64_t ahead() const;

  rib::Rib& rib_;
  const std::uint64_t most_lag_;
  std::vector<std::unique_ptr<ExportClient>> clients_;  // by slot
  std::size_t client_count_ = 0;
  std::vector<std::unique_ptr<SharedEncoding>> encodings_;
  std::vector<std::unique_ptr<ExportGroup>> groups_;
  std::array<std::vector<Vantage>, kFamilyCount> vantages_;
  // All clients without Add-Path are of one export group: the usual case.
  std::array<bool, kFamilyCount> one_plain_{};
  // Members of all groups, without and with Add-Path. A new session takes the slot of an earlier
  // one, and until the walk for it has passed, the RIB has what the earlier one was advertised. The
  // difference between the two must not withdraw paths that the new session cannot hold.
  std::array<std::array<rib::ClientSet, 2>, kFamilyCount> holders_;
  rib::ClientSet lagging_;
  bool shedding_ = false;  // more clients are too far behind
  bool appended_ = false;

  std::vector<Prefix> summaries_;
  TableWalk walk_;

  std::vector<rib::AudienceRef> singles_;  // of one client each, by slot; counted

  // Scratch.
  Packer packer_;
  std::vector<rib::DestId> changes_;
  const rib::ClientSet* only_for_ = nullptr;  // null: a partition is for all clients
  std::array<std::vector<Vantage>, kFamilyCount> concerned_;  // with groups that have some of them
  std::vector<rib::Advertised> advertised_;
  std::vector<std::uint32_t> ids_;
  std::vector<Part> parts_;
  std::size_t part_count_ = 0;
  // Indices for partitions of many entries, by set and path id, and by path id.
  using ByPart = boost::unordered_flat_map<std::pair<rib::AttrRef, std::uint32_t>, std::uint32_t>;
  ByPart part_index_;  // of parts_; empty while they are few
  ByPart advertised_before_;
  boost::unordered_flat_map<std::uint32_t, rib::ClientSet> advertised_now_;
  std::vector<rib::ClientSet> rest_;
  std::vector<std::size_t> lacking_;
  std::vector<ExportGroup*> without_default_;
  VantageOrder order_;
  rib::ClientSet take_;
  rib::ClientSet gone_;
  std::vector<Nlri> prefixes_;
  std::vector<std::byte> octets_;
};

}  // namespace tern::pipeline
