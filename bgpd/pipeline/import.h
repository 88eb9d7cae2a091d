// A neighbor's UPDATEs on their way into the RIB: they are judged (pipeline/judge.h), held to the
// prefix limit, and stored.
//
// One Import per established session. take() judges an UPDATE, and flush() stores the routes that
// wait; fuzzers use these two. A reader thread may judge with a Judge of its own
// (judge_for_reader()). Where admit() allows, the thread that runs a shard's strand stores that
// shard's batch; functions that count the paths of all shards require a caller that has all shards.
// Each path is stored as received together with its verdict, so that it can be judged again after a
// policy change without a route refresh: by a Rejudge of the shard's own with session_rules(), or,
// where a prefix limit counts, by reevaluate().
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "bgpd/pipeline/adj_rib_in.h"
#include "bgpd/pipeline/receiver.h"
#include "bgpd/pipeline/rejudge.h"
#include "rib/shards.h"

namespace tern::pipeline {

// The outcome of storing routes with regard to the prefix limit.
struct Stored {
  struct Over {
    Family family{};
    std::uint64_t limit = 0;
    std::uint64_t count = 0;  // paths that count towards the limit, as far as they were counted
  };
  std::optional<wire::Notification> reset;  // end the session with this; the rest was dropped
  std::optional<Family> limit_warning;      // this call passed the limit
  std::optional<Over> over;                 // of `reset` or `limit_warning`
  bool unblock = false;  // there is room for blocked paths, which a walk with unblock() finds
};

class Import {
 public:
  // For a session that begins; its adj_ribs_in are up already, and outlive the Import. Reads no
  // shard.
  Import(rib::Shards& shards, AdjRibsIn& adj_ribs_in, SessionFacts facts, ImportRules rules);
  ~Import();
  Import(const Import&) = delete;
  Import& operator=(const Import&) = delete;

  // For receive(): the Judge of the present rules, for this thread, and the routes that wait to be
  // stored, in the order of the UPDATEs.
  [[nodiscard]] Judge& judge() { return *judge_; }
  [[nodiscard]] UpdateBatch& received() { return received_; }
  [[nodiscard]] JudgedRoutes& pending() { return received_.routes; }
  // body: an UPDATE without its header. Its routes wait in pending().
  [[nodiscard]] Judgement take(wire::Bytes body) { return judge_->take(body, received_.routes); }

  // A Judge of the present rules for another thread. The UPDATEs that it judges come after all that
  // was stored before; their routes are stored by the same functions.
  [[nodiscard]] std::shared_ptr<Judge> judge_for_reader();

  // Stores in all shards, and empties the routes. now: Unix seconds.
  Stored store(JudgedRoutes& routes, std::uint32_t now);
  Stored flush(std::uint32_t now) { return store(received_.routes, now); }
  // The session is over: routes that wait are counted, and not stored.
  void drop_pending();
  // Whether store_in_shard() may store the batches of the shards one by one, at any time until the
  // rules change: the routes pass no limit, and were judged by the present rules. Counts the routes
  // if so. Reads no shard.
  [[nodiscard]] bool admit(const JudgedRoutes& routes);
  // Stores the batch of one shard, and empties it. On the thread that runs the shard's strand.
  static void store_in_shard(rib::Rib& rib, PeerSlot peer, RouteBatch& part, std::uint32_t now);

  // New rules for later UPDATEs; a re-evaluation applies them to stored paths. Requires
  // pending().empty().
  void set_rules(ImportRules rules);
  // The present rules, for threads that judge stored paths again. Reads no shard.
  [[nodiscard]] std::shared_ptr<const SessionRules> session_rules();
  // Whether a limit that blocks paths may be passed, so that reevaluate() has to decide which paths
  // it blocks. If not, no path is blocked, except for paths that are stored from here on. Reads no
  // shard.
  [[nodiscard]] bool near_blocking_limit() const;
  // Judges this neighbor's paths of the destination again. Returns how many.
  std::size_t reevaluate(rib::Rib& rib, rib::DestId id);
  // The caller has called reevaluate() for every destination. Frees the memory of the
  // re-evaluation. False: the attribute table had no memory for some sets, so routes are rejected
  // that the rules accept. The session has to end.
  [[nodiscard]] bool end_reevaluation();
  // Compares the stored paths with the limits, after new rules or when paths were dropped.
  [[nodiscard]] Stored check_limits();
  // Admits blocked paths of the destination, as far as the limit has room.
  void unblock(rib::Rib& rib, rib::DestId id);

  [[nodiscard]] const SessionFacts& facts() const { return facts_; }
  [[nodiscard]] const ImportRules& rules() const { return *judge_->rules(); }
  // Of the stored routes.
  [[nodiscard]] const ImportCounters& counters() const { return counters_; }

 private:
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
  [[nodiscard]] Rejudge& rejudge();
  void forget_judgements();
  [[nodiscard]] bool take_no_memory();
  void replace_session_rules();

  [[nodiscard]] AdjRibIn::Limit& limit_state(Family family) { return adj_ribs_in_[family].limit(); }

  rib::Shards& shards_;
  AdjRibsIn& adj_ribs_in_;
  const SessionFacts facts_;
  std::unique_ptr<Judge> judge_;
  std::shared_ptr<Judge> reader_judge_;
  UpdateBatch received_;
  ImportCounters counters_;
  Revisions revisions_;                          // scratch of reevaluate() and unblock()
  std::unique_ptr<Rejudge> rejudge_;             // null outside a re-evaluation
  bool found_no_memory_ = false;                 // an earlier rejudge_ found none for a set
  std::shared_ptr<SessionRules> session_rules_;  // null: nobody has asked for the present ones
};

}  // namespace tern::pipeline
