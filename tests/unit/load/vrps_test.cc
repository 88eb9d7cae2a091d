#include "tests/bench/load/vrps.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace tern::load {
namespace {

std::multiset<std::string> lines_of(const Universe& universe, std::uint32_t moved,
                                    VrpCounts* counts) {
  const std::string path = testing::TempDir() + "vrps_test.json";
  *counts = write_vrps(universe, 5000, moved, path);
  std::ifstream file(path);
  std::multiset<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.insert(line);
  std::filesystem::remove(path);
  return lines;
}

TEST(Vrps, TwoFilesDifferInTheMovedRecords) {
  Random random(1);
  const Universe universe = make_universe(4000, 4000, 0.2, random);
  VrpCounts counts;
  const auto before = lines_of(universe, 0, &counts);
  EXPECT_EQ(counts.all, 5000U);
  EXPECT_NEAR(counts.matching, 2000, 200);
  EXPECT_NEAR(counts.other, 40, 40);
  EXPECT_EQ(before.size(), 5000U + 2);
  EXPECT_EQ(std::set(before.begin(), before.end()).size(), before.size());

  const auto after = lines_of(universe, 100, &counts);
  std::multiset<std::string> gone;
  std::set_difference(before.begin(), before.end(), after.begin(), after.end(),
                      std::inserter(gone, gone.end()));
  EXPECT_EQ(gone.size(), 100U);
}

}  // namespace
}  // namespace tern::load
