#include "tests/bench/load/registered.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

namespace tern::load {
namespace {

TEST(Registered, PrefixesDoNotOverlapAndPreferPartnersInTurn) {
  Random random(1);
  const Universe universe = make_universe(4000, 4000, 0.2, random);
  const std::string path = testing::TempDir() + "registered_test.csv";
  EXPECT_EQ(write_registrations(universe, 100, 3, 2, path), 100U);
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  ASSERT_EQ(lines.size(), 101U);
  EXPECT_EQ(lines[0], "prefix,owner,customer_as,partners");
  std::set<std::string> prefixes;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::string prefix = lines[i].substr(0, lines[i].find(','));
    EXPECT_TRUE(prefix.ends_with("/24") || prefix.ends_with("/48")) << prefix;
    prefixes.insert(prefix);
  }
  EXPECT_EQ(prefixes.size(), 100U);
  EXPECT_TRUE(lines[1].ends_with(",60001 60002 60003")) << lines[1];
  EXPECT_TRUE(lines[2].ends_with(",60002 60003 60001")) << lines[2];
  EXPECT_TRUE(lines[3].ends_with(",60001 60002 60003")) << lines[3];
  EXPECT_LT(write_registrations(universe, 4000, 1, 1, path), 4000U) << "not all are that long";
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace tern::load
