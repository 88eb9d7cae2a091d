#include "bgpd/session/guard_orders.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "bgpd/session/neighbors.h"
#include "bgpd/session/reevaluation.h"
#include "rib/types/utc_text.h"

namespace tern::session {
namespace {

using policy::GuardOrder;
using policy::GuardOrderTable;

// Of the prefix itself.
policy::PrefixRange range_of(const Prefix& prefix) {
  return {prefix, prefix.length(), prefix.length()};
}

// ", until 2026-11-30 18:00:00 UTC, because of ticket 71"
std::string details_of(const GuardOrder& order) {
  std::string text = order.expires == 0 ? ", without an end" : ", until " + utc_text(order.expires);
  return order.because.empty() ? text : text + ", because " + order.because;
}

// Of two ends the earlier one; 0: never.
std::uint32_t earlier_end(std::uint32_t a, std::uint32_t b) {
  return a == 0 || b == 0 ? std::max(a, b) : std::min(a, b);
}

}  // namespace

std::optional<std::string> GuardOrders::put(GuardOrder order) {
  const Key key{order.prefix, order.from};
  if (orders_.size() >= GuardOrderTable::kMost && !orders_.contains(key)) {
    return "there are " + std::to_string(GuardOrderTable::kMost) +
           " releases and blocks already; 'ternctl guard clear' ends one";
  }
  spdlog::warn("guard: {} by {}{}", order.to_string(), order.owner, details_of(order));
  next_end_ = earlier_end(next_end_, order.expires);
  orders_[key] = std::make_shared<const GuardOrder>(std::move(order));
  publish({range_of(key.first)});
  if (on_change_) on_change_();
  return std::nullopt;
}

bool GuardOrders::clear(const Prefix& prefix, const policy::OrderedFrom& from,
                        const std::string& user) {
  const auto found = orders_.find({prefix, from});
  if (found == orders_.end()) return false;
  spdlog::warn("guard: {} ended by {}", found->second->to_string(), user);
  orders_.erase(found);
  publish({range_of(prefix)});
  if (on_change_) on_change_();
  return true;
}

void GuardOrders::restore(std::vector<GuardOrder> orders) {
  for (GuardOrder& order : orders) {
    if (orders_.size() == GuardOrderTable::kMost) break;
    next_end_ = earlier_end(next_end_, order.expires);
    const Key key{order.prefix, order.from};
    orders_[key] = std::make_shared<const GuardOrder>(std::move(order));
  }
  if (orders_.empty()) return;
  publish({});
  spdlog::warn("{} releases and blocks of the guard are still in force", orders_.size());
}

void GuardOrders::look(std::uint32_t now) {
  if (next_end_ == 0 || now < next_end_) return;
  std::vector<policy::PrefixRange> changed;
  next_end_ = 0;
  for (auto at = orders_.begin(); at != orders_.end();) {
    const GuardOrder& order = *at->second;
    const bool over = order.expires != 0 && order.expires <= now && changed.size() < kMostEnds;
    if (!over) {
      next_end_ = earlier_end(next_end_, order.expires);
      ++at;
      continue;
    }
    spdlog::warn("guard: {} by {} is over", order.to_string(), order.owner);
    changed.push_back(range_of(order.prefix));
    at = orders_.erase(at);
  }
  if (changed.empty()) return;
  publish(std::move(changed));
  if (on_change_) on_change_();
}

// Judges take the table with new rules.
void GuardOrders::publish(std::vector<policy::PrefixRange> changed) {
  std::vector<std::shared_ptr<const GuardOrder>> all;
  all.reserve(orders_.size());
  blocks_ = 0;
  for (const auto& [key, order] : orders_) {
    if (order->kind == policy::GuardOrderKind::Block) ++blocks_;
    all.push_back(order);
  }
  table_ = all.empty() ? nullptr : std::make_shared<const GuardOrderTable>(std::move(all));
  rib::ClientSet imports;
  for (const auto& peer : neighbors_.slots()) {
    if (peer && peer->guard_changed()) imports.insert(peer->slot());
  }
  reevaluation_.ranges_changed(std::move(changed), imports, {});
}

}  // namespace tern::session
