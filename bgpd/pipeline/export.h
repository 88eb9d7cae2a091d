// From the RIB to the bytes for one neighbour: which paths it should hold, what it holds, and
// UPDATEs for the difference.
//
// One Export per established session, used on the thread of its Rib. Changes are marked, not queued
// with their content: what goes out is decided when the session has room for it, so a slow
// neighbour is told the present state once instead of every state in between, and memory stays
// bounded by one bit per prefix. Walks over the whole table (a new session, a refresh, new rules)
// go by the same way in slices.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "bgpd/pipeline/export_path.h"
#include "rib/adj_rib_out.h"
#include "rib/rib.h"

namespace tern::pipeline {

struct ExportCounters {
  std::array<std::uint64_t, kFamilyCount> announced{};  // NLRI written
  std::array<std::uint64_t, kFamilyCount> withdrawn{};
  std::uint64_t updates = 0;        // UPDATE messages, End-of-RIB included
  std::uint64_t refresh_marks = 0;  // ROUTE-REFRESH messages (RFC 7313)
  std::uint64_t too_large = 0;      // paths whose attributes fit no message: withdrawn instead
};

class Export {
 public:
  Export(rib::Rib& rib, SessionFacts facts, ExportRules rules);
  ~Export();
  Export(const Export&) = delete;
  Export& operator=(const Export&) = delete;

  // A destination changed. read_time: when the UPDATE that did it was read, nanoseconds of any
  // steady clock; 0 where there was none.
  void mark(rib::DestId id, std::uint64_t read_time);

  // The first table, closed by End-of-RIB (RFC 4724 section 2).
  void walk_initial();
  // Everything once more, told before or not (RFC 2918); demarcated when `enhanced` (RFC 7313).
  void walk_refresh(Family family, bool enhanced);
  // New rules, and what they change.
  void set_rules(ExportRules rules);

  // Appends messages to `out` until it holds about `limit` bytes or nothing is left to say.
  // Looks at `budget` destinations at most.
  struct Filled {
    bool more = false;              // call again when there is room
    std::uint64_t oldest_read = 0;  // of the marks that were served completely; 0: none
  };
  Filled fill(std::vector<std::byte>& out, std::size_t limit, std::size_t budget);

  [[nodiscard]] bool idle() const { return queue_.empty() && walks_.empty(); }

  // What the neighbour should hold of a destination, now: for explain and listings.
  void wanted(rib::DestId id, std::vector<rib::Advertised>& out);

  [[nodiscard]] const SessionFacts& facts() const { return facts_; }
  [[nodiscard]] const ExportRules& rules() const { return rules_; }
  [[nodiscard]] const ExportCounters& counters() const { return counters_; }
  [[nodiscard]] const rib::AdjRibOut& adj_rib_out() const { return *out_; }
  // The session is over: what is left to be forgotten, in slices.
  [[nodiscard]] std::unique_ptr<rib::AdjRibOut> release();

 private:
  struct Walk {
    FamilySet families;
    bool force = false;
    bool end_of_rib = false;
    bool demarcate = false;
    rib::DestId next = 0;
  };
  struct Announcement {
    rib::AttrRef attributes;
    Family family;
    Nlri nlri;
  };
  // Remembers the outcome for an attribute set and source where policy does not read the prefix.
  // The source with what export_path() reads of its rank: a slot may come back as another router.
  struct Memo {
    rib::AttrRef set = rib::AttrRef::None;
    PeerSlot source = kNoPeerSlot;
    PeerKind source_kind{};
    Family family{};
    std::uint32_t source_router_id = 0;
    rib::AttrRef result = rib::AttrRef::None;  // None: withheld
  };
  static constexpr std::size_t kMemoSize = 256;

  void add_walk(const Walk& walk);
  void update(rib::DestId id, bool force);
  bool walk_some(std::vector<std::byte>& out, std::size_t& budget);
  void serve_marks(std::size_t& budget);
  [[nodiscard]] rib::AttrHandle exported(const rib::Destination& destination,
                                         const rib::Path& path);
  [[nodiscard]] rib::AttrRef evaluate(const rib::Destination& destination, const rib::Path& path);
  void forget_memo();
  void encode(std::vector<std::byte>& out);
  void encode_group(std::span<const Announcement> group, std::vector<std::byte>& out);
  [[nodiscard]] wire::Encoding encoding(Family family) const;

  rib::Rib& rib_;
  const SessionFacts facts_;
  ExportRules rules_;
  std::unique_ptr<rib::AdjRibOut> out_;
  std::vector<Memo> memo_;
  ExportCounters counters_;

  std::vector<rib::DestId> queue_;  // marked destinations, each once
  std::size_t queue_head_ = 0;
  std::vector<bool> marked_;  // by DestId
  std::uint64_t oldest_read_ = 0;
  std::deque<Walk> walks_;

  // Of the fill() in progress.
  std::array<std::vector<Nlri>, kFamilyCount> withdrawals_;
  std::vector<Announcement> announcements_;
  std::vector<rib::Advertised> wanted_;
  std::vector<rib::Advertised> held_;
  std::vector<rib::AttrHandle> wanted_handles_;
  std::vector<Nlri> nlri_;
};

}  // namespace tern::pipeline
