// Stored registrations whose database is damaged, held by another process or not what the
// configuration allows.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "bgpd/store/database.h"
#include "conf/registration_text.h"
#include "tests/unit/base/comes_true.h"
#include "tests/unit/registrations/stored_fixture.h"

namespace tern::registrations {
namespace {

using test::Action;
using test::customer;
using test::one_of;
using test::Texts;

// Holds the database as another process does.
class Holder {
 public:
  explicit Holder(const std::string& path)
      : database_(std::move(
            *store::Database::open(path, {0x5465726E, std::vector<std::string_view>{""}}))) {}
  // Other connections may read.
  [[nodiscard]] store::Transaction begin() {
    return std::move(*store::Transaction::begin(*database_));
  }
  void run(const std::string& sql) { EXPECT_FALSE(database_->run(sql)); }

 private:
  std::unique_ptr<store::Database> database_;
};

class StoredFaults : public test::StoredFixture {
 protected:
  // A start, after a registration was stored, while another process keeps readers out, too. The
  // database is free when the result ends.
  [[nodiscard]] Holder begin_locked() {
    (void)add("193.0.0.0/21");
    thread.reset();
    place.patience = std::chrono::milliseconds(1);
    Holder other(database);
    other.run("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT");
    begin();
    return other;
  }
};

TEST_F(StoredFaults, ACorruptDatabaseIsMovedAside) {
  (void)add("193.0.0.0/21");
  thread.reset();
  (void)folder.write("registrations.db", std::string(5000, '#'));
  begin();
  const StoredStatus now = thread->status().stored;
  EXPECT_FALSE(now.good());
  ASSERT_EQ(now.aside.size(), 1U);
  EXPECT_EQ(add("198.41.0.0/24").errors, Texts{});
  EXPECT_EQ(table()->size(), 1U);
  begin();
  EXPECT_EQ(table()->size(), 1U);
  // As long as the damaged file lies there, an operator has to look at the file.
  EXPECT_EQ(thread->status().stored.aside, now.aside);
  std::filesystem::remove(now.aside[0]);
  EXPECT_TRUE(comes_true([&] { return thread->status().stored.good(); }));
}

TEST_F(StoredFaults, ADatabaseOfANewerVersionIsLeftAlone) {
  const std::vector<std::string_view> versions(9, "SELECT 1");
  ASSERT_TRUE(store::Database::open(database, {0x5465726E, versions}));
  begin();
  const std::string error = database +
                            ": a newer version wrote it (schema 9; this one knows up "
                            "to 1)";
  EXPECT_EQ(thread->status().stored.error, error);
  EXPECT_EQ(add("193.0.0.0/21").errors, Texts{error});
  ASSERT_TRUE(store::Database::open(database, {0x5465726E, versions}));
}

TEST_F(StoredFaults, ALockedDatabaseRefusesWritesForAWhile) {
  (void)add("193.0.0.0/21");
  place.patience = std::chrono::milliseconds(1);
  begin();
  {
    Holder other(database);
    const auto transaction = other.begin();
    EXPECT_EQ(add("198.41.0.0/24").errors, Texts{database + ": database is locked"});
    EXPECT_EQ(thread->status().stored.registrations, 1U);
  }
  EXPECT_EQ(add("198.41.0.0/24").errors, Texts{});
  EXPECT_EQ(table()->size(), 2U);
}

// Else 256 writes would wait for the other process one after another.
TEST_F(StoredFaults, ALockedDatabaseRefusesAGroupOfWritesAtOnce) {
  (void)add("193.0.0.0/21");
  place.patience = std::chrono::milliseconds(1);
  begin();
  Holder other(database);
  const auto transaction = other.begin();
  std::vector<std::future<WriteResult>> answers;
  {
    const Hold hold(*this);
    for (std::uint32_t i = 0; i < 40; ++i) answers.push_back(begin_write(one_of(i)));
  }
  for (auto& answer : answers) {
    EXPECT_EQ(answer.get().errors, Texts{database + ": database is locked"});
  }
  EXPECT_TRUE(comes_true([&] { return thread->status().stored.errors == 1; }));
}

// A write that is too large takes no other one along.
TEST_F(StoredFaults, AFullDatabaseRefusesTheWriteThatIsTooLarge) {
  place.most_octets = std::size_t{128} << 10U;
  begin();
  std::string csv = "prefix,owner,customer_as,notes\n";
  for (std::uint32_t i = 100; i < 400; ++i) {
    csv += Prefix::v4(0x14000000U + (i << 8U), 24).to_string() + ",t,3333," +
           std::string(1000, 'n') + "\n";
  }
  Write large;
  large.import = Import{{csv.substr(0, 5000), csv.substr(5000)}, "large.csv"};
  std::vector<std::future<WriteResult>> answers;
  {
    const Hold hold(*this);
    for (std::uint32_t i = 0; i < 10; ++i) {
      answers.push_back(begin_write(i == 4 ? large : one_of(i)));
    }
  }
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const Texts full{database + ": database or disk is full"};
    EXPECT_EQ(answers[i].get().errors, i == 4 ? full : Texts{}) << i;
  }
  EXPECT_EQ(table()->size(), 9U);
  begin();
  EXPECT_EQ(table()->size(), 9U);
}

TEST_F(StoredFaults, ADatabaseThatIsLockedAtTheStartIsReadLater) {
  {
    const Holder other = begin_locked();
    const StoredStatus now = thread->status().stored;
    EXPECT_TRUE(now.unread);
    EXPECT_FALSE(now.in_force());
    EXPECT_FALSE(now.good());
    EXPECT_EQ(now.error, database + ": database is locked");
    EXPECT_EQ(table(), nullptr);
    EXPECT_EQ(add("198.41.0.0/24").errors, Texts{database + ": database is locked"});
    EXPECT_EQ(exported(), database + ": database is locked");
  }
  EXPECT_TRUE(comes_true([&] { return thread->status().stored.good(); }));
  EXPECT_EQ(table()->size(), 1U);
}

// A write may find the database free before the next look does.
TEST_F(StoredFaults, AWriteReadsADatabaseThatIsFreeAgain) {
  { const Holder other = begin_locked(); }
  EXPECT_EQ(add("193.0.1.0/24").errors,
            Texts{"193.0.1.0/24: overlaps 193.0.0.0/21, which is stored"});
  EXPECT_EQ(table()->size(), 1U);
}

TEST_F(StoredFaults, TheFolderIsMadeBeforeTheDatabase) {
  std::optional<std::string> fault = "no folder";
  place.have_folder = [&] { return fault; };
  begin();
  EXPECT_EQ(add("193.0.0.0/21").errors, Texts{"no folder"});
  EXPECT_FALSE(std::filesystem::exists(database));
  thread.reset();
  fault = std::nullopt;
  begin();
  EXPECT_EQ(add("193.0.0.0/21").errors, Texts{});
}

TEST_F(StoredFaults, WithoutADatabaseWritesAreRefused) {
  place.path.clear();
  begin();
  EXPECT_EQ(add("193.0.0.0/21").errors, Texts{"this daemon has no database"});
  EXPECT_EQ(exported(), conf::registration_csv_head());
}

// The registrations in force are in memory, too, and go to a file from there.
TEST_F(StoredFaults, ADamagedDatabaseIsExportedFromMemory) {
  constexpr std::uint32_t kMany = 40'000;  // more than SQLite keeps in memory
  std::string csv = "prefix,owner,customer_as,notes\n";
  for (std::uint32_t i = 0; i < kMany; ++i) {
    csv += Prefix::v4(0x14000000U + (i << 8U), 24).to_string() + ",t,3333," + std::string(50, 'n') +
           "\n";
  }
  ASSERT_EQ(import(csv).added, kMany);
  const std::string before = exported();
  for (const char* const end : {"", "-wal"}) {
    std::fstream file(database + end, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(0, std::ios::end);
    const auto octets = static_cast<std::size_t>(file.tellg());
    file.seekp(0);
    file << std::string(octets, '#');
  }
  // A registration in memory has its origins also where they are the default.
  const std::string after = exported();
  EXPECT_EQ(std::count(after.begin(), after.end(), '\n'), kMany + 1);
  EXPECT_NE(after.find("20.0.0.0/24,t,3333,3333,"), std::string::npos) << after.substr(0, 500);
  const Texts refused = add("193.0.0.0/21").errors;
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0], thread->status().stored.error);
  EXPECT_EQ(table()->size(), kMany);
  // The export is good for a new database.
  thread.reset();
  folder.remove("registrations.db");
  folder.remove("registrations.db-wal");
  folder.remove("registrations.db-shm");
  begin();
  EXPECT_EQ(import(after).added, kMany);
}

