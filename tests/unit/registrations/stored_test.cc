// Registrations that are written at run time: what is refused, what is stored, and what is there
// after the thread has ended and begun again.
#include "conf/registration_file.h"
#include "tests/unit/base/comes_true.h"
#include "tests/unit/registrations/stored_fixture.h"

namespace tern::registrations {
namespace {

using test::Action;
using test::customer;
using test::prefix;
using test::Texts;

class StoredTest : public test::StoredFixture {};

TEST_F(StoredTest, ARegistrationIsInForceWhenTheWriteIsAnswered) {
  const WriteResult result =
      add("193.0.0.0/21", {{"owner", "t"}, {"customer_as", "3333"}, {"partners", "isp-a 174"}});
  EXPECT_EQ(result.errors, Texts{});
  EXPECT_EQ(result.added, 1U);
  ASSERT_EQ(published(), 1U);
  const auto first = tables.wait_for(tables.count());
  EXPECT_EQ(first.changed, (std::vector<policy::PrefixRange>{{prefix("193.0.0.0/21"), 21, 32}}));
  const auto* const entry = first.table->find(prefix("193.0.0.0/21"));
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->registration->partners, (std::vector<Asn>{1299, 174}));
  EXPECT_EQ(entry->registration->place(), "stored");
}

TEST_F(StoredTest, RegistrationsAreThereAfterARestart) {
  (void)add("193.0.0.0/21");
  (void)add("2001:67c::/32");
  begin();
  EXPECT_EQ(table()->size(), 2U);
  EXPECT_EQ(table()->find(prefix("2001:67c::/32"))->registration->owner, "t");
}

TEST_F(StoredTest, SetChangesTheNamedFields) {
  (void)add("193.0.0.0/21", {{"owner", "t"}, {"customer_as", "3333"}, {"notes", "old"}});
  const WriteResult result =
      change(Action::Set, "193.0.0.0/21", {{"origins", "3333 12654"}, {"notes", ""}});
  EXPECT_EQ(result.errors, Texts{});
  EXPECT_EQ(result.changed, 1U);
  const auto* const entry = table()->find(prefix("193.0.0.0/21"));
  EXPECT_EQ(entry->registration->origins, (std::vector<Asn>{3333, 12654}));
  EXPECT_EQ(entry->registration->owner, "t");
  EXPECT_EQ(entry->registration->notes, "");
}

TEST_F(StoredTest, SetRemovesOnlyFieldsThatThereAre) {
  (void)add("193.0.0.0/21");
  EXPECT_EQ(change(Action::Set, "193.0.0.0/21", {{"taag", ""}}).errors,
            Texts{"193.0.0.0/21: unknown field 'taag'; did you mean 'tag'?"});
  EXPECT_EQ(change(Action::Set, "193.0.0.0/21", {{"guard", ""}}).errors.size(), 1U);
  EXPECT_EQ(change(Action::Set, "193.0.0.0/21", {{"tag", ""}}).unchanged, 1U);
}

TEST_F(StoredTest, RemoveEndsARegistration) {
  (void)add("193.0.0.0/21");
  EXPECT_EQ(change(Action::Remove, "193.0.0.0/21").removed, 1U);
  EXPECT_EQ(table(), nullptr);
  EXPECT_EQ(change(Action::Remove, "193.0.0.0/21").errors, Texts{"193.0.0.0/21 is not registered"});
  begin();
  EXPECT_EQ(exported(), conf::registration_csv_head());
}

TEST_F(StoredTest, WhatIsWrongIsRefusedWithItsReason) {
  (void)add("193.0.0.0/21");
  EXPECT_EQ(add("193.0.0.0/21").errors,
            Texts{"193.0.0.0/21 is registered already: 'ternctl registration set' changes it"});
  EXPECT_EQ(add("193.0.1.0/24").errors,
            Texts{"193.0.1.0/24: overlaps 193.0.0.0/21, which is stored"});
  EXPECT_EQ(add("193.0.0.0/16").errors,
            Texts{"193.0.0.0/16: overlaps 193.0.0.0/21, which is stored"});
  EXPECT_EQ(add("193.0.0.1/21").errors,
            Texts{"'193.0.0.1/21' is not a prefix without host bits, as 203.0.113.0/24"});
  EXPECT_EQ(add("198.41.0.0/24", {{"owner", "t"}}).errors,
            Texts{"198.41.0.0/24: 'customer_as' is missing"});
  EXPECT_EQ(change(Action::Set, "198.41.0.0/24", {{"notes", "n"}}).errors,
            Texts{"198.41.0.0/24 is not registered"});
  EXPECT_EQ(change(Action::Set, "193.0.0.0/21", {{"prefix", "198.41.0.0/24"}}).errors,
            Texts{"193.0.0.0/21: its prefix cannot change; remove it, and add the other one"});
  EXPECT_EQ(published(), 1U);
}

TEST_F(StoredTest, AWriteHappensAsAWholeOrNotAtAll) {
  Write both;
  both.changes = {{Action::Add, "193.0.0.0/21", customer()},
                  {Action::Add, "193.0.1.0/24", customer()}};
  EXPECT_EQ(write(both).errors, Texts{"193.0.1.0/24: overlaps 193.0.0.0/21, which is stored"});
  EXPECT_EQ(published(), 0U);
  both.changes[1].prefix = "198.41.0.0/24";
  EXPECT_EQ(write(both).added, 2U);
  EXPECT_EQ(table()->size(), 2U);
}

// A prefix that is divided is one write.
TEST_F(StoredTest, LaterChangesOfAWriteSeeTheEarlierOnes) {
  (void)add("193.0.0.0/21");
  Write divided;
  divided.changes = {{Action::Remove, "193.0.0.0/21", {}},
                     {Action::Add, "193.0.0.0/22", customer()},
                     {Action::Add, "193.0.4.0/22", customer()},
                     {Action::Set, "193.0.4.0/22", {{"owner", "u"}}}};
  EXPECT_EQ(write(divided).errors, Texts{});
  EXPECT_EQ(table()->size(), 2U);
  EXPECT_EQ(table()->find(prefix("193.0.4.0/22"))->registration->owner, "u");
}

TEST_F(StoredTest, ACheckSaysWhatWouldHappen) {
  Write one;
  one.check_only = true;
  one.changes = {{Action::Add, "193.0.0.0/21", customer()}};
  const WriteResult result = write(one);
  EXPECT_EQ(result.added, 1U);
  ASSERT_EQ(result.differences.size(), 1U);
  EXPECT_EQ(result.differences[0].after, "prefix=193.0.0.0/21\nowner=t\ncustomer_as=3333\n");
  EXPECT_EQ(published(), 0U);
  EXPECT_FALSE(std::filesystem::exists(database));
}

TEST_F(StoredTest, AnImportAddsAndReplaces) {
  (void)add("193.0.0.0/21");
  (void)add("198.41.0.0/24");
  const WriteResult result = import(
      "prefix,owner,customer_as\n193.0.0.0/21,u,3333\n198.41.0.0/24,t,3333\n2001:67c::/32,t,1\n");
  EXPECT_EQ(result.errors, Texts{});
  EXPECT_EQ(result.added, 1U);
  EXPECT_EQ(result.changed, 1U);
  EXPECT_EQ(result.unchanged, 1U);
  EXPECT_EQ(table()->size(), 3U);
}

TEST_F(StoredTest, AnImportWithAnErrorChangesNothing) {
  (void)add("193.0.0.0/21");
  const WriteResult result =
      import("prefix,owner,customer_as\n198.41.0.0/24,t,3333\n193.0.1.0/24,t,3333\n");
  EXPECT_EQ(result.errors,
            Texts{"new.csv:3:1: 193.0.1.0/24: overlaps 193.0.0.0/21, which is stored"});
  EXPECT_EQ(import("prefix,owner,customer_as\n198.41.0.0/24,t,x\n").errors,
            Texts{"new.csv:2:17: customer_as: expected an AS number such as 65000 or 1.0, found "
                  "'x'"});
  EXPECT_EQ(import("", "new.txt").errors,
            Texts{"new.txt: the name ends with none of .csv, .yaml and .yml"});
  EXPECT_EQ(table()->size(), 1U);
}

TEST_F(StoredTest, AnExportIsImportedByteForByte) {
  (void)add("193.0.0.0/21", {{"owner", "a, b"}, {"customer_as", "3.0"}, {"notes", " \"n\" "}});
  (void)add("2001:67c::/32", {{"owner", "t"}, {"customer_as", "1"}, {"partners", "isp-a 174"}});
  const std::string all = exported();
  EXPECT_EQ(exported("t"), conf::registration_csv_head() + all.substr(all.find("2001:67c")));
  thread.reset();
  folder.remove("registrations.db");
  begin();
  EXPECT_EQ(import(all).added, 2U);
  EXPECT_EQ(exported(), all);
}

TEST_F(StoredTest, TheLogSaysWhoDidWhat) {
  (void)add("193.0.0.0/21");
  (void)add("198.41.0.0/24");
  (void)change(Action::Set, "193.0.0.0/21", {{"owner", "u"}});
  const auto entries = log(prefix("193.0.0.0/21"));
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].user, "alice (uid 1000, pid 1)");
  EXPECT_EQ(entries[0].difference.before, "prefix=193.0.0.0/21\nowner=t\ncustomer_as=3333\n");
  EXPECT_EQ(entries[0].difference.after, "prefix=193.0.0.0/21\nowner=u\ncustomer_as=3333\n");
  EXPECT_EQ(entries[1].difference.before, "");
  EXPECT_GT(entries[1].time, 0);
  EXPECT_EQ(log().size(), 3U);
}

