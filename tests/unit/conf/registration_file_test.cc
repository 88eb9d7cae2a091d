// Registered prefixes as text: CSV files, YAML files, and the section of the configuration.

#include "conf/registration_file.h"

#include <gtest/gtest.h>

#include "tests/unit/conf/registration_support.h"
#include "tests/unit/conf/support.h"

namespace tern::conf {
namespace {

using policy::GuardAction;
using policy::Registration;
using policy::Suspicion;
using test::csv_faults;
using test::faults;
using test::kColumns;
using test::kNames;
using test::yaml_faults;

policy::Registrations good_csv(std::string_view text, const RegistrationNames& names = kNames) {
  auto read = read_registrations(text, RegistrationFormat::Csv, "a.csv", names);
  if (read) return **read;
  ADD_FAILURE() << "bad text";
  return {};
}

TEST(RegistrationFile, AFallbackWithoutAnEffectIsAWarning) {
  std::vector<Error> warnings;
  const auto read = read_registrations(
      "prefix,owner,customer_as,fallback\n193.0.0.0/21,t,3333,any\n193.0.8.0/21,t,3333,any-valid\n",
      RegistrationFormat::Csv, "a.csv", kNames, nullptr, &warnings);
  ASSERT_TRUE(read.ok());
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(warnings[0].to_string(),
            "a.csv:3:21: warning: fallback: has no effect: without partners, routes of every "
            "neighbor AS are used");
}

// ---- CSV

TEST(RegistrationFile, ALineHasEveryField) {
  const auto all = good_csv(
      "# customers\n"
      "owner,prefix,customer_as,origins,partners,primary_pop,backup_pops,tag,max_length,"
      "path.max_length,path.allow_private_as,path.allow_prepend,path.direct,guard.other_origin,"
      "guard.not_direct,guard.leak,guard.bogon_as,guard.new_upstream,guard.long_path,fallback,"
      "notes\n"
      "tenant-a,193.0.0.0/21,3333,3333 12654,isp-b 1299,ams,fra lhr,8075:8007,24,3,false,true,"
      "true,warn,ignore,warn,quarantine,quarantine,warn,any-valid,\"call \"\"NOC\"\", first\"\r\n"
      "\n"
      "tenant-b , 2001:67c::/32 ,3320,,,,,,,,,,,,,,,,,,\n");
  ASSERT_EQ(all.size(), 2U);
  const Registration& a = all[0];
  EXPECT_EQ(a.prefix.to_string(), "193.0.0.0/21");
  EXPECT_EQ(a.owner, "tenant-a");
  EXPECT_EQ(a.customer, 3333U);
  EXPECT_EQ(a.origins, (std::vector<Asn>{3333, 12654}));
  EXPECT_EQ(a.partners, (std::vector<Asn>{174, 1299}));
  EXPECT_EQ(a.primary_pop, "ams");
  EXPECT_EQ(a.backup_pops, (std::vector<std::string>{"fra", "lhr"}));
  EXPECT_EQ(a.tag, policy::parse_any_community("8075:8007"));
  EXPECT_EQ(a.max_length, 24);
  EXPECT_EQ(a.path, (policy::PathRules{3, false, true, true}));
  EXPECT_EQ(a.guard[static_cast<std::size_t>(Suspicion::OtherOrigin)], GuardAction::Warn);
  EXPECT_EQ(a.guard[static_cast<std::size_t>(Suspicion::NotDirect)], GuardAction::Ignore);
  EXPECT_EQ(a.guard[static_cast<std::size_t>(Suspicion::Leak)], GuardAction::Warn);
  EXPECT_EQ(a.guard[static_cast<std::size_t>(Suspicion::BogonAs)], GuardAction::Quarantine);
  EXPECT_EQ(a.guard[static_cast<std::size_t>(Suspicion::NewUpstream)], GuardAction::Quarantine);
  EXPECT_EQ(a.guard[static_cast<std::size_t>(Suspicion::LongPath)], GuardAction::Warn);
  EXPECT_EQ(a.guard[static_cast<std::size_t>(Suspicion::MoreSpecific)], std::nullopt);
  EXPECT_EQ(a.fallback, policy::Fallback::AnyValid);
  EXPECT_EQ(a.notes, "call \"NOC\", first");
  EXPECT_EQ(a.place(), "a.csv:3:1");
  const Registration& b = all[1];
  EXPECT_EQ(b.owner, "tenant-b");
  EXPECT_EQ(b.origins, std::vector<Asn>{3320});  // the customer alone
  EXPECT_TRUE(b.partners.empty());
  EXPECT_EQ(b.fallback, std::nullopt);
  EXPECT_EQ(b.max_length, 32);  // the prefix alone
  EXPECT_EQ(b.path, policy::PathRules{});
  EXPECT_EQ(b.place(), "a.csv:5:1");
}

TEST(RegistrationFile, AFaultHasItsPlaceAndTheExpectation) {
  EXPECT_EQ(csv_faults("prefix,owner,customer_as,partners,primary_pop,guard.prepend\n"
                       "193.0.0.1/21,t,3333,,,\n"
                       "193.0.0.0/21,,0,isp-a isp-c,amx,drop\n"),
            "a.csv:2:1: prefix: expected a prefix such as 192.0.2.0/24, found '193.0.0.1/21'; bits "
            "behind the length are set; did you mean '193.0.0.0/21'?\n"
            "a.csv:3:1: 'owner' is missing\n"
            "a.csv:3:15: customer_as: expected an AS number such as 65000 or 1.0, found '0'; AS 0 "
            "is nobody's (RFC 7607)\n"
            "a.csv:3:23: partners: expected an AS number or the name of a partner, found 'isp-c'; "
            "did you mean 'isp-a'?\n"
            "a.csv:3:29: primary_pop: expected the name of a PoP, found 'amx'; did you mean "
            "'ams'?\n"
            "a.csv:3:33: guard.prepend: expected quarantine, warn or ignore, found 'drop'\n");
}

TEST(RegistrationFile, TheHeaderNamesKnownColumnsOnce) {
  EXPECT_EQ(csv_faults("prefix,onwer,customer_as,prefix\n"),
            "a.csv:1:1: the column 'owner' is missing\n"
            "a.csv:1:8: unknown column 'onwer'; did you mean 'owner'?\n"
            "a.csv:1:26: the column 'prefix' is given twice\n");
  EXPECT_EQ(csv_faults("# nothing\n"),
            "a.csv:1:1: expected a first line with the names of the columns\n");
  EXPECT_TRUE(good_csv(kColumns).empty());
}

// An owner may be "#1 Hosting".
TEST(RegistrationFile, ACommentHasABlankBehindItsSign) {
  const auto all = good_csv(
      "# of customers\r\n#\n#\r\n#\tthese\nowner,prefix,customer_as\n"
      "#1 Hosting,193.0.0.0/21,3333\n# Hosting,193.0.8.0/21,3333\n#\n"
      "\"# Hosting\",193.0.16.0/21,3333\n");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].owner, "#1 Hosting");
  EXPECT_EQ(all[1].owner, "# Hosting");
  EXPECT_EQ(csv_faults("#customers\n"),
            "a.csv:1:1: unknown column '#customers'; a comment has a blank behind the '#'\n"
            "a.csv:1:1: the column 'prefix' is missing\n"
            "a.csv:1:1: the column 'owner' is missing\n"
            "a.csv:1:1: the column 'customer_as' is missing\n");
}

