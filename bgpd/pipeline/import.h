// The way of a neighbour's UPDATEs into the RIB: judged (pipeline/judge.h), held to the prefix
// limit, stored.
//
// One Import per established session, used on the thread of its Rib. receive() is the whole way and
// the entrance a fuzzer uses. Another thread may judge for it (lend()); what it made is stored here
// all the same. Each path is kept as received together with its verdict, so that reevaluate() can
// judge it again after a policy change without asking the peer.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "bgpd/pipeline/judge.h"
#include "rib/rib.h"

namespace tern::pipeline {

// What the prefix limit has to say about what was stored.
struct Stored {
  std::optional<wire::Notification> reset;  // end the session with this; the rest was dropped
  std::optional<Family> limit_warning;      // the limit was just passed
};

// What an UPDATE asks of the session.
struct Received : Judgement {  // `reset`: of either
  std::optional<Family> limit_warning;
};

class Import {
 public:
  Import(rib::Rib& rib, SessionFacts facts, ImportRules rules);

  // body: an UPDATE without its header. now: Unix seconds.
  [[nodiscard]] Received receive(wire::Bytes body, std::uint32_t now);
  // The same for one UPDATE of several: what it says is stored by flush() or with a later batch, in
  // the order of the UPDATEs.
  [[nodiscard]] Judgement take(wire::Bytes body) { return judge_->take(body, pending_); }
  // Something waits for flush(), or so much that flush() should not wait.
  [[nodiscard]] bool pending() const { return !pending_.empty(); }
  [[nodiscard]] bool full() const { return pending_.size() >= kFull; }
  Stored flush(std::uint32_t now);

  // A Judge of the present rules for another thread, and what it made of UPDATEs that follow all
  // that was taken here. The batch is emptied.
  [[nodiscard]] std::shared_ptr<Judge> lend();
  Stored store(RouteBatch& batch, std::uint32_t now);

  // New rules for what comes; reevaluate() applies them to what is there. Requires !pending().
  void set_rules(ImportRules rules);
  void reevaluate(rib::DestId id);
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

  [[nodiscard]] bool may_pass_limit(std::size_t more) const;
  Stored store_limited(std::span<const rib::Rib::Announcement> announced, std::uint32_t now);
  [[nodiscard]] bool over_limit(const Nlri& nlri, Family family, Stored& stored);
  [[nodiscard]] bool stays_blocked(const rib::Path& path, Family family) const;
  [[nodiscard]] Judge::Verdict judge_again(const Prefix& prefix, rib::AttrRef received);

  rib::Rib& rib_;
  const SessionFacts facts_;
  std::unique_ptr<Judge> judge_;
  std::shared_ptr<Judge> lent_;
  RouteBatch pending_;
  ImportCounters counters_;
  rib::AttributeSet stored_;         // scratch of judge_again()
  std::vector<std::uint32_t> ours_;  // scratch of reevaluate()
  std::vector<Memo> memo_;           // of judge_again(); empty outside a re-evaluation
  std::array<bool, kFamilyCount> limit_passed_{};
};

}  // namespace tern::pipeline