// ---- Beside files and the configuration

TEST_F(StoredTest, RegistrationsOfFilesAreNotOverlapped) {
  const std::string file = folder.write("a.csv", "prefix,owner,customer_as\n193.0.0.0/21,f,3333\n");
  begin({file});
  EXPECT_EQ(add("193.0.1.0/24").errors,
            Texts{"193.0.1.0/24: overlaps 193.0.0.0/21 of " + file + ":2:1"});
  EXPECT_EQ(change(Action::Set, "193.0.0.0/21", {{"owner", "u"}}).errors,
            Texts{"193.0.0.0/21 stands in " + file + ":2:1, and is changed there"});
}

TEST_F(StoredTest, AFileThatOverlapsStoredOnesIsRefused) {
  (void)add("193.0.0.0/21");
  const std::string file = folder.write("a.csv", "prefix,owner,customer_as\n193.0.1.0/24,f,3333\n");
  configure({file});
  EXPECT_EQ(thread->status().files.at(0).error,
            file + ":2:1: 193.0.1.0/24 overlaps 193.0.0.0/21, which is stored");
  EXPECT_EQ(table()->size(), 1U);
  // Without the stored one, the file is good, although it has not changed.
  (void)change(Action::Remove, "193.0.0.0/21");
  EXPECT_TRUE(comes_true([&] {
    const RegistrationStatus now = thread->status();
    return now.files.at(0).state == vrps::FileState::Good && now.registrations == 1;
  }));
  EXPECT_EQ(table()->find(prefix("193.0.1.0/24"))->registration->owner, "f");
}

