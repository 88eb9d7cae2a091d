// The records of a PrefixBook as octets for the file: a head, blocks of records, and an end.
// Numbers are in network order. A reader refuses another version or size of records, and a file
// that is not whole (docs/adr/0040). Internal to bgpd/baseline.
//
//   head    "TERN-BASELINE\n", the version in two octets, the octets of a record in two
//   block   the number of records in four octets, 1 to kBlock; these; their checksum in eight
//   end     0 in four octets; seconds of a day in four; milliseconds of the clock in eight; the
//           number of all records in eight; the checksum of these three in eight
//
// The checksum is FNV-1a of 64 bits: it tells a damaged file, and is no proof against a forged one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/baseline/record.h"
#include "rib/types/result.h"

namespace tern::baseline {

inline constexpr std::size_t kBlock = 1024;       // records
inline constexpr std::size_t kRecordOctets = 78;  // of a record in the file
inline constexpr std::size_t kHeadOctets = 18;
inline constexpr std::size_t kEndOctets = 28;  // behind the 0
inline constexpr std::size_t kChecksumOctets = 8;

struct KeptClock {
  std::uint32_t day_seconds = 0;
  std::uint64_t milliseconds = 0;
  friend bool operator==(const KeptClock&, const KeptClock&) = default;
};

void add_head(std::string& out);
// records: 1 to kBlock.
void add_block(std::span<const Record> records, std::string& out);
void add_end(const KeptClock& clock, std::uint64_t records, std::string& out);

// octets: kRecordOctets of them. Nothing: they are no record.
[[nodiscard]] std::optional<Record> parse_record(std::string_view octets);

// Reads a file piece by piece.
class KeptReader {
 public:
  // Octets that the next take() must have; 0: the file is at its end.
  [[nodiscard]] std::size_t wants() const { return wants_; }
  // Takes the next wants() octets. Replaces `records` by those of the block, if it is one. Returns
  // what is wrong; afterwards nothing more may be taken.
  [[nodiscard]] std::optional<std::string> take(std::string_view octets,
                                                std::vector<Record>& records);
  // Behind the end.
  [[nodiscard]] const KeptClock& clock() const { return clock_; }

 private:
  enum class Part : std::uint8_t { Head, Count, Block, End };

  [[nodiscard]] std::optional<std::string> take_head(std::string_view octets);
  [[nodiscard]] std::optional<std::string> take_block(std::string_view octets,
                                                      std::vector<Record>& records);
  [[nodiscard]] std::optional<std::string> take_end(std::string_view octets);
  void expect(Part part, std::size_t octets);

  Part part_ = Part::Head;
  std::size_t wants_ = kHeadOctets;
  std::uint64_t records_ = 0;  // of all blocks
  KeptClock clock_;
};

}  // namespace tern::baseline
