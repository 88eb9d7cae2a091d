#include "bgpd/baseline/withdrawals.h"

#include <algorithm>

namespace tern::baseline {
namespace {

Withdrawals::Routes most_of(const Withdrawals::Routes& a, const Withdrawals::Routes& b) {
  return {std::max(a.received, b.received), std::max(a.accepted, b.accepted)};
}

}  // namespace

void Withdrawals::apply(const std::optional<WithdrawalRules>& rules) {
  if (rules_ == rules) return;
  rules_ = rules;
  tracks_ = {};
}

std::optional<Withdrawals::Loss> Withdrawals::look(PeerSlot neighbor, std::uint64_t session,
                                                   const Routes& routes, std::uint32_t now) {
  if (!rules_) return std::nullopt;
  if (neighbor >= tracks_.size()) tracks_.resize(neighbor + std::size_t{1});
  Track& of = tracks_[neighbor];
  if (of.session != session) {
    of = {};
    of.session = session;
  }
  // Seven parts are the window, at least, and the present one comes on top.
  constexpr auto kAll = static_cast<std::uint32_t>(kParts);
  const std::uint32_t length = (rules_->window + kAll - 2) / (kAll - 1);
  const std::uint32_t reach = (rules_->window + length - 1) / length;
  const std::uint32_t part = now / length;
  Routes before = routes;
  for (std::size_t i = 0; i < kParts; ++i) {
    const bool in_window = of.parts[i] <= part && part - of.parts[i] <= reach;
    if (in_window) before = most_of(before, of.routes[i]);
  }
  Routes& most = of.routes[part % kParts];
  std::uint32_t& number = of.parts[part % kParts];
  most = number == part ? most_of(most, routes) : routes;
  number = part;
  const std::uint64_t lost =
      std::min(before.accepted - routes.accepted, before.received - routes.received);
  if (lost < rules_->routes || lost * 100 <= before.accepted * rules_->percent) {
    return std::nullopt;
  }
  return Loss{before.accepted, lost};
}

}  // namespace tern::baseline
