// The thread with files that change, turn bad and come back.
#include "bgpd/registrations/registration_thread.h"

#include <gtest/gtest.h>

#include <chrono>

#include "conf/registration_file.h"
#include "tests/unit/base/comes_true.h"
#include "tests/unit/registrations/section.h"
#include "tests/unit/session/publications.h"
#include "tests/unit/types/folder.h"

namespace tern::registrations {
namespace {

constexpr char kHead[] = "prefix,owner,customer_as,partners\n";

Prefix prefix_of(const char* text) { return Prefix::parse(text).value(); }

using Tables = session::Publications<policy::RegistrationTable>;

class RegistrationThreadTest : public testing::Test {
 protected:
  RegistrationStatus::File file_in(const RegistrationThread& thread, vrps::FileState state) {
    RegistrationStatus status;
    EXPECT_TRUE(comes_true([&] {
      status = thread.status();
      return !status.files.empty() && status.files[0].state == state;
    }));
    return status.files.at(0);
  }
  std::string write(const std::string& name, const std::string& lines) const {
    return folder.write(name, kHead + lines);
  }
  const Folder folder;
  Tables tables;
};

TEST_F(RegistrationThreadTest, AChangedFileNamesTheRangesThatItChanged) {
  const std::string file = write("a.csv", "193.0.0.0/21,t,3333,\n2001:67c::/32,t,3320,\n");
  RegistrationThread thread(tables.take());
  thread.reconfigure(test::section({file}));
  const auto first = tables.wait_for(1);
  EXPECT_EQ(first.table->size(), 2U);
  EXPECT_EQ(first.changed.size(), 2U);
  (void)write("a.csv", "193.0.0.0/21,t,3333,isp-a\n2001:67c::/32,other,3320,\n");
  const auto second = tables.wait_for(2);
  EXPECT_EQ(second.changed,
            (std::vector<policy::PrefixRange>{{prefix_of("193.0.0.0/21"), 21, 32}}));
  EXPECT_EQ(second.table->find(prefix_of("2001:67c::/32"))->registration->owner, "other");
  thread.reconfigure(test::section({}));
  EXPECT_EQ(tables.wait_for(3).table, nullptr);
}

TEST_F(RegistrationThreadTest, OfABadFileTheLastGoodContentCounts) {
  const std::string file = write("a.csv", "193.0.0.0/21,t,3333,\n");
  RegistrationThread thread(tables.take());
  thread.reconfigure(test::section({file}));
  (void)tables.wait_for(1);
  (void)write("a.csv", "193.0.0.0/21,t,3333,\n10.0.0.0/8,t,x,\n192.0.2.0/24,t,3320,\n");
  const auto stale = file_in(thread, vrps::FileState::Stale);
  EXPECT_EQ(stale.error,
            file +
                ":3:14: customer_as: expected an AS number such as 65000 or 1.0, found 'x' (and "
                "1 more errors)");
  EXPECT_EQ(stale.registrations, 1U);
  EXPECT_EQ(stale.errors, 1U);
  EXPECT_EQ(tables.count(), 1U);
  folder.remove("a.csv");
  EXPECT_TRUE(comes_true([&] { return thread.status().files[0].errors == 2; }));
  EXPECT_EQ(thread.status().registrations, 1U);
  (void)write("a.csv", "198.41.0.0/24,t,3320,\n");
  EXPECT_NE(tables.wait_for(2).table->find(prefix_of("198.41.0.0/24")), nullptr);
  EXPECT_TRUE(file_in(thread, vrps::FileState::Good).error.empty());
}

TEST_F(RegistrationThreadTest, FilesMustNotOverlapEachOther) {
  const std::string a = write("a.csv", "193.0.0.0/21,t,3333,\n");
  const std::string b = write("b.csv", "198.41.0.0/24,t,3333,\n193.0.0.0/24,u,3320,\n");
  RegistrationThread thread(tables.take());
  thread.reconfigure(test::section({a, b}));
  EXPECT_EQ(tables.wait_for(1).table->size(), 1U);
  thread.wait_until_taken();  // the status follows the table
  const auto bad = thread.status().files.at(1);
  EXPECT_EQ(bad.state, vrps::FileState::Bad);
  EXPECT_EQ(bad.error, b + ":3:1: 193.0.0.0/24 overlaps 193.0.0.0/21 of " + a + ":2:1");
  EXPECT_EQ(file_errors(test::section({a, b})), std::vector<std::string>{bad.error});
  (void)write("a.csv", "193.0.8.0/21,t,3333,\n");
  EXPECT_TRUE(comes_true([&] { return thread.status().registrations == 3; }));
  EXPECT_EQ(thread.status().files.at(1).errors, 1U);
}

TEST_F(RegistrationThreadTest, ACheckTellsOfAFallbackWithoutAnEffect) {
  const std::string file = folder.write("a.yml",
                                        "prefixes: [ { prefix: 193.0.0.0/21, owner: t, "
                                        "customer_as: 3333, fallback: any-valid } ]\n");
  EXPECT_EQ(file_errors(test::section({file})),
            std::vector<std::string>{
                file + ":1:76: prefixes[0].fallback: has no effect: without partners, routes of "
                       "every neighbor AS are used"});
}

TEST_F(RegistrationThreadTest, AnEmptiedFileKeepsItsGuards) {
  const std::string file = folder.write(
      "a.yml", "prefixes: [ { prefix: 193.0.0.0/21, owner: t, customer_as: 3333 } ]\n");
  RegistrationThread thread(tables.take());
  thread.reconfigure(test::section({file}));
  (void)tables.wait_for(1);
  (void)folder.write("a.yml", "");
  EXPECT_EQ(file_in(thread, vrps::FileState::Stale).error,
            file + ":1:1: expected a map with the list 'prefixes', found nothing");
  EXPECT_EQ(thread.status().registrations, 1U);
  (void)folder.write("a.yml", "prefixes: []\n");
  EXPECT_EQ(tables.wait_for(2).table, nullptr);
}

// The file to which the registration moves is read first, and overlaps what the other one had.
TEST_F(RegistrationThreadTest, ARegistrationThatMovesToAnotherFileIsAlwaysGuarded) {
  const std::string a = write("a.csv", "198.41.0.0/24,t,3333,\n");
  const std::string b = write("b.csv", "193.0.0.0/21,t,3333,\n193.0.8.0/21,t,3333,\n");
  RegistrationThread thread(tables.take());
  thread.reconfigure(test::section({a, b}));
  thread.wait_until_taken();
  (void)write("b.csv", "193.0.8.0/21,t,3333,\n");
  (void)write("a.csv", "198.41.0.0/24,t,3333,\n193.0.0.0/21,t,3333,\n");
  EXPECT_TRUE(comes_true([&] {
    const RegistrationStatus status = thread.status();
    return status.files.at(0).registrations == 2 && status.files.at(1).registrations == 1;
  }));
  for (std::size_t number = 1; number <= tables.count(); ++number) {
    EXPECT_NE(tables.wait_for(number).table->find(prefix_of("193.0.0.0/21")), nullptr) << number;
  }
  EXPECT_EQ(thread.status().files.at(0).state, vrps::FileState::Good);
}

TEST_F(RegistrationThreadTest, FilesMayExchangeRegistrations) {
  const std::string one = "193.0.0.0/21,t,3333,\n";
  const std::string other = "198.41.0.0/24,t,3333,\n";
  const std::string a = write("a.csv", one);
  const std::string b = write("b.csv", other + "193.0.8.0/21,t,3333,\n");
  RegistrationThread thread(tables.take());
  thread.reconfigure(test::section({a, b}));
  (void)tables.wait_for(1);
  (void)write("a.csv", other);
  (void)write("b.csv", one);
  EXPECT_EQ(tables.wait_for(2).table->size(), 2U);
  for (const RegistrationStatus::File& file : thread.status().files) EXPECT_EQ(file.errors, 0U);
}

TEST_F(RegistrationThreadTest, AMoveThroughAllFilesIsOneChange) {
  const auto part = [](std::size_t i) {
    return "193.0." + std::to_string(8 * i) + ".0/21,t,3333,\n";
  };
  std::vector<std::string> files;
  for (std::size_t i = 0; i < conf::kMostRegistrationFiles; ++i) {
    files.push_back(write(std::to_string(i) + ".csv", part(i)));
  }
  RegistrationThread thread(tables.take());
  thread.reconfigure(test::section(files));
  (void)tables.wait_for(1);
  for (std::size_t i = 0; i < files.size(); ++i) {
    (void)write(std::to_string(i) + ".csv", i + 1 == files.size() ? "" : part(i + 1));
  }
  const auto second = tables.wait_for(2);
  EXPECT_EQ(second.table->size(), files.size() - 1);
  EXPECT_EQ(second.table->find(prefix_of("193.0.0.0/21")), nullptr);
  EXPECT_NE(second.table->find(prefix_of("193.0.120.0/21")), nullptr);
  EXPECT_EQ(thread.status().files.at(0).errors, 0U);
}

TEST_F(RegistrationThreadTest, AFileThatChangesAtEachLookHoldsUpNoOther) {
  const std::string a = write("a.csv", "");
  const std::string b = write("b.csv", "193.0.0.0/21,t,3333,\n");
  RegistrationThread thread(tables.take());
  thread.reconfigure(test::section({a, b}));
  (void)tables.wait_for(1);
  (void)write("b.csv", "193.0.0.0/21,t,3333,\n193.0.8.0/21,t,3333,\n");
  EXPECT_TRUE(comes_true([&] {
    std::ofstream(folder.path("a.csv"), std::ios::app) << "#\n";
    return thread.status().registrations == 2;
  }));
}

TEST_F(RegistrationThreadTest, TheConfigurationComesBeforeFiles) {
  const std::string file = write("a.csv", "193.0.0.0/21,t,3333,\n198.41.0.0/24,t,3333,\n");
  RegistrationThread thread(tables.take());
  thread.reconfigure(test::section({file}));
  EXPECT_EQ(tables.wait_for(1).table->size(), 2U);
  thread.reconfigure(test::section(
      {file}, "  prefixes: [ { prefix: 193.0.0.0/16, owner: other, customer_as: 3320 } ]\n"));
  const auto second = tables.wait_for(2);
  EXPECT_EQ(second.table->size(), 2U);
  EXPECT_EQ(second.table->find(prefix_of("193.0.0.0/21"))->registration->owner, "other");
  thread.wait_until_taken();
  const RegistrationStatus status = thread.status();
  EXPECT_EQ(status.listed, 1U);
  EXPECT_EQ(status.registrations, 2U);
  EXPECT_EQ(status.files.at(0).left_out, 1U);
  EXPECT_EQ(status.files.at(0).state, vrps::FileState::Stale);
  EXPECT_EQ(status.files.at(0).errors, 1U);
  // Without that registration nothing is wrong with the file, which has not changed.
  thread.reconfigure(test::section({file}));
  EXPECT_TRUE(file_in(thread, vrps::FileState::Good).error.empty());
  EXPECT_EQ(thread.status().registrations, 2U);
}

TEST_F(RegistrationThreadTest, OtherActionsConcernEveryRegistration) {
  const std::string file = write("a.csv", "193.0.0.0/21,t,3333,\n198.41.0.0/24,t,3333,\n");
  RegistrationThread thread(tables.take());
  thread.reconfigure(test::section({file}));
  (void)tables.wait_for(1);
  thread.reconfigure(test::section({file}, "  guard: { other_origin: warn }\n"));
  EXPECT_EQ(tables.wait_for(2).changed.size(), 2U);
}

// The names of partners and PoPs are those of the configuration.
TEST_F(RegistrationThreadTest, OtherNamesHaveTheFilesReadAgain) {
  const std::string file = write("a.csv", "193.0.0.0/21,t,3333,isp-b\n");
  RegistrationThread thread(tables.take());
  thread.reconfigure(test::section({file}));
  EXPECT_EQ(tables.wait_for(1).table, nullptr);
  EXPECT_EQ(file_in(thread, vrps::FileState::Bad).error,
            file +
                ":2:21: partners: expected an AS number or the name of a partner, found "
                "'isp-b'; did you mean 'isp-a'?");
  RegistrationSettings more = test::section({file});
  more.names.partners.emplace("isp-b", 174);
  thread.reconfigure(more);
  EXPECT_TRUE(comes_true([&] { return thread.status().registrations == 1; }));
}

TEST_F(RegistrationThreadTest, TheTableIsPublishedWhenTheSettingsAreTaken) {
  const std::string file = write("a.csv", "193.0.0.0/21,t,3333,\n");
  RegistrationThread thread(tables.take());
  thread.reconfigure(test::section({file}));
  thread.wait_until_taken();
  EXPECT_EQ(tables.count(), 1U);
}

// A table of many registrations is freed in one piece, for which the loop has no time.
TEST_F(RegistrationThreadTest, TheThreadFreesReplacedTables) {
  const std::string file = write("a.csv", "193.0.0.0/21,t,3333,\n");
  RegistrationThread thread(tables.take());
  thread.reconfigure(test::section({file}));
  auto first = tables.take_out(1).table;
  thread.reconfigure(test::section({}));
  (void)tables.wait_for(2);
  EXPECT_EQ(first.use_count(), 2);  // of the test and of the thread
  const std::weak_ptr<const policy::RegistrationTable> replaced = first;
  first.reset();
  EXPECT_TRUE(comes_true([&] { return replaced.expired(); }));
}

// A hundred thousand in one file, and as many in another: one more is one too many.
TEST_F(RegistrationThreadTest, TheNumberOfAllFilesIsBounded) {
  const auto lines = [](std::uint32_t first, std::size_t count) {
    std::string text;
    for (std::uint32_t i = 0; i < count; ++i) {
      text += Prefix::v4(0x14000000U + ((first + i) << 8U), 24).to_string() + ",t,3333,\n";
    }
    return text;
  };
  constexpr std::uint32_t kHalf = conf::kMostRegistrations / 2;
  const std::string a = write("a.csv", lines(0, kHalf));
  const std::string b = write("b.csv", lines(kHalf, kHalf + 1));
  RegistrationThread thread(tables.take());
  thread.reconfigure(test::section({a, b}));
  EXPECT_EQ(tables.wait_for(1).table->size(), kHalf);
  thread.wait_until_taken();
  EXPECT_EQ(thread.status().files.at(1).error,
            b + ": more than 200000 registrations with those of the other files");
}

}  // namespace
}  // namespace tern::registrations
