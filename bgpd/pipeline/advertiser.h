// From one shard of the RIB to all clients at once: who is to be told what, who was told what, and
// the messages for the difference. Advertisers (pipeline/advertisers.h) has one for each shard.
//
// For each changed destination one sweep over its paths, best first, gives every client the first
// path it may have: the destination's partition, a list of (attribute set as told, audience).
// Clients whose traffic enters the network elsewhere may prefer another order of the paths: there
// is a sweep for each such vantage. The difference to the partition that the RIB keeps from before
// is encoded once per encoding and appended to an export log that all clients of it read
// (pipeline/export_client.h). Nothing here grows with routes times clients. New clients, refreshes
// and new rules are served by one walk over the table, shared by all who wait for it.
//
// Used by the thread that has the shard.
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
  // most_lag: octets that a client may be behind before it is told the present state instead. One
  // client at a time is taken out of the log, so that several may be somewhat further behind.
  explicit Advertiser(rib::Rib& rib, std::uint64_t most_lag = ExportClient::kMostLag);
  ~Advertiser();
  Advertiser(const Advertiser&) = delete;
  Advertiser& operator=(const Advertiser&) = delete;

  // ---- Clients, by slot

  // A session came up: it is told the table, and reads what it is told through the cursor.
  void open(const SessionFacts& facts, const ExportRules& rules,
            std::shared_ptr<ExportCursor> cursor);
  void close(PeerSlot slot);
  // Null where there is no open session.
  [[nodiscard]] ExportClient* client(PeerSlot slot) {
    return slot < clients_.size() ? clients_[slot].get() : nullptr;
  }
  // The client's cursor wishes for more octets, or left the log: see ExportCursor::take_wish().
  // Nothing where there is no open session.
  void resync(PeerSlot slot);
  // New rules. Where the caller has not the destinations evaluated again that they change
  // (Rib::note_changed()), a walk does so: walks.
  void set_rules(PeerSlot slot, const ExportRules& rules, bool walks = true);
  // Everything of the families once more.
  void advertise_table(PeerSlot slot, FamilySet families);

  // ---- Work, in slices

  // Tells of up to `budget` changed destinations. read_time: when the UPDATE that caused them was
  // read, nanoseconds of a steady clock; 0 where there was none. True: there is more.
  bool advertise(std::size_t budget, std::uint64_t read_time);
  // Some log has more for some client, or a client left its log, since the last call. A change that
  // leaves everybody with the same path is neither.
  [[nodiscard]] bool take_appended() { return std::exchange(appended_, false); }
  // Some clients wait for the table.
  [[nodiscard]] bool walking() const { return !walk_.idle(); }
  // One slice of the walk for them.
  void walk(std::size_t budget);
  // Even the fastest client (of those the walk is for) has not taken what was said: saying more
  // now would only cost memory, while waiting compresses.
  [[nodiscard]] bool congested() const;
  [[nodiscard]] bool walk_congested() const;

  // ---- For people

  // Octets of the logs' segments: messages that wait for slow clients, and room for more.
  [[nodiscard]] std::size_t log_bytes() const;
  [[nodiscard]] std::size_t group_count() const { return groups_.size(); }

 private:
  // Clients of a family that share an order of preference: classes with members.
  struct Vantage {
    PopId pop = kNoPlace;                    // of `egress`; kNoPlace: the order that the RIB keeps
    const policy::Egress* egress = nullptr;  // of the classes
    std::vector<ExportGroup*> plain;
    std::vector<ExportGroup*> several;  // with Add-Path
  };
  // A part of a partition under construction.
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

  // advertiser_partition.cc: fills told_ and ids_, which own a count of each set and audience.
  void partition(const rib::Destination& destination);
  bool partition_one_group(const rib::Destination& destination, rib::PathOrder::Indices order,
                           ExportGroup& of);
  void partition_groups(const rib::Destination& destination, rib::PathOrder::Indices order,
                        std::span<ExportGroup* const> groups);
  void partition_several(const rib::Destination& destination, rib::PathOrder::Indices order,
                         ExportGroup& of);
  void give(rib::AttrRef set, const rib::ClientSet& take, std::uint32_t path_id);
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
  void take_those_advertised(std::uint32_t path_id, bool many, rib::ClientSet& from) const;
  [[nodiscard]] std::uint32_t path_id(std::size_t entry) const {  // of told_
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

  rib::Rib& rib_;
  const std::uint64_t most_lag_;
  std::vector<std::unique_ptr<ExportClient>> clients_;  // by slot
  std::vector<std::unique_ptr<SharedEncoding>> encodings_;
  std::vector<std::unique_ptr<ExportGroup>> groups_;
  std::array<std::vector<Vantage>, kFamilyCount> vantages_;
  // All without Add-Path are of one class: the usual case.
  std::array<bool, kFamilyCount> one_plain_{};
  // Their members, without and with Add-Path: what a session before had in the slot may be told
  // still in the RIB, until the walk comes by, and must not be withdrawn from one that is
  // different.
  std::array<std::array<rib::ClientSet, 2>, kFamilyCount> holders_;
  rib::ClientSet lagging_;
  bool shedding_ = false;  // more are too far behind
  bool appended_ = false;

  TableWalk walk_;

  std::vector<rib::AudienceRef> singles_;  // of one client each, by slot; counted

  // Scratch.
  Packer packer_;
  std::vector<rib::DestId> changes_;
  std::vector<rib::Advertised> advertised_;
  std::vector<std::uint32_t> ids_;
  std::vector<Part> parts_;
  std::size_t part_count_ = 0;
  // What is looked up where there are many parts, by set and path id, and by path id.
  using ByPart = boost::unordered_flat_map<std::pair<rib::AttrRef, std::uint32_t>, std::uint32_t>;
  ByPart part_index_;  // of parts_; empty while they are few
  ByPart advertised_before_;
  boost::unordered_flat_map<std::uint32_t, rib::ClientSet> advertised_now_;
  std::vector<rib::ClientSet> rest_;
  std::vector<std::size_t> lacking_;
  VantageOrder order_;
  rib::ClientSet take_;
  rib::ClientSet gone_;
  std::vector<Nlri> prefixes_;
  std::vector<std::byte> octets_;
};

}  // namespace tern::pipeline