TEST_F(StoredTest, TheConfigurationComesBeforeStoredOnes) {
  (void)add("193.0.0.0/21");
  configure({}, "  prefixes: [ { prefix: 193.0.0.0/16, owner: c, customer_as: 3333 } ]\n");
  EXPECT_EQ(table()->find(prefix("193.0.0.0/21"))->registration->owner, "c");
  EXPECT_EQ(thread->status().stored.left_out, 1U);
  EXPECT_FALSE(thread->status().stored.good());
  // The stored one that is left out may be removed; no other may overlap it.
  EXPECT_EQ(change(Action::Set, "193.0.0.0/21", {{"owner", "u"}}).errors, Texts{});
  EXPECT_EQ(change(Action::Remove, "193.0.0.0/21").errors, Texts{});
  configure({});
  EXPECT_EQ(table(), nullptr);
}

// Partners are stored by name, and follow the configuration.
TEST_F(StoredTest, AStoredOneThatTheConfigurationDoesNotAllowStaysInForce) {
  (void)add("193.0.0.0/21", {{"owner", "t"}, {"customer_as", "3333"}, {"partners", "isp-a"}});
  const RegistrationSettings other;
  thread->reconfigure(other);
  thread->wait_until_taken();
  EXPECT_EQ(thread->status().stored.faulty, 1U);
  EXPECT_EQ(thread->status().stored.fault,
            "193.0.0.0/21: partners: expected an AS number or the name of a partner, found "
            "'isp-a'");
  EXPECT_EQ(table()->size(), 1U);
  // After a restart it is not, and can be corrected.
  thread.reset();
  thread = std::make_unique<RegistrationThread>(tables.take(), place);
  thread->reconfigure(other);
  thread->wait_until_taken();
  EXPECT_EQ(table(), nullptr);
  EXPECT_EQ(add("193.0.1.0/24").errors,
            Texts{"193.0.1.0/24: overlaps 193.0.0.0/21, which is stored"});
  EXPECT_EQ(change(Action::Set, "193.0.0.0/21", {{"partners", "1299"}}).errors, Texts{});
  EXPECT_EQ(table()->size(), 1U);
}

