// The thread with files that change, turn bad and come back.
#include "bgpd/irr/irr_thread.h"

#include <gtest/gtest.h>

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/base/comes_true.h"
#include "tests/unit/types/folder.h"

namespace tern::irr {
namespace {

using vrps::FileState;

class IrrThreadTest : public testing::Test {
 protected:
  Published take() {
    return [this](auto objects) {
      const std::lock_guard lock(mutex_);
      objects_ = std::move(objects);
      ++published_;
    };
  }
  // Waits until the files have so many objects, and these are published; 0: none are published.
  bool comes_to(const IrrThread& thread, std::size_t objects) {
    return comes_true([&] {
      std::size_t count = 0;
      for (const IrrStatus::File& file : thread.status().files) count += file.objects;
      const std::lock_guard lock(mutex_);
      return count == objects && published_ > 0 && (objects_ != nullptr) == (objects > 0);
    });
  }
  bool authorizes(const char* prefix, Asn origin) {
    const std::lock_guard lock(mutex_);
    return objects_ != nullptr && objects_->authorizes(*Prefix::parse(prefix), origin);
  }
  static IrrStatus::File file_in(const IrrThread& thread, std::size_t i, FileState state) {
    IrrStatus status;
    EXPECT_TRUE(comes_true([&] {
      status = thread.status();
      return status.files.size() > i && status.files[i].state == state;
    }));
    return status.files.at(i);
  }

  const Folder folder;

 private:
  std::mutex mutex_;
  std::shared_ptr<const policy::RouteObjects> objects_;
  int published_ = 0;
};

TEST_F(IrrThreadTest, FilesOfBothFormsCountTogether) {
  const std::string csv = folder.write("irr.csv", "192.0.2.0/24,64496\n");
  const std::string database = folder.write("test.db", "route: 198.51.100.0/24\norigin: AS64497\n");
  IrrThread thread(take());
  thread.reconfigure({{csv, database}});
  ASSERT_TRUE(comes_to(thread, 2));
  EXPECT_TRUE(authorizes("192.0.2.0/24", 64496));
  EXPECT_TRUE(authorizes("198.51.100.0/24", 64497));
  (void)folder.write("irr.csv", "192.0.2.0/24,64498\n10.0.0.0/8,1\n10.0.0.0/8,1\n");
  ASSERT_TRUE(comes_to(thread, 3));
  EXPECT_FALSE(authorizes("192.0.2.0/24", 64496));
  EXPECT_EQ(file_in(thread, 0, FileState::Good).objects, 2U);
  thread.reconfigure({{database}});
  ASSERT_TRUE(comes_to(thread, 1));
  thread.reconfigure({});
  ASSERT_TRUE(comes_to(thread, 0));
}

TEST_F(IrrThreadTest, OfABadFileTheLastGoodContentCounts) {
  const std::string csv = folder.write("irr.csv", "192.0.2.0/24,64496\nhello\n");
  IrrThread thread(take());
  thread.reconfigure({{csv, folder.path("none.db")}});
  ASSERT_TRUE(comes_to(thread, 1));
  const auto good = file_in(thread, 0, FileState::Good);
  EXPECT_EQ(good.left_out, 1U);
  EXPECT_EQ(good.error, csv + ":2:1: expected `prefix,origin[,max_length]`");
  EXPECT_TRUE(good.read);
  const auto none = file_in(thread, 1, FileState::Bad);
  EXPECT_EQ(none.error, folder.path("none.db") + ": No such file or directory");
  (void)folder.write("irr.csv", "");
  const auto stale = file_in(thread, 0, FileState::Stale);
  EXPECT_EQ(stale.objects, 1U);
  EXPECT_EQ(stale.error, csv + ": no route object");
  EXPECT_TRUE(authorizes("192.0.2.0/24", 64496));
  (void)folder.write("irr.csv", "10.0.0.0/8,1\n11.0.0.0/8,1\n");
  ASSERT_TRUE(comes_to(thread, 2));
}

TEST_F(IrrThreadTest, TheObjectsOfAllFilesAreBounded) {
  const std::string a = folder.write("a.csv", "10.0.0.0/8,1\n11.0.0.0/8,1\n");
  const std::string b = folder.write("b.csv", "12.0.0.0/8,1\n13.0.0.0/8,1\n");
  IrrThread thread(take());
  thread.reconfigure({{a, b}, 3});
  ASSERT_TRUE(comes_to(thread, 2));
  EXPECT_EQ(file_in(thread, 1, FileState::Bad).error,
            b + ":2: more than 1 route objects beside the 2 of others");
  EXPECT_EQ(file_errors({{a, b}, 3}),
            (std::vector<std::string>{b + ":2: more than 1 route objects beside the 2 of others"}));
  thread.reconfigure({{a, b}, 4});
  ASSERT_TRUE(comes_to(thread, 4));
}

TEST_F(IrrThreadTest, AFileThatFoundNoRoomIsReadWhenThereIsSome) {
  const std::string a = folder.write("a.csv", "10.0.0.0/8,1\n11.0.0.0/8,1\n");
  const std::string b = folder.write("b.csv", "12.0.0.0/8,1\n13.0.0.0/8,1\n");
  IrrThread thread(take());
  thread.reconfigure({{a, b}, 3});
  (void)file_in(thread, 1, FileState::Bad);
  (void)folder.write("a.csv", "10.0.0.0/8,1\n");  // smaller
  ASSERT_TRUE(comes_to(thread, 3));
  (void)file_in(thread, 1, FileState::Good);
  const std::string c = folder.write("c.csv", "14.0.0.0/8,1\n");
  thread.reconfigure({{a, b, c}, 3});
  (void)file_in(thread, 2, FileState::Bad);
  thread.reconfigure({{a, c}, 3});  // without b
  ASSERT_TRUE(comes_to(thread, 2));
  EXPECT_TRUE(authorizes("14.0.0.0/8", 1));
}

TEST_F(IrrThreadTest, ACheckNamesWhatIsWrong) {
  const std::string csv = folder.write("irr.csv", "192.0.2.0/24,64496\nhello\n");
  EXPECT_EQ(file_errors({{csv}}),
            (std::vector<std::string>{csv + ":2:1: expected `prefix,origin[,max_length]`"}));
  EXPECT_EQ(file_errors({{folder.path("none.csv")}}).size(), 1U);
}

}  // namespace
}  // namespace tern::irr