// RFC 4180 section 2 rule 4. A full disk may cut a line, and the rest would be a weaker rule.
TEST(RegistrationFile, EachLineHasEveryColumn) {
  const std::string head = std::string(kColumns) + ",partners,path.direct\n";
  EXPECT_EQ(csv_faults(head + "193.0.0.0/21,t,3333,,\n193.0.8.0/21,t,3333,174\r\n\"193.0"),
            "a.csv:3:24: expected 5 columns, as the first line has, found 4\n"
            "a.csv:4:1: the quote does not end on its line\n");
  EXPECT_EQ(csv_faults(head + "193.0.0.0/21,t,3333,,"), "");
  EXPECT_EQ(csv_faults(head + "193."),
            "a.csv:2:5: expected 5 columns, as the first line has, found 1\n");
}

TEST(RegistrationFile, QuotesEndOnTheirLine) {
  const std::string head = std::string(kColumns) + ",notes\n";
  EXPECT_EQ(csv_faults(head + "193.0.0.0/21,t,3333,\"a\nb\"\n"),
            "a.csv:2:21: the quote does not end on its line\n"
            "a.csv:3:3: expected 4 columns, as the first line has, found 1\n");
  EXPECT_EQ(csv_faults(head + "193.0.0.0/21,\"t\"x,3333\n"),
            "a.csv:2:17: expected a comma behind the quote\n");
  EXPECT_EQ(csv_faults(head + "193.0.0.0/21,t,3333,n,more\n"),
            "a.csv:2:23: expected 4 columns, as the first line has, found more\n");
}

