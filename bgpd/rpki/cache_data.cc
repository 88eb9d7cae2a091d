#include "bgpd/rpki/cache_data.h"

#include <algorithm>
#include <string>
#include <utility>

#include "rib/types/trim_to_size.h"

namespace tern::rpki {
namespace {

Refusal too_many(std::size_t limit) {
  return {{ErrorCode::InternalError, "more than " + std::to_string(limit) + " records"}, {}};
}

}  // namespace

// An answer has 2^31 PDUs at most, so that their numbers fit.
Answer::Answer(CacheData base, std::size_t limit)
    : base_(std::move(base)), limit_(std::min(limit, std::size_t{1} << 31U)) {}

bool Answer::count(std::size_t records) {
  counted_ += records;
  return counted_ <= limit_;
}

bool Answer::add(const PrefixPdu& pdu) {
  if (!count(1)) return false;
  const auto number = static_cast<std::uint32_t>(changes_.size());
  changes_.push_back({pdu.vrp, 2 * number + (pdu.announce ? 1U : 0U)});
  return true;
}

bool Answer::add(AspaPdu pdu) {
  if (!count(1 + pdu.providers.size())) return false;
  aspas_.push_back(std::move(pdu));
  return true;
}

// A cache may withdraw a record and announce it again in one answer, so that the order counts.
std::optional<Refusal> Answer::net_changes(policy::VrpDelta& delta) {
  std::sort(changes_.begin(), changes_.end(), [](const Change& a, const Change& b) {
    const auto order = a.vrp <=> b.vrp;
    return order != 0 ? order < 0 : a.order < b.order;
  });
  if (!base_) delta.announced.reserve(changes_.size());
  for (auto at = changes_.begin(); at != changes_.end();) {
    const policy::Vrp& vrp = at->vrp;
    const bool before = base_ && base_.vrps->contains(vrp);
    bool there = before;
    for (; at != changes_.end() && at->vrp == vrp; ++at) {
      const bool announce = at->order % 2 == 1;
      if (announce == there) {
        const ErrorCode code =
            there ? ErrorCode::DuplicateAnnouncement : ErrorCode::WithdrawalOfUnknown;
        return Refusal{{code, vrp.to_string()}, PrefixPdu{announce, vrp}};
      }
      there = announce;
    }
    if (there != before) (there ? delta.announced : delta.withdrawn).push_back(vrp);
  }
  changes_.clear();
  trim_to_size(changes_);
  return std::nullopt;
}

Result<CacheData, Refusal> Answer::finish() {
  policy::VrpDelta delta;
  if (auto refusal = net_changes(delta)) return std::move(*refusal);
  CacheData data = base_;
  const std::size_t records = (base_ ? base_.vrps->size() : 0) + delta.announced.size();
  if (records - delta.withdrawn.size() > limit_) return too_many(limit_);
  if (!base_) {
    data.vrps = policy::VrpTable::build(std::move(delta.announced));
  } else if (!delta.empty()) {
    data.vrps = base_.vrps->changed(delta);
  }

  if (base_ && aspas_.empty()) return data;
  auto aspas =
      base_ ? std::make_shared<AspaRecords>(*base_.aspas) : std::make_shared<AspaRecords>();
  for (AspaPdu& pdu : aspas_) {
    if (pdu.announce) {
      (*aspas)[pdu.customer] = std::move(pdu.providers);
    } else if (aspas->erase(pdu.customer) == 0) {
      return Refusal{{ErrorCode::WithdrawalOfUnknown, "ASPA of AS" + std::to_string(pdu.customer)},
                     pdu};
    }
  }
  std::size_t held = 0;
  for (const auto& [customer, providers] : *aspas) held += 1 + providers.size();
  if (held > limit_) return too_many(limit_);
  if (!base_ || *aspas != *base_.aspas) data.aspas = std::move(aspas);
  return data;
}

}  // namespace tern::rpki