// ---- Rows that the configuration does not allow

class FaultyRegistrations : public StoredFaults {
 protected:
  // Two registrations of a partner whom the configuration does not name after a restart.
  void SetUp() override {
    StoredFaults::SetUp();
    for (const char* const prefix : {"193.0.0.0/21", "198.41.0.0/24"}) {
      (void)add(prefix, {{"owner", "t"}, {"customer_as", "3333"}, {"partners", "isp-a"}});
    }
    begin_without_names();
  }
  void begin_without_names(std::vector<std::string> files = {}) {
    thread.reset();
    thread = std::make_unique<RegistrationThread>(tables.take(), place);
    RegistrationSettings settings;
    settings.paths = std::move(files);
    settings.requirements = requirements;
    thread->reconfigure(std::move(settings));
    thread->wait_until_taken();
  }
  // A write is answered before its status is there.
  bool comes_to(std::size_t faulty, const std::string& fault) {
    return comes_true([&] {
      const StoredStatus now = thread->status().stored;
      return now.faulty == faulty && now.fault == fault;
    });
  }
  static std::string fault_of(const std::string& prefix) {
    return prefix + ": partners: expected an AS number or the name of a partner, found 'isp-a'";
  }
};

TEST_F(FaultyRegistrations, TheStatusFollowsTheirCorrection) {
  EXPECT_TRUE(comes_to(2, fault_of("193.0.0.0/21")));
  EXPECT_EQ(change(Action::Set, "193.0.0.0/21", {{"partners", "1299"}}).errors, Texts{});
  EXPECT_TRUE(comes_to(1, fault_of("198.41.0.0/24")));
  EXPECT_EQ(change(Action::Remove, "198.41.0.0/24").errors, Texts{});
  EXPECT_TRUE(comes_to(0, ""));
}

