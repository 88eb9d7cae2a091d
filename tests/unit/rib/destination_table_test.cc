// Blocks of destinations: whatever is added, moved and removed, the rest of the block stays.
#include "rib/destination_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "tests/unit/types/random_values.h"

namespace tern::rib {
namespace {

AttrRef set_number(std::uint32_t n) { return static_cast<AttrRef>(n); }
AudienceRef audience_number(std::uint32_t n) { return static_cast<AudienceRef>(n); }

// What a destination should hold, kept without any cleverness.
struct Model {
  struct One {
    PeerSlot peer = 0;
    std::uint32_t effective = 0;  // 0: rejected
    std::uint32_t received = 0;
    PathIds ids;
  };
  std::vector<One> paths;
  std::vector<Advertised> advertised;
  std::vector<std::uint32_t> advertised_ids;  // empty or one for each
};

class DestinationTableTest : public testing::Test {
 protected:
  DestId add(const Prefix& prefix) {
    return table.add(unicast(prefix), DestinationTable::hash(unicast(prefix)));
  }
  [[nodiscard]] DestId find(const Prefix& prefix) const {
    return table.find(unicast(prefix), DestinationTable::hash(unicast(prefix)));
  }

  void push(DestId id, Model& model, const Model::One& one) {
    table.push_path(table.record(id), path_of(one), one.ids, set_number(one.received));
    model.paths.push_back(one);
  }
  static Path path_of(const Model::One& one) {
    Path path(one.peer);
    const AttrRef effective = set_number(one.effective);
    const Reason reason = effective == AttrRef::None ? Reason::Policy : Reason::None;
    path.set({set_number(one.received), effective, reason, 0}, DecisionKey{});
    return path;
  }
  void tell(DestId id, Model& model, std::uint32_t count, bool ids) {
    DestinationTable::Record& record = table.record(id);
    table.resize_advertised(record, count, ids);
    model.advertised.clear();
    model.advertised_ids.clear();
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint32_t n = ++last_;
      model.advertised.push_back({set_number(n), audience_number(n)});
      table.edit_advertised(record)[i] = model.advertised.back();
      if (!ids) continue;
      model.advertised_ids.push_back(n + 7);
      table.edit_advertised_ids(record)[i] = n + 7;
    }
  }
  void expect_equal(DestId id, const Model& model) {
    const Destination destination = table.view(id);
    ASSERT_TRUE(destination.in_use);
    ASSERT_EQ(destination.paths.size(), model.paths.size());
    for (std::size_t i = 0; i < model.paths.size(); ++i) {
      ASSERT_EQ(destination.paths[i].peer(), model.paths[i].peer);
      ASSERT_EQ(destination.paths[i].effective(), set_number(model.paths[i].effective));
      ASSERT_EQ(destination.received(i), set_number(model.paths[i].received));
      ASSERT_EQ(destination.path_id(i), model.paths[i].ids.received);
      const std::uint32_t local = model.paths[i].ids.local;
      ASSERT_EQ(destination.local_id(i), local == 0 ? model.paths[i].peer + 1 : local);
    }
    ASSERT_TRUE(std::ranges::equal(destination.advertised, model.advertised));
    ASSERT_TRUE(std::ranges::equal(destination.advertised_ids, model.advertised_ids));
  }

  DestinationTable table;

