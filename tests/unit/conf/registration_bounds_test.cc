// The bounds of files of registrations: octets, lines, cells, lists, keys and errors.
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>

#include "conf/registration_file.h"
#include "tests/unit/conf/registration_support.h"

namespace tern::conf {
namespace {

using test::csv_faults;
using test::faults;
using test::kColumns;
using test::kNames;
using test::yaml_faults;

std::string repeated(std::size_t times, std::uint32_t first) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += ' ' + std::to_string(first + i);
  return text;
}

TEST(RegistrationBounds, ListsAndTextsAreBounded) {
  const auto line = [](std::size_t origins, std::size_t partners, std::size_t owner,
                       std::size_t notes) {
    return std::string(kColumns) + ",origins,partners,notes\n193.0.0.0/21," +
           std::string(owner, 'o') + ",3333," + repeated(origins, 1000) + "," +
           repeated(partners, 1000) + "," + std::string(notes, 'n') + "\n";
  };
  EXPECT_EQ(csv_faults(line(kMostOrigins, kMostPartners, kMostOwner, kMostNotes)), "");
  EXPECT_NE(csv_faults(line(kMostOrigins + 1, 1, 1, 1)).find("at most 64 may stand here"),
            std::string::npos);
  EXPECT_NE(csv_faults(line(1, kMostPartners + 1, 1, 1)).find("at most 16 may stand here"),
            std::string::npos);
  EXPECT_NE(csv_faults(line(1, 1, kMostOwner + 1, 1)).find("at most 128 bytes"), std::string::npos);
  EXPECT_NE(csv_faults(line(1, 1, 1, kMostNotes + 1)).find("at most 1024 bytes"),
            std::string::npos);
  RegistrationNames names = kNames;
  names.pops.clear();
  std::string pops;
  for (std::size_t i = 0; i <= kMostBackupPops + 1; ++i) {
    names.pops.push_back("p" + std::to_string(i));
    if (i > 0) pops += " p" + std::to_string(i);
  }
  std::ranges::sort(names.pops);
  const std::string head = std::string(kColumns) + ",primary_pop,backup_pops\n";
  EXPECT_NE(faults(read_registrations(head + "193.0.0.0/21,t,3333,p0," + pops + "\n",
                                      RegistrationFormat::Csv, "a.csv", names))
                .find("at most 8 may stand here"),
            std::string::npos);
}

// Prefixes that do not overlap, with the texts of a usual customer.
std::string many(std::size_t count) {
  std::string text = std::string(kColumns) + ",origins,partners,primary_pop,backup_pops,notes\n";
  for (std::uint32_t i = 0; i < count; ++i) {
    const Prefix prefix = Prefix::v4(0x14000000U + (i << 8U), 24);
    text += prefix.to_string() + ",tenant-" + std::to_string(i % 5000) +
            " of a long name,3333,3333 12654,1299 174,ams,fra,ticket " + std::to_string(i) +
            " of the customer\n";
  }
  return text;
}

TEST(RegistrationBounds, AHundredThousandTakeLessThanSixtyMegabytes) {
  constexpr std::size_t kMany = 100'000;
  const std::string text = many(kMany);
#ifdef __GLIBC__
  const std::size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
#endif
  const auto read = read_registrations(text, RegistrationFormat::Csv, "a.csv", kNames);
  ASSERT_TRUE(read) << faults(read);
  const policy::RegistrationTable table({*read}, policy::kQuarantineAll);
  EXPECT_EQ(table.size(), kMany);
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  const std::size_t taken = mallinfo2().uordblks + mallinfo2().hblkhd - before;
  RecordProperty("octets_each", static_cast<int>(taken / kMany));
  EXPECT_LT(taken, std::size_t{60} << 20U);
#endif
}

TEST(RegistrationBounds, TheirNumberIsBounded) {
  const std::string fault = csv_faults(many(kMostRegistrations + 1));
  EXPECT_EQ(fault, "a.csv:200002:1: more than 200000 registrations\n");
}

TEST(RegistrationBounds, BadOnesCountToo) {
  std::string text = many(kMostRegistrations);
  text.insert(text.find('\n') + 1, "x,t,3333,,,,,\n");
  EXPECT_EQ(csv_faults(text),
            "a.csv:2:1: prefix: expected a prefix such as 192.0.2.0/24, found 'x'\n"
            "a.csv:200002:1: more than 200000 registrations\n");
}

// The cells behind the first one too many are not looked at, and neither are further entries of a
// list, further columns of the first line and further keys of a map.
TEST(RegistrationBounds, ALineIsReadNoFurtherThanItsColumns) {
  const std::string head = std::string(kColumns) + ",origins\n";
  EXPECT_EQ(csv_faults(head + "193.0.0.0/21,t,3333,3333" + std::string(1000, ',') + "\"\n"),
            "a.csv:2:26: expected 4 columns, as the first line has, found more\n");
  EXPECT_EQ(csv_faults(head + "193.0.0.0/21,t,3333," + repeated(1000, 1000) + "\n"),
            "a.csv:2:22: origins: at most 64 may stand here, these are more\n");
}

std::size_t lines_in(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

TEST(RegistrationBounds, TheFirstLineIsReadNoFurtherThanAllColumns) {
  constexpr std::size_t kAllColumns = 27;
  std::string text = kColumns;
  for (int i = 0; i < 1000; ++i) text += ",column" + std::to_string(i);
  EXPECT_EQ(lines_in(csv_faults(text)), kAllColumns + 1 - 3);
}

TEST(RegistrationBounds, AMapAndItsListsAreReadNoFurtherThanTheirBounds) {
  std::string keys;
  std::string origins;
  for (int i = 0; i < 1000; ++i) {
    keys += ", k" + std::to_string(i) + ": 1";
    origins += (i == 0 ? "" : ", ") + std::to_string(1000 + i);
  }
  const std::string head = "prefixes:\n- { prefix: 193.0.0.0/21, owner: t, customer_as: 3333";
  EXPECT_EQ(yaml_faults(head + keys + " }\n"), "a.yml:2:3: prefixes[0]: more than 27 keys\n");
  EXPECT_EQ(yaml_faults(head + ", path: { direct: true" + keys + " } }\n"),
            "a.yml:2:62: prefixes[0].path: more than 27 keys\n");
  EXPECT_EQ(yaml_faults(head + ", origins: [" + origins + "] }\n"),
            "a.yml:2:66: prefixes[0].origins: at most 64 may stand here, these are more\n");
}

TEST(RegistrationBounds, TheReadingEndsWithTheErrorsThatAreKept) {
  std::string csv = std::string(kColumns) + '\n';
  std::string yaml = "prefixes:\n";
  for (std::size_t i = 0; i < 3 * Report::kMostErrors; ++i) {
    csv += "x,t,3333\n";
    yaml += "- x\n";
  }
  const std::string end = "there may be further errors, because the reading ended at so many\n";
  const std::string csv_text = csv_faults(csv);
  EXPECT_EQ(lines_in(csv_text), Report::kMostErrors + 1);
  EXPECT_TRUE(csv_text.ends_with("a.csv: " + end)) << csv_text.substr(csv_text.size() - 200);
  const std::string yaml_text = yaml_faults(yaml);
  EXPECT_EQ(lines_in(yaml_text), Report::kMostErrors + 1);
  EXPECT_TRUE(yaml_text.ends_with("a.yml: " + end)) << yaml_text.substr(yaml_text.size() - 200);
}

TEST(RegistrationBounds, OverlapsEndWithTheErrorsThatAreKept) {
  std::string text = std::string(kColumns) + "\n20.0.0.0/8,t,3333\n";
  for (std::uint32_t i = 0; i < 3 * Report::kMostErrors; ++i) {
    text += Prefix::v4(0x14000000U + (i << 8U), 24).to_string() + ",t,3333\n";
  }
  const std::string found = csv_faults(text);
  EXPECT_EQ(lines_in(found), Report::kMostErrors + 1);
  EXPECT_TRUE(found.ends_with("the reading ended at so many\n"));
}

TEST(RegistrationBounds, TheFileIsBounded) {
  EXPECT_EQ(yaml_faults(std::string(kMostRegistrationYaml + 1, '#')), "a.yml: larger than 8 MiB\n");
  EXPECT_EQ(csv_faults(std::string(kMostRegistrationOctets + 1, '#')),
            "a.csv: larger than 64 MiB\n");
}

}  // namespace
}  // namespace tern::conf
