// The way of a neighbour's UPDATEs into the RIB: judged (pipeline/judge.h), held to the prefix
// limit, stored.
//
// One Import per established session. take() judges an UPDATE, flush() stores what waits: a fuzzer
// goes this way. Another thread may judge for it (judge_for_reader()), and where admit() allows,
// each shard's owner stores its part of what was judged; all else asks for a caller that has all
// shards. Each path is kept as received together with its verdict, so that reevaluate() can judge
// it again after a policy change without asking the peer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "bgpd/pipeline/adj_rib_in.h"
#include "bgpd/pipeline/receiver.h"
#include "rib/shards.h"

namespace tern::pipeline {

// What the prefix limit has to say about what was stored.
struct Stored {
  struct Over {
    Family family{};
    std::uint64_t limit = 0;
    std::uint64_t count = 0;  // of what counts, as far as it was looked at
  };
  std::optional<wire::Notification> reset;  // end the session with this; the rest was dropped
  std::optional<Family> limit_warning;      // the limit was just passed
  std::optional<Over> over;                 // of either
  bool unblock = false;  // there is room for blocked paths, which a walk with unblock() finds
};

class Import {
 public:
  // Of a session that begins, and that adj_ribs_in, which outlive the Import, know of. Looks at no
  // shard.
  Import(rib::Shards& shards, AdjRibsIn& adj_ribs_in, SessionFacts facts, ImportRules rules);

  // For receive(): the Judge of the present rules, for this thread, and what waits to be stored in
  // the order of the UPDATEs.
  [[nodiscard]] Judge& judge() { return *judge_; }
  [[nodiscard]] UpdateBatch& received() { return received_; }
  [[nodiscard]] JudgedRoutes& pending() { return received_.routes; }
  // body: an UPDATE without its header, whose routes wait in pending().
  [[nodiscard]] Judgement take(wire::Bytes body) { return judge_->take(body, received_.routes); }

  // A Judge of the present rules for another thread. What it makes of UPDATEs that follow all that
  // was stored before is stored in the same ways.
  [[nodiscard]] std::shared_ptr<Judge> judge_for_reader();

  // Stores in all shards, and empties the routes. now: Unix seconds.
  Stored store(JudgedRoutes& routes, std::uint32_t now);
  Stored flush(std::uint32_t now) { return store(received_.routes, now); }
  // The session is over: what waits is counted, and not stored.
  void drop_pending();
  // Whether the parts for the shards may be stored one by one by store_in_shard(), at any time
  // until the rules change: they pass no limit, and were judged by the present rules. Counts them
  // then. Looks at no shard.
  [[nodiscard]] bool admit(const JudgedRoutes& routes);
  // One shard's part. Empties it.
  static void store_in_shard(rib::Rib& rib, PeerSlot peer, RouteBatch& part, std::uint32_t now);

  // New rules for what comes; reevaluate() applies them to what is there. Requires
  // pending().empty().
  void set_rules(ImportRules rules);
  // Returns how many paths of the destination were judged.
  std::size_t reevaluate(rib::Rib& rib, rib::DestId id);
  // The caller has called reevaluate() for every destination. Frees the memory of the
  // re-evaluation. False: sets found no memory, so routes are rejected that the rules accept; the
  // session has to end.
  [[nodiscard]] bool end_reevaluation();
  // A limit is a state: what it has to say of the paths that are there, after new rules or when
  // some were dropped.
  [[nodiscard]] Stored check_limits();
  // Takes blocked paths of the destination in, as far as there is room.
  void unblock(rib::Rib& rib, rib::DestId id);

  [[nodiscard]] const SessionFacts& facts() const { return facts_; }
  [[nodiscard]] const ImportRules& rules() const { return *judge_->rules(); }
  // Of what was stored.
  [[nodiscard]] const ImportCounters& counters() const { return counters_; }

 private:
  struct Memo {
    rib::AttrHandle received;
    Family family{};
    policy::Answers answers;
    Judge::Verdict verdict;
  };
  static constexpr std::size_t kMemoSize = 1024;
  static constexpr std::size_t kMostNoted = 1024;

  void count_received();
  [[nodiscard]] std::uint64_t limit(Family family) const {
    return rules().prefix_limit[index(family)];
  }
  [[nodiscard]] bool blocks(Family family) const {
    return rules().limit_action == LimitAction::Block && limit(family) != 0;
  }
  [[nodiscard]] std::uint64_t counted(Family family) const;
  [[nodiscard]] std::uint64_t room(Family family) const;
  void forget_passed();
  void note_passed(Family family, std::uint64_t count, Stored& stored);
  void note_blocked(const Nlri& nlri);
  void let_in(Stored& stored);
  [[nodiscard]] bool may_pass_limit(Family family, std::uint64_t received) const;
  [[nodiscard]] bool may_pass_limit(std::size_t more) const;
  void store_checked(rib::Rib& rib, const RouteBatch& part, std::uint32_t now, Stored& stored);
  void store_limited(rib::Rib& rib, std::span<const rib::Rib::Announcement> announced,
                     std::uint32_t now, Stored& stored);
  [[nodiscard]] bool over_limit(const rib::Rib& rib, const Nlri& nlri, Stored& stored);
  void forget_judgements();
  [[nodiscard]] Judge::Verdict judge_again(const Nlri& nlri, rib::AttrRef received);
  void revise(rib::Rib& rib, rib::DestId id);

  [[nodiscard]] AdjRibIn::Limit& limit_state(Family family) { return adj_ribs_in_[family].limit(); }

  rib::Shards& shards_;
  AdjRibsIn& adj_ribs_in_;
  const SessionFacts facts_;
  std::unique_ptr<Judge> judge_;
  std::shared_ptr<Judge> reader_judge_;
  UpdateBatch received_;
  ImportCounters counters_;
  rib::AttributeSet stored_;  // scratch of judge_again()
  // Scratch of reevaluate() and unblock(), with the sets that it names.
  std::vector<rib::Rib::Revision> revisions_;
  std::vector<rib::AttrHandle> revised_;
  std::vector<Memo> memo_;        // of judge_again(); empty outside a re-evaluation
  bool found_no_memory_ = false;  // judge_again() found none for a set
};

}  // namespace tern::pipeline
