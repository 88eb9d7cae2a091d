// The file of the baseline: a piece has a bounded size, and a record that is read is written as the
// same octets. Checksums keep changed octets away from the records, so the input is read as a
// record, too.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/baseline/kept_records.h"
#include "fuzz/check.h"

namespace {

using tern::fuzz::check;
using namespace tern::baseline;

constexpr std::size_t kCountOctets = 4;

void check_record(const Record& record, std::string_view octets) {
  check(record.prefix.length() <= record.prefix.address().bits());
  std::string written;
  add_block(std::span(&record, 1), written);
  check(std::string_view(written).substr(kCountOctets, kRecordOctets) == octets);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.size() >= kRecordOctets) {
    const std::string_view octets = text.substr(0, kRecordOctets);
    if (const auto record = parse_record(octets)) check_record(*record, octets);
  }
  KeptReader reader;
  std::vector<Record> records;
  while (reader.wants() != 0 && text.size() >= reader.wants()) {
    check(reader.wants() <= kBlock * kRecordOctets + kChecksumOctets);
    const std::string_view piece = text.substr(0, reader.wants());
    if (reader.take(piece, records)) return 0;
    check(records.size() <= kBlock);
    for (std::size_t i = 0; i < records.size(); ++i) {
      check_record(records[i], piece.substr(i * kRecordOctets, kRecordOctets));
    }
    text.remove_prefix(piece.size());
  }
  return 0;
}