TEST(RegistrationFile, TextIsUtf8OnOneLine) {
  const std::string head = std::string(kColumns) + ",notes\n";
  EXPECT_EQ(good_csv("\xEF\xBB\xBF" + head + "193.0.0.0/21,t,3333,caf\xC3\xA9\n")[0].notes,
            "caf\xC3\xA9");
  EXPECT_EQ(csv_faults(head + "193.0.0.0/21,\xFF,3333\n"), "a.csv:2:14: not UTF-8 text\n");
  EXPECT_EQ(csv_faults(head + "193.0.0.0/21,t,3333,a\x1B[1m\n"),
            "a.csv:2:21: notes: a line break or another control character is in it\n");
}

// ---- Checks of a registration

TEST(RegistrationFile, SpecialSpaceBelongsToNoCustomer) {
  const std::string head = std::string(kColumns) + "\n";
  EXPECT_EQ(csv_faults(head + "10.1.0.0/16,t,3333\n"),
            "a.csv:2:1: prefix: 10.1.0.0/16 overlaps 10.0.0.0/8, private use (RFC 1918), which "
            "belongs to no customer\n");
  for (const char* const text : {"0.0.0.0/0", "203.0.113.0/24", "100.64.0.0/10", "224.0.0.0/8",
                                 "192.0.0.0/16", "2001:db8::/48", "fc00::/8", "4000::/3"}) {
    EXPECT_NE(csv_faults(head + text + ",t,3333\n"), "") << text;
  }
  RegistrationNames laboratory = kNames;
  laboratory.allow_reserved = true;
  EXPECT_EQ(good_csv(head + "10.1.0.0/16,t,65001\n", laboratory).size(), 1U);
}

TEST(RegistrationFile, ReservedAsNumbersOriginateNothing) {
  EXPECT_EQ(csv_faults("prefix,owner,customer_as,origins\n193.0.0.0/21,t,64512,64496 3333\n"),
            "a.csv:2:16: customer_as: AS 64512 is private or reserved, and originates nothing\n"
            "a.csv:2:22: origins: AS 64496 is private or reserved, and originates nothing\n");
}

TEST(RegistrationFile, LengthsAndPopsMustFit) {
  const std::string head = std::string(kColumns) + ",max_length,primary_pop,backup_pops\n";
  EXPECT_EQ(csv_faults(head + "193.0.0.0/21,t,3333,20,,\n193.0.8.0/21,t,3333,33,,\n"
                              "193.0.16.0/21,t,3333,x,,\n"),
            "a.csv:2:21: max_length: expected a length from 21 to 32, found 20\n"
            "a.csv:3:21: max_length: expected a length from 21 to 32, found 33\n"
            "a.csv:4:22: max_length: expected a number from 1 to 128, found 'x'\n");
  EXPECT_EQ(csv_faults(head + "193.0.0.0/21,t,3333,,,fra\n193.0.8.0/21,t,3333,,ams,ams\n"),
            "a.csv:2:23: backup_pops: 'primary_pop' is missing beside it\n"
            "a.csv:3:26: backup_pops: the PoP 'ams' is given twice; a backup is another PoP\n");
}

