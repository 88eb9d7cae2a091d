// One client's place in what a shard has to say: its cursor in the export log, or, when it takes
// its messages too slowly for that, the destinations it must be told anew.
//
// A client reads the log that it shares with all others of its encoding. One that falls behind by
// more than kMostLag leaves it: what it missed becomes a set of dirty destinations, a bit each, and
// it is told their present state when it has room (so states in between are never sent), until none
// is left and it follows the log again. Used by the thread that has the shard.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "bgpd/pipeline/export_class.h"
#include "bgpd/pipeline/packer.h"
#include "bgpd/wire/framer.h"
#include "bgpd/wire/update.h"
#include "rib/export_log.h"

namespace tern::pipeline {

struct ExportCounters {
  std::array<std::uint64_t, kFamilyCount> announced{};  // NLRI written
  std::array<std::uint64_t, kFamilyCount> withdrawn{};
  std::uint64_t updates = 0;        // UPDATE messages, End-of-RIB included
  std::uint64_t refresh_marks = 0;  // ROUTE-REFRESH messages (RFC 7313)

  ExportCounters& operator+=(const ExportCounters& other);
};

// The clients that read the same octets.
struct Lane {
  Lane(rib::AudienceTable& audiences, const SessionFacts& facts)
      : four_octet_as(facts.four_octet_as),
        max_message(facts.max_message),
        add_path(facts.add_path_send),
        log(audiences) {}

  [[nodiscard]] bool serves(const SessionFacts& facts) const {
    return four_octet_as == facts.four_octet_as && max_message == facts.max_message &&
           add_path == facts.add_path_send;
  }
  [[nodiscard]] wire::Encoding encoding(Family family) const {
    return {four_octet_as, add_path.contains(family), max_message};
  }

  bool four_octet_as;
  std::size_t max_message;
  FamilySet add_path;
  rib::ExportLog log;
  rib::ClientSet members;
};

class ExportClient {
 public:
  static constexpr std::uint64_t kMostLag = std::uint64_t{16} << 20U;  // octets

  ExportClient(rib::Rib& rib, SessionFacts facts, ExportClass& of, Lane& lane);
  ~ExportClient();
  ExportClient(const ExportClient&) = delete;
  ExportClient& operator=(const ExportClient&) = delete;

  [[nodiscard]] const SessionFacts& facts() const { return facts_; }
  [[nodiscard]] const ExportCounters& counters() const { return counters_; }
  [[nodiscard]] ExportClass& of() const { return *class_; }
  [[nodiscard]] Lane& lane() const { return lane_; }
  void set_class(ExportClass& of) { class_ = &of; }

  // ---- What is to be said

  [[nodiscard]] bool lagging() const { return lagging_; }
  // Octets of the log that it has not taken; 0 while lagging.
  [[nodiscard]] std::uint64_t lag() const { return lagging_ ? 0 : lane_.log.lag(cursor_); }
  // Octets before the socket: those, the messages for this client alone included. While lagging the
  // octets of what is still to be encoded are not known and do not count.
  [[nodiscard]] std::uint64_t waiting() const { return lag() + (own_.size() - own_taken_); }
  // Leaves the log; everything in it that was for this client becomes dirty. Requires partial() to
  // be empty.
  void fall_behind();
  // While lagging: the client's view of the destination changed. path_id as sent, 0 without.
  void mark_dirty(rib::DestId id, std::uint32_t path_id);

  // A walk over the table for this client is to come; is over: what it found stands in the log.
  void expect_table() { ++tables_expected_; }
  void table_said() {
    --tables_expected_;
    table_end_ = lane_.log.written();
  }
  // No such walk is to come, and the client was given what the last one found.
  [[nodiscard]] bool told_table() const {
    return tables_expected_ == 0 && !lagging_ && own_taken_ == own_.size() &&
           lane_.log.written() - lag() >= table_end_;
  }

  // ---- What the socket takes

  // Something waits to be written.
  [[nodiscard]] bool has_more();
  // Fills `runs` with what comes next, about max_octets; returns how many.
  std::size_t gather(std::span<std::span<const std::byte>> runs, std::size_t max_octets);
  // The socket took so many octets of what gather() gave. Returns the oldest read time of what
  // left whole, steady nanoseconds; 0: none.
  std::uint64_t advance(std::size_t octets);
  // The rest of a message that was taken in part: nothing else may be written before it, and the
  // shard is for nobody else until it was advanced over.
  [[nodiscard]] std::span<const std::byte> partial() const;

 private:
  void miss(rib::ExportLog::Kind kind, std::span<const std::byte> messages);
  void miss_update(rib::ExportLog::Kind kind, const wire::Frame& frame);
  void withdraw(std::span<const Nlri> prefixes);
  void tell(rib::DestId id, std::uint32_t path_id);
  void tell_paths(rib::DestId id, std::span<const std::uint64_t> paths);
  void catch_up();
  void encode_packed();
  std::uint64_t advance_log(std::size_t octets);

  rib::Rib& rib_;
  const SessionFacts facts_;
  ExportClass* class_;
  Lane& lane_;
  rib::ExportLog::Cursor cursor_;
  ExportCounters counters_;

  // Only for this client, before what the log has for it.
  std::vector<std::byte> own_;
  std::size_t own_taken_ = 0;

  std::uint32_t tables_expected_ = 0;
  std::uint64_t table_end_ = 0;  // of the log, by written()

  bool lagging_ = false;
  std::vector<std::uint64_t> dirty_;  // a bit per DestId
  std::size_t dirty_word_ = 0;        // where catch_up() goes on
  std::size_t dirty_count_ = 0;
  boost::unordered_flat_set<std::uint64_t> dirty_paths_;  // DestId and path id, with Add-Path
  std::unique_ptr<Packer> packer_;
};

// What the client is told of a destination: (set, path id).
struct Advertised {
  rib::AttrRef attributes = rib::AttrRef::None;
  std::uint32_t path_id = 0;
  friend bool operator==(const Advertised&, const Advertised&) = default;
};
void list_told(const rib::Rib& rib, const rib::Destination& destination, PeerSlot client,
               std::vector<Advertised>& out);

}  // namespace tern::pipeline