TEST_F(StoredTest, TheNumberOfAllIsBounded) {
  std::string csv = "prefix,owner,customer_as\n";
  for (std::uint32_t i = 0; i < conf::kMostRegistrations; ++i) {
    csv += Prefix::v4(0x14000000U + (i << 8U), 24).to_string() + ",t,3333\n";
  }
  const std::string file = folder.write("a.csv", csv);
  begin({file});
  EXPECT_EQ(add("193.0.0.0/21").errors,
            Texts{"193.0.0.0/21: more than 200000 registrations with those of the files"});
}

// ---- Origins and VRPs

TEST_F(StoredTest, OriginsMustNotBeInvalid) {
  requirements.origins = Requirement::NotInvalid;
  begin();
  vrps = policy::VrpTable::build({{prefix("193.0.0.0/21"), 21, 3333}});
  EXPECT_EQ(add("193.0.0.0/21", {{"owner", "t"}, {"customer_as", "1"}}).errors,
            Texts{"193.0.0.0/21: AS 1 is RPKI invalid as an origin: the VRP 193.0.0.0/21 "
                  "AS3333 covers the prefix, and none allows this AS and length"});
  EXPECT_EQ(add("198.41.0.0/24").errors, Texts{});
  const WriteResult result =
      add("193.0.0.0/21", {{"owner", "t"}, {"customer_as", "3333"}, {"max_length", "24"}});
  EXPECT_EQ(result.errors, Texts{});
  EXPECT_EQ(result.warnings, Texts{"193.0.0.0/21: a route for a /24 of it from AS 3333 is RPKI "
                                   "invalid"});
}

TEST_F(StoredTest, OriginsMayHaveToBeValid) {
  requirements.origins = Requirement::RoaValid;
  begin();
  EXPECT_EQ(add("193.0.0.0/21").errors,
            Texts{"193.0.0.0/21: there are no VRPs that show its origins to be valid"});
  vrps = policy::VrpTable::build({{prefix("193.0.0.0/21"), 21, 3333}});
  EXPECT_EQ(add("198.41.0.0/24").errors,
            Texts{"198.41.0.0/24: no VRP covers it, so that AS 3333 is not RPKI valid as an "
                  "origin"});
  EXPECT_EQ(add("193.0.0.0/21").errors, Texts{});
}

TEST_F(StoredTest, WithoutARequirementInvalidOriginsAreAWarning) {
  vrps = policy::VrpTable::build({{prefix("193.0.0.0/21"), 21, 1}});
  const WriteResult result = add("193.0.0.0/21");
  EXPECT_EQ(result.errors, Texts{});
  EXPECT_EQ(result.warnings.size(), 1U);
}

TEST_F(StoredTest, WritesThatWaitTogetherAreAnsweredEach) {
  std::vector<std::promise<WriteResult>> done(40);
  for (std::size_t i = 0; i < done.size(); ++i) {
    Write one;
    // Every second write overlaps the write before.
    one.changes = {{Action::Add,
                    Prefix::v4(0x14000000U + (static_cast<std::uint32_t>(i / 2) << 8U),
                               static_cast<std::uint8_t>(24 + i % 2))
                        .to_string(),
                    customer()}};
    EXPECT_TRUE(thread->write(std::move(one),
                              [&done, i](WriteResult result) { done[i].set_value(result); }));
  }
  for (std::size_t i = 0; i < done.size(); ++i) {
    EXPECT_EQ(done[i].get_future().get().errors.size(), i % 2) << i;
  }
  EXPECT_EQ(table()->size(), done.size() / 2);
}

}  // namespace
}  // namespace tern::registrations
