// Files of VRPs and of local exceptions over time. A test gives the time; looks are a second apart.
#include "bgpd/vrps/files.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/session/line_count.h"
#include "tests/unit/types/folder.h"
#include "tests/unit/vrps/support.h"

namespace tern::vrps {
namespace {

using test::roas;

// Two looks, as a change counts when the second look finds the same.
template <typename Files>
bool look_twice(Files& files, UnixTime& now) {
  const bool first = files.look(now++);
  return files.look(now++) || first;
}

TEST(FileWatch, AChangeCountsWhenItStands) {
  conf::FileWatch watch;
  const conf::FileMark one{1, 2, 3, 4};
  conf::FileMark two = one;
  two.octets = 9;
  EXPECT_TRUE(watch.due(one)) << "the first look";
  EXPECT_FALSE(watch.due(one));
  EXPECT_FALSE(watch.due(two)) << "may be in the middle of being written";
  two.octets = 10;
  EXPECT_FALSE(watch.due(two));
  EXPECT_TRUE(watch.due(two));
  EXPECT_FALSE(watch.due(two));
  EXPECT_FALSE(watch.due({}));
  EXPECT_TRUE(watch.due({})) << "gone is a change";
}

TEST(FileWatch, AFileThatIsRenamedIntoPlaceAllTheTimeIsRead) {
  conf::FileWatch watch;
  const auto file = [](std::uint64_t inode) { return conf::FileMark{1, inode, 3, 4}; };
  EXPECT_TRUE(watch.due(file(1)));
  EXPECT_FALSE(watch.due(file(2)));
  EXPECT_TRUE(watch.due(file(3)));
  EXPECT_FALSE(watch.due(file(4)));
  EXPECT_FALSE(watch.due({})) << "gone for a moment";
  EXPECT_FALSE(watch.due(file(5)));
  EXPECT_TRUE(watch.due(file(5)));
}

TEST(VrpFileSource, TheLastGoodContentStays) {
  const Folder folder;
  VrpFileSource source(folder.path("vrps.json"));
  UnixTime now = 1000;
  EXPECT_FALSE(source.look(now++));
  EXPECT_EQ(source.status().state, FileState::Bad);
  EXPECT_EQ(source.status().error, folder.path("vrps.json") + ": No such file or directory");
  EXPECT_FALSE(source.data());

  folder.write("vrps.json", roas({"192.0.2.0/24", "2001:db8::/32"}));
  EXPECT_FALSE(source.look(now++)) << "not yet";
  EXPECT_TRUE(source.look(now++));
  EXPECT_EQ(source.status().state, FileState::Good);
  EXPECT_EQ(source.status().error, "");
  EXPECT_EQ(source.status().vrps, (Count{1, 1}));
  EXPECT_EQ(source.status().read, 1002);

  folder.write("vrps.json", "{\"roas\": [\n{\"prefix\": ");
  EXPECT_FALSE(look_twice(source, now));
  EXPECT_EQ(source.status().state, FileState::Stale);
  EXPECT_NE(source.status().error.find("vrps.json:2: "), std::string::npos)
      << source.status().error;
  EXPECT_EQ(source.data().vrps->size(), 2U);

  folder.remove("vrps.json");
  EXPECT_FALSE(look_twice(source, now));
  EXPECT_EQ(source.status().state, FileState::Stale);

  folder.write("vrps.json", roas({"192.0.2.0/24", "2001:db8::/32"}));
  EXPECT_FALSE(look_twice(source, now)) << "the same records are the same data";
  EXPECT_EQ(source.status().state, FileState::Good);
  folder.write("vrps.json", roas({"192.0.2.0/24"}));
  EXPECT_TRUE(look_twice(source, now));
  EXPECT_EQ(source.status().vrps, (Count{1, 0}));
}

TEST(VrpFileSource, ExpiredEntriesDoNotCount) {
  const Folder folder;
  VrpFileSource source(folder.write("vrps.json", roas({"192.0.2.0/24"}, ", \"expires\": 5000")));
  EXPECT_TRUE(source.look(1000));
  EXPECT_TRUE(source.data());
  EXPECT_FALSE(source.look(1001));
  EXPECT_TRUE(source.look(5001)) << "an hour later the file is read again";
  EXPECT_FALSE(source.data()) << "a file that is too old says nothing";
  EXPECT_EQ(source.status().state, FileState::Bad);
  EXPECT_EQ(source.status().expired, 1U);
  folder.write("vrps.json", roas({}));
  UnixTime now = 5002;
  EXPECT_TRUE(look_twice(source, now));
  EXPECT_TRUE(source.data()) << "an empty one says that there are no VRPs";
  EXPECT_EQ(source.data().vrps->size(), 0U);
}

const std::string kFilter = R"({"prefix": "192.0.2.0/24"})";
const std::string kOther = R"({"prefix": "198.51.100.0/24"})";

TEST(SlurmFiles, BadFilesAndConflicts) {
  const Folder folder;
  const std::string a = folder.write("a.json", test::slurm(kFilter, ""));
  const std::string b = folder.write("b.json", "{}");
  SlurmFiles files;
  UnixTime now = 1000;
  EXPECT_TRUE(files.set_paths({a, b}));
  EXPECT_TRUE(files.look(now++));
  EXPECT_EQ(files.status()[0].state, FileState::Good);
  EXPECT_EQ(files.status()[0].filters, 1U);
  EXPECT_EQ(files.status()[1].state, FileState::Bad);
  EXPECT_TRUE(files.slurm().filters(test::vrp("192.0.2.0/24", 64496)));

  folder.write("b.json", test::slurm(kOther, ""));
  EXPECT_TRUE(look_twice(files, now));
  EXPECT_TRUE(files.slurm().filters(test::vrp("198.51.100.0/24", 64496)));

  folder.write("b.json", test::slurm(kFilter, ""));
  EXPECT_FALSE(look_twice(files, now)) << "RFC 8416 section 4.2";
  EXPECT_EQ(files.status()[1].state, FileState::Stale);
  EXPECT_NE(files.status()[1].error.find("a subject of"), std::string::npos);
  EXPECT_TRUE(files.slurm().filters(test::vrp("198.51.100.0/24", 64496))) << "as before";

  folder.write("a.json", test::slurm(kOther, ""));
  EXPECT_TRUE(look_twice(files, now));
  EXPECT_EQ(files.status()[1].state, FileState::Good);
  EXPECT_EQ(files.status()[1].error, "");
}

TEST(SlurmFiles, OtherPaths) {
  const Folder folder;
  const std::string a = folder.write("a.json", test::slurm(kFilter, ""));
  const std::string b = folder.write("b.json", test::slurm(kOther, ""));
  SlurmFiles files;
  files.set_paths({a, b});
  EXPECT_TRUE(files.look(1000));
  folder.remove("b.json");
  EXPECT_FALSE(files.set_paths({a, b}));
  EXPECT_FALSE(files.look(1001));
  EXPECT_TRUE(files.set_paths({b}));
  EXPECT_TRUE(files.look(1002)) << "b, gone meanwhile, keeps its content";
  EXPECT_FALSE(files.slurm().filters(test::vrp("192.0.2.0/24", 64496)));
  EXPECT_TRUE(files.slurm().filters(test::vrp("198.51.100.0/24", 64496)));
  EXPECT_TRUE(files.set_paths({}));
  EXPECT_TRUE(files.look(1003));
  EXPECT_TRUE(files.slurm().empty());
}

// The program that writes a file may write a bad one each second.
TEST(VrpAndSlurmFiles, LinesOfTheLogAreBounded) {
  const Folder folder;
  const session::LineCount lines("; the file is not used");
  VrpFileSource source(folder.path("vrps.json"));
  SlurmFiles files;
  (void)files.set_paths({folder.path("slurm.json")});
  UnixTime now = 1000;
  for (std::size_t octets = 1; octets <= 20; ++octets) {
    folder.write("vrps.json", std::string(octets, '['));
    folder.write("slurm.json", std::string(octets, '['));
    (void)look_twice(source, now);
    (void)look_twice(files, now);
  }
  EXPECT_EQ(lines.lines(), 2 * static_cast<int>(session::kMostFileLines));
}

TEST(FileErrors, EveryFaultOfEveryFile) {
  const Folder folder;
  RpkiSettings settings;
  settings.files = {folder.write("good.json", roas({"192.0.2.0/24"})), folder.path("none.json"),
                    folder.write("half.json", roas({"192.0.2.0/24", "10.0.0.0/8"}, ", \"x\": 1"))};
  settings.slurm = {folder.write("s.json", "[")};
  const auto errors = file_errors(settings, 1000);
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_EQ(errors[0], folder.path("none.json") + ": No such file or directory");
  EXPECT_NE(errors[1].find("s.json:1: "), std::string::npos) << errors[1];
}

}  // namespace
}  // namespace tern::vrps