TEST(RegistrationFile, AFallbackIsOneOfThree) {
  EXPECT_EQ(csv_faults(std::string(kColumns) + ",fallback\n193.0.0.0/21,t,3333,any_valid\n"),
            "a.csv:2:21: fallback: expected none, any-valid or any, found 'any_valid'\n");
}

TEST(RegistrationFile, OverlapsNameBothPlaces) {
  EXPECT_EQ(csv_faults(std::string(kColumns) +
                       "\n193.0.0.0/21,t,3333\n2001:67c::/32,t,3333\n193.0.0.0/24,u,3320\n"),
            "a.csv:4:1: 193.0.0.0/24 overlaps 193.0.0.0/21 of a.csv:2:1\n");
}

// ---- YAML

TEST(RegistrationFile, YamlHasTheSameFields) {
  const auto read = read_registrations(
      "prefixes:\n"
      "  - prefix: 193.0.0.0/21\n"
      "    owner: tenant-a\n"
      "    customer_as: 3333\n"
      "    partners: [isp-a, 174]\n"
      "    path: { max_length: 3, direct: true }\n"
      "    guard: { other_origin: warn }\n"
      "    fallback: any\n"
      "  - { prefix: 2001:67c::/32, owner: t, customer_as: 3320 }\n",
      RegistrationFormat::Yaml, "a.yml", kNames);
  ASSERT_TRUE(read) << faults(read);
  const policy::Registrations& all = **read;
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].partners, (std::vector<Asn>{1299, 174}));
  EXPECT_EQ(all[0].path, (policy::PathRules{3, true, true, true}));
  EXPECT_EQ(all[0].guard[0], GuardAction::Warn);
  EXPECT_EQ(all[0].fallback, policy::Fallback::Any);
  EXPECT_EQ(all[0].place(), "a.yml:2:5");
}

// A file that a program or a full disk emptied must not take the guards away.
TEST(RegistrationFile, OnlyAnEmptyListMeansNone) {
  EXPECT_EQ(yaml_faults("prefixes: []\n"), "");
  for (const char* const text : {"", "# nothing\n", "---\n", "~\n"}) {
    EXPECT_EQ(yaml_faults(text),
              "a.yml:1:1: expected a map with the list 'prefixes', found nothing\n")
        << text;
  }
  EXPECT_EQ(yaml_faults("{}\n"), "a.yml:1:1: the list 'prefixes' is missing\n");
  EXPECT_EQ(yaml_faults("prefixes:\n"), "a.yml:2:1: prefixes: expected a list, found nothing\n");
  EXPECT_EQ(csv_faults(""), "a.csv:1:1: expected a first line with the names of the columns\n");
}

TEST(RegistrationFile, YamlFaultsHaveTheirPlaces) {
  EXPECT_EQ(yaml_faults("prefixes:\n"
                        "  - { prefix: 193.0.0.0/21, onwer: t, customer_as: 3333 }\n"
                        "  - { prefix: 193.0.8.0/21, owner: [t], customer_as: 3333, path: 3 }\n"
                        "  - tenant\n"),
            "a.yml:2:5: prefixes[0]: 'owner' is missing\n"
            "a.yml:2:29: prefixes[0]: unknown key 'onwer'; did you mean 'owner'?\n"
            "a.yml:3:36: prefixes[1].owner: expected a text, found a list\n"
            "a.yml:3:66: prefixes[1].path: expected a map, found '3'\n"
            "a.yml:4:5: prefixes[2]: expected a map, found 'tenant'\n");
  EXPECT_EQ(yaml_faults("- a\n"),
            "a.yml:1:1: expected a map with the list 'prefixes', found a list\n");
  EXPECT_EQ(yaml_faults("guard: {}\n"), "a.yml:1:1: unknown key 'guard', expected 'prefixes'\n");
}

// ---- The section of the configuration

