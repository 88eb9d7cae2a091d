// The shard's side of one client: whether the client follows the export log of its encoding, and,
// if it takes its messages too slowly for that, the destinations that it must be advertised again.
//
// The loop reads the log for the client (pipeline/export_cursor.h). A client that falls behind by
// more than kMostLag leaves the log: what it missed becomes a set of dirty destinations, a bit
// each. As fast as its socket takes them, the client is advertised their present state; states in
// between are never sent. When no dirty destination is left, the client follows the log again. Used
// by the thread that runs the strand of the shard.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "bgpd/pipeline/export_cursor.h"
#include "bgpd/pipeline/export_group.h"
#include "bgpd/pipeline/packer.h"
#include "bgpd/wire/framer.h"
#include "bgpd/wire/update.h"
#include "rib/export_log.h"

namespace tern::pipeline {

// Clients that read the same octets, and the log that they read.
struct SharedEncoding {
  SharedEncoding(rib::AudienceTable& audiences, const MessageFormat& of_all)
      : format(of_all), log(audiences) {}

  const MessageFormat format;
  rib::ExportLog log;
  rib::ClientSet members;
};

class ExportClient {
 public:
  static constexpr std::uint64_t kMostLag = std::uint64_t{16} << 20U;  // octets

  // The client reads the log from now on.
  ExportClient(rib::Rib& rib, SessionFacts facts, ExportGroup& of, SharedEncoding& encoding,
               std::shared_ptr<ExportCursor> cursor);
  ~ExportClient();
  ExportClient(const ExportClient&) = delete;
  ExportClient& operator=(const ExportClient&) = delete;

  [[nodiscard]] const SessionFacts& facts() const { return facts_; }
  [[nodiscard]] ExportGroup& of() const { return *group_; }
  [[nodiscard]] SharedEncoding& encoding() const { return encoding_; }
  void set_group(ExportGroup& of) { group_ = &of; }

  // The client does not follow the log.
  [[nodiscard]] bool lagging() const { return lagging_; }
  // Octets of the log that the client has not taken; 0 while lagging.
  [[nodiscard]] std::uint64_t lag() const { return lagging_ ? 0 : cursor_->lag(); }
  // Leaves the log, unless the loop reads it for the client at this moment. Everything in the log
  // that is for this client becomes dirty.
  void fall_behind();
  // The loop wishes for more messages: makes some of the present state, or follows the log again.
  void resync();
  // While lagging: the client's view of the destination changed. path_id as sent, 0 without.
  void mark_dirty(rib::DestId id, std::uint32_t path_id);
  // A walk over the table for this client is over. What the walk found is in the log or dirty.
  void table_ended() { cursor_->table_ended(encoding_.log.written()); }

 private:
  void leave_log();
  void miss(rib::ExportLog::Kind kind, std::span<const std::byte> message);
  void withdraw(std::span<const Nlri> prefixes);
  void advertise(rib::DestId id, std::uint32_t path_id);
  void advertise_paths(rib::DestId id, std::span<const std::uint64_t> paths);
  void make_messages();
  void encode_packed();

  rib::Rib& rib_;
  const SessionFacts facts_;
  ExportGroup* group_;
  SharedEncoding& encoding_;
  const std::shared_ptr<ExportCursor> cursor_;

  bool lagging_ = false;
  std::vector<std::uint64_t> dirty_;  // a bit per DestId
  std::size_t dirty_word_ = 0;        // where make_messages() goes on
  std::size_t dirty_count_ = 0;
  boost::unordered_flat_set<std::uint64_t> dirty_paths_;  // DestId and path id, with Add-Path
  std::unique_ptr<Packer> packer_;
};

// A path of a destination as the client is advertised it: (set, path id).
struct AdvertisedPath {
  rib::AttrRef attributes = rib::AttrRef::None;
  std::uint32_t path_id = 0;
  friend bool operator==(const AdvertisedPath&, const AdvertisedPath&) = default;
};
void list_advertised(const rib::Rib& rib, const rib::Destination& destination, PeerSlot client,
                     std::vector<AdvertisedPath>& out);

}  // namespace tern::pipeline
