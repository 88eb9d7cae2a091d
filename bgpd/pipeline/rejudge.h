// Judges stored paths of a neighbor again, without a route refresh: after new rules, and where a
// prefix limit has room for blocked paths.
//
// A Rejudge is used by one thread at a time. Several threads may each have a Rejudge of the same
// session, for paths of different shards. The rules of a Rejudge stay the same; a caller that is
// not the loop asks SessionRules::replaced before each slice of its work.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "bgpd/pipeline/judge.h"
#include "bgpd/pipeline/revisions.h"
#include "rib/shards.h"

namespace tern::pipeline {

// The facts and the import rules of a session at one time. Any thread may read them.
struct SessionRules {
  SessionRules(SessionFacts of, std::shared_ptr<const ImportRules> by)
      : facts(std::move(of)), rules(std::move(by)) {}
  const SessionFacts facts;
  const std::shared_ptr<const ImportRules> rules;
  // The session has other rules, or is over. The loop sets it before it posts a route that was
  // judged by other rules, so a task of a shard's strand sees it behind such a route.
  std::atomic<bool> replaced{false};
};

class Rejudge {
 public:
  Rejudge(rib::Shards& shards, const SessionFacts& facts, std::shared_ptr<const ImportRules> rules)
      : attributes_(shards.attributes()),
        memo_size_(kMemoSize / shards.size()),
        judge_(shards, facts, std::move(rules)) {}

  // Judges a path of the destination by the rules. revisions: gets the verdict.
  void judge(const rib::Destination& destination, std::size_t path, Revisions& revisions);

  [[nodiscard]] const std::shared_ptr<const ImportRules>& rules() const { return judge_.rules(); }
  // Whether the attribute table had no memory for some sets since the last call, so that routes are
  // rejected that the rules accept.
  [[nodiscard]] bool take_no_memory() { return std::exchange(no_memory_, false); }

 private:
  struct Memo {
    rib::AttrHandle received;
    Family family{};
    policy::Answers answers;
    Judge::Verdict verdict;
  };
  struct OriginMemo {
    rib::AttrHandle received;
    Judge::Origin origin;
  };
  // Remembered verdicts of all Rejudges of a session (at most 16, one for each shard), 72 octets
  // each. Where origins are decoded, as many origins are remembered, 56 octets each.
  static constexpr std::size_t kMemoSize = 1024;

  [[nodiscard]] Judge::Verdict verdict(const Nlri& nlri, rib::AttrRef received);
  [[nodiscard]] Judge::Origin origin_of(rib::AttrRef received);

  rib::AttrTable& attributes_;
  const std::size_t memo_size_;
  Judge judge_;
  std::vector<Memo> memo_;
  std::vector<OriginMemo> origins_;
  rib::AttributeSet stored_;  // scratch of verdict()
  bool no_memory_ = false;
};

}  // namespace tern::pipeline