TEST(RegistrationSection, NamesOfPartnersAreBounded) {
  const auto load = [](std::size_t partners) {
    std::string text = test::kRouter + "registrations:\n  partners:\n";
    for (std::size_t i = 0; i < partners; ++i) {
      text += "    p" + std::to_string(i) + ": { asn: 1299 }\n";
    }
    return test::errors_of(load_text(text, "t.yml"));
  };
  EXPECT_EQ(load(kMostNamedPartners), "");
  EXPECT_EQ(load(kMostNamedPartners + 1),
            "t.yml:4:5: registrations.partners: at most 4096 partners may stand here\n");
}

TEST(RegistrationSection, HasRegistrationsNamesAndActions) {
  const auto config = test::must_load(test::kRouter +
                                      "registrations:\n"
                                      "  guard: { rpki_invalid: ignore, path_length: warn }\n"
                                      "  fallback: any-valid\n"
                                      "  partners: { isp-a: { asn: 1299 } }\n"
                                      "  files: [a.csv]\n"
                                      "  prefixes:\n"
                                      "    - { prefix: 193.0.0.0/21, owner: t, "
                                      "customer_as: 3333, partners: [isp-a, 174] }\n");
  ASSERT_EQ(config->registrations->size(), 1U);
  EXPECT_EQ((*config->registrations)[0].partners, (std::vector<Asn>{1299, 174}));
  EXPECT_EQ((*config->registrations)[0].place(), "t.yml:8:7");
  EXPECT_EQ(config->registration_names.partners.at("isp-a"), 1299U);
  policy::GuardActions actions = policy::kDefaultActions;
  actions[static_cast<std::size_t>(Suspicion::RpkiInvalid)] = GuardAction::Ignore;
  actions[static_cast<std::size_t>(Suspicion::PathLength)] = GuardAction::Warn;
  EXPECT_EQ(config->guard, actions);
  EXPECT_EQ(config->fallback, policy::Fallback::AnyValid);
  const auto none = test::must_load(test::kRouter);
  EXPECT_TRUE(none->registrations->empty());
  EXPECT_EQ(none->guard, policy::kDefaultActions);
  EXPECT_EQ(none->fallback, policy::Fallback::None);
  EXPECT_TRUE(none->transit_free.empty());
}

TEST(RegistrationSection, HasTransitFreeAses) {
  const auto config =
      test::must_load(test::kRouter +
                      "registrations:\n"
                      "  transit_free: [1299, 174, 0.3320]\n"
                      "  guard: { leak: warn, not_direct: ignore, long_path: warn }\n");
  EXPECT_EQ(config->transit_free, policy::TransitFree({174, 1299, 3320}));
  policy::GuardActions actions = policy::kDefaultActions;
  actions[static_cast<std::size_t>(Suspicion::Leak)] = GuardAction::Warn;
  actions[static_cast<std::size_t>(Suspicion::NotDirect)] = GuardAction::Ignore;
  actions[static_cast<std::size_t>(Suspicion::LongPath)] = GuardAction::Warn;
  EXPECT_EQ(config->guard, actions);
}

TEST(RegistrationSection, TransitFreeAsesAreBounded) {
  const auto load = [](std::size_t count) {
    std::string text = test::kRouter + "registrations:\n  transit_free: [1";
    for (std::size_t i = 1; i < count; ++i) text += ", " + std::to_string(i + 1);
    return test::errors_of(load_text(text + "]\n", "t.yml"));
  };
  EXPECT_EQ(load(kMostTransitFree), "");
  EXPECT_EQ(load(kMostTransitFree + 1),
            "t.yml:3:17: registrations.transit_free: at most 64 ASes may stand here, these are "
            "65\n");
}

// The AS numbers of a laboratory are reserved ones.
TEST(RegistrationSection, ALaboratoryIgnoresReservedAsNumbers) {
  const auto action = [](const std::string& guard) {
    const auto config = test::must_load(test::kRouter +
                                        "registrations:\n"
                                        "  allow_reserved: true\n"
                                        "  transit_free: [64500]\n" +
                                        guard);
    return config->guard[static_cast<std::size_t>(Suspicion::BogonAs)];
  };
  EXPECT_EQ(action(""), GuardAction::Ignore);
  EXPECT_EQ(action("  guard: { bogon_as: warn }\n"), GuardAction::Warn);
}

}  // namespace
}  // namespace tern::conf
