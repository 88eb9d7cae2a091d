// From the bytes of an UPDATE to the RIB: decode, check, tag with a location, filter, store.
//
// One Import per established session, used on the thread of its Rib. receive() is the whole way and
// the entrance a fuzzer uses. Each path is kept as received together with its verdict, so that
// reevaluate() can judge it again after a policy change without asking the peer.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "bgpd/pipeline/session_facts.h"
#include "bgpd/wire/update.h"
#include "policy/egress.h"
#include "policy/policy.h"
#include "rib/rib.h"

namespace tern::pipeline {

// What to do about a family's prefix limit.
enum class LimitAction : std::uint8_t { None, Warning, Block, Shutdown };

// What configuration says about a peer's routes; a reload replaces it whole.
struct ImportRules {
  policy::Chain policies;
  policy::PeerFacts peer;
  std::shared_ptr<const policy::Egress> egress;  // never null
  std::optional<policy::DictionaryId> dictionary;
  bool between_pops = false;  // the peer is a PoP of ours: places come as communities
  bool enforce_first_as = true;
  bool enforce_next_hop = false;
  std::uint32_t allow_own_as = 0;
  std::array<std::uint64_t, kFamilyCount> prefix_limit{};  // 0: none
  LimitAction limit_action = LimitAction::None;
};

// What happened, counted since the session began. Plain numbers: the owner publishes them.
struct ImportCounters {
  std::array<std::uint64_t, kFamilyCount> announced{};  // NLRI, repeats included
  std::array<std::uint64_t, kFamilyCount> withdrawn{};
  std::array<std::uint64_t, kReasonCount> rejected{};  // verdicts, not routes at present
  std::uint64_t attributes_discarded = 0;              // faults, RFC 7606
  std::uint64_t treated_as_withdraw = 0;               // UPDATEs, RFC 7606
  std::array<std::uint64_t, 4> limit_hits{};           // by LimitAction
};

// What an UPDATE asks of the session beyond storing its routes.
struct Received {
  std::optional<wire::Notification> reset;  // end the session with this
  std::optional<Family> end_of_rib;
  const wire::AttributeFault* fault = nullptr;  // the strongest; valid until the next receive()
  std::optional<Family> limit_warning;          // the limit was just passed
};

class Import {
 public:
  Import(rib::Rib& rib, SessionFacts facts, ImportRules rules);

  // body: an UPDATE without its header. now: Unix seconds.
  [[nodiscard]] Received receive(wire::Bytes body, std::uint32_t now) {
    Received received = take(body, now);
    flush();
    return received;
  }
  // The same for one UPDATE of several: what it announces may be stored later, by flush() at the
  // latest, in the order of the UPDATEs.
  [[nodiscard]] Received take(wire::Bytes body, std::uint32_t now);
  void flush();

  // New rules for what comes; reevaluate() applies them to what is there.
  void set_rules(ImportRules rules);
  void reevaluate(rib::DestId id);
  // Every destination was judged anew: what that took is given back.
  void end_reevaluation();

  [[nodiscard]] const SessionFacts& facts() const { return facts_; }
  [[nodiscard]] const ImportRules& rules() const { return rules_; }
  [[nodiscard]] const ImportCounters& counters() const { return counters_; }

 private:
  struct Judged {
    rib::AttrHandle effective;
    Reason reason = Reason::None;
    std::uint16_t detail = 0;
  };
  struct Memo {
    rib::AttrHandle received;
    Family family{};
    Judged judged;
  };
  static constexpr std::size_t kMemoSize = 1024;

  [[nodiscard]] std::optional<wire::Notification> announce(Family family,
                                                           std::span<const Nlri> prefixes,
                                                           std::uint32_t now, Received& received);
  void withdraw(Family family, std::span<const Nlri> prefixes);
  void hold(std::span<const Nlri> prefixes, rib::AttrHandle received, Judged judged,
            std::uint32_t now);
  [[nodiscard]] bool over_limit(const Nlri& nlri, Family family, Received& received);
  [[nodiscard]] bool stays_blocked(const rib::Path& path, Family family) const;
  // received: the set of `attributes`, for the usual case that policy changes nothing.
  [[nodiscard]] Judged judge(const Prefix& prefix, const PathAttributes& attributes,
                             rib::AttrRef received);
  [[nodiscard]] Judged judge_again(const Prefix& prefix, rib::AttrRef received);
  [[nodiscard]] EgressInfo place(const PathAttributes& attributes) const;
  void strip_untrusted(PathAttributes& attributes) const;

  rib::Rib& rib_;
  const SessionFacts facts_;
  ImportRules rules_;
  ImportCounters counters_;
  // Announcements not yet in the RIB, and the counts of their sets.
  std::vector<rib::Rib::Announcement> pending_;
  std::vector<rib::AttrHandle> pending_sets_;
  std::uint32_t pending_now_ = 0;
  wire::UpdateMessage update_;       // reused between messages
  PathAttributes received_;          // scratch of announce()
  PathAttributes judged_;            // scratch of judge()
  rib::AttributeSet stored_;         // scratch of judge_again()
  std::vector<std::uint32_t> ours_;  // scratch of reevaluate()
  std::vector<Memo> memo_;           // of judge_again(); empty outside a re-evaluation
  std::array<bool, kFamilyCount> limit_passed_{};
};

// The checks that need no policy (RFC 4271 section 9.1.2, RFC 4456 section 8, RFC 7948 section 4.8,
// RFC 9234 section 5): Reason::None where the path passes all.
[[nodiscard]] Reason structural_reason(const PathAttributes& attributes, const SessionFacts& facts,
                                       const ImportRules& rules);

}  // namespace tern::pipeline
