// Registrations as text by field, from fields and from files, and as lines of a CSV file.
#include "conf/registration_text.h"

#include <gtest/gtest.h>

namespace tern::conf {
namespace {

const RegistrationNames kPartnersAndPops{{{"isp-a", 1299}, {"isp-b", 174}}, {"ams", "fra"}, false};

constexpr char kOneByField[] =
    "prefix=193.0.0.0/21\nowner=tenant-a\ncustomer_as=3333\norigins=3333 12654\n"
    "partners=isp-a 174\nmax_length=24\npath.direct=true\nguard.prepend=warn\n"
    "notes=\"quoted\", with a comma\n";

std::string fault_of(const RegistrationFields& fields) {
  const auto built = build_registration(fields, kPartnersAndPops);
  if (built) return "";
  std::string text;
  for (const std::string& fault : built.error()) text += fault + '\n';
  return text;
}

TEST(RegistrationText, FieldsBuildARegistration) {
  const auto built = build_registration(registration_fields(kOneByField), kPartnersAndPops);
  ASSERT_TRUE(built) << built.error().front();
  const policy::Registration& one = built->registration;
  EXPECT_EQ(one.prefix.to_string(), "193.0.0.0/21");
  EXPECT_EQ(one.origins, (std::vector<Asn>{3333, 12654}));
  EXPECT_EQ(one.partners, (std::vector<Asn>{1299, 174}));
  EXPECT_EQ(one.max_length, 24);
  EXPECT_TRUE(one.path.direct);
  EXPECT_EQ(one.notes, "\"quoted\", with a comma");
  EXPECT_EQ(built->text, kOneByField);
}

TEST(RegistrationText, TheTextHasTheOrderOfTheColumns) {
  const auto built = build_registration(std::vector<RegistrationField>{{"notes", "n"},
                                                                       {"customer_as", "3333"},
                                                                       {"tag", ""},
                                                                       {"origins", " 1  2 "},
                                                                       {"owner", "t"},
                                                                       {"prefix", "2001:67C::/32"}},
                                        kPartnersAndPops);
  ASSERT_TRUE(built) << built.error().front();
  EXPECT_EQ(built->text, "prefix=2001:67c::/32\nowner=t\ncustomer_as=3333\norigins=1 2\nnotes=n\n");
}

TEST(RegistrationText, EachFaultHasItsField) {
  EXPECT_EQ(fault_of({{"prefix", "10.0.0.0/8"}, {"owner", "t"}, {"customer_as", "3333"}}),
            "prefix: 10.0.0.0/8 overlaps 10.0.0.0/8, private use (RFC 1918), which belongs to no "
            "customer\n");
  EXPECT_EQ(fault_of({{"prefix", "193.0.0.0/21"}, {"owner", "t"}, {"customer_as", "64512"}}),
            "customer_as: AS 64512 is private or reserved, and originates nothing\n");
  EXPECT_EQ(fault_of({{"prefix", "193.0.0.0/21"}, {"customer_as", "3333"}, {"orgins", "1"}}),
            "unknown field 'orgins'; did you mean 'origins'?\n'owner' is missing\n");
  EXPECT_EQ(
      fault_of(
          {{"prefix", "193.0.0.0/21"}, {"owner", "t"}, {"owner", "u"}, {"customer_as", "3333"}}),
      "owner: given twice\n");
  EXPECT_EQ(
      fault_of(
          {{"prefix", "193.0.0.0/21"}, {"owner", "t"}, {"customer_as", "3333"}, {"notes", "a\nb"}}),
      "notes: a line break or another control character is in it\n");
}

TEST(RegistrationText, FieldsReplaceThoseOfTheirNames) {
  RegistrationFields fields = registration_fields("owner=t\ntag=64500:1\n");
  replace_fields(std::vector<RegistrationField>{{"owner", "u"}, {"tag", ""}, {"notes", "n"}},
                 fields);
  EXPECT_EQ(fields, (RegistrationFields{{"owner", "u"}, {"notes", "n"}}));
}

TEST(RegistrationText, ALineOfCsvIsReadAsItWasWritten) {
  const std::string csv = registration_csv_head() + registration_csv_line(kOneByField);
  std::vector<std::string> texts;
  const auto read =
      read_registrations(csv, RegistrationFormat::Csv, "a.csv", kPartnersAndPops, &texts);
  ASSERT_TRUE(read) << read.error().front().to_string();
  EXPECT_EQ(texts, std::vector<std::string>{kOneByField});
  EXPECT_EQ(registration_csv_head() + registration_csv_line(texts[0]), csv);
}

TEST(RegistrationText, BlanksAroundAValueStay) {
  const std::string text = "prefix=193.0.0.0/21\nowner= t\ncustomer_as=3333\nnotes=# no comment \n";
  const std::string csv = registration_csv_head() + registration_csv_line(text);
  std::vector<std::string> texts;
  const auto read =
      read_registrations(csv, RegistrationFormat::Csv, "a.csv", kPartnersAndPops, &texts);
  ASSERT_TRUE(read) << read.error().front().to_string();
  EXPECT_EQ(texts, std::vector<std::string>{text});
}

TEST(RegistrationText, FilesHaveTextsInTheOrderOfTheirRegistrations) {
  std::vector<std::string> texts;
  const auto read = read_registrations(
      "prefixes:\n"
      "- { customer_as: 3333, owner: t, prefix: 193.0.0.0/21, path: { max_length: 3 } }\n"
      "- { prefix: 198.41.0.0/24, owner: u, customer_as: 3333, partners: [isp-b, 1299] }\n",
      RegistrationFormat::Yaml, "a.yml", kPartnersAndPops, &texts);
  ASSERT_TRUE(read) << read.error().front().to_string();
  EXPECT_EQ(texts, (std::vector<std::string>{
                       "prefix=193.0.0.0/21\nowner=t\ncustomer_as=3333\npath.max_length=3\n",
                       "prefix=198.41.0.0/24\nowner=u\ncustomer_as=3333\npartners=isp-b 1299\n"}));
  EXPECT_EQ((**read)[1].line, 3U);
}

// The text has blanks between the entries of a list.
TEST(RegistrationText, ANameWithABlankCannotBeKept) {
  const RegistrationNames names{{{"isp a", 1299}}, {}, false};
  const auto read = read_registrations(
      "prefixes: [ { prefix: 193.0.0.0/21, owner: t, customer_as: 3333, partners: [isp a] } ]\n",
      RegistrationFormat::Yaml, "a.yml", names);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().front().message, "'isp a' has a blank in it");
}

// Files have the checks of an import.
TEST(RegistrationText, ARequiredFieldIsNotEmpty) {
  const auto read = read_registrations(
      "prefixes: [ { prefix: 193.0.0.0/21, owner: '', "
      "customer_as: 3333 } ]\n",
      RegistrationFormat::Yaml, "a.yml", kPartnersAndPops);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().front().message, "is empty");
}

TEST(RegistrationText, ARegistrationInMemoryHasNumbers) {
  const auto built = build_registration(registration_fields(kOneByField), kPartnersAndPops);
  ASSERT_TRUE(built);
  EXPECT_EQ(registration_text(built->registration),
            "prefix=193.0.0.0/21\nowner=tenant-a\ncustomer_as=3333\norigins=3333 12654\n"
            "partners=1299 174\nmax_length=24\npath.direct=true\nguard.prepend=warn\n"
            "notes=\"quoted\", with a comma\n");
}

TEST(RegistrationText, AnUnknownFieldIsNamed) {
  EXPECT_EQ(unknown_field("tag"), "");
  EXPECT_EQ(unknown_field("taag"), "unknown field 'taag'; did you mean 'tag'?");
}

}  // namespace
}  // namespace tern::conf
