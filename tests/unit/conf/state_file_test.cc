// Files of the state directory, which are replaced in one step.
#include "conf/state_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "tests/unit/types/folder.h"

namespace tern::conf {
namespace {

class StateFile : public testing::Test {
 protected:
  std::string text() const { return read_file(path_, 100).value(); }
  bool has_new() const { return std::filesystem::exists(path_ + ".new"); }

  const Folder folder_;
  const std::string path_ = folder_.path("kept.txt");
};

TEST_F(StateFile, HasTheOldContentUntilTheNewOneIsWhole) {
  ASSERT_FALSE(replace_file(path_, "old"));
  NewFile file;
  ASSERT_FALSE(file.begin(path_));
  ASSERT_FALSE(file.add("new "));
  EXPECT_EQ(text(), "old");
  ASSERT_FALSE(file.add("content"));
  ASSERT_FALSE(file.commit());
  EXPECT_FALSE(file.is_open());
  EXPECT_EQ(text(), "new content");
  EXPECT_FALSE(has_new());
  struct stat facts {};
  ASSERT_EQ(::stat(path_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
}

TEST_F(StateFile, AFileThatIsGivenUpLeavesNothing) {
  folder_.write("kept.txt", "old");
  {
    NewFile file;
    ASSERT_FALSE(file.begin(path_));
    ASSERT_FALSE(file.add("new"));
  }
  EXPECT_EQ(text(), "old");
  EXPECT_FALSE(has_new());
}

// As a daemon leaves it that died while it wrote.
TEST_F(StateFile, ANewFileOfAnotherRunIsInNobodysWay) {
  folder_.write("kept.txt.new", "a part");
  ASSERT_FALSE(replace_file(path_, "new"));
  EXPECT_EQ(text(), "new");
  EXPECT_FALSE(has_new());
}

TEST_F(StateFile, AfterAnErrorNothingIsWritten) {
  std::filesystem::create_directory(path_);
  NewFile file;
  ASSERT_FALSE(file.begin(path_));
  const auto fault = file.commit();
  ASSERT_TRUE(fault) << "a folder is no file to replace";
  EXPECT_EQ(fault->message, "Is a directory");
  EXPECT_FALSE(file.is_open());
  EXPECT_FALSE(file.add("more"));
  EXPECT_FALSE(file.commit());
  EXPECT_FALSE(has_new());
  EXPECT_TRUE(replace_file(folder_.path("no/kept.txt"), "new")) << "nor is there the folder";
}

TEST_F(StateFile, IsMovedAside) {
  EXPECT_TRUE(move_aside(path_)) << "there is none";
  folder_.write("kept.txt", "bad");
  folder_.write("kept.txt.bad", "worse");
  EXPECT_FALSE(move_aside(path_));
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_EQ(read_file(path_ + ".bad", 100).value(), "bad");
}

}  // namespace
}  // namespace tern::conf
