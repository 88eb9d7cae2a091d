// A LiveCosts with the places of egress_network.h, whose clock the test moves.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "egress_network.h"
#include "policy/live_costs.h"

namespace tern::policy {

using std::chrono::seconds;

inline constexpr CostPair kAmsParis{kAms, kParis, false};
inline constexpr CostPair kLhrParis{kLhr, kParis, false};
inline constexpr CostPair kAmsLondon{kAms, kLondon, false};
inline constexpr CostPair kAmsLhr{kAms, kLhr, true};
inline constexpr CostPair kLhrAms{kLhr, kAms, true};
// Amsterdam and Washington are 6,200 km apart.
inline constexpr CostPair kIadAmsterdam{kIad, kAmsterdam, false};

inline constexpr std::int64_t kOrder = 10;  // FileValues::order, unless a test sets another order

class History {
 public:
  explicit History(CostRules rules = {}, EgressSource source = network())
      : rules_(rules), egress_(std::make_shared<const Egress>(egress_of(source))) {
    costs_.rebase(egress_, rules_, {}, now_);
  }

  LiveCosts::Step wait(seconds time) {
    now_ += time;
    return costs_.step(now_);
  }
  LiveCosts::Step set(const CostPair& pair, EgressCost microseconds,
                      std::optional<seconds> lasts = std::nullopt) {
    EXPECT_TRUE(costs_.set({pair, microseconds}, lasts, now_));
    return costs_.step(now_);
  }
  LiveCosts::Step probe(const CostPair& pair, EgressCost microseconds) {
    EXPECT_TRUE(costs_.take_probe({pair, microseconds}, seconds(50), now_));
    return costs_.step(now_);
  }
  LiveCosts::Step clear(const CostPair& pair) {
    EXPECT_TRUE(costs_.clear(pair));
    return costs_.step(now_);
  }
  LiveCosts::Step file(std::vector<MeasuredPair> pairs, seconds age = seconds(0)) {
    costs_.take_file({std::move(pairs), age, {}, kOrder}, now_);
    return costs_.step(now_);
  }
  LiveCosts::Step reload(std::vector<MeasuredPair> pairs, seconds age = seconds(0),
                         std::string name = {}, std::int64_t order = kOrder) {
    costs_.rebase(egress_, rules_, {std::move(pairs), age, std::move(name), order}, now_);
    return costs_.step(now_);
  }
  void set_rules(const CostRules& rules) { rules_ = rules; }  // of the next reload
  void configure(EgressSource source, std::vector<MeasuredPair> pairs = {}) {
    egress_ = std::make_shared<const Egress>(egress_of(source));
    costs_.rebase(egress_, rules_, {std::move(pairs), seconds(0)}, now_);
  }

  [[nodiscard]] EgressCosts::Cell cell(const CostPair& pair) const {
    return costs_.table()->cell(pair);
  }
  [[nodiscard]] EgressCost cost(const CostPair& pair) const { return cell(pair).cost; }
  [[nodiscard]] EgressCost distance(const CostPair& pair) const {
    return egress_->costs()->cell(pair).cost;
  }
  [[nodiscard]] std::vector<LiveCosts::Row> rows() const {
    return costs_.rows(now_, 100, {0, 0, false});
  }
  [[nodiscard]] std::size_t size() const { return costs_.size(); }
  LiveCosts& costs() { return costs_; }

 private:
  CostRules rules_;
  seconds now_{1000};
  std::shared_ptr<const Egress> egress_;
  LiveCosts costs_;
};

}  // namespace tern::policy
