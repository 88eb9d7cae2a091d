// The way of a neighbour's UPDATEs into the RIB: judged (pipeline/judge.h), held to the prefix
// limit, stored.
//
// One Import per established session. take() judges an UPDATE, flush() stores what waits: a fuzzer
// goes this way. Another thread may judge for it (lend()), and where admit() allows, each shard's
// owner stores its part of what was judged; all else asks for a caller that has all shards. Each
// path is kept as received together with its verdict, so that reevaluate() can judge it again after
// a policy change without asking the peer.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "bgpd/pipeline/judge.h"
#include "rib/shards.h"

namespace tern::pipeline {

// What the prefix limit has to say about what was stored.
struct Stored {
  std::optional<wire::Notification> reset;  // end the session with this; the rest was dropped
  std::optional<Family> limit_warning;      // the limit was just passed
};

class Import {
 public:
  // The caller has all shards: paths that the slot's last session left count for the limits.
  Import(rib::Shards& shards, SessionFacts facts, ImportRules rules);

  // body: an UPDATE without its header. What it says waits in pending(), to be stored in the order
  // of the UPDATEs.
  [[nodiscard]] Judgement take(wire::Bytes body) { return judge_->take(body, pending_); }
  [[nodiscard]] JudgedRoutes& pending() { return pending_; }
  // So much that it should not wait.
  [[nodiscard]] bool full() const { return pending_.size() >= kFull; }

  // A Judge of the present rules for another thread. What it makes of UPDATEs that follow all that
  // was stored before is stored in the same ways.
  [[nodiscard]] std::shared_ptr<Judge> lend();

  // Stores in all shards, and empties the routes. now: Unix seconds.
  Stored store(JudgedRoutes& routes, std::uint32_t now);
  Stored flush(std::uint32_t now) { return store(pending_, now); }
  // Whether the parts for the shards may be stored one by one by store_part(), at any time until
  // the rules change: they pass no limit, and were judged by the present rules. Counts them then.
  // Looks at no shard.
  [[nodiscard]] bool admit(const JudgedRoutes& routes);
  // One shard's part. Empties it.
  static void store_part(rib::Rib& rib, PeerSlot peer, RouteBatch& part, std::uint32_t now);

  // New rules for what comes; reevaluate() applies them to what is there. Requires
  // pending().empty().
  void set_rules(ImportRules rules);
  void reevaluate(rib::Rib& rib, rib::DestId id);
  // Every destination was judged anew: what that took is given back.
  void end_reevaluation();

  [[nodiscard]] const SessionFacts& facts() const { return facts_; }
  [[nodiscard]] const ImportRules& rules() const { return *judge_->rules(); }
  // Of what was stored.
  [[nodiscard]] const ImportCounters& counters() const { return counters_; }

 private:
  struct Memo {
    rib::AttrHandle received;
    Family family{};
    Judge::Verdict verdict;
  };
  static constexpr std::size_t kMemoSize = 1024;
  static constexpr std::size_t kFull = 256;

  void count_received();
  [[nodiscard]] bool may_pass_limit(Family family, std::uint64_t received) const;
  [[nodiscard]] bool may_pass_limit(std::size_t more) const;
  void store_checked(rib::Rib& rib, const RouteBatch& part, std::uint32_t now, Stored& stored);
  void store_limited(rib::Rib& rib, std::span<const rib::Rib::Announcement> announced,
                     std::uint32_t now, Stored& stored);
  [[nodiscard]] bool over_limit(const rib::Rib& rib, const Nlri& nlri, Stored& stored);
  [[nodiscard]] bool stays_blocked(const rib::Path& path, Family family) const;
  [[nodiscard]] Judge::Verdict judge_again(const Prefix& prefix, rib::AttrRef received);

  rib::Shards& shards_;
  const SessionFacts facts_;
  std::unique_ptr<Judge> judge_;
  std::shared_ptr<Judge> lent_;
  JudgedRoutes pending_;
  ImportCounters counters_;
  rib::AttributeSet stored_;         // scratch of judge_again()
  std::vector<std::uint32_t> ours_;  // scratch of reevaluate()
  std::vector<Memo> memo_;           // of judge_again(); empty outside a re-evaluation
  std::array<bool, kFamilyCount> limit_passed_{};
  // At least as many paths as are received, with what was admitted and may not be stored yet.
  std::array<std::uint64_t, kFamilyCount> most_received_{};
};

}  // namespace tern::pipeline
