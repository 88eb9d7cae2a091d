// What stands between a reload and a file that is not whole: its marker, its age, what it takes
// away.
#include <gtest/gtest.h>

#include <chrono>

#include "conf/removals.h"
#include "conf/settling.h"
#include "tests/unit/conf/support.h"
#include "tests/unit/types/folder.h"

namespace tern::conf {
namespace {

using test::kRouter;

using std::chrono::hours;
using std::chrono::seconds;

std::string peers(int first, int last) {
  std::string text = kRouter + "peers:\n";
  for (int i = first; i <= last; ++i) {
    text += "  - { address: 10.0.1." + std::to_string(i) + ", asn: 65001 }\n";
  }
  return first > last ? kRouter + "peers: []\n" : text;
}

TEST(Removals, ManyIsMoreThanHalfAndAtLeastThree) {
  const struct {
    int before, first, last;
    std::size_t removed;
    bool many;
  } kTable[] = {
      {12, 1, 12, 0, false}, {12, 1, 2, 10, true}, {12, 1, 6, 6, false}, {12, 1, 5, 7, true},
      {2, 1, 0, 2, false},   {3, 1, 0, 3, true},   {4, 1, 1, 3, true},   {12, 13, 24, 12, true},
  };
  for (const auto& row : kTable) {
    const auto found = removals(*test::must_load(peers(1, row.before)),
                                *test::must_load(peers(row.first, row.last)));
    EXPECT_EQ(found.removed, row.removed);
    EXPECT_EQ(found.of, static_cast<std::size_t>(row.before));
    EXPECT_EQ(found.many(), row.many) << found.to_string();
  }
}

class Clock {
 public:
  std::chrono::nanoseconds quiet(const std::vector<std::string>& files) {
    return settling.quiet(files, wall, steady);
  }
  void pass(std::chrono::nanoseconds time) {
    wall += time;
    steady += time;
  }

  Settling settling;
  Settling::Wall wall = std::chrono::system_clock::now() - hours(1);  // the files are from ahead
  Settling::Steady steady = std::chrono::steady_clock::now();
};

TEST(Settling, IsKnownByLookingAgain) {
  const Folder folder;
  const std::string file = folder.write("t.yml", "a");
  Clock clock;
  EXPECT_EQ(clock.quiet({file}), seconds(0));
  clock.pass(seconds(2));
  EXPECT_EQ(clock.quiet({file}), seconds(2));
  folder.write("t.yml", "ab");
  EXPECT_EQ(clock.quiet({file}), seconds(0));
  clock.pass(seconds(1));
  EXPECT_EQ(clock.quiet({file}), seconds(1));
  std::filesystem::rename(folder.write("new", "ab"), file);
  EXPECT_EQ(clock.quiet({file}), seconds(0)) << "another file of the same size";
}

TEST(Settling, IsKnownByTheAgeOfTheFile) {
  const Folder folder;
  const std::string file = folder.write("t.yml", "a");
  Clock clock;
  clock.wall = std::chrono::system_clock::now() + hours(1);
  EXPECT_GE(clock.quiet({file}), hours(1) - seconds(60));
}

TEST(Settling, TheYoungestOfAllFilesCounts) {
  const Folder folder;
  const std::string first = folder.write("t.yml", "a");
  const std::string second = folder.path("rtt.csv");
  Clock clock;
  EXPECT_EQ(clock.quiet({first, second}), seconds(0)) << "one that is not there yet";
  clock.pass(seconds(5));
  EXPECT_EQ(clock.quiet({first, second}), seconds(5));
  folder.write("rtt.csv", "a");
  EXPECT_EQ(clock.quiet({first, second}), seconds(0));
}

TEST(Settling, LooksAtAllFilesThatAreNamed) {
  const Folder folder;
  const std::string key = folder.write("key", "secret\n");
  const auto config =
      test::must_load(kRouter +
                          "groups: { g: { md5_password_file: key } }\n"
                          "peers: [ { address: 10.0.1.1, asn: 65001, group: g } ]\n",
                      folder.path("t.yml"));
  EXPECT_EQ(files_of(*config), (std::vector<std::string>{folder.path("t.yml"), key}));
}

TEST(End, MarksAWholeFile) {
  EXPECT_FALSE(test::must_load(kRouter)->file.end());
  EXPECT_TRUE(test::must_load(kRouter + "end: true\n")->file.end());
}

}  // namespace
}  // namespace tern::conf
