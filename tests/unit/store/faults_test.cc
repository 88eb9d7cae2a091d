// A disk that is full, files that are damaged, foreign or newer, and a database that another
// connection holds.
#include <gtest/gtest.h>

#include "bgpd/store/database.h"
#include "tests/unit/store/notes.h"

namespace tern::store {
namespace {

using namespace test;

class FaultsTest : public NotesTest {
 protected:
  Result<std::unique_ptr<Database>, Error> open(const Options& options = {}) {
    return Database::open(path, kFirst, options);
  }
  Error refused(const Schema& schema = kFirst) {
    const auto opened = Database::open(path, schema);
    EXPECT_FALSE(opened);
    return opened ? Error{} : opened.error();
  }
  std::string content() const {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

TEST_F(FaultsTest, AFullDatabaseKeepsWhatWasThere) {
  auto opened = open({std::size_t{64} << 10U, std::chrono::milliseconds(1)});
  ASSERT_TRUE(opened);
  Database& database = **opened;
  EXPECT_FALSE(add(database, "before"));
  const auto fault = add(database, std::string(100'000, 'x'));
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->fault, Fault::Full);
  EXPECT_EQ(fault->message, path + ": database or disk is full");
  EXPECT_EQ(notes(database), Notes{"before"});
  EXPECT_FALSE(add(database, "after"));
}

TEST_F(FaultsTest, AFullDatabaseEndsItsTransaction) {
  auto opened = open({std::size_t{64} << 10U, std::chrono::milliseconds(1)});
  ASSERT_TRUE(opened);
  {
    auto transaction = Transaction::begin(**opened);
    ASSERT_TRUE(transaction);
    EXPECT_FALSE(add(**opened, "before"));
    EXPECT_EQ(add(**opened, std::string(100'000, 'x'))->fault, Fault::Full);
  }
  EXPECT_EQ(notes(**opened), Notes{});
  EXPECT_FALSE(add(**opened, "after"));
}

TEST_F(FaultsTest, AFileThatIsNoDatabaseIsCorruptAndStays) {
  const std::string text(5000, '#');
  (void)folder.write("notes.db", text);
  const Error fault = refused();
  EXPECT_EQ(fault.fault, Fault::Corrupt);
  EXPECT_EQ(fault.message, path + ": file is not a database");
  EXPECT_EQ(content(), text);
}

// A page in the middle is overwritten; SQLite itself would notice only when it reads the page.
TEST_F(FaultsTest, ADamagedPageIsFoundWhenTheFileIsOpened) {
  {
    auto opened = open();
    ASSERT_TRUE(opened);
    for (int i = 0; i < 200; ++i) {
      EXPECT_FALSE(add(**opened, std::string(500, 'x') + std::to_string(i)));
    }
  }
  std::string text = content();
  constexpr std::size_t kPage = 4096;
  ASSERT_GT(text.size(), 10 * kPage);
  text.replace(8 * kPage, 2 * kPage, std::string(2 * kPage, '\xFF'));
  (void)folder.write("notes.db", text);
  EXPECT_EQ(refused().fault, Fault::Corrupt);
}

TEST_F(FaultsTest, ACorruptDatabaseIsMovedAside) {
  (void)folder.write("notes.db", std::string(5000, '#'));
  (void)folder.write("notes.db-wal", "old");
  constexpr std::int64_t kTime = 1'772'359'662;
  const auto moved = move_aside(path, kTime);
  ASSERT_TRUE(moved);
  EXPECT_EQ(*moved, path + ".corrupt-20260301T100742Z");
  EXPECT_TRUE(std::filesystem::exists(*moved + "-wal"));
  EXPECT_FALSE(std::filesystem::exists(path + "-wal"));
  ASSERT_TRUE(open());
  (void)folder.write("notes.db", "#");
  const auto again = move_aside(path, kTime);
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, *moved + ".2");
  EXPECT_EQ(moved_aside(path), (Notes{*moved, *again}));
}

TEST_F(FaultsTest, AFileThatIsNotThereCannotBeMoved) {
  EXPECT_EQ(move_aside(path, 0).error().fault, Fault::Disk);
  EXPECT_TRUE(moved_aside(path).empty());
}

TEST_F(FaultsTest, ANewerSchemaIsLeftAlone) {
  ASSERT_TRUE(Database::open(path, kSecond));
  const Error fault = refused(kFirst);
  EXPECT_EQ(fault.fault, Fault::Newer);
  EXPECT_EQ(fault.message, path + ": a newer version wrote it (schema 2; this one knows up to 1)");
  ASSERT_TRUE(Database::open(path, kSecond));
}

TEST_F(FaultsTest, TheDatabaseOfAnotherProgramIsLeftAlone) {
  ASSERT_TRUE(Database::open(path, {kFirst.application + 1, kFirst.migrations}));
  EXPECT_EQ(refused().fault, Fault::Foreign);
}

TEST_F(FaultsTest, AMigrationThatFailsLeavesTheVersionBefore) {
  EXPECT_FALSE(add(**open(), "one"));
  const std::array<std::string_view, 2> versions{test::kVersions[0],
                                                 "DELETE FROM note; SELECT missing FROM note"};
  EXPECT_EQ(refused({kFirst.application, versions}).fault, Fault::Other);
  auto opened = open();
  ASSERT_TRUE(opened);
  EXPECT_EQ(notes(**opened), Notes{"one"});
}

TEST_F(FaultsTest, ASecondWriterFindsTheDatabaseLocked) {
  auto first = open();
  auto second = open({std::size_t{1} << 20U, std::chrono::milliseconds(1)});
  ASSERT_TRUE(first && second);
  auto transaction = Transaction::begin(**first);
  ASSERT_TRUE(transaction);
  const auto fault = add(**second, "two");
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->fault, Fault::Locked);
  EXPECT_FALSE(transaction->commit());
  EXPECT_FALSE(add(**second, "two"));
}

TEST_F(FaultsTest, AFolderThatIsNotThereIsAnError) {
  const auto opened = Database::open(folder.path("none/notes.db"), kFirst);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().message, folder.path("none/notes.db") + ": No such file or directory");
}

TEST_F(FaultsTest, ASecondRowOfAKeyIsAConstraint) {
  auto opened = open();
  ASSERT_TRUE(opened);
  EXPECT_FALSE(add(**opened, "one"));
  EXPECT_EQ(add(**opened, "one")->fault, Fault::Constraint);
}

}  // namespace
}  // namespace tern::store
