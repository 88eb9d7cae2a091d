#include "bgpd/pipeline/rejudge.h"

#include <utility>

#include "bgpd/pipeline/attribute_sets.h"
#include "rib/types/hash.h"

namespace tern::pipeline {

void Rejudge::judge(const rib::Destination& destination, std::size_t path, Revisions& revisions) {
  const rib::AttrRef received = destination.received(path);
  Judge::Verdict judged = verdict(destination.nlri(), received);
  const rib::Import import{received, judged.effective.ref(), judged.reason, judged.detail};
  revisions.add(path, import, std::move(judged.effective));
}

// A verdict is kept for later routes with the same attribute set and the same answers of policy: a
// table has far fewer sets than routes.
Judge::Verdict Rejudge::verdict(const Nlri& nlri, rib::AttrRef received) {
  const policy::Answers answers = judge_.ask(nlri.prefix, origin_of(received));
  const auto judge_now = [&] {
    read(attributes_[received], stored_);
    Judge::Verdict judged = judge_.judge(nlri, answers, stored_.attributes, received);
    no_memory_ |= judge_.take_no_memory();
    return judged;
  };
  if (!rules()->policies.has_all_answers() || judge_.martian(nlri.prefix) != nullptr) {
    return judge_now();
  }
  if (memo_.empty()) memo_.resize(memo_size_);
  const std::uint64_t key = static_cast<std::uint32_t>(received) ^ answers.hash();
  Memo& memo = memo_[static_cast<std::size_t>(mix_bits(key)) % memo_size_];
  if (memo.received.ref() != received || memo.family != nlri.family || memo.answers != answers) {
    memo.verdict = judge_now();
    attributes_.retain(received);
    memo.received = rib::AttrHandle(attributes_, received);
    memo.family = nlri.family;
    memo.answers = answers;
  }
  Judge::Verdict judged;
  judged.reason = memo.verdict.reason;
  judged.detail = memo.verdict.detail;
  if (memo.verdict.effective.ref() != rib::AttrRef::None) {
    attributes_.retain(memo.verdict.effective.ref());
    judged.effective = rib::AttrHandle(attributes_, memo.verdict.effective.ref());
  }
  return judged;
}

// Remembers the Origin of a set, because decoding a set takes longer than finding a remembered
// verdict.
Judge::Origin Rejudge::origin_of(rib::AttrRef received) {
  if (!judge_.decodes_origins()) return judge_.origin_of(attributes_[received]);
  if (origins_.empty()) origins_.resize(memo_size_);
  const std::uint64_t key = mix_bits(static_cast<std::uint32_t>(received));
  OriginMemo& memo = origins_[static_cast<std::size_t>(key) % memo_size_];
  if (memo.received.ref() != received) {
    memo.origin = judge_.origin_of(attributes_[received]);
    attributes_.retain(received);
    memo.received = rib::AttrHandle(attributes_, received);
  }
  return memo.origin;
}

}  // namespace tern::pipeline
