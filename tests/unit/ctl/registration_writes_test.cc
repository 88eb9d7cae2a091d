// The commands `ternctl registration ...`: their requests, and what they print.
#include <gtest/gtest.h>

#include "bgpd/ctl/grammar.h"
#include "samples.h"

namespace tern::ctl {
namespace {

using Words = std::vector<std::string>;

// The fields of the first change: "owners=t; tag=".
std::string fields_of(const Words& words) {
  const Command command = parse_command(words);
  std::string text;
  for (const auto& field : command.request.registration_write().changes(0).fields()) {
    text += (text.empty() ? "" : "; ") + field.name() + "=" + field.value();
  }
  return text;
}

std::string usage_error_of(const Words& words) {
  try {
    (void)parse_command(words);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(RegistrationGrammar, AddNamesFields) {
  EXPECT_EQ(
      fields_of(
          {"registration",  "add",  "203.0.113.0/24", "origin",   "64500",       "64501", "partner",
           "isp-a",         "174",  "owner",          "tenant a", "max-length",  "25",    "guard",
           "more-specific", "warn", "prepend",        "no",       "path.direct", "yes",   "check",
           "notes",         "see",  "ticket 71"}),
      "origins=64500 64501; partners=isp-a 174; owner=tenant a; max_length=25; "
      "guard.more_specific=warn; path.allow_prepend=false; path.direct=true; "
      "notes=see ticket 71; customer_as=64500");
}

TEST(RegistrationGrammar, AddHasDefaults) {
  EXPECT_EQ(fields_of({"registration", "add", "203.0.113.0/24", "customer", "64500"}),
            "customer_as=64500; owner=operator");
  EXPECT_EQ(usage_error_of({"registration", "add", "203.0.113.0/24"}),
            "'registration add' needs 'origin AS' or 'customer AS'");
}

TEST(RegistrationGrammar, SetNamesWhatChanges) {
  EXPECT_EQ(fields_of({"registration", "set", "203.0.113.0/24", "no", "tag", "no", "backup",
                       "primary", "ams"}),
            "tag=; backup_pops=; primary_pop=ams");
  EXPECT_EQ(usage_error_of({"registration", "set", "203.0.113.0/24"}),
            "'registration set' needs a field to change");
  EXPECT_EQ(usage_error_of({"registration", "set", "203.0.113.0/24", "tag", "1:2", "tag", "1:3"}),
            "'tag' is given twice");
  EXPECT_EQ(usage_error_of({"registration", "set", "203.0.113.0", "tag", "1:2"}),
            "'registration' needs a prefix with its length, as 203.0.113.0/24");
}

TEST(RegistrationGrammar, NoRemovesAlsoTheActionOfAKind) {
  EXPECT_EQ(fields_of({"registration", "set", "203.0.113.0/24", "no", "guard", "more-specific",
                       "no", "guard.prepend", "no", "path-length"}),
            "guard.more_specific=; guard.prepend=; path.max_length=");
  EXPECT_EQ(usage_error_of({"registration", "set", "203.0.113.0/24", "no", "guard"}),
            "'guard' needs a kind of suspicion, as more-specific");
}

TEST(RegistrationGrammar, OnlySomeFieldsAreYesOrNo) {
  EXPECT_EQ(fields_of({"registration", "set", "203.0.113.0/24", "owner", "no", "backup", "yes",
                       "direct", "no", "path.allow_prepend", "yes", "fallback", "no"}),
            "owner=no; backup_pops=yes; path.direct=false; path.allow_prepend=true; fallback=no");
}

// A partner may be named as the begin of a keyword.
TEST(RegistrationGrammar, AWholeKeywordEndsAList) {
  EXPECT_EQ(
      fields_of({"registration", "set", "203.0.113.0/24", "partner", "pre", "own", "owner", "t"}),
      "partners=pre own; owner=t");
}

TEST(RegistrationGrammar, OtherCommands) {
  const auto text = [](const Words& words) {
    return parse_command(words).request.ShortDebugString();
  };
  EXPECT_EQ(text({"registration", "remove", "203.0.113.0/24", "check"}),
            R"(registration_write { changes { action: REMOVE prefix: "203.0.113.0/24" } )"
            R"(check_only: true })");
  EXPECT_EQ(text({"registration", "list", "owner", "t"}),
            R"(registrations { stored: true owner: "t" })");
  EXPECT_EQ(text({"registration", "export"}), "registration_export { }");
  EXPECT_EQ(text({"registration", "log", "203.0.113.0/24", "limit", "5"}),
            R"(registration_log { prefix: "203.0.113.0/24" limit: 5 })");
  EXPECT_EQ(text({"registration", "import", "a.csv"}), R"(registration_import { name: "a.csv" })");
  EXPECT_EQ(parse_command({"registration", "import", "a.csv"}).file, "a.csv");
}

// ---- What they print

constexpr char kDifference[] = R"(
  differences { prefix: "203.0.113.0/24"
                before { name: "prefix" value: "203.0.113.0/24" }
                before { name: "tag" value: "1:2" }
                after { name: "prefix" value: "203.0.113.0/24" }
                after { name: "owner" value: "t" } }
)";

TEST(RegistrationWritesView, OneChangeHasItsFields) {
  const Words set{"registration", "set", "203.0.113.0/24", "owner", "t", "no", "tag"};
  EXPECT_EQ(rendered(set, {response("registration_write { changed: 1 " + std::string(kDifference) +
                                    "} last: true")}),
            "203.0.113.0/24 changed: owner unset -> t, tag 1:2 -> unset\n");
}

// "none" is a value of fallback.
TEST(RegistrationWritesView, AFieldMayBecomeNone) {
  const Words set{"registration", "set", "203.0.113.0/24", "fallback", "none"};
  const auto changed = [&](const std::string& before, const std::string& after) {
    return rendered(set, {response("registration_write { changed: 1 differences { prefix: "
                                   "'203.0.113.0/24' before { name: 'owner' value: 't' } " +
                                   before + " after { name: 'owner' value: 't' } " + after +
                                   "} } last: true")});
  };
  EXPECT_EQ(changed("", "after { name: 'fallback' value: 'none' }"),
            "203.0.113.0/24 changed: fallback unset -> none\n");
  EXPECT_EQ(changed("before { name: 'fallback' value: 'any' }",
                    "after { name: 'fallback' value: 'none' }"),
            "203.0.113.0/24 changed: fallback any -> none\n");
  EXPECT_EQ(changed("before { name: 'fallback' value: 'none' }", ""),
            "203.0.113.0/24 changed: fallback none -> unset\n");
}

TEST(RegistrationWritesView, ACheckSaysWhatWouldBe) {
  EXPECT_EQ(rendered({"registration", "import", "a.csv", "check"},
                     {response("registration_write { added: 1200 changed: 1 unchanged: 3 "
                               "warnings: 'a' more_warnings: 2 } last: true")}),
            "warning: a\nand 2 more warnings\n"
            "and 1,201 more changes\n"
            "1,200 registrations would be added, 1 changed, 0 removed, 3 as before\n");
}

TEST(RegistrationWritesView, ACheckOfAFileHasTheFields) {
  EXPECT_EQ(
      rendered({"registration", "import", "a.csv", "check"},
               {response("registration_write { added: 2 changed: 1 " + std::string(kDifference) +
                         "differences { prefix: '198.41.0.0/24' after { name: 'prefix' "
                         "value: '198.41.0.0/24' } after { name: 'owner' value: 'u' } } } "
                         "last: true")}),
      "203.0.113.0/24 would be changed: owner unset -> t, tag 1:2 -> unset\n"
      "198.41.0.0/24 would be added: owner u\n"
      "and 1 more change\n"
      "2 registrations would be added, 1 changed, 0 removed, 0 as before\n");
}

TEST(RegistrationWritesView, ErrorsChangeNothing) {
  EXPECT_EQ(rendered({"registration", "import", "a.csv"},
                     {response("registration_write { errors: 'a.csv:2:1: no' more_errors: 1 } "
                               "last: true")}),
            "a.csv:2:1: no\nand 1 more error\nNothing was changed.\n");
}

TEST(RegistrationWritesView, TheLog) {
  EXPECT_EQ("\n" + rendered({"registration", "log"},
                            {response("registration_log { entries { seconds: 1772359662 user: "
                                      "'alice (uid 1000, pid 7)' difference { prefix: "
                                      "'203.0.113.0/24' after { name: 'prefix' value: "
                                      "'203.0.113.0/24' } after { name: 'owner' value: 't' } } } } "
                                      "last: true")}),
            R"(
Time                     Prefix          What   Who                      Fields
2026-03-01 10:07:42 UTC  203.0.113.0/24  added  alice (uid 1000, pid 7)  owner t
)");
  EXPECT_EQ(rendered({"registration", "log"}, {response("registration_log { } last: true")}),
            "No changes are logged.\n");
}

TEST(RegistrationWritesView, AnExportIsWrittenAsItIs) {
  EXPECT_EQ(rendered({"registration", "export"},
                     {response(R"(registration_text { text: "prefix\n" })"),
                      response(R"(registration_text { text: "\"a, b\"\n" } last: true)")}),
            "prefix\n\"a, b\"\n");
}

TEST(RegistrationWritesView, TheDatabaseStandsBesideTheFiles) {
  EXPECT_EQ(rendered({"show", "registrations", "files"},
                     {response("registrations { listed: 1 stored { path: '/s/r.db' registrations: "
                               "1200 left_out: 1 errors: 'x' aside: '/s/r.db.corrupt-1' } } "
                               "last: true")}),
            "In the configuration: 1\n"
            "Stored: 1,200 in /s/r.db, 1 left out\n"
            "  x\n"
            "  a damaged database was moved to /s/r.db.corrupt-1\n");
}

}  // namespace
}  // namespace tern::ctl