 private:
  std::uint32_t last_ = 0;
};

TEST_F(DestinationTableTest, WhatAPathTakes) {
  static_assert(sizeof(Path) == 16);  // times a million prefixes times the peers that send them
  static_assert(sizeof(Advertised) == 8);
  static_assert(sizeof(DestinationTable::Record) == 32);
  Model model;
  const DestId id = add(*Prefix::parse("203.0.113.0/24"));
  EXPECT_EQ(table.block_bytes(), 0U);
  push(id, model, {1, 5, 5, {}});
  EXPECT_EQ(table.block_bytes(), 24U);  // with room to be told
  tell(id, model, 1, false);
  EXPECT_EQ(table.block_bytes(), 24U);
  push(id, model, {2, 6, 6, {9, 70000}});            // identifiers: for both paths now
  EXPECT_EQ(table.block_bytes(), 2 * 24U + 2 * 8U);  // and to be told in two forms
  tell(id, model, 2, true);
  EXPECT_EQ(table.block_bytes(), 2 * 24U + 2 * 12U);
  expect_equal(id, model);
  tell(id, model, 0, false);
  for (int i = 0; i < 2; ++i) table.remove_path(table.record(id), 0);
  EXPECT_EQ(table.block_bytes(), 0U);
  EXPECT_FALSE(table.record(id).has_path_ids);
  model = {};
  push(id, model, {1, 5, 5, {}});
  push(id, model, {2, 6, 7, {}});  // policy changed it: four octets more a path
  EXPECT_EQ(table.block_bytes(), 2 * 20U + 2 * 8U);
  expect_equal(id, model);
}

TEST_F(DestinationTableTest, NumbersAreUsedAgain) {
  const Prefix first = *Prefix::parse("203.0.113.0/24");
  const Prefix second = *Prefix::parse("198.51.100.0/24");
  const DestId id = add(first);
  table.remove(id);
  EXPECT_EQ(find(first), DestinationTable::kNone);
  EXPECT_FALSE(table.view(id).in_use);
  EXPECT_EQ(add(second), id);
  EXPECT_EQ(find(second), id);
  EXPECT_EQ(table.end(), 1U);
}

// Blocks that grew left an eighth of the others behind, in pages that were full of them.
TEST_F(DestinationTableTest, BlocksThatWereLeftAreGathered) {
  constexpr std::uint32_t kCount = 40000;
  std::map<DestId, Model> models;
  const auto push_all = [&](std::uint32_t step, std::uint32_t first, std::uint32_t peer) {
    for (auto& [id, model] : models) {
      if (id % step >= first) push(id, model, {peer, 2 * id + 1, 2 * id + 1, {}});
    }
  };
  for (std::uint32_t i = 0; i < kCount; ++i) models[add(Prefix::v4(i << 8U, 24))];
  for (std::uint32_t peer = 0; peer < 4; ++peer) push_all(1, 0, peer);
  push_all(8, 1, 4);
  std::map<DestId, BlockPool::Ref> before;
  for (const auto& [id, model] : models) before[id] = table.record(id).block;
  const std::size_t bytes = table.block_bytes();
  for (std::uint32_t i = 0; i < kCount; ++i) table.tidy_up(1);
  EXPECT_EQ(table.block_bytes(), bytes);
  const auto moved = std::ranges::count_if(
      before, [&](const auto& one) { return table.record(one.first).block != one.second; });
  EXPECT_GT(moved, kCount / 16);  // until so little is lost that it is not worth more
  EXPECT_LT(moved, kCount / 4);
  for (const auto& [id, model] : models) ASSERT_NO_FATAL_FAILURE(expect_equal(id, model));
}

// One destination and its copy, and what may happen to them.
class RandomBlocks : public DestinationTableTest {
 protected:
  void step(DestId id, Model& model) {
    switch (random.below(6)) {
      case 0:
      case 1:
        return add_path(id, model);
      case 2:
        return remove_paths(id, model);
      case 3:
        return move_path(id, model);
      case 4:
        return revise(id, model);
      default:
        tell(id, model, random.below(6), random.one_in(2));
        if (model.advertised.empty()) model.advertised_ids.clear();
    }
  }
  void add_path(DestId id, Model& model) {
    if (table.record(id).paths > 30) return;
    const std::uint32_t path_id = random.one_in(4) ? random.below(100) : 0;
    const std::uint32_t received = 1 + random.below(1U << 30U);
    const std::uint32_t other = random.one_in(2) ? 0 : received + 1;
    push(id, model,
         {random.below(300),
          random.one_in(8) ? other : received,
          received,
          {path_id, path_id == 0 ? 0 : 65536 + random.below(99)}});
  }
  // Now and then all of them: identifiers go with the last path.
  void remove_paths(DestId id, Model& model) {
    DestinationTable::Record& record = table.record(id);
    if (record.paths == 0) return;
    std::vector<std::size_t> gone;
    const std::uint32_t one = random.below(record.paths);
    const bool all = random.one_in(20);
    const bool several = random.one_in(4);
    for (std::uint32_t at = 0; at < record.paths; ++at) {
      if (all || at == one || (several && random.one_in(3))) gone.push_back(at);
    }
    table.remove_paths(record, gone);
    for (auto at = gone.rbegin(); at != gone.rend(); ++at) {
      model.paths.erase(model.paths.begin() + static_cast<std::ptrdiff_t>(*at));
    }
  }
  void move_path(DestId id, Model& model) {
    DestinationTable::Record& record = table.record(id);
    if (record.paths == 0) return;
    const std::uint32_t from = random.below(record.paths);
    const std::uint32_t to = random.below(record.paths);
    table.move_path(record, from, to);
    const Model::One moved = model.paths[from];
    model.paths.erase(model.paths.begin() + from);
    model.paths.insert(model.paths.begin() + to, moved);
  }
  // Another verdict on one of them.
  void revise(DestId id, Model& model) {
    DestinationTable::Record& record = table.record(id);
    if (record.paths == 0) return;
    const std::uint32_t at = random.below(record.paths);
    Model::One& one = model.paths[at];
    one.received = 1 + random.below(1000);
    const std::uint32_t verdict = random.below(3);  // accepted, with another set, rejected
    one.effective = verdict == 2 ? 0 : one.received + verdict;
    table.edit_paths(record)[at] = path_of(one);
    table.set_received(record, at, set_number(one.received));
  }

  RandomValues random{4456};
};

TEST_F(RandomBlocks, AgreeWithCopies) {
  std::map<DestId, Model> models;
  for (std::uint32_t i = 0; i < 40; ++i) models[add(Prefix::v4(i << 16U, 16))];
  for (int n = 0; n < 60000; ++n) {
    const DestId id = random.below(40);
    step(id, models[id]);
    ASSERT_NO_FATAL_FAILURE(expect_equal(id, models[id])) << "step " << n;
    if (n % 1000 != 0) continue;
    for (const auto& [each, held] : models) ASSERT_NO_FATAL_FAILURE(expect_equal(each, held));
  }
  for (const auto& [id, model] : models) {
    DestinationTable::Record& record = table.record(id);
    while (record.paths > 0) table.remove_path(record, record.paths - 1U);
    table.resize_advertised(record, 0, false);
    table.remove(id);
  }
  EXPECT_EQ(table.block_bytes(), 0U);
}

}  // namespace
}  // namespace tern::rib