TEST_F(FaultyRegistrations, ARowWithoutAPrefixStaysInTheStatus) {
  thread.reset();
  Holder(database).run("INSERT INTO registration (prefix, text) VALUES ('x', 'prefix=x')");
  begin();
  EXPECT_EQ(thread->status().stored.faulty, 1U);
  const std::string fault = thread->status().stored.fault;
  EXPECT_NE(fault.find("x: prefix: expected"), std::string::npos) << fault;
  EXPECT_EQ(add("193.0.8.0/24").errors, Texts{});
  EXPECT_TRUE(comes_to(1, fault));
}

TEST_F(FaultyRegistrations, TheirPlaceIsFreeWhenTheyAreRemoved) {
  Write both;
  both.changes = {{Action::Remove, "193.0.0.0/21", {}}, {Action::Add, "20.0.0.0/24", customer()}};
  EXPECT_EQ(write(both).errors, Texts{});
  EXPECT_EQ(table()->size(), 1U);
}

// A file with an overlapping registration may have come meanwhile.
TEST_F(FaultyRegistrations, ACorrectedOneMustNotOverlap) {
  const std::string file = folder.write("a.csv", "prefix,owner,customer_as\n193.0.0.0/16,f,3333\n");
  begin_without_names({file});
  EXPECT_EQ(table()->size(), 1U);
  EXPECT_EQ(change(Action::Set, "193.0.0.0/21", {{"partners", "1299"}}).errors,
            Texts{"193.0.0.0/21: overlaps 193.0.0.0/16 of " + file + ":2:1"});
  EXPECT_EQ(change(Action::Remove, "193.0.0.0/21").errors, Texts{});
}

}  // namespace
}  // namespace tern::registrations
