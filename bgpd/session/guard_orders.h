// Releases and blocks of the guard (policy/guard_orders.h): what operators have ordered, until
// when, and the table that judges read. Each change and each end is a line in the log. Internal to
// bgpd/session, except where Speaker gives the class out; loop thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policy/guard_orders.h"

namespace tern::session {

class Neighbors;
class Reevaluation;

class GuardOrders {
 public:
  using Key = std::pair<Prefix, policy::OrderedFrom>;
  using Orders = std::map<Key, std::shared_ptr<const policy::GuardOrder>>;
  // Orders that end in one look(); further ones end a second later.
  static constexpr std::size_t kMostEnds = 256;

  // table: of the present orders, which GuardOrders sets; null: there are none.
  GuardOrders(Neighbors& neighbors, Reevaluation& reevaluation,
              std::shared_ptr<const policy::GuardOrderTable>& table)
      : neighbors_(neighbors), reevaluation_(reevaluation), table_(table) {}
  GuardOrders(const GuardOrders&) = delete;
  GuardOrders& operator=(const GuardOrders&) = delete;

  // Takes the place of an order about the same routes. Has these judged again. Returns why the
  // order is refused: there are GuardOrderTable::kMost others.
  [[nodiscard]] std::optional<std::string> put(policy::GuardOrder order);
  // user: of the log line. False: there is no such order.
  [[nodiscard]] bool clear(const Prefix& prefix, const policy::OrderedFrom& from,
                           const std::string& user);
  // The orders of an earlier process. Before the first session.
  void restore(std::vector<policy::GuardOrder> orders);
  // Once a second: ends orders that are over. now: Unix seconds.
  void look(std::uint32_t now);

  [[nodiscard]] const Orders& all() const { return orders_; }
  [[nodiscard]] std::size_t blocks() const { return blocks_; }
  [[nodiscard]] std::size_t releases() const { return orders_.size() - blocks_; }
  // `call` is called when the orders are others.
  void on_change(std::function<void()> call) { on_change_ = std::move(call); }

 private:
  void publish(std::vector<policy::PrefixRange> changed);

  Neighbors& neighbors_;
  Reevaluation& reevaluation_;
  std::shared_ptr<const policy::GuardOrderTable>& table_;
  std::function<void()> on_change_;
  Orders orders_;
  std::size_t blocks_ = 0;      // of `orders_`
  std::uint32_t next_end_ = 0;  // of the order that ends first; 0: none ends
};

}  // namespace tern::session
