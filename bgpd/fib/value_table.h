// A table of distinct values with numbers, for values that many routes share. A value lives as long
// as it has references. Used by one thread at a time.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace tern::fib {

// 0 names no value.
using ValueId = std::uint32_t;

// Extra: what the owner keeps with each value.
template <typename Value, typename Extra>
class ValueTable {
 public:
  struct Item {
    Value value;
    Extra extra{};
    std::uint32_t references = 0;
  };

  // The number of the value, which has no reference if it is new (second is true).
  std::pair<ValueId, bool> find_or_add(const Value& value) {
    const auto [at, is_new] = ids_.try_emplace(value, ValueId{0});
    if (!is_new) return {at->second, false};
    if (free_.empty()) {
      at->second = static_cast<ValueId>(items_.size());
      items_.push_back({value, {}, 0});
    } else {
      at->second = free_.back();
      free_.pop_back();
      items_[at->second] = {value, {}, 0};
    }
    return {at->second, true};
  }
  void retain(ValueId id) { ++items_[id].references; }
  // True: that was the last reference, and the caller calls erase().
  [[nodiscard]] bool release(ValueId id) { return --items_[id].references == 0; }
  void erase(ValueId id) {
    ids_.erase(items_[id].value);
    items_[id] = {};
    free_.push_back(id);
  }

  [[nodiscard]] const Value& operator[](ValueId id) const { return items_[id].value; }
  [[nodiscard]] Extra& extra(ValueId id) { return items_[id].extra; }
  [[nodiscard]] const Extra& extra(ValueId id) const { return items_[id].extra; }
  [[nodiscard]] bool in_use(ValueId id) const { return items_[id].references != 0; }
  // Greater than all numbers in use.
  [[nodiscard]] std::size_t numbers() const { return items_.size(); }
  // Calls fn(id, value, extra) for each value; fn adds and erases none.
  template <typename Fn>
  void for_each(Fn&& fn) {
    for (ValueId id = 1; id < items_.size(); ++id) {
      if (items_[id].references != 0) fn(id, items_[id].value, items_[id].extra);
    }
  }

 private:
  boost::unordered_flat_map<Value, ValueId> ids_;
  std::vector<Item> items_ = std::vector<Item>(1);  // by number; the first is none
  std::vector<ValueId> free_;
};

}  // namespace tern::fib
