#include "bgpd/baseline/kept_records.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "learning.h"

namespace tern::baseline {
namespace {

std::vector<Record> some_records(std::size_t count) {
  PrefixBook book;
  for (std::size_t i = 0; i < count; ++i) {
    const Prefix of =
        i % 2 == 0 ? numbered(static_cast<std::uint32_t>(i))
                   : Prefix(*IpAddress::parse("2001:db8::"), static_cast<std::uint8_t>(i % 129));
    for (std::uint64_t day = 0; day < 8; ++day) {
      book.learn(of, path({100, 200, static_cast<Asn>(300 + i)}), 1, on_day(day));
      book.learn_length(of, 3, on_day(day));
    }
  }
  std::vector<Record> records;
  for (std::size_t i = 0; i < book.end(); ++i) records.push_back(*book.at(i));
  return records;
}

std::string text_of(const std::vector<Record>& records) {
  std::string text;
  add_head(text);
  for (std::size_t i = 0; i < records.size(); i += kBlock) {
    const std::size_t count = std::min(kBlock, records.size() - i);
    add_block(std::span(records).subspan(i, count), text);
  }
  add_end({86'400, 123'456'789}, records.size(), text);
  return text;
}

// The records of a text; what is wrong, if something is.
struct Read {
  std::vector<Record> records;
  std::string fault;
  KeptClock clock;
};
Read read(std::string_view text) {
  Read read;
  KeptReader reader;
  std::vector<Record> block;
  while (reader.wants() != 0) {
    if (text.size() < reader.wants()) return {{}, "cut", {}};
    const std::size_t size = reader.wants();
    if (const auto fault = reader.take(text.substr(0, size), block)) return {{}, *fault, {}};
    text.remove_prefix(size);
    read.records.insert(read.records.end(), block.begin(), block.end());
  }
  read.clock = reader.clock();
  return read;
}

TEST(KeptRecords, AreReadAsTheyWere) {
  const std::vector<Record> records = some_records(2500);
  const Read found = read(text_of(records));
  EXPECT_EQ(found.fault, "");
  EXPECT_EQ(found.clock, (KeptClock{86'400, 123'456'789}));
  ASSERT_EQ(found.records.size(), records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    ASSERT_EQ(found.records[i].prefix, records[i].prefix);
    ASSERT_EQ(found.records[i].asns, records[i].asns);
    ASSERT_EQ(found.records[i].days, records[i].days);
    ASSERT_EQ(found.records[i].last, records[i].last);
    ASSERT_EQ(found.records[i].first_day, records[i].first_day);
    ASSERT_EQ(found.records[i].longest, records[i].longest);
    ASSERT_TRUE(found.records[i].ripe());
  }
}

TEST(KeptRecords, AnEmptyBookIsAFile) {
  const Read found = read(text_of({}));
  EXPECT_EQ(found.fault, "");
  EXPECT_TRUE(found.records.empty());
}

TEST(KeptRecords, EachChangedOctetIsNoticed) {
  const std::string good = text_of(some_records(3));
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    EXPECT_NE(read(bad).fault, "") << "octet " << i;
  }
}

TEST(KeptRecords, EachCutIsNoticed) {
  const std::string good = text_of(some_records(3));
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_NE(read(good.substr(0, size)).fault, "") << size;
  }
}

TEST(KeptRecords, ABlockThatIsMissingIsNoticed) {
  const std::vector<Record> records = some_records(3);
  std::string text;
  add_head(text);
  add_end({86'400, 0}, records.size(), text);
  EXPECT_EQ(read(text).fault, "other records than its end counts");
}

TEST(KeptRecords, ARecordThatIsNoneIsNoticed) {
  std::vector<Record> records = some_records(1);
  records[0].days = {};
  EXPECT_EQ(read(text_of(records)).fault, "a record that is none");
}

}  // namespace
}  // namespace tern::baseline
