// A database that is written, closed and opened again.
#include "bgpd/store/database.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <limits>

#include "tests/unit/store/notes.h"

namespace tern::store {
namespace {

using namespace test;

class DatabaseTest : public NotesTest {
 protected:
  std::unique_ptr<Database> open(const Schema& schema = kFirst) {
    auto opened = Database::open(path, schema);
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().message);
    return opened ? std::move(*opened) : nullptr;
  }
};

TEST_F(DatabaseTest, WhatIsCommittedIsThereAgain) {
  {
    const auto database = open();
    EXPECT_FALSE(add(*database, "one"));
    auto transaction = Transaction::begin(*database);
    ASSERT_TRUE(transaction);
    EXPECT_FALSE(add(*database, "two"));
    EXPECT_FALSE(add(*database, "three"));
    EXPECT_FALSE(transaction->commit());
  }
  EXPECT_EQ(notes(*open()), (Notes{"one", "two", "three"}));
}

TEST_F(DatabaseTest, WithoutACommitNothingHasHappened) {
  const auto database = open();
  {
    auto transaction = Transaction::begin(*database);
    ASSERT_TRUE(transaction);
    EXPECT_FALSE(add(*database, "one"));
    EXPECT_EQ(notes(*database), Notes{"one"});
  }
  EXPECT_EQ(notes(*database), Notes{});
  EXPECT_FALSE(add(*database, "two"));
}

TEST_F(DatabaseTest, ValuesHaveTypes) {
  const auto database = open();
  auto select = database->prepare("SELECT ?1, ?2, ?3, ?4 IS NULL, ?1 IS NULL");
  ASSERT_TRUE(select);
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  const std::string text("a\0'b", 4);
  select->bind(1, kLeast);
  select->bind(2, text);
  select->bind(3, std::string_view());
  ASSERT_TRUE(*select->next());
  EXPECT_EQ(select->integer(0), kLeast);
  EXPECT_EQ(select->text(1), text);
  EXPECT_EQ(select->text(2), "");
  EXPECT_EQ(select->integer(3), 1);
  EXPECT_FALSE(*select->next());
  select->bind_null(1);
  ASSERT_TRUE(*select->next());
  EXPECT_EQ(select->integer(4), 1);
}

TEST_F(DatabaseTest, AParameterThatThereIsNotIsAnError) {
  const auto database = open();
  auto select = database->prepare("SELECT ?1");
  ASSERT_TRUE(select);
  select->bind(2, std::int64_t{1});
  EXPECT_FALSE(select->next());
  EXPECT_TRUE(select->next());
}

TEST_F(DatabaseTest, BadSqlIsAnError) {
  const auto database = open();
  const auto prepared = database->prepare("SELECT missing FROM note");
  ASSERT_FALSE(prepared);
  EXPECT_EQ(prepared.error().message, path + ": no such column: missing");
}

// The statement would run for hours.
TEST_F(DatabaseTest, AStatementEndsAtItsDeadline) {
  const auto database = open();
  const std::string endless =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
  {
    const Deadline deadline(*database, Deadline::Clock::now() + std::chrono::milliseconds(5));
    EXPECT_FALSE(deadline.is_over());
    const auto fault = database->run(endless);
    ASSERT_TRUE(fault);
    EXPECT_EQ(fault->fault, Fault::Late);
    EXPECT_TRUE(deadline.is_over());
  }
  EXPECT_FALSE(add(*database, "one")) << "no deadline is left";
  const Deadline none(*database, std::nullopt);
  EXPECT_FALSE(none.is_over());
  EXPECT_EQ(notes(*database), Notes{"one"});
}

TEST_F(DatabaseTest, OlderSchemasAreBroughtUpToDate) {
  EXPECT_FALSE(add(*open(kFirst), "one"));
  const auto database = open(kSecond);
  EXPECT_EQ(notes(*database), Notes{"one"});
  EXPECT_TRUE(database->prepare("SELECT author FROM note"));
}

TEST_F(DatabaseTest, OnlyTheUserMayReadTheFiles) {
  const auto database = open();
  EXPECT_FALSE(add(*database, "one"));
  for (const char* const end : {"", "-wal", "-shm"}) {
    struct stat found {};
    ASSERT_EQ(::stat((path + end).c_str(), &found), 0) << end;
    EXPECT_EQ(found.st_mode & 0777U, 0600U) << end;
  }
}

TEST_F(DatabaseTest, FoldersMayBeLinks) {
  const std::string link = folder.path("link");
  std::filesystem::create_directory_symlink(folder.path(), link);
  EXPECT_TRUE(Database::open(link + "/notes.db", kFirst));
}

TEST_F(DatabaseTest, AnotherConnectionReadsBesideTheWriter) {
  const auto writer = open();
  const auto reader = open();
  EXPECT_FALSE(add(*writer, "one"));
  auto transaction = Transaction::begin(*writer);
  ASSERT_TRUE(transaction);
  EXPECT_FALSE(add(*writer, "two"));
  EXPECT_EQ(notes(*reader), Notes{"one"});
  EXPECT_FALSE(transaction->commit());
  EXPECT_EQ(notes(*reader), (Notes{"one", "two"}));
}

}  // namespace
}  // namespace tern::store
