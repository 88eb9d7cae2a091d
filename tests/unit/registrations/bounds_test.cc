// Bounds of writes of registrations, and of what is said about them.
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

#include "bgpd/registrations/registration_store.h"
#include "bgpd/registrations/write_log.h"
#include "conf/registration_file.h"
#include "tests/unit/registrations/stored_fixture.h"

namespace tern::registrations {
namespace {

using test::Action;
using test::customer;
using test::one_of;
using test::prefix;
using test::Texts;

class StoredBounds : public test::StoredFixture {
 protected:
  // A write of so many changes of prefixes of their own.
  static Write many(std::size_t count, Action action) {
    Write write;
    for (std::uint32_t i = 0; i < count; ++i) {
      Change change = one_of(i).changes.front();
      change.action = action;
      write.changes.push_back(std::move(change));
    }
    return write;
  }
};

TEST_F(StoredBounds, WritesThatWait) {
  std::vector<std::future<WriteResult>> answers;
  {
    const Hold hold(*this);
    for (std::uint32_t i = 0; i < kMostWaitingWrites; ++i) {
      answers.push_back(begin_write(one_of(i)));
    }
    EXPECT_FALSE(thread->write(one_of(1000), [](const WriteResult&) { FAIL(); }));
  }
  for (auto& answer : answers) EXPECT_EQ(answer.get().errors, Texts{});
  EXPECT_EQ(table()->size(), kMostWaitingWrites);
}

TEST_F(StoredBounds, ReadsThatWait) {
  std::vector<std::future<void>> answers;
  {
    const Hold hold(*this);  // is the first
    for (std::size_t i = 1; i < kMostWaitingReads; ++i) {
      auto done = std::make_shared<std::promise<void>>();
      answers.push_back(done->get_future());
      EXPECT_TRUE(thread->read_log(std::nullopt, 1, [done](const auto&) { done->set_value(); }));
    }
    EXPECT_FALSE(thread->read_log(std::nullopt, 1, [](const auto&) { FAIL(); }));
  }
  for (auto& answer : answers) answer.get();
}

TEST_F(StoredBounds, ChangesOfAWrite) {
  EXPECT_EQ(write(many(kMostChanges + 1, Action::Add)).errors,
            Texts{"a write has at most 1000 changes"});
  const WriteResult result = write(many(kMostChanges, Action::Add));
  EXPECT_EQ(result.added, kMostChanges);
  EXPECT_EQ(result.differences.size(), kMostShownDifferences);
}

TEST_F(StoredBounds, ErrorsOfAWrite) {
  const WriteResult result = write(many(kMostShownErrors + 7, Action::Remove));
  EXPECT_EQ(result.errors.size(), kMostShownErrors);
  EXPECT_EQ(result.more_errors, 7U);
}

TEST_F(StoredBounds, WarningsOfAWrite) {
  Write invalid = many(kMostShownWarnings + 7, Action::Add);
  invalid.vrps = policy::VrpTable::build({{prefix("20.0.0.0/8"), 24, 1}});
  const WriteResult result = write(std::move(invalid));
  EXPECT_EQ(result.errors, Texts{});
  EXPECT_EQ(result.warnings.size(), kMostShownWarnings);
  EXPECT_EQ(result.more_warnings, 7U);
}

TEST_F(StoredBounds, RowsOfTheLogOfWrites) {
  thread.reset();
  auto store = RegistrationStore::open(place);
  ASSERT_TRUE(store) << store.error().message;
  const std::string user = "alice";
  const Difference first{prefix("193.0.0.0/21"), "", "prefix=193.0.0.0/21\n"};
  const Difference others{prefix("198.41.0.0/24"), "", "prefix=198.41.0.0/24\n"};
  std::vector<RegistrationStore::Entry> entries(static_cast<std::size_t>(kMostLogged) + 1,
                                                {&user, &others});
  entries.front().difference = &first;
  ASSERT_FALSE((*store)->write(entries, 1));
  const auto log = (*store)->log(std::nullopt, entries.size());
  ASSERT_TRUE(log);
  EXPECT_EQ(log->size(), static_cast<std::size_t>(kMostLogged));
  EXPECT_TRUE((*store)->log(first.prefix, 1)->empty());
}

// ---- The log of the daemon

class WriteLogTest : public testing::Test {
 protected:
  void SetUp() override {
    auto logger = std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_));
    logger->set_pattern("%v");
    spdlog::set_default_logger(std::move(logger));
  }
  void TearDown() override { spdlog::set_default_logger(before_); }

  WriteLog log_;
  std::ostringstream text_;

 private:
  const std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
};

TEST_F(WriteLogTest, ItsLinesAreBounded) {
  Write write;
  write.user = "alice";
  WriteResult result;
  result.added = 1;
  result.differences = {{prefix("193.0.0.0/21"), "", "prefix=193.0.0.0/21\nowner=t\n"}};
  for (std::uint32_t i = 0; i < kMostWriteLines + 5; ++i) log_.note(write, result);
  const std::string text = text_.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), kMostWriteLines);
  EXPECT_EQ(text.substr(0, text.find('\n')), "registration 193.0.0.0/21 added by alice: owner: t");
}

// "none" is a value of fallback.
TEST_F(WriteLogTest, AFieldMayBecomeNone) {
  Write write;
  write.user = "alice";
  WriteResult result;
  result.changed = 1;
  result.differences = {{prefix("193.0.0.0/21"), "owner=t\n", "owner=t\nfallback=none\n"},
                        {prefix("193.0.0.0/21"), "fallback=any\n", "fallback=none\n"},
                        {prefix("193.0.0.0/21"), "fallback=none\ntag=1:2\n", "fallback=none\n"}};
  log_.note(write, result);
  EXPECT_EQ(text_.str(),
            "registration 193.0.0.0/21 changed by alice: fallback: unset -> none\n"
            "registration 193.0.0.0/21 changed by alice: fallback: any -> none\n"
            "registration 193.0.0.0/21 changed by alice: tag: 1:2 -> unset\n");
}

TEST_F(WriteLogTest, SeveralChangesHaveTheirNumbers) {
  Write write;
  write.user = "alice";
  WriteResult result;
  result.added = 1200;
  log_.note(write, result);
  write.check_only = true;
  log_.note(write, result);
  EXPECT_EQ(text_.str(), "registrations: 1200 added, 0 changed, 0 removed by alice\n");
}

}  // namespace
}  // namespace tern::registrations
